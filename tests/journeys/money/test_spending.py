"""What was spent, looked at: in the chat, as a picture, as a file, and on a proxy's card."""

from __future__ import annotations

from datetime import datetime

from handlers.ground.proxy_buttons import Card
from handlers.money.spending import Spending
from model.colleagues import Right
from model.people import PersonId
from tests.customers import Customer
from tests.durations import DAY, HOUR
from tests.journeys.account.offices import Office
from tests.world import World


async def test_a_month_by_who_paid_by_kind_by_comment_as_picture_and_as_file(ann: Customer) -> None:
    ann.world.move(next_month_of(ann.world.clock()) - ann.world.clock())  # all of it within one month
    [old] = ann.add(1, ends_in=40 * DAY, comment="old")
    await ann.phone.says("/buy 2 30 de ipv6 shop")
    await ann.phone.taps("Buy · 42.00 RUB")
    await ann.phone.says(f"/prolong 30 {old}")
    await ann.phone.taps("Prolong 30 days · 21.00 RUB")
    await ann.lets_a_rule_announce()
    ann.world.move(13 * HOUR)
    await ann.sweep()
    assert len(ann.books()) == 3, "the rule has paid as well"

    await ann.phone.says("/orders")
    await ann.phone.taps("Spending")
    text = await ann.phone.reads()
    assert "84.00 RUB, of it automatic 21.00 RUB" in text
    await ann.phone.taps("By comment")
    assert "shop: 42.00 RUB\nwithout a comment: 21.00 RUB\nold: 21.00 RUB" in await ann.phone.reads()
    await ann.phone.taps("By kind")
    assert "IPv6: 84.00 RUB" in await ann.phone.reads()

    await ann.phone.taps("Chart")
    picture = (await ann.phone.chat())[-1]
    assert picture["file"]["kind"] == "photo"
    assert "In all: 84.00 RUB" in (picture["text"] or picture.get("caption", ""))
    await ann.phone.taps("Spending")
    assert (await ann.phone.reads()).startswith("Spending by kind · 12 months\nIPv6: 84.00 RUB"), "as it was drawn"
    await ann.phone.taps("CSV by month")
    name, content = await ann.phone.newest_file()
    assert name == "spending.csv"
    header, line = content.decode("utf-8-sig").splitlines()
    assert header == "month,currency,payments,paid,automatic,ipv4,shared,ipv6,mtproto,other_kinds"
    assert line.endswith(",RUB,3,84.00,21.00,0.00,0.00,84.00,0.00,0.00")

    await ann.phone.says("/proxies")
    await ann.phone.taps("67 days")
    assert "Paid here: 21.00 RUB, 1 payment since" in await ann.phone.reads()

    paid_in = ann.world.clock()
    assert f"{paid_in:%B %Y}: 84.00 RUB" in await this_month(ann)
    ann.world.move(next_month_of(paid_in) - paid_in)
    assert "Nothing was paid here in this time." in await this_month(ann)
    await ann.phone.taps("12 months")
    assert f"{paid_in:%B %Y}: 84.00 RUB" in await ann.phone.reads()
    for _ in range(10):
        ann.world.move(next_month_of(ann.world.clock()) - ann.world.clock())
    await ann.phone.taps("By month")
    assert f"{paid_in:%B %Y}: 84.00 RUB" in await ann.phone.reads(), "the first of the twelve"
    await ann.world.app.services.pruning.prune()
    ann.world.move(next_month_of(ann.world.clock()) - ann.world.clock())
    await ann.phone.taps("By kind")
    assert (await ann.phone.reads()).endswith("\nNothing was paid here in this time."), "and nothing was removed"
    assert (await ann.phone.taps("Chart"))["text"] == "Nothing was paid here in this time."


async def test_who_has_no_account_has_spent_nothing_and_is_told_so(world: World) -> None:
    phone = world.phone()
    await phone.says("/start")
    for by in ("month", "kind", "comment"):
        await phone.forges(Spending(by=by).pack())
        assert (await phone.reads()).endswith("Nothing was paid here in this time."), by


