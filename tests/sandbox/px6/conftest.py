"""A served px6 stand-in in either profile, whose clocks the tests move."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, get_args
from urllib.parse import urlencode, urlsplit

import aiohttp
import pytest

from sandbox.px6 import Account, Profile, Px6State, Served, serve_px6

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class Ticks:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Answer:
    """What came back over a connection of its own; `status` None: nothing did, `cut` tells why."""

    status: int | None
    cut: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Api:
    """One account of a served stand-in, called over real HTTP."""

    state: Px6State
    served: Served
    account: Account
    http: aiohttp.ClientSession
    ticks: Ticks

    async def __call__(self, method: str = "", /, **params: object) -> dict[str, Any]:
        """Calls a method; flags are given as "". Every answer has HTTP 200."""
        answer = await self.raw(f"/{method}?{urlencode(params)}" if method else "")
        assert answer.status == 200, answer
        assert isinstance(answer.json, dict)
        return answer.json

    async def refused(self, method: str, **params: object) -> int:
        """The error code; the answer has exactly the document's three fields."""
        reply = await self(method, **params)
        assert reply.keys() == {"status", "error_id", "error"}
        assert reply["status"] == "no"
        assert isinstance(reply["error_id"], int)
        return reply["error_id"]

    async def raw(self, tail: str, *, verb: str = "GET", patience: float = 5.0) -> Answer:
        """One request on a connection of its own, nothing repeated: what a client cannot do behind our back."""
        at = urlsplit(self.served.api_url)
        try:
            reader, writer = await asyncio.open_connection(at.hostname, at.port)
        except ConnectionResetError:  # so soon that it was never open
            return Answer(None, cut=True)
        line = f"{verb} {at.path}/{self.account.key}{tail} HTTP/1.1\r\n"
        writer.write(f"{line}Host: {at.netloc}\r\nConnection: close\r\n\r\n".encode())
        try:
            return _parsed(await asyncio.wait_for(reader.read(), patience))
        except TimeoutError:  # what some faults are about, as is the next
            return Answer(None)
        except ConnectionError:
            return Answer(None, cut=True)
        finally:
            writer.close()

    async def control(self, verb: str, name: str, **body: Any) -> Any:
        async with self.http.request(verb, f"{self.served.control_url}/{name}", json=body or None) as response:
            return await response.json()


def _parsed(received: bytes) -> Answer:
    if not received:
        return Answer(None, cut=True)
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return Answer(int(first.split()[1]), False, headers, body)


@asynccontextmanager
async def new_api(profile: Profile) -> AsyncIterator[Api]:
    """An account with 100 RUB, no proxies and no limit; each test asks for what it needs."""
    ticks = Ticks()
    state = Px6State(profile, lambda: NOW, monotonic=ticks)
    state.rules.limit = 1000
    async with serve_px6(state) as served, aiohttp.ClientSession() as http:
        yield Api(state, served, state.add_account(balance="100.00"), http, ticks)


@pytest.fixture
async def classic() -> AsyncIterator[Api]:
    async with new_api("classic") as api:
        yield api


@pytest.fixture
async def current() -> AsyncIterator[Api]:
    async with new_api("current") as api:
        yield api


@pytest.fixture
async def newest() -> AsyncIterator[Api]:
    async with new_api("newest") as api:
        yield api


@pytest.fixture(params=get_args(Profile))
async def api(request: pytest.FixtureRequest) -> AsyncIterator[Api]:
    async with new_api(request.param) as served:
        yield served
