"""The tables of the usage figures; they lie in the ledger's database. Days are ISO dates."""

from __future__ import annotations

import sqlalchemy as sa

from records.ledger_tables import metadata

usage_counts = sa.Table(
    "usage_counts",
    metadata,
    sa.Column("tenant", sa.String(40), primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("use", sa.String(20), primary_key=True),
    sa.Column("mode", sa.String(20), primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
)

zero_hit_askers = sa.Table(
    "zero_hit_askers",
    metadata,
    sa.Column("tenant", sa.String(40), primary_key=True),
    sa.Column("term_mark", sa.String(64), primary_key=True),
    sa.Column("asker_mark", sa.String(64), primary_key=True),
    sa.Column("last_day", sa.String(10), nullable=False, index=True),
)

#: only what enough people have asked
zero_hit_terms = sa.Table(
    "zero_hit_terms",
    metadata,
    sa.Column("tenant", sa.String(40), primary_key=True),
    sa.Column("term_mark", sa.String(64), primary_key=True),
    sa.Column("term", sa.Text, nullable=False),
)
