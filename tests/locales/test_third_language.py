"""A third language is its catalogues and one entry of the table: here German, with a few sentences."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from pathlib import Path

import pytest

import locales
from bot.menus import publish_menus
from handlers.ground import countries
from handlers.ground.words import Words
from handlers.reminders.lead_times import lead_from
from locales import ENGLISH, LANGUAGES, Language
from model.people import PersonId
from tests.world import World, new_world

ROOT = Path(__file__).parents[2]
CODES = re.compile(f"""["']({"|".join(LANGUAGES)})["']""")  # a text that is the code of a language
GERMAN = Language(
    name="Deutsch",
    phones=frozenset({"de"}),
    signs={"EUR": "€"},
    short_names={"AE": "Emirate"},
    also_called={"holland": "nl", "grossbritannien": "gb"},
    little_words=frozenset({"und"}),
    minutes=("m",),
    hours=("s",),
    days=("t",),
)
CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

msgid "Settings"
msgstr "Einstellungen"

msgid "Language"
msgstr "Sprache"

msgid "Language: {language}"
msgstr "Sprache: {language}"

msgid "What I can do"
msgstr "Was ich kann"

msgid "buy proxies"
msgstr "Proxys kaufen"

msgid "{count} day"
msgid_plural "{count} days"
msgstr[0] "{count} Tag"
msgstr[1] "{count} Tage"
"""
REMEMBERED = (locales.catalogue, countries.codes_by_name, countries.names_of_country, countries.little_words)


def forget_languages() -> None:
    for remembers in REMEMBERED:
        assert isinstance(remembers, _lru_cache_wrapper)
        remembers.cache_clear()


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The catalogues with one more language, in a folder of the test's own."""
    folder = tmp_path / "locales"
    folder.joinpath("de").mkdir(parents=True)
    folder.joinpath("de", "few.po").write_text(CATALOGUE, "utf-8")
    folder.joinpath("ru").symlink_to(ROOT / "locales" / "ru")
    monkeypatch.setattr(locales, "FOLDER", folder)
    monkeypatch.setitem(LANGUAGES, "de", GERMAN)
    forget_languages()
    yield
    monkeypatch.undo()
    forget_languages()


@pytest.mark.usefixtures("german")
def test_plural_forms_sums_countries_and_times_follow_the_new_language() -> None:
    w = Words("de")
    assert [w.days(1), w.days(3)] == ["1 Tag", "3 Tage"]
    assert w.n("{count} proxy", "{count} proxies", 2) == "2 proxies"  # not translated yet: the code's own sentence
    assert w.country("nl") == "Niederlande" and w.country("ae") == "Emirate"
    assert countries.country(w, "Niederlande", "/stock de") == countries.country(w, "Holland", "/stock de") == "nl"
    assert countries.country(w, "Großbritannien", "/stock de") == "gb"
    assert countries.country(w, "Bosnien Herzegowina", "/stock de") == "ba"  # officially with an "und"
    assert [lead_from("8 Stunden"), lead_from("2 Tage"), lead_from("8 ч")] == [8 * 3600, 2 * 86400, 8 * 3600]


async def test_a_phone_in_the_new_language_is_spoken_to_in_it(german: None, tmp_path: Path) -> None:
    async with new_world(tmp_path, publish=publish_menus) as world:
        ann = world.phone()
        await world.patch(f"/people/{ann.id}", {"language_code": "de-AT"})
        said = await ann.says("/help")
        assert said.startswith("Was ich kann") and "/buy COUNT" in said and "Proxys kaufen" in said
        await world.until(lambda: sum(r.method == "setmyshortdescription" for r in world.telegram.requests) == 3)
        seen = (await world.get(f"/people/{ann.id}/chat"))["bot"]
    assert {"command": "buy", "description": "Proxys kaufen"} in seen["commands"]


async def test_the_new_language_is_chosen_with_a_button(german: None, world: World) -> None:
    ann = world.phone()
    await ann.says("/language")
    assert {"• English", "Русский", "Deutsch"} <= set(await ann.labels())
    await ann.taps("Deutsch")
    await world.quiet()
    assert (await ann.reads()).startswith("Einstellungen\nSprache: Deutsch")
    assert world.rows("select language from people") == [("de",)]


async def test_who_had_chosen_a_language_that_is_gone_is_spoken_to_as_the_phone_is_set(world: World) -> None:
    ann = world.phone()
    await ann.says("/start")
    await world.app.services.people.set_language(PersonId(ann.id), "de")
    assert "Your px6 proxies, in this chat" in await ann.says("/start")


def test_nothing_in_the_code_but_the_table_knows_a_language() -> None:
    """No Russian letter, and no choice by the code of a language, outside of `locales`."""
    rooms = ("bot", "handlers", "services", "storage", "model", "px6")
    found = [path for room in rooms for path in ROOT.joinpath(room).rglob("*.py")]
    for path in found:
        text = path.read_text("utf-8")
        assert not re.search("[а-яё]", text, re.IGNORECASE), path
        if not CODES.search(text):
            continue
        nodes = list(ast.walk(ast.parse(text)))
        constants = {node.value for node in nodes if isinstance(node, ast.Constant)}
        assert not constants & (set(LANGUAGES) - {ENGLISH}), path
        compared = (
            [ast.unparse(node) for node in nodes if isinstance(node, ast.Compare)] if ENGLISH in constants else []
        )
        assert not [each for each in compared if f"'{ENGLISH}'" in each], path
