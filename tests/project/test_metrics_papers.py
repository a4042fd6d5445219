"""The table of metrics, the alert rules and the dashboard name the metrics that there are, and no others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from bot.metrics import PX6_OUTCOMES, Metrics
from bot.request_counting import REASONS
from handlers.entry.turn_observer import OUTCOMES
from handlers.notifications.sender import SENT, UNDELIVERED
from model.orders import OrderState

ROOT = Path(__file__).parents[2]
METRIC = re.compile(r"\b(?:px6_bot|process)_\w+")
ROW = re.compile(r"^\| `(px6_bot_\w+)` \| (\w+) \|(.*?)\| (.*) \|$", re.MULTILINE)
RULE = re.compile(
    r"      - alert: (?P<name>\w+)\n"
    r"        expr: (?P<expr>[^\n]+)\n"
    r"        for: \d+m\n"
    r"        labels:\n          severity: (?:critical|warning)\n"
    r"        annotations:\n          summary: [^:#\n]+\n          description: [^:#\n]+\n"
)
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


def metrics() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The name of each as the table has it, its type and its labels."""
    registry: Any = Metrics(lambda: 0.0, "polling").registry
    for collector in registry._collector_to_names:
        for family in collector.describe() if hasattr(collector, "describe") else ():
            if family.name.startswith("px6_bot_"):
                name = family.name + ("_total" if family.type == "counter" else "")
                yield name, family.type, collector._labelnames


def samples() -> set[str]:
    """The names under which Prometheus keeps them."""
    ours = {name.removesuffix("_total") + suffix for name, kind, _ in metrics() for suffix in SUFFIXES[kind]}
    return ours | {"process_resident_memory_bytes"}


@pytest.fixture(scope="module")
def operating() -> str:
    return (ROOT / "docs/operating.md").read_text("utf-8")


def test_the_table_has_each_metric_with_its_type_and_labels(operating: str) -> None:
    rows = [(name, kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels, _ in ROW.findall(operating)]
    assert len(rows) > 15
    assert sorted(rows) == sorted(metrics())


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("px6_bot_updates_total", OUTCOMES),
        ("px6_bot_px6_calls_total", ["ok", *(word for _, word in PX6_OUTCOMES), "other"]),
        ("px6_bot_telegram_refusals_total", [*(word for _, word in REASONS), "other"]),
        ("px6_bot_payments_total", ["buy", "prolong", *(str(state) for state in OrderState if not state.is_open)]),
        ("px6_bot_reminders_total", [SENT, *UNDELIVERED.values()]),
        ("px6_bot_info", ["mode", "polling", "webhook"]),
    ],
)
def test_the_table_says_what_a_label_may_be(operating: str, metric: str, words: list[str]) -> None:
    [said] = [what for name, _, _, what in ROW.findall(operating) if name == metric]
    assert sorted(re.findall(r"`(\w+)`", said)) == sorted(words)


def test_the_alert_rules_are_the_five_of_the_table_and_lean_on_what_there_is(operating: str) -> None:
    text = (ROOT / "deploy/alerts.yaml").read_text("utf-8")
    head, _, rules = text.partition("    rules:\n")
    assert re.sub(r"#.*\n", "", head) == "groups:\n  - name: px6-bot\n"
    found = list(RULE.finditer(rules))
    assert "\n".join(rule[0] for rule in found) == rules, "the rules, a line between them, and nothing else"
    assert len(found) == 5
    assert [rule["name"] for rule in found] == re.findall(r"^\| `(Px6Bot\w+)` \|", operating, re.MULTILINE)
    for rule in found:
        assert set(METRIC.findall(rule["expr"])) <= samples(), rule["name"]
        assert METRIC.search(rule["expr"])
    outcomes = {word for _, word in PX6_OUTCOMES}
    [silent] = re.findall(r'outcome=~"([\w|]+)"', text)
    assert set(silent.split("|")) < outcomes


def test_the_dashboard_is_json_and_each_metric_that_it_names_exists() -> None:
    dashboard = json.loads((ROOT / "deploy/grafana-dashboard.json").read_text("utf-8"))
    panels = dashboard["panels"]
    expressions = [target["expr"] for panel in panels for target in panel["targets"]]
    named = {name for expression in expressions for name in METRIC.findall(expression)}
    assert named <= samples()
    of_ours = {name.removesuffix("_total") for name, _, _ in metrics()}
    shown = {re.sub(r"_(?:total|bucket|sum|count)$", "", name) for name in named}
    assert of_ours <= shown, "all of them are shown"
    assert len({panel["id"] for panel in panels}) == len(panels)
    for one, other in combinations((panel["gridPos"] for panel in panels), 2):
        assert is_apart(one, other), (one, other)


def is_apart(one: dict[str, int], other: dict[str, int]) -> bool:
    """Whether two panels do not lie on each other."""
    beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    return beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
