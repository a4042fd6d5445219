"""A person exports proxies: as text when few, else as a file, in the format that they like."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest

from handlers.ground.proxy_buttons import Card
from handlers.ground.proxy_words import comment_mark
from handlers.orders.order_buttons import ExportOrder
from handlers.proxies.export_buttons import AskTemplate, ExportAs, template_number
from model.people import PersonId
from services.proxies.exports import Format
from tests.journeys.laid import connected
from tests.world import Phone, World, buttons


async def settled(world: World) -> None:
    await world.until(lambda: not world.rows("select 1 from orders where rename = 'pending'"))
    await world.quiet()


def mine(world: World) -> dict[int, Any]:
    proxies: dict[int, Any] = world.px6.account(world.key).proxies
    return proxies


async def export(phone: Phone, *taps: str) -> str:
    """Everything active, in a format among the lines and files."""
    await phone.says("/export")
    for label in ("Lines and files", *taps):
        await phone.taps(label)
    return await phone.reads()


async def sent(phone: Phone, count: int) -> list[str]:
    """The newest messages of the bot, the oldest of them first."""
    return [message["text"] or "" for message in await phone.chat() if message["from"] == "bot"][-count:]


async def customer(world: World, **counts: int) -> tuple[Phone, str, dict[str, list[Any]]]:
    """Somebody, the key, and so many proxies of each protocol, the soonest end first; an HTTPS one has ended."""
    account = world.px6.add_account(balance="10.00")
    phone = world.phone()
    await phone.connects(account.key)
    world.px6.add_proxy(account.key, type="http", ends_in=-timedelta(days=1))
    each = {
        kind: [world.px6.add_proxy(account.key, type=kind, ends_in=timedelta(days=n + 1)) for n in range(count)]
        for kind, count in counts.items()
    }
    return phone, account.key, each


async def test_few_come_as_text_that_a_tap_copies_each_protocol_for_itself(world: World) -> None:
    phone, _, proxies = await customer(world, http=2, socks=3)
    assert (await phone.says("/export")).splitlines() == ["Export 5 active proxies", "For which program?"]
    await phone.taps("All · 6")
    assert (await phone.reads()).startswith("Export 6 proxies")
    assert "All · 6" not in await phone.labels()
    await phone.says("/export")
    await phone.taps("host:port:user:pass")
    assert (await phone.reads()).startswith("HTTPS or SOCKS5 for host:port:user:pass?")
    assert (await phone.labels())[:3] == ["HTTPS · 2", "SOCKS5 · 3", "Both"]
    await phone.taps("Both")
    both = {"http": "HTTPS", "socks": "SOCKS5"}
    for text in await sent(phone, 2):
        title, protocol, *lines = text.splitlines()
        kind = next(kind for kind, name in both.items() if protocol == f"Protocol: {name}")
        del both[kind]
        assert title == f"{len(proxies[kind])} active proxies as host:port:user:pass"
        assert lines == [f"{p.host}:{p.port}:{p.user}:{p.password}" for p in proxies[kind]]
    assert not both
    assert [e["type"] for e in (await phone.screen())["entities"]] == ["bold", "pre"]
    await phone.says("/export")
    await phone.taps("host:port:user:pass")
    await phone.taps("SOCKS5")
    assert (await phone.reads()).count("\n") == 1 + 3


async def test_twenty_come_as_text_and_one_more_or_a_longer_text_as_a_file(world: World) -> None:
    phone, key, _ = await customer(world, http=20)
    assert (await export(phone, "URLs")).startswith("20 active proxies as URLs\nhttp")
    await export(phone, "My template")
    assert "A template can have up to 500 characters." in await phone.says("{host}".ljust(501, "x"))
    await phone.says("{host}".ljust(500, "x"))
    assert (await phone.newest_file())[1].decode().count("\n") == 20
    world.px6.add_proxy(key, type="http", ends_in=timedelta(days=50))
    world.move(timedelta(minutes=1))
    begun = world.clock()
    await export(phone, "URLs")
    name, content = await phone.newest_file()
    assert content.decode().count("\n") == 21
    assert name in {f"proxies-{at:%Y%m%d-%H%M}.txt" for at in (begun, world.clock())}, "each line names its protocol"
    await phone.says("/export")
    await phone.taps("host:port:user:pass")
    name, _ = await phone.newest_file()
    told_apart = {f"proxies-http-{at:%Y%m%d-%H%M}.txt" for at in (begun, world.clock())}
    assert name in told_apart, "by its name it is told from one of SOCKS5"


async def test_a_button_for_what_is_no_longer_there_exports_nothing(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    nobody = ExportAs(country="aq", how=Format.URL, seen=0)
    assert (await phone.forges(nobody.pack()))["text"] == "No proxies here."
    await phone.forges(ExportAs(how=Format.TEMPLATE, seen=template_number(None)).pack())
    assert (await phone.reads()).startswith("The template has no placeholders.")


async def test_csv_is_always_a_file(world: World) -> None:
    phone, _, _ = await customer(world, http=1)
    await export(phone, "CSV")
    assert (await phone.newest_file())[0].endswith(".csv")


async def test_many_come_as_a_file_and_the_last_format_is_offered_first(world: World) -> None:
    phone = await connected(world)
    for _ in range(30):
        world.px6.add_proxy(world.key, ends_in=timedelta(days=50), comment="=1+1")
    await export(phone, "CSV")
    name, file = await phone.newest_file()
    assert name.endswith(".csv")
    content = file.decode()
    assert content.startswith("\ufeff"), "without it spreadsheets garble what is not English"
    rows = list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"), newline="")))
    assert len(rows) == 44
    assert [row["comment"] for row in rows].count("'=1+1") == 30
    await phone.says("/export")
    assert (await phone.labels())[0] == "CSV"
    await export(phone, "JSON")
    name, file = await phone.newest_file()
    assert name.endswith(".json")
    assert len(json.loads(file)) == 44


async def test_a_template_of_ones_own_is_kept(world: World) -> None:
    phone = await connected(world)
    proxy = world.px6.add_proxy(world.key, ends_in=timedelta(minutes=30))
    await phone.says("/proxies")
    await phone.taps("Select")
    await phone.taps("☐")
    await phone.taps("Continue · 1")
    await phone.taps("Export")
    await phone.taps("Lines and files")
    await phone.taps("My template")
    assert "No such placeholder: {prot}" in await phone.says("{host}:{prot}")
    text = await phone.says("{user}|{pass}|{ip}|{country}")
    assert text.splitlines()[0] == "1 proxy, my template"
    assert text.splitlines()[-1] == f"{proxy.user}|{proxy.password}|{proxy.ip}|{proxy.country}"
    assert "My template: {user}|{pass}|{ip}|{country}" in await export(phone)
    await phone.taps("Change template")
    await phone.taps("Back")
    await phone.taps("My template")
    assert f"{proxy.user}|{proxy.password}|{proxy.ip}|{proxy.country}" in await phone.reads()
    assert "I did not understand that" in await phone.says("{host}")


async def test_my_template_is_the_one_that_the_message_shows(world: World) -> None:
    phone = await connected(world)
    world.px6.add_proxy(world.key, ends_in=timedelta(minutes=30))
    await export(phone, "My template")
    await phone.says("{host}")
    await export(phone)
    older = (await phone.screen())["message_id"]
    stale = next(b["callback_data"] for b in buttons(await phone.screen()) if b["text"] == "My template")
    await export(phone, "Change template")
    await phone.says("{user}:{pass}")
    answer = await phone.taps("My template", older)
    assert (answer["text"], answer["show_alert"]) == ("Your template has changed. Look at it again.", True)
    asked = next(m for m in await phone.chat() if m["message_id"] == older)
    assert "My template: {user}:{pass}" in asked["text"]
    world.move(timedelta(minutes=1))
    world.px6.fault("500_before", "getproxy", times=None)
    assert (await phone.forges(stale, older))["show_alert"]
    world.px6.clear_faults()
    assert not (await phone.taps("Try again", older)).get("text"), "it was said"
    assert "My template: {user}:{pass}" in await phone.text_of(older)


@pytest.mark.parametrize(
    ("kept", "first"),
    [
        ({"export": "c"}, ["CSV", "AdsPower"]),
        ({"exports": ["?", "c", "j"]}, ["CSV", "JSON"]),
        ({"exports": ["j"], "export": "c"}, ["JSON", "AdsPower"]),
    ],
)
async def test_what_other_versions_of_the_bot_kept_of_formats_is_offered_as_far_as_it_is_known(
    world: World, kept: dict[str, Any], first: list[str]
) -> None:
    phone = await connected(world)
    await world.app.services.people.remember(PersonId(phone.id), **kept)
    await phone.says("/export")
    assert (await phone.labels())[:2] == first


async def test_a_template_that_px6_kept_from_being_used_is_used_by_a_tap(world: World) -> None:
    phone = await connected(world)
    await phone.says("/start")
    await phone.forges(AskTemplate(state="z", comment=comment_mark("shop")).pack())
    world.px6.fault("500_before", "getproxy", times=None)
    assert (await phone.says("{host}|{port}")).startswith("px6 did not answer.")
    world.px6.clear_faults()
    await phone.taps("Try again")
    shop = [p for p in mine(world).values() if p.comment == "shop"]
    title, *lines = (await phone.reads()).splitlines()
    assert title == f"{len(shop)} proxies, my template"
    assert sorted(lines) == sorted(f"{p.host}|{p.port}" for p in shop)
    assert "I did not understand that" in await phone.says("{host}"), "it was answered"


async def test_the_filter_of_the_list_is_what_is_exported(world: World) -> None:
    phone = await connected(world)
    await phone.says("/proxies active telegram")
    await phone.taps("Export")
    assert not [label for label in await phone.labels() if label.startswith("All")], "none of them has ended"
    await phone.taps("Lines and files")
    await phone.taps("URLs")
    fitting = [p for p in mine(world).values() if p.comment == "telegram" and p.ends_at > world.clock()]
    text = await phone.reads()
    assert all(f"socks5://{p.user}:{p.password}@{p.host}:{p.port}" in text for p in fitting)
    assert len(text.splitlines()) == len(fitting) + 1


async def test_each_program_gets_what_it_can_use_and_what_is_left_out_is_said(world: World) -> None:
    account = world.px6.add_account(balance="10.00")
    phone = world.phone()
    await phone.connects(account.key)
    day = timedelta(days=1)
    https = world.px6.add_proxy(account.key, type="http", ends_in=day)
    await phone.says("/export")
    await phone.taps("Other programs")
    await phone.taps("Telegram links")
    assert (await phone.reads()).startswith("Nothing here for Telegram\n1 left out: Telegram takes only SOCKS5.")
    socks = world.px6.add_proxy(account.key, type="socks", ends_in=day * 2)
    await phone.taps("Back")
    await phone.taps("Other programs")
    await phone.taps("Telegram links")
    title, left_out, link = (await phone.reads()).splitlines()
    assert (title, left_out) == ("1 active proxy as links for Telegram", "1 left out: Telegram takes only SOCKS5.")
    assert link.startswith(f"https://t.me/socks?server={socks.host}&port={socks.port}&user={socks.user}")
    await phone.says("/export")
    await phone.taps("Dolphin Anty")
    await phone.taps("HTTPS · 1")
    assert (await phone.reads()).splitlines()[:2] == [
        "1 active proxy for Dolphin Anty",
        "In Dolphin Anty, choose the type HTTP.",
    ]
    assert (await phone.reads()).endswith(f"{https.host}:{https.port}:{https.user}:{https.password}")
    await phone.says("/export")
    assert (await phone.labels())[0] == "Dolphin Anty"
    await phone.taps("Clash")
    await phone.taps("Both")
    name, file = await phone.newest_file()
    assert name.endswith(".yaml") and file.decode().count("type: ") == 3, "two proxies and their group"


@pytest.mark.older_px6("it changes protocols")
async def test_socks5_with_a_password_is_warned_about_where_chromium_refuses_it(world: World) -> None:
    account = world.px6.add_account(balance="10.00")
    phone = world.phone()
    await phone.connects(account.key)
    one, other = (world.px6.add_proxy(account.key, type="socks", ends_in=timedelta(days=n)) for n in (1, 2))
    await phone.says(f"/proxies {one.comment}")
    await phone.says("/export")
    await phone.taps("AdsPower")
    assert (await phone.reads()).startswith("⚠️ SOCKS5 with a password\nAdsPower is built on Chromium")
    await phone.taps("Export as SOCKS5")
    text = await phone.reads()
    assert "⚠️ 2 with SOCKS5 and a password" in text
    assert f"socks5://{one.host}:{one.port}:{one.user}:{one.password}" in text
    await phone.says("/export")
    await phone.taps("AdsPower")
    assert (await phone.reads()).startswith("2 active proxies for AdsPower"), "said once for a program"
    await phone.says("/export")
    await phone.taps("Octo Browser")
    await phone.taps("Change to HTTPS · 2")
    assert {p.type for p in (one, other)} == {"http"}
    assert (await phone.reads()).startswith("Now HTTPS: 2 proxies")
    await phone.taps("Back")
    await phone.taps("Export")
    await phone.taps("Octo Browser")
    assert (await phone.reads()).startswith("2 proxies for Octo Browser\nhttp://")
    one.type = other.type = "socks"
    await phone.says("/proxies")
    await phone.says("/export")
    await phone.taps("Octo Browser")
    assert (await phone.reads()).startswith("⚠️ SOCKS5 with a password\n"), "it was not told of this program yet"


async def test_a_receipt_an_order_a_check_and_a_card_export_just_theirs(world: World) -> None:
    phone = await connected(world)
    before = set(mine(world))
    await phone.says("/buy 2 30 de ipv6")
    await phone.taps("Buy · ")
    await settled(world)
    bought = [proxy for number, proxy in mine(world).items() if number not in before]
    told = [f"{p.host}:{p.port}:{p.user}:{p.password}" for p in bought]
    receipt = (await phone.screen())["message_id"]
    await phone.taps("Export", receipt)
    assert (await phone.reads()).startswith("Export 2 proxies")
    await phone.taps("host:port:user:pass")
    assert sorted((await phone.reads()).splitlines()[2:]) == sorted(told)
    await phone.says("/orders")
    await phone.taps("2 × IPv6")
    await phone.taps("Export")
    assert (await phone.reads()).startswith("Export 2 proxies")
    await phone.taps("Lines and files")
    await phone.taps("Back")
    await phone.taps("Back")
    assert (await phone.reads()).startswith("Order ")
    await phone.says(f"/check {', '.join(str(p.id) for p in bought)}")
    await settled(world)
    await phone.taps("Export the 2")
    assert (await phone.reads()).startswith("Export 2 proxies")
    await phone.forges(Card(proxy=bought[0].id).pack())
    await phone.taps("Export")
    assert (await phone.reads()).startswith("Export 1 proxy")
    await phone.taps("host:port:user:pass")
    assert (await phone.reads()).splitlines()[2:] == told[:1]
    assert (await phone.forges(ExportOrder(order=999).pack()))["text"] == "There is no such order."


async def test_a_page_is_a_file_in_the_persons_language(world: World) -> None:
    phone = world.phone()
    await world.patch(f"/people/{phone.id}", {"language_code": "ru"})
    await phone.connects()
    await phone.says("/export")
    await phone.taps("Строки и файлы")
    await phone.taps("Веб-страница")
    name, file = await phone.newest_file()
    assert name.endswith(".html")
    text = file.decode()
    assert '<html lang="ru">' in text
    assert "<title>14 прокси</title>" in text
    assert text.count("<tr data-") == 14


async def test_what_a_line_cannot_hold_is_left_out_and_named(world: World) -> None:
    phone, _, proxies = await customer(world, socks=2)
    comma, good = proxies["socks"]
    comma.password = "pa,ss"
    left_out = "1 left out: Surge does not take a comma in a login or password."
    await phone.says("/export")
    for label in ("Other programs", "Surge"):
        await phone.taps(label)
    text = await phone.reads()
    assert text.startswith(f"1 active proxy for Surge\n{left_out}\n")
    assert good.host in text and f"{good.user}, {good.password}" in text and "pa,ss" not in text
    await phone.says(f"/delete {good.id}")
    await phone.taps("Delete 1 proxy")
    await phone.says("/export")
    for label in ("Other programs", "Surge"):
        await phone.taps(label)
    assert (await phone.reads()) == f"Nothing here for Surge\n{left_out}"
