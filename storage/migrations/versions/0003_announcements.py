"""One announcement for several runs of a rule, and the announced price of each proxy."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.engine.dialects import Number

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("cycle", Number, nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("told_at", sa.BigInteger(), nullable=True))
    op.add_column("run_proxies", sa.Column("price", sa.BigInteger(), nullable=False, server_default="0"))
    op.drop_column("runs", "tries")
    op.create_index("runs_of_cycle", "runs", ["cycle"])
    op.execute("UPDATE runs SET cycle = id")
    # What was announced without the price of each proxy is announced anew.
    op.execute("DELETE FROM run_proxies WHERE run_id IN (SELECT id FROM runs WHERE state = 'announced')")
    op.execute("UPDATE runs SET state = 'dropped' WHERE state = 'announced'")
