"""MTProto proxies, which work in Telegram only: their secret, and the link that sets one in Telegram's apps. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import urlencode

from px6 import Proxy

_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")


def secret_of(proxy: Proxy) -> str:
    """px6 has it in a field of its own, or where others have the password."""
    return proxy.secret or proxy.password


def mtproto_link(proxy: Proxy) -> str | None:
    """Sets the proxy in a Telegram app: https://core.telegram.org/api/links#mtproxy-links

    None for a secret that Telegram does not take.
    """
    secret = secret_of(proxy)
    if not is_secret(secret):
        return None
    return f"https://t.me/proxy?{urlencode({'server': proxy.host, 'port': proxy.port, 'secret': secret})}"


def is_secret(text: str) -> bool:
    """16 bytes; or these behind 0xdd; or behind 0xee, and then a domain. In hexadecimal digits or base64.

    https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation
    """
    raw = _bytes(text)
    match raw[:1]:
        case b"\xee" if len(raw) > 17:
            return raw[17:].isascii() and raw[17:].decode("ascii").isprintable()
        case b"\xdd" if len(raw) == 17:
            return True
    return len(raw) == 16


def _bytes(text: str) -> bytes:
    """What the text stands for; nothing for one that is neither hexadecimal nor base64."""
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    if not _BASE64.fullmatch(text):
        return b""
    plain = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return b""
