"""What a person typed, read as they mean it: both sides of each edge."""

from __future__ import annotations

import pytest

from handlers.account.key import find_key
from handlers.ground import parsing
from handlers.ground.countries import country, country_of
from handlers.ground.drafts import cut_comment
from handlers.ground.parsing import BadInput
from handlers.ground.typed import Word, alike, in_one_line, is_blank, key_spellings, plain, read, tidy, unmarked
from handlers.ground.words import Words
from tests.odd_characters import INVISIBLE, SPACES

ENGLISH, RUSSIAN = Words("en"), Words("ru")
KEY = "0123456789-abcdef0123-4567890abc"


@pytest.mark.parametrize("space", SPACES)
def test_any_white_space_separates_like_a_space(space: str) -> None:
    typed = read(f"/delete{space}15{space}16")
    assert (typed.command, [word.text for word in typed.words]) == ("delete", ["15", "16"])


@pytest.mark.parametrize("mark", INVISIBLE)
def test_marks_at_the_edges_of_words_are_ignored_and_within_them_kept(mark: str) -> None:
    typed = read(f"{mark}/delete{mark} {mark}15{mark},{mark}sh{mark}op{mark}")
    assert (typed.command, [word.text for word in typed.words]) == ("delete", ["15", f"sh{mark}op"])
    assert [word.text for word in read(f"/delete “{mark}2024{mark}”").words] == ["2024"]


@pytest.mark.parametrize(
    ("text", "command", "bot", "body"),
    [
        ("/PROXIES", "proxies", "", ""),
        ("/Buy@My_Bot 1", "buy", "my_bot", "1"),
        ('/delete"20 24"', "delete", "", '"20 24"'),
        ("/buy,1", "buy", "", ",1"),
        ("/comment 15 one\ntwo  three", "comment", "", "15 one\ntwo  three"),
        ("/path/to", "", "", "/path/to"),
        ("/buy-1", "", "", "/buy-1"),
        ("/купить 1", "", "", "/купить 1"),
        ("/", "", "", "/"),
        ("buy 1", None, "", "buy 1"),
        ("", None, "", ""),
    ],
)
def test_a_command_is_found_in_any_case_and_nothing_else_is_one(
    text: str, command: str | None, bot: str, body: str
) -> None:
    typed = read(text)
    assert (typed.command, typed.bot, typed.body) == (command, bot, body)


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ("15 16", (15, 16)),
        ("15,16;17", (15, 16, 17)),
        ("10 11,12", (10, 11, 12)),
        ("15，16；17、18", (15, 16, 17, 18)),
        ("#15 № 16 №17", (15, 16, 17)),
        ("0015 15", (15,)),
        ("１５ １６", (15, 16)),
        ("999999999999", (999999999999,)),
        ("0000000000000000015", (15,)),
    ],
)
def test_ids_are_read_however_they_are_separated_and_marked(written: str, ids: tuple[int, ...]) -> None:
    assert parsing.ids(ENGLISH, read(f"/check {written}").words, "15") == ids


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("10-15", "“10-15” is a range"),
        ("10 – 15", "“–” is a range"),
        ("10..15", "“10..15” is a range"),
        ("#10-#15", "“#10-#15” is a range"),
        ("0", "“0” is not an ID"),
        ("1000000000000", "“1000000000000” is not an ID"),
        ("18446744073709551616", "“18446744073709551616” is not an ID"),
        ("9" * 4000, "is not an ID"),
        ("-15", "“-15” is a range"),
        ("1.5", "“1.5” is not an ID"),
        ("1\u200b5", "is not an ID"),
        ("15x", "“15x” is not an ID"),
        ("##15", "“##15” is not an ID"),
        ("①", "“①” is not an ID"),
        ("٣", "“٣” is not an ID"),
        ("", "Which proxies?"),
    ],
)
def test_what_is_no_id_is_refused_in_one_line_with_an_example(written: str, why: str) -> None:
    with pytest.raises(BadInput, match="Example: /check 15") as refused:
        parsing.ids(ENGLISH, read(f"/check {written}").words, "/check 15")
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("５", 5), ("005", 5), ("\u200b5\u200b", 5), ("1 000", 1000), ("1\xa0000", 1000), ("1,000", 1000),
        ("1.000", 1000), ("1'000", 1000), ("1’000", 1000), ("100 000", 100_000),
        ("1,00", None), ("1,0000", None), ("1.5", None), ("0,500", None), ("-5", None), ("5x", None), ("", None),
        ("1,000,0", None), ("²", None), ("۵", None), ("٣", None), ("9" * 4000, None),
    ],
)  # fmt: skip
def test_a_number_is_read_in_any_script_and_in_groups(text: str, number: int | None) -> None:
    assert parsing.whole_number(text) == number


