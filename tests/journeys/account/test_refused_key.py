"""What a colleague reads where px6 takes the key of the account no more, or not from the bot's address: they can
neither give it another key nor change its settings."""

from __future__ import annotations

import pytest

from model.colleagues import Right
from tests.durations import MINUTE
from tests.journeys.account.offices import Office
from tests.journeys.connecting import just_connected
from tests.world import World, green_buttons

ITS_OWNER = (
    "px6 does not accept the key of this account. Its owner has to enter another one. Nothing was spent or changed."
)


@pytest.mark.parametrize(
    ("written", "method"), [("/check {}", "check"), ("/check 1.2.3.4:8000:a:b", "check"), ("/delete {}", "delete")]
)
async def test_a_colleague_is_not_asked_for_a_key_that_is_refused_in_the_middle(
    world: World, written: str, method: str
) -> None:
    """px6 still took it for the list."""
    office = Office(await just_connected(world, "1000.00"))
    await office.lets(Right.ALL)
    world.px6.fault("no_before", method, error_id=100, times=None)
    await office.bob.says(written.format(",".join(map(str, office.ids))))
    if method == "delete":
        await office.bob.taps("Delete 3 proxies")
    told = (await office.bob.reads()).replace("Account: 400088 of Ann\n", "")
    assert told.startswith(ITS_OWNER)
    assert await office.bob.labels() == ["Accounts", "Home"]
    assert "I did not understand that" in await office.bob.says("what now"), "no key is asked for"


@pytest.fixture
async def office(world: World) -> Office:
    """Bob may do everything but the key."""
    office = Office(await just_connected(world, "1000.00"))
    await office.lets(Right.ALL)
    return office


async def receipt(office: Office) -> list[str]:
    """The lines of what Bob reads, without those that name the account."""
    return [line for line in (await office.bob.reads()).splitlines() if not line.startswith("Account: ")]


@pytest.mark.parametrize(
    ("error_id", "said", "advice"),
    [
        (
            100,
            "px6 did not accept the key of this account.",
            "The owner of the account has to enter another key.",
        ),
        (
            105,
            "This px6 account accepts API calls only from certain IP addresses.",
            "The owner of the account can change that in the API settings at px6.",
        ),
    ],
)
async def test_a_colleagues_receipt_says_what_only_the_owner_can_do(
    world: World, office: Office, error_id: int, said: str, advice: str
) -> None:
    await office.bob.says("/buy 1 30 de")
    world.px6.fault("no_before", "buy", error_id=error_id, times=None)
    await office.bob.taps("Buy · ")
    bought = ["Not bought", "1 × IPv6, Germany, 30 days"]
    assert await receipt(office) == [*bought, said, "Nothing was spent.", advice]
    assert await office.bob.labels() == ["Try again", "Home"]
    assert "I did not understand that" in await office.bob.says("what now"), "no key is asked for"
    await office.bob.says("/orders")
    await office.bob.taps("✗")
    assert said in await receipt(office)
    assert advice not in await receipt(office), "it may be done by now"


async def test_a_second_tap_of_a_colleagues_tells_them_the_same(world: World, office: Office) -> None:
    """On another message, so that how it ended comes below."""
    world.px6.fault("no_before", "buy", error_id=100, times=None)
    await office.bob.says("/buy 1 30 de")
    pay = green_buttons(await office.bob.screen())[0]["callback_data"]
    await office.bob.taps("Buy · ")
    await office.bob.says("/start")
    await office.bob.forges(pay, (await office.bob.screen())["message_id"])
    assert "px6 did not accept the key of this account." in await receipt(office)
    assert await office.bob.labels() == ["Try again", "Home"]


async def test_the_owners_own_receipt_asks_for_the_key(world: World, office: Office) -> None:
    phone = office.ann.phone
    await phone.says("/buy 1 30 de")
    world.px6.fault("no_before", "buy", error_id=100, times=None)
    await phone.taps("Buy · ")
    assert "px6 no longer accepts your key." in await phone.reads()
    assert (await phone.labels())[0] == "Enter a new key"


async def test_a_colleague_whose_payment_nobody_can_look_for_is_asked_for_no_key(
    world: World, office: Office
) -> None:
    await office.bob.says("/buy 1 30 de")
    world.px6.fault("drop_after", "buy")
    await office.bob.taps("Buy · ")
    world.px6.fault("no_before", None, error_id=100, times=None)
    await looks(world)
    assert (
        "⚠️ px6 does not accept the key of this account. Once its owner enters another one, I can check."
        in await receipt(office)
    )
    assert await office.bob.labels() == ["Home"]


async def looks(world: World) -> None:
    """Until a look that fails is told."""
    for _ in range(12):
        world.move(5 * MINUTE)
        await world.app.services.orders.settle_due()
        await world.quiet()


async def test_a_colleague_is_told_that_the_owner_has_to_allow_the_bots_address(world: World, office: Office) -> None:
    world.px6.fault("no_before", None, error_id=105, times=None)
    await office.bob.says("/balance")
    assert await receipt(office) == [
        "px6 refuses the bot's IP address",
        "This px6 account accepts API calls only from certain IP addresses. Nothing was spent or changed.",
        "The owner of the account can change that in the API settings at px6.",
    ]
    assert await office.bob.labels() == ["Try again", "Home"]
