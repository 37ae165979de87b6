"""Releases and the rules that give them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create release_rules and releases; let rules find what changed lately."""
    op.create_table(
        "release_rules",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("rule_id", sa.String(26), nullable=False, unique=True),
        sa.Column("owner", sa.String(40), nullable=False, index=True),
        sa.Column("file_plan", sa.Text),
        sa.Column("document_type", sa.Text),
        sa.Column("partners", sa.JSON, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("legal_basis", sa.Text, nullable=False),
        sa.Column("live_key", sa.String(64), unique=True),
        sa.Column("applied_until", sa.Float, nullable=False, server_default="0"),
        sa.Column("applied_at", sa.Float, nullable=False, server_default="0"),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("recalled_by", sa.Text),
        sa.Column("recalled_at", sa.Float),
    )
    op.create_table(
        "releases",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("release_id", sa.String(26), nullable=False, unique=True),
        sa.Column("owner", sa.String(40), nullable=False),
        sa.Column("entry_id", sa.Integer, sa.ForeignKey("entries.id"), nullable=False, index=True),
        sa.Column("rule_id", sa.Integer, sa.ForeignKey("release_rules.id"), index=True),
        sa.Column("form", sa.String(10), nullable=False),
        sa.Column("partners", sa.JSON, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("legal_basis", sa.Text, nullable=False),
        sa.Column("redacted", sa.JSON),
        sa.Column("shown_fields", sa.JSON, nullable=False),
        sa.Column("live_key", sa.String(64), unique=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(20)),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("entry_sequence", sa.Integer, nullable=False),
        sa.Column("vectors", sa.String(10), nullable=False, server_default="none"),
        sa.Column("lease_owner", sa.String(80)),
        sa.Column("lease_until", sa.Float),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("recalled_by", sa.Text),
        sa.Column("recalled_at", sa.Float),
        sa.Column("changed_at", sa.Float, nullable=False),
        sa.Index("ix_releases_owner", "owner", "id"),
        sa.Index("ix_releases_state", "state", "lease_until"),
        sa.Index("ix_releases_vectors", "vectors"),
    )
    op.create_index("ix_entries_tenant_changed", "entries", ["tenant", "changed_at"])
