"""The ledger's tables of releases and of the rules that give them. Holds no rule itself: see records.ledger_releases.

Times are seconds since 1970 in UTC. Every change of these tables needs a migration in records/migrations.
"""

from __future__ import annotations

import sqlalchemy as sa

from records.ledger_tables import VectorState, metadata

release_rules = sa.Table(
    "release_rules",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("rule_id", sa.String(26), nullable=False, unique=True),
    sa.Column("owner", sa.String(40), nullable=False, index=True),
    sa.Column("file_plan", sa.Text),
    sa.Column("document_type", sa.Text),
    # all that comes from here, by the name of the source
    sa.Column("source", sa.String(40)),
    sa.Column("partners", sa.JSON, nullable=False),
    sa.Column("until", sa.BigInteger, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("legal_basis", sa.Text, nullable=False),
    # what the rule says, while it holds: the same is never given twice
    sa.Column("live_key", sa.String(64), unique=True),
    # entries that changed before this time have been looked at
    sa.Column("applied_until", sa.Float, nullable=False, server_default="0"),
    sa.Column("applied_at", sa.Float, nullable=False, server_default="0"),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("recalled_by", sa.Text),
    sa.Column("recalled_at", sa.Float),
)

releases = sa.Table(
    "releases",
    metadata,
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
    # what the release says, while it is given: the same is never given twice
    sa.Column("live_key", sa.String(64), unique=True),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("reason", sa.String(20)),
    # orders the writes of this release; grows with every change of it or of its record
    sa.Column("sequence", sa.Integer, nullable=False),
    # the record's sequence that `sequence` belongs to
    sa.Column("entry_sequence", sa.Integer, nullable=False),
    sa.Column("vectors", sa.String(10), nullable=False, server_default=VectorState.NONE.value),
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
