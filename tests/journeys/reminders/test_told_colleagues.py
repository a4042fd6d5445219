"""Three people on one account: each is reminded, and whoever acts first settles it for all."""

from __future__ import annotations

import pytest

from handlers.ground.screen import Open
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.journeys.reminders.team import ANN, BEN, CAT, Team, digests, newest_digest, phone_id, said, shown
from tests.world import buttons, green_buttons


async def test_whoever_prolongs_first_settles_it_for_all(team: Team) -> None:
    of_ann, of_ben, of_cat = await team.remind(2)
    assert "2 proxies end" in of_ann["text"] and said(of_ann) == said(of_ben)
    assert of_cat["text"].startswith("⏳ Закончатся 2 прокси")
    assert green_buttons(of_ann) == green_buttons(of_ben) and green_buttons(of_ann) and not green_buttons(of_cat)
    assert [b["text"] for b in buttons(of_cat)] == ["Выбрать", "Напомнить позже", "Домой"]
    await team.ben.taps("Prolong 30 days", of_ben["message_id"])
    await team.world.quiet()  # at once, not in the next round
    assert team.paid() == 1
    for phone, message, begins in (
        (team.ann.phone, of_ann, "✅ Prolonged by Ben\n2 proxies, 30 days, until "),
        (team.cat, of_cat, "✅ Продлено: Ben\n2 прокси, 30 дней, до "),
    ):
        now = await shown(phone, message)
        assert said(now).startswith(begins) and len(buttons(now)) == 1
    assert "Prolonged" in said(await shown(team.ben, of_ben)), "his own message is the receipt"
    answer = await team.ann.phone.forges(green_buttons(of_ann)[0]["callback_data"], of_ann["message_id"])
    assert answer["text"] == "Prolonged by Ben" and team.paid() == 1
    await team.look()
    assert [await digests(phone) for phone in (team.ann.phone, team.ben, team.cat)] == [0, 0, 0]


async def test_what_the_owner_prolongs_from_the_list_says_so_in_the_messages_of_colleagues(team: Team) -> None:
    of_ann, of_ben, _ = await team.remind()
    await team.ann.phone.says("/prolong")
    await team.ann.phone.taps("Prolong 30 days")
    assert said(await shown(team.ben, of_ben)).startswith("✅ Prolonged by the owner\n1 proxy, 30 days")
    assert green_buttons(await shown(team.ann.phone, of_ann)), "her own old message is as it was"
    answer = await team.ann.phone.taps("Prolong 30 days", of_ann["message_id"])
    assert "tapping again spent nothing more. Status: done." in answer["text"] and team.paid() == 1
    team.world.move(10 * MINUTE)
    answer = await team.ann.phone.taps("Prolong 30 days", of_ann["message_id"])
    assert answer["text"] is None and team.paid() == 1, "its ends are others now, so nothing is sent"


async def test_a_tap_while_nobody_knows_the_outcome_spends_nothing_and_says_who(team: Team) -> None:
    await team.world.app.services.reminders.change(ANN, leads=(10 * 86400,))
    of_ann, of_ben, _ = await team.remind(ends_in=10 * DAY)  # px6 does not renew it by itself yet
    team.world.px6.fault("drop_after", "prolong")
    await team.ben.taps("Prolong 30 days", of_ben["message_id"])
    await team.round()
    assert green_buttons(await shown(team.ann.phone, of_ann)), "nothing is known yet"
    answer = await team.ann.phone.taps("Prolong 30 days", of_ann["message_id"])
    assert answer["text"].startswith("Payment by Ben: px6 has not confirmed it yet")
    team.world.move(6 * SECOND)
    await team.round()
    assert said(await shown(team.ann.phone, of_ann)).startswith("✅ Prolonged by Ben") and team.paid() == 1


async def test_what_px6_refused_leads_the_others_to_a_new_quote(team: Team) -> None:
    of_ann, of_ben, of_cat = await team.remind()
    team.world.px6.fault("no_before", "prolong", error_id=400)
    await team.ben.taps("Prolong 30 days", of_ben["message_id"])
    await team.round()
    assert said(await shown(team.ann.phone, of_ann)) == "Not prolonged: Ben tried, and nothing was spent."
    assert said(await shown(team.cat, of_cat)).startswith("Не продлено (Ben): попытка не удалась")
    await team.ann.phone.taps("Get a new quote", of_ann["message_id"])
    await team.ann.phone.taps("Prolong 30 days")
    assert team.paid() == 1


