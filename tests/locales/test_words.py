"""The sentences use the words of `locales/README.md`: what a test can hold of it, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.approved.approving import has_buttons, modules, states_in, too_wide
from tests.locales.sentences import ROOT, SLOT, sentences, translated

GLOSSARY = ROOT.joinpath("locales", "README.md").read_text("utf-8").partition("## Words")[2].partition("## ")[0]
PURCHASES = {"handlers/orders/buy.py", "handlers/orders/buy_quote.py", "handlers/orders/sold_out.py"}

# (sentence in English, banned word) where the word is right after all, and why.
EXCEPT: dict[tuple[str, str], str] = {}


def banned() -> list[str]:
    """The last column of the table, word by word, and what is banned without an entry."""
    rows = [line.split("|") for line in GLOSSARY.splitlines() if line.startswith("| ") and "| never |" not in line]
    listed = [word.strip() for row in rows for word in row[4].split(",")]
    alone = re.search(r"banned without an entry of their own: (.*)", GLOSSARY)
    assert alone
    return [word for word in listed if word] + re.findall("“([^”]+)”", alone[1])[:1]


def pattern(word: str) -> re.Pattern[str]:
    """The word in its forms: English with an s, Russian with any ending; at the beginning of a sentence as well."""
    stem = re.sub("[аеиойуыьэюя]+$", "", word) if re.search("[а-яё]", word) else word
    ending = r"\w{0,3}" if stem != word or re.search("[а-яё]", word) else "s?"
    return re.compile(rf"(?<![\w-])[{stem[0]}{stem[0].upper()}]{re.escape(stem[1:])}{ending}\b")


def forms(text: object) -> list[str]:
    return [text] if isinstance(text, str) else [str(each) for each in text] if isinstance(text, list | tuple) else []


def everything() -> Iterator[tuple[str, list[str], list[str]]]:
    """(English key, English forms, Russian forms) for every sentence, without what its slots are called."""
    for key, message in translated("ru").items():
        english, russian = forms(message.id), forms(message.string)
        yield key, [SLOT.sub("{}", each) for each in english], [SLOT.sub("{}", each) for each in russian]


def test_the_table_of_words_is_read() -> None:
    words = banned()
    assert len(words) > 30
    assert {"operator", "кабинет", "meanwhile"} <= set(words)
    assert pattern("квитанция").search("Нет квитанций.") and pattern("sum").search("Sums are")
    assert not pattern("sum").search("a summary")


def test_no_sentence_has_a_banned_word() -> None:
    patterns = {word: pattern(word) for word in banned()}
    found = {
        (key, word)
        for key, english, russian in everything()
        for word, banned_form in patterns.items()
        for form in english + russian
        if banned_form.search(form)
    }
    assert found == set(EXCEPT)


def test_px6s_auto_renewal_has_its_name_in_both_languages() -> None:
    for key, english, russian in everything():
        assert not any(re.search("(?<!px6's )auto-renew", form, re.IGNORECASE) for form in english), key
        named = ["px6's auto-renewal" in form for form in english]
        of_px6 = [bool(re.search(r"автопродлени\w+ px6", form, re.IGNORECASE)) for form in russian]
        assert set(named) == set(of_px6), key


def test_nothing_was_bought_is_said_only_of_purchases() -> None:
    said = {file for file, sentence in sentences() if "Nothing was bought" in str(sentence)}
    assert said and said <= PURCHASES


def test_all_russian_forms_carry_the_same_placeholders_and_the_english_ones_too() -> None:
    """Only the English singular may leave out the number: the first Russian form is also that of 21."""
    for key, message in translated("ru").items():
        slots = [set(SLOT.findall(form)) for form in forms(message.string)]
        assert all(each == slots[0] for each in slots), key
        first, *others = [set(SLOT.findall(form)) for form in forms(message.id)]
        assert all(first <= each <= first | {"{count}"} for each in others), key


def test_a_sentence_ends_with_the_same_mark_in_both_languages() -> None:
    for key, message in translated("ru").items():
        assert mark(forms(message.id)) == mark(forms(message.string)), key


def mark(texts: list[str]) -> set[str]:
    return {form[-1] if form[-1] in ".:?…" else "" for form in texts}


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("module", [module for module in modules() if has_buttons(module)])
def test_labels_side_by_side_are_short(module: str, language: str) -> None:
    assert list(too_wide(states_in(language, module))) == []
