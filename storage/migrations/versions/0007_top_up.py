"""What a person is asked about an order: whether they topped up just so much meanwhile."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("top_up", sa.BigInteger(), nullable=True))
