"""After a check of many a person goes on from its result, and Back always leads there again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from handlers.ground.proxy_buttons import CheckStep
from handlers.orders.after_check import BuyTwins, days_left
from handlers.proxies.check_screens import CheckRest
from px6 import Protocol, Version
from services.proxies import check_histories
from tests.journeys.laid import connected
from tests.sample_proxies import NOW, a_proxy
from tests.world import Phone, World


def add(world: World, count: int, **more: Any) -> list[Any]:
    given = {"version": "4", "country": "de", "type": "socks", "comment": "bulk", "ends_in": timedelta(days=11.5)}
    return [world.px6.add_proxy(world.key, **given | more) for _ in range(count)]


async def checks(world: World, phone: Phone, *proxies: Any) -> str:
    return await phone.says(f"/check {' '.join(str(proxy.id) for proxy in proxies)}")


def spent(world: World) -> int:
    return sum(len(world.asked(method)) for method in ("buy", "prolong", "delete"))


async def test_each_way_on_is_about_exactly_these_and_back_leads_to_the_result(world: World) -> None:
    phone = await connected(world)
    good, (dead,) = add(world, 3), add(world, 1, alive=False)
    result, listed = await checks(world, phone, *good, dead), len(world.asked("getproxy"))
    assert result.startswith("Checked 4 proxies\n3 work, 1 does not")
    assert await phone.labels() == [
        "Prolong the 3 working", "Export the 3", "Buy a twin", "Check the dead one again", "Select the dead one",
        "Delete it…", "Text for px6's support", "Home", "Back",
    ]  # fmt: skip
    for label, title in {
        "Prolong the 3 working": "Prolong 3 proxies: for how long?",
        "Export the 3": "Export 3 proxies",
        "Buy a twin": "Buy 1 × IPv4, Germany, 12 days",
        "Select the dead one": "My proxies · 1 in all",
        "Delete it…": "Delete 1 proxy?",
        "Text for px6's support": "Text for px6's support",
    }.items():
        await phone.taps(label)
        assert (await phone.reads()).startswith(title)
        await phone.taps("Back")
        assert await phone.reads() == result
    assert spent(world) == 0
    assert len(world.asked("getproxy")) == listed, "px6 has just listed them all"
    await phone.taps("Prolong the 3 working")
    await phone.taps("30 days")
    await phone.taps("Prolong 30 days")
    assert [set(each["ids"].split(",")) for each in world.asked("prolong")] == [{str(each.id) for each in good}]


async def test_a_single_dead_one_leads_on_from_its_card(world: World) -> None:
    phone = await connected(world)
    (dead,) = add(world, 1, alive=False)
    await phone.says(f"/check {dead.id}")
    await phone.taps("Replace or report it…")
    assert (await phone.reads()).startswith("Checked 1 proxy\n1 does not work")
    assert "Prolong the working one" not in await phone.labels()
    for _ in range(3):  # a result that is used stays, however many selections come: a person has twenty
        await phone.taps("Select the dead one")
        for _ in range(9):
            world.move(timedelta(seconds=1))
            await world.app.services.selections.create(phone.id, [dead.id], "list")
        await phone.taps("Back")
    await phone.taps("Buy a twin")
    assert (await phone.reads()).startswith("Buy 1 × IPv4")
    await phone.taps("Back")
    await phone.taps("Back")
    assert f"ID: {dead.id}" in await phone.reads()


async def test_the_working_ones_are_exported_and_no_other(world: World) -> None:
    phone = await connected(world)
    good, (dead,) = add(world, 2), add(world, 1, alive=False)
    await checks(world, phone, *good, dead)
    await phone.taps("Export the 2")
    await phone.taps("host:port:user:pass")
    given = await phone.reads()
    assert all(f"{each.host}:{each.port}:" in given for each in good)
    assert f"{dead.host}:{dead.port}:" not in given


async def test_a_twin_is_as_the_dead_one_was_and_costs_nothing_before_the_green_button(world: World) -> None:
    phone = await connected(world)
    await checks(world, phone, *add(world, 1), *add(world, 1, alive=False))
    await phone.taps("Buy a twin")
    told = await phone.reads()
    assert "Protocol: SOCKS5" in told
    assert "Comment: bulk" in told
    assert world.asked("buy") == []
    message, green = await phone.green()
    await phone.forges(green, message)
    await phone.forges(green, message)
    (bought,) = world.asked("buy")
    wanted = {"count": "1", "period": "12", "country": "de", "version": "4", "type": "socks"}
    assert wanted.items() <= bought.items()


async def test_twins_of_several_kinds_are_chosen_first(world: World) -> None:
    phone = await connected(world)
    dead = [*add(world, 2, alive=False), *add(world, 1, alive=False, version="3", country="us", comment="")]
    await checks(world, phone, *add(world, 1), *dead)
    await phone.taps("Buy 3 twins")
    assert await phone.labels() == ["2 × 🇩🇪 IPv4 · SOCKS5 · bulk", "1 × 🇺🇸 IPv4 Shared · SOCKS5", "Home", "Back"]
    question = (await phone.screen())["message_id"]
    await phone.taps("2 ×")
    assert (await phone.reads()).startswith("Buy 2 × IPv4, Germany, 12 days")
    ((number,),) = world.rows("SELECT id FROM selections WHERE purpose LIKE 'checked%'")
    gone = BuyTwins(result=number, version=Version.IPV6, country="fr", protocol=Protocol.HTTP, comment="0" * 8)
    assert (await phone.forges(gone.pack(), question))["text"] == "These proxies are already gone"


async def test_what_px6_names_no_country_of_has_no_twin(world: World) -> None:
    phone, good, [dead] = await connected(world), add(world, 1), add(world, 1, alive=False)
    dead.country = ""
    result = await checks(world, phone, *good, dead)
    answer = await phone.taps("Buy a twin")
    assert (answer["text"], answer["show_alert"]) == ("px6 does not sell such proxies now.", True)
    assert await phone.reads() == result


@pytest.mark.parametrize(
    ("ends_in", "days"),
    [({"days": 30}, 30), ({"days": 29, "hours": 1}, 30), ({"days": 3}, 3), ({"days": 2}, 30), ({"days": -4}, 30)],
)
def test_a_twin_lasts_as_long_as_the_dead_one_would(ends_in: dict[str, int], days: int) -> None:
    assert days_left([a_proxy(ends_in=timedelta(**ends_in)), a_proxy(ends_in=timedelta(hours=-9))], NOW) == days


async def test_the_dead_are_checked_again_and_the_others_stay_as_they_were(world: World) -> None:
    phone = await connected(world)
    good, (back, gone) = add(world, 2), add(world, 2, alive=False)
    await checks(world, phone, *good, back, gone)
    asked = len(world.asked("check"))
    back.alive = True
    await phone.taps("Check the 2 dead again")
    assert (await phone.reads()).startswith("Checked 4 proxies\n3 work, 1 does not")
    assert {each["ids"] for each in world.asked("check")[asked:]} == {str(back.id), str(gone.id)}
    del world.px6.account(world.key).proxies[gone.id]
    world.move(timedelta(minutes=1))
    answer = await phone.taps("Check the dead one again")
    assert answer["text"] == "These proxies are already gone"
    assert (await phone.taps("Buy a twin"))["text"] == "These proxies are already gone"
    for proxy in (*good, back):
        del world.px6.account(world.key).proxies[proxy.id]
    world.move(timedelta(minutes=1))
    await phone.taps("Text for px6's support")
    await phone.taps("Back")
    assert await phone.reads() == "These proxies are already gone"


async def test_the_dead_are_in_the_list_all_ticked_wherever_they_would_stand(world: World) -> None:
    phone = await connected(world)
    good = add(world, 14)
    first, last = add(world, 1, alive=False, ends_in=timedelta(hours=1)), add(world, 1, alive=False, period=99)
    await checks(world, phone, *good, *first, *last)
    await phone.taps("Select the 2 dead")
    told = await phone.reads()
    assert "Only: dead ones" in told
    assert "2 selected" in told
    assert [label[0] for label in await phone.labels() if "…" in label][:2] == ["☑", "☑"]
    await phone.taps("Continue · 2")
    await phone.taps("Delete…")
    await phone.taps("Back")
    assert "2 active" in await phone.reads()


async def test_the_text_for_the_support_says_what_failed_and_no_secret(world: World) -> None:
    phone = await connected(world)
    (dead,) = add(world, 1, alive=False)
    await checks(world, phone, *add(world, 1), dead)
    world.move(timedelta(minutes=20))
    await phone.taps("Check the dead one again")
    await phone.taps("Text for px6's support")
    told = await phone.reads()
    assert f"ID {dead.id}, {dead.host}:{dead.port}" in told
    assert "UTC, does not work since" in told
    assert dead.user not in told and dead.password not in told and world.key not in told
    kinds = [each["type"] for each in (await phone.screen())["entities"]]
    assert "pre" in kinds, "a tap copies it"
    await phone.says("/language ru")
    await checks(world, phone, *add(world, 1), dead)
    await phone.taps("Текст для поддержки px6")
    assert "Здравствуйте. В моём аккаунте не работает 1 прокси" in await phone.reads()


async def test_a_result_is_the_persons_own_and_is_kept_for_a_while(world: World) -> None:
    ann, bob = world.phone(1001), world.phone(1002)
    await ann.connects()
    await bob.connects()
    await checks(world, ann, *add(world, 2), *add(world, 1, alive=False))
    ((number, mine),) = world.rows("SELECT id, telegram_id FROM selections WHERE purpose LIKE 'checked%'")
    assert mine == ann.id
    other = (await world.app.services.selections.create(bob.id, [1], "list")).id
    for step in ("", *"pebcsdtm"):
        for result in (number, other):
            await bob.forges(CheckStep(result=result, step=step).pack())
            assert (await bob.reads()).startswith("This check is no longer saved."), step
    assert spent(world) == 0


async def test_a_button_of_an_earlier_version_checks_the_rest(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    (good,), (dead,), (left,) = add(world, 1), add(world, 1, alive=False), add(world, 1)
    kept = [
        (await world.app.services.selections.create(phone.id, [each.id for each in ids], "list")).id
        for ids in ((good, dead, left), (dead,), (left,))
    ]
    await phone.forges(CheckRest(whole=kept[0], dead=kept[1], rest=kept[2]).pack())
    assert (await phone.reads()).startswith("Checked 3 proxies\n2 work, 1 does not")
    assert [each["ids"] for each in world.asked("check")] == [str(left.id)]


# -- what is kept of each proxy


async def test_what_checks_said_stands_on_the_card_until_the_proxy_or_the_person_is_gone(world: World) -> None:
    phone = await connected(world)
    (proxy, other), (silent,) = add(world, 2), add(world, 1)
    await phone.says("/reminders")  # so that it is looked at, and what is there is known
    for hour in range(3):
        world.move(timedelta(hours=1))
        proxy.alive = hour == 0
        await checks(world, phone, proxy, other)
    await phone.says(f"/check {proxy.id}")
    told = await phone.reads()
    assert "⚠️ Checked just now: it does not work." in told
    assert "Checks: worked 1 of 4, failed since " in told
    await checks(world, phone, proxy, other)
    assert f"{proxy.id} (since\N{NO-BREAK SPACE}" in await phone.reads()
    world.px6.fault("no_before", "check", times=None)
    await checks(world, phone, silent, other)
    world.px6.clear_faults()
    assert world.rows("SELECT count(*) FROM check_histories WHERE proxy_id = ?", silent.id) == [(0,)]

    await world.sweep()
    del world.px6.account(world.key).proxies[proxy.id]
    world.move(timedelta(hours=9))
    await world.sweep()
    assert world.rows("SELECT proxy_id FROM check_histories") == [(other.id,)]
    await phone.says("/forget")
    await phone.taps("Erase everything")
    assert world.rows("SELECT proxy_id FROM check_histories") == []


async def test_a_check_by_the_string_counts_only_with_the_right_login(world: World) -> None:
    phone = await connected(world)
    right, wrong = add(world, 2)
    await phone.says(f"/check {right.host}:{right.port}:{right.user}:{right.password}")
    await phone.says(f"/check {wrong.host}:{wrong.port}:{wrong.user}:nonsense")
    assert world.rows("SELECT proxy_id FROM check_histories") == [(right.id,)]


async def test_a_check_of_many_is_written_in_few_statements(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = await connected(world)
    monkeypatch.setattr(check_histories, "WRITTEN_AT_ONCE", 4)
    account, _ = await world.app.services.accounts.connected(phone.id)
    histories, written = world.app.services.check_histories, list[int]()
    write = vars(type(histories))["_write"]

    async def counted(self: Any, account: Any, said: Any) -> None:
        written.append(len(said))
        await write(self, account, said)

    monkeypatch.setattr(type(histories), "_write", counted)
    proxies = add(world, 9)
    await checks(world, phone, *proxies)
    assert written == [4, 4, 1]
    assert world.rows("SELECT count(*) FROM check_histories") == [(9,)]
    await phone.says("/forget")
    await phone.taps("Erase everything")
    writer = histories.writer(account)
    await writer.flush()
    assert written == [4, 4, 1], "nothing to write is no statement"
