"""Of which run of a rule something was left for want of money; twins by the quote that paid for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.engine.dialects import Number

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("part_of", Number))
    op.create_index("replacements_paying", "replacements", ["paying"])
    # The messages of these have told what became of them.
    op.execute("UPDATE quotes SET message_id = NULL WHERE state = 'withdrawn' AND source = 'at_once'")
