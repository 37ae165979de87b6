"""The table of writes that may be sent twice. Every change needs a step in migrations. Times are seconds since 1970."""

from __future__ import annotations

import sqlalchemy as sa

from records.ledger_tables import metadata

#: one for each key that somebody sent; keys and bodies are kept as hashes only
repeats = sa.Table(
    "repeats",
    metadata,
    sa.Column("tenant", sa.String(40), primary_key=True),
    sa.Column("subject", sa.String(200), primary_key=True),
    sa.Column("software", sa.String(200), primary_key=True),
    sa.Column("key_hash", sa.String(64), primary_key=True),
    #: of what was sent with the key
    sa.Column("sent_hash", sa.String(64), nullable=False),
    sa.Column("begun_at", sa.Float, nullable=False, index=True),
    #: the name of what came of it; null while it is in hand
    sa.Column("outcome", sa.Text),
)
