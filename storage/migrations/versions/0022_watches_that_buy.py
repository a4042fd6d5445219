"""Watches that buy: twins of proxies that stopped working, and what is in stock again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.engine.dialects import COUNTS_UP_FOR_EVER, Number

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "replacements",
        sa.Column("id", Number, nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("px6_user_id", sa.Text(), nullable=False),
        sa.Column("watch_id", Number, nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("ends", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("run_at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger()),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("paying", sa.Text()),
        sa.ForeignKeyConstraint(["telegram_id"], ["people.telegram_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        **COUNTS_UP_FOR_EVER,
    )
    op.create_index("replacements_of", "replacements", ["telegram_id", "state"])
    op.create_index("replacements_run_at", "replacements", ["run_at"])
    op.create_table(
        "replaced",
        sa.Column("px6_user_id", sa.Text(), nullable=False),
        sa.Column("proxy_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("replacement_id", Number, nullable=False),
        sa.ForeignKeyConstraint(["telegram_id"], ["people.telegram_id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["replacement_id"], ["replacements.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("px6_user_id", "proxy_id"),
    )
    op.create_index("replaced_by", "replaced", ["replacement_id"])
    op.create_index("replaced_of", "replaced", ["telegram_id"])
    op.add_column("health_watches", sa.Column("failures", sa.Text(), nullable=False, server_default="{}"))
    op.add_column("health_watches", sa.Column("replacing", sa.Text()))
    op.add_column("stock_watches", sa.Column("looked_at", sa.BigInteger()))
    op.add_column("stock_watches", sa.Column("up_to", sa.BigInteger()))
    op.add_column("stock_watches", sa.Column("currency", sa.Text(), nullable=False, server_default=""))
    op.add_column("stock_watches", sa.Column("paying", sa.Text()))
    op.add_column("price_watches", sa.Column("looked_at", sa.BigInteger()))
