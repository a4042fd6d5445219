"""The words of the list: its title, and a line for each proxy. Pure."""

from __future__ import annotations

from aiogram.utils.formatting import Text

from handlers.ground.proxy_buttons import View
from handlers.ground.proxy_words import address, short_comment
from handlers.ground.words import Words, code, flag
from handlers.proxies.selection_view import pages_of
from px6 import Proxy


def title(w: Words, view: View, count: int) -> Text:
    """`My proxies · 14 active · page 1 of 3`"""
    name, what, pages = list_name(w, view), of_state(w, view, count), pages_of(count)
    if pages == 1:
        return w.title("{name} · {what}", name=name, what=what)
    page = min(view.page, pages)
    return w.title("{name} · {what} · page {page} of {pages}", name=name, what=what, page=page, pages=pages)


def of_state(w: Words, view: View, count: int) -> str:
    """`14 active`"""
    return {
        "a": w.n("{count} active", "{count} active", count),
        "g": w.n("{count} ends soon", "{count} end soon", count),
        "x": w.n("{count} ended", "{count} ended", count),
    }.get(view.state) or w.n("{count} in all", "{count} in all", count)


def list_name(w: Words, view: View) -> str:
    """The name of the list: what is being chosen, else "My proxies"."""
    asked = {
        "c": w.tr("Which proxies to check?"),
        "t": w.tr("Which proxies get a new protocol?"),
        "m": w.tr("Which proxies get a new comment?"),
        "d": w.tr("Which proxies to delete?"),
    }
    return asked.get(view.purpose) or w.tr("My proxies")


def unreadable_line(w: Words, count: int) -> str | None:
    """What px6 lists and the bot cannot read."""
    if not count:
        return None
    return w.n(
        "⚠️ {count} more could not be read: see px6's site",
        "⚠️ {count} more could not be read: see px6's site",
        count,
    )


def list_line(proxy: Proxy) -> Text:
    """Address and id, both ready to be copied, and the comment."""
    comment = f" · {short_comment(proxy.comment)}" if proxy.comment.strip() else ""
    return Text(f"{flag(proxy.country)} ", code(address(proxy)), " · ", code(proxy.id), comment)
