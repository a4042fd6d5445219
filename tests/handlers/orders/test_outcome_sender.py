"""How the outcome of a payment reaches the person: in which message, with which words, and when not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramRetryAfter
from aiogram.utils.formatting import Text
from msgspec import structs
from sqlalchemy import update

from handlers.ground.edit_rights import EditRights, MessageRef
from handlers.ground.messages import send_screen
from handlers.ground.screen import Screen
from handlers.ground.telegram_errors import TelegramUnanswered
from handlers.orders.outcome_sender import OutcomeSender
from model.people import Person, PersonId
from sandbox.telegram.http import serve_telegram
from sandbox.telegram.state import TelegramState
from services.account.colleagues import Colleagues
from services.orders import BuyWish, Confirmation, NobodyThere, NotNow
from storage.schema import people
from tests.handlers.bots import ANNA, TOKEN, bot_at
from tests.handlers.sample_orders import a_confirmation, a_quote, an_order
from tests.sample_proxies import NOW
from tests.services.rig import Rig, new_rig

LATE: dict[str, Any] = {"unknown_at": NOW}


@dataclass
class Till:
    """An outcome sender between a chat and px6. `message_id`: what was tapped, and is to show the outcome."""

    rig: Rig
    telegram: TelegramState
    bot: Bot
    message_id: int = 0
    pause: float = 0.0
    night: bool = False
    rights: EditRights = field(default_factory=EditRights)

    def __post_init__(self) -> None:
        accounts, people = self.rig.accounts, self.rig.people
        self.sender = OutcomeSender(
            *(self.bot, people, accounts, self.rights, lambda: NOW, "https://px6.example"),
            *(lambda _: self.pause, Colleagues(self.rig.database, lambda: NOW), self.is_night),
        )

    async def is_night(self, _: Person) -> bool:
        return self.night

    def confirmation(self, kind: str = "prolong", **order: Any) -> Confirmation:
        """One order, confirmed in the tapped message."""
        made = a_confirmation(an_order(kind, **order))
        return structs.replace(made, chat_id=None, message_id=self.message_id)

    def stands(self) -> list[str]:
        """What the messages of the chat begin with, oldest first."""
        messages = self.telegram.private_chat(self.telegram.bot(TOKEN), ANNA).messages.values()
        return [(message.text or "").partition("\n")[0] for message in messages]

    def whole(self, message_id: int) -> str:
        return self.telegram.private_chat(self.telegram.bot(TOKEN), ANNA).messages[message_id].text or ""

    @property
    def here(self) -> MessageRef:
        return ANNA, self.message_id

    def blocked(self) -> bool:
        return self.rig.rows("SELECT blocked_at FROM people") != [(None,)]


@asynccontextmanager
async def new_till(folder: Path) -> AsyncIterator[Till]:
    telegram = TelegramState()
    telegram.private_chat(telegram.bot(TOKEN), ANNA).started = True
    async with new_rig(folder) as rig, serve_telegram(telegram) as url, bot_at(url) as bot:
        till = Till(rig, telegram, bot)
        till.message_id = await send_screen(bot, ANNA, Screen(Text("Sending to px6…")))
        yield till


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with new_till(tmp_path) as till:
        yield till


async def test_an_outcome_takes_the_place_of_what_was_confirmed_with_px6s_addresses(till: Till) -> None:
    one = till.rig.proxy()
    assert await till.sender(till.confirmation(proxies=[one.id])) == till.message_id
    assert till.stands() == ["Prolonged 1 proxy for 30 days"]
    assert one.host in till.whole(till.message_id)
    assert till.rights.shows_outcome(till.here), "no earlier turn writes over it"


async def test_px6_is_asked_only_for_what_can_be_shown(till: Till) -> None:
    for state in ("confirmed", "sending", "refused", "not_sent", "unknown"):
        await till.sender(till.confirmation(state=state, longer=0, charged=None))
        assert not till.rig.requests("getproxy"), state
    await till.sender(till.confirmation())
    assert len(till.rig.requests("getproxy")) == 1


async def test_a_receipt_goes_without_addresses_where_px6_does_not_give_them(till: Till) -> None:
    till.rig.px6.new_key(till.rig.account.key)
    assert await till.sender(till.confirmation()) == till.message_id
    await till.rig.accounts.forget(ANNA)
    await till.rig.people.find_or_create(ANNA)
    assert await till.sender(till.confirmation()) == till.message_id
    assert till.stands() == ["Prolonged 1 proxy for 30 days"]


async def test_an_outcome_goes_into_the_message_that_took_the_place_of_the_first(till: Till) -> None:
    other = await send_screen(till.bot, ANNA, Screen(Text("Sending to px6…")))
    till.rights.replace_message(till.here, other)
    assert await till.sender(till.confirmation()) == other
    assert till.stands() == ["Sending to px6…", "Prolonged 1 proxy for 30 days"]
    assert till.rights.shows_outcome(till.here)
    assert till.rights.shows_outcome((ANNA, other))


async def test_an_outcome_whose_message_is_gone_comes_in_a_new_one(till: Till) -> None:
    await till.bot.delete_message(ANNA, till.message_id)
    message_id = await till.sender(till.confirmation())
    assert message_id not in (None, till.message_id)
    assert till.stands() == ["Prolonged 1 proxy for 30 days"]
    assert till.rights.shows_outcome(till.here)
    assert till.rights.shows_outcome((ANNA, message_id))


async def test_of_who_has_several_accounts_it_is_noted_which_one_each_message_with_an_outcome_is_of(
    till: Till,
) -> None:
    """Else a tap on it acts on whichever is the current one."""
    async with till.rig.database.write() as connection:
        await connection.execute(update(people).values(current=ANNA))
    await till.sender(till.confirmation())
    await till.bot.delete_message(ANNA, till.message_id)
    moved = await till.sender(till.confirmation())
    late = await till.sender(till.confirmation(**LATE))
    noted = till.rig.rows("SELECT telegram_id, message_id FROM account_messages ORDER BY message_id")
    assert noted == [(ANNA, moved), (ANNA, late)]


async def test_a_late_outcome_rings_and_the_confirmed_message_points_to_it(till: Till) -> None:
    other = await send_screen(till.bot, ANNA, Screen(Text("Not known yet")))
    till.rights.replace_message(till.here, other)
    message_id = await till.sender(till.confirmation(**LATE))
    assert till.stands() == ["Sending to px6…", "Settled, see below", "Prolonged 1 proxy for 30 days"]
    assert message_id not in (None, till.message_id, other)
    assert till.telegram.requests[-1].method == "sendmessage"
    assert "disable_notification" not in till.telegram.requests[-1].params
    assert till.rights.shows_outcome(till.here)
    assert till.rights.shows_outcome((ANNA, other))


@pytest.mark.parametrize(
    ("is_copy", "night", "sound"),
    [(True, True, False), (True, False, True), (False, True, True), (False, False, True)],
)
async def test_only_what_others_paid_comes_without_a_sound_and_only_in_quiet_hours(
    till: Till, is_copy: bool, night: bool, sound: bool
) -> None:
    till.night = night
    made = structs.replace(till.confirmation(), message_id=None, by_name="Bob" if is_copy else None)
    message_id = await (till.sender.to_owner(made) if is_copy else till.sender(made))
    assert message_id is not None
    assert ("disable_notification" not in till.telegram.requests[-1].params) is sound
    assert ("By: Bob" in till.whole(message_id)) is is_copy


async def test_an_outcome_without_a_message_comes_in_a_new_one_and_never_in_the_chat_of_somebody_else(
    till: Till,
) -> None:
    for late in ({}, LATE):
        for chat_id in (None, ANNA):
            made = structs.replace(till.confirmation(**late), chat_id=chat_id, message_id=None)
            assert await till.sender(made) not in (None, till.message_id)
    assert till.stands() == ["Sending to px6…", *["Prolonged 1 proxy for 30 days"] * 4]
    strangers = structs.replace(till.confirmation(), telegram_id=1002, chat_id=ANNA)
    await till.rig.people.find_or_create(1002)
    with pytest.raises(NobodyThere):  # who has no chat with the bot
        await till.sender(strangers)
    assert till.stands() == ["Sending to px6…", *["Prolonged 1 proxy for 30 days"] * 4]


async def test_an_edit_under_way_ends_before_the_outcome_is_written(till: Till) -> None:
    for made in (till.confirmation(), till.confirmation(**LATE)):
        async with till.rights.editing(till.here):
            telling = asyncio.ensure_future(till.sender(made))
            await asyncio.sleep(0.05)
            assert till.stands() == ["Sending to px6…"] or made.late
            assert not telling.done()
        await telling
    assert till.stands() == ["Settled, see below", "Prolonged 1 proxy for 30 days"]


async def test_what_was_perhaps_sent_is_marked_when_it_comes_again_and_then_no_more(till: Till) -> None:
    made = structs.replace(till.confirmation(), message_id=None)
    till.telegram.fail("sendMessage", 502, after=True)
    with pytest.raises(TelegramUnanswered):
        await till.sender(made)
    other = await till.sender(structs.replace(made, id=6))
    again, third = await till.sender(made), await till.sender(made)
    marked = ["Sent again" in till.whole(one or 0) for one in (other, again, third)]
    assert marked == [False, True, False]


async def test_what_was_certainly_not_sent_or_was_only_an_edit_is_not_marked(till: Till) -> None:
    made = structs.replace(till.confirmation(), message_id=None)
    till.telegram.fail("sendMessage", 429, retry_after=7)
    with pytest.raises(TelegramRetryAfter):
        await till.sender(made)
    assert "Sent again" not in till.whole(await till.sender(made) or 0)
    till.telegram.fail("editMessageText", 502, after=True)
    with pytest.raises(TelegramUnanswered):
        await till.sender(till.confirmation())
    await till.sender(till.confirmation())
    assert "Sent again" not in till.whole(till.message_id)
    assert not till.blocked(), "Telegram's bad day is not the person's no"


async def test_who_blocked_the_bot_is_noted_and_not_asked_again(till: Till) -> None:
    till.telegram.block(till.telegram.bot(TOKEN), ANNA, True)
    made = structs.replace(till.confirmation(), message_id=None)
    with pytest.raises(NobodyThere):
        await till.sender(made)
    assert till.blocked()
    calls = len(till.telegram.requests), len(till.rig.px6.calls)
    with pytest.raises(NobodyThere):
        await till.sender(made)
    assert (len(till.telegram.requests), len(till.rig.px6.calls)) == calls
    till.telegram.refusals.clear()


async def test_who_was_forgotten_is_told_nothing(till: Till) -> None:
    await till.rig.accounts.forget(ANNA)
    before = len(till.telegram.requests)
    assert await till.sender(till.confirmation()) is None
    assert len(till.telegram.requests) == before


async def test_an_owner_who_was_forgotten_gets_no_copy_of_what_a_colleague_paid(till: Till) -> None:
    await till.rig.accounts.forget(ANNA)
    before = len(till.telegram.requests)
    assert await till.sender.to_owner(till.confirmation()) is None
    assert len(till.telegram.requests) == before


async def test_a_colleague_without_access_who_blocked_the_bot_is_told_so_when_they_are_back(till: Till) -> None:
    bob = PersonId(1002)
    till.telegram.private_chat(till.telegram.bot(TOKEN), bob).started = True
    await till.rig.people.find_or_create(bob)
    shown = await send_screen(till.bot, bob, Screen(Text("Sending to px6…")))
    made = structs.replace(till.confirmation(), chat_id=bob, message_id=shown, by_person=bob, by_name="Bob")
    await till.rig.people.set_blocked(bob, True)
    with pytest.raises(NobodyThere):
        await till.sender(made)
    await till.rig.people.set_blocked(bob, False)
    assert await till.sender(structs.replace(made, chat_id=ANNA)) is None, "what stands elsewhere is left alone"
    chat = till.telegram.private_chat(till.telegram.bot(TOKEN), bob).messages
    assert chat[shown].text == "Sending to px6…" and till.stands() == ["Sending to px6…"]
    assert await till.sender(made) is None
    assert (chat[shown].text or "").startswith("You no longer have access to this account.")
    assert till.rights.shows_outcome((bob, shown))


async def test_a_short_pause_of_telegram_is_waited_out_and_a_long_one_not(till: Till) -> None:
    calls = len(till.rig.px6.calls)
    till.pause = 30.5
    with pytest.raises(NotNow):
        await till.sender(till.confirmation())
    assert len(till.rig.px6.calls) == calls
    till.pause = 30.0
    assert await till.sender(till.confirmation()) == till.message_id


# -- a price that rose


def requoted(till: Till, source: str = "person", currency: str = "RUB", state: str = "requoted") -> Confirmation:
    made = till.confirmation(state=state, longer=0, charged=None, currency=currency)
    return structs.replace(made, source=source, requote=a_quote("1000.00", (30, "25.00")))


async def test_a_price_that_rose_is_a_new_quote_with_its_reason(till: Till) -> None:
    assert await till.sender(requoted(till)) == till.message_id
    text = till.whole(till.message_id)
    assert text.startswith("The price or an end date has changed. Nothing was sent or spent. The new quote:\n")
    assert "25.00 RUB" in text
    await till.sender(requoted(till, currency="USD"))
    text = till.whole(till.message_id)
    assert text.startswith("Your px6 account is in RUB now. Nothing was sent or spent. The new quote:\n")


async def test_the_new_quote_names_the_proxies_that_px6_lists(till: Till) -> None:
    one = till.rig.proxy(ends_in=timedelta(days=3))
    made = requoted(till)
    assert made.requote is not None
    listed = structs.replace(made.requote, parts=(structs.replace(made.requote.parts[0], ids=(one.id,)),))
    await till.sender(structs.replace(made, requote=listed))
    with_it = till.whole(till.message_id)
    await till.sender(made)
    assert with_it != till.whole(till.message_id), "px6 does not list proxy 15"
    assert len(till.rig.requests("getproxy")) == 2


async def test_a_new_quote_to_buy_is_the_screen_of_a_purchase(till: Till) -> None:
    wish = BuyWish(1, 30, "de")
    made = structs.replace(requoted(till), requote=a_quote("1000.00", (30, "25.00"), wish=wish))
    await till.sender(made)
    assert "Buy 1 × IPv6, Germany, 30 days" in till.whole(till.message_id)


async def test_a_rule_and_a_payment_under_way_show_no_new_quote(till: Till) -> None:
    for made in (requoted(till, source="rule"), requoted(till, state="sending")):
        await till.sender(made)
        assert "The new quote" not in till.whole(till.message_id)
    await till.sender(requoted(till, source="digest"))
    assert "The new quote" in till.whole(till.message_id)
