"""Who may use what listens here: browsers and scripts of this machine, and no page of another site."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
OWN = ("same-origin", "none")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guard(*, by_name: tuple[str, ...] = (), open_to_all: tuple[str, ...] = ()) -> Middleware:
    """403 for everybody who is not of this machine, and for what another page made a browser send.

    Programs use some paths, with a secret in them: of those that begin with one of `by_name` only the name by which
    we are called is looked at, of `open_to_all` nothing.
    """

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(open_to_all):
            return await handler(request)
        if not _by_our_name(request):
            return _refused("call this machine by its own name")
        if not request.path.startswith(by_name):
            if not _of_this_machine(request):
                return _refused("only this machine may look at this")
            if not _of_this_page(request) and not _follows_a_link(request):
                return _refused("no page of another site may use this one")
        return await handler(request)

    return guarded


def _by_our_name(request: web.Request) -> bool:
    """A foreign name on our address is DNS rebinding."""
    return _parts(f"//{request.headers.get('Host', '')}")[0] in LOCAL_NAMES


def _of_this_machine(request: web.Request) -> bool:
    remote = ip_address(request.remote or "0.0.0.0")  # noqa: S104 - stands for "unknown", nothing is bound
    return remote.is_loopback


def _of_this_page(request: web.Request) -> bool:
    """Browsers say where a request comes from; scripts say nothing. Another port is another site as well."""
    origin = request.headers.get("Origin")
    host = _parts(f"//{request.headers.get('Host', '')}")
    return request.headers.get("Sec-Fetch-Site", "none") in OWN and (origin is None or _parts(origin) == host)


def _follows_a_link(request: web.Request) -> bool:
    """Somebody opens the page from elsewhere: that reads nothing and changes nothing."""
    opened = request.headers.get("Sec-Fetch-Mode") == "navigate" and "Origin" not in request.headers
    return opened and request.method == "GET" and request.path == "/"


@lru_cache(maxsize=64)  # a program sends the same with every request
def _parts(url: str) -> tuple[str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.hostname, parts.port
    except ValueError:
        return None, None


def _refused(text: str) -> web.Response:
    return web.json_response({"error": text}, status=403)
