"""Reminders for colleagues: what each was told, what each put off, and how digests were ended by others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.engine.dialects import KEPT_BY_KEY, Number, where

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def key() -> list[sa.schema.SchemaItem]:
    """The columns of an end of a proxy, of which a colleague is told."""
    return [
        sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("proxy_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["telegram_id", "person_id"], ["colleagues.telegram_id", "colleagues.person_id"], ondelete="CASCADE"
        ),
    ]


def of_digest() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], ondelete="CASCADE")


def upgrade() -> None:
    op.add_column("digests", sa.Column("receiver", sa.BigInteger()))
    op.create_index("digests_to", "digests", ["receiver"], **where("receiver IS NOT NULL"))
    op.create_table(
        "colleague_reminders",
        *key(),
        sa.Column("lead", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest_id", Number, nullable=False),
        of_digest(),
        sa.PrimaryKeyConstraint("telegram_id", "person_id", "proxy_id", "end", "lead"),
        **KEPT_BY_KEY,
    )
    op.create_index("colleague_reminders_of_digest", "colleague_reminders", ["digest_id"])
    op.create_table(
        "colleague_silences",
        *key(),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("telegram_id", "person_id", "proxy_id", "end"),
    )
    op.create_table(
        "digest_endings",
        sa.Column("digest_id", Number, autoincrement=False, nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("confirmation_id", sa.BigInteger()),
        sa.Column("by_person", sa.BigInteger()),
        sa.Column("by_name", sa.Text()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("edit_at", sa.BigInteger()),
        sa.Column("tries", Number, nullable=False),
        of_digest(),
        sa.ForeignKeyConstraint(["telegram_id"], ["people.telegram_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest_id"),
    )
    op.create_index("digest_endings_of", "digest_endings", ["telegram_id"])
    of_payment = where("confirmation_id IS NOT NULL")
    op.create_index("digest_endings_of_payment", "digest_endings", ["confirmation_id"], **of_payment)
    op.create_index("digest_endings_by", "digest_endings", ["by_person"], **where("by_person IS NOT NULL"))
    op.create_index("digest_endings_due", "digest_endings", ["edit_at"], **where("edit_at IS NOT NULL"))
