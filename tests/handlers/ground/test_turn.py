"""One message or tap and all that its handler may do: answered once, shown in the right message, asked and closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CallbackQuery
from aiogram.utils.formatting import Text

from handlers.ground.messages import send_screen
from handlers.ground.screen import Open, Row, Screen, button, spend_button
from handlers.ground.words import words_for
from model.people import Person
from tests.handlers.bots import ANNA
from tests.handlers.chatting import BEFORE, THEN, USER, Chatting, chatting, message

AFTER = Screen(Text("After"))
QUESTION, OTHER = Open(screen="a"), Open(screen="b")


@pytest.fixture
async def anna(tmp_path: Path) -> AsyncIterator[Chatting]:
    async with chatting(tmp_path) as anna:
        yield anna


async def test_what_was_written_and_what_was_tapped(anna: Chatting) -> None:
    wrote, captioned, sent = await anna.written("/buy 1"), await anna.written(caption="/buy 2"), await anna.written()
    tapped = await anna.tapped()
    assert [each.text for each in (wrote, captioned, sent, tapped)] == ["/buy 1", "", "", ""]
    assert [each.typed.body for each in (wrote, captioned, sent, tapped)] == ["1", "2", "", ""]
    assert [each.data for each in (wrote, tapped)] == [None, "open:x"]
    assert [each.is_tap for each in (wrote, tapped)] == [False, True]
    assert [each.retry for each in (wrote, tapped)] == [None, "open:x"]
    wrote.retry_with(QUESTION)
    assert wrote.retry == "open:a"
    assert wrote.message_ref == (ANNA, None)
    assert tapped.message_ref == (ANNA, tapped.message_id) and tapped.message_id
    gone = await anna.turn(CallbackQuery(id="1", from_user=USER, chat_instance="1", data="open:x"))
    assert gone.message_ref == (ANNA, None), "of a very old message Telegram tells nothing"


async def test_a_tap_rewrites_its_message_and_is_answered_meanwhile(anna: Chatting) -> None:
    turn = await anna.tapped()
    assert not turn.seen.is_set()
    assert await turn.show(AFTER) == turn.message_id
    assert anna.stands() == ["After"]
    assert anna.answers() == [{}]
    assert turn.seen.is_set()
    await turn.show(BEFORE)
    assert anna.answers() == [{}], "a tap takes one answer"


async def test_a_message_is_answered_with_a_new_one(anna: Chatting) -> None:
    await send_screen(anna.bot, ANNA, BEFORE)
    turn = await anna.written("/buy")
    assert await turn.show(AFTER) == 2
    assert anna.stands() == ["Before", "After"]
    assert turn.seen.is_set()
    assert anna.answers() == []


async def test_a_file_that_was_tapped_stays_and_the_screen_comes_below(anna: Chatting) -> None:
    number = await send_screen(anna.bot, ANNA, BEFORE)
    tap = CallbackQuery(id="1", from_user=USER, chat_instance="1", message=message(number, caption="a file"))
    turn = await anna.turn(tap)
    turn.answered = True
    assert await turn.show(AFTER) == number + 1
    assert anna.stands() == ["Before", "After"]


async def test_an_older_turn_does_not_write_over_a_newer_ones_screen(anna: Chatting) -> None:
    older = await anna.tapped()
    assert older.message_id
    newer = await anna.taps(older.message_id)
    await newer.show(Screen(Text("Newer")))
    assert await older.show(Screen(Text("Older"))) == older.message_id
    assert anna.stands() == ["Newer"]
    assert len(anna.answers()) == 2, "its spinner stops all the same"


async def test_an_outcome_comes_below_what_a_newer_turn_or_a_payment_shows(anna: Chatting) -> None:
    older = await anna.tapped()
    newer = await anna.taps(older.message_id or 0)
    await newer.show(Screen(Text("Newer")))
    older.owes_outcome = True
    assert await older.show(AFTER) != older.message_id
    assert anna.stands() == ["Newer", "After"]
    await newer.payment_confirmed()
    newer.owes_outcome = True
    await newer.show(Screen(Text("Outcome")))
    assert anna.stands() == ["Newer", "After", "Outcome"]


async def test_over_a_payment_nothing_is_written_but_below_it(anna: Chatting) -> None:
    turn = await anna.tapped()
    anna.rights.note_payment(turn.message_ref, Screen(Text("Paid"), [[button("On", OTHER)]]))
    again = await anna.taps(turn.message_id or 0)
    assert await again.show(AFTER) != turn.message_id
    assert anna.stands() == ["Before", "After"]
    leading_on = await anna.taps(turn.message_id or 0, data=OTHER.pack())
    assert await leading_on.show(Screen(Text("On"))) == turn.message_id
    assert anna.stands() == ["On", "After"]


async def test_that_a_payment_is_under_way_stands_in_its_message_until_the_outcome_does(anna: Chatting) -> None:
    turn = await anna.tapped()
    await turn.payment_confirmed()
    assert anna.rights.shows_payment(turn.message_ref)
    assert await turn.show_paying(AFTER) == turn.message_id
    assert anna.stands() == ["After"]
    anna.rights.note_payment(turn.message_ref, Screen(Text("Paid")))
    assert await turn.show_paying(BEFORE) == turn.message_id
    assert anna.stands() == ["After"], "the outcome is there already"
    assert turn.seen.is_set()


async def test_where_a_payment_cannot_be_shown_it_goes_on(anna: Chatting) -> None:
    turn = await anna.tapped()
    anna.telegram.fail("editMessageText", 502)
    assert await turn.show_paying(AFTER) == 0
    turn.message_id = None
    calls = len(anna.calls())
    await turn.payment_confirmed()
    assert await turn.show_paying(AFTER) == 0
    assert len(anna.calls()) == calls
    assert not anna.rights.shows_payment((ANNA, None))


async def test_a_payment_is_shown_anew_where_its_message_is_gone(anna: Chatting) -> None:
    turn = await anna.tapped()
    assert turn.message_id
    await anna.bot.delete_message(ANNA, turn.message_id)
    found = await turn.show_paying(AFTER)
    assert found != turn.message_id
    assert anna.rights.current_message(ANNA, turn.message_id) == found


# -- waiting


PLAIN = Screen(Text("Before"), [[button("Go", OTHER)]])
GREEN = Screen(Text("Quote"), [[spend_button("Buy", OTHER)]])
WAITING = Screen(Text("Asking px6…"))


async def test_a_waiting_screen_covers_and_what_comes_takes_its_place(anna: Chatting) -> None:
    turn = await anna.tapped(PLAIN)
    await turn.cover(WAITING)
    assert anna.stands() == ["Asking px6…"]
    await turn.show(AFTER)
    await turn.uncover()
    assert anna.stands() == ["After"]


async def test_what_was_covered_and_not_replaced_comes_back(anna: Chatting) -> None:
    turn = await anna.tapped(PLAIN)
    await turn.cover(WAITING)
    await turn.send(AFTER)
    await turn.uncover()
    assert anna.stands() == ["Before", "After"]
    assert turn.seen.is_set()


async def test_what_was_not_covered_is_not_touched_at_the_end(anna: Chatting) -> None:
    turn = await anna.tapped(PLAIN)
    await turn.uncover()
    assert "editmessagetext" not in anna.calls()
    assert turn.seen.is_set()


async def test_nothing_is_covered_that_may_not_be(anna: Chatting) -> None:
    green, seen, older, paid = [await anna.tapped(screen) for screen in (GREEN, PLAIN, PLAIN, PLAIN)]
    seen.seen.set()
    await anna.taps(older.message_id or 0)
    anna.rights.note_payment(paid.message_ref)
    newest = await anna.taps(paid.message_id or 0)
    for turn in (green, seen, older, paid, newest, await anna.written("/buy")):
        await turn.cover(WAITING)
    assert "Asking px6…" not in anna.stands()
    covered = await anna.tapped(PLAIN)
    await covered.cover(WAITING)
    await anna.taps(covered.message_id or 0)
    await covered.uncover()
    assert anna.stands()[-1] == "Asking px6…", "a newer turn on it shows what it has to show"


# -- toasts


@pytest.mark.parametrize("alert", [False, True])
async def test_a_toast_is_the_answer_to_the_tap(anna: Chatting, alert: bool) -> None:
    turn = await anna.tapped()
    await turn.toast("Done", alert=alert)
    assert [each["text"] for each in anna.answers()] == ["Done"]
    assert ["show_alert" in each for each in anna.answers()] == [alert]
    assert turn.seen.is_set()
    assert anna.stands() == ["Before"]
    await turn.toast("More")
    assert anna.stands() == ["Before", "More"], "a tap takes one answer, so this is a message"


async def test_a_toast_is_cut_to_what_telegram_takes(anna: Chatting) -> None:
    for length, shown in ((200, "x" * 200), (201, "x" * 199 + "…")):
        turn = await anna.tapped()
        assert await turn.answer("x" * length)
        assert anna.last_tap.answer is not None
        assert anna.last_tap.answer["text"] == shown


async def test_a_message_takes_no_toast(anna: Chatting) -> None:
    turn = await anna.written("/buy")
    assert not await turn.answer("Done")
    await turn.toast("Done")
    assert anna.stands() == ["Done"]


async def test_a_tap_that_telegram_has_forgotten_is_answered_by_a_message(anna: Chatting) -> None:
    for code, description in ((400, "query is too old and response timeout expired"), (502, None)):
        turn = await anna.tapped()
        anna.telegram.fail("answerCallbackQuery", code, description=description)
        await turn.toast("Done")
        assert anna.stands()[-1] == "Done"
    turn = await anna.tapped()
    anna.telegram.fail("answerCallbackQuery", 400, description="MESSAGE_TOO_LONG")
    with pytest.raises(TelegramBadRequest):
        await turn.answer("Done")


async def test_a_file_comes_with_its_caption_and_buttons(anna: Chatting) -> None:
    turn = await anna.tapped()
    rows: list[Row] = [[button("Go", OTHER)]]
    await turn.send_file("proxies.txt", b"one", Text("Two proxies"), rows)
    await turn.send_file("more.txt", b"two", Text("More"))
    first, second = (call.params for call in anna.telegram.requests if call.method == "senddocument")
    assert (first["caption"], second["caption"]) == ("Two proxies", "More")
    assert "open:b" in str(first["reply_markup"])
    assert "reply_markup" not in second
    assert turn.seen.is_set()


async def test_a_message_is_deleted_and_it_is_said_whether_it_is_gone(anna: Chatting) -> None:
    number = await send_screen(anna.bot, ANNA, BEFORE)
    turn = await anna.turn(message(number, text="a key"))
    anna.telegram.fail("deleteMessage", 400, description="message can't be deleted")
    assert not await turn.delete_message()
    anna.telegram.fail("deleteMessage", 502)
    assert not await turn.delete_message()
    assert await turn.delete_message()
    assert anna.stands() == []
    assert await turn.delete_message(), "gone before: the update came twice"
    tapped = await anna.tapped()
    assert not await tapped.delete_message()
    assert anna.stands() == ["Before"]
    anna.telegram.refusals.clear()


# -- questions


async def test_a_question_stands_on_the_message_that_was_tapped(anna: Chatting) -> None:
    turn = await anna.tapped()
    await turn.ask(QUESTION)
    assert turn.asking == "open:a"
    assert await anna.choices() == {"asking": "open:a", "asked": {str(turn.message_id): "open:a"}}


async def test_a_question_of_a_command_stands_on_the_message_that_is_sent_next(anna: Chatting) -> None:
    turn = await anna.written("/comment 15")
    await turn.ask(QUESTION)
    assert (await anna.choices())["asking"] == "open:a", "a kill before the message must not lose it"
    number = await turn.show(AFTER)
    assert (await anna.choices())["asked"] == {str(number): "open:a"}
    await turn.ask(OTHER)
    other = await turn.show(AFTER)
    await turn.show(BEFORE)
    assert (await anna.choices())["asked"] == {str(number): "open:a", str(other): "open:b"}


async def test_one_question_may_stand_on_several_messages(anna: Chatting) -> None:
    first, second = await anna.tapped(), await anna.tapped()
    for turn in (first, await anna.taps(second.message_id or 0)):
        await turn.ask(QUESTION)
    for each in (first, second):
        assert (await anna.written("shop", reply_to_message=message(each.message_id or 0))).asking == "open:a"
    assert sorted((await anna.choices())["asked"]) == sorted([str(first.message_id), str(second.message_id)])


async def test_a_text_answers_the_question_that_it_replies_to_else_the_last(anna: Chatting) -> None:
    first, second = await anna.tapped(), await anna.tapped()
    await first.ask(QUESTION)
    await second.ask(OTHER)
    assert (await anna.written("shop")).asking == "open:b"
    assert (await anna.written("shop", reply_to_message=message(first.message_id or 0))).asking == "open:a"
    assert (await anna.written("shop", reply_to_message=message(77))).asking == "open:b"
    tapped = await anna.tapped()
    assert tapped.asking == "open:b"


async def test_an_older_tap_asks_nothing_once_a_newer_one_is_on_its_message(anna: Chatting) -> None:
    older = await anna.tapped()
    newer = await anna.taps(older.message_id or 0)
    await older.ask(QUESTION)
    assert await anna.choices() == {}
    await newer.ask(OTHER)
    assert (await anna.choices())["asking"] == "open:b"


async def test_a_tap_leads_away_from_the_last_question_and_from_the_one_on_its_message(anna: Chatting) -> None:
    first, second = await anna.tapped(), await anna.tapped()
    await first.ask(QUESTION)
    await second.ask(OTHER)
    away = await anna.taps(first.message_id or 0)
    await away.ask(None)
    assert away.asking is None
    left = await anna.choices()
    assert (left.get("asking"), left["asked"]) == (None, {str(second.message_id): "open:b"})
    await (await anna.taps(second.message_id or 0)).ask(None)
    assert not (await anna.choices()).get("asked")


async def test_a_tap_elsewhere_leads_away_from_the_last_question_which_a_reply_still_answers(anna: Chatting) -> None:
    asked, elsewhere = await anna.tapped(), await anna.tapped()
    await asked.ask(QUESTION)
    await (await anna.taps(elsewhere.message_id or 0)).ask(None)
    assert (await anna.written("shop")).asking is None, "what is written now is no answer"
    assert (await anna.written("shop", reply_to_message=message(asked.message_id or 0))).asking == "open:a"


async def test_an_answer_closes_its_question_at_the_end_of_the_turn_only(anna: Chatting) -> None:
    await (await anna.tapped()).ask(QUESTION)
    turn = await anna.written("shop")
    await turn.close_question()
    assert (await anna.choices())["asking"] == "open:a", "it was not answered yet"
    await turn.ask(None)
    assert turn.asking is None
    assert (await anna.choices())["asking"] == "open:a", "after a kill it must still be open"
    await turn.close_question()
    assert (await anna.choices()).get("asking") is None


async def test_a_question_that_is_asked_after_an_answer_stays_open(anna: Chatting) -> None:
    await (await anna.tapped()).ask(QUESTION)
    turn = await anna.written("shop")
    await turn.ask(None)
    await turn.ask(OTHER)
    await turn.show(AFTER)
    await turn.close_question()
    assert (await anna.choices())["asking"] == "open:b"


async def test_a_turn_speaks_as_the_person_is_now(anna: Chatting) -> None:
    turn = await anna.written("hello")
    known = Person(telegram_id=ANNA, language="ru", choices={"asking": "open:a"}, created_at=THEN)
    turn.take_person(known, words_for(known))
    assert (turn.words.language, turn.asking, turn.person) == ("ru", "open:a", known)


async def test_two_screens_of_one_message_are_written_one_after_another(anna: Chatting) -> None:
    turn = await anna.tapped()
    async with anna.rights.state_of(turn).editing:
        shown = asyncio.ensure_future(turn.show(AFTER))
        covered = asyncio.ensure_future(turn.cover(WAITING))
        await asyncio.sleep(0.03)
        assert anna.stands() == ["Before"]
    await asyncio.gather(shown, covered)
    assert anna.stands() == ["After"]
