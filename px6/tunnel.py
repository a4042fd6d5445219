"""Connections to px6 through a SOCKS or HTTP proxy, which finds px6's address by its name."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientRequest, ClientTimeout
from aiohttp.connector import Connection
from aiohttp_socks import ProxyConnectionError, ProxyConnector

from .ways import NoProxy, NotConnected


class TunnelConnector(ProxyConnector):
    """Whatever keeps it from a connection becomes NotConnected: it comes before anything of the request is sent.

    Without it a proxy that hangs up while it is greeted, or whose answer is none, would look like a px6 that was
    reached (an OSError), and an error's text could name more than its type.
    """

    async def connect(self, req: ClientRequest, traces: list[Any], timeout: ClientTimeout) -> Connection:
        """Raises NoProxy and NotConnected."""
        failure: NotConnected
        try:
            return await super().connect(req, traces, timeout)
        except ProxyConnectionError as error:
            failure = NoProxy(type(error).__name__)
        except Exception as error:  # noqa: BLE001 - aiohttp_socks, ssl and the resolver raise what they like
            failure = NotConnected(type(error).__name__)
        raise failure
