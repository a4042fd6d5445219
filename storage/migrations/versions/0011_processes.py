"""What several processes on one database share: who runs, who does what, px6's slots, the pace of chats."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.engine.dialects import SmallNumber

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "processes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("leases_of", "leases", ["holder"])
    op.create_table(
        "px6_slots",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", SmallNumber, autoincrement=False, nullable=False),
        sa.Column("holder", sa.Text()),
        sa.Column("free_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "number"),
    )
    op.create_table(
        "chat_paces",
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("full_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("chat"),
    )
    op.add_column("confirmations", sa.Column("held_by", sa.Text()))
    op.add_column("deletions", sa.Column("held_by", sa.Text()))
    op.add_column("orders", sa.Column("leased_by", sa.Text()))
    op.add_column("accounts", sa.Column("changes", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("accounts_at_px6", "accounts", ["px6_user_id"])
