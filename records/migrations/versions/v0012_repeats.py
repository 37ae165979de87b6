"""Writes that carry a key are done once, however often they are sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of records.repeat_tables."""
    op.create_table(
        "repeats",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("subject", sa.String(200), primary_key=True),
        sa.Column("software", sa.String(200), primary_key=True),
        sa.Column("key_hash", sa.String(64), primary_key=True),
        sa.Column("sent_hash", sa.String(64), nullable=False),
        sa.Column("begun_at", sa.Float, nullable=False),
        sa.Column("outcome", sa.Text),
    )
    op.create_index("ix_repeats_begun_at", "repeats", ["begun_at"])
