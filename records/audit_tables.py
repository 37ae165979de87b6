"""The tables of the audit log, in a database of their own, and the connection to them. Holds no rule.

Times are microseconds since 1970 in UTC. Every change of these tables needs a step in records/audit_migrations.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from records.settings import AuditSettings
from records.sql import connect, upgrade

metadata = sa.MetaData()

entries = sa.Table(
    "audit_entries",
    metadata,
    sa.Column("tenant", sa.String(40), primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("time", sa.BigInteger, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("software", sa.Text),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("purpose", sa.Text),
    sa.Column("detail", sa.Text),
    #: a JSON list
    sa.Column("record_ids", sa.Text, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Index("ix_audit_entries_time", "tenant", "time"),
)

#: where each chain ends; its row is also the lock that puts processes that append in a line
heads = sa.Table(
    "audit_heads",
    metadata,
    sa.Column("tenant", sa.String(40), primary_key=True),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)


def audit_engine(settings: AuditSettings) -> sa.Engine:
    """Return the connections to an audit log, whose commits are on disk when they return; none is opened yet."""
    engine = connect(settings.url, settings.password_file, each_commit_on_disk=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _read_what_is_damaged)
    return engine


def migrate_audit(settings: AuditSettings) -> None:
    """Bring the tables of an audit log to the form this version needs; safe to repeat."""
    upgrade(audit_engine(settings), Path(__file__).parent / "audit_migrations")


def _read_what_is_damaged(connection: Any, _record: object) -> None:
    # A text that is no UTF-8 any more must be found by `verify`, not end it.
    connection.text_factory = lambda content: content.decode("utf-8", "surrogateescape")
