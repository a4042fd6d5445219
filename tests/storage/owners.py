"""People with a row in every table, and every function of storage asked as one of them.

Tables, columns and functions are found by looking; what the functions are given is looked up by the name of the
argument, so that a new one is asked by itself or says what is missing.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Column, LargeBinary, RowMapping, Table, Text, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

import storage
from model.accounts import Outlook, StoredAccount
from model.checks import CheckEntry
from model.deletions import DeletionProxy
from model.notifications import DigestEnding
from model.orders import BuyWish
from model.rules import Rule
from model.schedules import Habits
from storage import schema
from storage.engine.database import Database
from storage.engine.types import Json, Money, UtcTime, time_to_int
from tests.databases import ON_POSTGRESQL, run

metadata = schema.metadata
ANN, BOB, CAROL = 1001, 1002, 1003
ACCOUNTS = {ANN: "77", BOB: "88", CAROL: "99"}
THEN = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # in Ann's rows
BEFORE, AFTER = THEN - timedelta(days=1), THEN + timedelta(days=1)
PROXY = 7

# What a row holds so that the functions find something to do with it; all else by its name or its type.
CELLS: dict[str, Any] = {
    "people.choices": {"asking": "count", "asked": {"5": "count"}},
    **dict.fromkeys(("people.of_person", "people.account_name", "people.current", "people.own_until"), None),
    "account_messages.message_id": 5,
    "quotes.state": "open",
    "confirmations.told": 0,
    "orders.state": "unknown",
    "orders.version": "4",
    "orders.protocol": "http",
    "known_before": [PROXY],
    **{f"{table}.kind": "prolong" for table in ("quotes", "confirmations", "orders")},
    **{f"{table}.source": "person" for table in ("quotes", "confirmations")},
    "wish": None,
    "parts": [],
    "options": [],
    "runs.state": "announced",
    "broadcasts.state": "draft",
    "bindings.addresses": ["93.18.2.40"],
    "bindings.certain": False,
    "check_histories.results": "1795862400f00042",
    "boards.state": "on",
    "boards.message_id": 5,
    "boards.mark": "of before",
    "boards.pinned": False,
    "broadcasts.entities": [],
    "ends": {str(PROXY): time_to_int(THEN) // 1_000_000},
    "ids": [PROXY],
    "last_known.mark": "mark",
    "silent_since": None,
    "lead": 3600,
    "habits.habits": {"hour": 540},
    "outlook": {"at": 0.0, "balance": "5.00", "cost": "1.00", "currency": "RUB", "until": None, "at_most": False},
    "kept_payments.kind": "prolong",
    "kept_payments.state": "waiting",
    "stock_watches.version": "6",
    "stock_watches.wish": {"count": 1, "period": 30, "country": "country"},
    "stock_watches.told_at": None,
    "health_watches.which": "all",
    "health_watches.night": False,
    "health_watches.failures": {str(PROXY): {"count": 3, "since": "2026-11-28T12:00:00Z"}},
    "health_watches.replacing": {"after": 3, "period": 30, "most": 3, "up_to": "300", "currency": "currency"},
    "stock_watches.paying": "quotes-1001",
    "replacements.wish": {"count": 1, "period": 30, "country": "country"},
    "replacements.ends": {str(PROXY): "2026-12-28T12:00:00Z"},
    "replacements.state": "announcing",
    "replacements.paying": "quotes-1001",
    "granted": "look",
    "colleagues.told": True,
    "digests.receiver": None,
    **{name: [PROXY] for name in ("suspects", "fallen", "down", "back")},
    "deletions.proxies": [{"id": PROXY, "host": "10.0.0.7", "days_left": 1.5, "gone": True}],
}

# A second row of a person's, where no single one can be all that the functions look for.
SECOND: dict[str, dict[str, Any]] = {
    "orders": {"state": "done"},
    "order_proxies": {"open": False, "automatic": False},
    "bindings": {"sent_at": None},
    "notices": {"kind": "look", "key": ""},
}

# What the functions are given, by the name of the argument, or by "module.function.argument". Numbers are Ann's.
GIVEN: dict[str, Any] = {
    "who": "own",
    "since": BEFORE,
    "at": BEFORE,
    "now": AFTER,
    "before": AFTER,
    "until": AFTER,
    "cut_off": AFTER,
    "read_at": AFTER,
    "zone": None,
    "within": timedelta(hours=1),
    "most": 5,
    "phone_language": "fr",
    "choices": {"period": 90},
    "question": "count",
    "people.ask.question": "days",
    "of_account": ANN,
    "message_id": 5,
    "language": "fr",
    "people.change.values": {"language": "fr"},
    "rules.change.values": {"hours": 5},
    "sum_in": None,
    "currency": "EUR",
    "sealed": b"another",
    "code": 105,
    "ids": [PROXY, 8],
    "proxy_id": 8,
    "payments.of_proxy.proxy_id": PROXY,
    "proxy_ids": [PROXY],
    "version": "6",
    "auto_prolong": False,
    "quote_id": "quotes-1001",
    "kept_payments.of_quote.quote_id": "quote_id",
    "kept_payments.let_go.asks": False,
    "kept_payments.move.states": ["waiting"],
    "kept_payments.move.values": {"state": "cancelled"},
    "kept_payments.move.seen": None,
    "quotes.withdraw.quote_ids": ["quotes-1001"],
    "quotes.take_back.quote_ids": ["quotes-1001"],
    "quotes.claimed_of.quote_ids": ["quotes-1001"],
    "quotes.open_of.kind": "prolong",
    "look_at": AFTER,
    "stock_watches.put.values": {
        "px6_user_id": "77",
        "country": "country",
        "version": "6",
        "wanted": 3,
        "wish": {},
        "since": THEN,
        "until": AFTER,
        "look_at": AFTER,
    },
    "health_watches.put.values": {
        "px6_user_id": "77",
        "which": "all",
        "value": "value",
        "minutes": 30,
        "night": False,
        "stage": 0,
        **dict.fromkeys(("suspects", "fallen", "down", "back"), ()),
        "checked": 0,
        "worked": 0,
    },
    "health_watches.change.values": {"minutes": 30},
    "health_watches.change_claimed.values": {"minutes": 30},
    "health_watches.add_fall.values": {"px6_user_id": "77", "ids": [PROXY], "at": THEN},
    "claim": THEN,
    "replacements.add.values": {
        "telegram_id": "telegram_id",
        "px6_user_id": "77",
        "watch_id": 11,
        "wish": {"count": 1, "period": 30, "country": "de"},
        "ends": {PROXY + 1: THEN},
        "since": THEN,
        "price": Decimal("9.00"),
        "currency": "RUB",
        "run_at": THEN,
        "told_at": THEN,
    },
    "replacements.move.states": ["announcing"],
    "replacements.move.values": {"state": "skipped"},
    "replacements.leave_out.left": {"ends": {}},
    "watch_id": None,
    "paying": "quotes-1001",
    "paid_by": "quotes-1001",
    "wish": BuyWish(1, 30, "country"),
    "which": None,
    "up_to": Decimal("9.00"),
    "price_watches.put.values": {
        "version": "version",
        "period": 1,
        "price": Decimal("9.00"),
        "currency": "RUB",
        "since": THEN,
        "look_at": AFTER,
    },
    "price_watches.set_price.before": (Decimal("5.00"), "currency"),
    "price_watches.set_price.after": (Decimal("6.00"), "RUB"),
    "receiver": None,
    "open_only": False,
    "sources": ["person"],
    "on_all_accounts": False,
    "digest_endings.note.ends": [(PROXY, THEN)],
    "digest_endings.note.quote_id": "quote_id",
    "digest_endings.note.besides": 7,
    "digest_endings.note.to_all": False,
    "digest_endings.note.ending": {"kind": "let_go"},
    "digest_endings.put_off.ending": DigestEnding(
        digest_id=11,
        telegram_id=ANN,
        kind="paid",
        confirmation_id=1,
        by_person=None,
        by_name=None,
        at=THEN,
        edit_at=None,
        tries=0,
    ),
    "edit_at": AFTER,
    "tries": 1,
    "chat_id": ANN,
    "selection_id": "selections-1001",
    "digest_id": 11,
    "broadcast_id": 11,
    "broadcasts.move.before": "draft",
    "broadcasts.move.after": "running",
    "broadcasts.move.values": {"people": 9},
    "rule_id": 11,
    "whole": 11,
    "colleagues.spent.currency": "currency",
    "cycle": 11,
    "order_id": 11,
    "unsettled.has_later.order_id": 0,
    "unsettled.spent_later.order_id": 0,
    "unsettled.others_since.order_id": 0,
    "purpose": "another",
    "kind": "kind",
    "orders.history.kind": "prolong",
    "key": "key",
    "mark": "mark",
    "source": "source",
    "states": ["unknown"],
    "limit": 10,
    "offset": 0,
    "automatic": False,
    "values": {"period": 90},
    "reminders.keep_habits.values": Habits(hour=600),
    "rows": [(PROXY, THEN, 3600)],
    "ends": {PROXY: THEN},
    "reminders.unmute.ends": [(PROXY, THEN)],
    "proxies": [DeletionProxy(id=PROXY, host="10.0.0.7", days_left=1.5)],
    "amounts": {"key": Decimal("9.00")},
    "balance": Decimal("9.00"),
    "outlook": Outlook(
        made_at=THEN, balance=Decimal("9.00"), currency="RUB", cost=Decimal(1), lasts_until=None, at_most=False
    ),
    "why": "another reason",
    "lease": "lease",
    "same_account": False,
    "number": 11,
    "addresses": ["5.18.204.9"],
    "sent_before": BEFORE,
    "kept": "another",
    "checked": {PROXY: CheckEntry(THEN, alive=False)},
    "account_id": 2**53 + 7,
    "current": ANN,
    "own_until": 5,
    "name": "shop",
    "person_id": ANN,
    "colleagues.change.values": {"told": False},
    "colleagues.invites_of.since": BEFORE,
    "colleagues.withdraw.number": "hash",
}


class Function(NamedTuple):
    """A coroutine function of storage, by `module.name`."""

    name: str
    call: Callable[..., Any]

    @property
    def arguments(self) -> list[inspect.Parameter]:
        return list(inspect.signature(self.call).parameters.values())[1:]

    def given(self, argument: inspect.Parameter) -> Any:
        """What it is given for an argument that names no owner."""
        for name in (f"{self.name}.{argument.name}", argument.name):
            if name in GIVEN:
                return GIVEN[name]
        raise AssertionError(f"{self.name}: say in GIVEN what its argument {argument.name!r} is given")


class Asker(NamedTuple):
    """Who asks, and for which px6 account."""

    person: int
    account: str


def functions() -> Iterator[Function]:
    """Every coroutine function that works on a connection or a database."""
    for module in pkgutil.iter_modules(storage.__path__):
        if module.name == "locks":  # they read and write nothing
            continue
        loaded = importlib.import_module(f"storage.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.iscoroutinefunction):
            first = next(iter(inspect.signature(function).parameters), None)
            if function.__module__ == loaded.__name__ and first in ("connection", "database") and name[0] != "_":
                yield Function(f"{module.name}.{name}", function)


def is_owner(function: Function, argument: inspect.Parameter) -> bool:
    """A px6 account that is given by its name only is stored, not asked for."""
    if argument.name == "px6_user_id":
        return argument.kind is not argument.KEYWORD_ONLY
    return argument.name in ("telegram_id", "telegram_ids", "account", "rule") or function.name == "quotes.add"


def is_optional(function: Function) -> bool:
    """Whether it can be asked in two ways."""
    return any(
        not is_owner(function, argument) and argument.default is not argument.empty for argument in function.arguments
    )


# -- the rows


def of_people() -> list[Table]:
    """The tables of people's rows, those first that others point at."""
    return [table for table in metadata.sorted_tables if "telegram_id" in table.columns or table.foreign_keys]


