"""What the papers name is there: paths, links, functions, classes, modules, tests and commands of make.

In backticks: `path/file.py`, `path/*.po` (a word in capitals stands for any name), `path/file.py:Class.method`,
`tests/file.py::test_name`, `room.module.name`, `Class.method`, `function()`, `test_name`; and `make target`,
`python -m module`.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAPERS = sorted(str(path.relative_to(ROOT)) for path in (*ROOT.glob("*.md"), *ROOT.glob("[a-z]*/*.md")))
IN_A_FILE = re.compile(r"`([A-Za-z_]\w*(?:\.\w+)*)` in `([\w/]+\.py)`|`([\w/]+\.py)`: `([A-Za-z_]\w*(?:\.\w+)*)`")
FENCED = re.compile(r"^```.*?^```$|^    .*$", re.MULTILINE | re.DOTALL)
TRANSCRIPT = re.compile(r"<!-- transcript.*?<!-- end of transcript -->", re.DOTALL)
TREE = re.compile(r"^    ([a-z0-9]+/) ", re.MULTILINE)
PLACEHOLDER = re.compile(r"\b[A-Z][A-Z0-9_]*\b")
# What looks like a name of ours and is one of others.
FOREIGN = re.compile(r"AiohttpSession\(.*|TelegramAPIServer.*|AsyncLimiter\(.*|apihelper\..*")


@cache
def files() -> frozenset[str]:
    """Every file of the project, and every folder that holds one."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    there = {name for name in listed if name and (ROOT / name).exists()}
    return frozenset(there | {str(folder) for name in there for folder in Path(name).parents})


def defines(file: str, name: str) -> bool:
    """Whether a module defines it. What stands at its own level need not be looked for in its tree."""
    own = re.search(rf"^(?:(?:async )?def|class) {name}\b", text_of(file), re.MULTILINE)
    return bool(own) or name in defined(file)


