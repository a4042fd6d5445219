"""What becomes of a bought proxy's comment: what px6 is asked, what stands there then, and what is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from model.orders import Order
from services.orders.journal import Journal
from services.orders.renaming import Renamer, rename_values
from storage.engine.types import time_from_int
from tests.databases import run
from tests.services.orders.books import SENT, order
from tests.services.orders.laid import Hands
from tests.services.rig import ANNA, Rig

SECOND = timedelta(seconds=1)


class Bought:
    """Two proxies, done under their mark, and a renamer with a clock that stands still."""

    def __init__(self, rig: Rig, order: Order) -> None:
        self.rig, self.order, self.hands, self.told = rig, order, Hands(), list[int]()
        self.renamer = Renamer(Journal(rig.database, self.hands), self.hands, self._tell)
        rig.px6.clear_faults()
        self.before = len(rig.px6.calls)

    async def _tell(self, confirmation_id: int) -> None:
        self.told.append(confirmation_id)

    async def rename(self) -> None:
        await self.renamer.rename(self.order.id, await self.rig.accounts.client(ANNA))

    async def set(self, **values: Any) -> None:
        names = ", ".join(f"{name} = ?" for name in values)
        async with self.rig.database.write() as connection:
            await run(connection, f"UPDATE orders SET {names}", tuple(values.values()))  # noqa: S608

    def calls(self) -> list[str]:
        """What px6 was asked since the purchase."""
        return [call.method for call in self.rig.px6.calls[self.before :]]

    def comments(self) -> list[str]:
        return [proxy.comment for _, proxy in sorted(self.rig.account.proxies.items())]

    def comment(self, *comments: str) -> None:
        """What stands at px6 by now."""
        for comment, (_, proxy) in zip(comments, sorted(self.rig.account.proxies.items()), strict=True):
            proxy.comment = comment

    def news(self) -> int:
        """How much there is to tell since the purchase."""
        ((changes,),) = self.rig.rows("SELECT changes FROM confirmations")
        return int(changes) - 1

    def stands(self) -> tuple[Any, ...]:
        """What the order says of its comment, its tries, and how long until the next."""
        ((rename, mark, tries, due_at),) = self.rig.rows("SELECT rename, mark, rename_tries, due_at FROM orders")
        return rename, mark, tries, None if due_at is None else time_from_int(due_at) - self.hands.now


@pytest.fixture
async def bought(rig: Rig) -> Bought:
    rig.fault("500_before", "setdescr")
    (order,) = (await rig.pay(await rig.quoted_buy())).orders
    assert order.rename_pending
    return Bought(rig, order)


MARK, CUT, SHOP = "{mark}", "{cut}", "shop"
# What stands at px6: what stands there afterwards, how the order says so, and whether the list was read.
FOUND: dict[str, tuple[tuple[str, str], tuple[str, str], tuple[str, str], list[str]]] = {
    "both as sent": ((MARK, MARK), (SHOP, SHOP), ("done", MARK), []),
    "one has the person's": (("mine", MARK), ("mine", SHOP), ("done", MARK), ["getproxy"]),
    "both have the person's": (("mine", "mine too"), ("mine", "mine too"), ("kept", "mine"), ["getproxy"]),
    "both have what is wanted": ((SHOP, SHOP), (SHOP, SHOP), ("done", MARK), ["getproxy"]),
    "one wanted, one the person's": ((SHOP, "mine"), (SHOP, "mine"), ("done", MARK), ["getproxy"]),
    "px6 has cut both": ((CUT, CUT), (SHOP, SHOP), ("done", MARK), ["getproxy", "setdescr", "getproxy"]),
    "px6 has cut one": ((CUT, MARK), (SHOP, SHOP), ("done", MARK), ["getproxy", "setdescr", "getproxy"]),
    "cut, and the person's": (("mine", CUT), ("mine", SHOP), ("done", MARK), ["getproxy", "setdescr", "getproxy"]),
}


@pytest.mark.parametrize(("before", "after", "order_says", "asked"), FOUND.values(), ids=FOUND)
async def test_only_what_is_left_of_the_mark_is_renamed(
    bought: Bought, before: tuple[str, str], after: tuple[str, str], order_says: tuple[str, str], asked: list[str]
) -> None:
    mark = bought.order.mark or ""
    others = bought.rig.proxy(comment="another's", ends_in=timedelta(days=1))
    del bought.rig.account.proxies[others.id]
    bought.comment(*(one.format(mark=mark, cut=mark[:8]) for one in before))
    bought.rig.account.proxies[others.id] = others
    await bought.rename()
    assert bought.comments() == [*after, "another's"]
    rename, says = order_says
    assert bought.stands() == (rename, says.format(mark=mark), 2, None)
    assert bought.calls() == ["setdescr", *asked]
    assert bought.told == ([bought.order.confirmation_id] if rename == "kept" else [])


async def test_what_px6_makes_of_the_wanted_comment_is_told(bought: Bought) -> None:
    mark = bought.order.mark or ""
    await bought.set(comment="A & B")
    bought.comment("mine", mark[:8])
    bought.rig.px6.rules.comments = "escaped"
    await bought.rename()
    assert bought.comments() == ["mine", "A &amp; B"]
    assert bought.stands() == ("kept", "A &amp; B", 2, None), "not what the person wrote themselves"
    assert bought.told == [bought.order.confirmation_id]


async def test_without_a_wanted_comment_the_mark_is_taken_away(bought: Bought) -> None:
    await bought.set(comment=None)
    await bought.rename()
    assert (bought.comments(), bought.stands()[0], bought.calls()) == (["", ""], "done", ["setdescr"])
    await bought.set(rename="pending")
    await bought.rename()
    assert (bought.stands()[0], bought.calls()) == ("done", ["setdescr", "setdescr", "getproxy"])


async def test_many_proxies_are_renamed_in_as_many_calls_as_it_takes(
    bought: Bought, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("px6.parts.LONGEST_IDS", 10)  # one id a call
    bought.comment(*[(bought.order.mark or "")[:8]] * 2)
    await bought.rename()
    assert bought.comments() == ["shop", "shop"]
    assert bought.calls() == ["setdescr", "getproxy", "setdescr", "setdescr", "getproxy"]


@pytest.mark.parametrize("values", [{"rename": "done"}, {"rename": None}, {"mark": None}])
async def test_what_is_not_to_be_renamed_is_left_alone(bought: Bought, values: dict[str, Any]) -> None:
    await bought.set(**values)
    before = bought.stands()
    await bought.rename()
    assert (bought.calls(), bought.stands(), bought.told) == ([], before, [])


async def test_an_order_that_is_not_there_is_not_renamed(bought: Bought) -> None:
    await bought.renamer.rename(bought.order.id + 1, await bought.rig.accounts.client(ANNA))
    assert bought.calls() == []


async def test_a_comment_that_px6_does_not_take_is_told_and_not_tried_again(bought: Bought) -> None:
    bought.rig.px6.fault("no_before", "setdescr", error_id=250)
    await bought.rename()
    assert bought.stands() == ("refused", bought.order.mark, 2, None)
    assert bought.told == [bought.order.confirmation_id]
    assert journal(bought)[-1] == '{"comment":"shop","result":"refused","error":"WrongComment"}'


@pytest.mark.parametrize(("error_id", "name"), [(100, "WrongKey"), (105, "WrongAddress")])
async def test_a_refused_key_counts_as_no_try(bought: Bought, error_id: int, name: str) -> None:
    bought.rig.px6.fault("no_before", "setdescr", error_id=error_id)
    await bought.rename()
    assert bought.stands() == ("pending", bought.order.mark, 1, timedelta(hours=1))
    assert (bought.told, bought.news()) == ([], 0)
    assert journal(bought)[-1] == f'{{"comment":"shop","result":"pending","error":"{name}"}}'


@pytest.mark.parametrize(
    ("tries", "rename", "pause"),
    [
        (0, "pending", 4 * SECOND),
        (1, "pending", 8 * SECOND),
        (2, "pending", 16 * SECOND),
        (9, "pending", 2048 * SECOND),
        (10, "pending", 3600 * SECOND),
        (46, "pending", 3600 * SECOND),
        (47, "given_up", None),
    ],
)
async def test_a_try_that_fails_is_repeated_more_and_more_rarely_and_at_last_given_up(
    bought: Bought, tries: int, rename: str, pause: timedelta | None
) -> None:
    await bought.set(rename_tries=tries)
    bought.rig.px6.fault("no_before", "setdescr", error_id=30)
    await bought.rename()
    assert bought.stands() == (rename, bought.order.mark, tries + 1, pause)
    news = 0 if rename == "pending" else 1
    assert (bought.told, bought.news()) == ([bought.order.confirmation_id] * news, news)


async def test_the_list_of_another_account_renames_nothing(bought: Bought) -> None:
    bought.comment(*[(bought.order.mark or "")[:8]] * 2)
    await bought.set(px6_user_id="another")
    await bought.rename()
    assert (bought.calls(), bought.stands()[0]) == (["setdescr", "getproxy"], "pending")


def test_only_a_purchase_is_renamed_after_it_is_done() -> None:
    assert rename_values(order("buy"), SENT) == {"rename": "pending", "due_at": SENT + 2 * SECOND}
    assert rename_values(order("prolong"), SENT) == {"due_at": None}


def journal(bought: Bought) -> list[str]:
    """What was written down of the renames."""
    return [str(data) for (data,) in bought.rig.rows("SELECT data FROM journal WHERE event = 'renamed' ORDER BY id")]
