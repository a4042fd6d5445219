"""Several px6 accounts of one person, and which of them a message in their chat is of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.engine.dialects import where

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE people ADD COLUMN of_person BIGINT REFERENCES people (telegram_id)")
    op.add_column("people", sa.Column("account_name", sa.Text()))
    op.add_column("people", sa.Column("current", sa.BigInteger()))
    op.add_column("people", sa.Column("own_until", sa.BigInteger()))
    op.create_index("people_of_person", "people", ["of_person"], **where("of_person IS NOT NULL"))
    op.create_table(
        "account_messages",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["telegram_id"], ["people.telegram_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("chat_id", "message_id"),
    )
    op.create_index("account_messages_of", "account_messages", ["telegram_id"])
    op.create_index("account_messages_sent", "account_messages", ["sent_at"])
