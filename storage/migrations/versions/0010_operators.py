"""What operators do in the chat: the maintenance mode, broadcasts; and what they were told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.engine.dialects import COUNTS_UP_FOR_EVER, Number

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "maintenance",
        sa.Column("number", Number, autoincrement=False, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text()),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "broadcasts",
        sa.Column("id", Number, nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("entities", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("people", Number, nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.Column("turns", Number, nullable=False),
        sa.Column("sent", Number, nullable=False),
        sa.Column("gone", Number, nullable=False),
        sa.Column("failed", Number, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["telegram_id"], ["people.telegram_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        **COUNTS_UP_FOR_EVER,
    )
    op.create_index("broadcasts_of", "broadcasts", ["telegram_id", "id"])
    op.create_table(
        "troubles",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
