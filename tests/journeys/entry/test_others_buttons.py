"""Somebody taps every button that another person has, and every kind of button with that person's numbers in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import pytest
from aiogram.filters.callback_data import CallbackData
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from pydantic.fields import FieldInfo

from handlers.ground.rights import SCREENS, Whose, needed_for_tap
from model.colleagues import Accepted, Right
from sandbox.telegram.events import Event
from tests.callback_forgeries import button_kinds, forgeries, is_taken
from tests.customers import Customer, new_customer
from tests.databases import count_from
from tests.durations import DAY, HOUR, MINUTE
from tests.journeys.entry.tapper import Tapper
from tests.storage.owners import DUMP, Row
from tests.world import World

ANN, BOB, CAROL = 1001, 1002, 1003
FIRST_ORDER = 987650  # Ann's orders, rules and runs begin here, so that nobody else has these numbers by chance
COUNTED = (
    *("orders", "confirmations", "rules", "runs", "kept_payments", "stock_watches"),
    *("health_watches", "health_falls", "price_watches", "replacements", "digests", "deletions"),
)


class Belongings:
    """What Ann has, as far as it can be told from everybody else's."""

    def __init__(self, ann: Customer, other_key: str) -> None:
        self.world, self.keys = ann.world, {ann.key, other_key}
        self.shown_in = dict[str, int]()
        ann.world.telegram.events.listen(self._hear)

    def _hear(self, event: Event) -> None:
        message = event.data.get("message")
        if event.data.get("chat") == ANN and isinstance(message, dict):
            rows = message.get("keyboard") or []
            shown = {each["callback_data"] for row in rows for each in row if "callback_data" in each}
            self.shown_in |= dict.fromkeys(shown, message["message_id"])

    def rows(self) -> frozenset[Row]:
        """Hers, and what hangs on her orders."""
        found = frozenset(Row(*row) for row in self.world.rows(DUMP))
        return frozenset(row for row in found if row.owner in (ANN, None))

    def calls(self) -> int:
        """How often px6 was asked with a key of hers."""
        return sum(call.key in self.keys for call in self.world.px6.calls)

    def numbers(self) -> list[str]:
        """The first number of each kind of row that buttons carry the number of; mostly it is the same one."""
        ids = {one for name in COUNTED for (one,) in self.world.rows(f"SELECT min(id) FROM {name}")}  # noqa: S608 - ours
        return sorted(map(str, ids))

    def sorts(self) -> dict[str, str]:
        """What each name is of: a proxy, a quote, what she ticked or wrote. A number of rows stands for itself."""
        quotes = self.world.rows("SELECT id, 'quote ' || kind || ' ' || state FROM quotes ORDER BY created_at")
        ticked = self.world.rows("SELECT id, 'ticked ' || purpose FROM selections ORDER BY purpose")
        ((choices,),) = self.world.rows("SELECT choices FROM people WHERE telegram_id = 1001")
        written = {each["id"]: "written" for each in json.loads(choices)["comments"]}
        px6 = self.world.px6
        proxies = {str(one): "proxy" for key in self.keys & set(px6.accounts) for one in px6.account(key).proxies}
        return {number: number for number in self.numbers()} | proxies | dict(quotes) | dict(ticked) | written

    def of_each_kind(self) -> set[str]:
        """Her buttons; of those that differ only in a number, or in which row of a sort they name, the newest."""
        sorts = self.sorts()
        return set({shape(text, sorts): text for text in self.shown_in}.values())

    def all_kinds(self) -> set[str]:
        """Every kind of button with her numbers in each place where hers, or anything, may stand."""
        known = {text.split(":")[0]: text for text in sorted(self.shown_in)}
        sorts = {one: sort.split()[0] for one, sort in self.sorts().items()}
        places = self._places(sorts)
        made = {text for kind in button_kinds() for text in with_hers(kind, known, places, sorts)}
        return {text for text in made if len(text.encode()) <= 64}

    def _places(self, sorts: Mapping[str, str]) -> dict[str, set[str]]:
        """Which sorts of rows her own buttons name, by the field in which they do, which is called after the sort."""
        found = dict[str, set[str]]()
        kinds = {kind.__prefix__: kind for kind in button_kinds()}
        for kind, text in ((kinds[text.split(":")[0]], text) for text in self.shown_in if text[0] != "+"):
            for (name, field), value in zip(kind.model_fields.items(), values_of(kind, text), strict=True):
                if value in sorts and may_name(field, value):
                    found.setdefault(name, set()).add(sorts[value])
        return found


