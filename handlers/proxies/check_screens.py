"""What a check of many proxies shows: how far it is, then which proxies work. Pure screens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aiogram.utils.formatting import ExpandableBlockQuote, Text

from handlers.ground.callback_data import CallbackData
from handlers.ground.errors import what_happened
from handlers.ground.proxy_buttons import Check, Export, View
from handlers.ground.proxy_words import PROXIES_NAMED, address, proxy_count, unknown_line
from handlers.ground.screen import Row, Screen, button, home_button, home_in_new_message
from handlers.ground.words import Words, code, flag, lines
from handlers.proxies.check_run import CheckRun
from handlers.proxies.selection_view import home_and_back_rows, list_button
from px6 import Proxy

DEAD_SHOWN = 40  # dead proxies that are named


class StopCheck(CallbackData, prefix="stop"):
    """Stops the check that this message shows."""


class CheckRest(CallbackData, prefix="ckr"):
    """Goes on with a check. All are selections: `whole`, of it the unchecked `rest`, and `dead` so far."""

    whole: str
    dead: str
    rest: str


def progress_screen(w: Words, run: CheckRun) -> Screen:
    text = lines(
        w.title("Checking {done} of {whole}…", done=w.number(run.done), whole=w.number(len(run.proxies))),
        counts_line(w, run) if run.done else None,
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


def summary_screen(
    w: Words, data: Check, run: CheckRun, dead: str, go_on: CheckRest | None, good: str = ""
) -> Screen:
    """`dead` and `good` are selections of what does not work and of what does; `go_on` checks the rest."""
    whole, done = len(run.proxies), len(run.good) + len(run.dead)
    title = (
        w.title("Checked {what}", what=proxy_count(w, done))
        if done == whole
        else w.title("Checked {done} of {whole}", done=w.number(done), whole=w.number(whole))
    )
    text = lines(
        title,
        counts_line(w, run),
        *silent_lines(w, run),
        unknown_line(w, run.unknown),
        *dead_lines(w, run.dead),
    )
    rows: list[Row] = [
        [button(w.n("Select the dead one", "Select the {count} dead", len(run.dead)), View(state="z", ticks=dead))]
        if dead
        else [],
        [button(w.n("Export the working one", "Export the {count} working", len(run.good)), Export(ticks=good))]
        if good
        else [],
        [button(w.n("Check {count} more", "Check {count} more", len(run.left)), go_on)] if go_on else [],
    ]
    return Screen(text, [*rows, *home_and_back_rows(w, data)])


def silent_lines(w: Words, run: CheckRun) -> Iterator[str]:
    """Why some were not checked."""
    if run.stopped and run.left:
        yield w.tr("Stopped.")
    if run.silent and run.error:
        why = what_happened(run.error, w)[0]
        yield w.n("{count} not checked. {why}", "{count} not checked. {why}", len(run.silent), why=why)


def dead_lines(w: Words, dead: Sequence[Proxy]) -> list[Text]:
    """Which ones do not work: the first few ready to be copied, the rest folded."""
    named = [Text(f"⚠️ {flag(p.country)} ", code(address(p)), " · ", code(p.id)) for p in dead[:PROXIES_NAMED]]
    rest = [f"{address(p)} · {p.id}" for p in dead[PROXIES_NAMED : PROXIES_NAMED + DEAD_SHOWN]]
    beyond = len(dead) - PROXIES_NAMED - len(rest)
    if beyond > 0:
        rest.append(w.n("and {count} more", "and {count} more", beyond))
    return [*named, ExpandableBlockQuote("\n".join(rest))] if rest else named


def check_ended_screen(w: Words) -> Screen:
    """To Stop under a check that is not running any more."""
    text = lines(
        w.title("This check has ended"), w.tr("The bot may have been restarted. Start the check again from the list.")
    )
    return Screen(text, [[list_button(w), home_button(w)]])
