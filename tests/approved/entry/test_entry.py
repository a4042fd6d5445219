from __future__ import annotations

from collections.abc import Callable, Iterator

from aiogram.types import CallbackQuery, Chat, InaccessibleMessage, Message, User

from handlers.entry.fallback import (
    edited_screen,
    not_understood_line,
    only_text_screen,
    stale_button_text,
    unknown_command_screen,
)
from handlers.entry.refusals import private_text, too_many_commands_text, too_much_text, why_not_taken
from handlers.entry.waiting import waiting_screen
from handlers.ground.words import Words
from tests.approved.approving import EN, RU, State, approve

ANN = User(id=1001, is_bot=False, first_name="Ann")
SCREENS: dict[str, Callable[[Words], object]] = {
    "a command that there is not": unknown_command_screen,
    "a text that was not asked for": not_understood_line,
    "a picture": only_text_screen,
    "an edit": edited_screen,
    "a button of before": stale_button_text,
    "a tap that takes long": waiting_screen,
    "more than a lane holds": too_much_text,
}


def events() -> Iterator[tuple[str, Message | CallbackQuery]]:
    for kind in ("private", "group", "supergroup", "channel"):
        chat = Chat(id=-7, type=kind)
        gone = InaccessibleMessage(chat=chat, message_id=5)
        yield f"a message, {kind}", Message(message_id=5, date=0, chat=chat, from_user=ANN)  # type: ignore[arg-type]
        yield f"a tap, {kind}", CallbackQuery(id="7", from_user=ANN, chat_instance="7", message=gone)
    yield "a tap, nothing told of its message", CallbackQuery(id="7", from_user=ANN, chat_instance="7")


def states() -> Iterator[State]:
    for name, shown in SCREENS.items():
        yield name, [shown(w) for w in (EN, RU)]
    for name, event in events():
        yield name, [why_not_taken(event, w) for w in (EN, RU)]
    for is_known in (False, True):
        yield f"a private bot, known {is_known}", [private_text(w, is_known=is_known) for w in (EN, RU)]
    for count in (1, 2, 10, 11):
        left = [f"/check{number}" for number in range(count)]
        yield f"{count} commands too many", [too_many_commands_text(w, left) for w in (EN, RU)]


def test_every_first_and_last_answer_reads_as_approved() -> None:
    approve(__file__, states())
