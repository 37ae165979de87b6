"""The tables of what is leaving: receipts of deletions, and legal holds. Every change needs a step in migrations.

Times are seconds since 1970 in UTC.
"""

from __future__ import annotations

import sqlalchemy as sa

from records.ledger_tables import metadata

#: one for each time that a record left its source; without any word of it
deletions = sa.Table(
    "deletions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("tenant", sa.String(40), nullable=False),
    sa.Column("entry_id", sa.Integer, nullable=False),
    sa.Column("record_id", sa.String(26), nullable=False),
    sa.Column("source_id", sa.Integer, nullable=False),
    #: the ledger was told; from the next second on no answer shows the record
    sa.Column("left_at", sa.Float, nullable=False),
    #: the index holds it no longer
    sa.Column("unindexed_at", sa.Float),
    #: file, text, vectors and the ledger's words are gone
    sa.Column("erased_at", sa.Float),
    #: it was there again before all that
    sa.Column("returned_at", sa.Float),
    sa.Index("ix_deletions_tenant", "tenant", "id"),
    sa.Index("ix_deletions_entry", "entry_id", "erased_at"),
)

holds = sa.Table(
    "holds",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("tenant", sa.String(40), nullable=False),
    sa.Column("entry_id", sa.Integer, nullable=False),
    sa.Column("record_id", sa.String(26), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("placed_by", sa.Text, nullable=False),
    sa.Column("placed_at", sa.Float, nullable=False),
    #: what the record was at that moment: the source may change it while the hold lasts
    sa.Column("sha256", sa.String(64)),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("metadata", sa.JSON, nullable=False),
    sa.Column("access", sa.JSON, nullable=False),
    sa.Column("lifted_by", sa.Text),
    sa.Column("lifted_at", sa.Float),
    sa.Index("ix_holds_tenant", "tenant", "id"),
    sa.Index("ix_holds_entry", "entry_id", "lifted_at"),
    sa.Index("ix_holds_sha256", "sha256"),
)
