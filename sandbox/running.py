"""Both stand-ins in the running event loop."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from sandbox.px6 import Profile, Px6State, add_demo_account, serve_px6
from sandbox.telegram import TelegramState, serve_telegram

HOST = "127.0.0.1"

DEFAULT_TOKEN = "700000001:sandbox-token-of-the-default-bot-01"  # noqa: S105 - opens nothing but the stand-in
"""The token handed out; any other well-formed one is a bot of its own."""

DEFAULT_KEY = "5a6d9b0c1e-2f3a4b5c6d-7e8f901a2b"
"""The key of the demo account."""


class PortTaken(Exception):
    """Another program listens on the port that was asked for."""

    def __init__(self, port: int, option: str) -> None:
        super().__init__(f"Port {port} is taken: stop what listens there, or choose another with {option}.")


@dataclass(frozen=True)
class Running:
    """Where the stand-ins listen, and what is behind them.

    `px6_url` is the value for PX6_API_URLS; `px6_control_url` answers `/sandbox/…` even while px6 is down.
    """

    telegram_url: str
    px6_url: str
    px6_control_url: str
    token: str
    key: str
    px6: Px6State
    telegram: TelegramState


@contextlib.asynccontextmanager
async def running(profile: Profile = "current", telegram_port: int = 0, px6_port: int = 0) -> AsyncIterator[Running]:
    """Serves both on loopback while the block runs; port 0 picks a free one. PortTaken otherwise."""
    px6, telegram = Px6State(profile), TelegramState()
    telegram.bot(DEFAULT_TOKEN)  # so that people can write to it before it has started
    account = add_demo_account(px6, DEFAULT_KEY)
    async with contextlib.AsyncExitStack() as stack:
        with _naming(px6_port, "--px6-port"):
            served = await stack.enter_async_context(serve_px6(px6, HOST, px6_port))
        with _naming(telegram_port, "--telegram-port"):
            telegram_url = await stack.enter_async_context(serve_telegram(telegram, HOST, telegram_port))
        yield Running(
            telegram_url=telegram_url,
            px6_url=served.api_url,
            px6_control_url=served.control_url,
            token=DEFAULT_TOKEN,
            key=account.key,
            px6=px6,
            telegram=telegram,
        )


@contextlib.contextmanager
def _naming(port: int, option: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortTaken(port, option) from error
