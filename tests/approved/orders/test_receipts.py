from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from msgspec import structs

from handlers.ground.words import Words
from handlers.orders.receipts import outcome_screen, settled_below_screen, told_again_screen
from px6 import Proxy, Version
from services.orders import Confirmation, OrderState
from tests.approved.approving import EN, IN_BERLIN, RU, SITE, State, approve
from tests.handlers.sample_orders import a_confirmation, an_order
from tests.sample_proxies import NOW, a_proxy

NOTHING: dict[str, Any] = {"longer": 0, "charged": None}


def shown(name: str, *orders: dict[str, Any], w: Words = EN, proxies: int = 0, is_colleague: bool = False) -> State:
    """The outcome of these orders; px6 lists so many of their proxies."""
    made = a_confirmation(*(an_order(**order) for order in orders))
    return name, outcome_screen(w, made, listed(made, proxies), NOW, SITE, is_colleague=is_colleague)


def listed(made: Confirmation, count: int) -> dict[int, Proxy]:
    ids = [one for order in made.orders for one in order.ids][:count]
    return {one: a_proxy(one, ends_in=timedelta(days=30)) for one in ids}


def mtproto(made: Confirmation) -> dict[int, Proxy]:
    bare = a_proxy(version="5", type="mtproto", user="", password="")
    return {one: structs.replace(bare, id=one, secret="dd" + "0f" * 16) for order in made.orders for one in order.ids}


def several(count: int, start: int = 15) -> range:
    return range(start, start + count)


def under_way() -> Iterator[State]:
    for kind in ("buy", "prolong"):
        yield shown(f"{kind}: confirmed", {"kind": kind, "state": "confirmed", **NOTHING})
        yield shown(f"{kind}: sending 2", {"kind": kind, "state": "sending", "proxies": several(2), **NOTHING})
    yield shown("prolong: the first part is done, the second is being sent", {}, {"state": "sending", **NOTHING})
    yield shown("Russian: sending 5", {"state": "sending", "proxies": several(5), **NOTHING}, w=RU)


def found_out() -> Iterator[State]:
    unknown: dict[str, Any] = {"state": "unknown", **NOTHING}
    yield shown("buy: unknown", {"kind": "buy", **unknown})
    yield shown("prolong: unknown", unknown)
    for error in ("WrongKey", "NoKey", "OtherAccount", "NoAnswer"):
        yield shown(f"prolong: unknown, and the look fails with {error}", {**unknown, "looking_error": error})
    for error in ("NotAsOrdered", "ForOthers", "TooMany"):
        yield shown(f"prolong: unknown after {error}", {**unknown, "error": error})
    yield shown("buy: unknown after a no that does not tell", {"kind": "buy", **unknown, "error_id": 30})
    named = {"state": "unknown", "proxies": several(3), "longer": 2, "charged": None, "error": "NamesOthers"}
    yield shown("prolong: unknown, 2 of 3 named", named)
    yield shown(
        "prolong: the first part done, the second unknown, the third not sent",
        {"proxies": several(2), "balance_after": Decimal("58.00")},
        {"proxies": several(1, 20), **unknown},
        {"proxies": several(5, 30), "state": "not_sent", "error": "Stopped", **NOTHING},
    )
    yield shown(
        "prolong: a part of each fate",
        {"proxies": several(2)},
        {"proxies": [20], "state": "refused", "error": "NoMoney", "error_id": 400, **NOTHING},
        {"proxies": several(3, 30), "state": "unclear", **NOTHING},
        {"proxies": several(2, 40), **unknown},
    )
    yield shown(
        "Russian: a part of each fate",
        {"proxies": several(2)},
        {"proxies": [20], "state": "refused", "error": "NoMoney", "error_id": 400, **NOTHING},
        {"proxies": several(3, 30), "state": "unclear", **NOTHING},
        {"proxies": several(2, 40), **unknown},
        w=RU,
    )
    yield shown("Russian: unknown, and there is no key", {**unknown, "looking_error": "NoKey"}, w=RU)


