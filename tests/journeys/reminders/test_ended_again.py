"""What became of a reminder is said to the others each time that it becomes something else."""

from __future__ import annotations

import pytest

from tests.durations import DAY, MINUTE
from tests.journeys.reminders.team import ANN, Team, said, shown
from tests.world import buttons


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


@pytest.mark.parametrize("px6_does", ["it", "nothing"])
async def test_what_is_let_go_while_a_payment_is_not_known_is_said_unless_it_was_paid(
    team: Team, px6_does: str
) -> None:
    await team.world.app.services.reminders.change(ANN, leads=(10 * 86400,))
    of_ann, of_ben, of_cat = await team.remind(ends_in=10 * DAY)  # px6 does not renew it by itself yet
    team.world.px6.fault("late" if px6_does == "it" else "drop_before", "prolong")
    team.world.impatient()
    await team.ben.taps("Prolong 30 days", of_ben["message_id"])
    await team.round()
    await team.ann.phone.taps("Don't prolong", of_ann["message_id"])
    await team.world.quiet()
    assert said(await shown(team.cat, of_cat)) == said(of_cat), "nobody knows yet how it ends"
    team.world.px6.process_late()
    for _ in range(8):
        team.world.move(3 * MINUTE)
        await team.round()
    now, hers = await shown(team.cat, of_cat), said(await shown(team.ann.phone, of_ann))
    if px6_does == "it":
        assert said(now).startswith("✅ Продлено: Ben\n") and team.paid() == 1
        assert hers.startswith("✅ Prolonged by Ben\n")
    else:
        assert said(now).startswith("Не продлеваю: 1 прокси\nРешение: владелец.") and team.paid() == 0
        assert hers.startswith("Not prolonging: 1 proxy\nI will not remind you"), "it is what she has decided"
        assert buttons(await shown(team.ann.phone, of_ann))[0]["text"] == "Remind me after all"
