"""Every sentence in the code exists in every language, with the same slots and all plural forms; none is left."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from locales import ENGLISH, LANGUAGES
from tests.locales.sentences import SLOT, files, sentences, translated

OTHERS = sorted(set(LANGUAGES) - {ENGLISH})


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_translated(language: str) -> None:
    known = translated(language)
    used = {s if isinstance(s, str) else s[0] for _, s in sentences()}
    missing = {key for key in used if key not in known or not known[key].string}
    assert not missing


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_is_translated_in_two_ways(language: str) -> None:
    """The files are merged into one catalogue, where the last would win; a plural would hide behind a singular."""
    found: dict[str, set[str]] = {}
    for path in files(language):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                key = message.id if isinstance(message.id, str) else message.id[0]
                found.setdefault(key, set()).add(repr(message.string))
    assert not {key for key, ways in found.items() if key and len(ways) > 1}


def test_russian_has_one_kind_of_dash_and_its_own_quotation_marks() -> None:
    for key, message in translated("ru").items():
        forms = [message.string] if isinstance(message.string, str) else message.string
        assert not any(mark in form for form in forms for mark in ("—", "“", "”")), key


@pytest.mark.parametrize("language", OTHERS)
def test_a_sentence_has_one_translation_in_its_place(language: str) -> None:
    for file in files(language):
        assert not re.search(r'^msgstr ".*"\n(?=msgstr ")', file.read_text(), re.MULTILINE), file.name


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_left_over(language: str) -> None:
    used = {s if isinstance(s, str) else s[0] for _, s in sentences()}
    left_over = set(translated(language)) - used
    assert not left_over


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_slots_and_plural_forms(language: str) -> None:
    plurals = Catalog(locale=language).num_plurals
    assert not [key for key, message in translated(language).items() if not is_faithful(*texts(message), plurals)]


def texts(message: Message) -> tuple[list[str], list[str]]:
    """The English sentence, as one and as many where it counts, and the forms of its translation."""
    english, forms = message.id, message.string
    return (
        [english] if isinstance(english, str) else list(english),
        [forms] if isinstance(forms, str) else list(forms),
    )


def is_faithful(english: list[str], forms: list[str], plurals: int) -> bool:
    """Whether every form is there, and none has another slot; a form of a plural may leave out the number."""
    counts = len(english) > 1
    slots = set(SLOT.findall(" ".join(english)))
    least = slots - ({"{count}"} if counts else set())
    return len(forms) == (plurals if counts else 1) and all(
        form and least <= set(SLOT.findall(form)) <= slots for form in forms
    )


@pytest.mark.parametrize(
    "forms,faithful",
    [
        (["{count} {of} а", "{count} {of} б", "{of} в"], True),
        (["{count} {of} а", "{count} {of} б"], False),
        (["{count} {of} а", "", "{of} в"], False),
        (["{count} {of} а", "{count} б", "{of} в"], False),
        (["{count} {of} а", "{count} {of} {b} б", "{of} в"], False),
    ],
)
def test_what_is_a_faithful_translation(forms: list[str], faithful: bool) -> None:
    assert is_faithful(["one {of} {count}", "many {of} {count}"], forms, 3) == faithful
