"""What px6 told last of an account, shown while it does not answer; and who wants to be told that it does again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "last_known",
        sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("px6_user_id", sa.Text(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.Column("silent_since", sa.BigInteger()),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("sealed_list", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["telegram_id"], ["people.telegram_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("telegram_id"),
    )
    op.create_index("last_known_read", "last_known", ["read_at"])
    op.create_table(
        "awaiting",
        sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["telegram_id"], ["people.telegram_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("telegram_id"),
    )
