"""The faults that can be planted into a module."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from functools import cache, partial
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

ROOMS = ("px6", "model", "services", "storage", "handlers", "bot")
REMOVES_CONDITION = "RemoveCondition"
TRUE = '__import__("sqlalchemy").true()'
OWNERS = ("telegram_id", "px6_user_id", "person_id", "owner")
COMPARISONS = {
    "Eq": ("NotEq",),
    "NotEq": ("Eq",),
    "Lt": ("LtE", "GtE"),
    "LtE": ("Lt", "Gt"),
    "Gt": ("GtE", "LtE"),
    "GtE": ("Gt", "Lt"),
    "Is": ("IsNot",),
    "IsNot": ("Is",),
}
# A comparison becomes its opposite and its neighbour at the edge. Others (`==` for `is`, `!=` for `>`) mostly mean
# the same for the values that are compared here.
OPERATORS = (
    *(f"ReplaceComparisonOperator_{old}_{new}" for old, news in COMPARISONS.items() for new in news),
    "ReplaceBinaryOperator_Add_Sub",
    "ReplaceBinaryOperator_Sub_Add",
    "ReplaceBinaryOperator_Mul_Div",
    "ReplaceBinaryOperator_Div_Mul",
    "ReplaceBinaryOperator_FloorDiv_Mul",
    "ReplaceBinaryOperator_Mod_Mul",
    "ReplaceBinaryOperator_BitOr_BitAnd",
    "ReplaceBinaryOperator_BitAnd_BitOr",
    "ReplaceUnaryOperator_Delete_USub",
    "ReplaceUnaryOperator_Delete_Not",
    "AddNot",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "NumberReplacer",
    "RemoveDecorator",
    "ZeroIterationForLoop",
)


# What only PostgreSQL executes, or heeds: its modules, and locks where SQLite's writers are alone.
LOCKS = re.compile(r"await (locks\.|(\w+\.|_)lock\()")
ONLY_SERVER = re.compile(r"storage/engine/postgresql|storage/locks")

Position = tuple[int, int]


@dataclass(frozen=True)
class Place:
    """Where a fault can be planted: `position` is its line and column, `planted` the changed source of the module."""

    path: str
    position: Position
    operator: str
    planted: Callable[[], str]


@dataclass(frozen=True)
class Mutant:
    """One fault in one module: `path` from the project's folder, the line, and the whole source with and without."""

    path: str
    line: int
    operator: str
    source: str
    was: str

    @property
    def diff(self) -> str:
        """The change, with three lines around it."""
        lines = unified_diff(self.was.splitlines(), self.source.splitlines(), self.path, self.path, lineterm="", n=3)
        return "\n".join(lines)

    @property
    def changed(self) -> str:
        """What the changed lines say now, in one line: the fault's name in `equivalent.toml`."""
        return " ".join(line[1:].strip() for line in self.diff.splitlines()[2:] if line.startswith("+"))

    @property
    def names_an_owner(self) -> bool:
        """Whether it takes a condition away that asks whose something is."""
        removes = self.operator == REMOVES_CONDITION
        return removes and any(self.source.count(owner) < self.was.count(owner) for owner in OWNERS)


def modules(root: Path) -> list[str]:
    """All modules that faults are planted into, but for those that only PostgreSQL needs: the tests run on SQLite."""
    found = (path.relative_to(root) for room in ROOMS for path in (root / room).rglob("*.py"))
    wanted = (path for path in found if "migrations" not in path.parts)
    return sorted(str(path) for path in wanted if not ONLY_SERVER.search(str(path)))


def places_in(root: Path, path: str) -> list[Place]:
    """Where faults can be planted in a module, in the order of its lines."""
    source = (root / path).read_text()
    left_alone = passive(source)
    found = [
        Place(path, position, operator, planted)
        for position, operator, planted in (*from_library(source), *removed_parts(source))
        if not any(start <= position < end for start, end in left_alone)
    ]
    return sorted(found, key=lambda place: (place.position, place.operator))


def plant(root: Path, place: Place) -> Mutant:
    """The fault itself."""
    return Mutant(place.path, place.position[0], place.operator, place.planted(), (root / place.path).read_text())


Found = tuple[Position, str, Callable[[], str]]


@cache
def operators() -> dict[str, Any]:
    """The library's operators by name."""
    return {name: get_operator(f"core/{name}")() for name in OPERATORS}


