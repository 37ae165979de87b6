"""The first form of the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the entries and the heads of the chains."""
    op.create_table(
        "audit_entries",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("software", sa.Text),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("purpose", sa.Text),
        sa.Column("detail", sa.Text),
        sa.Column("record_ids", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Index("ix_audit_entries_time", "tenant", "time"),
    )
    op.create_table(
        "audit_heads",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
