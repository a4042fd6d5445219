"""Reminders, forecasts and automatic prolonging."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.engine.dialects import COUNTS_UP_FOR_EVER, KEPT_BY_KEY, Number, where

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def owner() -> sa.Column[int]:
    return sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False)


def of_person() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["telegram_id"], ["people.telegram_id"], ondelete="CASCADE")


def upgrade() -> None:
    watching()
    reminding()
    ruling()
    # Accounts that were connected before are looked at with the first sweep.
    op.execute(
        "INSERT INTO watches (telegram_id, next_look_at, since) SELECT telegram_id, added_at, added_at FROM accounts"
    )


def watching() -> None:
    op.create_table(
        "watches",
        owner(),
        sa.Column("next_look_at", sa.BigInteger(), nullable=True),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        of_person(),
        sa.PrimaryKeyConstraint("telegram_id"),
    )
    op.create_index("watches_due", "watches", ["next_look_at"], **where("next_look_at IS NOT NULL"))
    op.create_table(
        "snapshots",
        owner(),
        sa.Column("px6_user_id", sa.Text(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("ends", sa.Text(), nullable=False),
        sa.Column("outlook", sa.Text(), nullable=True),
        of_person(),
        sa.PrimaryKeyConstraint("telegram_id"),
    )


def reminding() -> None:
    op.create_table(
        "habits",
        owner(),
        sa.Column("habits", sa.Text(), nullable=False),
        of_person(),
        sa.PrimaryKeyConstraint("telegram_id"),
    )
    op.create_table(
        "digests",
        sa.Column("id", Number, nullable=False),
        owner(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.Text(), nullable=False),
        sa.Column("quote_id", sa.Text(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        of_person(),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("digests_of", "digests", ["telegram_id", "id"])
    op.create_table(
        "reminders",
        owner(),
        sa.Column("proxy_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("lead", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest_id", Number, nullable=False),
        of_person(),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("telegram_id", "proxy_id", "end", "lead"),
        **KEPT_BY_KEY,
    )
    op.create_index("reminders_of_digest", "reminders", ["digest_id"])
    op.create_table(
        "silences",
        owner(),
        sa.Column("proxy_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        of_person(),
        sa.PrimaryKeyConstraint("telegram_id", "proxy_id", "end"),
    )
    op.create_table(
        "notices",
        owner(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("times", Number, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        of_person(),
        sa.PrimaryKeyConstraint("telegram_id", "kind", "key"),
    )


def ruling() -> None:
    op.create_table(
        "rules",
        sa.Column("id", Number, nullable=False),
        owner(),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("hours", Number, nullable=False),
        sa.Column("period", Number, nullable=False),
        sa.Column("cap_run", sa.BigInteger(), nullable=True),
        sa.Column("cap_month", sa.BigInteger(), nullable=True),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.Column("stopped", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        of_person(),
        sa.PrimaryKeyConstraint("id"),
        **COUNTS_UP_FOR_EVER,
    )
    op.create_index("rules_of", "rules", ["telegram_id"])
    op.create_table(
        "runs",
        sa.Column("id", Number, nullable=False),
        owner(),
        sa.Column("rule_id", Number, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("run_at", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("confirmation_id", Number, nullable=True),
        sa.Column("tries", Number, nullable=False),
        of_person(),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["confirmation_id"], ["confirmations.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        **COUNTS_UP_FOR_EVER,
    )
    op.create_index("runs_of", "runs", ["telegram_id", "state"])
    op.create_index("runs_of_rule", "runs", ["rule_id"])
    op.create_index("runs_confirmed", "runs", ["confirmation_id"])
    op.create_table(
        "run_proxies",
        owner(),
        sa.Column("proxy_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("run_id", Number, nullable=False),
        of_person(),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("telegram_id", "proxy_id", "end"),
    )
    op.create_index("proxies_of_run", "run_proxies", ["run_id"])