def bought() -> Iterator[State]:
    buy: dict[str, Any] = {"kind": "buy", "balance_after": Decimal("4979.00")}
    yield shown("buy: done, its proxies cannot be read", buy)
    for count in (1, 2, 4):
        for w in (EN, RU):
            order = an_order(**{**buy, "version": Version.MTPROTO, "count": count, "proxies": several(count)})
            made = a_confirmation(order)
            yield (
                f"buy: {count} MTProto, {w.language}",
                outcome_screen(w, made, mtproto(made), NOW, SITE, is_colleague=False),
            )
    for count in (1, 5, 6, 30, 31, 32):
        yield shown(f"buy: done, {count}", {**buy, "proxies": several(count)}, proxies=count)
    yield shown("buy: done, 21 of 1,000 are listed", {**buy, "proxies": several(1_000)}, proxies=21)
    yield shown("buy: done, where the zone is known", buy, w=IN_BERLIN, proxies=1)
    yield shown("Russian: buy, done, 32", {**buy, "proxies": several(32)}, w=RU, proxies=32)
    yield shown("buy: 3 of 5 delivered", {**buy, "proxies": several(3), "count": 5}, proxies=3)
    for rename in ("refused", "given_up", "kept", "done"):
        renamed = {**buy, "rename": rename, "mark": "px6-7f3a", "comment": "shop"}
        yield shown(f"buy: done, comment {rename}", renamed)
    yield shown("buy: done, comment lost", {**buy, "rename": "kept", "mark": "", "comment": "shop"})
    for tries in (0, 1):
        yield shown(
            f"buy: done, comment pending after {tries}",
            {**buy, "rename": "pending", "mark": "px6-7f3a", "rename_tries": tries},
        )
    for sum_ in ("20.99", "21.00", "21.01"):
        yield shown(f"buy: done for {sum_} of 21.00", {**buy, "charged": Decimal(sum_)})
    yield shown("buy: done, for an unknown sum", {**buy, "charged": None})
    yield shown("buy: done, balance not known", {"kind": "buy"})
    yield shown("buy: done, corrected", {**buy, "corrected": True})
    yield shown("buy: done, found by its mark", {**buy, "error": "NoAnswer"})


def prolonged() -> Iterator[State]:
    for count in (1, 2, 5, 6, 21):
        yield shown(f"prolong: done, {count}", {"proxies": several(count)}, proxies=count)
    yield shown("prolong: done, its proxies cannot be read", {"proxies": several(2)})
    yield shown("Russian: prolong, done, 26", {"proxies": several(26)}, w=RU, proxies=2)
    yield shown("prolong: done by its books", {"error": "NoAnswer"})
    for error in ("NotAsOrdered", "ForOthers", "TooMany"):
        yield shown(f"prolong: done by its books after {error}", {"error": error})
    yield shown("prolong: done by its books after a no", {"error": "ErrorUnknown", "error_id": 30})
    yield shown("prolong: 2 of 3 named", {"proxies": several(3), "longer": 2, "error": "NamesOthers"})
    yield shown("prolong: two parts, both done", {"proxies": several(2)}, {"proxies": several(5, 30)}, proxies=3)
    yield shown("prolong: two parts, the sum of one unknown", {}, {"proxies": [16], "charged": None})


def unclear() -> Iterator[State]:
    nothing: dict[str, Any] = {"state": "unclear", **NOTHING}
    yield shown("buy: unclear", {"kind": "buy", **nothing})
    yield shown("prolong: unclear, nothing moved", nothing)
    yield shown("prolong: unclear, all have become longer", {"state": "unclear", "charged": None})
    some = {"state": "unclear", "charged": None, "proxies": several(2), "longer": 1}
    yield shown("prolong: unclear, one of two has become longer", some)
    yield shown("buy: unclear, all of it", {"kind": "buy", "state": "unclear", "charged": None})
    yield shown("prolong: unclear, corrected", {**nothing, "corrected": True})
    for error in ("NoKey", "OtherAccount"):
        yield shown(f"prolong: unclear, as the look failed with {error}", {**nothing, "looking_error": error})
    yield shown("buy: unclear since a restore", {"kind": "buy", **nothing, "error": "Restored"})
    yield shown("prolong: unclear, asks for a top-up", {**nothing, "top_up": Decimal("21.00")})
    yield shown("prolong: done in part, the other unclear", {"corrected": True}, {**nothing, "proxies": [16]})


def nothing() -> Iterator[State]:
    for kind in ("buy", "prolong"):
        for state, errors in REASONS.items():
            for error, error_id in errors:
                how = f"{state.value}, {error}{f' {error_id}' if error_id else ''}"
                order = {"kind": kind, "state": state, "error": error, "error_id": error_id, **NOTHING}
                yield shown(f"{kind}: {how}", order)
    yield shown(
        "Russian: refused, 21", {"proxies": several(21), "state": "refused", "error": "NoMoney", **NOTHING}, w=RU
    )
    refused = {"state": "refused", "error": "NoMoney", "error_id": 400, **NOTHING}
    stopped = {"state": "not_sent", "error": "Stopped", **NOTHING}
    yield shown("prolong: two parts, nothing of either", refused, {**stopped, "proxies": several(2, 20)})
    long = {**stopped, "proxies": several(150, 1_000)}
    yield shown("prolong: two parts, nothing of 151", refused, long)