def test_two_readings_of_a_number_are_told_apart_or_asked_about() -> None:
    def read_all(text: str) -> list[int]:
        return parsing.parse_unambiguous(ENGLISH, read(text), two_or_three, "/price 10 30")

    def two_or_three(given: object) -> list[int]:
        words = list(given)  # type: ignore[call-overload]
        if len(words) not in (2, 3):
            raise BadInput(parsing.wrong(ENGLISH, "how many", "1").text)
        parsing.period(ENGLISH, words[1].text, "30")
        return [int(word.plain) for word in words]

    assert read_all("/price 1,000 30") == read_all("/price 1 000 30") == [1000, 30]
    assert read_all("/price 5,100") == [5, 100]
    assert read_all("/price 5 100 4") == [5, 100, 4]
    assert read_all("/price 5, 100, 4") == [5, 100, 4]
    with pytest.raises(BadInput, match=r"Is the comma in “5,100 4” inside a number or between two\?"):
        read_all("/price 5,100 4")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("de", "de"), ("DE", "de"), ("ｄｅ", "de"), ("\u200eGermany", "de"), ("Hong Kong", "hk"),
        ("hong\xa0kong", "hk"),
        ("Гонконг", "hk"), ("Южная Корея", "kr"), ("South Korea", "kr"), ("Guinea-Bissau", "gw"),
        ("Guinea‑Bissau", "gw"), ("Cote d’Ivoire", "ci"), ("Trinidad and Tobago", "tt"), ("USA", "us"), ("сша", "us"),
        ("United States of America", "us"), ("Turkey", "tr"), ("Türkiye", "tr"), ("germ", "de"), ("uk", "gb"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("w", [ENGLISH, RUSSIAN])
def test_a_country_is_known_by_its_letters_and_names_in_both_languages(w: Words, text: str, code: str) -> None:
    assert country(w, text, "de") == code


@pytest.mark.parametrize("text", ["korea", "united", "zz", "eu", "d", "", "Атлантида", "7"])
def test_a_country_that_is_none_or_many_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="I do not know the country"):
        country(ENGLISH, text, "de")


@pytest.mark.parametrize(
    ("written", "code", "rest"),
    [
        ("de", "de", []),
        ("de Kong", "de", ["Kong"]),
        ("Hong Kong", "hk", []),
        ("Hong Kong my shop", "hk", ["my", "shop"]),
        ("Южная Корея socks", "kr", ["socks"]),
        ('"United States" socks shop', "us", ["socks", "shop"]),
        ("United Arab Emirates ipv4", "ae", ["ipv4"]),
        ('Guinea "Bissau"', "gn", ["Bissau"]),
        ('"Guinea Bissau"', "gw", []),
        ("germ socks shop", "de", ["socks", "shop"]),
        ("us 2024", "us", ["2024"]),
        ("de 👍 !!!", "de", ["👍", "!!!"]),
        ("de and more", "de", ["and", "more"]),
        ("Trinidad & Tobago & more", "tt", ["&", "more"]),
        ('United Kingdom "my shop"', "gb", ["my shop"]),
        ('"United Kingdom" my shop', "gb", ["my", "shop"]),
    ],
)
def test_a_country_of_several_words_ends_where_its_name_ends(written: str, code: str, rest: list[str]) -> None:
    found, left = country_of(ENGLISH, read(f"/buy {written}").words, "/buy 1 30 de")
    assert (found, [word.text for word in left]) == (code, rest)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("Guinea Bissau", "Is “Guinea Bissau” a country, or a country and a comment"),
        ("us virgin islands", "Is “us virgin islands” a country, or a country and a comment"),
        ("germ shop", "I do not know the country “germ shop”"),
        ("Hong Kong2", "I do not know the country “Hong Kong2”"),
        ("ipv4 de", "I do not know the country “ipv4”"),
    ],
)
def test_a_country_that_cannot_be_told_from_a_comment_is_asked_about(written: str, why: str) -> None:
    with pytest.raises(BadInput, match="/buy 1 30") as refused:
        country_of(ENGLISH, read(f"/buy {written}").words, "/buy 1 30 de")
    assert why in str(refused.value)


def test_the_question_about_a_country_shows_both_spellings() -> None:
    with pytest.raises(BadInput) as refused:
        country_of(ENGLISH, read("/buy 1 30 Guinea Bissau").words[2:], "/buy 1 30 de")
    for line in str(refused.value).splitlines()[2:]:
        assert country_of(ENGLISH, read(line).words[2:], "/buy 1 30 de")[0] in ("gw", "gn")