def shape(text: str, sorts: Mapping[str, str]) -> tuple[str, ...]:
    """Buttons for which this is the same do the same, with other numbers or another row of the same sort."""
    return tuple(sorts.get(part) or re.sub(r"^(\d\d+|[2-9])$", "number", part) for part in text.split(":"))


def with_hers(
    kind: type[CallbackData], known: dict[str, str], places: dict[str, set[str]], sorts: dict[str, str]
) -> Iterator[str]:
    """Buttons of a kind as it was shown, or as it may be, with her names and numbers in each of their places.

    A field gets one of each sort that it names in her own buttons; where these show nothing of hers, of all rows.
    """
    pattern = known.get(kind.__prefix__) or next(iter(sorted(forgeries(kind))))
    values, found = values_of(kind, pattern), list[str]()
    one_of = {sort: one for one, sort in sorts.items()}
    rows = one_of.keys() - {"proxy"}
    for nth, (name, field) in enumerate(kind.model_fields.items()):
        if name in places or field.is_required() or field.annotation is int:
            hers = [one for sort, one in one_of.items() if sort in places.get(name, rows) and may_name(field, one)]
            found += [":".join([kind.__prefix__, *values[:nth], one, *values[nth + 1 :]]) for one in hers]
    yield from found or [pattern]


def values_of(kind: type[CallbackData], text: str) -> list[str]:
    """What stands in each field of a button, also in one that is left out while it says nothing."""
    values, fields, later = text.split(":")[1:], list(kind.model_fields), getattr(kind, "later_field", None)
    if later is not None and len(values) < len(fields):
        values.insert(fields.index(later), "")
    return values


