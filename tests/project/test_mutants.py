"""The faults that `make mutants` plants: each is one, and what is called equivalent still names lines that exist."""

from __future__ import annotations

import ast
import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.mutants.__main__ import EQUIVALENT, ROOT, alike, equivalents, outdated_equivalents, shuffled
from tests.mutants.planting import modules, places_in, plant
from tests.mutants.swapping import CannotSwap, swap
from tests.mutants.tracing import Trace, files_that_name, is_kept, words_at

MODULE = '''"""A module."""

from __future__ import annotations

LIMIT = 30


class Seen(Struct, frozen=True, gc=False):
    """What was read."""


async def owned(connection: Any, telegram_id: int | None) -> bool:
    """What is one person's."""
    try:
        rows = await connection.execute(select(orders).where(orders.c.telegram_id == telegram_id, orders.c.open))
    except StorageError:
        return False
    log.info("read")
    await connection.commit()
    match telegram_id:
        case 1 | 2:
            return len(rows) >= 1
    return not rows and telegram_id is None
'''
PLANTED = {
    "orders.c.telegram_id != telegram_id",
    '.where(__import__("sqlalchemy").true(), orders.c.open)',
    'orders.c.telegram_id == telegram_id, __import__("sqlalchemy").true())',
    "except ZeroDivisionError:",
    "return True",
    "pass",
    "return len(rows) > 1",
    "return len(rows) < 1",
    "return not rows or telegram_id is None",
    "telegram_id is not None",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "storage" / "migrations").mkdir(parents=True)
    (tmp_path / "storage" / "owned.py").write_text(MODULE)
    (tmp_path / "storage" / "migrations" / "first.py").write_text(MODULE)
    return tmp_path


def test_conditions_errors_statements_and_edges_are_changed_one_at_a_time(project: Path) -> None:
    mutants = [plant(project, place) for place in places_in(project, "storage/owned.py")]
    for text in PLANTED:
        assert any(text in mutant.changed for mutant in mutants), text
    for mutant in mutants:
        ast.parse(mutant.source)
        assert mutant.diff.count("\n+") == 2, mutant.diff  # the file's name, and one line
        assert mutant.source.count("\n") == MODULE.count("\n")
    owned = [mutant for mutant in mutants if mutant.operator == "RemoveCondition" and mutant.names_an_owner]
    assert [mutant.changed for mutant in owned] == [
        'rows = await connection.execute(select(orders).where(__import__("sqlalchemy").true(), orders.c.open))'
    ]


def test_what_nobody_evaluates_is_left_alone(project: Path) -> None:
    assert modules(project) == ["storage/owned.py"]
    lines = {place.position[0]: place for place in places_in(project, "storage/owned.py")}
    silent = {"LIMIT", "class Seen", "async def", "log.info", "case 1"}
    for number, text in enumerate(MODULE.splitlines(), 1):
        if any(text.strip().startswith(word) for word in silent):
            assert number not in lines, text


def test_what_is_called_equivalent_is_of_a_line_that_is_there_and_says_why() -> None:
    """Whether it can be planted is looked at by `make mutants`, since that takes seconds."""
    for (path, becomes), because in equivalents().items():
        assert because.endswith("."), f"{EQUIVALENT.name}: a reason is a sentence"
        lines = [line.strip() for line in (ROOT / path).read_text("utf-8").splitlines()]
        enough = min(len(becomes) / 2, 10)
        assert becomes == "pass" or max(alike(line, becomes) for line in lines) >= enough, (path, becomes)


def test_what_can_no_longer_be_planted_is_named(project: Path) -> None:
    path = "storage/owned.py"
    known = [(path, "return len(rows) > 1"), (path, "pass"), (path, "return len(rows) > 2")]
    assert list(outdated_equivalents(project, known)) == [f"{path}: return len(rows) > 2"]


