"""One line in the log for each outcome of a payment, once it is on disk; nothing before, and nobody's name."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from model.orders import Order, OrderState
from services.orders.journal import Journal
from services.orders.outcome_log import OutcomeLog
from tests.handlers.sample_orders import an_order
from tests.sample_proxies import NOW
from tests.services.orders.laid import Hands, laid, quote_of
from tests.services.rig import Rig


@dataclass
class Heard:
    """An outcome log, and what came of it."""

    outcomes: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.log = OutcomeLog(lambda kind, outcome: self.outcomes.append((kind, outcome)))


def payments(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines about payments at INFO."""
    told = [record for record in caplog.records if record.levelno >= logging.INFO]
    return [record.getMessage() for record in told if record.name == "services.orders.outcome_log"]


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"state": OrderState.DONE, "charged": Decimal("41.50")}, "41.50 RUB, done, 90.0 s"),
        ({"state": OrderState.DONE, "charged": None}, "42.00 RUB, done, 90.0 s"),
        ({"state": OrderState.REFUSED, "error": "NoMoney"}, "42.00 RUB, refused (NoMoney), 90.0 s"),
        ({"state": "unclear"}, "42.00 RUB, unclear, 90.0 s"),
    ],
)
def test_a_line_says_what_became_of_it(caplog: pytest.LogCaptureFixture, values: dict[str, Any], line: str) -> None:
    caplog.set_level(logging.INFO, "services")
    heard, order = Heard(), an_order(state="sending", count=3, period=7, quoted=Decimal("42.00"))
    heard.log.changed(order, values, NOW + timedelta(seconds=90))
    assert payments(caplog) == [f"Payment {order.id}: prolong, count 3, days 7, {line}"]
    assert heard.outcomes == [("prolong", str(values["state"]))]


@pytest.mark.parametrize(
    ("order", "values"),
    [
        (an_order(state="sending"), {"state": OrderState.UNKNOWN}),
        (an_order(state="confirmed"), {"due_at": None}),
        (an_order(state="unclear"), {"looks": 3}),
        (an_order(state="unclear"), {"state": OrderState.UNCLEAR}),
    ],
)
def test_what_is_no_outcome_is_not_told(
    caplog: pytest.LogCaptureFixture, order: Order, values: dict[str, Any]
) -> None:
    caplog.set_level(logging.DEBUG)
    heard = Heard()
    heard.log.changed(order, values, NOW)
    assert (payments(caplog), heard.outcomes) == ([], [])


async def test_a_payment_is_one_line_however_it_ends(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "services")
    await rig.pay(await rig.quoted_buy())
    rig.fault("drop_after", "buy")
    await rig.pay(await rig.quoted_buy())
    assert len(payments(caplog)) == 1, "nobody knows yet"
    await rig.after(seconds=6)
    quoted, rig.account.balance = await rig.quoted_buy(), Decimal(0)
    await rig.pay(quoted)
    done, found, refused = payments(caplog)
    assert done.startswith("Payment 1: buy, count 2, days 30, ") and " RUB, done, " in done
    assert found.startswith("Payment 2: buy, count 2, days 30, ") and re.search(r" RUB, done, 6\.\d s$", found)
    assert refused.startswith("Payment 3: buy, count 2, days 30, ") and " RUB, refused (NoMoney), " in refused


async def test_of_what_is_offered_anew_nothing_was_paid(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "services")
    hands, heard = Hands(), Heard()
    journal = Journal(rig.database, hands, heard.log)
    confirmation = await laid(rig, quote_of(rig, "q", [1], [2]), hands)
    await journal.requoted(confirmation, quote_of(rig, "new", [1, 2]))
    await journal.requoted(confirmation, quote_of(rig, "newer", [1, 2]))
    assert payments(caplog) == [
        f"Payment {number}: prolong, count 1, days 30, 21.00 RUB, requoted, 0.0 s" for number in (1, 2)
    ]
    assert heard.outcomes == [("prolong", "requoted")] * 2


async def test_a_change_that_did_not_come_about_is_not_told(rig: Rig) -> None:
    hands, heard = Hands(), Heard()
    journal = Journal(rig.database, hands, heard.log)
    order = (await laid(rig, quote_of(rig), hands)).orders[0]
    values = {"state": OrderState.DONE}
    assert not await journal.change(order, (OrderState.SENDING,), values, "answered", {})
    assert heard.outcomes == []
    assert await journal.change(order, (OrderState.CONFIRMED,), values, "answered", {}, news=False)
    assert heard.outcomes == [("buy", "done")]
