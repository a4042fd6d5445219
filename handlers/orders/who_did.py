"""Who did something on a px6 account that has, or had, colleagues: in words, and as what a list is narrowed to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aiogram.types import InlineKeyboardButton

from handlers.ground.callback_data import CallbackData
from handlers.ground.screen import Page, choice_button
from handlers.ground.turn import Turn
from handlers.ground.words import Words
from model.colleagues import Right
from model.doers import AUTOMATIC, EVERYBODY, OWN, Doers
from model.orders import BY_ITSELF, Source

NAME_SHOWN = 14  # characters of a name on a button
ROW, SHORTEST_NAME = 40, 6  # characters on a button that has a row of 360 pixels for itself; of a name there
COLLEAGUES_SHOWN = 5  # on buttons, beside everybody, the owner and what the bot does by itself


class ColleagueActions(CallbackData, prefix="ca", needs=Right.LOOK):
    """What colleagues did that is neither an order nor a deletion."""

    page: Page = 1


@dataclass(frozen=True)
class Team:
    """For whom it is said who did what: `reader` is the id of a colleague; None: the account is the reader's own.

    `names`: of the colleagues who did something, by their ids. `did`: what a list can be narrowed to, by whom.
    `is_shown`: the account has, or had, colleagues; else nothing is said of who did what.
    """

    reader: int | None = None
    is_shown: bool = False
    names: Mapping[int, str] = field(default_factory=dict)
    did: Sequence[str] = ()


ALONE = Team()


async def team_of(turn: Turn) -> Team:
    """Who may read of whom in this turn."""
    person = turn.person
    doers = await turn.services.orders.doers(person.telegram_id)
    return team(doers, None if person.colleague is None else person.chat_id)


def team(doers: Doers, reader: int | None) -> Team:
    names = {each.person: each.name for each in doers.colleagues}
    others = [str(each) for each in names if each != reader]
    mine = [str(reader)] if reader in names else []
    colleagues = [*mine, *others][:COLLEAGUES_SHOWN]
    did = [*([OWN] if doers.own else []), *colleagues, *([AUTOMATIC] if doers.automatic else [])]
    return Team(reader, doers.had_colleagues, names, did if names and len(did) > 1 else ())


def who_line(w: Words, of: Team, by_person: int | None, by_name: str | None, source: Source | None) -> str | None:
    """`By: Bob`; None where there never was a colleague."""
    who = who_did(w, of, by_person, by_name, source)
    return None if who is None else w.tr("By: {who}", who=who)


def who_did(w: Words, of: Team, by_person: int | None, by_name: str | None, source: Source | None) -> str | None:
    """`you`, `Bob`, `owner`, `rule` or `watch`; None where there never was a colleague."""
    if not of.is_shown:
        return None
    if by_person is None and source in BY_ITSELF:
        return w.tr("rule") if source == "rule" else w.tr("watch")
    if by_person == of.reader:
        return w.tr("you")
    return w.tr("owner") if by_person is None else colleague_name(w, by_name)


def colleague_name(w: Words, name: str | None) -> str:
    return name or w.tr("ex-colleague")


def with_doer(label: str, who: str | None) -> str:
    """A button's label, and after it as much of who did it as a narrow phone has room for."""
    if who is None:
        return label
    room = max(ROW - len(label) - len(" · "), SHORTEST_NAME)
    return f"{label} · {who if len(who) <= room else who[: room - 1] + '…'}"


def on_button(who: str) -> str:
    """As much of a name as fits beside something else."""
    return who if len(who) <= NAME_SHOWN else who[: NAME_SHOWN - 1] + "…"


def narrowed_line(w: Words, of: Team, who: str) -> str | None:
    """`Only: Bob`, where not everybody's is listed."""
    return None if who == EVERYBODY else w.tr("Only: {who}", who=narrowed_to(w, of, who))


def who_buttons(
    w: Words, of: Team, who: str, button_of: Callable[[str], CallbackData]
) -> Sequence[InlineKeyboardButton]:
    """By whom what is listed was done; none where one alone did all of it."""
    if not of.did:
        return ()
    return [choice_button(whose_label(w, of, each), each == who, button_of(each)) for each in (EVERYBODY, *of.did)]


def whose_label(w: Words, of: Team, who: str) -> str:
    words = on_button(narrowed_to(w, of, who)) if who != EVERYBODY else w.tr("Anyone")
    return words[:1].upper() + words[1:]


def narrowed_to(w: Words, of: Team, who: str) -> str:
    """By whom what is listed was done."""
    if who == EVERYBODY:
        return w.tr("everybody")
    if who == AUTOMATIC:
        return w.tr("automatic")
    if who == OWN:
        return w.tr("you") if of.reader is None else w.tr("owner")
    return w.tr("you") if int(who) == of.reader else colleague_name(w, of.names.get(int(who)))
