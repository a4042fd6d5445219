"""What the commands of the project run: no test is left out by all of them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_test_of_several_processes_is_run_on_the_server() -> None:
    """They are left out on SQLite, so what the suite on PostgreSQL does not run is run by nobody."""
    [listed] = re.findall(r"^ON_POSTGRESQL := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    run = [ROOT / "tests" / name for name in listed.split()]
    marked = [path for path in (ROOT / "tests").rglob("test_*.py") if "pytest.mark.postgresql" in path.read_text()]
    marked.remove(Path(__file__))
    assert len(marked) > 10
    assert [path for path in marked if not any(path.is_relative_to(place) for place in run)] == []