def may_name(field: FieldInfo, one: str) -> bool:
    """Whether the field takes numbers of rows, or names, and this one."""
    takes_numbers = field.annotation is int and is_taken(field, str(FIRST_ORDER))
    return (takes_numbers if one.isdecimal() else field.annotation is str) and is_taken(field, one)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot does nothing of its own accord."""
    monkeypatch.setattr(AsyncIOScheduler, "add_job", lambda *_, **__: None)


@pytest.fixture
async def hers(alone: None, world: World) -> Belongings:
    """Ann with quotes, payments, a digest, a rule that announced, selections, a draft, deletions, a proposed key."""
    async with world.app.services.sweep._database.write() as connection:
        for name in COUNTED:
            await count_from(connection, name, FIRST_ORDER)
    ann = await new_customer(world, balance="7777.77")
    other = world.px6.add_account(balance="8888.88")
    found = Belongings(ann, other.key)
    phone, px6 = ann.phone, world.px6
    ann.add(2, comment="anns-rule", ends_in=3 * DAY + HOUR)
    ann.add(2, comment="anns-digest", ends_in=5 * DAY)
    [doomed, unsure, lost] = ann.add(3, comment="anns-second", ends_in=30 * DAY)
    await ann.settles()
    await world.app.services.reminders.change(ANN, low_days=None)
    rule = await world.app.services.rules.add(ANN, "comment", "anns-rule", hours=12, period=30)
    await world.app.services.rules.change(ANN, rule.id, on=True)
    world.move(2 * DAY + 2 * HOUR)
    await ann.sweep()
    await phone.says("/buy 1 30 de anns-bought")
    await phone.taps("Buy ·")
    px6.fault("drop_after", "prolong")
    await phone.says(f"/prolong 30 {unsure}")
    await phone.taps("Prolong")
    await phone.says("/buy 1 30 fr anns-wish")
    await phone.says("/buy 1000 30 us anns-kept")
    await phone.taps("Finish when the money arrives")
    await phone.taps("Ask me first")
    await phone.says("/buy 5 30 fi ipv4 anns-stock")
    await phone.taps("Tell me when there are 5")
    await watches_more(ann, lost)
    await phone.says("/watch")
    await phone.taps("Show 3")
    await phone.says(f"/delete {doomed}")
    await phone.taps("Delete 1 proxy")
    px6.fault("drop_before", "delete")
    await phone.says(f"/delete {lost}")
    await phone.taps("Delete 1 proxy")
    await phone.says(f"/delete {unsure}")
    await phone.says("/proxies")
    await phone.taps("Select")
    await phone.taps("☐")
    await phone.says(f"/comment {unsure} {'a' * 60}")
    await phone.says("/orders")
    await phone.says("/reminders")
    await phone.taps("Automatic prolonging")
    await phone.taps("anns-rule")
    await phone.says(f"/key {other.key}")
    return found


async def watches_more(ann: Customer, falls: int) -> None:
    """She has proxies checked, of which one falls, and a twin of it is announced; and a price watched."""
    for steps in (("Check proxies", "anns-second", "Once a day", "At once"), ("Watch a price", "IPv6", "30 days")):
        await ann.phone.says("/watch")
        for step in steps:
            await ann.phone.taps(step)
    ann.account.proxies[falls].alive = False
    for minutes in (0, 3, 11):
        ann.world.move(minutes * MINUTE)
        await ann.world.app.services.health.look()
        await ann.world.quiet()
    [(number,)] = ann.world.rows("SELECT id FROM health_watches")
    await ann.phone.forges(f"hw-b:{number}:3:30:3:300:RUB")
    await ann.sweep()
    assert ann.world.rows("SELECT state FROM replacements") == [("announced",)]


def secrets(world: World, found: Belongings) -> dict[str, str]:
    """What only Ann may read, each as a pattern, by what it is."""
    keys = found.keys & set(world.px6.accounts)
    hosts = {proxy.host for key in keys for proxy in world.px6.account(key).proxies.values()}
    return {
        "an address": "|".join(map(re.escape, sorted(hosts))),
        "a comment": "anns-|a{50}",
        "a balance": r"\b[78],?[6-9]\d\d\.\d\d\b",
        "an order": r"(?<!yours: )(?<!yours\n)\b9876\d\d\b(?! no longer exists)",
    }


def told(read: Iterable[str], patterns: dict[str, str]) -> dict[str, list[str]]:
    """Which texts tell which of the secrets."""
    texts = list(read)
    found = {name: [text for text in texts if re.search(pattern, text)] for name, pattern in patterns.items()}
    return {name: listed for name, listed in found.items() if listed}


async def test_what_one_person_has_no_other_reaches_with_any_button(world: World, hers: Belongings) -> None:
    """Neither a stranger, nor who shares her px6 account: both see the same proxies, and no payment of each other."""
    patterns = secrets(world, hers)
    await world.phone(BOB).connects(world.px6.add_account(balance="500.00").key)
    bob, ann = Tapper(world, BOB), Tapper(world, ANN)
    forged = hers.of_each_kind() | hers.all_kinds()
    await bob.goes_home()
    assert {text.split(":")[0] for text in hers.shown_in} >= {
        "skip",
        "dg-l",
        "pay",
        "oc",
        "ru-c",
        "lt",
        "del",
        "cs",
        "hw-c",
    }
    assert any(text.startswith("+hf:") for text in hers.shown_in)
    of_kinds = {text.split(":")[0] for text in forged}
    assert of_kinds >= {kind.__prefix__ for kind in button_kinds() if kind.model_fields and kind.__prefix__ != "-"}
    before, asked = hers.rows(), hers.calls()

    read = await bob.taps(forged)
    assert told(read, patterns) == {}
    assert {row.table for row in before - hers.rows()} == set()
    assert hers.calls() == asked
    assert world.rows("SELECT count(*) FROM accounts WHERE telegram_id = 1002") == [(1,)]
    assert world.rows("SELECT count(*) FROM orders WHERE telegram_id <> 1001") == [(0,)]
    await who_shares_the_px6_account_taps(world, hers)
    await ann.goes_home()
    asked = hers.calls()

    read = await ann.taps(
        text for text in hers.of_each_kind() if text.split(":")[0] not in ("forget", "key-new", "key-add")
    )
    assert set(told(read, patterns)) == set(patterns)
    changed = {row.table for row in before ^ hers.rows()}
    assert changed >= {"quotes", "orders", "rules", "runs", "selections", "silences", "habits"}
    assert changed >= {"kept_payments", "stock_watches", "health_watches", "price_watches", "replacements"}
    assert hers.calls() > asked


async def who_shares_the_px6_account_taps(world: World, hers: Belongings) -> None:
    """A payment, its outcome and its quote are only of who made it; what stands in the way is told."""
    phone, same = world.phone(CAROL), Tapper(world, CAROL)
    [key] = [each for each in hers.keys if world.px6.books(each)]
    await phone.connects(key)
    await same.goes_home()
    before, books = hers.rows(), len(world.px6.books(key))
    await same.taps(text for text in hers.of_each_kind() if text.split(":")[0] != "forget")
    [(unsure,)] = world.rows("SELECT proxy_id FROM order_proxies WHERE open")
    for said in ("/orders", f"/prolong 30 {unsure}"):
        await phone.says(said)
    rule = "all proxies(?! that need a reminder)"
    assert told(same.read, {"an order": r"\b9876\d\d\b", "a wish": "anns-wish|a{50}", "the rule": rule}) == {}
    assert [text for text in same.read if re.search(r"(Prolonged|Bought) \d", text)] == []
    answer = await phone.taps("Prolong")
    assert answer["text"] == "Another payment for some of these proxies is under way. Nothing more was spent."
    assert len(world.px6.books(key)) == books
    assert {row.table for row in before - hers.rows()} == set()


# -- two px6 accounts of one person

# Of the person; and what wakes with it, since habits and the one switch of all rules are the same for all accounts.
SHARED = {"people", "habits", "account_messages", "proposals", "key_tries", "watches"}
ACCOUNTS = ("acc", "acc-h", "acc-s", "acc-n", "acc-u", "acc-r", "acc-x", "key-new", "key-try", "key-add")
PERSONS = (*ACCOUNTS, "forget", "lang", "ru-all", "watch-s")


def of_accounts(buttons: Mapping[str, int]) -> dict[str, int]:
    """Without those about all accounts, or one that they name, or that bring a key."""
    named = {text for text in buttons if text.split(":")[0] in PERSONS or text.startswith(("co:", "co-"))}
    return {text: at for text, at in buttons.items() if text not in named and text != "open:accounts"}


class Beside:
    """A second px6 account of Ann's, current, with things of its own.

    `shown`: the buttons of the first one's messages; `forged`: every kind with its numbers.
    """

    def __init__(self, world: World, key: str, owner: int, shown: dict[str, int], forged: set[str]) -> None:
        self.world, self.key, self.owner, self.shown = world, key, owner, of_accounts(shown)
        self.forged = of_accounts(dict.fromkeys(forged, 0))

    def rows(self) -> frozenset[Row]:
        found = (Row(*row) for row in self.world.rows(DUMP))
        return frozenset(row for row in found if row.owner == self.owner and row.table not in SHARED)

    def calls(self) -> int:
        return sum(call.key == self.key for call in self.world.px6.calls)


@pytest.fixture
async def beside(world: World, hers: Belongings) -> Beside:
    phone, account = world.phone(ANN), world.px6.add_account(balance="666.66")
    shown, forged = {text: hers.shown_in[text] for text in hers.of_each_kind()}, hers.all_kinds()
    await phone.says(f"/key {account.key}")
    await phone.taps("Add as another account")
    [(owner,)] = world.rows("SELECT telegram_id FROM people WHERE of_person = 1001")
    [proxy] = [world.px6.add_proxy(account.key, comment="bobs-own", ends_in=5 * DAY).id]
    await phone.says(f"/prolong 30 {proxy}")
    await phone.says("/buy 1 30 de bobs-wish")
    await phone.says("/proxies")
    rule = await world.app.services.rules.add(owner, "comment", "bobs-own", hours=12, period=30)
    assert rule.px6_user_id == account.user_id
    await world.app.services.sweep.look(owner)
    await world.quiet()
    return Beside(world, account.key, owner, shown, forged)


async def test_what_one_account_has_no_message_of_another_reaches(
    world: World, hers: Belongings, beside: Beside
) -> None:
    """Every kind of button with the numbers of the first, tapped on messages of the second.

    Then each button of the first on the message that shows it: it touches nothing of the second, the current one.
    """
    patterns = secrets(world, hers)
    ann = Tapper(world, ANN)
    await ann.goes_home()
    before, asked = hers.rows(), hers.calls()
    read = [re.sub(r"\nAccount: \d+", "", text) for text in await ann.taps(beside.forged)]
    assert told(read, patterns) == {}
    assert {row.table for row in before - hers.rows()} - SHARED == set()
    assert hers.calls() == asked
    assert world.rows("SELECT count(*) FROM accounts") == [(2,)]
    assert beside.calls() > 0

    theirs = {"an address": world.px6.account(beside.key).proxies, "a comment": "bobs-", "a balance": r"\b666\.66\b"}
    hosts = [proxy.host for proxy in world.px6.account(beside.key).proxies.values()]
    patterns = {**theirs, "an address": "|".join(map(re.escape, hosts))}
    assert {text.split(":")[0] for text in beside.shown} >= {
        "skip",
        "dg-l",
        "pay",
        "oc",
        "ru-c",
        "lt",
        "del",
        "cs",
        "open",
    }
    before, mine, asked, own = beside.rows(), hers.rows(), beside.calls(), hers.calls()
    read = await ann.taps_on(beside.shown)
    assert told(read, patterns) == {}
    assert beside.rows() == before
    assert beside.calls() == asked
    changed = {row.table for row in mine ^ hers.rows()}
    assert changed >= {"quotes", "orders", "rules", "runs", "selections", "silences", "habits"}
    assert changed >= {"kept_payments", "stock_watches", "health_watches", "price_watches", "replacements"}
    assert hers.calls() > own
    assert set(told(read, secrets(world, hers))) == set(secrets(world, hers))
    assert not world.px6.books(beside.key)


# -- a colleague of hers

# What looking writes; and when the next look is, for a colleague who puts a digest off for himself.
SEEING = {"selections", "last_known", "account_messages", "snapshots", "quotes", "watches"}
PAYING = {"confirmations", "orders", "order_proxies", "journal", "digest_endings", "silences"}
CHANGES = "accounts"  # which counts what was changed at px6, where several processes keep lists
REFUSALS = {
    "Only the owner of this account can do that. Nothing was done.",
    "Your access to this account does not include that. Its owner can change it. Nothing was done.",
}


class BobOnHers:
    """Bob, who has no account of his own, with a right on Ann's, and what his taps change of hers."""

    def __init__(self, world: World, hers: Belongings) -> None:
        self.world, self.hers, self.tapper = world, hers, Tapper(world, BOB)
        world.shared[BOB] = set(hers.keys)
        known = hers.of_each_kind() | hers.all_kinds() | {"open:" + screen for screen in SCREENS}
        self.forged = sorted({what_it_does(data): data for data in sorted(known)}.values())

    async def begins(self) -> None:
        phone, colleagues = self.world.phone(BOB), self.world.app.services.colleagues
        await phone.says("/start")
        code = await colleagues.invite(ANN, Right.LOOK, by_name="Ann")
        assert isinstance(await colleagues.accept(code, BOB, "Bob", (await phone.screen())["message_id"]), Accepted)
        await self.tapper.goes_home()

    def able(self, right: Right) -> tuple[list[str], list[str]]:
        """Which of the buttons, one of each kind, the right allows and which it does not, without those of his own
        account."""
        needed = {data: needed_for_tap(data.removeprefix("+")) for data in self.forged}
        of_account = {data: needs for data, needs in needed.items() if needs is not Whose.OWN and "co-" not in data}
        able = [each for each, needs in of_account.items() if isinstance(needs, Right) and right.includes(needs)]
        return able, [each for each in of_account if each not in able]

    def changes(self) -> set[str]:
        """What px6 was asked to do with her key, but telling."""
        told = ("", "getproxy", "getprice", "getcount", "getcountry")
        return {call.method for call in self.world.px6.calls if call.key in self.hers.keys} - {*told}


