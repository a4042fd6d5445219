"""One version: what `--version` says and the newest entry of the changelog are the same."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from bot import __version__
from bot.cli import main

ROOT = Path(__file__).parents[2]


def test_the_program_says_its_version_without_any_settings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BOT_TOKEN", raising=False)
    assert main(["--version"]) == 0
    assert capsys.readouterr() == (f"px6-bot {__version__}\n", "")


def test_the_changelog_begins_with_this_version_and_goes_back_in_time() -> None:
    entries = re.findall(r"^## (\S+) – (\S+)$", ROOT.joinpath("CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert entries[0][0] == __version__
    versions = [tuple(map(int, version.split("."))) for version, _ in entries]
    dates = [date.fromisoformat(day) for _, day in entries]
    assert versions == sorted(set(versions), reverse=True)
    assert dates == sorted(dates, reverse=True)
