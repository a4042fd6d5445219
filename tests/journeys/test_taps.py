"""How many taps the common tasks take, measured by tapping what a person sees, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pytest

from handlers.ground.proxy_words import proxy_count
from handlers.ground.words import Words
from tests.world import Phone, World, buttons

FIRST = "…"  # the first proxy of the list


@dataclass(frozen=True)
class Task:
    """What is tapped from a command on, the most taps that it may take, and what says that it is done."""

    name: str
    goal: int
    begins: str
    labels: Callable[[Words], Sequence[str]]
    is_done: Callable[[World, str, Words], bool]


def green(w: Words, days: int) -> str:
    return w.tr("Prolong {days} · {sum}", days=w.days(days), sum="")


def spent(world: World, kind: str, count: int) -> bool:
    """Whether the last payment was of this kind, for so many proxies."""
    last = world.px6.books(world.key)[-1]
    return (last.kind, len(last.ids)) == (kind, count)


def newest_speak(world: World, protocol: str) -> bool:
    """Whether just the five proxies that were bought last were asked to speak this protocol."""
    proxies = world.px6.account(world.key).proxies.values()
    newest = sorted((p for p in proxies if p.ends_at > world.clock()), key=lambda p: (p.bought_at, p.id))[-5:]
    asked = world.asked("settype")[-1]
    return asked["type"] == protocol and sorted(asked["ids"].split(",")) == sorted(str(p.id) for p in newest)


TASKS = (
    Task(
        "the first purchase",
        5,
        "/start",
        lambda w: (
            w.tr("Buy"),
            "IPv6",
            w.country("de"),
            w.days(30),
            w.tr("Buy · {sum}", sum=""),
        ),
        lambda world, text, w: spent(world, "buy", 1),
    ),
    Task(
        "five at once",
        6,
        "/start",
        lambda w: (w.tr("Buy"), "IPv6", w.country("de"), w.days(30), "5", w.tr("Buy · {sum}", sum="")),
        lambda world, text, w: spent(world, "buy", 5),
    ),
    Task(
        "the same again",
        3,
        "/start",
        lambda w: (w.tr("Buy"), w.tr("Again: {what}", what=""), w.tr("Buy · {sum}", sum="")),
        lambda world, text, w: spent(world, "buy", 5),
    ),
    Task(
        "a day's money",
        0,
        "/start",
        lambda w: (),
        lambda world, text, w: w.tr("Paid {when}: {sum}", when=w.tr("in 24 hours"), sum="") in text,
    ),
    Task(
        "prolong one proxy of the list",
        3,
        "/proxies",
        lambda w: (FIRST, w.tr("Prolong"), green(w, 30)),
        lambda world, text, w: spent(world, "prolong", 1),
    ),
    Task(
        "prolong one proxy, from home",
        4,
        "/start",
        lambda w: (w.tr("My proxies"), FIRST, w.tr("Prolong"), green(w, 30)),
        lambda world, text, w: spent(world, "prolong", 1),
    ),
    Task(
        "the protocol of the last five",
        6,
        "/start",
        lambda w: (
            w.tr("My proxies"),
            w.tr("Select"),
            w.tr("Newest {count}", count=5),
            w.tr("Continue · {count}", count=5),
            w.tr("Protocol"),
            "SOCKS5",
        ),
        lambda world, text, w: newest_speak(world, "socks"),
    ),
    Task(
        "prolong what ends soon",
        3,
        "/start",
        lambda w: (w.tr("Prolong what ends soon · {count}", count=""), w.days(30), green(w, 30)),
        lambda world, text, w: world.px6.books(world.key)[-1].period == 30 and len(world.px6.books(world.key)) == 6,
    ),
    Task(
        "delete one",
        4,
        "/start",
        lambda w: (
            w.tr("My proxies"),
            FIRST,
            w.tr("Delete…"),
            w.tr("Delete {what}", what=proxy_count(w, 1)),
        ),
        lambda world, text, w: len(world.asked("delete")) == 1,
    ),
    Task(
        "a check of one",
        3,
        "/start",
        lambda w: (w.tr("My proxies"), FIRST, w.tr("Check")),
        lambda world, text, w: len(world.asked("check")) == 1,
    ),
)


async def tap(phone: Phone, label: str) -> None:
    """Tap the button of the newest message with this label, else the first that contains it."""
    screen = await phone.screen()
    there = buttons(screen)
    found = next((b for b in there if b["text"] == label), None) or next(
        (b for b in there if label in b["text"]), None
    )
    assert found, (label, [b["text"] for b in there])
    await phone.forges(found["callback_data"], screen["message_id"])


async def measured(world: World, phone: Phone, w: Words, task: Task) -> int:
    """The taps until it is done, each on a label of the newest message."""
    text, labels = await phone.says(task.begins), task.labels(w)
    for label in labels:
        await tap(phone, label)
        text = await phone.reads()
    assert task.is_done(world, text, w), (task.name, text)
    return len(labels)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.older_px6("a protocol is changed, which the newest px6 has given up")
async def test_no_common_task_takes_more_taps_than_its_goal(world: World, language: str) -> None:
    phone, w = world.phone(), Words(language)
    await world.patch(f"/people/{phone.id}", {"language_code": language})
    world.px6.account(world.key).balance = Decimal(50_000)
    await phone.connects()
    taps = {task.name: await measured(world, phone, w, task) for task in TASKS}
    assert taps == {task.name: task.goal for task in TASKS}
