"""Colleagues of an account: their rights, invitations, and who confirmed what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.engine.dialects import COUNTS_UP_FOR_EVER, Number, where

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def owner() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["telegram_id"], ["people.telegram_id"], ondelete="CASCADE"),
    ]


def upgrade() -> None:
    op.create_table(
        "colleagues",
        *owner(),
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("granted", sa.Text(), nullable=False),
        sa.Column("monthly_cap", sa.BigInteger()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.telegram_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("telegram_id", "person_id"),
    )
    op.create_index("colleagues_of_person", "colleagues", ["person_id"])
    op.create_table(
        "invites",
        sa.Column("hash", sa.Text(), nullable=False),
        *owner(),
        sa.Column("granted", sa.Text(), nullable=False),
        sa.Column("monthly_cap", sa.BigInteger()),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger()),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("invites_of", "invites", ["telegram_id"])
    op.create_table(
        "colleague_actions",
        sa.Column("id", Number, nullable=False),
        *owner(),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("count", Number, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **COUNTS_UP_FOR_EVER,
    )
    op.create_index("colleague_actions_of", "colleague_actions", ["telegram_id", "id"])
    op.create_index("colleague_actions_by", "colleague_actions", ["person_id"])
    for table in ("confirmations", "deletions"):
        op.add_column(table, sa.Column("by_person", sa.BigInteger()))
        op.add_column(table, sa.Column("by_name", sa.Text()))
        op.create_index(f"{table}_by", table, ["by_person"], **where("by_person IS NOT NULL"))
