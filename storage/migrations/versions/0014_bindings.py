"""To which addresses people have px6 bind their proxies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.engine.dialects import COUNTS_UP_FOR_EVER, Number

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bindings",
        sa.Column("id", Number, nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("px6_user_id", sa.Text(), nullable=False),
        sa.Column("addresses", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("certain", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["telegram_id"], ["people.telegram_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        **COUNTS_UP_FOR_EVER,
    )
    op.create_index("bindings_of", "bindings", ["telegram_id", "id"])
