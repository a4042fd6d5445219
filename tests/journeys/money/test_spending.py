"""What was spent, looked at: in the chat, as a picture, as a file, and on a proxy's card."""

from __future__ import annotations

from datetime import datetime

from handlers.money.spending import Spending
from tests.customers import Customer
from tests.durations import DAY, HOUR
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
    await ann.phone.says("/orders")
    await ann.phone.taps("Spending")
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
    assert "Nothing was paid here in this time." in await ann.phone.reads()
    assert (await ann.phone.taps("Chart"))["text"] == "Nothing was paid here in this time."


async def test_who_has_no_account_has_spent_nothing_and_is_told_so(world: World) -> None:
    phone = world.phone()
    await phone.says("/start")
    for by in ("month", "kind", "comment"):
        await phone.forges(Spending(by=by).pack())
        assert (await phone.reads()).endswith("Nothing was paid here in this time."), by


async def this_month(ann: Customer) -> str:
    """What was spent in the month that runs."""
    await ann.phone.says("/orders")
    await ann.phone.taps("Spending")
    await ann.phone.taps(f"{ann.world.clock():%B %Y}")
    return await ann.phone.reads()


def next_month_of(at: datetime) -> datetime:
    """The fifth of the month after."""
    return (at.replace(day=1) + 32 * DAY).replace(day=5)