async def test_what_one_lets_go_is_let_go_for_all_and_what_one_puts_off_for_that_one_alone(team: Team) -> None:
    of_ann, of_ben, of_cat = await team.remind()
    await team.cat.taps("Напомнить позже", of_cat["message_id"])
    await team.cat.taps("Через 3 часа", of_cat["message_id"])
    assert green_buttons(await shown(team.ann.phone, of_ann)), "that is Cat's alone"
    await team.ben.taps("Don't prolong", of_ben["message_id"])
    await team.world.quiet()  # at once, not in the next round
    now = await shown(team.ann.phone, of_ann)
    assert said(now).startswith("Not prolonging: 1 proxy\nDecided by Ben.") and not green_buttons(now)
    assert [b["text"] for b in buttons(now)] == ["Remind me after all", "Home"]
    in_russian = await shown(team.cat, of_cat)
    assert said(in_russian).startswith("Не продлеваю: 1 прокси\nРешение: Ben.")
    assert [b["text"] for b in buttons(in_russian)] == ["Домой"], "who may look only cannot take it back"
    team.world.move(22 * HOUR)
    await team.look()
    assert [await digests(phone) for phone in (team.ann.phone, team.ben, team.cat)] == [0, 0, 0]
    await team.ann.phone.taps("Remind me after all", of_ann["message_id"])
    await team.world.quiet()
    assert said(await shown(team.ben, of_ben)) == "Reminders again: 1 proxy\nDecided by the owner."
    await team.look()
    assert [await digests(phone) for phone in (team.ann.phone, team.ben, team.cat)] == [2, 1, 1]
    assert team.world.rows("SELECT name, action, count FROM colleague_actions") == [("Ben", "let-go", 1)]


async def test_who_may_only_look_comes_back_to_the_reminder_and_no_quote_is_made_for_them(team: Team) -> None:
    *_, of_cat = await team.remind()
    quotes = team.world.rows("SELECT id FROM quotes")
    for label in ("Напомнить позже", "Назад"):
        await team.cat.taps(label, of_cat["message_id"])
    now = await shown(team.cat, of_cat)
    assert (said(now), buttons(now)) == (said(of_cat), buttons(of_cat))
    assert team.world.rows("SELECT id FROM quotes") == quotes


@pytest.mark.parametrize(("by", "says"), [("Ben", "\nProlonged by Ben"), ("px6", ""), ("nobody", "")])
async def test_where_nothing_is_left_of_a_message_it_is_said_who_prolonged_it(team: Team, by: str, says: str) -> None:
    """`px6`: it was prolonged at px6's own site. `nobody`: Ben had let it go before that."""
    of_ann, of_ben, _ = await team.remind()
    if by != "px6":
        await team.ben.taps("Prolong 30 days" if by == "Ben" else "Don't prolong", of_ben["message_id"])
    if by != "Ben":
        for proxy in team.ann.account.proxies.values():
            proxy.ends_at += 30 * DAY
    select = next(b["callback_data"] for b in buttons(of_ann) if b["text"] == "Select")
    await team.ann.phone.forges(select, of_ann["message_id"])
    assert await team.ann.phone.reads() == f"Nothing is left here: all of it was prolonged or is gone.{says}"


async def test_who_has_no_right_any_more_gets_nothing_and_their_buttons_do_nothing(team: Team) -> None:
    _, of_ben, of_cat = await team.remind()
    await team.world.app.services.colleagues.take_back(ANN, BEN)
    await team.ben.taps("Prolong 30 days", of_ben["message_id"])
    assert "no longer" in await team.ben.reads() and team.paid() == 0
    await team.ann.phone.says("/prolong")
    await team.ann.phone.taps("Prolong 30 days")
    await team.round()
    assert green_buttons(await shown(team.ben, of_ben)), "nothing is told of the account to whom it is none of"
    assert said(await shown(team.cat, of_cat)).startswith("✅ Продлено: владелец")
    await team.remind_again()
    assert [await digests(phone) for phone in (team.ann.phone, team.ben, team.cat)] == [2, 1, 1]


async def test_each_has_quiet_hours_of_their_own_and_an_owner_may_leave_it_to_colleagues(team: Team) -> None:
    reminders, hour = team.world.app.services.reminders, team.world.clock().hour
    await reminders.change(BEN, quiet_from=hour * 60, quiet_to=(hour + 2) % 24 * 60)
    assert "Reminders also go to: Ben, Катя" in await team.ann.phone.says("/reminders")
    await team.ann.phone.taps("Don't remind me")
    assert "Reminders go to colleagues only: Ben, Катя" in await team.ann.phone.reads()
    team.ann.add(1, ends_in=DAY)
    await team.look()
    assert [await digests(phone) for phone in (team.ann.phone, team.ben, team.cat)] == [0, 0, 1]
    team.world.move(2 * HOUR)
    await team.look()
    assert [await digests(phone) for phone in (team.ann.phone, team.ben, team.cat)] == [0, 1, 1]
    for person in (BEN, CAT):
        await team.world.app.services.colleagues.tell(ANN, person, False)
    await team.look()
    assert await digests(team.ann.phone) == 1, "somebody is reminded always"
    assert "colleagues" not in await team.ann.phone.says("/reminders")


