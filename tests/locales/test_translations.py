"""Every sentence in the code exists in Russian, with the same slots and all plural forms; none is left over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
KEYWORDS = {"tr": None, "rich": None, "title": None, "n": (1, 2), "rich_n": (1, 2)}
RUSSIAN_FORMS = 3
SLOT = re.compile(r"\{\w+\}")


def sentences() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """(file, sentence or (one, many)) for everything marked for translation."""
    for folder in ("handlers", "bot"):
        for file, _, message, _, _ in extract_from_dir(ROOT / folder, keywords=KEYWORDS):
            if message:
                yield f"{folder}/{file}", message


def russian() -> dict[str, Message]:
    """All messages of the Russian files by their English singular."""
    found: dict[str, Message] = {}
    for path in sorted(ROOT.joinpath("locales/ru").glob("*.po")):
        with path.open("rb") as file:
            catalogue: Catalog = read_po(file, locale="ru", abort_invalid=True)
        found |= {(m.id if isinstance(m.id, str) else m.id[0]): m for m in catalogue if m.id}
    return found


def test_every_sentence_has_a_russian_translation() -> None:
    known = russian()
    used = {s if isinstance(s, str) else s[0] for _, s in sentences()}
    missing = {key for key in used if key not in known or not known[key].string}
    assert not missing


def test_no_sentence_is_translated_in_two_ways() -> None:
    """The files are merged into one catalogue, where the last would win; a plural would hide behind a singular."""
    found: dict[str, set[str]] = {}
    for path in sorted(ROOT.joinpath("locales/ru").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="ru"):
                key = message.id if isinstance(message.id, str) else message.id[0]
                found.setdefault(key, set()).add(repr(message.string))
    assert not {key for key, ways in found.items() if key and len(ways) > 1}


def test_russian_has_one_kind_of_dash_and_its_own_quotation_marks() -> None:
    for key, message in russian().items():
        forms = [message.string] if isinstance(message.string, str) else message.string
        assert not any(mark in form for form in forms for mark in ("—", "“", "”")), key


def test_a_sentence_has_one_translation_in_its_place() -> None:
    for file in sorted((ROOT / "locales" / "ru").glob("*.po")):
        assert not re.search(r'^msgstr ".*"\n(?=msgstr ")', file.read_text(), re.MULTILINE), file.name


def test_no_translation_is_left_over() -> None:
    used = {s if isinstance(s, str) else s[0] for _, s in sentences()}
    left_over = set(russian()) - used
    assert not left_over


@pytest.mark.parametrize("key,message", russian().items())
def test_translations_keep_slots_and_plural_forms(key: str, message: Message) -> None:
    forms = [message.string] if isinstance(message.string, str) else list(message.string)
    plural = not isinstance(message.id, str)
    assert len(forms) == (RUSSIAN_FORMS if plural else 1)
    allowed = set(SLOT.findall(key)) | (set(SLOT.findall(message.id[1])) if plural else set())
    for form in forms:
        assert form
        assert set(SLOT.findall(form)) <= allowed
        assert set(SLOT.findall(form)) >= allowed - ({"{count}"} if plural else set())
