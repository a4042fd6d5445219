"""The screens about proxies, as pure functions: what a person reads and can tap, and that it fits a phone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Text

import px6
from handlers.ground.proxy_buttons import (
    AskComment,
    AskDelete,
    Card,
    Check,
    Chosen,
    Export,
    Picked,
    Prolong,
    Protocols,
    SetProtocol,
    View,
)
from handlers.ground.proxy_words import comment_mark, time_left
from handlers.ground.screen import Screen
from handlers.ground.words import Words
from handlers.money.forecast import breakdown_screen
from handlers.orders.prolong import TypePeriod, days_screen, ending_soon
from handlers.proxies.card import OfferSocks, card_screen
from handlers.proxies.check_run import CheckRun
from handlers.proxies.check_screens import progress_screen, summary_screen
from handlers.proxies.comment import SetComment
from handlers.proxies.delete import question_screen
from handlers.proxies.export_buttons import AskTemplate, ExportAs, ExportFor, MoreFormats
from handlers.proxies.export_screens import Habits, formats_screen, mixed_screen, more_screen
from handlers.proxies.export_sending import fits
from handlers.proxies.filter import FilterComment, filter_screen
from handlers.proxies.list import Listed, list_screen
from handlers.proxies.protocol import protocols_screen
from handlers.proxies.search import matches
from handlers.proxies.selection import chosen_screen
from handlers.proxies.selection_view import PickedProxies, filtered, page_of
from handlers.proxies.ticks import Tick, TickMany
from model.proxies import ProxyKind
from px6 import Protocol, Proxy, Version
from services.money.forecast import make_forecast
from services.money.prices import Prices
from services.proxies.exports import Format, telegram_link
from tests.sample_proxies import NOW, a_list, a_proxy

LANGUAGES = ("en", "ru")
PRICES = Prices(30, "RUB", Decimal(100), {Version.IPV6: Decimal(21)}, {})


def shown(screen: Screen) -> str:
    return str(screen.text.as_kwargs()["text"])


def buttons(screen: Screen) -> Iterator[InlineKeyboardButton]:
    return (each for row in screen.rows for each in row)


def labels(screen: Screen) -> list[str]:
    return [each.text for each in buttons(screen)]


def many(count: int) -> list[Proxy]:
    return [a_proxy(10_000_000 + i, ends_in=timedelta(hours=i + 1)) for i in range(count)]


def listed(view: View, proxies: list[Proxy], ticked: frozenset[int] = frozenset()) -> Listed:
    return Listed(view, proxies, ticked, None)


# -- the list


def test_soonest_end_comes_first() -> None:
    late, soon, gone = a_proxy(1), a_proxy(2, ends_in=timedelta(hours=1)), a_proxy(3, ends_in=-timedelta(hours=1))
    assert [p.id for p in filtered(View(state="z"), [late, soon, gone], None, NOW)] == [3, 2, 1]


def test_what_ends_within_three_days_is_offered_for_prolonging_and_what_follows_within_six_hours_with_it() -> None:
    three = timedelta(days=3)
    ends = {1: three, 2: three + timedelta(hours=6), 3: timedelta(hours=5), 4: three + timedelta(hours=6, seconds=1)}
    proxies = [a_proxy(one, ends_in=each) for one, each in ends.items()]
    assert ending_soon(proxies, NOW) == [3, 1, 2]
    assert ending_soon([each for each in proxies if each.id in (2, 4)], NOW) == [], "nothing is within three days"


def test_the_filter_lets_through_what_fits_in_every_way() -> None:
    fits = a_proxy(1, country="de", version="4", comment="shop")
    others = [a_proxy(2, country="us", version="4"), a_proxy(3, version="6"), a_proxy(4, version="4", comment="x")]
    view = View(country="de", version="4", comment=comment_mark("shop"))
    assert filtered(view, [fits, *others], None, NOW) == [fits]
    assert filtered(View(), [fits, *others], [3], NOW) == [others[1]]


def test_a_proxy_of_unknown_kind_is_told_by_its_address() -> None:
    six, four = a_proxy(1, version=None), a_proxy(2, version=None, ip="45.1.1.1")
    assert filtered(View(version="6"), [six, four], None, NOW) == [six]
    assert filtered(View(version=ProxyKind.IPV4_OR_SHARED), [six, four], None, NOW) == [four]
    assert filtered(View(version="4"), [six, four], None, NOW) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_of_thousands_shows_six_a_page_and_fits_a_phone(language: str) -> None:
    whole = many(5_000)
    screen = list_screen(Words(language), listed(View(page=834), whole), NOW)
    assert [p.id for p in page_of(View(page=834), whole)] == [p.id for p in whole[4998:]]
    assert len([row for row in screen.rows if row]) <= 9
    assert len(shown(screen).splitlines()) <= 10
    assert "834" in shown(screen)


def test_a_page_past_the_end_is_the_last() -> None:
    whole = many(8)
    assert page_of(View(page=99), whole) == whole[6:]
    assert page_of(View(page=1), whole) == whole[:6]


def test_without_ticks_a_row_opens_the_card_and_with_them_it_ticks() -> None:
    plain = list_screen(Words("en"), listed(View(), many(2)), NOW)
    assert next(buttons(plain)).callback_data == Card(proxy=10_000_000).pack()
    assert "…250:7000 · 1 h" in next(buttons(plain)).text
    choosing = list_screen(Words("en"), listed(View(ticks="abcdefgh"), many(2), frozenset({10_000_001})), NOW)
    first, second = list(buttons(choosing))[:2]
    assert first.text.startswith("☐")
    assert second.text.startswith("☑")
    assert second.callback_data == Tick(ticks="abcdefgh", proxy=10_000_001).pack()
    assert "Continue · 1" in labels(choosing)


@pytest.mark.parametrize("language", LANGUAGES)
def test_choosing_still_has_at_most_nine_rows_of_buttons(language: str) -> None:
    screen = list_screen(Words(language), listed(View(ticks="abcdefgh"), many(60), frozenset({1})), NOW)
    assert len([row for row in screen.rows if row]) <= 9


def test_an_empty_list_offers_a_way_on() -> None:
    filtered_out = list_screen(Words("en"), listed(View(country="de"), []), NOW)
    assert labels(filtered_out) == ["Clear the filter", "Show ended ones too", "Home", "Back"]
    nothing = list_screen(Words("en"), listed(View(state="z"), []), NOW)
    assert labels(nothing) == ["Buy", "Home", "Back"]
    ended = list_screen(Words("en"), listed(View(state="x"), []), NOW)
    assert labels(ended) == ["Show active ones too", "Home", "Back"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("15", [15]),
        ("15, 16;99", [15, 16]),
        ("15、16", [15, 16]),
        ("16、7015", [16]),
        ("250:7015", [15]),
        ("185.22.134.250:7016", [16]),
        ("SHOP", [15]),
        ("реклама", [16]),
        ("рекл", [16]),
        ("sho", [15]),
        ("70", [15, 16]),
        ("jap", [16]),
        ("ja", []),
        ("2A00:1838", [15, 16]),
        ("nothing like it", []),
        ("   ", []),
        ("7016", [16]),
        ('"', []),
    ],
)
def test_search_finds_ids_addresses_and_comments(text: str, found: list[int]) -> None:
    proxies = [a_proxy(15), a_proxy(16, comment="Реклама\n2", country="jp")]
    assert list(matches(Words("en"), a_list(proxies), text).ids) == found


def test_the_filter_offers_only_what_there_is_to_choose_from() -> None:
    alike = filter_screen(Words("en"), View(), [a_proxy(1), a_proxy(2)])
    assert "Country" not in labels(alike)
    mixed = filter_screen(Words("en"), View(), [a_proxy(1), a_proxy(2, country="us", comment="", version="4")])
    assert {"Country", "Comment", "IPv4", "IPv6"} <= set(labels(mixed))


# -- the card


def test_the_card_hides_the_password_under_a_spoiler() -> None:
    screen = card_screen(Words("en"), Card(proxy=15), a_proxy(), NOW)
    text = shown(screen)
    spoilers = [e for e in screen.text.as_kwargs()["entities"] if e.type == "spoiler"]
    assert [e.extract_from(text) for e in spoilers] == ["iagn2d"]
    assert "185.22.134.250:7015" in text
    assert "in 3 days" in text


def test_one_tap_copies_the_whole_proxy() -> None:
    first = next(buttons(card_screen(Words("en"), Card(proxy=15), a_proxy(), NOW)))
    assert first.copy_text is not None
    assert first.copy_text.text == "185.22.134.250:7015:5svBNZ:iagn2d"


def test_a_proxy_too_long_to_copy_has_no_copy_button() -> None:
    screen = card_screen(Words("en"), Card(proxy=15), a_proxy(password="x" * 300), NOW)
    assert not any(each.copy_text for each in buttons(screen))


def test_the_telegram_link_survives_odd_passwords() -> None:
    link = telegram_link(a_proxy(type="socks", user="a b", password="p&=#%/ü"))
    assert link is not None and link.startswith("https://t.me/socks?")
    assert parse_qs(urlsplit(link).query) == {
        "server": ["185.22.134.250"],
        "port": ["7015"],
        "user": ["a b"],
        "pass": ["p&=#%/ü"],
    }


def test_an_http_proxy_is_offered_the_change_of_protocol_first() -> None:
    by_label = {b.text: b for b in buttons(card_screen(Words("en"), Card(proxy=15), a_proxy(), NOW))}
    assert by_label["Use in Telegram"].callback_data == OfferSocks(proxy=15).pack()
    socks = {b.text: b for b in buttons(card_screen(Words("en"), Card(proxy=15), a_proxy(type="socks"), NOW))}
    assert (socks["Use in Telegram"].url or "").startswith("https://t.me/socks?server=185.22.134.250")


def test_back_of_a_card_leads_to_the_same_page_and_filter() -> None:
    on = Card(state="x", country="de", comment="0123abcd", page=7, proxy=15)
    back = list(buttons(card_screen(Words("en"), on, a_proxy(), NOW)))[-1]
    assert back.text == "Back"
    assert back.callback_data == View(state="x", country="de", comment="0123abcd", page=7).pack()


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_that_share_a_row_are_short(language: str) -> None:
    w, found = Words(language), PickedProxies([a_proxy(), a_proxy(16, type="socks")], [17])
    screens = [
        card_screen(w, Card(proxy=15), a_proxy(), NOW),
        list_screen(w, listed(View(), many(5_000)), NOW),
        list_screen(w, listed(View(ticks="abcdefgh"), many(5_000), frozenset({1})), NOW),
        list_screen(w, listed(View(ticks="abcdefgh", purpose="t"), many(5_000), frozenset(range(1_214))), NOW),
        days_screen(w, Prolong(proxy=15), [a_proxy()], NOW),
        breakdown_screen(w, make_forecast([a_proxy()], PRICES, Decimal(100), NOW), "country"),
        chosen_screen(w, Chosen(ticks="abcdefgh"), found, NOW),
        filter_screen(w, View(), many(3)),
        formats_screen(w, Export(), found, Habits([Format.JSON, Format.HOST_FIRST], "{host}"), also=1_204),
        more_screen(w, MoreFormats(part="p"), found, Habits(template="{host}")),
        more_screen(w, MoreFormats(part="l"), found, Habits(template="{host}")),
        mixed_screen(w, ExportFor(how=Format.GOLOGIN, take=""), Format.GOLOGIN, many(5_000)),
        protocols_screen(w, Protocols(ticks="abcdefgh"), found.known),
        question_screen(w, AskDelete(ticks="abcdefgh"), found, "abcdefgh", NOW),
    ]
    for screen in screens:
        for row in screen.rows:
            assert len(row) == 1 or all(len(each.text) <= 16 for each in row), [each.text for each in row]
            assert len(row) <= 2 or all(len(each.text) <= 8 for each in row), [each.text for each in row]
        assert len([row for row in screen.rows if row]) <= 9
        assert len(shown(screen).splitlines()) <= 12
        assert list(buttons(screen))[-1].text in ("Back", "Назад")
        assert {"Home", "Домой"} & set(labels(screen))


# -- every button fits


WIDEST = View(
    state="g",
    version="6",
    country="de",
    comment="0123abcd",
    found="abcdefgh",
    ticks="abcdefgh",
    page=1667,
    purpose="d",
)


def test_every_button_fits_into_64_bytes_however_wide_its_view() -> None:
    untick = WIDEST.but(ticks="")
    data = [
        WIDEST,
        WIDEST.to(TickMany, what="page"),
        WIDEST.to(Tick, proxy=999_999_999_999),
        WIDEST.to(Chosen),
        WIDEST.to(FilterComment, shown=9999),
        WIDEST.to(SetComment, draft="abcd"),
        WIDEST.to(SetProtocol, protocol=Protocol.SOCKS),
        WIDEST.to(Prolong, selection="abcdefgh", period=3650),
        WIDEST.to(TypePeriod, selection="abcdefgh"),
        untick.to(Prolong, proxy=999_999_999_999, period=3650),
        untick.to(SetComment, proxy=999_999_999_999, draft="abcd"),
        untick.to(SetProtocol, proxy=999_999_999_999, protocol=Protocol.SOCKS),
        untick.to(ExportAs, proxy=999_999_999_999, how=Format.TEMPLATE, seen=99_999),
        untick.to(ExportFor, proxy=999_999_999_999, how=Format.ADSPOWER, take="B"),
        untick.to(MoreFormats, proxy=999_999_999_999, part="l"),
        untick.to(AskTemplate, proxy=999_999_999_999),
        untick.to(AskComment, proxy=999_999_999_999),
    ]
    for each in data:
        assert len(each.pack().encode()) <= 64
        assert type(each).unpack(each.pack()) == each


# -- many


def test_what_is_chosen_is_added_up() -> None:
    ended = a_proxy(3, ends_in=-timedelta(days=2)), a_proxy(4, ends_in=timedelta(0))
    proxies = [a_proxy(1), a_proxy(2, ends_in=timedelta(hours=5)), *ended]
    assert time_left(proxies, NOW) == timedelta(days=3, hours=5)
    text = shown(chosen_screen(Words("en"), Chosen(ticks="abcdefgh"), PickedProxies(proxies, [99]), NOW))
    assert "4 selected" in text
    assert "2 active, 3 days left" in text
    assert "Not yours: 99" in text


def test_deleting_names_what_goes_and_what_it_was_worth() -> None:
    proxies = [a_proxy(1), a_proxy(2)]
    screen = question_screen(Words("en"), AskDelete(ticks="abcdefgh"), PickedProxies(proxies, []), "abcdefgh", NOW)
    assert "Delete 2 proxies?" in shown(screen)
    assert "6 days" in shown(screen)
    assert "185.22.134.250:7001" in shown(screen)
    assert [each.style for each in buttons(screen)] == ["danger", None, None]


def test_thousands_to_delete_are_counted_and_the_message_stays_short() -> None:
    screen = question_screen(
        Words("ru"), AskDelete(ticks="abcdefgh"), PickedProxies(many(5_000), range(900)), "abcdefgh", NOW
    )
    assert len(shown(screen)) < 4096


def test_the_summary_of_a_check_says_good_dead_and_which() -> None:
    run = CheckRun(many(4), [99])
    run.good, run.dead = list(run.proxies[:3]), list(run.proxies[3:])
    screen = summary_screen(Words("en"), Check(ticks="abcdefgh"), run, "resultid", {})
    text = shown(screen)
    assert "Checked 4 proxies" in text
    assert "3 work, 1 does not" in text
    assert "⚠️ 🇩🇪 185.22.134.250:7003 · 10000003" in text
    assert "Not yours: 99" in text
    assert "Select the dead one" in labels(screen)


def test_a_stopped_check_says_how_far_it_came_and_offers_the_rest() -> None:
    run = CheckRun(many(60), [])
    run.good, run.stopped = list(run.proxies[:12]), True
    assert "Checking 12 of 60…" in shown(progress_screen(Words("en"), run))
    screen = summary_screen(Words("en"), Check(ticks="abcdefgh"), run, "resultid", {})
    assert "Checked 12 of 60" in shown(screen)
    assert "Stopped." in shown(screen)
    assert labels(screen) == ["Prolong the 12 working", "Export the 12", "Check 48 more", "Home", "Back"]


def test_three_failures_in_a_row_end_a_check_and_the_rest_is_kept_for_later() -> None:
    run = CheckRun(many(10), [])
    for proxy in run.proxies[7:9]:
        run.failed(proxy, px6.NoAnswer("silence"))
    run.answered(run.proxies[0], px6.Check(user_id="1", balance=Decimal(0), currency="RUB", alive=True))
    run.silent.clear()
    for proxy in run.proxies[1:4]:
        assert run.next() is not None
        run.failed(proxy, px6.NoAnswer("silence"))
    assert run.next() is None
    assert run.left == [proxy.id for proxy in run.proxies[1:]]
    text = shown(summary_screen(Words("en"), Check(ticks="abcdefgh"), run, "resultid", {}))
    assert "3 not checked. px6 did not answer." in text


def test_a_proxy_that_px6_does_not_know_is_named_and_the_check_goes_on() -> None:
    run = CheckRun(many(2), [])
    run.failed(run.proxies[0], px6.NotFound(404, "Error not found"))
    assert run.next() is not None
    assert run.left == [run.proxies[1].id]
    assert f"Not yours: {run.proxies[0].id}" in shown(progress_screen(Words("en"), run))


def test_the_format_used_last_is_offered_first() -> None:
    found = PickedProxies([a_proxy()], [])
    assert labels(formats_screen(Words("en"), Export(), found, Habits()))[0] == "host:port:user:pass"
    assert labels(formats_screen(Words("en"), Export(), found, Habits([Format.CSV])))[0] == "CSV"


def test_a_message_holds_4096_characters_of_an_export() -> None:
    assert [fits(Text("x" * length)) for length in (4_096, 4_097)] == [True, False]


def test_a_template_is_asked_for_before_its_first_use() -> None:
    found = PickedProxies([a_proxy()], [])
    w, data = Words("en"), MoreFormats(part="l")
    before, *after = (
        {b.text: b.callback_data for b in buttons(more_screen(w, data, found, Habits(template=template)))}
        for template in (None, "{host}", "{host}", "{port}")
    )
    assert before["My template"] == AskTemplate().pack()
    one, again, other = (ExportAs.unpack(each["My template"] or "") for each in after)
    assert one.how is Format.TEMPLATE
    assert one == again != other, "the button names the template that its message shows"


def test_picked_keeps_the_view() -> None:
    assert WIDEST.to(Picked).but() == WIDEST
