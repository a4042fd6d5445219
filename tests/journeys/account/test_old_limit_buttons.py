"""A button that names a sum counts in the currency that it names: after a change of the account's, it asks anew."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from handlers.account.colleagues_screens import ChooseRight
from handlers.account.invite_screens import Grant, InviteByLink, InvitePerson
from handlers.ground.buttons import OpenRule
from handlers.ground.callback_data import CallbackData
from model.colleagues import Right
from model.orders import BuyWish
from services.account.colleagues import OtherCurrency
from tests.customers import Customer
from tests.durations import DAY
from tests.journeys.account.offices import ANN, BOB, CAP, Office
from tests.journeys.connecting import just_connected
from tests.journeys.watching.rounds import has_them_checked
from tests.quotes import buy_quote
from tests.world import World, buttons, green_buttons

pytestmark = pytest.mark.without_notices

LIMITS = {"cap_run": "Limit per run", "cap_month": "Monthly limit", "floor": "Minimum balance"}


async def in_dollars(ann: Customer) -> None:
    """px6 keeps the account in dollars now, and the bot has seen it."""
    ann.world.px6.set_currency(ann.key, "USD")
    await ann.look()
    await ann.news()
    assert ann.world.rows("SELECT currency FROM accounts") == [("USD",)]


async def opens_the_rule(ann: Customer) -> None:
    await ann.phone.says("/reminders")
    await ann.phone.forges(OpenRule(rule=1).pack())


async def limits(world: World) -> tuple[object, ...]:
    [rule] = await world.app.services.rules.of(1001)
    return rule.cap_run, rule.cap_month, rule.floor, rule.currency


async def rights(office: Office) -> list[tuple[Right, Decimal | None]]:
    return [(one.right, one.monthly_cap) for one in await office.colleagues.of(ANN)]


def data_of(screen: dict[str, Any], label: str) -> str:
    """What the button with this label carries."""
    return next(str(each["callback_data"]) for each in buttons(screen) if each["text"] == label)


@pytest.mark.parametrize("name", LIMITS)
async def test_a_limit_of_a_rule_counts_only_in_the_currency_of_its_button(ann: Customer, name: str) -> None:
    """Also of a button of before there was a currency on it."""
    phone, world = ann.phone, ann.world
    await world.app.services.rules.add(1001, "all", "", hours=12, period=30)
    await opens_the_rule(ann)
    await phone.taps(LIMITS[name])
    asked = (await phone.screen())["message_id"]
    data = next(
        b["callback_data"] for row in (await phone.screen())["keyboard"] for b in row if b["text"] == "500 RUB"
    )
    await in_dollars(ann)
    await opens_the_rule(ann)
    await phone.taps("Switch on")
    for old in (data, f"ru-c:1:{name}:500:0"):
        await phone.forges(old, asked)
        assert await limits(world) == (None, None, 0, "USD"), "500 of another currency"
        assert await phone.message_with("5 USD"), "it is asked anew"
    await phone.taps("5 USD")
    assert Decimal(5) in await limits(world)
    assert world.rows('SELECT "on" FROM rules') == [(1,)]


@pytest.mark.parametrize("of_before", [False, True])
async def test_a_limit_that_is_typed_counts_only_in_the_currency_that_was_asked_for(
    ann: Customer, of_before: bool
) -> None:
    phone, world = ann.phone, ann.world
    await world.app.services.rules.add(1001, "all", "", hours=12, period=30)
    await opens_the_rule(ann)
    await phone.taps("Monthly limit")
    if of_before:
        person = await world.app.services.people.find_or_create(1001)
        await world.app.services.people.set_question(person, "ru-t:1:cap_month", None)
    rule = (await world.app.services.rules.of(1001))[0]
    await in_dollars(ann)
    await world.app.services.rules.bound(rule, await (await world.app.services.accounts.client(1001)).account())
    assert "How much may the rule spend in a calendar month?" in await phone.says("500")
    assert await limits(world) == (None, None, 0, "USD")
    await phone.says("7.50")
    assert (await limits(world))[1] == Decimal("7.50")


async def test_the_terms_of_a_watch_are_chosen_in_the_currency_of_the_account(ann: Customer) -> None:
    ann.add(1, ends_in=9 * DAY)
    await has_them_checked(ann)
    await ann.phone.taps("Replace by itself: off")
    await ann.phone.taps("Sum")
    chosen = data_of(await ann.phone.screen(), "3,000 RUB")
    await in_dollars(ann)
    for old in (chosen, "hw-r:1:4:30:3:3000", "hw-t:1:4:30:3:3000:m"):
        await ann.phone.forges(old)
        assert "3,000" not in await ann.phone.reads()
        [green] = green_buttons(await ann.phone.screen())
        assert green["text"] == "Replace, at most 5.00 USD a month"


async def test_a_colleagues_limit_counts_only_in_the_currency_of_its_button(world: World) -> None:
    office = Office(await just_connected(world))
    phone = office.ann.phone
    await office.lets(Right.LOOK)
    await phone.says("/accounts")
    for label in ("Colleagues", "Bob", "Change the right", "Prolong up to a limit"):
        await phone.taps(label)
    asked = await phone.screen()
    data = data_of(asked, "500 RUB")
    await in_dollars(office.ann)
    for old in (data, f"co-g:{ANN}:prolong:{BOB}:500"):
        await phone.forges(old, asked["message_id"])
        assert world.rows("SELECT granted, monthly_cap FROM colleagues") == [("look", None)], (
            "500 of another currency"
        )
        assert await phone.message_with("5 USD"), "it is asked anew"
    await phone.taps("5 USD")
    assert await rights(office) == [(Right.PROLONG, Decimal(5))]


@pytest.mark.parametrize("of_before", [False, True])
async def test_an_invitation_has_its_limit_only_in_the_currency_of_its_button(world: World, of_before: bool) -> None:
    office = Office(await just_connected(world))
    phone = office.ann.phone
    await phone.says("/accounts")
    for label in ("Colleagues", "Invite a colleague", "Prolong up to a limit"):
        await phone.taps(label)
    granted = data_of(await phone.screen(), "500 RUB")
    await phone.taps("500 RUB")
    shown = await phone.screen()
    ways = [data_of(shown, label) for label in ("Choose a person in Telegram", "Make a link")]
    await in_dollars(office.ann)
    for data in (granted, *ways):
        await phone.forges(ChooseRight(account=ANN).pack(), shown["message_id"])
        await phone.forges(data[: data.rindex(":")] if of_before else data, shown["message_id"])
        assert world.rows("SELECT count(*) FROM invites") == [(0,)]
        assert (await phone.text_of(shown["message_id"])).startswith(
            "How much may they pay in a calendar month?\nNothing was changed: amounts are in USD here.\n"
        )
    await phone.taps("5 USD")
    await phone.taps("Make a link")
    assert [one.monthly_cap for one in await office.colleagues.invites(ANN)] == [Decimal(5)]


async def test_a_limit_is_not_written_when_the_currency_changes_in_that_moment(world: World) -> None:
    office = Office(await just_connected(world))
    await office.lets(Right.PROLONG)
    await in_dollars(office.ann)
    services = world.app.services
    with pytest.raises(OtherCurrency):
        await services.colleagues.change(ANN, BOB, Right.PROLONG, CAP, currency="RUB")
    with pytest.raises(OtherCurrency):
        await services.colleagues.invite(ANN, Right.PROLONG, CAP, currency="RUB")
    rule = await services.rules.add(ANN, "all", "", hours=12, period=30)
    assert not await services.rules.change(ANN, rule.id, sum_in="RUB", cap_month=CAP)
    assert await limits(world) == (None, None, 0, "USD")


@pytest.mark.parametrize(
    ("tap", "reads"),
    [
        (Grant(account=ANN, right=Right.PROLONG, person=BOB, cap=CAP, currency="RUB"), "access"),
        (InviteByLink(account=ANN, right=Right.PROLONG, cap=CAP, currency="RUB"), "invites"),
    ],
)
async def test_a_limit_is_asked_anew_when_the_currency_changes_in_that_moment(
    world: World, tap: CallbackData, reads: str
) -> None:
    """`reads`: what is read last before the limit is written."""
    office = Office(await just_connected(world))
    await office.lets(Right.LOOK)
    colleagues, read = office.colleagues, getattr(office.colleagues, reads)

    async def meanwhile(*given: int) -> object:
        del vars(colleagues)[reads]
        world.px6.set_currency(office.ann.key, "USD")
        await buy_quote(world.app.services.orders, ANN, BuyWish(1, 30, "de"))
        return await read(*given)

    vars(colleagues)[reads] = meanwhile
    await office.ann.phone.forges(tap.pack())
    assert (await office.ann.phone.reads()).startswith(
        "How much may they pay in a calendar month?\nNothing was changed: amounts are in USD here.\n"
    )
    assert (await rights(office), await colleagues.invites(ANN)) == ([(Right.LOOK, None)], [])


NAMING_LIMITS: dict[str, type[CallbackData]] = {
    "co-g:1:prolong:2:{}:RUB": Grant,
    "co-k:1:prolong:{}:RUB": InviteByLink,
    "co-p:1:prolong:{}:RUB": InvitePerson,
}


@pytest.mark.parametrize("cap", ["-1", "-0.01", "0.001", "10000000.01", "10000001", "NaN", "Infinity"])
def test_a_forged_button_names_no_limit_that_cannot_be_set(cap: str) -> None:
    """An invitation with one below 0 would fail when it is written: an error of the bot, for person and operator."""
    for data, kind in NAMING_LIMITS.items():
        with pytest.raises(ValueError, match="cap"):
            kind.unpack(data.format(cap))


@pytest.mark.parametrize("cap", ["0", "0.01", "99.50", "10000000"])
def test_the_limits_that_a_button_can_name(cap: str) -> None:
    for data, kind in NAMING_LIMITS.items():
        assert kind.unpack(data.format(cap)).model_dump()["cap"] == Decimal(cap)
