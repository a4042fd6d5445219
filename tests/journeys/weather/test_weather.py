"""What a person sees when Telegram's answers get lost, are none, or say no: what was done, and nothing false."""

from __future__ import annotations

import logging
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from tests.direct_phone import DirectPhone
from tests.journeys.laid import connected
from tests.journeys.orders.buying import person_with_quote, person_with_unknown_purchase
from tests.quick import quick_clock
from tests.world import Phone, World

LOST = [(502, "html"), (503, "empty"), (200, "html"), (200, "empty"), (302, "redirect"), (0, None), (500, None)]
DONE = [(200, "bare"), (200, "cut"), (200, "undated")]
LASTING = 60  # calls: longer than anything is repeated
CANNOT_EDIT = (
    "MESSAGE_ID_INVALID",
    "message to edit not found",
    "message can't be edited",
    "message thread not found",
    "words that nobody knows yet",
)


@pytest.fixture(autouse=True)
def no_mistake_is_made(caplog: pytest.LogCaptureFixture) -> Any:
    """Weather is no mistake of the bot's: nothing is logged as one."""
    caplog.set_level(logging.INFO)
    yield
    assert not [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


async def test_edits_and_answers_to_taps_are_repeated(world: World) -> None:
    phone = await connected(world)
    for (code, answer), after, method in product(LOST, (False, True), ("editMessageText", "answerCallbackQuery")):
        world.telegram.fail(method, code, 2, answer=answer, after=after)
        await phone.says("/start")
        await phone.taps("Settings")
        assert (await phone.reads()).startswith("Settings"), (code, answer, after, method)
        assert not world.telegram.faults.as_json()
        world.telegram.refusals.clear()  # a tap that was answered before the answer got lost
    assert not [
        text for text in await phone.texts() if "Something went wrong" in text or "may not have delivered" in text
    ]


async def test_a_message_that_may_have_been_sent_is_not_sent_again_and_that_is_told(world: World) -> None:
    for number, ((code, answer), after) in enumerate(product(LOST, (False, True))):
        phone = world.phone(2001 + number)
        await phone.connects()
        world.telegram.fail("sendMessage", code, answer=answer, after=after)
        said = await phone.says("/balance")
        assert said.startswith("Telegram may not have delivered my answer"), (code, answer, after)
        shown = sum("640.50 RUB" in text for text in await phone.texts())
        assert shown == 1 + after, "with what was said on connecting"
        await phone.taps("Try again")
        assert "640.50 RUB" in await phone.reads()


@pytest.mark.parametrize(("code", "answer"), DONE)
async def test_a_message_of_which_telegram_says_ok_was_sent(world: World, code: int, answer: Any) -> None:
    phone = await connected(world)
    before = len(await phone.chat())
    world.telegram.fail("sendMessage", code, answer=answer, after=True)
    assert "Buy 1 × IPv6" in await phone.says("/buy 1 30 de")
    assert len(await phone.chat()) == before + 2
    await phone.taps("Buy ·")
    assert (await phone.reads()).startswith("Bought 1 × IPv6")


async def test_a_tap_that_cannot_be_answered_is_carried_out_all_the_same(world: World) -> None:
    phone, message, data = await person_with_quote(world)
    world.telegram.fail("answerCallbackQuery", 502, LASTING, answer="html")
    world.telegram.fail("sendChatAction", 502, LASTING, answer="html")
    await taps_in_vain(world, phone, data, message)
    assert (await phone.text_of(message)).startswith("Bought 1 × IPv6")
    assert not [text for text in await phone.texts() if "Something went wrong" in text]


async def taps_in_vain(world: World, phone: Phone, data: str, message: int) -> None:
    """A tap of which nobody waits for the answer."""
    DirectPhone(world.telegram, world.settings.bot_token.get_secret_value(), phone.id).forges(data, message)
    await world.quiet()


@pytest.mark.parametrize(("code", "answer"), [(502, "html"), (0, None)])
async def test_a_key_is_stored_even_if_its_message_stays_and_then_the_person_is_told_to_delete_it(
    world: World, code: int, answer: Any
) -> None:
    phone = world.phone()
    await phone.says("/start")
    world.telegram.fail("deleteMessage", code, LASTING, answer=answer)
    said = await phone.says(world.key)
    assert said.startswith("Connected")
    assert "The key is stored encrypted.\n" in said
    assert "Delete your message with the key yourself: the bot cannot." in said
    assert world.rows("SELECT count(*) FROM accounts") == [(1,)]


async def test_a_deletion_that_px6_confirmed_is_not_told_as_if_it_had_not(world: World) -> None:
    phone = await connected(world)
    one = world.px6.add_proxy(world.key, ends_in=timedelta(days=3)).id
    await phone.says(f"/delete {one}")
    world.telegram.fail("editMessageText", 502, LASTING, answer="html")
    world.telegram.fail("sendMessage", 503, 1, answer="empty")
    await phone.taps("Delete 1 proxy")
    assert one not in world.px6.account(world.key).proxies
    world.telegram.faults.clear()
    world.move(timedelta(seconds=10))
    await world.app.services.deletions.settle_due()
    await world.quiet()
    assert (await phone.reads()).startswith("Deleted: 1 proxy")
    assert not [
        text
        for text in await phone.texts()
        if "px6 did not answer at first" in text or "Something went wrong" in text
    ]
    world.move(timedelta(hours=1))
    await world.app.services.deletions.settle_due()
    await world.quiet()
    assert sum(text.startswith("Deleted") for text in await phone.texts()) == 1


async def test_a_deletion_that_px6_refused_is_told_however_late(world: World) -> None:
    phone = await connected(world)
    one = world.px6.add_proxy(world.key, ends_in=timedelta(days=3)).id
    await phone.says(f"/delete {one}")
    world.telegram.fail(None, 502, LASTING, answer="html")
    world.px6.fault("429", "delete", times=None)
    message, data = await red(phone)
    await taps_in_vain(world, phone, data, message)
    world.telegram.faults.clear()
    world.move(timedelta(minutes=2))  # until then px6 may still do it
    await world.app.services.deletions.settle_due()
    await world.quiet()
    assert (await phone.reads()).startswith("Nothing was deleted")
    assert str(one) in await phone.reads()


async def red(phone: Phone) -> tuple[int, str]:
    message = await phone.message_with("Delete 1 proxy")
    return message["message_id"], message["keyboard"][0][0]["callback_data"]


@pytest.mark.parametrize("words", CANNOT_EDIT)
async def test_an_outcome_whose_message_cannot_be_edited_is_told_in_a_new_one_at_once(
    world: World, words: str
) -> None:
    phone = await connected(world)
    one = world.px6.add_proxy(world.key, ends_in=timedelta(days=3)).id
    await phone.says("/buy 1 30 de")
    world.telegram.fail("editMessageText", 400, 1, description=words)
    await phone.taps("Buy ·")
    assert (await phone.reads()).startswith("Bought 1 × IPv6")
    said = await phone.texts()
    assert [text.partition(" 1 ×")[0] for text in said[-2:]] == ["Buy", "Bought"], "none goes on saying “Buying”"
    await phone.says(f"/delete {one}")
    world.telegram.fail("editMessageText", 400, 1, description=words)
    await phone.taps("Delete 1 proxy")
    assert (await phone.reads()).startswith("Deleted: 1 proxy")
    assert not [text for text in await phone.texts() if "Something went wrong" in text]


async def test_an_outcome_that_is_found_later_is_one_receipt_wherever_it_can_be_shown(world: World) -> None:
    phone, _ = await person_with_unknown_purchase(world)
    world.telegram.fail("editMessageText", 400, LASTING, description="MESSAGE_ID_INVALID")
    for _ in range(3):
        world.move(timedelta(minutes=20))
        await world.app.services.orders.settle_due()
    assert sum(text.startswith("Bought 1 × IPv6") for text in await phone.texts()) == 1
    assert (await phone.reads()).startswith("Bought 1 × IPv6")


async def test_a_payment_is_told_once_telegram_answers_again(world: World) -> None:
    phone, message, data = await person_with_quote(world)
    world.telegram.fail(None, 502, 400, answer="html")
    await taps_in_vain(world, phone, data, message)
    assert (await phone.text_of(message)).startswith("Buy 1 × IPv6")
    world.telegram.faults.clear()
    world.move(timedelta(minutes=1))
    await world.app.services.orders.settle_due()
    await world.quiet()
    assert (await phone.text_of(message)).startswith("Bought 1 × IPv6")
    assert len(world.px6.books(world.key)) == 1
    assert not [text for text in await phone.texts() if "Something went wrong" in text]


# -- Telegram's limits


@pytest.fixture
def strict(world: World) -> Any:
    """Telegram's limits go by the clock of the bot, and that it refuses what is beyond them is part of the test."""
    world.telegram.flood.now = quick_clock
    yield
    world.telegram.refusals = [refusal for refusal in world.telegram.refusals if refusal.code != 429]


def messages_asked(world: World) -> list[Any]:
    return [r for r in world.telegram.requests if r.method in ("sendmessage", "editmessagetext")]


@pytest.mark.usefixtures("strict")
async def test_the_bot_keeps_to_telegrams_limits_by_itself(world: World) -> None:
    """The exact pace is held by `tests/bot/test_request_pacing.py`, whose clock is moved.

    Here a hundredth of a second is a whole one, so what the machine delays comes in a heap, and has room for that.
    """
    world.telegram.flood.on, world.telegram.flood.burst, world.telegram.flood.per_second = True, 5, 60
    token = world.settings.bot_token.get_secret_value()
    people = [DirectPhone(world.telegram, token, 2000 + number) for number in range(70)]
    for person in people:
        person.says("/nonsense")
    for _ in range(20):
        people[0].says("/nonsense")
    await world.quiet()
    assert all(person.seen for person in people)
    assert len(people[0].seen) == 21
    assert not [request for request in messages_asked(world) if request.status == 429]


@pytest.mark.usefixtures("strict")
async def test_a_pause_that_telegram_wants_is_one_for_all(world: World, caplog: pytest.LogCaptureFixture) -> None:
    token = world.settings.bot_token.get_secret_value()
    people = [DirectPhone(world.telegram, token, 2000 + number) for number in range(30)]
    world.telegram.flood.pause(world.app.bot.id, 3600)
    for _ in range(2):
        for person in people:
            person.says("/nonsense")
        await world.quiet()
    on_their_way = 20  # of sixty, when the second is refused, whichever way each waits for the database
    assert 2 <= len(messages_asked(world)) <= on_their_way, "who is refused second tells that it is meant for all"
    (line,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert line.startswith("Telegram wants a pause of 3")


@pytest.mark.usefixtures("strict")
async def test_a_pause_in_one_chat_leaves_the_others_alone(world: World) -> None:
    token = world.settings.bot_token.get_secret_value()
    told, other = (DirectPhone(world.telegram, token, person) for person in (2000, 2001))
    world.telegram.flood.pause(world.app.bot.id, 60, 2000)
    told.says("/nonsense")
    other.says("/nonsense")
    await world.until(lambda: bool(other.seen))
    assert not told.seen
    await world.quiet()
    assert told.seen, "once the pause is over"
    assert len(messages_asked(world)) == 3


@pytest.mark.usefixtures("strict")
async def test_px6_is_not_asked_for_a_receipt_that_telegram_does_not_take(world: World) -> None:
    phone, message, data = await person_with_quote(world)
    world.telegram.flood.pause(world.app.bot.id, 3600)
    await taps_in_vain(world, phone, data, message)
    asked = len(world.px6.calls)
    for _ in range(5):
        world.move(timedelta(minutes=5))
        await world.app.services.orders.settle_due()
    assert len(world.px6.calls) == asked
    assert len(messages_asked(world)) <= 4
