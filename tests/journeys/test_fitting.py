"""Every screen about proxies, buying and money fits a phone of 360 pixels, and none is a dead end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import Phone, World

# Steps: a text, or a tap (English and Russian label) on what the step before showed.
WALK: tuple[str | tuple[str, str], ...] = (
    "/price",
    "/price 10 30",
    "/stock de",
    "/countries",
    "/orders",
    "/buy",
    ("IPv6", "IPv6"),
    ("Search by name", "Найти по названию"),
    ("Back", "Назад"),
    ("Germany", "Германия"),
    ("Other days", "Другой срок"),
    ("Back", "Назад"),
    ("30 days", "30 дней"),
    ("Quantity", "Количество"),
    ("Other quantity", "Другое количество"),
    ("Back", "Назад"),
    ("10", "10"),
    ("Comment", "Комментарий"),
    ("Back", "Назад"),
    ("px6's auto-renewal", "Автопродление"),
    "/buy 100000 30 de shop",
    "/proxies",
    ("Back", "Назад"),
    ("Country", "Страна"),
    ("Kind", "Вид"),
    ("End date", "Срок"),
    ("Comment", "Комментарий"),
    ("All ", "Все "),
    ("1/", "1/"),
    ("3", "3"),
    ("…", "…"),
    ("Send", "Отправить"),
    ("Back", "Назад"),
    ("Back", "Назад"),
    ("Search", "Поиск"),
    ("Back", "Назад"),
    ("Filter", "Фильтр"),
    ("Country", "Страна"),
    ("Back", "Назад"),
    ("Comment", "Комментарий"),
    ("Back", "Назад"),
    ("Back", "Назад"),
    ("Select", "Выбрать"),
    ("All ", "Все "),
    ("Continue", "Дальше"),
    ("Prolong", "Продлить"),
    ("Other days", "Другой срок"),
    ("Back", "Назад"),
    ("30 days", "30 дней"),
    "/type",
    ("All ", "Все "),
    ("Protocol", "Протокол"),
    "/export",
    "/forecast",
    ("By country", "По странам"),
    "/buy 1000 30 us ipv6 shop",
    ("Finish when the money", "Завершить, когда"),
    ("Ask me first", "Сначала спросить"),
    "/buy 5 30 fi ipv4 shop",
    ("Tell me when there", "Сообщить, когда будет"),
    "/watch",
)


async def fits(phone: Phone, step: object) -> None:
    """Two labels a row when both are short, three when they are very short; Back, else Home, comes last."""
    rows = [[b["text"] for b in row] for row in (await phone.screen())["keyboard"]]
    assert len(rows) <= 9, (step, rows)
    for row in rows:
        longest = max(map(len, row))
        assert len(row) == 1 or longest <= (16 if len(row) == 2 else 10), (step, row)
        assert len(row) <= 3, (step, row)
    every = [label for row in rows for label in row]
    assert every[-1] in ("Home", "Back", "Домой", "Назад"), (step, every)
    assert {"Home", "Домой"} & set(every), (step, every)
    assert lines_shown(await phone.screen()) <= 12, step


def lines_shown(message: dict[str, Any]) -> int:
    """Lines of a text; of a quotation that opens on a tap, three."""
    text = message["text"].encode("utf-16-le")
    folded = next((e for e in message["entities"] or () if e["type"] == "expandable_blockquote"), None)
    if folded is None:
        return len(message["text"].splitlines())
    return len(text[: folded["offset"] * 2].decode("utf-16-le").splitlines()) + 3


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_every_screen_fits_a_narrow_phone_and_leads_home(world: World, language: str) -> None:
    phone = world.phone()
    await world.patch(f"/people/{phone.id}", {"language_code": language})
    await phone.connects()
    for _ in range(40):
        world.px6.add_proxy(world.key, comment="b" * 40)
    for step in WALK:
        if isinstance(step, str):
            await phone.says(step)
        else:
            await phone.taps(step[language == "ru"], (await phone.screen())["message_id"])
        await fits(phone, step)
