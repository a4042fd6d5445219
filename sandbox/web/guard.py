"""Who may use the page: browsers and scripts of this machine, and no page of another site."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
OWN = ("same-origin", "none")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
        "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """403 for everybody who is not of this machine, and for what another page made a browser send."""
    if not _of_this_machine(request):
        return _refused("only this machine may look at this page")
    if not _of_this_page(request) and not _follows_a_link(request):
        return _refused("no page of another site may use this one")
    return await handler(request)


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """A signal for `on_response_prepare`: headers of every answer, kept where an answer has its own."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def _of_this_machine(request: web.Request) -> bool:
    """By its address, and by the name it calls us (a foreign name on our address is DNS rebinding)."""
    remote = ip_address(request.remote or "0.0.0.0")  # noqa: S104 - stands for "unknown", nothing is bound
    return remote.is_loopback and _parts(f"//{request.headers.get('Host', '')}")[0] in LOCAL_NAMES


def _of_this_page(request: web.Request) -> bool:
    """Browsers say where a request comes from; scripts say nothing."""
    origin = request.headers.get("Origin")
    host = _parts(f"//{request.headers.get('Host', '')}")
    return request.headers.get("Sec-Fetch-Site", "none") in OWN and (origin is None or _parts(origin) == host)


def _follows_a_link(request: web.Request) -> bool:
    """Somebody opens the page from elsewhere: that reads nothing and changes nothing."""
    opened = request.headers.get("Sec-Fetch-Mode") == "navigate" and "Origin" not in request.headers
    return opened and request.method == "GET" and request.path == "/"


def _parts(url: str) -> tuple[str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.hostname, parts.port
    except ValueError:
        return None, None


def _refused(text: str) -> web.Response:
    return web.json_response({"error": text}, status=403)
