"""A sample of Telegram's weather on payments; `python -m tests.faults` plays all of it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.faults.weather import WEATHERS, Cell, run

SAMPLE = (
    ("buy", "drop before", False),
    ("prolong", "cut", False),
    ("buy", "refused connection", False),
    ("prolong", "refused edit", True),
    ("buy", "502 html after", True),
)


@pytest.mark.timeout(170)
async def test_a_payment_in_bad_weather_is_made_once_and_no_second_receipt_reads_as_another(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    by_name = {weather.name: weather for weather in WEATHERS}
    cells = [Cell(call, by_name[name], late) for call, name, late in SAMPLE]
    await run(tmp_path, "current", cells)
    assert not [cell for cell in cells if cell.wrong]
    assert [cell.receipts for cell in cells] == [1, 1, 1, 1, 2], "only what may not have arrived is told again"
    assert not [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
