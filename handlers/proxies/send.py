"""One proxy, sent to somebody through Telegram's own sharing, or copied part by part."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from aiogram import Router
from aiogram.types import CallbackQuery
from aiogram.utils.formatting import Spoiler, Text

from handlers.ground.proxy_buttons import Card, Picked, Send
from handlers.ground.proxy_words import address, credentials
from handlers.ground.screen import COPY_LIMIT, Screen, copy_button, home_row, link_button, pairs
from handlers.ground.turn import Turn
from handlers.ground.words import Words, code, lines
from handlers.proxies.card import find, gone_screen, is_without_login, show_card, what_it_is
from model.mtproto import mtproto_link, secret_of
from model.proxies import is_mtproto
from px6 import Proxy
from services.proxies.exports import Format, export

router = Router(name=__name__)

SHARE = "https://t.me/share/url"  # opens the list of chats; Telegram Desktop wants a `url` that is not empty


@router.callback_query(Send.filter())
async def send(_: CallbackQuery, turn: Turn, callback_data: Send) -> None:
    proxy = await find(turn, callback_data)
    if proxy is None:
        await turn.show(gone_screen(turn.words, callback_data))
    elif is_without_login(turn, proxy):
        await show_card(turn, callback_data.to(Card, proxy=proxy.id))  # which says why
    else:
        await turn.show(send_screen(turn.words, callback_data, proxy))


def send_screen(w: Words, data: Picked, proxy: Proxy) -> Screen:
    """What will be in the message, with and without the password; and each part to be copied."""
    parts = {name: value for name, value in parts_of(w, proxy).items() if value}
    buttons = [copy_button(name, value) for name, value in parts.items() if len(value) <= COPY_LIMIT]
    text = lines(
        w.title("Send the proxy to somebody"),
        w.tr("You choose the chat. The message says:"),
        code(address(proxy)),
        about(w, proxy),
        secret_line(w, proxy),
        *(Text(f"{name}: ", code(value)) for name, value in parts.items() if len(value) > COPY_LIMIT),
        w.tr("The last buttons copy one part each."),
    )
    secret = w.tr("Send with the secret") if is_mtproto(proxy) else w.tr("Send with the password")
    bare = w.tr("Send without the secret") if is_mtproto(proxy) else w.tr("Send without password")
    return Screen(
        text,
        [
            [link_button(secret, share_link(whole(proxy), about(w, proxy)))],
            [link_button(bare, share_link(address(proxy), about(w, proxy)))],
            *pairs(*buttons),
            home_row(w, data.to(Card, proxy=proxy.id)),
        ],
    )


def about(w: Words, proxy: Proxy) -> str:
    """`🇩🇪 Germany · IPv6 · HTTPS, until 26 Nov 2026 12:00 UTC`; comments are the person's own business."""
    end = Words(w.language).clock(proxy.ends_at)  # in UTC and marked so: it is read in another zone
    return w.tr("{what}, until {end}", what=what_it_is(w, proxy), end=end)


def secret_line(w: Words, proxy: Proxy) -> Text:
    """What comes to it by the person's own choice."""
    if is_mtproto(proxy):
        return w.rich(
            "With the secret also: {secret}. Whoever gets it can use the proxy.", secret=Spoiler(secret_of(proxy))
        )
    return w.rich(
        "With the password also: login {user}, password {password}. Whoever gets them can use the proxy.",
        user=code(proxy.user),
        password=Spoiler(proxy.password),
    )


def whole(proxy: Proxy) -> str:
    """All that is needed to connect: for MTProto the link that sets it in Telegram's apps."""
    link = mtproto_link(proxy) if is_mtproto(proxy) else None
    return link or credentials(proxy)


def share_link(first: str, text: str) -> str:
    """Telegram puts `first` and the text, in two lines, into a message to the chat that is chosen."""
    return f"{SHARE}?{urlencode({'url': first, 'text': text}, quote_via=quote)}"


def parts_of(w: Words, proxy: Proxy) -> dict[str, str]:
    """What a tap copies, by the button's name."""
    if is_mtproto(proxy):
        return {"host:port": address(proxy), w.tr("Secret"): secret_of(proxy)}
    return {
        w.tr("Login"): proxy.user,
        w.tr("Password"): proxy.password,
        "host:port": address(proxy),
        "curl": export([proxy], Format.CURL).strip(),
    }
