"""Forged buttons of every kind through the whole program, down to the database and to px6."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.callback_forgeries import button_kinds, forgeries
from tests.direct_phone import DirectPhone
from tests.world import new_world

NO_BUTTONS = ["ol:all:99999999999999999999", "ol:all:-5", "again:", "skip:999999999999999999999999", "dg:١٥٠x", "x"]


def test_every_number_in_a_button_is_bounded() -> None:
    fields = [(kind, name, field) for kind in button_kinds() for name, field in kind.model_fields.items()]
    for kind, name, field in fields:
        if field.annotation is int:
            assert {"Ge", "Le"} <= {type(bound).__name__ for bound in field.metadata}, (kind, name)


async def test_a_forged_button_is_answered_and_breaks_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    async with new_world(tmp_path) as world:
        await world.phone().connects()
        phone = DirectPhone(world.telegram, world.settings.bot_token.get_secret_value(), 1001)
        spare = {"forget", "key-new"}  # they would take the key away, and with it the way to what is behind it
        data = NO_BUTTONS + sorted(
            text for kind in button_kinds() if kind.__prefix__ not in spare for text in forgeries(kind)
        )
        for start in range(0, len(data), 30):
            taps = [phone.forges(text) for text in data[start : start + 30]]
            await world.quiet()
            assert [tap.data for tap in taps if tap.answer is None] == []
        assert [record.getMessage() for record in caplog.records] == []
        assert world.px6.books(world.key) == []
        world.telegram.refusals.clear()
