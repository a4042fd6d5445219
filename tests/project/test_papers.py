"""What stands in the papers is true: settings, commands, help."""

from __future__ import annotations

import re
from pathlib import Path

from bot.settings import EXAMPLES, Settings
from handlers.account.home import commands
from handlers.ground.words import Words
from handlers.operators.commands import operator_commands
from sandbox.px6 import Px6State
from sandbox.px6.control import REQUESTS
from sandbox.telegram import TelegramState
from sandbox.web import Backstage
from sandbox.web.server import page_app

ROOT = Path(__file__).parents[2]
# systemd sets these for its services; nobody writes them into a settings file.
OF_SYSTEMD = {"CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET", "STATE_DIRECTORY", "WATCHDOG_USEC"}
SETTINGS = {name.upper() for name in Settings.model_fields} - OF_SYSTEMD


def test_every_setting_stands_in_the_example_file_with_its_default() -> None:
    listed = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE))
    assert set(listed) == SETTINGS
    assert Settings.load(_env_file=ROOT / ".env.example", bot_token=EXAMPLES["BOT_TOKEN"]) == Settings.load(
        _env_file=None, bot_token=EXAMPLES["BOT_TOKEN"]
    )


def test_every_setting_is_described_in_the_readme() -> None:
    described = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE))
    assert described == SETTINGS


def test_every_setting_has_an_example_for_its_complaint() -> None:
    assert set(EXAMPLES) == SETTINGS


def test_everything_that_a_script_can_ask_the_demo_for_is_described() -> None:
    app = page_app(Backstage(TelegramState(), Px6State()))
    served = {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource}
    asked = {f"{method} {path}" for method, path in served if method not in ("HEAD", "*") and path.count("/") > 1}
    asked |= {f"{method} /sandbox/{name}" for method, name in REQUESTS}
    asked = {each for each in asked if "/site/" not in each} | {"GET /events", "GET /stream"}
    described = set(re.findall(r"`((?:GET|POST|PATCH|DELETE) /[^`]*)`", (ROOT / "docs/demo.md").read_text("utf-8")))
    assert described == asked


def test_every_test_that_a_guarantee_leans_on_is_there() -> None:
    """`…::test_x` stands in the file that was named before it."""
    named = re.findall(r"`(tests/[\w/.]*|…)(?:::(test_\w+))?`", (ROOT / "docs/guarantees.md").read_text("utf-8"))
    path, missing = "", set()
    for place, test in named:
        path = path if place == "…" else place
        file = ROOT / path
        if not file.exists() or (test and f"def {test}(" not in file.read_text("utf-8")):
            missing.add((path, test))
    assert named and not missing


def test_every_command_that_is_handled_is_in_the_help_and_the_other_way_round() -> None:
    handled: set[str] = {"start"}
    for path in (ROOT / "handlers").rglob("*.py"):
        for names in re.findall(r"\bCommand\(([^)]*)\)", path.read_text("utf-8")):
            handled |= set(re.findall(r'"(\w+)"', names))
    assert {name for name, _, _ in commands(Words("en"))} == handled


def test_every_command_of_operators_is_in_their_help_and_in_the_paper_for_them() -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "handlers/operators").glob("*.py"))
    handled = set(re.findall(r'OperatorCommand\("(\w+)"\)', sources))
    listed = operator_commands(Words("en"))
    table = (
        (ROOT / "docs/operating.md").read_text("utf-8").partition("## Operators in the chat")[2].partition("\n## ")[0]
    )
    told = {line.replace("\\|", "|") for line in re.findall(r"^\| `/([^`]+)`", table, re.MULTILINE)}
    assert {name for name, _, _ in listed} == handled
    assert told == {f"{name} {form}".strip() for name, forms, _ in listed for form in forms.split("\n")}


def test_the_help_and_the_readme_name_the_same_commands_with_the_same_arguments() -> None:
    table = (ROOT / "README.md").read_text("utf-8").partition("| command | does |")[2].partition("\n\n")[0]
    listed = set()
    for command in re.findall(r"`/([^`]+)`", table):
        name, _, arguments = command.replace("\\|", "|").partition(" ")
        listed.add((name, arguments))
    told = {(name, form) for name, forms, _ in commands(Words("en")) for form in forms.split("\n")}
    assert told == listed


def test_the_command_menu_fits_telegrams_limits_in_both_languages() -> None:
    for language in ("en", "ru"):
        for name, _, does in (*commands(Words(language)), *operator_commands(Words(language))):
            assert re.fullmatch(r"[a-z0-9_]{1,32}", name)
            assert 1 <= len(does) <= 256