def number(person: int) -> int:
    return person - 990


def cell(column: Column[Any], person: int) -> Any:
    """What stands in a column of a person's row: by its name, or else by its type."""
    name = str(column.name)
    for known in (f"{column.table.name}.{name}", name):
        if known in CELLS:
            return CELLS[known]
    if column.foreign_keys:
        return cell(next(iter(column.foreign_keys)).column, person)
    if name in ("telegram_id", "px6_user_id"):
        return person if name == "telegram_id" else ACCOUNTS[person]
    if f"{column.table.name}.{name}" == "account_messages.chat_id" or name in ("by_person", "person_id"):
        return person
    if name in ("id", "cycle"):
        return f"{column.table.name}-{person}" if isinstance(column.type, Text) else number(person)
    return of_type(column, name, person - ANN)


def of_type(column: Column[Any], name: str, nth: int) -> Any:
    """Everybody's differ, so that nobody's hide behind another's; Ann's texts are the names of their columns."""
    match column.type:
        case UtcTime():
            return THEN + timedelta(hours=nth)
        case Money():
            return Decimal("5.00") + nth
        case Json():
            return {"of": nth}
        case LargeBinary():
            return b"sealed %d" % nth
        case Text():
            return f"{name} {nth}" if nth else name
        case _ if name == "proxy_id":
            return PROXY + nth
        case _:
            return column.type.python_type(1 + nth)


