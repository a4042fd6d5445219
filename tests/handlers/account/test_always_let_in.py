"""What also those may send whom the bot does not let in: to be erased, and to answer an invitation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram.types import CallbackQuery, Chat, Message, User

from handlers.account.accepting import is_invitation
from handlers.account.forget import is_to_forget

ANNA = User(id=1001, is_bot=False, first_name="Anna")
CODE = "AbCdEfGhIjKlMnOpQr-_uv"


class Named:
    """A bot of which only its name is asked."""

    async def me(self) -> User:
        return User(id=1, is_bot=True, first_name="Proxies", username="Proxies_bot")


BOT: Any = Named()


def message(text: str | None) -> Message:
    then = datetime(2026, 11, 1, tzinfo=UTC)
    return Message(message_id=5, date=then, chat=Chat(id=1001, type="private"), from_user=ANNA, text=text)


def tap(data: str | None) -> CallbackQuery:
    return CallbackQuery(id="1", from_user=ANNA, chat_instance="1", data=data)


@pytest.mark.parametrize(
    ("text", "erases"),
    [
        *(("/forget", True), ("/Forget", True), ("/forget@proxies_bot", True), (" /forget now", True)),
        *(("forget", False), ("/forgetful", False), ("do /forget", False), ("", False), (None, False)),
    ],
)
def test_forget_is_a_command_however_it_is_written(text: str | None, erases: bool) -> None:
    assert is_to_forget(message(text)) is erases


@pytest.mark.parametrize(
    ("data", "erases", "answers"),
    [
        *(("forget:abc", True, False), ("forget", False, False), ("forgets:abc", False, False)),
        *((f"co-a:{CODE}", False, True), (f"co-n:{CODE}", False, True), ("co-l:1002", False, False)),
        *(("open:forget", False, False), ("open:home", False, False), (None, False, False)),
    ],
)
async def test_of_all_buttons_only_those_of_the_question_and_of_an_invitation(
    data: str | None, erases: bool, answers: bool
) -> None:
    assert (is_to_forget(tap(data)), await is_invitation(tap(data), BOT)) == (erases, answers)


@pytest.mark.parametrize(
    ("text", "follows"),
    [
        *((f"/start {CODE}", True), (f"/START {CODE}", True)),
        *((f"/start {CODE}x", False), (f"/start {CODE[:-1]}", False), (f"/start {CODE[:-1]}!", False)),
        *(("/start", False), (f"/help {CODE}", False), (CODE, False), (None, False)),
        *((f"https://t.me/Proxies_Bot?start={CODE}", True), (f" telegram.me/proxies_bot/?start={CODE} \n", True)),
        *((f"t.me/proxies_bot?start={CODE}\nAccess to my proxies.", True), (f"t.me/other_bot?start={CODE}", False)),
        *((f"t.me/proxies_bot?start={CODE}x", False), (f"t.me/proxies_bot?start={CODE[:-1]}", False)),
        *((f"see t.me/proxies_bot?start={CODE}", False), (f"not.me/proxies_bot?start={CODE}", False)),
    ],
)
async def test_a_start_with_a_whole_code_or_a_link_to_this_bot_follows_an_invitation(
    text: str | None, follows: bool
) -> None:
    assert await is_invitation(message(text), BOT) is follows
