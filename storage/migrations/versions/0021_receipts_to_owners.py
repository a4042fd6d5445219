"""What owners were told of what their colleagues confirmed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.engine.dialects import Number, where

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("confirmations", sa.Column("told_owner", Number, nullable=False, server_default="0"))
    op.add_column("confirmations", sa.Column("tell_owner_at", sa.BigInteger()))
    op.add_column("confirmations", sa.Column("owner_message", sa.BigInteger()))
    op.create_index(
        "confirmations_owner_untold", "confirmations", ["tell_owner_at"], **where("tell_owner_at IS NOT NULL")
    )
