"""A payment that only a top-up would explain: the person is asked, and their answer is held against px6's books."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.wiring import wired
from tests.quick import QuickPool
from tests.world import Phone, World, buttons

LOOKS = (6, 30, 120, 500)


async def asked(world: World, *, language: str = "en", top_up: int = 58) -> tuple[Phone, int]:
    """Up to the question; gives the proxy that was to be prolonged, too."""
    phone = world.phone()
    await phone.connects()
    await world.patch("/people/1001", {"language_code": language})
    one = world.px6.add_proxy(world.key, ends_in=timedelta(days=9)).id
    await phone.says(f"/prolong 30 {one}")
    world.px6.fault("500_before", "prolong")
    await phone.taps("30 д" if language == "ru" else "Prolong 30 days")
    world.px6.top_up(world.key, top_up)
    await look(world)
    return phone, one


async def look(world: World) -> None:
    for seconds in LOOKS:
        world.move(timedelta(seconds=seconds))
        await world.app.services.orders.settle_due()
    await world.quiet()


async def green(phone: Phone) -> list[str]:
    return [b["text"] for b in buttons(await phone.screen()) if b.get("style") == "success"]


@pytest.mark.parametrize(
    ("language", "question", "yes", "told"),
    [
        ("en", "Have you topped up 58.00 RUB since then?", "Yes, 58.00 RUB", "Not prolonged"),
        ("ru", "Вы пополнили за это время баланс на 58,00 ₽?", "Да, на 58,00 ₽", "Не продлено"),
    ],
)
async def test_yes_means_that_nothing_was_spent(
    world: World, language: str, question: str, yes: str, told: str
) -> None:
    phone, _ = await asked(world, language=language)
    assert question in await phone.reads()
    assert not await green(phone), "nothing pays again before the person has looked"
    tap = await phone.taps(yes)
    assert tap["answered"]
    assert (await phone.reads()).startswith(told)
    assert world.rows("SELECT state FROM orders") == [("not_done",)]
    assert world.rows("SELECT told = changes FROM confirmations") == [(1,)]
    assert len([call for call in world.px6.calls if call.method == "prolong"]) == 1


async def test_no_leaves_it_unclear_and_offers_nothing_that_pays(world: World) -> None:
    phone, _ = await asked(world)
    question = await phone.screen()
    await phone.taps("No")
    text = await phone.reads()
    assert text.startswith("Unclear: ")
    assert "topped up" not in text
    labels = await phone.labels()
    assert not [label for label in labels if label.startswith(("Yes", "No", "Try", "Buy", "Prolong"))]
    yes = next(b["callback_data"] for b in buttons(question) if b["text"].startswith("Yes"))
    await phone.forges(yes)
    assert world.rows("SELECT state, top_up FROM orders") == [("unclear", None)], "an answer is given once"


async def test_the_question_is_still_answered_after_a_restart_and_only_by_its_person(world: World) -> None:
    phone, _ = await asked(world)
    message = await phone.screen()
    yes = next(b["callback_data"] for b in buttons(message) if b["text"].startswith("Yes"))
    stranger = world.phone(1002)
    await stranger.connects(world.px6.add_account().key)
    answer = await stranger.forges(yes)
    assert (answer["text"], answer["show_alert"]) == ("There is no such order.", True)
    async with wired(world.settings, world.clock, world.clock.monotonic, QuickPool) as again:
        assert again.services.orders is not world.app.services.orders
        found = await again.services.orders.answer_top_up(phone.id, 1, True)
    assert found is not None
    await phone.forges(yes, message["message_id"])
    assert (await phone.reads()).startswith("Not prolonged"), "answered twice it is said as it stands"


async def test_a_yes_that_px6s_books_no_longer_fit_is_not_believed(world: World) -> None:
    phone, one = await asked(world)
    world.px6.prolong_on_site(world.key, [one], 30)
    await phone.taps("Yes, 58.00 RUB")
    assert (await phone.reads()).startswith("Unclear: ")
    assert "Try again" not in await phone.labels()


async def test_a_yes_while_px6_cannot_be_read_waits_for_the_next_tap(world: World) -> None:
    phone, _ = await asked(world)
    world.px6.fault("500_before", "getproxy", times=3)
    tap = await phone.taps("Yes, 58.00 RUB")
    assert tap["text"] == "I cannot check this at px6 right now. Tap again in a minute."
    assert tap["show_alert"], "it is to be read"
    await phone.taps("Yes, 58.00 RUB")
    assert (await phone.reads()).startswith("Not prolonged")


async def test_an_unclear_purchase_offers_no_second_one_in_the_list_of_orders(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy 1 30 de")
    world.px6.fault("500_before", "buy")
    await phone.taps("Buy ·")
    world.px6.top_up(world.key, -5)
    await look(world)
    await phone.says("/orders")
    await phone.taps("1 × IPv6")
    assert (await phone.reads()).startswith("Order 1: unclear")
    assert "Buy the same" not in await phone.labels()
    assert (await phone.forges("again:1"))[
        "text"
    ] == "It is not known whether this purchase went through: see /orders."


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("no_after", "px6 answered with error 30, which does not say whether anything was done."),
        ("old_after", "px6 accepted the request, but its answer does not match the order."),
        ("429_after", "px6 answered “too many requests”, which does not say whether anything was done."),
    ],
)
async def test_what_px6_said_is_told_and_its_books_decide(world: World, fault: str, said: str) -> None:
    phone = world.phone()
    await phone.connects()
    one = world.px6.add_proxy(world.key, ends_in=timedelta(days=9))
    await phone.says(f"/prolong 30 {one.id}")
    world.px6.fault(fault, "prolong")
    await phone.taps("Prolong 30 days")
    text = await phone.reads()
    assert text.startswith("Not known yet: 1 proxy for 30 days")
    assert said in text
    await look(world)
    text = await phone.reads()
    assert text.startswith("Prolonged 1 proxy for 30 days")
    assert "12.34" not in text
    assert f"{said} Its data matches all the same" in text
