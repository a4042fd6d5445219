"""The digest: one message about everything that ends, with one-tap prolonging. And what can be said to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aiogram import Router
from aiogram.types import CallbackQuery
from aiogram.utils.formatting import Bold, Text

from handlers.ground.callback_data import CallbackData
from handlers.ground.parsing import BadInput
from handlers.ground.proxy_buttons import View
from handlers.ground.proxy_words import address
from handlers.ground.screen import (
    Id,
    Open,
    Row,
    Screen,
    SmallNumber,
    back_button,
    button,
    home_button,
    link_button,
    new_message_button,
    pairs,
    px6_proxies_button,
    spend_button,
)
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.orders.pay import Pay, spend_label
from handlers.orders.prolong import show_prolong_quote
from handlers.proxies.list import show_list
from handlers.proxies.selection_view import keep_ids
from handlers.reminders.buy_again import same_again
from handlers.reminders.end_lines import end_lines
from model.proxies import is_sold, with_known_kinds
from px6 import Proxy
from services.notifications.kinds import Digest
from services.orders import Option, Quote
from services.reminders.settings import next_local, zone_of

router = Router(name="digest")

ENDED_NAMED = 2  # of what ended meanwhile
MORNING = 9 * 60  # "tomorrow" is this minute of the day
BEFORE_END = timedelta(minutes=15)  # a "later" comes so long before the end at the latest


class DigestData(CallbackData, prefix="dg"):
    """A digest that was sent, shown again as it stands now."""

    digest: Id


class ChooseSome(DigestData, prefix="dg-c"):
    """Which of them are to be prolonged."""


class Later(DigestData, prefix="dg-l"):
    """Asks when to remind again."""


class PutOff(DigestData, prefix="dg-p", durable=True):
    """Reminds again: in so many hours; 0: tomorrow morning."""

    hours: SmallNumber


class LetGo(DigestData, prefix="dg-g", durable=True):
    """Says nothing more of these until they are prolonged; `undo` speaks of them again."""

    undo: bool = False


class TryEnded(DigestData, prefix="dg-t"):
    """Tries to prolong what has ended."""


# -- the screens


def digest_screen(w: Words, digest: Digest, site_url: str) -> Screen:
    """What ends and what ended; green buttons for the periods that the balance covers."""
    if not digest.soon:
        return ended_screen(w, digest, site_url)
    text = lines(
        Text(w.tr("This is only a test: so a reminder looks.")) if digest.test else None,
        Bold(ends_title(w, digest)),
        *end_lines(w, digest.soon, digest.now, digest.renewed_by_px6),
        ended_line(w, digest),
        *money_lines(w, digest),
    )
    if digest.test:
        note = w.tr("In a real one, buttons below prolong all of them with one tap.")
        return Screen(lines(text, note), [[button(w.tr("Reminders"), Open(screen="reminders"))], [home_button(w)]])
    return Screen(text, [*pay_rows(w, digest, site_url), *answer_rows(w, digest)])


def ends_title(w: Words, digest: Digest) -> str:
    count = len(digest.soon)
    first = w.relative(digest.soon[0].ends_at, digest.now)
    if count == 1:
        return w.tr("⏳ 1 proxy ends {when}", when=first)
    return w.n(
        "⏳ {count} proxy ends, the first {when}", "⏳ {count} proxies end, the first {when}", count, when=first
    )


def ended_line(w: Words, digest: Digest) -> Text | None:
    """What ended and was not told before, in one line."""
    if not digest.ended:
        return None
    names = ", ".join(address(proxy) for proxy in digest.ended[:ENDED_NAMED])
    more = " …" if len(digest.ended) > ENDED_NAMED else ""
    said = w.n(
        "Ended meanwhile: {count} proxy ({names})",
        "Ended meanwhile: {count} proxies ({names})",
        len(digest.ended),
        names=names + more,
    )
    return Text(said)


def money_lines(w: Words, digest: Digest) -> list[str]:
    """The balance, or what is missing for the usual period; what it does not cover; what has no price."""
    quote = digest.quote
    if quote is None:
        return [] if digest.test else [priceless_line(w, digest)]
    unpriced = len(digest.soon) - len(quote.ids)
    said = enough_lines(w, quote) if quote.options[0].price <= quote.balance else missing_lines(w, quote)
    dear = sorted((o for o in quote.options[1:] if o.price > quote.balance), key=lambda option: option.period)
    if dear:
        named = ", ".join(w.tr("{days} · {sum}", days=w.days(o.period), sum=spend_label(w, quote, o)) for o in dear)
        said.append(w.tr("Not covered: {periods}", periods=named))
    if unpriced:
        said.append(
            w.n(
                "px6 sells no renewal of {count} of them here: see its site.",
                "px6 sells no renewal of {count} of them here: see its site.",
                unpriced,
            )
        )
    if any(option.at_most for option in quote.options):
        said.append(w.tr("px6 does not say which kind of IPv4 these are: the dearer price is shown."))
    return said


def priceless_line(w: Words, digest: Digest) -> str:
    if not has_price(digest.soon):
        return unsold_line(w, digest.soon)
    return w.tr("px6 names no price at the moment; it is asked for again when you choose.")


def unsold_line(w: Words, proxies: Sequence[Proxy]) -> str:
    return w.n(
        "px6 sells no renewal of it here: see its site.",
        "px6 sells no renewal of these here: see its site.",
        len(proxies),
    )


def has_price(proxies: Sequence[Proxy]) -> bool:
    """Whether px6 sells a renewal of any of them."""
    return any(is_sold(proxy) for proxy in proxies)


def enough_lines(w: Words, quote: Quote) -> list[str]:
    return [w.tr("Balance {sum}", sum=w.money(quote.balance, quote.currency))]


def missing_lines(w: Words, quote: Quote) -> list[str]:
    """Needed, there, missing for the usual period; and the cheapest that fits."""
    usual, fitting = quote.options[0], affordable(quote)
    missing = w.money(usual.price - quote.balance, quote.currency)
    said = w.tr(
        "{days}: needed {needed}, there is {have}, missing {missing}",
        days=w.days(usual.period),
        needed=spend_label(w, quote, usual),
        have=w.money(quote.balance, quote.currency),
        missing=w.tr("at most {sum}", sum=missing) if usual.at_most else missing,
    )
    if not fitting:
        return [said]
    cheapest = min(fitting, key=lambda option: option.price)
    return [said, w.tr("The balance is enough for {days}.", days=w.days(cheapest.period))]


def affordable(quote: Quote) -> list[Option]:
    """The periods that the balance covers, in their order; shorter ones than offered only when no other is."""
    return [option for option in quote.options if option.price <= quote.balance]


def pay_rows(w: Words, digest: Digest, site_url: str) -> list[Row]:
    """Green buttons, the usual period first; the way to more money when it is not enough for that."""
    quote = digest.quote
    if not has_price(digest.soon):
        return [[px6_proxies_button(w, site_url)]]
    if quote is None:
        return [[button(w.tr("Prolong…"), ChooseSome(digest=digest.id))]]
    rows: list[Row] = []
    for option in affordable(quote):
        first = not rows
        label = {"days": w.days(option.period), "sum": spend_label(w, quote, option)}
        said = w.tr("Prolong {days} · {sum}", **label) if first else w.tr("{days} · {sum}", **label)
        rows.append([spend_button(said, Pay(quote=quote.id, period=option.period))])
    if quote.options[0].price > quote.balance:
        topped_up = button(w.tr("I have topped up"), DigestData(digest=digest.id))
        rows += pairs(link_button(w.tr("Top up at px6"), site_url), topped_up)
    return rows


def answer_rows(w: Words, digest: Digest) -> list[Row]:
    return [
        *pairs(
            button(w.tr("Choose"), ChooseSome(digest=digest.id)),
            button(w.tr("Later"), Later(digest=digest.id)),
            button(w.tr("Let them go"), LetGo(digest=digest.id)),
            home_button(w),
        )
    ]


def ended_screen(w: Words, digest: Digest, site_url: str) -> Screen:
    """After the end: what it was, a try to prolong, and the same again."""
    count, sold = len(digest.ended), has_price(digest.ended)
    text = lines(
        Bold(w.n("{count} proxy has ended", "{count} proxies have ended", count)),
        *end_lines(w, digest.ended, digest.now),
        w.tr("px6 can sometimes still prolong what ended a short time ago.")
        if sold
        else unsold_line(w, digest.ended),
    )
    rows: list[Row] = [
        [
            new_message_button(w.tr("Try to prolong"), TryEnded(digest=digest.id))
            if sold
            else px6_proxies_button(w, site_url)
        ]
    ]
    rows += [[again] for again in same_again(w, digest)]
    return Screen(text, [*rows, [home_button(w)]])


# -- the taps


@dataclass(frozen=True)
class Sent:
    """A digest as it stands now: which of its proxies still end as it said."""

    digest: Digest
    left: dict[int, datetime]


async def read_digest(turn: Turn, data: DigestData) -> Sent:
    """The digest of a button, with px6 read afresh. Raises BadInput when nothing of it is left."""
    telegram_id, w = turn.person.telegram_id, turn.words
    sent = await turn.services.reminders.digest(telegram_id, data.digest)
    if sent is None:
        raise BadInput(Text(w.tr("This message is too old to do anything with. /proxies shows what you have.")))
    known = await turn.services.orders.known_versions(telegram_id)
    listed = with_known_kinds((await (await turn.px6()).proxies(nokey=True)).proxies, known)
    same = sorted((p for p in listed if sent.ends.get(p.id) == p.ends_at), key=lambda p: (p.ends_at, p.id))
    now = turn.services.now()
    soon, ended = tuple(p for p in same if p.ends_at > now), tuple(p for p in same if p.ends_at <= now)
    if not same:
        raise BadInput(Text(w.tr("Nothing is left of this: all of it was prolonged, or is gone.")))
    quote = await turn.services.orders.quote(telegram_id, sent.quote_id) if sent.quote_id else None
    usable = quote if quote is not None and quote.state == "open" and set(quote.ids) == {p.id for p in soon} else None
    digest = Digest(data.digest, soon, ended, usable, False, now)
    return Sent(digest, {p.id: p.ends_at for p in same})


@router.callback_query(DigestData.filter())
async def show_digest(_: CallbackQuery, turn: Turn, callback_data: DigestData) -> None:
    """The digest again, with prices and the balance as they are now."""
    digest = (await read_digest(turn, callback_data)).digest
    if digest.soon:
        periods = digest.quote.periods if digest.quote else None
        made = await turn.services.sweep.digests.quote(turn.person.telegram_id, digest.soon, periods)
        digest = replace(digest, quote=made)
    message_id = await turn.show(digest_screen(turn.words, digest, turn.services.site_url))
    if digest.quote is not None:
        await turn.services.orders.set_message(digest.quote.id, turn.chat_id, message_id)


@router.callback_query(ChooseSome.filter())
async def choose_some(_: CallbackQuery, turn: Turn, callback_data: ChooseSome) -> None:
    """The list of exactly these, all ticked."""
    sent = await read_digest(turn, callback_data)
    ids = list(sent.left)
    found = await keep_ids(turn, ids, "digest")
    await show_list(turn, View(state="z", found=found, ticks=await keep_ids(turn, ids)))


@router.callback_query(TryEnded.filter())
async def try_ended(_: CallbackQuery, turn: Turn, callback_data: TryEnded) -> None:
    sent = await read_digest(turn, callback_data)
    await show_prolong_quote(turn, list(sent.left))


@router.callback_query(Later.filter())
async def later(_: CallbackQuery, turn: Turn, callback_data: Later) -> None:
    sent = await read_digest(turn, callback_data)
    await turn.show(later_screen(turn.words, sent.digest))


def later_screen(w: Words, digest: Digest) -> Screen:
    if not digest.soon:
        raise BadInput(Text(w.tr("These have ended meanwhile.")))
    text = lines(w.title("When shall I remind you?"), ends_title(w, digest))
    rows = pairs(
        button(w.tr("In 3 hours"), PutOff(digest=digest.id, hours=3)),
        button(w.tr("Tomorrow") if w.zone else w.tr("In 24 hours"), PutOff(digest=digest.id, hours=0)),
    )
    return Screen(text, [*rows, [home_button(w), back_button(w, DigestData(digest=digest.id))]])


@router.callback_query(PutOff.filter())
async def put_off(_: CallbackQuery, turn: Turn, callback_data: PutOff) -> None:
    """Silence until then, at the latest until shortly before the first of them ends."""
    sent = await read_digest(turn, callback_data)
    now, w = turn.services.now(), turn.words
    soon = {p.id: p.ends_at for p in sent.digest.soon}
    if not soon:
        raise BadInput(Text(w.tr("These have ended meanwhile.")))
    until = put_off_to(callback_data.hours, turn.person.zone, now)
    first = min(soon.values())
    if until > first - BEFORE_END:
        until = max(first - BEFORE_END, now + (first - now) / 2)
    until = until.replace(microsecond=0)
    await turn.services.reminders.silence(turn.person.telegram_id, soon, until)
    text = lines(w.title("Later"), w.rich("I remind you of them {when}.", when=w.when(until, now)))
    await turn.show(Screen(text, [[home_button(w), back_button(w, DigestData(digest=callback_data.digest))]]))


def put_off_to(hours: int, zone: str | None, now: datetime) -> datetime:
    """In so many hours; 0: tomorrow morning, or in 24 hours while the zone is unknown."""
    if hours or zone is None:
        return now + timedelta(hours=hours or 24)
    midnight = next_local(0, zone_of(zone), now)
    return next_local(MORNING, zone_of(zone), midnight)


@router.callback_query(LetGo.filter())
async def let_go(_: CallbackQuery, turn: Turn, callback_data: LetGo) -> None:
    """Silence for exactly these until they are prolonged."""
    telegram_id, w = turn.person.telegram_id, turn.words
    if callback_data.undo:
        sent = await turn.services.reminders.digest(telegram_id, callback_data.digest)
        if sent is not None:
            await turn.services.reminders.unsilence(telegram_id, sent.ends)
        await show_digest(_, turn, DigestData(digest=callback_data.digest))
        return
    soon = {p.id: p.ends_at for p in (await read_digest(turn, callback_data)).digest.soon}
    if not soon:
        raise BadInput(Text(w.tr("These have ended meanwhile.")))
    await turn.services.reminders.silence(telegram_id, soon, None)
    count = len(soon)
    text = lines(
        Bold(w.n("{count} proxy may end", "{count} proxies may end", count)),
        w.tr("I say nothing more of them until they are prolonged. Of all others I do."),
    )
    undo = button(w.tr("Remind me after all"), LetGo(digest=callback_data.digest, undo=True))
    await turn.show(Screen(text, [[undo], [home_button(w)]]))
