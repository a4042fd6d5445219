"""Whoever asks storage for another's row gets nothing and changes nothing: every function of every module is asked.

Ann has a row in every table, Carol after her another one. Bob is known and has none. What Bob gets and writes with
all of Ann's numbers must be what he gets and writes where Ann is not, and nothing of hers may change.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from storage import quotes, rules, selections
from storage.engine.database import Database
from tests.databases import opened
from tests.storage.owners import (
    ACCOUNTS,
    ANN,
    BOB,
    CAROL,
    Asker,
    Function,
    Outcome,
    ask,
    dump,
    fill,
    functions,
    is_optional,
    is_owner,
    others,
)

# Functions without an owner. What they are given was found with one, or is nobody's question: a task of the bot.
BY_NUMBER = {
    "accounts.uncount_try": "the number that count_try gave to the same task",
    "bots.belong": "of the whole database",
    "confirmations.changed": "of an order that was read",
    "confirmations.get": "its reader compares the owner: see the test of what people tap",
    "confirmations.postpone_telling": "one of `untold`",
    "confirmations.set_requote": "of a confirmation that is being carried out",
    "confirmations.start": "a confirmation that its own claim, or a start, gave",
    "confirmations.start_anew": "a confirmation that a start has found",
    "confirmations.told": "a confirmation that was shown to its owner",
    "confirmations.told_owner": "a confirmation that was shown to the owner of its account",
    "confirmations.untold": "everybody's: the bot tells them",
    "deletions.change": "a deletion that `take` made, or one of `take_over`, in a task of the bot",
    "deletions.get": "its reader compares the owner: see the test of what people tap",
    "deletions.held_by": "of this process: the bot looks for what became of them",
    "deletions.is_held_by_another": "a deletion that this process has taken, or is looking for",
    "deletions.take_over": "everybody's: the bot looks for what became of them",
    "unsettled.is_held_by_another": "an order that is being looked for",
    "unsettled.count_open": "everybody's: numbers for who watches the bot",
    "unsettled.due": "everybody's, in the bot's rounds",
    "unsettled.lease": "those that `due` gave",
    "unsettled.take_over": "everybody's, after a start",
    "unsettled.release": "those that `lease` gave",
    "watches.count_due": "everybody's: numbers for who watches the bot",
    "broadcasts.count": "everybody's, by an operator",
    "broadcasts.give_back": "a broadcast that the task sends",
    "broadcasts.note": "a broadcast that the task sends",
    "broadcasts.running": "everybody's: the bot sends them",
    "broadcasts.take_next": "a broadcast that the task sends",
    **dict.fromkeys(
        (
            *("figures.count_accounts", "figures.count_orders", "figures.count_people"),
            *("figures.count_unsaid", "figures.paid", "figures.paid_by_day", "figures.unknown_orders"),
        ),
        "everybody's together, for operators: nobody is named",
    ),
    "maintenance_mode.current": "of the whole database",
    "maintenance_mode.look_up": "of the whole database",
    "maintenance_mode.switch_off": "of the whole database",
    "maintenance_mode.switch_on": "of the whole database",
    "orders.get": "an order that is being carried out",
    "orders.last_event": "of an order that is being looked after",
    "orders.move": "an order that was read, in the task that carries it out",
    "orders.of_confirmation": "of a confirmation that was read",
    "orders.proxies_of": "of orders that were read",
    "orders.read": "the rows of a statement of another function",
    "orders.write_journal": "of an order that was read",
    "colleagues.invited": "by the hash of its code, which only who was given the link knows",
    "colleagues.use_invite": "by the hash of its code, which only who was given the link knows",
    "clock_steps.bring_forward": "everybody's, when the clock was set back",
    "clock_steps.note": "of a machine",
    "clock_steps.newest_moment": "everybody's: what time it was",
    "pruning.find_payments": "everybody's: what has ended long ago",
    "pruning.remove_deletions": "everybody's: what has ended long ago",
    "pruning.remove_open_quotes": "everybody's: what has ended long ago",
    "pruning.remove_payments": "those that `find_payments` gave",
    "pruning.remove_reminders": "everybody's: what is over",
    "people.who_chose": "everybody's: whose menus are the bot's to change",
    "quotes.set_message": "a quote that was just made or claimed; the lost claim of another's is undone",
    "digest_endings.is_any_due": "everybody's: whether there is anything to edit",
    "digest_endings.put_off": "one of `take`",
    "digest_endings.take": "everybody's, in the bot's rounds",
    "reminders.note_sent": "a digest that this task is sending",
    "reminders.take_again": "one of `uncertain`",
    "reminders.unsay": "one of `uncertain`",
    "rules.begin_paying": "one of `open_runs`, by a payment of the same account",
    "rules.drop": "one of `open_runs`",
    "rules.leave_out": "one of `open_runs`",
    "rules.move_run": "one of `open_runs`",
    "rules.state_of": "one of `open_runs`",
    "rules.not_told": "of runs that the task announces",
    "rules.of_confirmation": "of a confirmation that was read",
    "rules.postpone": "one of `open_runs`",
    "rules.put_off": "one of `open_runs`",
    "rules.tell_again": "of runs that the task announces",
    "rules.told": "of runs that the task announces",
    "rules.unpaid_parts": "of the account of one of `open_runs`",
    "troubles.begin": "of the whole database",
    "troubles.end": "of the whole database",
    "troubles.told": "of the whole database",
    **dict.fromkeys(
        (
            *("processes.begin", "processes.renew", "processes.count_living", "processes.bury", "processes.end"),
            *("processes.take", "processes.release", "processes.release_left", "processes.tell", "processes.is_told"),
            *("taken_updates.claim", "taken_updates.settle", "taken_updates.remove_old"),
            *("message_owners.enter", "message_owners.read", "message_owners.show", "message_owners.remove_old"),
            *("chat_paces.take", "chat_paces.remove_old"),
            *(
                "px6_slots.add",
                "px6_slots.take",
                "px6_slots.give_back",
                "px6_slots.give_back_all_but",
                "px6_slots.remove_unused",
            ),
        ),
        "the bot's own processes",
    ),
    "health_watches.is_due": "everybody's: whether there is anything to check",
    "health_watches.take": "everybody's, in the bot's rounds",
    "stock_watches.note_looked": "rows of `take`",
    "price_watches.note_looked": "rows of `take`",
    "price_watches.is_due": "everybody's: whether there is anything to ask for",
    "price_watches.take": "everybody's, in the bot's rounds",
    "stock_watches.is_due": "everybody's: whether there is anything to look for",
    "stock_watches.take": "everybody's, in the bot's rounds",
    "unsaid.put_off": "one of `take`",
    "unsaid.said": "one of `take`",
    "watches.give_back_left": "everybody's, when a process is gone",
    "watches.wake_payers": "everybody's, after a maintenance",
    "watches.claim": "those that its query tells to be due",
}

# Functions with an owner that only write down what they are given.
ADDING = {
    "accounts.note_change": "of the client that changed something at px6",
    "broadcasts.add": "the owner is one of the values",
    "colleagues.invite": "the owner is one of the values",
    "colleagues.note": "the owner is one of the values",
    "colleagues.put": "the owner is one of the values, as the invitation says",
    "deletions.add": "the owner is one of the values",
    "confirmations.add": "the owner is one of the values",
    "health_watches.add_fall": "the account is a value of the row",
    "kept_payments.add": "the owner is one of the values",
    "orders.add_order": "the owner is one of the values",
    "orders.set_ends": "the account is a value of the row; the order is one that is being carried out",
    "own_accounts.add": "the owner is one of the values",
    "own_accounts.note_message": "the owner is one of the values",
    "replacements.add": "the owner is one of the values",
    "rules.add": "the owner is one of the values",
    "rules.announce": "the rule is one of `of_person`; what was announced before is asked of `announced`",
    "rules.bind": "the account is a value of the row; the rule was read as one of the person's",
    "unsaid.add": "the owner is one of the values",
}

# Functions that Ann cannot see a difference of.
NO_DIFFERENCE = {
    "people.create": "somebody who is known stays as they are",
    "last_known.wait": "who waits already goes on waiting",
    "own_accounts.added_with": "only accounts beyond the first were added with a key",
    "boards.switch_on": "the one that is on stays as it is",
    "kept_payments.end_paying": "only what is being paid",
    "quotes.claimed_of": "only what is confirmed",
    "quotes.said_and_withdrawn": "only what was taken back",
    "quotes.message_told": "only what was taken back",
    "replacements.bought_since": "only what watches bought counts",
    "replacements.is_buying": "only purchases count",
    "replacements.let_go_skipped": "only what was skipped",
    "replacements.message_told": "only what was called off has such a message",
    "replacements.say_paying": "only what was called off",
    "replacements.twins_of": "only what watches bought counts",
    "stock_watches.begin": "the one that is being bought is begun by nobody else",
    "stock_watches.failed_of": "only purchases of watches that spent nothing count",
    "stock_watches.buy_at_once": "the one that is being bought stays as it is",
    "boards.claim": "its message was sent before",
    "boards.note_sent": "its message was sent before",
    "boards.note_taken_away": "the one that is on stays as it is",
    "boards.to_take_away": "hers is on",
    "digest_endings.note": "with its ends alone: her digest is about others",
    "digest_endings.shows_payment": "her quote is open",
}


ALL = sorted(functions())
ASKED = [one for one in ALL if one.name not in ADDING and any(is_owner(one, each) for each in one.arguments)]


@pytest.fixture
async def with_ann(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    async with opened(tmp_path_factory.mktemp("with")) as database:
        await fill(database, ANN, CAROL)
        yield database


@pytest.fixture
async def without_ann(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """Carol is there, so that new rows get the same numbers."""
    async with opened(tmp_path_factory.mktemp("without")) as database:
        await fill(database, CAROL)
        yield database


@pytest.fixture(autouse=True)
def room_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person keeps one, so that one more of anybody's is too many."""
    monkeypatch.setattr(selections, "KEPT", 1)
    monkeypatch.setattr(quotes, "KEPT_OPEN", 1)


