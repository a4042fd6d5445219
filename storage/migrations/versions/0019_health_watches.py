"""Proxies that are checked again and again, and prices that are watched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.engine.dialects import COUNTS_UP_FOR_EVER, Number, where

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def owner() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", Number, nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["telegram_id"], ["people.telegram_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    ]


def upgrade() -> None:
    op.create_table(
        "health_watches",
        *owner(),
        sa.Column("px6_user_id", sa.Text(), nullable=False),
        sa.Column("which", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("minutes", Number, nullable=False),
        sa.Column("night", sa.Boolean(), nullable=False),
        sa.Column("look_at", sa.BigInteger()),
        sa.Column("next_at", sa.BigInteger()),
        sa.Column("began_at", sa.BigInteger()),
        sa.Column("stage", Number, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("suspects", "fallen", "down", "back")),
        sa.Column("looked_at", sa.BigInteger()),
        sa.Column("checked", Number, nullable=False),
        sa.Column("worked", Number, nullable=False),
        sa.UniqueConstraint("telegram_id", "which", "value"),
        **COUNTS_UP_FOR_EVER,
    )
    op.create_index("health_watches_due", "health_watches", ["look_at"], **where("look_at IS NOT NULL"))
    op.create_table(
        "health_falls",
        *owner(),
        sa.Column("px6_user_id", sa.Text(), nullable=False),
        sa.Column("ids", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        **COUNTS_UP_FOR_EVER,
    )
    op.create_index("health_falls_of", "health_falls", ["telegram_id"])
    op.create_index("health_falls_at", "health_falls", ["at"])
    op.create_table(
        "price_watches",
        *owner(),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("period", Number, nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("look_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("telegram_id", "version", "period"),
        **COUNTS_UP_FOR_EVER,
    )
    op.create_index("price_watches_due", "price_watches", ["look_at"])
