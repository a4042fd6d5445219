"""A text about dead proxies for px6's support, ready to be copied: without a password and without a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiogram.utils.formatting import Pre

from handlers.ground.proxy_buttons import CheckStep
from handlers.ground.proxy_words import address, ids_line, protocol_name
from handlers.ground.screen import Screen, home_row
from handlers.ground.words import Words, lines
from model.checks import CheckHistory
from px6 import Proxy

MOST_IN_TEXT = 15  # proxies that the text names with their checks
MOST_IDS = 100  # of the other proxies


def support_screen(w: Words, step: CheckStep, dead: Sequence[Proxy], histories: Mapping[int, CheckHistory]) -> Screen:
    """The text, which a tap copies."""
    if not dead:
        return Screen(w.title("These proxies are already gone"), [home_row(w, CheckStep(result=step.result))])
    text = lines(
        w.title("Text for px6's support"),
        w.tr("Tap the text to copy it, and send it to px6's support. It holds no password and no key."),
        Pre(support_text(w, dead, histories)),
    )
    return Screen(text, [home_row(w, CheckStep(result=step.result))])


def support_text(w: Words, dead: Sequence[Proxy], histories: Mapping[int, CheckHistory]) -> str:
    """Which proxies do not work, when px6's own check said so, and what is asked for. Times are UTC."""
    of_everywhere = Words(w.language)  # whoever reads it is in another zone
    rest = [proxy.id for proxy in dead[MOST_IN_TEXT:]]
    told = [
        w.n(
            "Hello. {count} proxy of my account does not work. Your own check (API method check) confirms it.",
            "Hello. {count} proxies of my account do not work. Your own check (API method check) confirms it.",
            len(dead),
        ),
        "",
        *(proxy_text(of_everywhere, proxy, histories.get(proxy.id)) for proxy in dead[:MOST_IN_TEXT]),
        *([w.tr("The same for: {ids}", ids=ids_line(w, rest, MOST_IDS))] if rest else []),
        "",
        w.n("Please repair or replace it.", "Please repair or replace them.", len(dead)),
    ]
    return "\n".join(told)


def proxy_text(w: Words, proxy: Proxy, history: CheckHistory | None) -> str:
    """`ID 30000005, 185.22.134.250:7330, SOCKS5: checked 28 Nov 2026 10:40 UTC, does not work`"""
    seen_as = "" if proxy.ip == proxy.host else f" (IP {proxy.ip})"
    named = w.tr(
        "ID {id}, {address}, {protocol}",
        id=proxy.id,
        address=address(proxy) + seen_as,
        protocol=protocol_name(proxy.type),
    )
    return f"{named}: {checks_text(w, history)}"


def checks_text(w: Words, history: CheckHistory | None) -> str:
    """When it was checked, and since when it fails."""
    since = history.failing_since if history else None
    if history is None or since is None:
        return w.tr("does not work")
    last = w.clock(history.last.at)
    if since == history.last.at:
        return w.tr("checked {when}, does not work", when=last)
    return w.tr("checked {when}, does not work since {since}", when=last, since=w.clock(since))
