"""Links that set a proxy in Telegram's apps. Pure."""

from __future__ import annotations

from urllib.parse import urlencode

from model.mtproto import mtproto_link
from model.proxies import is_mtproto
from px6 import Protocol, Proxy


def telegram_link(proxy: Proxy) -> str | None:
    """Sets the proxy in a Telegram app: https://core.telegram.org/api/links#socks5-proxy-links

    None for what Telegram's apps do not take.
    """
    if is_mtproto(proxy):
        return mtproto_link(proxy)
    given = {"server": proxy.host, "port": proxy.port, "user": proxy.user, "pass": proxy.password}
    return f"https://t.me/socks?{urlencode(given)}" if proxy.type in (Protocol.SOCKS, Protocol.AUTO) else None
