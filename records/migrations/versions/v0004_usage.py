"""Figures of use, and the questions that found nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of records.usage_tables."""
    op.create_table(
        "usage_counts",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("use", sa.String(20), primary_key=True),
        sa.Column("mode", sa.String(20), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "zero_hit_askers",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("term_mark", sa.String(64), primary_key=True),
        sa.Column("asker_mark", sa.String(64), primary_key=True),
        sa.Column("last_day", sa.String(10), nullable=False, index=True),
    )
    op.create_table(
        "zero_hit_terms",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("term_mark", sa.String(64), primary_key=True),
        sa.Column("term", sa.Text, nullable=False),
    )
