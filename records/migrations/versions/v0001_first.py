"""The first form of the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create sources, entries and vectors."""
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("tenant", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("last_sync_at", sa.Float),
        sa.Column("last_sync", sa.JSON),
        sa.Column("removal_agreed", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("lease_owner", sa.String(80)),
        sa.Column("lease_until", sa.Float),
        sa.UniqueConstraint("tenant", "kind", "location"),
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("record_id", sa.String(26), nullable=False, unique=True),
        sa.Column("source_id", sa.Integer, sa.ForeignKey("sources.id"), nullable=False),
        sa.Column("tenant", sa.String(40), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("entries.id"), index=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("fingerprint", sa.Text),
        sa.Column("sha256", sa.String(64)),
        sa.Column("size", sa.BigInteger),
        sa.Column("modified_at", sa.Float),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.Column("access", sa.JSON, nullable=False),
        sa.Column("record_date", sa.String(10)),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lease_owner", sa.String(80)),
        sa.Column("lease_until", sa.Float),
        sa.Column("queued_at", sa.Float),
        sa.Column("reason", sa.String(40)),
        sa.Column("reason_detail", sa.Text),
        sa.Column("indexed_version", sa.BigInteger),
        sa.Column("text_state", sa.String(10)),
        sa.Column("page_count", sa.Integer),
        sa.Column("passage_count", sa.Integer),
        sa.Column("vectors", sa.String(10), nullable=False, server_default="none"),
        sa.Column("vectors_owner", sa.String(80)),
        sa.Column("vectors_until", sa.Float),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("changed_at", sa.Float, nullable=False),
        sa.UniqueConstraint("source_id", "path"),
        sa.Index("ix_entries_state", "state", "lease_until"),
        sa.Index("ix_entries_source_state", "source_id", "state"),
        sa.Index("ix_entries_vectors", "vectors", "record_date"),
    )
    op.create_table(
        "vectors",
        sa.Column("model", sa.String(120), primary_key=True),
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )
