"""A colleague pays, deletes and changes: who did it stands everywhere, and the owner has each receipt."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from model.colleagues import Accepted, Right
from model.people import PersonId
from tests.customers import Customer, new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.profiles import ON_NEWEST
from tests.world import Phone, World, world_without_bot

ANN, BOB = 1001, 1002
LOOKS = (6, 30, 120, 500)


class Team:
    """Ann with an account, and Bob, who may do everything on it and has none of his own."""

    def __init__(self, ann: Customer, bob: Phone) -> None:
        self.world, self.ann, self.bob, self.add = ann.world, ann.phone, bob, ann.add
        self.customer = ann

    async def bob_prolongs(self, *ids: int) -> None:
        await self.bob.says(f"/prolong 30 {' '.join(map(str, ids))}")
        await self.bob.taps("Prolong 30 days")

    async def settles(self) -> None:
        for seconds in LOOKS:
            self.world.move(timedelta(seconds=seconds))
            await self.world.app.services.orders.settle_due()
        await self.world.quiet()

    def told(self) -> list[tuple[int, int, int]]:
        """Of each payment how much the colleague and the owner were told of how much."""
        return list(self.world.rows("SELECT told, told_owner, changes FROM confirmations ORDER BY id"))


async def team_of(world: World, right: Right = Right.ALL) -> Team:
    ann, bob = await new_customer(world, balance="7777.77"), world.phone(BOB)
    world.telegram.private_chat(world.telegram.bot(world.token), BOB).started = True
    colleagues = world.app.services.colleagues
    cap = Decimal("50.00") if right is Right.PROLONG else None
    code = await colleagues.invite(ANN, right, cap, by_name="Ann")
    assert isinstance(await colleagues.accept(code, BOB, "Bob", 10_000), Accepted)
    world.shared[BOB] = {ann.key}
    return Team(ann, bob)


@pytest.fixture
async def team(world: World) -> Team:
    return await team_of(world)


async def test_what_a_colleague_pays_is_told_to_both_and_everywhere_by_whom(team: Team) -> None:
    ann, bob, world = team.ann, team.bob, team.world
    one, other = team.add(2, ends_in=20 * DAY)
    before = len(await ann.texts())
    await team.bob_prolongs(one)
    assert (await bob.reads()).startswith("Prolonged 1 proxy for 30 days\n")
    assert "By:" not in await bob.reads()
    [copy] = (await ann.texts())[before:]
    assert copy.startswith("Prolonged 1 proxy for 30 days\nBy: Bob\n21.00 RUB paid")
    assert team.told() == [(1, 1, 1)]
    of_bob = len(await bob.texts())
    await ann.says(f"/prolong 30 {other}")
    await ann.taps("Prolong 30 days")
    assert (await ann.reads()).startswith("Prolonged 1 proxy for 30 days\n21.00 RUB paid")
    assert len(await bob.texts()) == of_bob, "what the owner pays is told to nobody else"
    await ann.says("/orders")
    assert [label.split(" · ")[-1] for label in (await ann.labels())[:2]] == ["you", "Bob"]
    await ann.taps("Bob")
    assert "\nBy: Bob\n" in await ann.reads()
    await ann.taps("Back")
    await ann.taps("Filter")
    assert {"• Anyone", "You", "Bob"} <= set(await ann.labels()) and "Automatic" not in await ann.labels()
    await ann.taps("Bob")
    assert await ann.reads() == "Orders\nOnly: Bob", "the months are everybody's"
    assert len([x for x in await ann.labels() if "↻" in x]) == 1
    await ann.taps("CSV file")
    _, content = await ann.newest_file()
    assert [line.split(",")[-1] for line in content.decode("utf-8-sig").split()] == ["by", "Bob"]
    await bob.says("/orders")
    assert [label.split(" · ")[-1] for label in (await bob.labels())[:2]] == ["owner", "you"]
    await bob.taps("Spending")
    await bob.taps("By person")
    assert {"owner: 21.00 RUB", "you: 21.00 RUB"} <= set((await bob.reads()).split("\n"))
    await bob.taps("Paid by")
    await bob.taps("Owner")
    assert "Only: owner\nowner: 21.00 RUB" in await bob.reads()
    await world.patch(f"/people/{BOB}", {"language_code": "ru"})
    assert (await bob.says("/orders")).startswith("Заказы")
    assert [label.split(" · ")[-1] for label in (await bob.labels())[:2]] == ["владелец", "вы"]


async def test_who_never_had_a_colleague_sees_nothing_of_it(world: World) -> None:
    ann = await new_customer(world)
    [one] = ann.add(ends_in=20 * DAY)
    await ann.phone.says(f"/prolong 30 {one}")
    await ann.phone.taps("Prolong 30 days")
    await ann.phone.says("/orders")
    labels = await ann.phone.labels()
    assert labels[0].endswith("21.00 RUB") and "Other actions" not in labels
    await ann.phone.taps("Filter")
    assert "Anyone" not in await ann.phone.labels()
    await ann.phone.taps("Back")
    await ann.phone.taps("CSV file")
    _, content = await ann.phone.newest_file()
    assert content.decode("utf-8-sig").split("\r\n")[0].endswith(",days_left")
    await ann.phone.forges("ol:all:1:1002")
    assert "Only: ex-colleague\nNothing here yet." in await ann.phone.reads()


async def test_an_outcome_that_is_found_later_is_one_receipt_for_each(team: Team) -> None:
    [one] = team.add(ends_in=20 * DAY)
    team.world.px6.fault("drop_after", "prolong")
    await team.bob_prolongs(one)
    assert (await team.bob.reads()).startswith("Not known yet: 1 proxy for 30 days")
    assert (await team.ann.reads()).startswith("Not known yet: 1 proxy for 30 days\nBy: Bob")
    await team.settles()
    for phone, start in ((team.bob, "Prolonged 1 proxy"), (team.ann, "Prolonged 1 proxy for 30 days\nBy: Bob\n")):
        texts = await phone.texts()
        assert texts[-1].startswith(start)
        assert len([text for text in texts if text.startswith("Prolonged 1 proxy")]) == 1
        assert len([text for text in texts if text.startswith("Settled, see below")]) == 1
        assert not any(text.startswith("Not known yet") for text in texts)
    assert len(team.world.px6.books(team.customer.key)) == 1


@pytest.mark.parametrize("away", [ANN, BOB])
async def test_whoever_blocked_the_bot_is_told_when_they_are_back(team: Team, away: int) -> None:
    [one] = team.add(ends_in=20 * DAY)
    team.world.px6.fault("drop_after", "prolong")
    await team.bob_prolongs(one)
    await team.world.patch(f"/people/{away}", {"blocked": True})
    await team.world.quiet()
    await team.settles()
    here, gone = (team.bob, team.ann) if away == ANN else (team.ann, team.bob)
    assert (await here.reads()).startswith("Prolonged 1 proxy")
    seen = len(await here.texts())
    assert not any(text.startswith("Prolonged") for text in await gone.texts())
    await team.world.patch(f"/people/{away}", {"blocked": False})
    await team.world.quiet()
    await team.world.app.services.orders.settle_due()
    await team.world.quiet()
    assert (await gone.reads()).startswith("Prolonged 1 proxy")
    assert ("By: Bob" in await gone.reads()) == (away == ANN)
    assert len(await here.texts()) == seen, "nobody is told twice"
    assert team.told() == [(2, 2, 2)]


async def test_whose_access_was_taken_back_in_the_middle_sees_nothing_of_the_outcome(team: Team) -> None:
    [one] = team.add(ends_in=20 * DAY)
    team.world.px6.fault("drop_after", "prolong")
    await team.bob_prolongs(one)
    assert await team.world.app.services.colleagues.take_back(ANN, BOB) is not None
    before = len(await team.bob.texts())
    await team.settles()
    assert (await team.ann.reads()).startswith("Prolonged 1 proxy for 30 days\nBy: Bob")
    texts = await team.bob.texts()
    assert len(texts) == before and not any(text.startswith("Prolonged") for text in texts)
    assert texts[-1] == "You no longer have access to this account.\nIts owner is told how this payment ended."
    assert team.told() == [(2, 2, 2)]
    await team.ann.says("/orders")
    assert (await team.ann.labels())[0].endswith("· Bob"), "what he did stays his"


async def test_the_owner_is_told_of_nothing_spent_too_where_the_colleague_has_no_access_any_more(team: Team) -> None:
    """Bob's access ends between the claim and the call, as it may while a process that was killed is taken over."""
    [one] = team.add(ends_in=20 * DAY)
    orders, colleagues = team.world.app.services.orders, team.world.app.services.colleagues
    await team.bob.says(f"/prolong 30 {one}")
    message_id, green = await team.bob.green()
    _, quote_id, period = green.split(":")
    claim = await orders.claim(ANN, quote_id, int(period), (BOB, message_id), PersonId(BOB))
    await colleagues.take_back(ANN, BOB)
    team.world.px6.fault("drop_before", "getproxy", times=None)
    assert claim.confirmation is not None
    await orders.run(claim.confirmation.id)
    await team.world.quiet()
    assert (await team.ann.reads()).startswith("Not prolonged")
    assert "Its owner is told how this payment ended." in await team.bob.reads()
    assert team.told() == [(1, 1, 1)]


async def test_who_had_everything_erased_in_the_middle_is_named_nowhere(team: Team) -> None:
    [one] = team.add(ends_in=20 * DAY)
    team.world.px6.fault("drop_after", "prolong")
    await team.bob_prolongs(one)
    await team.bob.says("/forget")
    await team.bob.taps("Erase everything")
    before = len(await team.bob.texts())
    await team.settles()
    assert (await team.ann.reads()).startswith("Prolonged 1 proxy for 30 days\nBy: ex-colleague")
    assert len(await team.bob.texts()) == before
    assert team.told() == [(2, 2, 2)]
    await team.ann.says("/orders")
    assert "· ex-colleag" in (await team.ann.labels())[0]


async def test_what_was_not_spent_is_the_colleagues_business_alone(team: Team) -> None:
    [one] = team.add(ends_in=20 * DAY)
    before = len(await team.ann.texts())
    team.world.px6.fault("429", "prolong", times=None)
    await team.bob_prolongs(one)
    assert "Nothing was spent." in await team.bob.reads()
    assert len(await team.ann.texts()) == before
    assert team.told() == [(1, 1, 1)]


async def test_at_night_the_owner_gets_it_without_a_sound(team: Team) -> None:
    await team.world.app.services.people.set_zone(PersonId(ANN), "UTC")
    await team.world.app.services.reminders.change(ANN, quiet_from=0, quiet_to=24 * 60 - 1)
    one, other = team.add(2, ends_in=20 * DAY)
    seen = len(team.world.delivered())
    await team.bob_prolongs(one)
    assert [sound for chat, sound in team.world.delivered()[seen:] if chat == ANN] == [False]
    await team.world.app.services.reminders.change(ANN, quiet_from=None, quiet_to=None)
    seen = len(team.world.delivered())
    await team.bob_prolongs(other)
    assert [sound for chat, sound in team.world.delivered()[seen:] if chat == ANN] == [True]


async def test_a_restart_between_sending_and_the_outcome_tells_both(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path) as world:
        async with world.running_bot():
            team = await team_of(world)
            one, other = team.add(2, ends_in=20 * DAY)
            world.px6.fault("drop_after", "prolong")
            await team.bob_prolongs(one)
            world.px6.fault("drop_after", "delete")
            world.px6.fault("drop_before", "getproxy", times=2)
            await team.bob.says(f"/delete {other}")
            await team.bob.taps("Delete 1 proxy")
        async with world.running_bot():
            await team.settles()
            await world.app.services.deletions.settle_due()
            await world.quiet()
            assert any(text.startswith("Prolonged 1 proxy for 30 days\nBy: Bob") for text in await team.ann.texts())
            of_bob = await team.bob.texts()
            assert len([text for text in of_bob if text.startswith("Prolonged 1 proxy")]) == 1
            assert len([text for text in of_bob if text.startswith("Deleted: 1 proxy")]) == 1
            assert not any(text.startswith("Deleted") for text in await team.ann.texts())
            await team.ann.says("/orders")
            await team.ann.taps("Filter")
            await team.ann.taps("Deleted")
            assert (await team.ann.labels())[0].endswith("· Bob")


async def test_the_owner_answers_what_a_colleagues_payment_asks_and_both_are_told(team: Team) -> None:
    [one] = team.add(ends_in=9 * DAY)
    await team.bob.says(f"/prolong 30 {one}")
    team.world.px6.fault("500_before", "prolong")
    await team.bob.taps("Prolong 30 days")
    team.world.px6.top_up(team.customer.key, 58)
    await team.settles()
    assert "Has anybody topped it up by 58.00 RUB since then?" in await team.bob.reads()
    assert "Have you topped up 58.00 RUB since then?" in await team.ann.reads()
    await team.ann.taps("Yes, 58.00 RUB")
    assert (await team.ann.reads()).startswith("Not prolonged")
    team.world.move(MINUTE)
    await team.world.app.services.orders.settle_due()
    await team.world.quiet()
    assert any(text.startswith("Not prolonged") for text in await team.bob.texts())
    [(told, owner, changes)] = team.told()
    assert told == owner == changes


async def test_who_may_prolong_up_to_a_sum_sees_what_is_left_of_it(world: World) -> None:
    team = await team_of(world, Right.PROLONG)
    bob, ann = team.bob, team.ann
    one, other = team.add(2, ends_in=20 * DAY)
    assert "\nYour limit this month: 50.00 RUB, left 50.00 RUB" in await bob.says("/start")
    await team.bob_prolongs(one)
    await bob.says(f"/prolong 30 {other}")
    assert "\nYour limit this month: 50.00 RUB, left 29.00 RUB" in await bob.reads()
    await world.patch(f"/people/{BOB}", {"language_code": "ru"})
    assert "\nВаш лимит в этом месяце: 50,00 ₽, осталось 29,00 ₽" in await bob.says("/start")
    assert "limit" not in await ann.says("/start")
    world.move(31 * DAY)
    assert "осталось 50,00 ₽" in await bob.says("/start")


async def rows_of_file(phone: Phone, name: str) -> list[tuple[str, str]]:
    """Kind and doer of each line of the newest file, which is called so."""
    called, content = await phone.newest_file()
    assert called == name
    return [(row["kind"], row["by"]) for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))]


async def test_the_file_holds_what_the_filter_shows_and_says_so(team: Team) -> None:
    ann, bob = team.ann, team.bob
    one, other, gone = team.add(3, ends_in=20 * DAY)
    await team.bob_prolongs(one)
    await ann.says(f"/prolong 30 {other}")
    await ann.taps("Prolong 30 days")
    await ann.says("/buy 1 30 de")
    await ann.taps("Buy ·")
    await bob.says(f"/delete {gone}")
    await bob.taps("Delete 1 proxy")
    await ann.says("/orders")
    await ann.taps("CSV file")
    whole = [("buy", "owner"), ("prolong", "owner"), ("prolong", "Bob"), ("delete", "Bob")]
    assert await rows_of_file(ann, "orders.csv") == whole
    assert await ann.reads() == "Orders"
    for chosen, kinds, caption in (
        (("Prolonged",), whole[1:3], "Orders\nFilter: Prolonged"),
        (("Deleted",), whole[3:], "Orders\nFilter: Deleted"),
        (("Bob",), whole[2:], "Orders\nOnly: Bob"),
        (("Prolonged", "Bob"), whole[2:3], "Orders\nFilter: Prolonged\nOnly: Bob"),
        (("Pending",), [], "Orders\nFilter: Pending"),
    ):
        await ann.says("/orders")
        for label in chosen:
            await ann.taps("Filter: ")
            await ann.taps(label)
        await ann.taps("CSV file")
        assert await rows_of_file(ann, "orders-filtered.csv") == kinds, chosen
        assert await ann.reads() == caption
    await ann.forges("of")
    assert len(await rows_of_file(ann, "orders.csv")) == 4, "an old button has no filter"


async def test_every_other_action_of_a_colleague_is_listed_and_none_that_was_refused(team: Team) -> None:
    bob, ann, world = team.bob, team.ann, team.world
    one, other = team.add(2, ends_in=20 * DAY)
    await bob.says(f"/comment {one},{other} secret-words")
    await bob.says("/export")
    await bob.taps("AdsPower")
    await bob.says(f"/type socks {one}")
    next(each for each in world.px6.account(team.customer.key).proxies.values() if each.id == other).alive = False
    await bob.says(f"/check {one},{other}")
    await bob.says("/comment secret-words > other-words")
    await bob.says("/bind 5.18.204.9")
    await bob.taps("Bind")
    world.px6.fault("500_before", "settype")
    await bob.says(f"/type http {one}")
    await ann.says("/orders")
    await ann.taps("Other actions")
    text = await ann.reads()
    assert [line.partition(" · ")[2] or line for line in text.split("\n")] == [
        "What colleagues did",
        "Bob · binding: 1 address",
        "Bob · comment: 2 proxies",
        "Bob · check: 2 proxies",
        *([] if ON_NEWEST else ["Bob · protocol: 1 proxy"]),  # which changes no protocols any more
        "Bob · export: 2 proxies",
        "Bob · comment: 2 proxies",
        "Purchases, prolongations and deletions are in “Orders”.",
    ]
    assert "secret-words" not in text
    await ann.says("/check " + str(one))
    await ann.says("/orders")
    await ann.taps("Other actions")
    assert await ann.reads() == text, "what the owner does is not listed"
    await world.patch(f"/people/{ANN}", {"language_code": "ru"})
    await ann.says("/orders")
    await ann.taps("Другие действия")
    assert "Bob · комментарий: 2 прокси" in await ann.reads()
    await world.app.services.colleagues.change(ANN, BOB, Right.LOOK)
    await bob.says(f"/type http {one}")
    assert world.rows("SELECT count(*) FROM colleague_actions") == [(5 if ON_NEWEST else 6,)]
    world.move(500 * HOUR)
    await bob.says("/orders")
    await bob.taps("Other actions")
    assert " · you · check: 2 proxies" in await bob.reads()
