"""A person exports proxies: as text when few, else as a file, in the format that they like."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

from handlers.proxies.export import ExportAs, template_number
from services.proxies.export import Format
from tests.world import World


def mine(world: World) -> dict[int, Any]:
    proxies: dict[int, Any] = world.px6.account(world.key).proxies
    return proxies


async def test_few_come_as_text_that_a_tap_copies(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    assert (await phone.says("/export")).startswith("Export 14 active proxies")
    await phone.taps("All · 17")
    assert (await phone.reads()).startswith("Export 17 proxies")
    assert "All · 17" not in await phone.labels()
    await phone.says("/export")
    await phone.taps("host:port:user:pass")
    screen = await phone.screen()
    active = sorted((p for p in mine(world).values() if p.ends_at > world.clock()), key=lambda p: (p.ends_at, p.id))
    lines = [f"{p.host}:{p.port}:{p.user}:{p.password}" for p in active]
    assert screen["text"].splitlines() == ["14 active proxies as host:port:user:pass", *lines]
    assert [e["type"] for e in screen["entities"]] == ["bold", "pre"]


async def test_twenty_come_as_text_and_one_more_or_a_longer_text_as_a_file(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    for _ in range(6):
        world.px6.add_proxy(world.key, ends_in=timedelta(days=50))
    await phone.says("/export")
    await phone.taps("URLs")
    assert (await phone.reads()).startswith("20 active proxies as URLs\nhttp")
    await phone.says("/export")
    await phone.taps("My template")
    assert "A template can have up to 500 characters." in await phone.says("{host}".ljust(501, "x"))
    await phone.says("{host}".ljust(500, "x"))
    assert (await phone.newest_file())[1].decode().count("\n") == 20
    world.px6.add_proxy(world.key, ends_in=timedelta(days=50))
    await phone.says("/export")
    await phone.taps("URLs")
    assert (await phone.newest_file())[1].decode().count("\n") == 21


async def test_a_button_for_what_is_no_longer_there_exports_nothing(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    nobody = ExportAs(country="aq", how=Format.URL, seen=0)
    assert (await phone.forges(nobody.pack()))["text"] == "No proxies here."
    await phone.forges(ExportAs(how=Format.TEMPLATE, seen=template_number(None)).pack())
    assert (await phone.reads()).startswith("The template has no placeholders.")


async def test_many_come_as_a_file_and_the_last_format_is_offered_first(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    for _ in range(30):
        world.px6.add_proxy(world.key, ends_in=timedelta(days=50), comment="=1+1")
    await phone.says("/export")
    await phone.taps("CSV")
    name, file = await phone.newest_file()
    assert name.endswith(".csv")
    content = file.decode()
    assert content.startswith("\ufeff"), "without it spreadsheets garble what is not English"
    rows = list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"), newline="")))
    assert len(rows) == 44
    assert [row["comment"] for row in rows].count("'=1+1") == 30
    await phone.says("/export")
    assert (await phone.labels())[0] == "CSV"
    await phone.taps("JSON")
    name, file = await phone.newest_file()
    assert name.endswith(".json")
    assert len(json.loads(file)) == 44


async def test_a_template_of_ones_own_is_kept(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    proxy = world.px6.add_proxy(world.key, ends_in=timedelta(minutes=30))
    await phone.says("/proxies")
    await phone.taps("Select")
    await phone.taps("☐")
    await phone.taps("Continue · 1")
    await phone.taps("Export")
    await phone.taps("My template")
    assert "No such placeholder: {prot}" in await phone.says("{host}:{prot}")
    text = await phone.says("{user}|{pass}|{ip}|{country}")
    assert text.splitlines()[0] == "1 proxy, my template"
    assert text.splitlines()[-1] == f"{proxy.user}|{proxy.password}|{proxy.ip}|{proxy.country}"
    await phone.says("/export")
    assert "My template: {user}|{pass}|{ip}|{country}" in await phone.reads()
    await phone.taps("Change my template")
    await phone.taps("Back")
    await phone.taps("My template")
    assert f"{proxy.user}|{proxy.password}|{proxy.ip}|{proxy.country}" in await phone.reads()
    assert (await phone.says("{host}")).startswith("No text is needed now.")


async def test_my_template_is_the_one_that_the_message_shows(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    world.px6.add_proxy(world.key, ends_in=timedelta(minutes=30))
    await phone.says("/export")
    await phone.taps("My template")
    await phone.says("{host}")
    await phone.says("/export")
    older = (await phone.screen())["message_id"]
    await phone.says("/export")
    await phone.taps("Change my template")
    await phone.says("{user}:{pass}")
    answer = await phone.taps("My template", older)
    assert (answer["text"], answer["show_alert"]) == ("Your template has changed. Look at it again.", True)
    asked = next(m for m in await phone.chat() if m["message_id"] == older)
    assert "My template: {user}:{pass}" in asked["text"]


async def test_the_filter_of_the_list_is_what_is_exported(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/proxies active telegram")
    await phone.taps("Export")
    assert not [label for label in await phone.labels() if label.startswith("All")], "none of them has ended"
    await phone.taps("URLs")
    fitting = [p for p in mine(world).values() if p.comment == "telegram" and p.ends_at > world.clock()]
    text = await phone.reads()
    assert all(f"socks5://{p.user}:{p.password}@{p.host}:{p.port}" in text for p in fitting)
    assert len(text.splitlines()) == len(fitting) + 1
