"""Fixtures of the journeys of reminders."""

from __future__ import annotations

import pytest

from tests.journeys.reminders.team import Team, a_team
from tests.world import World


@pytest.fixture
async def team(world: World) -> Team:
    """Three people on one account."""
    return await a_team(world)