@pytest.mark.parametrize("who", ["owner", "colleague"])
async def test_who_is_not_reminded_of_the_account_any_more_is_promised_nothing(team: Team, who: str) -> None:
    of_ann, of_ben, _ = await team.remind()
    if who == "owner":
        await team.ann.phone.says("/reminders")
        await team.ann.phone.taps("Don't remind me")
        phone, message = team.ann.phone, of_ann
        says = "Reminders of this account go to your colleagues only, so none will come to you."
    else:
        await team.world.app.services.colleagues.tell(ANN, BEN, False)
        phone, message = team.ben, of_ben
        says = "You no longer get reminders of this account, so none will come."
    await phone.taps("Remind me later", message["message_id"])
    await phone.taps("In 3 hours", message["message_id"])
    now = await shown(phone, message)
    assert said(now) == f"Remind me later\n{says}"
    assert [b["text"] for b in buttons(now)] == [*(["Reminders"] if who == "owner" else []), "Home", "Back"]
    for _ in range(5):
        team.world.move(HOUR)
        await team.look()
    assert await digests(phone) == 0, "the message itself no longer begins like one"


async def test_an_owner_who_left_it_to_colleagues_of_whom_none_is_told_is_promised_a_reminder(team: Team) -> None:
    of_ann, *_ = await team.remind()
    await team.ann.phone.says("/reminders")
    await team.ann.phone.taps("Don't remind me")
    for person in (BEN, CAT):
        await team.world.app.services.colleagues.tell(ANN, person, False)
    await team.ann.phone.taps("Remind me later", of_ann["message_id"])
    await team.ann.phone.taps("In 3 hours", of_ann["message_id"])
    assert "(in 3 hours)." in said(await shown(team.ann.phone, of_ann))
    team.world.move(3 * HOUR + MINUTE)
    await team.look()
    assert await digests(team.ann.phone) == 1


async def test_an_owner_who_left_it_to_colleagues_awaits_no_message(team: Team) -> None:
    team.ann.add(1, ends_in=8 * DAY)
    await team.look()
    assert "Next messages:" in await team.ann.phone.says("/reminders")
    await team.ann.phone.taps("Don't remind me")
    text = await team.ann.phone.reads()
    assert "colleagues only: Ben, Катя" in text
    assert "Next messages:" not in text and "No reminder is due" not in text


async def test_a_colleague_reads_the_lead_times_by_which_they_are_told(team: Team) -> None:
    reminders = team.world.app.services.reminders
    await reminders.change(ANN, leads=(10 * 86400,))
    _, of_ben, _ = await team.remind(ends_in=9 * DAY)
    await team.ben.forges(Open(screen="reminders").pack(), of_ben["message_id"])
    await team.world.quiet()
    assert "\n10 days before the end\nThe owner of this account sets how long before." in await team.ben.reads()
    assert not {"When to remind", "By comment"} & set(await team.ben.labels()), "which are for accounts of his own"
    await reminders.change(ANN, on=False)
    await team.ben.taps("Switch off")
    await team.ben.taps("Switch on")
    text = await team.ben.reads()
    assert "Off: the owner of this account has switched its reminders off." in text and "Next messages" not in text
    await team.world.app.services.colleagues.tell(ANN, BEN, False)
    await reminders.change(ANN, on=True)
    await team.ben.taps("Switch off")
    await team.ben.taps("Switch on")
    assert "Reminders of this account do not come to you" in await team.ben.reads()


async def blocks(team: Team) -> None:
    await team.world.patch(f"/people/{ANN}", {"blocked": True})
    await team.world.quiet()


async def test_what_a_rule_had_announced_is_told_to_colleagues_once_the_owner_has_blocked_the_bot(team: Team) -> None:
    """Nobody could be told of a payment, so none is made: they hear of the end before it comes, not after."""
    await team.ann.adds_rule()
    team.ann.add(1, ends_in=23 * HOUR)
    await team.look()
    assert [await digests(phone) for phone in (team.ann.phone, team.ben, team.cat)] == [0, 0, 0]
    await blocks(team)
    await team.look()
    assert [await digests(phone) for phone in (team.ben, team.cat)] == [1, 1]
    team.world.move(21 * HOUR)
    await team.world.sweep()
    assert [await digests(phone) for phone in (team.ben, team.cat)] == [2, 2], "three hours before the end"
    assert team.paid() == 0
    await team.ben.taps("Prolong 30 days", (await newest_digest(team.ben))["message_id"])
    assert team.paid() == 1


@pytest.mark.parametrize("blocked", [False, True])
async def test_a_colleague_has_their_fixed_hour_whether_the_owner_has_blocked_the_bot_or_not(
    team: Team, blocked: bool
) -> None:
    await team.world.app.services.people.set_zone(phone_id(BEN), "UTC")
    now = team.world.clock()
    await team.world.app.services.reminders.change(BEN, hour=(now.hour * 60 + now.minute + 5) % (24 * 60))
    if blocked:
        await blocks(team)
    team.ann.add(1, ends_in=3 * DAY + 20 * HOUR)
    team.world.move(10 * MINUTE)
    await team.look()
    assert await digests(team.ben) == 1, "it comes due before the next fixed hour"
    team.world.move(3 * HOUR)
    team.ann.add(1, ends_in=3 * DAY + 3 * HOUR)
    await team.look()
    assert [await digests(phone) for phone in (team.ben, team.cat)] == [1, 0], "his comes tomorrow, at that hour"
    team.world.move(21 * HOUR - 5 * MINUTE + SECOND)
    await team.look()
    assert await digests(team.ben) == 2