async def test_a_chart_and_a_file_are_of_whom_the_screen_is_and_lead_back_to_it(ann: Customer) -> None:
    office = Office(ann)
    await office.lets(Right.ALL)
    for phone, ids in ((ann.phone, office.ids[:1]), (office.bob, office.ids[1:])):
        await phone.says(f"/prolong 30 {' '.join(map(str, ids))}")
        await phone.taps("Prolong 30 days")
    phone = ann.phone
    await phone.says("/orders")
    for label in ("Spending", "By kind", "Paid by", "Bob"):
        await phone.taps(label)
    of_bob = "Spending by kind · 12 months\nOnly: Bob\nIPv6: 42.00 RUB"
    assert await phone.reads() == of_bob
    await phone.taps("Chart")
    assert await phone.reads() == "In all: 42.00 RUB\nOnly: Bob"
    await phone.taps("Spending")
    assert await phone.reads() == of_bob
    await phone.taps("CSV by month")
    assert await phone.reads() == "Spending\nOnly: Bob"
    header, line = (await phone.newest_file())[1].decode("utf-8-sig").splitlines()
    told = dict(zip(header.split(","), line.split(","), strict=True))
    assert (told["payments"], told["paid"], told["colleagues"]) == ("1", "42.00", "42.00")
    await phone.taps("Spending")
    assert (await phone.reads()).startswith("Spending · 12 months\nOnly: Bob\n")


async def test_an_even_share_of_a_payment_for_several_kinds_is_said_to_be_about_that(ann: Customer) -> None:
    for kind in ("ipv6", "ipv4"):
        await ann.phone.says(f"/buy 1 30 de {kind}")
        await ann.phone.taps("Buy ·")
    await ann.settles()
    six, four = ann.account.proxies
    await ann.phone.forges(Card(proxy=six).pack())
    assert "Paid here: 21.00 RUB, 1 payment since" in await ann.phone.reads(), "what it was bought for is exact"
    await ann.phone.says(f"/prolong 30 {six} {four}")
    await ann.phone.taps("Prolong 30 days")
    await ann.phone.forges(Card(proxy=six).pack())
    assert "Paid here: about " in await ann.phone.reads()
    await ann.phone.says("/orders")
    await ann.phone.taps("Spending")
    divided = "Payments for several kinds at once are divided evenly."
    assert divided not in await ann.phone.reads()
    await ann.phone.taps("By comment")
    assert divided in await ann.phone.reads()
    before = len(ann.world.asked("getproxy"))
    await ann.phone.taps("By kind")
    assert divided in await ann.phone.reads()
    assert len(ann.world.asked("getproxy")) == before, "px6 has just listed them"


async def test_a_month_begins_with_the_persons_own_midnight(ann: Customer) -> None:
    await ann.world.app.services.people.set_zone(PersonId(1001), "Europe/Berlin")
    begins = next_month_of(ann.world.clock()).replace(day=1, hour=0, minute=0, second=0)
    for before, kind in ((3 * HOUR, "ipv6"), (HOUR / 2, "ipv4")):
        ann.world.move(begins - before - ann.world.clock())
        await ann.phone.says(f"/buy 1 30 de {kind}")
        await ann.phone.taps("Buy ·")
    last = begins - DAY
    await ann.phone.says("/orders")
    await ann.phone.taps("Spending")
    assert (await ann.phone.reads()).splitlines()[1:] == [
        f"{begins:%B %Y}: 120.00 RUB",
        f"{last:%B %Y}: 21.00 RUB",
        "In all: 141.00 RUB",
    ]
    await ann.phone.taps(f"{begins:%B %Y}")
    assert (await ann.phone.reads()).splitlines() == [f"Spending · {begins:%B %Y}", f"{begins:%B %Y}: 120.00 RUB"]
    await ann.phone.taps("CSV by month")
    _, content = await ann.phone.newest_file()
    assert [line.split(",")[0] for line in content.decode("utf-8-sig").splitlines()[1:]] == [
        f"{begins:%Y-%m}",
        f"{last:%Y-%m}",
    ]


async def this_month(ann: Customer) -> str:
    """What was spent in the month that runs."""
    await ann.phone.says("/orders")
    await ann.phone.taps("Spending")
    await ann.phone.taps(f"{ann.world.clock():%B %Y}")
    return await ann.phone.reads()


def next_month_of(at: datetime) -> datetime:
    """The fifth of the month after."""
    return (at.replace(day=1) + 32 * DAY).replace(day=5)
