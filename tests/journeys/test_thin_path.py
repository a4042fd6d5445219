"""The smallest whole: /start, a key, /balance, over both stand-ins."""

from __future__ import annotations

from tests.intakes import by_both_ways
from tests.world import World


@by_both_ways
async def test_a_new_person_is_told_what_the_bot_does_and_where_the_key_is(world: World) -> None:
    phone = world.phone()
    text = await phone.says("/start")
    assert "send your px6 API key" in text
    assert "My key at px6" in await phone.labels()


@by_both_ways
async def test_a_pasted_key_is_checked_stored_encrypted_and_its_message_deleted(world: World) -> None:
    phone = world.phone()
    await phone.says("/start")
    text = await phone.says(world.key)
    assert "Connected" in text
    assert world.key not in str(await phone.chat())
    ((sealed,),) = world.rows("select sealed_key from accounts")
    assert world.key.encode() not in sealed


@by_both_ways
async def test_balance_is_told_with_its_currency(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    assert "640.50 RUB" in await phone.says("/balance")
