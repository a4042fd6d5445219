"""What the log says of the bot when it starts and stops: which version, by which way, for whom, operated by whom."""

from __future__ import annotations

from collections.abc import Collection

from bot import __version__
from bot.addresses import host_and_port
from bot.settings import Settings
from services.account.access import Access

MOST_NAMED = 5  # Telegram ids in a row; of more, how many


def described(settings: Settings, access: Access) -> str:
    """`version 0.1.0, polling, for everybody, operated by 1001, listening at 127.0.0.1:8080`."""
    parts = [
        f"version {__version__}",
        mode_of(settings),
        f"for {named(access.allowed) or 'everybody'}",
        f"operated by {named(access.operators) or 'nobody'}",
    ]
    if settings.listens_at is not None:
        parts.append(f"listening at {host_and_port(*settings.listens_at)}")
    return ", ".join(parts)


def mode_of(settings: Settings) -> str:
    """How updates come in."""
    return "webhook" if settings.webhook_url else "polling"


def named(ids: Collection[int]) -> str:
    """Some ids; of many, their number; "" for none."""
    if len(ids) > MOST_NAMED:
        return f"{len(ids)} people"
    return " and ".join(map(str, sorted(ids)))