def row_of(table: Table, person: int) -> dict[str, Any]:
    return {str(column.name): cell(column, person) for column in table.columns}


async def fill(database: Database, *people: int) -> None:
    """A row in every table for each of them, and Bob among the people."""
    async with database.write() as connection:
        for table in of_people():
            for person in (*people, BOB) if table.name == "people" else people:
                row = row_of(table, person)
                await connection.execute(insert(table), row)
                if also := SECOND.get(table.name):
                    numbers = {name: row[name] + 100 for name in ("id", "order_id") if name in row}
                    await connection.execute(insert(table), row | numbers | also)


class Row(NamedTuple):
    """A row as it lies in the file. `owner`: None where only another table says it."""

    table: str
    owner: int | None
    content: str


def selecting(table: Table) -> str:
    quoted = 'quote_nullable("{}"::text)' if ON_POSTGRESQL else 'quote("{}")'
    content = " || ',' || ".join(quoted.format(column.name) for column in table.columns)
    owner = "telegram_id" if "telegram_id" in table.columns else "CAST(NULL AS BIGINT)"
    return f"SELECT '{table.name}', {owner}, {content} FROM {table.name}"  # noqa: S608 - our own names


# But for the rows by which running processes show that they live: they change by themselves.
DUMP = " UNION ALL ".join(selecting(table) for table in metadata.sorted_tables if table.name != "processes")


