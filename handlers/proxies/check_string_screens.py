"""What a check of proxies by their strings shows: never a login, never a password. Pure screens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aiogram.utils.formatting import ExpandableBlockQuote, Text

import px6
from handlers.ground.callback_data import CallbackData
from handlers.ground.errors import what_happened
from handlers.ground.proxy_buttons import Card
from handlers.ground.proxy_words import address_end, proxy_count
from handlers.ground.screen import Open, Screen, button, home_button, home_in_new_message, home_row, pairs
from handlers.ground.words import Words, code, flag, lines
from handlers.proxies.check_screens import StopCheck
from handlers.proxies.check_string_run import NOT_OFFERED, StringRun
from handlers.proxies.proxy_strings import ProxyString
from handlers.proxies.selection_view import list_button
from model.colleagues import Right
from px6 import Proxy

MOST_STRINGS = 20  # at once: seven seconds at px6's three calls a second
STRINGS_NAMED = 6  # the others are folded
CARDS_OFFERED = 4
EXAMPLE = "/check 185.22.134.250:7330:login:password"


class AskStrings(CallbackData, prefix="ck-s", needs=Right.CHECK):
    """Asks for proxies to check by their strings; the next text answers."""


def ask_strings_screen(w: Words) -> Screen:
    text = lines(
        w.title("Which proxy to check?"),
        w.rich("Send it as {form}, up to {most} at once.", form=code("host:port:login:password"), most=MOST_STRINGS),
        w.tr(
            "It can be any proxy, also one from elsewhere. The bot will delete your message and keep nothing of it."
        ),
    )
    return Screen(text, [home_row(w, Open(screen="settings"))])


def with_deletion(w: Words, screen: Screen, *, deleted: bool) -> Screen:
    """The screen, with what became of the message that held a password."""
    said = (
        w.tr("Your message is deleted, so that no password stays in the chat.")
        if deleted
        else w.tr("⚠️ Delete your message with the password yourself: the bot cannot.")
    )
    return Screen(lines(screen.text, said), screen.rows)


def nothing_read_screen(w: Words) -> Screen:
    """What was sent is not repeated: it may hold a password."""
    text = lines(
        w.title("This is not a proxy"),
        w.tr("Write host, port, login and password in this order, with colons between them."),
        w.rich("Example: {example}", example=code(EXAMPLE)),
    )
    return Screen(text, [[button(w.tr("Try again"), AskStrings())], [home_button(w)]])


def not_offered_screen(w: Words) -> Screen:
    text = lines(
        w.title("px6 does not check proxies this way"),
        w.tr("It checks only proxies of this account: select them in the list."),
    )
    return Screen(text, [[list_button(w), home_button(w)]])


def strings_progress_screen(w: Words, run: StringRun) -> Screen:
    text = w.title("Checking {done} of {whole}…", done=w.number(run.done), whole=w.number(len(run.strings)))
    return Screen(text, [[button(w.tr("Stop"), StopCheck())], [home_in_new_message(w)]])


def strings_screen(
    w: Words, run: StringRun, mine: Mapping[ProxyString, Proxy], *, unread: int = 0, beyond: int = 0
) -> Screen:
    """What px6 said of each. `mine`: those at the address of a proxy of the account; `unread`: pieces of the message
    that are no proxies; `beyond`: proxies that were too many."""
    text = lines(
        checked_title(w, run),
        *answer_lines(w, run, mine),
        *more_lines(w, run, unread, beyond),
    )
    cards = [
        button(f"{flag(proxy.country)} {address_end(proxy)}", Card(proxy=proxy.id, state="z"))
        for proxy in list(dict.fromkeys(mine.values()))[:CARDS_OFFERED]
    ]
    return Screen(text, [*pairs(*cards), [button(w.tr("Check another one"), AskStrings())], [home_button(w)]])


def checked_title(w: Words, run: StringRun) -> Text:
    whole, done = len(run.strings), len(run.answers)
    if done == whole:
        return w.title("Checked {what}", what=proxy_count(w, done))
    return w.title("Checked {done} of {whole}", done=w.number(done), whole=w.number(whole))


def answer_lines(w: Words, run: StringRun, mine: Mapping[ProxyString, Proxy]) -> list[Text]:
    """A line for each answer, in the order in which they were sent."""
    told = [answer_line(w, each, run.answers[each], mine.get(each)) for each in run.strings if each in run.answers]
    named, rest = told[:STRINGS_NAMED], told[STRINGS_NAMED:]
    return [*named, ExpandableBlockQuote(lines(*rest))] if rest else named


def answer_line(w: Words, proxy: ProxyString, answer: px6.Check | px6.Px6Error, mine: Proxy | None) -> Text:
    told = verdict(w, answer, code(proxy.address))
    if mine is None:
        return told
    whose = w.tr("yours") if proxy.opens(mine) else w.tr("yours, but with another login or password")
    return Text(told, f" · {whose}")


def verdict(w: Words, answer: px6.Check | px6.Px6Error, address: Text) -> Text:
    """What px6 said of the proxy at this address."""
    match answer:
        case px6.Check(alive=True, seconds=None):
            return w.rich("✅ {address} works", address=address)
        case px6.Check(alive=True):
            seconds = w.decimal(answer.seconds or 0.0, least=2, most=2)
            return w.rich("✅ {address} works, {seconds} s", address=address, seconds=seconds)
        case px6.Check():
            return w.rich("⚠️ {address} does not work", address=address)
        case px6.WrongPort():
            return w.rich("⚠️ {address}: px6 does not accept the port", address=address)
        case px6.NotFound():
            return w.rich("⚠️ {address}: px6 has no data about this proxy", address=address)
    return w.rich("⚠️ {address}: px6 does not accept this as a proxy", address=address)


def more_lines(w: Words, run: StringRun, unread: int, beyond: int) -> Iterator[str]:
    """What was not checked and why, and what a dead one may be."""
    if any(isinstance(answer, px6.Check) and not answer.alive for answer in run.answers.values()):
        yield w.tr("A wrong login or password looks the same as a proxy that does not work.")
    if run.stopped and run.left:
        yield w.tr("Stopped.")
    if run.silent and run.error:
        why = what_happened(run.error, w)[0]
        yield w.n("{count} not checked. {why}", "{count} not checked. {why}", len(run.silent), why=why)
    if unread:
        yield w.n(
            "{count} part of your message is not a proxy.", "{count} parts of your message are not proxies.", unread
        )
    if beyond:
        yield w.n(
            "{count} more was not checked: only {most} at once.",
            "{count} more were not checked: only {most} at once.",
            beyond,
            most=MOST_STRINGS,
        )


def is_not_offered(run: StringRun) -> bool:
    """Whether px6 checks no strings at all."""
    return isinstance(run.error, NOT_OFFERED) and not run.answers
