"""What a check of many proxies shows: how far it is, then which proxies work. Pure screens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import ExpandableBlockQuote, Text

from handlers.ground.callback_data import CallbackData
from handlers.ground.errors import what_happened
from handlers.ground.proxy_buttons import Check, CheckStep
from handlers.ground.proxy_words import PROXIES_NAMED, address, proxy_count, unknown_line
from handlers.ground.screen import Row, Screen, button, home_button, home_in_new_message, pairs
from handlers.ground.words import Words, code, flag, lines
from handlers.proxies.check_run import CheckRun
from handlers.proxies.selection_view import home_and_back_rows, list_button
from model.colleagues import Right
from px6 import Proxy

DEAD_SHOWN = 40  # dead proxies that are named


class StopCheck(CallbackData, prefix="stop", needs=Right.LOOK):
    """Stops the check that this message shows."""


class CheckRest(CallbackData, prefix="ckr", needs=Right.CHECK):
    """Goes on with a check. All are selections: `whole`, of it the unchecked `rest`, and `dead` so far."""

    whole: str
    dead: str
    rest: str


def progress_screen(w: Words, run: CheckRun) -> Screen:
    text = lines(
        w.title("Checking {done} of {whole}…", done=w.number(run.done), whole=w.number(len(run.proxies))),
        counts_line(w, run) if run.good or run.dead else None,
        unknown_line(w, run.unknown),
    )
    return Screen(text, [[button(w.tr("Stop"), StopCheck())], [home_in_new_message(w)]])


def already_running_text(w: Words) -> str:
    return w.tr("A check is already running. Stop it or wait until it ends.")


def already_running_screen(w: Words) -> Screen:
    return Screen(Text(already_running_text(w)), [[home_button(w)]])


def counts_line(w: Words, run: CheckRun) -> str:
    """`58 work, 2 do not`; where all do or none does, only that."""
    if not run.good:
        return w.n("{count} does not work", "{count} do not work", len(run.dead))
    good = w.n("{count} works", "{count} work", len(run.good))
    if not run.dead:
        return good
    return w.n("{good}, {count} does not", "{good}, {count} do not", len(run.dead), good=good)


def summary_screen(w: Words, data: Check, run: CheckRun, result: str | None, since: Mapping[int, Text]) -> Screen:
    """`result`: what is kept of the check; None: it cannot be, so there is nothing to go on with. `since`: what is
    said beside dead ones, by their ids."""
    done = len(run.good) + len(run.dead)
    whole = done + len(run.left)
    title = (
        w.title("Checked {what}", what=proxy_count(w, done))
        if done == whole
        else w.title("Checked {done} of {whole}", done=w.number(done), whole=w.number(whole))
    )
    text = lines(
        title,
        counts_line(w, run) if done else None,
        *silent_lines(w, run),
        unknown_line(w, run.unknown),
        *dead_lines(w, run.dead, since),
        w.tr("The bot cannot save data right now, so there are no buttons for this result.")
        if result is None
        else None,
    )
    steps = [] if result is None else step_rows(w, run, result)
    return Screen(text, [*steps, *home_and_back_rows(w, data)])


def step_rows(w: Words, run: CheckRun, result: str) -> list[Row]:
    """The ways to go on: with those that work, with the dead, with those that were not checked."""
    good, dead, left = len(run.good), len(run.dead), len(run.left)

    def step(label: str, letter: str) -> InlineKeyboardButton:
        return button(label, CheckStep(result=result, step=letter))

    working = w.n("Prolong the working one", "Prolong the {count} working", good)
    exported = step(w.n("Export the working one", "Export the {count}", good), "e") if good else None
    twins = step(w.n("Buy a twin", "Buy {count} twins", dead), "b") if dead else None
    more = step(w.n("Check {count} more", "Check {count} more", left), "m")
    return [
        [step(working, "p")] if good else [],
        *pairs(exported, twins),
        *dead_rows(w, dead, step),
        [more] if left else [],
    ]


def dead_rows(w: Words, dead: int, step: Callable[[str, str], InlineKeyboardButton]) -> list[Row]:
    if not dead:
        return []
    return [
        [step(w.n("Check the dead one again", "Check the {count} dead again", dead), "c")],
        [step(w.n("Select the dead one", "Select the {count} dead", dead), "s")],
        [step(w.n("Delete it…", "Delete the {count} dead…", dead), "d")],
        [step(w.tr("Text for px6's support"), "t")],
    ]


def silent_lines(w: Words, run: CheckRun) -> Iterator[str]:
    """Why some were not checked."""
    if run.stopped and run.left:
        yield w.tr("Stopped.")
    if run.silent and run.error:
        why = what_happened(run.error, w)[0]
        yield w.n("{count} not checked. {why}", "{count} not checked. {why}", len(run.silent), why=why)


def dead_lines(w: Words, dead: Sequence[Proxy], since: Mapping[int, Text]) -> list[Text]:
    """Which ones do not work: the first few ready to be copied, the rest folded."""
    named = [
        Text(f"⚠️ {flag(p.country)} ", code(address(p)), " · ", code(p.id), since.get(p.id, ""))
        for p in dead[:PROXIES_NAMED]
    ]
    rest = [f"{address(p)} · {p.id}" for p in dead[PROXIES_NAMED : PROXIES_NAMED + DEAD_SHOWN]]
    beyond = len(dead) - PROXIES_NAMED - len(rest)
    if beyond > 0:
        rest.append(w.n("and {count} more", "and {count} more", beyond))
    return [*named, ExpandableBlockQuote("\n".join(rest))] if rest else named


def account_gone_screen(w: Words) -> Screen:
    """To a check whose account was forgotten, or gave way to another one: of this one nothing is told."""
    text = lines(w.title("This check has ended"), w.tr("The px6 account of this check is not connected any more."))
    return Screen(text, [[home_button(w)]], of_account=False)


def check_ended_screen(w: Words) -> Screen:
    """To Stop under a check that is not running any more."""
    text = lines(
        w.title("This check has ended"), w.tr("The bot may have been restarted. Start the check again from the list.")
    )
    return Screen(text, [[list_button(w), home_button(w)]])