def partly() -> Iterator[State]:
    done: dict[str, Any] = {"proxies": several(3), "balance_after": Decimal("37.00")}
    for error in ("NoMoney", "NoAnswer", "Stopped"):
        rest = {"state": "not_sent", "error": error, "proxies": several(2, 20), **NOTHING}
        yield shown(f"prolong: the first part done, the second not sent, {error}", done, rest)
    refused = {"state": "refused", "error": "NoMoney", "error_id": 400, "proxies": [40], **NOTHING}
    yield shown("prolong: the second part refused", {**done, "corrected": True}, refused)
    parts = [{"proxies": several(2, first), "state": "not_done", **NOTHING} for first in (30, 40)]
    yield shown("prolong: two parts after the first not done alike", done, *parts)
    for count in (150, 151, 152):
        yield shown(f"prolong: {count} not longer", done, {**refused, "proxies": several(count, 1_000)})
    yield shown("Russian: 171 not longer", done, {**refused, "proxies": several(171, 1_000)}, w=RU)


REASONS: dict[OrderState, list[tuple[str | None, int | None]]] = {
    OrderState.REFUSED: [
        ("NoMoney", 400),
        ("WrongKey", 100),
        ("WrongAddress", 105),
        ("WrongCount", 200),
        ("WrongPeriod", 210),
        ("WrongCountry", 220),
        ("WrongIds", 230),
        ("WrongComment", 250),
        ("NotEnoughStock", 300),
        ("NotFound", 404),
        ("UnknownRefusal", 777),
    ],
    OrderState.NOT_SENT: [
        *((each, None) for each in (None, "Interrupted", "Stopped", "NoKey", "OtherAccount", "TooManyCalls")),
        *((each, None) for each in ("Unreachable", "BadAnswer", "NoAnswer", "OutcomeUnknown", "Px6Error", "Gone")),
    ],
    OrderState.REQUOTED: [(None, None)],
    OrderState.NOT_DONE: [
        *((each, None) for each in ("NoAnswer", "NamesOthers", "NotAsOrdered", "ForOthers", "TooMany")),
        ("ErrorUnknown", 30),
    ],
}


def around() -> Iterator[State]:
    for kind in ("buy", "prolong"):
        made = a_confirmation(an_order(kind, several(2), state="unknown", longer=0, charged=None))
        done = a_confirmation(an_order(kind, several(2)))
        yield f"{kind}: settled below", settled_below_screen(EN, made)
        yield (
            f"{kind}: told again",
            told_again_screen(EN, outcome_screen(EN, done, {}, NOW, SITE, is_colleague=False)),
        )


def to_a_colleague() -> Iterator[State]:
    """Where what the owner reads is about their key, their account or themselves."""
    for w in (EN, RU):
        to: dict[str, Any] = {"w": w, "is_colleague": True}
        for error in ("WrongKey", "NoKey", "OtherAccount"):
            unknown = {"state": "unknown", "looking_error": error, **NOTHING}
            yield shown(f"to a colleague, {w.language}: unknown, and the look fails with {error}", unknown, **to)
        for error, error_id in (("WrongKey", 100), ("WrongAddress", 105), ("NoKey", None), ("OtherAccount", None)):
            refused = {"state": "refused", "error": error, "error_id": error_id, **NOTHING}
            yield shown(f"to a colleague, {w.language}: {error}", refused, **to)
        asks = {"state": "unclear", "top_up": Decimal("21.00"), **NOTHING}
        yield shown(f"to a colleague, {w.language}: unclear, asks for a top-up", asks, **to)
        no_key = {"state": "refused", "error": "WrongKey", "error_id": 100, "proxies": [40, 41], **NOTHING}
        done = {"proxies": several(3), "balance_after": Decimal("37.00")}
        yield shown(f"to a colleague, {w.language}: the second part refused", done, no_key, **to)


def states() -> Iterator[State]:
    for table in (under_way, found_out, bought, prolonged, unclear, nothing, partly, around, to_a_colleague):
        yield from table()


def test_every_outcome_of_a_payment_is_told_as_approved() -> None:
    approve(__file__, states())
