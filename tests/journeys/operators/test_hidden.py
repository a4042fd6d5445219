"""To everybody but the operators their commands and buttons do not exist."""

from __future__ import annotations

from handlers.ground.words import Words
from handlers.operators.commands import operator_commands
from tests.journeys.operators.conftest import CUSTOMER, OPERATOR
from tests.world import World

COMMANDS = [name for name, _, _ in operator_commands(Words("en"))]
BUTTONS = ["maintain:1", "maintain:0", "operator:stats", "operator:maintenance", "bc-send:1", "bc-stop:1"]


async def test_a_command_of_operators_is_an_unknown_one(world: World) -> None:
    phone = world.phone(CUSTOMER)
    answers = []
    for name in ("nonsense", *COMMANDS):
        await phone.says(f"/{name} on x")
        answers.append(await phone.screen() | {"message_id": 0, "date": 0})
    assert len(answers) == 4 and answers == answers[:1] * 4
    told = await phone.says("/help")
    assert not [name for name in COMMANDS if name in told]
    assert world.rows("SELECT * FROM maintenance") == world.rows("SELECT * FROM broadcasts") == []


async def test_a_button_of_operators_is_one_that_is_out_of_date(world: World) -> None:
    phone = world.phone(CUSTOMER)
    await phone.connects()
    unknown = await phone.forges("no-such-button:1")
    for data in BUTTONS:
        assert await phone.forges(data) == unknown, data
    assert world.rows("SELECT * FROM maintenance") == world.rows("SELECT * FROM broadcasts") == []


async def test_who_is_an_operator_changes_at_once(world: World) -> None:
    phone, unknown = world.phone(OPERATOR), await world.phone(CUSTOMER).says("/maintenance")
    told = await phone.says("/help")
    assert COMMANDS and all(f"/{name}" in told for name in COMMANDS)
    assert (await phone.says("/maintenance")).startswith("Maintenance: off")
    world.app.access.take((), (CUSTOMER,))
    assert await phone.says("/maintenance") == unknown
    await phone.taps("Pause payments")
    assert world.rows("SELECT * FROM maintenance") == []
    assert (await world.phone(CUSTOMER).says("/maintenance")).startswith("Maintenance: off")
