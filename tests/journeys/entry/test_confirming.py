"""When Telegram hears that an update was taken: once what it changes is on disk, and nobody else waits for that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.unconfirmed import UnconfirmedUpdates
from handlers.account.accounts_screens import RemoveAccount, SwitchAccount, UnnameAccount
from handlers.account.bind_screens import BindAddresses
from handlers.account.colleagues_screens import Leave, TakeBack, TellColleague, Withdraw
from handlers.account.invite_screens import Accept, Decline, Grant, InviteByLink
from handlers.account.key_screens import AddAccount, ReplaceKey, TryKey
from handlers.account.settings import SetLanguage
from handlers.ground.buttons import TellWhenBack
from handlers.ground.callback_data import CallbackData
from handlers.ground.proxy_buttons import SetProtocol
from handlers.notifications.board import SetBoard
from handlers.notifications.rule_notices import SkipAnnounced
from handlers.operators.broadcast_screens import SendBroadcast, StopBroadcast
from handlers.operators.maintenance import Maintain
from handlers.proxies.comment import Rename, SetComment
from handlers.reminders.digest_screen import LetGo, PutOff
from handlers.reminders.hours import SetFixedHour, SetQuietHours
from handlers.reminders.overview import SetLowDays, SetSwitch
from handlers.reminders.time_zone import SetZone
from handlers.rules.list import SwitchAllRules
from handlers.rules.new import CreateRule
from handlers.rules.rule import RemoveLimit, RemoveRule
from handlers.rules.rule_screen import ChangeRule
from model.colleagues import Right
from model.people import PersonId
from px6 import Protocol
from tests.durations import DAY
from tests.intakes import by_both_ways
from tests.world import Phone, World, new_world

ANNA, BORIS, CAROL = 1001, 1002, 1003


def unconfirmed(world: World) -> int:
    return int(world.telegram.unconfirmed(world.settings.bot_token.get_secret_value()))


def newest(world: World, person: int) -> str:
    bot = world.telegram.bot(world.settings.bot_token.get_secret_value())
    return str(list(world.telegram.private_chat(bot, person).messages.values())[-1].text)


def asked(world: World, method: str) -> int:
    return sum(call.method == method for call in world.px6.calls)


async def test_a_deletion_stays_with_telegram_until_it_is_on_disk_while_others_are_served(world: World) -> None:
    """px6 keeps silent when its list is read, which comes before anything is written."""
    anna, boris = world.phone(ANNA), world.phone(BORIS)
    await anna.connects()
    await boris.says("/start")
    one = world.px6.add_proxy(world.key, ends_in=timedelta(days=9)).id
    await anna.says(f"/delete {one}")
    before = asked(world, "getproxy")
    with world.held("getproxy"):
        tapping = asyncio.ensure_future(anna.taps("Delete 1 proxy"))
        await world.until(lambda: asked(world, "getproxy") > before)
        await world.post(f"/people/{BORIS}/messages", {"text": "/nonsense"})
        await world.until(lambda: "no such command" in newest(world, BORIS))
        assert not world.rows("SELECT 1 FROM deletions"), "nothing is on disk"
        assert unconfirmed(world) == 2, "the tap stays with Telegram, and so does all that came after it"
    await tapping
    assert unconfirmed(world) == 0
    assert one not in world.px6.account(world.key).proxies


@by_both_ways
async def test_a_key_that_px6_does_not_answer_for_keeps_nobody_from_being_answered_however_many_write(
    world: World,
) -> None:
    """An answer of Telegram's has room for a hundred updates, and all since the oldest that is held come again."""
    people = range(2000, 2120)
    with world.held("", times=None):
        await world.post(f"/people/{ANNA}/messages", {"text": f"/key {world.key}"})
        await world.until(lambda: asked(world, "") > 0)
        for person in people:
            await world.post(f"/people/{person}/messages", {"text": "/help"})
        await world.until(lambda: all(newest(world, person).startswith("What I can do") for person in people))
        assert not world.rows("SELECT 1 FROM accounts")
    await world.quiet()
    assert newest(world, ANNA).startswith("Connected")
    assert unconfirmed(world) == 0