@cache
def defined(file: str) -> frozenset[str]:
    """What a module defines: `name`, `Class.method`, `CONSTANT`; a package also what it hands on from its modules."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    handed_on = [node for node in tree.body if isinstance(node, ast.ImportFrom) and file.endswith("__init__.py")]
    return frozenset(
        [*names_in(tree.body), *(alias.asname or alias.name for node in handed_on for alias in node.names)]
    )


def names_in(body: list[ast.stmt], inside: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield inside + node.name
            if isinstance(node, ast.ClassDef):
                yield from names_in(node.body, f"{inside}{node.name}.")
            elif node.name == "__init__":
                yield from (f"{inside}{name}" for name in attributes(node))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (
                inside + each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)
            )
        elif isinstance(node, ast.If | ast.Try):
            yield from names_in(node.body, inside)


def attributes(init: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for node in ast.walk(init):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            yield node.attr


@cache
def is_defined(name: str) -> bool:
    """Whether any module defines it. Files with a line that seems to are read first: few others need be."""
    first, last = name.partition(".")[0], name.rpartition(".")[2]
    seems = re.compile(rf"^ *(?:(?:async )?def|class) {last}\b|^ *{last}\b *[:=]", re.MULTILINE)
    order = modules(tests_first=last.startswith("test_"))
    likely = (file for file in order if last in text_of(file) and seems.search(text_of(file)))
    others = (file for file in order if last in text_of(file) and first in text_of(file))
    return any(defines(file, name) for files in (likely, others) for file in files)


@cache
def modules(*, tests_first: bool) -> list[str]:
    names = sorted(file for file in files() if file.endswith(".py"))
    return sorted(names, key=lambda file: file.startswith("tests/") != tests_first)


@cache
def text_of(file: str) -> str:
    return (ROOT / file).read_text("utf-8")


def spans(text: str) -> Iterator[str]:
    """What stands in backticks in running text and tables."""
    yield from re.findall(r"`([^`\n]+)`", FENCED.sub("", TRANSCRIPT.sub("", text)))


@cache
def missing(span: str) -> str | None:
    """What a span names and is not there; None for what is, and for what names nothing of the project."""
    path, _, name = span.replace("::", ":").partition(":")
    if FOREIGN.fullmatch(span):
        return None
    if re.fullmatch(r"[\w.*/-]+", path) and is_ours(path):
        if not exists(path.rstrip("/")):
            return f"no file {path}"
        return f"no {name} in {path}" if name and not defines(path, name) else None
    if command := re.fullmatch(r"make ([a-z]+)( .*)?", span):
        return None if re.search(rf"^{command[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE) else span
    if command := re.fullmatch(r"python -m ([a-z.]+)( .*)?", span):
        module = command[1].replace(".", "/")
        return None if {f"{module}.py", f"{module}/__main__.py"} & files() else span
    return missing_name(span)


def exists(path: str) -> bool:
    """Whether there is such a file or folder; `*` or a word in capitals stands for any part of a name."""
    pattern = PLACEHOLDER.sub("*", path)
    if "*" not in pattern:
        return path in files()
    named = re.compile(re.sub(r"(\\\*)+", "[^/]*", re.escape(pattern)))
    return any(named.fullmatch(file) for file in files())


def is_ours(path: str) -> bool:
    """Whether it is written as a path in the project: below one of its folders, or with the end of a file."""
    first, slash, _ = path.partition("/")
    return (bool(slash) and first in files()) or bool(re.search(r"\w\.(py|md|po|toml|mako)$", path))


def missing_name(span: str) -> str | None:
    """As above, of names without a path."""
    plain = span.removesuffix("()")
    if not re.fullmatch(r"_?[A-Za-z]\w*(\.\w+)*", plain):
        return None
    if re.fullmatch(r"test_\w+", plain):
        return None if is_defined(plain) or any(Path(file).stem == plain for file in files()) else f"no {plain}"
    if plain.split(".")[0] in files() and "." in plain:
        return missing_below(plain)
    is_name = span != plain or re.fullmatch(r"[A-Z][a-z]\w*\.\w+|(?:[A-Z][a-z0-9]+){2,}", plain)
    is_constant = re.fullmatch(r"[A-Z]+(_[A-Z]+)+", plain) and f"{plain.lower()}:" not in text_of("bot/settings.py")
    return f"no {plain}" if (is_name or is_constant) and not is_defined(plain) else None


def missing_below(dotted: str) -> str | None:
    """`room.module.name`: the module, and the name in it."""
    parts = dotted.split(".")
    for size in range(len(parts), 0, -1):
        base, name = "/".join(parts[:size]), ".".join(parts[size:])
        for file in (f"{base}.py", f"{base}/__init__.py"):
            if file in files():
                return None if not name or defines(file, name) else f"no {name} in {file}"
    return f"no {dotted}"


@pytest.mark.parametrize("paper", PAPERS)
def test_what_a_paper_names_is_there(paper: str) -> None:
    text = (ROOT / paper).read_text("utf-8")
    within = [
        f"{file or later}:{name or last}" for name, file, later, last in IN_A_FILE.findall(" ".join(text.split()))
    ]
    named = [*spans(text), *TREE.findall(text), *within]
    assert not [gone for span in named if (gone := missing(span))]


@pytest.mark.parametrize("paper", PAPERS)
def test_links_lead_to_what_is_there(paper: str) -> None:
    text = FENCED.sub("", (ROOT / paper).read_text("utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, heading = target.partition("#")
        if "://" in path:
            continue
        there = (ROOT / paper).parent.joinpath(path).resolve() if path else ROOT / paper
        assert there.exists(), target
        assert not heading or heading in headings(there), target


def headings(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    found = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_every_subject_and_room_stands_in_the_map() -> None:
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    for room in ("handlers", "services"):
        for folder in (ROOT / room).iterdir():
            assert not (folder / "__init__.py").exists() or f"| `{folder.name}` |" in text, folder
    rooms = {file.partition("/")[0] for file in files() if file.endswith("/__init__.py")} - {"tests", "benchmarks"}
    assert all(f"| `{room}/` |" in text for room in rooms)
    assert rooms <= {folder.rstrip("/") for folder in TREE.findall((ROOT / "README.md").read_text("utf-8"))}


@pytest.mark.parametrize(
    "span",
    [
        "handlers/orders/no_such.py",
        "handlers/orders/pay.py:no_such",
        "locales/xx/*.po",
        "services.orders.no_such",
        "services.reminders.planning.no_such",
        "Gate.no_such",
        "NoSuchClass",
        "NO_SUCH_CONSTANT",
        "handlers/ground/turn.py:Board",
        "no_such_thing()",
        "test_that_nobody_wrote",
        "make nothing",
        "python -m benchmarks.nothing",
    ],
)
def test_what_is_not_there_is_noticed(span: str) -> None:
    assert missing(span)