def test_the_tests_of_a_module_are_tried_from_its_own_folder_outwards() -> None:
    near, room, far = (
        f"tests/{place}::test_it"
        for place in ("services/orders/test_sums.py", "services/test_all.py", "journeys/orders/test_paying.py")
    )
    trace = Trace([(far, 1.0), (room, 2.0), (near, 3.0)], {"services/orders/sums.py": {1: [0, 1, 2]}})
    assert trace.tests_of("services/orders/sums.py", 1) == [near, room, far]
    tables = [(f"{test}[{number}]", 1.0) for test in (room, near) for number in (1, 2)]
    trace = Trace(tables, {"services/orders/sums.py": {1: [0, 1, 2, 3]}})
    assert trace.tests_of("services/orders/sums.py", 1) == [f"{near}[1]", f"{near}[2]", f"{room}[1]", f"{room}[2]"]


def test_a_line_of_an_import_is_tried_first_by_files_that_name_what_stands_there() -> None:
    source = "class Pay(CallbackData, durable=True):\n    quote: str\n\n\nLIMIT = (\n    30,\n)\n"
    assert words_at(source, 1) == {"class", "CallbackData", "durable", "True"}
    assert words_at(source, 2) == {"quote"}
    assert words_at(source, 6) == {"LIMIT"}
    assert [is_kept(f"@{how}\ndef known() -> int:\n    return 5\n", 3) for how in ("cache", "property")] == [
        True,
        False,
    ]
    durable = "tests/handlers/entry/test_durable_updates.py"
    assert durable in files_that_name({"durable"})


COUNTED = """from functools import wraps

LIMIT = 3


def twice(function):
    @wraps(function)
    def wrapped(*given):
        return function(*given) + function(*given)
    return wrapped


class Counter:
    step = 1

    @twice
    def count(self, values, most=5):
        return len([value for value in values if value < most])

    @property
    def next(self):
        return lambda: self.step + 1
"""


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A module that is imported, and whose functions are frozen as those of the suite are."""
    module = ModuleType("counted")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(COUNTED, "counted", "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - our own text
    gc.freeze()
    yield module
    gc.freeze()  # as it was


@pytest.mark.parametrize(
    ("was", "becomes", "count", "following"),
    [
        ("value < most", "value <= most", 4, 2),  # within a comprehension, under a decorator
        (") + function", ") - function", 0, 2),  # a function that was made by another
        ("self.step + 1", "self.step - 1", 2, 0),  # of a property, in what it makes
    ],
)
def test_a_fault_is_planted_into_functions_that_are_held_already(
    counted: Any, was: str, becomes: str, count: int, following: int
) -> None:
    held, next_ = counted.Counter().count, counted.Counter().next
    assert (held([4, 5, 6]), next_()) == (2, 2)
    swap("counted", COUNTED, COUNTED.replace(was, becomes))
    assert (held([4, 5, 6]), counted.Counter().next()) == (count, following)


@pytest.mark.parametrize("was", ["LIMIT = 3", "step = 1", "most=5", "    @twice\n"])
def test_what_a_module_does_while_it_is_imported_is_left_to_a_process_of_its_own(counted: Any, was: str) -> None:
    becomes = COUNTED.replace(was, "" if "@" in was else was[:-1] + "7")
    assert becomes != COUNTED
    with pytest.raises(CannotSwap):
        swap("counted", COUNTED, becomes)
    assert counted.Counter().count([4, 5, 6]) == 2


def test_a_sample_stays_the_same_where_other_code_changes() -> None:
    places = [
        place
        for path in ("px6/throttle.py", "services/sweep.py", "storage/orders.py")
        for place in places_in(ROOT, path)
    ]
    drawn = [(place.path, place.position, place.operator) for place in shuffled(places, 1)]
    fewer = shuffled((place for place in places if place.path != "services/sweep.py"), 1)
    assert [each for each in drawn if each[0] != "services/sweep.py"] == [
        (place.path, place.position, place.operator) for place in fewer
    ]
    assert {each[0] for each in drawn[:30]} == {place.path for place in places}
    assert drawn != [(place.path, place.position, place.operator) for place in shuffled(places, 2)]
