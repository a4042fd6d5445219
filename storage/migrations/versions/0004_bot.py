"""The bot that the database belongs to, and looks that were begun and not ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.engine.dialects import where

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bots",
        sa.Column("bot_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
    )
    op.create_index("watches_leased", "watches", ["next_look_at"], **where("lease IS NOT NULL"))
