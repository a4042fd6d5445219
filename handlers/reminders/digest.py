"""The taps under a digest: show it as it stands now, choose some of it, remind later, let the proxies end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aiogram import Router
from aiogram.types import CallbackQuery
from aiogram.utils.formatting import Bold, Text

from handlers.ground.after_change import show_after_change
from handlers.ground.colleague_notes import note_act
from handlers.ground.parsing import BadInput
from handlers.ground.proxy_buttons import View
from handlers.ground.screen import (
    Open,
    Row,
    Screen,
    back_button,
    button,
    home_in_new_message,
    new_message_button,
    pairs,
)
from handlers.ground.switching_off import note_begun_for
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.orders.by_others import name_of
from handlers.orders.limit_line import left_of, month_limit
from handlers.orders.prolong import show_prolong_quote
from handlers.proxies.list import show_list
from handlers.proxies.selection_view import keep_ids
from handlers.reminders.digest_screen import (
    AskLater,
    ChooseSome,
    DigestData,
    LetGo,
    PutOff,
    TryEnded,
    digest_screen,
    ends_title,
)
from model.colleagues import Right
from model.doers import Act
from model.notifications import StoredDigest
from model.proxies import with_known_kinds
from model.watching import KeptPayment
from services.notifications.kinds import Digest
from services.reminders.schedule import next_local, zone_of
from services.reminders.service import NoReminder

router = Router(name=__name__)

MORNING = 9 * 60  # "tomorrow" is this minute of the day
LEAST_BEFORE_END = timedelta(minutes=15)  # a "later" comes so long before the end at the latest


@dataclass(frozen=True)
class CurrentDigest:
    """A digest as it stands now: which of its proxies still end as it said, and the px6 account that lists them."""

    digest: Digest
    left: dict[int, datetime]
    px6_user_id: str


async def read_digest(turn: Turn, data: DigestData) -> CurrentDigest:
    """The digest of a button, with px6 read afresh. Raises BadInput when nothing of it is left."""
    telegram_id, w = turn.person.telegram_id, turn.words
    sent = await turn.services.reminders.digest(telegram_id, data.digest)
    if sent is None:
        raise BadInput(Text(w.tr("This message is too old. Your proxies are in /proxies.")))
    known = await turn.services.orders.known_versions(telegram_id)
    listed = await (await turn.px6()).proxies(nokey=True)
    proxies = with_known_kinds(listed.proxies, known)
    same = sorted((p for p in proxies if sent.ends.get(p.id) == p.ends_at), key=lambda p: (p.ends_at, p.id))
    now = turn.services.now()
    soon, ended = tuple(p for p in same if p.ends_at > now), tuple(p for p in same if p.ends_at <= now)
    if not same:
        raise BadInput(await nothing_left(turn, sent))
    quote = await turn.services.orders.quote(telegram_id, sent.quote_id) if sent.quote_id else None
    usable = quote if quote is not None and quote.state == "open" and set(quote.ids) == {p.id for p in soon} else None
    right = None if turn.person.colleague is None else turn.person.colleague.right
    left = left_of(await month_limit(turn))
    digest = Digest(data.digest, soon, ended, usable, False, now, right=right, left=left)
    return CurrentDigest(digest, {p.id: p.ends_at for p in same}, listed.user_id)


async def nothing_left(turn: Turn, sent: StoredDigest) -> Text:
    """Why nothing of a digest is left; with who prolonged it, where somebody else did."""
    end = await turn.services.sweep.endings.of(turn.person, sent)
    w, said = turn.words, turn.words.tr("Nothing is left here: all of it was prolonged or is gone.")
    return lines(said, None if end is None or end.what != "paid" else w.tr("Prolonged by {who}", who=name_of(w, end)))


@router.callback_query(DigestData.filter())
async def show_digest(_: CallbackQuery, turn: Turn, callback_data: DigestData) -> None:
    """The digest again, with prices and the balance as they are now."""
    digest = (await read_digest(turn, callback_data)).digest
    if digest.soon and digest.may(Right.PROLONG):
        periods = digest.quote.periods if digest.quote else None
        digests, client = turn.services.sweep.digests, await turn.px6()
        made = await digests.quote(turn.person.telegram_id, client, digest.soon, periods)
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


@router.callback_query(AskLater.filter())
async def later(_: CallbackQuery, turn: Turn, callback_data: AskLater) -> None:
    sent = await read_digest(turn, callback_data)
    await turn.show(later_screen(turn.words, sent.digest))


def later_screen(w: Words, digest: Digest) -> Screen:
    if not digest.soon:
        raise BadInput(Text(w.tr("These proxies have already ended.")))
    text = lines(w.title("When should I remind you?"), ends_title(w, digest))
    rows = pairs(
        button(w.tr("In 3 hours"), PutOff(digest=digest.id, hours=3)),
        button(w.tr("Tomorrow") if w.zone else w.tr("In 24 hours"), PutOff(digest=digest.id, hours=0)),
    )
    return Screen(text, [*rows, way_back_row(w, digest.id)])


def way_back_row(w: Words, digest: int) -> Row:
    """Back to the digest, which stays in the chat: Home comes below it."""
    return [home_in_new_message(w), back_button(w, DigestData(digest=digest))]


@router.callback_query(PutOff.filter())
async def put_off(_: CallbackQuery, turn: Turn, callback_data: PutOff) -> None:
    """Say nothing of these proxies until then, at the latest until shortly before the first of them ends.

    What is not to be prolonged stays so: nothing is said of it then either.
    """
    sent = await read_digest(turn, callback_data)
    now, w = turn.services.now(), turn.words
    if not sent.digest.soon:
        raise BadInput(Text(w.tr("These proxies have already ended.")))
    reminders = turn.services.reminders
    let_go = await reminders.let_go(turn.person.telegram_id)
    soon = [p for p in sent.digest.soon if (p.id, p.ends_at) not in let_go]
    without = len(sent.digest.soon) - len(soon)
    if not soon:
        await turn.show(let_go_screen(w, callback_data.digest, without))
        return
    first = soon[0].ends_at
    latest = max(first - LEAST_BEFORE_END, now + (first - now) / 2)
    until = min(put_off_to(callback_data.hours, turn.person.zone, now), latest)
    ends = {p.id: p.ends_at for p in soon}
    await reminders.mute(turn.person.telegram_id, ends, until, turn.person.colleague)
    turn.on_disk()
    comes_at = await reminders.comes_at(turn.person, sent.px6_user_id, soon, until)
    if isinstance(comes_at, datetime):
        await turn.show(put_off_screen(w, callback_data.digest, until, comes_at, now, without))
    else:
        await turn.show(no_reminder_screen(w, callback_data.digest, comes_at))


def put_off_screen(
    w: Words, digest: int, until: datetime, comes_at: datetime, now: datetime, without: int = 0
) -> Screen:
    """`until`: the moment that was wanted. `without`: so many of them are not to be prolonged."""
    text = lines(
        w.title("Remind me later"),
        w.rich("I will remind you on {when}.", when=w.when(comes_at, now)),
        w.tr("Your quiet hours last until then.") if comes_at > until else None,
        w.n("Not prolonging: {count} proxy", "Not prolonging: {count} proxies", without) if without else None,
    )
    return Screen(text, [way_back_row(w, digest)])


def no_reminder_screen(w: Words, digest: int, why: NoReminder) -> Screen:
    """Nothing will come, whatever was put off."""
    reasons = {
        "off": w.tr("Reminders are switched off, so none will come."),
        "colleagues": w.tr("Reminders of this account go to your colleagues only, so none will come to you."),
        "not_told": w.tr("You no longer get reminders of this account, so none will come."),
        "ended": w.tr("These proxies have already ended."),
    }
    settings = [new_message_button(w.tr("Reminders"), Open(screen="reminders"))]
    text = lines(w.title("Remind me later"), reasons[why])
    return Screen(text, [*([] if why == "not_told" else [settings]), way_back_row(w, digest)])


def put_off_to(hours: int, zone: str | None, now: datetime) -> datetime:
    """The moment of the next reminder: in so many hours; 0: tomorrow morning, or in 24 hours without a zone."""
    if hours or zone is None:
        return now + timedelta(hours=hours or 24)
    midnight = next_local(0, zone_of(zone), now)
    return next_local(MORNING, zone_of(zone), midnight)


@router.callback_query(LetGo.filter())
async def let_go(_: CallbackQuery, turn: Turn, callback_data: LetGo) -> None:
    """No reminders of these, and no rules, until they are prolonged; with `undo`, all as usual again."""
    telegram_id, w = turn.person.telegram_id, turn.words
    if callback_data.undo:
        sent = await turn.services.reminders.digest(telegram_id, callback_data.digest)
        if sent is not None:
            await turn.services.reminders.unmute(telegram_id, sent.ends, turn.person.colleague)
            turn.on_disk()
            turn.background.start(turn.services.sweep.endings.edit_due())
            await note_act(turn, Act.REMINDED, len(sent.ends))
        await show_after_change(turn, show_digest(_, turn, DigestData(digest=callback_data.digest)))
        return
    soon = {p.id: p.ends_at for p in (await read_digest(turn, callback_data)).digest.soon}
    if not soon:
        raise BadInput(Text(w.tr("These proxies have already ended.")))
    waited = await turn.services.reminders.mute(telegram_id, soon, None, turn.person.colleague)
    turn.on_disk()
    turn.background.start(turn.services.sweep.endings.edit_due())
    await note_act(turn, Act.LET_GO, len(soon))
    await note_act(turn, Act.WATCH_ENDED, sum(not kept.is_open for kept in waited))
    await note_begun_for(turn, soon.keys())
    await turn.show(let_go_screen(w, callback_data.digest, len(soon), waited))


def let_go_screen(w: Words, digest: int, count: int, waited: Sequence[KeptPayment] = ()) -> Screen:
    """`waited`: payments for them that waited for money, as they are now."""
    text = lines(
        Bold(w.n("Not prolonging: {count} proxy", "Not prolonging: {count} proxies", count)),
        w.n(
            "I will not remind you of it, and rules will skip it, until you prolong it. All others stay as usual.",
            "I will not remind you of them, and rules will skip them, until you prolong them. "
            "All others stay as usual.",
            count,
        ),
        *waited_lines(w, count, waited),
    )
    undo = button(w.tr("Remind me after all"), LetGo(digest=digest, undo=True))
    return Screen(text, [[undo], [home_in_new_message(w)]])


def waited_lines(w: Words, count: int, waited: Sequence[KeptPayment]) -> list[str]:
    """What became of payments that waited for money to prolong these, and perhaps others."""
    ended = w.n(
        "I no longer wait for the money to prolong it. Nothing was spent.",
        "I no longer wait for the money to prolong them. Nothing was spent.",
        count,
    )
    fewer = w.n(
        "The payment for several that waits for money goes on without it.",
        "The payment for several that waits for money goes on without them.",
        count,
    )
    said = {kept.is_open: fewer if kept.is_open else ended for kept in waited}
    return [said[is_open] for is_open in sorted(said)]