@by_both_ways
async def test_a_payment_is_confirmed_to_telegram_while_px6_is_still_asked(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy 1 30 de")
    with world.held("buy"):
        tapping = asyncio.ensure_future(phone.taps("Buy ·"))
        await world.until(lambda: asked(world, "buy") == 1)
        await world.until(lambda: unconfirmed(world) == 0)
        assert world.rows("SELECT state FROM orders") == [("sending",)]
    await tapping


CHANGES = (
    SetSwitch(name="after_end", value=False), SetSwitch(name="on", value=True), SetLowDays(days=1),
    SetQuietHours(start=60, end=120), SetFixedHour(minute=60), SetZone(place="Europe/Berlin"), SetLanguage(code="en"),
    LetGo(digest=1), LetGo(digest=1, undo=True), PutOff(digest=1, hours=3), SkipAnnounced(cycle=1),
    CreateRule(scope="comment"), CreateRule(scope="all"), CreateRule(scope="all"),
    ChangeRule(rule=1, name="hours", value=6), RemoveLimit(rule=1, name="floor"), SwitchAllRules(on=False),
    RemoveRule(rule=1),
    Maintain(on=True), Maintain(on=False), SendBroadcast(broadcast=1), StopBroadcast(broadcast=1), ReplaceKey(key=1),
    SetBoard(on=True), SetBoard(on=False), TellWhenBack(),
)  # fmt: skip
SHOWS = ("answercallbackquery", "editmessagetext", "sendmessage", "sendphoto")


class Confirmed:
    """How much the person who taps had been shown of it when Telegram heard that the tap was taken."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world, self.person, self.shown_before = world, ANNA, list[int]()
        hold = UnconfirmedUpdates.hold

        def noted(updates: UnconfirmedUpdates, number: int) -> Callable[[], None]:
            release, since = hold(updates, number), self.shown()

            def released() -> None:
                self.shown_before.append(self.shown() - since)
                release()

            return released

        monkeypatch.setattr(UnconfirmedUpdates, "hold", noted)

    def shown(self) -> int:
        """Answers to taps, and messages to this person: others may be told something meanwhile."""
        shows = (call.params for call in self.world.telegram.requests if call.method in SHOWS)
        return sum(str(params.get("chat_id", self.person)) == str(self.person) for params in shows)

    async def is_late(self, phone: Phone, tap: CallbackData) -> bool:
        """Whether something was shown before."""
        self.person = phone.id
        self.shown_before.clear()
        await phone.forges(tap.pack())
        return self.shown_before[0] > 0


async def test_what_is_changed_is_confirmed_before_anything_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Showing it may take as long as Telegram likes: nothing behind it waits."""
    async with new_world(tmp_path, admin_user_ids=frozenset({ANNA})) as world:
        confirmed, anna = Confirmed(world, monkeypatch), world.phone(ANNA)
        await anna.connects()
        one = world.px6.add_proxy(world.key, ends_in=2 * DAY, comment="shop").id
        draft = {"id": "kept", "text": "market", "old": "shop"}
        await world.app.services.people.remember(PersonId(ANNA), comments=[draft])
        await world.app.services.sweep.look(ANNA)
        await world.app.services.broadcasts.draft(ANNA, "hello", [])
        await anna.says(f"/key {world.px6.add_account().key}")
        of_proxies = (SetComment(proxy=one, draft=""), SetProtocol(proxy=one, protocol=Protocol.SOCKS))
        changes = (*CHANGES, Rename(draft="kept"), *of_proxies)
        assert [repr(change) for change in changes if await confirmed.is_late(anna, change)] == []


async def test_what_is_changed_of_accounts_and_colleagues_is_confirmed_before_anything_is_shown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed = Confirmed(world, monkeypatch)
    taps = taps_on_accounts(world)
    assert [repr(tap) async for phone, tap in taps if await confirmed.is_late(phone, tap)] == []


async def taps_on_accounts(world: World) -> AsyncIterator[tuple[Phone, CallbackData]]:
    """Who taps on what, one after another: each tap does what it says."""
    services, at = world.app.services, {"account": ANNA, "person": BORIS}
    anna, boris, carol = (world.phone(each) for each in (ANNA, BORIS, CAROL))

    async def code() -> str:
        return await services.colleagues.invite(ANNA, Right.LOOK, by_name="Anna")

    await boris.says("/start")
    await anna.connects()
    yield anna, InviteByLink(account=ANNA, right=Right.LOOK)
    yield boris, Decline(code=await code())
    yield boris, Accept(code=await code())
    assert len(await services.colleagues.of(ANNA)) == 1
    yield anna, Grant(account=ANNA, person=BORIS, right=Right.CHECK)
    yield anna, TellColleague(**at, told=True)
    yield anna, SetSwitch(name="to_me", value=False)
    yield anna, Withdraw(account=ANNA, invite=(await services.colleagues.invites(ANNA))[0].id)
    yield boris, Leave(account=ANNA)
    await services.colleagues.accept(await code(), BORIS, "Boris", 0)
    yield anna, TakeBack(**at)
    assert await services.colleagues.of(ANNA) == []
    yield anna, BindAddresses(binding=await services.bindings.propose(ANNA, ["5.18.204.9"]))
    yield anna, AddAccount(key=(await services.accounts.connect(ANNA, world.px6.add_account().key)).number)
    yield anna, SwitchAccount(account=ANNA, page=1)
    yield anna, UnnameAccount(account=ANNA)
    yield anna, RemoveAccount(account=ANNA, question=await services.several.ask_remove(ANNA, []))
    assert world.rows("SELECT count(*) FROM accounts") == [(1,)]
    world.px6.fault("500_before", "", times=3)
    await carol.says(world.px6.add_account().key)
    world.px6.clear_faults()
    kept = await services.accounts.proposal(CAROL)
    assert kept is not None
    yield carol, TryKey(key=kept.number)
    assert world.rows("SELECT count(*) FROM accounts") == [(2,)]
