"""What is written down of a colleague's deeds: what was done, on how many, and nothing of who acts on their own."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from handlers.ground.colleague_notes import note_act
from model.colleagues import Colleague, Right
from model.doers import Act
from services.account.colleagues import Colleagues
from tests.failing_disk import FailingDisk
from tests.handlers.bots import ANNA
from tests.handlers.chatting import THEN, chatting

OWNER = 1002
HERS = Colleague(
    owner=OWNER, person=ANNA, right=Right.ALL, monthly_cap=None, currency="RUB", since=THEN,
    name="Anna", by_name="Olga", told=False,
)  # fmt: skip


async def test_what_a_colleague_did_is_written_down_and_what_cannot_be_keeps_nothing_from_being_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def clock() -> datetime:
        return THEN

    async with chatting(tmp_path) as anna:
        disk: Any = FailingDisk(anna.people._database)
        colleagues = Colleagues(disk, clock)
        await anna.people.find_or_create(OWNER)
        turn = await anna.written("/check")
        turn.services = SimpleNamespace(people=anna.people, colleagues=colleagues)  # type: ignore[assignment]  # the two
        await note_act(turn, Act.RULE_SKIPPED, 3)
        turn.person = msgspec.structs.replace(turn.person, colleague=HERS)
        for count in (0, 1, 5):
            await note_act(turn, Act.RULE_SKIPPED, count)
        await note_act(turn, Act.COMMENT)
        disk.fails = True
        await note_act(turn, Act.COMMENT, 7)
        noted = [(each.action, each.count) for each in await colleagues.actions(OWNER)]
    assert noted == [(Act.COMMENT, 1), (Act.RULE_SKIPPED, 5), (Act.RULE_SKIPPED, 1)]
    logged = [(each.levelno, each.getMessage()) for each in caplog.records if each.name.startswith("handlers")]
    assert logged == [(logging.WARNING, "What a colleague did was not written down: full")]
