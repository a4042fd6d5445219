"""What a database of an older version holds is taken along."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, create_engine, text

from storage.engine.migrating import alembic_config

pytestmark = pytest.mark.sqlite("what an older version left in a file")

RULE = "INSERT INTO rules VALUES (1, 7, 'all', '\"\"', 12, 30, NULL, NULL, 0, 0, 1, NULL, 0)"
RUN = text(
    "INSERT INTO runs (id, telegram_id, rule_id, state, run_at, price, currency, tries) "
    "VALUES (:id, 7, 1, :state, 0, 21000000, 'RUB', 0)"
)
PROXY = text("INSERT INTO run_proxies VALUES (7, :id, 0, :id)")


def of_second_version(connection: Connection) -> None:
    """A person with a rule that paid once and announced once."""
    command.upgrade(alembic_config(connection), "0002")
    connection.execute(text("INSERT INTO people (telegram_id, created_at, choices) VALUES (7, 0, '{}')"))
    connection.execute(text(RULE))
    for number, state in ((1, "done"), (2, "announced")):
        connection.execute(RUN, {"id": number, "state": state})
        connection.execute(PROXY, {"id": number})


def test_what_a_rule_announced_without_prices_is_announced_anew_and_what_it_did_stays(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/bot.sqlite3")
    with engine.begin() as connection:
        of_second_version(connection)
        command.upgrade(alembic_config(connection), "head")
        runs = connection.execute(text("SELECT id, state, cycle FROM runs ORDER BY id")).all()
        assert [tuple(run) for run in runs] == [(1, "done", 1), (2, "dropped", 2)]
        assert connection.execute(text("SELECT run_id FROM run_proxies")).scalars().all() == [1]
    engine.dispose()
