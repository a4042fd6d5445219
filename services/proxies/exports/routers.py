"""For programs that route the traffic of a phone or a computer: Clash, sing-box, Xray, v2rayN, Surge, Proxifier.

Pure. Texts are quoted as the language of each file asks: a comment or a login cannot end a value.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from px6 import Protocol, Proxy
from services.proxies.exports.lines import login_url, name_of, plain

GROUP = "px6"
# https://yaml.org/spec/1.2.2/#51-character-set: anything else has to be escaped.
UNPRINTABLE_IN_YAML = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\ufeff")


def clash(proxies: Sequence[Proxy]) -> str:
    """YAML for Clash and mihomo: a profile that routes everything through a chosen one; also a proxy-provider."""
    listed = "".join(f"  - {clash_proxy(proxy)}\n" for proxy in proxies)
    names = ", ".join(yaml_text(name_of(proxy)) for proxy in proxies)
    group = f"{{name: {GROUP}, type: select, proxies: [{names}]}}"
    return f'proxies:\n{listed}proxy-groups:\n  - {group}\nrules:\n  - "MATCH,{GROUP}"\n'


def clash_proxy(proxy: Proxy) -> str:
    kind = "socks5" if proxy.type == Protocol.SOCKS else "http"
    texts = {"server": proxy.host, "username": proxy.user, "password": proxy.password}
    rest = ", ".join(f"{key}: {yaml_text(text)}" for key, text in texts.items())
    return f"{{name: {yaml_text(name_of(proxy))}, type: {kind}, port: {proxy.port}, {rest}}}"


def yaml_text(text: str) -> str:
    """In double quotes, on one line; whatever YAML takes for no character is escaped."""
    quoted = json.dumps(text, ensure_ascii=False)
    return UNPRINTABLE_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted).replace("\x85", "\\u0085")


def sing_box(proxies: Sequence[Proxy]) -> str:
    """JSON with an outbound for each."""
    return as_json({"outbounds": [sing_box_outbound(proxy) for proxy in proxies]})


def sing_box_outbound(proxy: Proxy) -> dict[str, Any]:
    is_socks = proxy.type == Protocol.SOCKS
    outbound = {"type": "socks" if is_socks else "http", "tag": name_of(proxy), "server": proxy.host}
    login = {"username": proxy.user, "password": proxy.password}
    return outbound | {"server_port": proxy.port} | ({"version": "5"} if is_socks else {}) | login


def xray(proxies: Sequence[Proxy]) -> str:
    """JSON with an outbound for each, as Xray and V2Ray take it."""
    return as_json({"outbounds": [xray_outbound(proxy) for proxy in proxies]})


def xray_outbound(proxy: Proxy) -> dict[str, Any]:
    login = {"user": proxy.user, "pass": proxy.password}
    return {
        "protocol": "socks" if proxy.type == Protocol.SOCKS else "http",
        "tag": name_of(proxy),
        "settings": {"servers": [{"address": proxy.host, "port": proxy.port, "users": [login]}]},
    }


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def v2rayn(proxy: Proxy) -> str:
    """`socks://BASE64URL(user:pass)@host:port#name`, for v2rayN and NekoBox."""
    login = base64.urlsafe_b64encode(f"{proxy.user}:{proxy.password}".encode()).decode().rstrip("=")
    return f"socks://{login}@{proxy.host}:{proxy.port}#{quote(name_of(proxy), safe='')}"


def shadowrocket(proxy: Proxy) -> str:
    return login_url(proxy, "socks5")


def surge(proxy: Proxy) -> str:
    """`Name = socks5, host, port, user, pass`. A name holds neither `=` nor a comma."""
    name = " ".join(re.sub(r"[=,\"#]", " ", name_of(proxy)).split())
    kind = "socks5" if proxy.type == Protocol.SOCKS else "http"
    return f"{name} = " + ", ".join(
        [kind, plain(proxy.host), str(proxy.port), plain(proxy.user), plain(proxy.password)]
    )