def what_it_does(data: str) -> tuple[str, ...]:
    """Two buttons of which this is the same need the same."""
    prefix, *fields = data.split(":")
    told_by = {"open": 0, "q": 0, "rest": 0, "cz": 1, "hf": 1}.get(prefix.removeprefix("+"))
    return (prefix,) if told_by is None or told_by >= len(fields) else (prefix, fields[told_by])


async def test_a_colleague_does_with_no_button_what_their_right_does_not_include(
    world: World, hers: Belongings
) -> None:
    bob, ann = BobOnHers(world, hers), world.phone(ANN)
    await bob.begins()
    seen = await ann.chat()
    for right, calls in ((Right.LOOK, set[str]()), (Right.PROLONG, {"check", "setdescr", "prolong"})):
        await world.app.services.colleagues.change(ANN, BOB, right, Decimal(100_000))
        able, unable = bob.able(right)
        assert len(unable) > 40 and able
        world.px6.calls.clear()
        before = hers.rows()
        assert set(await bob.tapper.taps(unable)) == REFUSALS
        assert (hers.rows(), world.px6.calls) == (before, [])
        read = await bob.tapper.taps(able)
        assert REFUSALS.isdisjoint(read)
        assert bob.changes() <= calls
        changed = {row.table for row in before ^ hers.rows()}
        assert changed <= SEEING | (PAYING if right is Right.PROLONG else set()) | {
            "check_histories",
            "colleague_actions",
            *([CHANGES] if right is Right.PROLONG else []),
        }
        assert changed >= {"quotes", "selections"} | ({"digest_endings", "silences"} if calls else set())
        if right is Right.LOOK:
            await world.quiet()
            assert await ann.chat() == seen, "nothing of it comes to her chat"
    news = [message["text"] for message in await ann.chat() if message not in seen]
    assert all("Bob" in text for text in news), "of what he pays she is told whose doing it was"
    assert world.rows("SELECT count(*) FROM accounts WHERE telegram_id = 1002") == [(0,)]