def from_library(source: str) -> Iterator[Found]:
    """The faults that the library makes."""
    nodes = list(ast_nodes(get_ast(source)))
    for name, operator in operators().items():
        places = [(node, start) for node in nodes for start, _ in operator.mutation_positions(node)]
        for occurrence, (node, position) in enumerate(places):
            if not is_lone_star(node):
                yield position, name, partial(mutate_code, source, operator, occurrence)


def is_lone_star(node: Any) -> bool:
    """The `*` after which parameters are given by name: no product, and `/` there only lets more callers in."""
    return node.type == "operator" and node.parent.type in ("parameters", "lambdef")


def removed_parts(source: str) -> Iterator[Found]:
    """A statement that only has an effect is left out; a query loses a condition; an error is not caught."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await):
            if LOCKS.match(ast.unparse(node.value)):
                continue
            yield found(source, node, "RemoveStatement", "pass")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "where":
            yield from (found(source, each, REMOVES_CONDITION, TRUE) for each in node.args)
        elif isinstance(node, ast.ExceptHandler) and node.type is not None:
            yield found(source, node.type, "UncaughtError", "ZeroDivisionError")


def found(source: str, node: ast.stmt | ast.expr, operator: str, text: str) -> Found:
    """One part of the source replaced by other text."""
    return (node.lineno, node.col_offset), operator, partial(replaced, source, node, text)


def replaced(source: str, node: ast.stmt | ast.expr, text: str) -> str:
    """The source with the node's text replaced; no other line moves. Columns of `ast` count bytes."""
    where: Any = node
    lines = source.splitlines(keepends=True)
    before = lines[node.lineno - 1].encode()[: node.col_offset].decode()
    after = lines[where.end_lineno - 1].encode()[where.end_col_offset :].decode()
    kept = "\n" * (where.end_lineno - node.lineno) if isinstance(node, ast.stmt) else ""
    return "".join([*lines[: node.lineno - 1], before, text, kept, after, *lines[where.end_lineno :]])


def passive(source: str) -> list[tuple[Position, Position]]:
    """Where a change is none: annotations, which nobody evaluates, what only type checkers read, assertions for
    them, what a struct forbids its users, `gc` of a struct, which changes only how often Python's collector looks at
    it, how much a cache keeps, lines of the log, `@classmethod` under `@field_validator`, which makes one by itself,
    patterns of `match`, which take no operator, and the tuning of bounds in constants."""
    found: list[ast.AST] = []
    tree = ast.parse(source)
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign(annotation=inner) | ast.arg(annotation=ast.expr() as inner):
                found.append(inner)
            case ast.FunctionDef(returns=ast.expr() as inner) | ast.AsyncFunctionDef(returns=ast.expr() as inner):
                found.append(inner)
            case ast.keyword(arg="frozen" | "kw_only" | "slots" | "gc" | "maxsize", value=inner):
                found.append(inner)
            case ast.match_case(pattern=inner):
                found.append(inner)
            case ast.ClassDef(bases=[ast.Name(id="Protocol")]):
                found.append(node)
            case ast.Assert() | ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.Call(func=ast.Name(id="cast")):
                found.append(node)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="log")))):
                found.append(node)
    found += [node for node in tree.body if isinstance(node, ast.Assign) and is_tuning(node)]
    return [*map(span, found), *classmethods_of_validators(tree)]


def classmethods_of_validators(tree: ast.Module) -> Iterator[tuple[Position, Position]]:
    """Each from its `@` on."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(decorator_list=[ast.Call(func=ast.Name(id="field_validator")), ast.Name() as inner]):
                begins, ends = span(inner)
                yield (begins[0], begins[1] - 1), ends


def is_tuning(node: ast.Assign) -> bool:
    """A number, or a reckoning of numbers, under a name in capitals."""
    targets = [one for each in node.targets for one in (each.elts if isinstance(each, ast.Tuple) else [each])]
    named = all(isinstance(target, ast.Name) and target.id.isupper() for target in targets)
    calm = (ast.Constant, ast.BinOp, ast.operator, ast.Call, ast.Name, ast.Load, ast.keyword, ast.Tuple)
    return named and all(isinstance(part, calm) for part in ast.walk(node.value))


def span(node: ast.AST) -> tuple[Position, Position]:
    where: Any = node
    return (where.lineno, where.col_offset), (where.end_lineno, where.end_col_offset)
