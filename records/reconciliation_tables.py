"""The table of reconciliations in the ledger. Every change of it needs a migration in records/migrations."""

from __future__ import annotations

import sqlalchemy as sa

from records.ledger_tables import metadata

reconciliations = sa.Table(
    "reconciliations",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("tenant", sa.String(40), nullable=False),
    #: seconds since 1970
    sa.Column("ended_at", sa.Float, nullable=False),
    #: what is kept of the comparison: records.reconciliation, as JSON
    sa.Column("result", sa.JSON, nullable=False),
    sa.Index("ix_reconciliations_tenant", "tenant", "id"),
)
