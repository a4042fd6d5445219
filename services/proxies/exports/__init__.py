"""Proxies as text for other programs, a family of formats a file. Pure; no Telegram."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from px6 import Proxy
from services.proxies.exports import browsers, code, routers
from services.proxies.exports.formats import Format, Target
from services.proxies.exports.lines import PLACEHOLDERS, WrongTemplate, check_template, pattern_line, url
from services.proxies.exports.protocols import (
    Sorted,
    Wanted,
    can_be_written,
    count_speaking,
    refused_by_chromium,
    sort_out,
)
from services.proxies.exports.proxifier import proxifier
from services.proxies.exports.tables import as_csv, as_json, harmless
from services.proxies.exports.telegram import telegram_link

__all__ = [
    "PLACEHOLDERS",
    "Format",
    "Sorted",
    "Target",
    "Wanted",
    "WrongTemplate",
    "can_be_written",
    "check_template",
    "count_speaking",
    "export",
    "harmless",
    "refused_by_chromium",
    "sort_out",
    "telegram_link",
]

WHOLE: Mapping[Format, Callable[[Sequence[Proxy]], str]] = {
    Format.CLASH: routers.clash,
    Format.SING_BOX: routers.sing_box,
    Format.XRAY: routers.xray,
    Format.PROXIFIER: proxifier,
    Format.TELETHON: code.telethon,
    Format.PYROGRAM: code.pyrogram,
    Format.PLAYWRIGHT: code.playwright,
    Format.CSV: as_csv,
    Format.JSON: as_json,
}
"""Formats of a whole file."""

LINES: Mapping[Format, Callable[[Proxy], str]] = {
    Format.ADSPOWER: browsers.adspower,
    Format.DOLPHIN_ANTY: browsers.bare,
    Format.GOLOGIN: browsers.bare,
    Format.OCTO: url,
    Format.MULTILOGIN: url,
    Format.UNDETECTABLE: browsers.bare,
    Format.FOXYPROXY: browsers.foxyproxy,
    Format.V2RAYN: routers.v2rayn,
    Format.SHADOWROCKET: routers.shadowrocket,
    Format.SURGE: routers.surge,
    Format.TELEGRAM: lambda proxy: telegram_link(proxy) or "",
    Format.CURL: code.curl,
    Format.PROXYCHAINS: code.proxychains,
    Format.URL: url,
}
"""Formats of a line for each."""


def export(proxies: Sequence[Proxy], how: Format, template: str = "") -> str:
    """All proxies in a format other than Format.PAGE, in the order given and as `sort_out` gave them.

    `template` counts for Format.TEMPLATE; raises WrongTemplate.

    >>> export([], Format.HOST_FIRST)
    ''
    """
    if whole := WHOLE.get(how):
        return whole(proxies)
    if how is Format.TEMPLATE:
        check_template(template)
    return "".join(f"{line(proxy, how, template)}\n" for proxy in proxies)


def line(proxy: Proxy, how: Format, template: str) -> str:
    made = LINES.get(how)
    return made(proxy) if made else pattern_line(proxy, how, template)
