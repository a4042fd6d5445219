"""One proxy: what it is, how to connect, how long it runs, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aiogram import Router
from aiogram.types import CallbackQuery, InlineKeyboardButton
from aiogram.utils.formatting import Bold, Spoiler, Text

from handlers.ground.after_change import changed_screen, show_after_change
from handlers.ground.proxy_buttons import (
    AskComment,
    AskDelete,
    Card,
    Check,
    CheckStep,
    Export,
    Picked,
    Prolong,
    Protocols,
    Send,
    SetProtocol,
)
from handlers.ground.proxy_words import address, can_change, credentials, protocol_name, unread_line
from handlers.ground.screen import (
    COPY_LIMIT,
    Row,
    Screen,
    button,
    copy_button,
    home_button,
    home_row,
    link_button,
    pairs,
)
from handlers.ground.turn import Turn
from handlers.ground.words import Words, code, lines
from handlers.proxies.history_words import history_line
from handlers.proxies.known_screen import show_known
from handlers.proxies.selection_view import STATE_LETTERS, list_button, read_known_list
from model.colleagues import Right
from model.mtproto import secret_of
from model.proxies import is_mtproto, kind_of
from px6 import Protocol, Proxy, State
from services.money.spending import Cost, cost_of
from services.proxies.exports import telegram_link
from services.proxies.known_list import has_login

router = Router(name=__name__)

JUST_NOW = timedelta(minutes=1)  # since a check that the card's own line tells of


class OfferSocks(Picked, prefix="tg", needs=Right.ALL):
    """Offers the change of protocol that Telegram needs."""


@dataclass(frozen=True)
class CardFacts:
    """What is known of a proxy beside what px6 lists.

    `settable`: px6 changes protocols. `login_known`: login and password, or the secret, are not px6's alone.
    `checks`: what the last checks said. `cost`: what was paid for the proxy here. `dead`: leads to what can be done
    about a proxy that does not work.
    """

    settable: bool = True
    login_known: bool = True
    checks: Text | None = None
    cost: Cost | None = None
    dead: CheckStep | None = None


@router.callback_query(Card.filter())
async def card(_: CallbackQuery, turn: Turn, callback_data: Card) -> None:
    await show_card(turn, callback_data)


async def show_card(turn: Turn, data: Picked, note: str | Text | None = None, result: str = "") -> None:
    """The card, with a line on what was just done with the proxy. `result`: of a check in which it did not work."""
    await turn.show(await make_card(turn, data, note, result))


async def show_changed_card(turn: Turn, data: Picked, note: str | Text) -> None:
    """The card after a change, at once where its outcome is known; px6 may have made something else of it.

    Whoever went on meanwhile is told what was done, without the passwords of a card.
    """
    if turn.is_overtaken:
        await turn.show(changed_screen(turn.words, note))
        return
    showing = show_known(turn, [STATE_LETTERS[data.state]], lambda: make_card(turn, data, note))
    await show_after_change(turn, showing, note)


async def make_card(turn: Turn, data: Picked, note: str | Text | None, result: str = "") -> Screen:
    proxy = await find(turn, data)
    if proxy is None:
        listed = await read_known_list(turn, State.ALL, fresh=False)
        return (unread_screen if listed.may_hold(data.proxy) else gone_screen)(turn.words, data)
    facts = CardFacts(
        settable=not (await turn.px6()).lacks("settype"),
        login_known=not is_without_login(turn, proxy),
        checks=await checks_before(turn, proxy, is_told=note is not None),
        cost=await read_cost(turn, proxy),
        dead=CheckStep(result=result) if result else None,
    )
    return card_screen(turn.words, data, proxy, turn.services.now(), note, facts)


async def checks_before(turn: Turn, proxy: Proxy, *, is_told: bool) -> Text | None:
    """What the last checks said; None where there were none, or only one that the card tells of anyhow."""
    histories = await turn.services.check_histories.of(turn.person.telegram_id, [proxy.id])
    history = histories.get(proxy.id)
    now = turn.services.now()
    if history is None or (is_told and history.count == 1 and now - history.last.at < JUST_NOW):
        return None
    return history_line(turn.words, history, now)


def is_without_login(turn: Turn, proxy: Proxy) -> bool:
    """Whether px6 would have to be asked for login and password, or the secret, and does not answer."""
    return turn.silence is not None and not has_login(proxy)


async def read_cost(turn: Turn, proxy: Proxy) -> Cost | None:
    """What the proxy has cost in payments of this chat; which kinds it was paid with matters to few."""
    telegram_id, orders = turn.person.telegram_id, turn.services.orders
    payments = await orders.payments_for(telegram_id, proxy.id)
    kinds = await orders.known_versions(telegram_id) if any(len(each.ids) > 1 for each in payments) else {}
    return cost_of(proxy.id, payments, kinds)


async def find(turn: Turn, data: Picked) -> Proxy | None:
    """The proxy, from the list that was just shown if it is there."""
    for state, fresh in ((STATE_LETTERS[data.state], False), (State.ALL, True)):
        for proxy in (await read_known_list(turn, state, fresh=fresh)).proxies:
            if proxy.id == data.proxy:
                return proxy
    return None


def gone_screen(w: Words, data: Picked) -> Screen:
    text = lines(
        w.title("You have no such proxy"),
        w.rich("{id} no longer exists or belongs to another px6 account.", id=code(data.proxy)),
    )
    return Screen(text, [[list_button(w, data), home_button(w)]])


def unread_screen(w: Words, data: Picked) -> Screen:
    text = lines(w.title("This proxy cannot be read right now"), unread_line(w, [data.proxy]))
    return Screen(text, [[list_button(w, data), home_button(w)]])


def card_screen(
    w: Words,
    data: Picked,
    proxy: Proxy,
    now: datetime,
    note: str | Text | None = None,
    facts: CardFacts = CardFacts(),
) -> Screen:
    seen_as = None if proxy.ip == proxy.host else w.rich("Seen by sites as {ip}", ip=code(proxy.ip))
    text = lines(
        card_title(w, proxy),
        note,
        code(address(proxy)),
        seen_as,
        login_line(w, proxy)
        if facts.login_known
        else w.tr("The bot does not store login and password: px6 has to answer first."),
        ends_line(w, proxy, now),
        facts.checks,
        cost_line(w, facts.cost) if facts.cost else None,
        w.rich("Comment: {comment}", comment=code(proxy.comment)) if proxy.comment else None,
        w.rich("ID: {id}", id=code(proxy.id)),
    )
    settable, login_known = facts.settable and can_change(proxy), facts.login_known
    connecting = connecting_rows(w, data, proxy, now, settable=settable) if login_known else []
    if facts.dead:
        connecting.append([button(w.tr("Replace or report it…"), facts.dead)])
    return Screen(text, [*connecting, *deed_rows(w, data, proxy, settable=settable, login_known=login_known)])


def card_title(w: Words, proxy: Proxy) -> Text:
    return Bold(what_it_is(w, proxy))


def what_it_is(w: Words, proxy: Proxy) -> str:
    """Its place, kind and protocol. MTProto is a kind and a protocol."""
    place, kind = w.place(proxy.country), w.kind(kind_of(proxy))
    if is_mtproto(proxy):
        return w.tr("{place} · {kind}", place=place, kind=kind)
    both = proxy.type == Protocol.AUTO
    speaks = w.tr("HTTPS and SOCKS5") if both else protocol_name(proxy.type)
    return w.tr("{place} · {kind} · {protocol}", place=place, kind=kind, protocol=speaks)


def login_line(w: Words, proxy: Proxy) -> Text:
    if is_mtproto(proxy):
        return w.rich("Secret {secret}", secret=Spoiler(secret_of(proxy)))
    return w.rich("Login {user}, password {password}", user=code(proxy.user), password=Spoiler(proxy.password))


def ends_line(w: Words, proxy: Proxy, now: datetime) -> Text:
    if proxy.ends_at > now:
        return w.rich("Ends {when}", when=w.when(proxy.ends_at, now))
    return w.rich("Ended {when}", when=w.when(proxy.ends_at, now))


def cost_line(w: Words, cost: Cost) -> str:
    """`Paid here: 63.00 RUB, 3 payments since 26 Sep`"""
    sum_ = w.money(cost.sum, cost.currency)
    return w.n(
        "Paid here: {sum}, {count} payment since {day}",
        "Paid here: {sum}, {count} payments since {day}",
        cost.count,
        sum=sum_ if cost.exact else w.tr("about {sum}", sum=sum_),
        day=w.day(cost.since),
    )


def connecting_rows(w: Words, data: Picked, proxy: Proxy, now: datetime, *, settable: bool) -> list[Row]:
    """The ways to use the proxy."""
    whole = credentials(proxy)
    telegram = telegram_button(w, data, proxy, settable=settable) if proxy.ends_at > now else None
    copied = w.tr("Copy host:port:secret") if is_mtproto(proxy) else w.tr("Copy host:port:login:password")
    return [
        [copy_button(copied, whole)] if len(whole) <= COPY_LIMIT else [],
        [telegram] if telegram else [],
    ]


def deed_rows(w: Words, data: Picked, proxy: Proxy, *, settable: bool, login_known: bool) -> list[Row]:
    """What can be done with the proxy."""
    on = {"proxy": proxy.id}
    return [
        *pairs(
            button(w.tr("Prolong"), data.to(Prolong, **on)),
            button(w.tr("Check"), data.to(Check, **on)),
            button(w.tr("Protocol"), data.to(Protocols, **on)) if settable else None,
            button(w.tr("Comment"), data.to(AskComment, **on)),
        ),
        *pairs(
            button(w.tr("Export"), data.to(Export, **on)) if login_known else None,
            button(w.tr("Send"), data.to(Send, **on)) if login_known else None,
            button(w.tr("Delete…"), data.to(AskDelete, **on)),
        ),
        home_row(w, data.but()),
    ]


def telegram_button(w: Words, data: Picked, proxy: Proxy, *, settable: bool) -> InlineKeyboardButton | None:
    """Telegram's apps take SOCKS5 and MTProto: a proxy of another protocol is offered to be changed first."""
    label, link = w.tr("Use in Telegram"), telegram_link(proxy)
    if link is not None:
        return link_button(label, link)
    return button(label, data.to(OfferSocks, proxy=proxy.id)) if settable else None


@router.callback_query(OfferSocks.filter())
async def offer_socks(_: CallbackQuery, turn: Turn, callback_data: OfferSocks) -> None:
    await turn.show(socks_screen(turn.words, callback_data))


def socks_screen(w: Words, data: OfferSocks) -> Screen:
    text = lines(
        w.title("Telegram works only with SOCKS5"),
        w.tr("This proxy uses HTTPS. After the change, switch the programs that use it to SOCKS5 too."),
    )
    change = data.to(SetProtocol, proxy=data.proxy, protocol=Protocol.SOCKS)
    back = data.to(Card, proxy=data.proxy)
    return Screen(text, [[button(w.tr("Change to SOCKS5"), change)], home_row(w, back)])
