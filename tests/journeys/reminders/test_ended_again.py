"""What became of a reminder is said to the others each time that it becomes something else."""

from __future__ import annotations

import pytest

from tests.journeys.reminders.team import Team, said, shown


@pytest.mark.parametrize(
    ("then", "says"),
    [
        ("takes it back", ["Reminders again: 1 proxy", "Снова напоминаю: 1 прокси"]),
        ("prolongs it", ["✅ Prolonged by the owner", "✅ Продлено: владелец"]),
    ],
)
async def test_what_was_let_go_is_not_said_to_be_so_once_it_is_otherwise(
    team: Team, then: str, says: list[str]
) -> None:
    of_ann, of_ben, of_cat = await team.remind()
    await team.ann.phone.taps("Don't prolong", of_ann["message_id"])
    await team.world.quiet()
    assert said(await shown(team.cat, of_cat)).startswith("Не продлеваю: 1 прокси\n")
    if then == "takes it back":
        await team.ann.phone.taps("Remind me after all", of_ann["message_id"])
    else:
        await team.ann.phone.says("/prolong")
        await team.ann.phone.taps("Prolong 30 days")
    await team.world.quiet()
    now = [
        said(await shown(phone, message)).split("\n")[0]
        for phone, message in ((team.ben, of_ben), (team.cat, of_cat))
    ]
    assert now == says
    assert team.paid() == (then == "prolongs it")


async def test_what_was_refused_is_not_said_to_be_unpaid_once_somebody_has_paid_it(team: Team) -> None:
    of_ann, of_ben, of_cat = await team.remind()
    team.world.px6.fault("no_before", "prolong", error_id=400)
    await team.ben.taps("Prolong 30 days", of_ben["message_id"])
    await team.round()
    refused = said(await shown(team.ben, of_ben))
    assert said(await shown(team.cat, of_cat)).startswith("Не продлено (Ben)")
    await team.ann.phone.taps("Get a new quote", of_ann["message_id"])
    await team.ann.phone.taps("Prolong 30 days")
    await team.world.quiet()
    assert team.paid() == 1
    assert said(await shown(team.cat, of_cat)).startswith("✅ Продлено: владелец\n1 прокси, 30 дней")
    assert said(await shown(team.ben, of_ben)) == refused, "that is the receipt of his own payment"
