"""The bot that the database belongs to, and looks that were begun and not ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

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
    begun = sa.text("lease IS NOT NULL")
    op.create_index("watches_leased", "watches", ["next_look_at"], sqlite_where=begun, postgresql_where=begun)
