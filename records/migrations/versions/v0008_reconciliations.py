"""Results of comparing ledger and index are kept, and a tenant's records can be read in the order of their ids."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of records.reconciliation_tables, and the index."""
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("tenant", sa.String(40), nullable=False),
        sa.Column("ended_at", sa.Float, nullable=False),
        sa.Column("result", sa.JSON, nullable=False),
    )
    op.create_index("ix_reconciliations_tenant", "reconciliations", ["tenant", "id"])
    op.create_index("ix_entries_tenant_record", "entries", ["tenant", "record_id"])
