"""Turns of a broadcast that were given back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.engine.dialects import Number

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "given_back_turns",
        sa.Column("telegram_id", sa.BigInteger(), nullable=False),
        sa.Column("broadcast_id", Number, nullable=False),
        sa.ForeignKeyConstraint(["telegram_id"], ["people.telegram_id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcasts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("telegram_id", "broadcast_id"),
    )
