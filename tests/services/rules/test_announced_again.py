"""Announcements of which nobody knows whether they arrived, where the database cannot be written either."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.errors import StorageError
from model.rules import Rule
from services.notifications.kinds import Unsure
from services.rules.context import RuleContext
from tests.durations import DAY, MINUTE
from tests.services.rig import ANNA
from tests.services.rules.rule_rig import new_rule_rig


async def is_away(*_: object) -> None:
    raise StorageError("the database is away")


async def test_once_one_has_arrived_the_pauses_begin_anew_although_that_could_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else an announcement would be said again an hour later, with so much less time for Skip."""
    async with new_rule_rig(tmp_path) as anna:
        anna.rig.proxy(ends_in=DAY)
        await anna.rule()
        anna.fails = Unsure()
        for pause in (MINUTE, 15 * MINUTE):
            assert await anna.step() == anna.now() + pause
            anna.rig.px6.clock.move(pause)
            anna.rig.passed += 10
        anna.fails = None
        with monkeypatch.context() as patched, pytest.raises(StorageError):
            patched.setattr("storage.rules.told", is_away)
            await anna.step()
        assert len(anna.news()) == 1
        anna.fails = Unsure()
        anna.rig.px6.clock.move(20 * MINUTE)
        assert await anna.step() == anna.now() + MINUTE


@pytest.mark.parametrize("how", ["skipped", "switched off", "removed"])
async def test_what_is_called_off_in_this_moment_is_not_announced_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    async with new_rule_rig(tmp_path) as anna:
        anna.rig.proxy(ends_in=DAY)
        one = await anna.rule()
        await anna.rules.change(ANNA, (await anna.rules.add(ANNA, "country", "us", hours=12, period=30)).id, on=True)
        anna.fails = Unsure()
        await anna.step()
        anna.rig.px6.clock.move(MINUTE)
        anna.fails, read = None, RuleContext.rule

        async def and_then(self: RuleContext, *given: int) -> Rule | None:
            rule = await read(self, *given)
            match how:
                case "skipped":
                    assert await anna.rules.skip(ANNA, 1) == 1
                case "switched off":
                    await anna.rules.change(ANNA, one.id, on=False)
                case _:
                    await anna.rules.remove(ANNA, one.id)
            return rule

        monkeypatch.setattr(RuleContext, "rule", and_then)
        await anna.step()
        assert anna.news() == []
