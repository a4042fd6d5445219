"""What is sent to a person of the bot's own accord: to whom, with which sound, and what is known of it afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from handlers.ground.edit_rights import EditRights
from handlers.notifications import sender as module
from handlers.notifications.sender import TelegramSender
from model.people import Person
from sandbox.telegram.http import serve_telegram
from sandbox.telegram.state import TelegramState
from services.notifications.kinds import Digest, DigestEnd, Gone, KeyRefused, NotSent, Refused, Unsure
from tests.handlers.bots import ANNA, TOKEN, bot_at
from tests.sample_proxies import NOW, a_proxy

PERSON = Person(telegram_id=ANNA, language="ru", choices={}, created_at=NOW)
NOTICE, OTHER = KeyRefused(100, False), KeyRefused(105, False)
DIGEST = Digest(8, (a_proxy(15),), (), None, False, NOW)
LET_GO = DigestEnd(by="colleague", what="let_go", of=1, now=NOW, name="Boris", digest_id=8)


@pytest.fixture
def heard() -> list[tuple[str, str]]:
    """What the sender tells of each message."""
    return []


@pytest.fixture
async def sender(telegram: TelegramState, heard: list[tuple[str, str]]) -> AsyncIterator[TelegramSender]:
    async with serve_telegram(telegram) as url, bot_at(url) as bot:
        yield TelegramSender(bot, "https://px6.example", lambda *told: heard.append(told))


def stands(telegram: TelegramState) -> dict[int, str]:
    messages = telegram.private_chat(telegram.bot(TOKEN), ANNA).messages
    return {number: message.text or "" for number, message in messages.items()}


def silent(telegram: TelegramState) -> list[bool]:
    return ["disable_notification" in call.params for call in telegram.requests if call.method == "sendmessage"]


async def test_a_notice_rings_unless_it_is_night(sender: TelegramSender, telegram: TelegramState) -> None:
    loud, quiet = await sender.notice(PERSON, NOTICE), await sender.notice(PERSON, NOTICE, quietly=True)
    assert silent(telegram) == [False, True]
    assert list(stands(telegram)) == [loud, quiet]
    assert "ключ" in stands(telegram)[loud], "in the language of the person"


async def test_a_digest_rings_unless_it_is_to_be_quiet(sender: TelegramSender, telegram: TelegramState) -> None:
    loud, quiet = await sender.digest(PERSON, DIGEST), await sender.digest(PERSON, replace(DIGEST, quietly=True))
    assert silent(telegram) == [False, True]
    assert list(stands(telegram)) == [loud, quiet]


async def test_what_is_sent_waits_for_its_turn_and_a_digest_for_room_before_it_is_prepared(
    telegram: TelegramState,
) -> None:
    turns: list[int] = []

    async def room() -> bool:
        return True

    async def turn() -> bool:
        turns.append(len(telegram.requests))
        return True

    async with serve_telegram(telegram) as url, bot_at(url) as bot:
        sender = TelegramSender(bot, "https://px6.example", room=room, turn=turn)
        await sender.notice(PERSON, NOTICE)
        await sender.digest(PERSON, DIGEST)
        assert turns == [0, 1], "each before it is sent"
        assert await sender.room()
        assert not await TelegramSender(bot, "https://px6.example").room(), "where nothing paces it is there at once"


async def test_a_notice_is_rewritten_in_its_message_and_sent_anew_where_that_is_gone(
    sender: TelegramSender, telegram: TelegramState
) -> None:
    number = await sender.notice(PERSON, NOTICE)
    before = stands(telegram)[number]
    await sender.rewrite(PERSON, number, OTHER)
    assert list(stands(telegram)) == [number]
    assert stands(telegram)[number] != before
    await sender.rewrite(PERSON, 77, NOTICE)
    assert list(stands(telegram).values())[-1] == before
    telegram.refusals.clear()


async def test_of_which_account_a_message_is_is_noted_of_each_new_one_alone(telegram: TelegramState) -> None:
    """Without that its buttons say that nobody knows which account they are for."""
    noted: list[tuple[Person, int]] = []

    async def note(person: Person, message_id: int) -> None:
        noted.append((person, message_id))

    async with serve_telegram(telegram) as url, bot_at(url) as bot:
        sender = TelegramSender(bot, "https://px6.example", note_message=note)
        number, _ = await sender.notice(PERSON, NOTICE), await sender.digest(PERSON, DIGEST)
        await sender.rewrite(PERSON, number, OTHER)
        assert noted == [(PERSON, each) for each in stands(telegram)]
        await sender.rewrite(PERSON, 77, NOTICE)
        assert len(stands(telegram)) == 3
        assert noted == [(PERSON, each) for each in stands(telegram)]
    telegram.refusals.clear()


async def test_what_became_of_a_digest_is_written_into_it_unless_it_shows_a_payment(telegram: TelegramState) -> None:
    rights, turns = EditRights(), list[int]()

    async def turn() -> bool:
        turns.append(len(telegram.requests))
        return True

    async with serve_telegram(telegram) as url, bot_at(url) as bot:
        sender = TelegramSender(bot, "https://px6.example", turn=turn, edit_rights=rights)
        ended, paid = [await sender.digest(PERSON, DIGEST) for _ in range(2)]
        before = stands(telegram)
        rights.note_payment((ANNA, paid))
        for number in (ended, paid):
            await sender.end_digest(PERSON, number, LET_GO)
        assert turns == [0, 1, 2, 3], "each waits for its turn"
        assert "Boris" in stands(telegram)[ended]
        await sender.end_digest(PERSON, ended, replace(LET_GO, name="Clara"))
    assert "Clara" in stands(telegram)[ended], "it is ended anew"
    assert stands(telegram)[paid] == before[paid]
    assert rights.is_taken((ANNA, ended)), "no turn that began before writes over it"
    assert not rights._states


@pytest.mark.parametrize(
    ("code", "description", "told"),
    [(502, None, Unsure), (403, "bot was blocked by the user", Gone), (400, "chat not found", Gone),
     (400, "message is too long", Refused)],
)  # fmt: skip
async def test_it_is_known_whether_a_message_was_sent(
    sender: TelegramSender, telegram: TelegramState, code: int, description: str | None, told: type[Exception]
) -> None:
    for what in (NOTICE, DIGEST):
        telegram.fail("sendMessage", code, description=description)
        with pytest.raises(told) as caught:
            await (sender.digest(PERSON, what) if isinstance(what, Digest) else sender.notice(PERSON, what))
        assert type(caught.value) is told
    telegram.fail("editMessageText", 502)
    with pytest.raises(Unsure):
        await sender.rewrite(PERSON, 1, NOTICE)


async def test_the_outcome_of_each_message_is_told(
    sender: TelegramSender, telegram: TelegramState, heard: list[tuple[str, str]]
) -> None:
    number = await sender.notice(PERSON, NOTICE)
    await sender.digest(PERSON, DIGEST)
    await sender.rewrite(PERSON, number, OTHER)
    assert heard == [("notice", "sent"), ("digest", "sent"), ("notice", "sent")]
    for code, description, outcome in (
        (502, None, "unsure"),
        (403, "bot was blocked by the user", "gone"),
        (400, "message is too long", "refused"),
    ):
        telegram.fail("sendMessage", code, description=description)
        with pytest.raises((NotSent, Unsure)):
            await sender.digest(PERSON, DIGEST)
        assert heard[-1] == ("digest", outcome)
    async with bot_at("http://127.0.0.1:9") as bot:
        away = TelegramSender(bot, "https://px6.example", lambda *told: heard.append(told))
        with pytest.raises(NotSent):
            await away.notice(PERSON, NOTICE)
    assert heard[-1] == ("notice", "not_sent") and len(heard) == 7


async def test_telegram_is_asked_whether_it_answers(
    sender: TelegramSender, telegram: TelegramState, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sender.ask()
    assert [call.method for call in telegram.requests] == ["getme"]
    telegram.fail("getMe", 502)
    with pytest.raises(Unsure):
        await sender.ask()
    monkeypatch.setattr(module, "ASK_SECONDS", 0.05)
    telegram.fail("getMe", 200, answer="silent")
    with pytest.raises(Unsure):
        await sender.ask()
    telegram.shut(down=True)
    with pytest.raises((NotSent, Unsure)):
        await sender.ask()