def test_every_function_that_names_no_owner_says_why() -> None:
    assert {one.name for one in ALL} - {one.name for one in ASKED} == {*BY_NUMBER, *ADDING}
    assert not BY_NUMBER.keys() & ADDING.keys()
    assert len(ASKED) > 60


async def test_ann_has_a_row_in_every_table_and_bob_in_none(with_ann: Database) -> None:
    async with with_ann.read() as connection:
        rows = await dump(connection)
        [rule] = await rules.of_person(connection, ANN)
        [run] = await rules.of_cycle(connection, ANN, 11)
    listed = {row.table for row in rows if row.owner in (ANN, None)}
    assert listed == {row.table for row in rows if row.owner in (CAROL, None)}
    assert {"people", "quotes", "order_proxies", "runs", "snapshots"} < listed
    assert len(listed) > 22
    assert [row.table for row in rows if row.owner == BOB] == ["people"]
    assert (rule.id, run.rule_id, list(run.ends)) == (11, 11, [7])


def ways(function: Function) -> Iterator[tuple[Asker, bool]]:
    """By whom it is asked, and whether with what need not be given."""
    for asker in others(function):
        yield from ((asker, everything) for everything in ([False, True] if is_optional(function) else [False]))


async def test_somebody_else_gets_and_does_what_there_is_without_ann(
    with_ann: Database, without_ann: Database
) -> None:
    before = [await rows_of(database) for database in (with_ann, without_ann)]
    faults = list[str]()
    for function in ASKED:
        for asker, everything in ways(function):
            there = await ask(with_ann, before[0], function, asker, everything=everything)
            elsewhere = await ask(without_ann, before[1], function, asker, everything=everything)
            said = f"{function.name} as {asker}"
            if news(function, there.value) != news(function, elsewhere.value):
                faults.append(f"{said} gives {there.value!r}, and without Ann {elsewhere.value!r}")
            if asker.person == BOB and (lost := {row for row in before[0] - there.rows if row.owner != BOB}):
                faults.append(f"{said} changes {sorted(row.table for row in lost)}")
            if asker.person == ANN and before[0] != there.rows:
                faults.append(f"{said} changes what belongs to another account")
            if written(function, before[0], there) != written(function, before[1], elsewhere):
                faults.append(f"{said} writes something else than without Ann")
    assert faults == []


async def rows_of(database: Database) -> Any:
    async with database.read() as connection:
        return await dump(connection)


def news(function: Function, value: Any) -> Any:
    """What a function gives. The number of a new selection is random."""
    return (value.telegram_id, value.ids) if function.name == "selections.create" else value


def written(function: Function, before: Any, outcome: Outcome) -> Any:
    """The rows that are new or other than before."""
    return len(outcome.rows - before) if function.name == "selections.create" else outcome.rows - before


async def test_ann_gets_something_or_changes_something_of_hers_alone(with_ann: Database) -> None:
    before = await rows_of(with_ann)
    faults = list[str]()
    for function in ASKED:
        there = await ask(with_ann, before, function, Asker(ANN, ACCOUNTS[ANN]), everything=False)
        nobody = await ask(with_ann, before, function, Asker(BOB, ACCOUNTS[BOB]), everything=False)
        idle = news(function, there.value) == news(function, nobody.value) and before <= there.rows
        if idle is not (function.name in NO_DIFFERENCE):
            faults.append(f"{function.name} does {'nothing' if idle else 'something'} for Ann")
        if any(row.owner == CAROL for row in before - there.rows):
            faults.append(f"{function.name} as Ann changes what is Carol's")
    assert faults == []