async def dump(connection: AsyncConnection) -> frozenset[Row]:
    """All rows of all tables."""
    return frozenset(map(Row._make, await run(connection, DUMP)))


async def changes(connection: AsyncConnection) -> int:
    """How many rows the connection has written, those of foreign keys too; of a server, whether any, or locked."""
    query = "SELECT count(pg_current_xact_id_if_assigned())" if ON_POSTGRESQL else "SELECT total_changes()"
    return int((await run(connection, query)).scalar_one())


# -- asking


class Undone(Exception):
    """Ends a transaction without a trace."""


class Outcome(NamedTuple):
    """What was given back, and the rows afterwards."""

    value: Any
    rows: frozenset[Row]


async def ask(
    database: Database, before: frozenset[Row], function: Function, asker: Asker, *, everything: bool
) -> Outcome:
    """Call the function as somebody, with all of Ann's numbers, and undo what it did. `before`: all rows."""
    positional, named = arguments_for(function, asker, everything=everything)
    outcome: Outcome | None = None
    with suppress(Undone):
        async with database.write() as connection:
            on = database if "database" in inspect.signature(function.call).parameters else connection
            written = await changes(connection)
            try:
                value = plain(await function.call(on, *positional, **named))
            except IntegrityError as error:
                raise AssertionError(f"{function.name} cannot be asked: {error.orig}") from None
            is_as_before = on is connection and written == await changes(connection)
            outcome = Outcome(value, before if is_as_before else await dump(connection))
            raise Undone
    assert outcome is not None
    return outcome


def arguments_for(function: Function, asker: Asker, *, everything: bool) -> tuple[list[Any], dict[str, Any]]:
    """What it is called with; not `everything`: only what must be given, and the owner."""
    positional, named = list[Any](), dict[str, Any]()
    for argument in function.arguments:
        owner = is_owner(function, argument)
        if not owner and not everything and argument.default is not argument.empty:
            continue
        owner |= argument.name == "px6_user_id"
        value = owner_as(argument, asker) if owner else function.given(argument)
        if argument.kind is argument.VAR_KEYWORD:
            named |= value
        elif argument.kind is argument.KEYWORD_ONLY or argument.default is not argument.empty:
            named[argument.name] = value
        else:
            positional.append(value)
    return positional, named


def owner_as(argument: inspect.Parameter, asker: Asker) -> Any:
    """The asker in the shape in which the argument names an owner."""
    match argument.name:
        case "telegram_ids":
            return [asker.person]
        case "px6_user_id":
            return asker.account
        case "account":
            return StoredAccount(
                telegram_id=asker.person, px6_user_id=asker.account, currency="currency", added_at=THEN, changes=0
            )
        case "rule":
            mine = {"id": GIVEN["rule_id"], "telegram_id": asker.person, "px6_user_id": asker.account}
            return Rule(**row_of(metadata.tables["rules"], ANN) | mine)
        case "values":
            new = {"id": "new", "telegram_id": asker.person, "px6_user_id": asker.account, "created_at": AFTER}
            row = {**row_of(metadata.tables["quotes"], asker.person), **new}
            return {name: value for name, value in row.items() if name != "state"}
    return asker.person


def plain(value: Any) -> Any:
    """Rows as dicts, which can be compared."""
    if isinstance(value, RowMapping):
        return dict(value)
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def others(function: Function) -> list[Asker]:
    """Who is not Ann on her account: another person, one on the same account, and herself on another one."""
    names = {argument.name for argument in function.arguments if is_owner(function, argument)}
    askers = [Asker(BOB, ACCOUNTS[BOB])]
    if names not in ({"px6_user_id"}, {"rule"}):
        askers.append(Asker(BOB, ACCOUNTS[ANN]))
    if names & {"account"} or names == {"telegram_id", "px6_user_id"}:
        askers.append(Asker(ANN, ACCOUNTS[BOB]))
    return askers
