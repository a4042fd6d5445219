"""The rooms and subjects, their arrows and sizes: `bot → handlers → services → storage → model → px6`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = {"bot", "handlers", "services", "model", "px6", "storage", "sandbox", "locales", "demo"}
MAY_IMPORT = {
    "bot": {"bot", "handlers", "services", "model", "px6", "storage", "locales"},
    "handlers": {"handlers", "services", "model", "px6", "locales"},
    "services": {"services", "storage", "model", "px6"},
    "storage": {"storage", "model"},
    "model": {"model", "px6"},
    "px6": {"px6"},
    "sandbox": {"sandbox"},
    "locales": {"locales"},
    "demo": {"demo", "bot", "handlers", "sandbox", "services", "px6"},
}
# Each subject may import those before it. What ties all subjects of a room together stands beside their folders.
SUBJECTS = {
    "handlers": (
        *(
            "ground",
            "proxies",
            "orders",
            "reminders",
            "rules",
            "money",
            "watching",
            "notifications",
            "operators",
            "account",
            "entry",
        ),
    ),
    "services": (
        "ground",
        "account",
        "orders",
        "money",
        "notifications",
        "proxies",
        "reminders",
        "rules",
        "watching",
        "operators",
    ),
}
# A statement that imports, at a file's own level.
STATEMENT = re.compile(r"^(?:from|import)\b[^(\n\\]*(?:\([^)]*\))?$", re.MULTILINE)
LONGEST = 500  # lines; a conversation in one file beats five files, but no file may become a room of its own


def sources(room: str) -> list[Path]:
    return sorted(ROOT.joinpath(room).rglob("*.py"))


@cache
def imports(path: Path) -> list[tuple[bool, ast.Import | ast.ImportFrom]]:
    """What a file imports, and whether within a function. An import is a statement: no expression is gone through."""
    return list(imports_in(parsed(path.read_text("utf-8")), within=False))


def parsed(text: str) -> ast.Module:
    """A file as far as it imports: all of it only where the word stands elsewhere than in statements of its level."""
    if not re.search(r"\bimport\b", STATEMENT.sub("", text)):
        with suppress(SyntaxError):  # a sentence that begins with `from`
            return ast.parse("\n".join(STATEMENT.findall(text)))
    return ast.parse(text)


def imports_in(node: ast.AST, within: bool) -> Iterator[tuple[bool, ast.Import | ast.ImportFrom]]:
    within = within or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        for each in getattr(node, name, ()):
            if isinstance(each, ast.Import | ast.ImportFrom):
                yield within, each
            else:
                yield from imports_in(each, within)


def imported(path: Path) -> Iterator[str]:
    """The first names of everything that a file imports."""
    for _, node in imports(path):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif node.module and not node.level:
            yield node.module.split(".")[0]


@pytest.mark.parametrize(
    "text",
    [
        "import os\nimport a\n\nX = 1\n",
        "from a import (  # b\n    c,\n)\n",
        "import os; import a\n",
        "X = 1\nif X: import a\n",
        "from os import \\\n    path\nfrom a \\\n    import b\n",
        "if TYPE_CHECKING:\n    from a import b\n",
        "def f():\n    from a import b\n",
        '"""Words\nfrom here on.\n"""\nimport a\n',
    ],
)
def test_every_statement_that_imports_is_read(text: str) -> None:
    read, whole = (
        [(within, ast.dump(node)) for within, node in imports_in(tree, within=False)]
        for tree in (parsed(text), ast.parse(text))
    )
    assert read == whole


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_what_its_arrows_allow(room: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(room)
        for name in imported(path)
        if name in ROOMS - MAY_IMPORT[room]
    }
    assert not wrong


@pytest.mark.parametrize("room", sorted(SUBJECTS))
def test_subjects_import_one_way(room: str) -> None:
    order = SUBJECTS[room]
    assert {path.name for path in (ROOT / room).iterdir() if (path / "__init__.py").exists()} == set(order)
    wrong = {
        f"{path.relative_to(ROOT)} imports {other}"
        for place, subject in enumerate(order)
        for path in sources(f"{room}/{subject}")
        for other in subjects_imported(path, room)
        if other not in order[: place + 1]
    }
    assert not wrong


def subjects_imported(path: Path, room: str) -> Iterator[str]:
    """What stands behind `room.` in the names of everything that a file imports from its own room."""
    for _, node in imports(path):
        if isinstance(node, ast.ImportFrom) and node.module == room:
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{room}."):
            yield str(node.module).split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith(f"{room}."))


def test_only_the_order_service_spends() -> None:
    """`buy` and `prolong` of the client are called in one file."""
    calls = {
        str(path.relative_to(ROOT))
        for room in ("bot", "handlers", "services")
        for path in sources(room)
        if re.search(r"\.\s*(buy|prolong)\b", text := path.read_text("utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("buy", "prolong")
        and isinstance(node.func.value, ast.Name | ast.Attribute)
        and "client" in ast.unparse(node.func.value)
    }
    assert calls == {"services/orders/spending.py"}


def test_no_file_has_grown_into_a_room_of_its_own() -> None:
    long = {
        f"{path.relative_to(ROOT)}: {lines} lines"
        for room in sorted(ROOMS)
        for path in sources(room)
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST
    }
    assert not long


@pytest.mark.parametrize("room", ["handlers", "services", "storage", "sandbox", "locales", "bot", "px6", "demo"])
def test_the_folders_of_tests_are_those_of_the_room(room: str) -> None:
    tests = ROOT / "tests" / room
    folders = {path.parent.relative_to(tests) for path in tests.rglob("test_*.py")}
    assert not {str(folder) for folder in folders if not (ROOT / room / folder).is_dir()}


def test_no_test_imports_another_test() -> None:
    """What several of them need stands in a module that says what is inside."""
    wrong = {
        f"{path.relative_to(ROOT)} imports {module}"
        for path in ROOT.joinpath("tests").rglob("*.py")
        if may_import_a_test(path)
        for _, node in imports(path)
        for module in modules_named(node)
        if module.startswith("tests.") and any(part.startswith("test_") for part in module.split("."))
    }
    assert not wrong


def may_import_a_test(path: Path) -> bool:
    """Whether a statement that imports holds such a name: to read all files as Python takes a second."""
    statements = re.findall(r"^\s*(?:from|import)\b[^(\n]*(?:\([^)]*\))?", path.read_text("utf-8"), re.MULTILINE)
    return any("test_" in statement or "\\" in statement for statement in statements)


def test_a_statement_that_imports_a_test_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "some.py"
    for statement in (
        "from tests import test_a",
        "if 1:\n    import tests.test_a",
        "from tests import (\n  test_a,\n)",
    ):
        file.write_text(f"import os\n{statement}\n")
        assert may_import_a_test(file)
    file.write_text("import os\nfrom tests.world import World\n\n\ndef test_a(): ...\n")
    assert not may_import_a_test(file)


def modules_named(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """What an import statement names, in full."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif node.module:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_of(path: Path) -> str:
    """`px6/__init__.py` is `px6`, `px6/wire.py` is `px6.wire`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def arrows(path: Path, modules: set[str]) -> Iterator[str]:
    """Those of the modules that this file imports at its own level, by its text.

    Also what it imports for the type checker alone: a reader follows that as well.
    """
    package = module_of(path).split(".")[: None if path.name == "__init__.py" else -1]
    for node in (node for within, node in imports(path) if not within):
        if isinstance(node, ast.Import):
            names = [(alias.name, alias.name) for alias in node.names]
        else:
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            names = [(f"{source}.{alias.name}", source) for alias in node.names]
        for longer, shorter in names:
            yield from [name for name in (longer, shorter) if name in modules][:1]


def circle(graph: dict[str, set[str]]) -> list[str]:
    """The modules of one circle, in the order of their imports; none: an empty list."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found[::-1]
    return []


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_no_files_of_a_room_import_each_other_in_a_circle(room: str) -> None:
    modules = {module_of(path): path for path in sources(room)}
    graph = {name: set(arrows(path, set(modules))) - {name} for name, path in modules.items()}
    assert circle(graph) == []


def test_the_papers_draw_the_same_arrows() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    drawn = dict(re.findall(r"^\| `(\w+)/` \|.*\| (.+?) \|$", text, re.MULTILINE))
    assert set(drawn) == set(MAY_IMPORT)
    for room in set(MAY_IMPORT) - {"bot", "demo"}:  # which import nearly all
        assert {room, *re.findall(r"`(\w+)/`", drawn[room])} == MAY_IMPORT[room]
    flat = " ".join(text.split())
    assert (
        f"in this order: {', '.join(SUBJECTS['handlers'])}; in `services/`: {', '.join(SUBJECTS['services'])}."
        in flat
    )


@pytest.mark.parametrize("room", ["storage", "services", "handlers", "model"])
def test_only_the_engine_knows_which_database_it_is(room: str) -> None:
    named = re.compile(r"sqlite|postgres|psycopg|rowid|json_extract|sqlalchemy\.dialects")
    files = [path for path in sources(room) if not path.is_relative_to(ROOT / "storage/engine")]
    assert files
    assert not [str(path.relative_to(ROOT)) for path in files if named.search(path.read_text("utf-8"))]
