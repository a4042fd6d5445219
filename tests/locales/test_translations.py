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


@pytest.mark.parametrize(
    "language,key,message", [(code, key, message) for code in OTHERS for key, message in translated(code).items()]
)
def test_translations_keep_slots_and_plural_forms(language: str, key: str, message: Message) -> None:
    forms = [message.string] if isinstance(message.string, str) else list(message.string)
    plural = not isinstance(message.id, str)
    assert len(forms) == (Catalog(locale=language).num_plurals if plural else 1)
    allowed = set(SLOT.findall(key)) | (set(SLOT.findall(message.id[1])) if plural else set())
    for form in forms:
        assert form
        assert set(SLOT.findall(form)) <= allowed
        assert set(SLOT.findall(form)) >= allowed - ({"{count}"} if plural else set())