@pytest.mark.parametrize(
    "written",
    [
        KEY, f" {KEY}\n", KEY.replace("-", "\u2011"), KEY.replace("-", "–"), KEY.replace("-", "\u2212"),
        KEY.replace("-", "\xad"), KEY.replace("-", "－"), f"\ufeff{KEY}\u200b", KEY.replace("5", "5\u200b"),
        KEY.replace("8", "\xad8"), f"my key:{KEY},ok", "".join(chr(ord(c) + 0xFEE0) for c in KEY),
    ],
)  # fmt: skip
def test_a_key_is_a_key_with_any_hyphens_and_marks(written: str) -> None:
    assert find_key(written) == KEY


@pytest.mark.parametrize("written", [KEY[:-1], KEY.replace("a", "g"), KEY.replace("-", "_"), "15-16-17"])
def test_what_only_resembles_a_key_is_none(written: str) -> None:
    assert find_key(written) is None


@pytest.mark.parametrize("text", [" ", "\n", "\u200b", "\xad\u2060", "\u3164", "\u2800 \u2800", "\ufe0f", "\u202e"])
def test_a_text_of_blanks_is_no_comment_and_no_label(text: str) -> None:
    assert is_blank(text)
    assert in_one_line(text) == "␣"
    with pytest.raises(BadInput, match="only spaces"):
        parsing.comment(ENGLISH, text, "/comment 15 shop")


@pytest.mark.parametrize("text", ["", "a", ".", "❤️", "👨‍👩‍👧", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "שלום", "א\u200fב", "ё", "\U0001fae8"])
def test_whatever_can_be_seen_is_a_comment(text: str) -> None:
    assert parsing.comment(ENGLISH, text, "/comment 15 shop") == text
    assert tidy(text) == text


def test_texts_that_look_alike_are_alike_and_others_are_not() -> None:
    assert alike("my\xa0 shop\u200b") == alike("my\nshop") == "my shop"
    assert alike("my shop") != alike("myshop")
    assert alike("Shop") != alike("shop")
    assert plain(" ＩＰｖ６\u200b") == "ipv6"


def test_a_comment_is_cut_by_characters_and_leaves_nothing_unseen_at_its_end() -> None:
    assert cut_comment("😀" * 60) == "😀" * 50
    assert cut_comment("x" * 49 + "\u200by") == "x" * 49


def test_a_label_does_not_turn_what_follows_it() -> None:
    assert in_one_line("shop\u202e\ntest") == "shop test"


def test_a_word_in_quotes_is_text_whatever_it_looks_like() -> None:
    first, second, third = read("/delete „15“ «№ 15» 15").words
    assert [first.id_digits, second.id_digits, third.id_digits] == ["", "", "15"]
    assert not Word("10-15", quoted=True).is_range


@pytest.mark.parametrize("code", [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0])
def test_fillers_are_drawn_as_nothing_and_their_neighbours_are_not(code: int) -> None:
    assert is_blank(chr(code))
    assert not is_blank(f"a{chr(code)}")


@pytest.mark.parametrize(("first", "last"), [(0xFE00, 0xFE0F), (0xE0100, 0xE01EF)])
def test_variation_selectors_are_drawn_as_nothing(first: int, last: int) -> None:
    assert is_blank(chr(first) + chr(last))
    assert [is_blank(chr(code)) for code in (last + 1, 0x034E, 0x1161, 0x2801, 0x3163, 0x3165)] == [False] * 6


def test_full_width_forms_are_ascii_from_the_first_to_the_last_and_no_other() -> None:
    assert plain("a\uff01\uff10\uff3a\uff5ea") == "a!0z~a"
    assert plain("\uff5f") == "\uff5f"


def test_marks_inside_a_key_are_left_out_and_a_soft_hyphen_may_be_a_hyphen() -> None:
    assert unmarked("a\u200bb\u2060\ufeffc") == "abc"
    assert key_spellings(" 0a\u200b–1\xadb ") == ("0a-1b", "0a-1-b")


def test_the_text_after_other_words_is_as_it_was_written() -> None:
    typed = read('/comment 15  two   words, "and more"')
    assert typed.text_of(typed.words[1:]) == 'two   words, "and more"'
    assert typed.text_of(typed.words[-1:]) == "and more"
    assert typed.text_of(typed.words[1:2]) == "two"
    assert typed.text_of(()) == ""
    assert (typed.is_command, read("15").is_command, read("/").is_command) == (True, False, True)


def test_a_word_knows_whether_it_is_a_number() -> None:
    assert [Word(text).is_number for text in ("15", "１５", "1.5", "٣", "²", "")] == [True, True, *[False] * 4]
    assert not Word("15", quoted=True).is_number
