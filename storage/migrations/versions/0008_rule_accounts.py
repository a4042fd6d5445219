"""A rule's limits belong to one px6 account and one currency."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("px6_user_id", "currency"):
        op.add_column("rules", sa.Column(column, sa.Text(), nullable=False, server_default=""))
        mine = f"SELECT {column} FROM accounts WHERE accounts.telegram_id = rules.telegram_id"  # noqa: S608 - two names
        op.execute(f"UPDATE rules SET {column} = coalesce(({mine}), '')")  # noqa: S608 - as above
