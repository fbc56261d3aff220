"""Weighed matching: what records are like, questions for people, merges, who was forgotten.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add the tables of weighed matching. The hub computes the new keys itself when it opens next."""
    op.drop_column("match_key", "name")
    op.create_table(
        "profile",
        sa.Column("identity_id", Id, autoincrement=False, nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("source_record_id", Id, autoincrement=False, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("identity_id", "sort", "source_record_id", name=op.f("pk_profile")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_profile_source_record_id", "profile", ["source_record_id", "sort"], unique=False)
    op.create_table(
        "duplicate",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("one_id", Id, nullable=False),
        sa.Column("other_id", Id, nullable=False),
        sa.Column("bits", sa.Float(), nullable=False),
        sa.Column("guard", sa.Text(), nullable=True),
        sa.Column("parts", Json, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("run_id", Id, nullable=True),
        sa.Column("asked_at", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate")),
        sa.UniqueConstraint("sort", "one_id", "other_id", name=op.f("uq_duplicate_sort_one_id_other_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_duplicate_state", "duplicate", ["state", "bits"], unique=False)
    op.create_index("ix_duplicate_other_id", "duplicate", ["other_id", "sort"], unique=False)
    op.create_index("ix_duplicate_run_id", "duplicate", ["run_id"], unique=False)
    op.create_table(
        "merge",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("winner_id", Id, nullable=True),
        sa.Column("loser_id", Id, nullable=True),
        sa.Column("run_id", Id, nullable=True),
        sa.Column("merged_by", sa.Text(), nullable=True),
        sa.Column("merged_at", sa.Text(), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.Text(), nullable=True),
        sa.Column("details", Json, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_merge_loser_id", "merge", ["loser_id", "sort"], unique=False)
    op.create_index("ix_merge_winner_id", "merge", ["winner_id", "sort"], unique=False)
    op.create_table(
        "suppression",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("forgotten_at", sa.Text(), nullable=True),
        sa.Column("forgotten_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_suppression")),
    )
    op.create_table(
        "state",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_state")),
    )
