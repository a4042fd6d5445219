"""Whatever people write or forge, a parser gives a value within its bounds or BadInput; a button unpacks or not."""

from __future__ import annotations

import string
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from handlers.ground import parsing
from handlers.ground.countries import country
from handlers.ground.parsing import BadInput
from handlers.ground.typed import read, tidy
from handlers.ground.words import Words
from handlers.proxies.pasted_text import read_pasted
from services.account.accounts import BadKey, clean_key
from services.proxies.exports import Format, WrongTemplate, check_template, export
from tests.callback_forgeries import button_kinds
from tests.sample_proxies import a_proxy

ENGLISH, RUSSIAN = Words("en"), Words("ru")
NASTY = string.ascii_letters + string.digits + " \n\t,;\"'“”«»/>@:{}<&%_-٣²①\u202e\u200b\x00😀ё"
texts = st.one_of(st.text(NASTY, max_size=60), st.text(max_size=60))
words = st.sampled_from([ENGLISH, RUSSIAN])


@given(text=texts, w=words, parse=st.sampled_from([parsing.count, parsing.period]))
@example(text="٣٠", w=ENGLISH, parse=parsing.count)
@example(text="9" * 5000, w=ENGLISH, parse=parsing.period)
@example(text="-5", w=ENGLISH, parse=parsing.count)
@example(text="5.5", w=ENGLISH, parse=parsing.count)
def test_a_number_is_within_its_bounds_or_refused(text: str, w: Words, parse: Callable[..., int]) -> None:
    try:
        number = parse(w, text, "5")
    except BadInput as error:
        assert str(error)
        return
    assert 1 <= number <= parsing.MAX_COUNT


@given(text=texts, w=words, parse=st.sampled_from([parsing.version, parsing.protocol, country]))
def test_a_name_is_known_or_refused(text: str, w: Words, parse: Callable[..., Any]) -> None:
    try:
        assert parse(w, text, "de")
    except BadInput as error:
        assert str(error)


PASTED = " \n\t,;:@/.{}[]\"'=#&-1234567890abcdef"


@given(text=st.text(PASTED, max_size=200), secret=st.from_regex(r"\A[G-Zg-z]{8}\Z"))
@example(text="1.2.3.4:80:", secret="password")
def test_whatever_is_pasted_is_read_and_no_word_beside_an_address_is_taken_for_one(text: str, secret: str) -> None:
    read = read_pasted(f"{text}{secret}:{secret}@185.22.134.250:7330\n{secret}:{text}")
    said = [str(place) for place in (*read.places, *read.likely_places)]
    assert not any(secret.lower() in each for each in said)
    assert all(0 < one < 10**12 for one in (*read.ids, *read.likely_ids))


@given(text=texts, w=words)
@example(text='/prolong 30 "', w=ENGLISH)
@example(text="/delete 1 1 1 ٣", w=ENGLISH)
@example(text="/delete " + "9" * 5000, w=ENGLISH)
def test_ids_are_positive_numbers_each_once_or_refused(text: str, w: Words) -> None:
    try:
        found = parsing.ids(w, read(text).words, "15")
    except BadInput as error:
        assert str(error)
        return
    assert len(set(found)) == len(found)
    assert all(0 < one < 10**parsing.ID_LIMIT for one in found)


@given(text=texts)
def test_words_are_parts_of_what_was_written(text: str) -> None:
    typed = read(text)
    assert typed.body in tidy(text)
    assert all(word.text in typed.body[word.start : word.end] for word in typed.words)
    assert typed.text_of(typed.words) in typed.body


@given(text=st.one_of(texts, st.text("0123456789abcdef-", min_size=5, max_size=130)))
@example(text="../" * 5)
@example(text="key?x=1")
def test_a_key_is_safe_in_an_address_or_refused(text: str) -> None:
    try:
        key = clean_key(text)
    except BadKey:
        return
    assert set(key) <= set(string.ascii_letters + string.digits + "_-")


@given(tail=st.one_of(texts, st.lists(st.text("0123456789az.-", max_size=5), max_size=9).map(":".join)))
def test_forged_data_is_a_button_or_no_button(tail: str) -> None:
    for kind in button_kinds():
        with suppress(TypeError, ValueError):  # what aiogram's filter takes for "another button"
            assert isinstance(kind.unpack(f"{kind.__prefix__}:{tail}"), kind)


@given(template=st.one_of(texts, st.text("{}hostprusea.!:[]0123 ", max_size=40)), comment=texts)
@example(template="{host.__class__}", comment="")
@example(template="{0}{host!r:>10000000}", comment="")
@example(template="{host}{comment}", comment="{pass}")
def test_a_template_is_filled_or_refused(template: str, comment: str) -> None:
    proxy = a_proxy(password="password", comment=comment)
    try:
        check_template(template)
    except WrongTemplate:
        return
    filled = export([proxy], Format.TEMPLATE, template)
    assert len(filled) <= 60 * (len(template) + len(comment) + 1)
    assert "password" not in filled or "{pass}" in template


@given(
    comments=st.lists(texts, max_size=3), how=st.sampled_from([how for how in Format if how is not Format.TEMPLATE])
)
def test_every_format_takes_every_comment(comments: list[str], how: Format) -> None:
    proxies = [a_proxy(number, country=None, version=None, comment=each) for number, each in enumerate(comments, 1)]
    assert isinstance(export(proxies, how), str)
