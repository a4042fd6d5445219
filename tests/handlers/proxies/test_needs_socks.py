"""Where none of the proxies fits a program, SOCKS5 is offered to those that it would make fit, and to no others."""

from __future__ import annotations

import pytest

from handlers.proxies.export_screens import needs_socks
from px6 import Proxy
from services.proxies.exports import Format
from tests.sample_proxies import a_proxy

HTTPS, MTPROTO = a_proxy(1), a_proxy(2, version="5", type="mtproto", user="", password="", secret="dd000102")


@pytest.mark.parametrize(
    ("how", "unfit", "needs"),
    [
        (Format.TELEGRAM, [HTTPS], True),
        (Format.V2RAYN, [HTTPS, HTTPS], True),
        (Format.SHADOWROCKET, [HTTPS], True),
        (Format.TELEGRAM, [MTPROTO], False),
        (Format.V2RAYN, [HTTPS, MTPROTO], False),
        (Format.CLASH, [MTPROTO], False),
        (Format.CLASH, [HTTPS], False),
        (Format.ADSPOWER, [HTTPS], False),
    ],
)
def test_another_protocol_is_offered_only_where_it_helps(how: Format, unfit: list[Proxy], needs: bool) -> None:
    assert needs_socks(how, unfit) is needs
