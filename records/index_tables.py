"""The ledger's table of indexes: which number of a tenant's index is read, and which are written.

Holds no rule itself: see records.ledger_indexes. Every change needs a migration in records/migrations.
"""

from __future__ import annotations

import sqlalchemy as sa

from records.ledger_tables import metadata

index_versions = sa.Table(
    "index_versions",
    metadata,
    sa.Column("tenant", sa.String(40), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("state", sa.String(10), nullable=False),
    # what made its vectors, and a digest of its settings and fields
    sa.Column("model", sa.String(120)),
    sa.Column("shape", sa.String(64)),
    # why it must not be read any more, or not yet; null while it holds all that was written
    sa.Column("unfit", sa.Text),
    # how far a rebuild has come: the highest id of an entry that is in
    sa.Column("cursor", sa.Integer, nullable=False, server_default="0"),
    sa.Column("lease_owner", sa.String(80)),
    sa.Column("lease_until", sa.Float),
    sa.Column("begun_at", sa.Float, nullable=False),
    sa.Column("live_since", sa.Float),
)
