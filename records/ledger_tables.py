"""The tables of the ledger, and the connection to them. Holds no rule: what may follow what stands in records.ledger.

Times are seconds since 1970 in UTC. Every change of these tables needs a migration in records/migrations.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa

from records.settings import LedgerSettings
from records.sql import connect, upgrade

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class State(StrEnum):
    """Where an entry stands."""

    PENDING = "pending"
    INDEXED = "indexed"
    QUARANTINED = "quarantined"
    #: has left its source and is still in the index
    REMOVING = "removing"
    #: the tombstone: its sequence must never fall back
    REMOVED = "removed"


class Again(StrEnum):
    """What became of a page that is to be read anew."""

    ASKED = "asked"
    #: the new reading is the surer one
    KEPT = "kept"
    #: it is not, and changed nothing
    UNSURER = "unsurer"
    FAILED = "failed"


class VectorState(StrEnum):
    """How far meaning search has come with an entry."""

    NONE = "none"
    PENDING = "pending"
    DONE = "done"


class AccessSource(StrEnum):
    """Where the rights of an entry come from."""

    SIDECAR = "sidecar"
    #: nothing said who may read the file
    DEFAULT = "default"
    #: the archive or mail that it came in
    ARCHIVE = "archive"
    #: the rights that the source itself gives: its access list, or the rights file of a folder
    SOURCE = "source"


#: stands in `shown_until` as long as the index has not caught up
NOT_YET = 1e18

sources = sa.Table(
    "sources",
    metadata,
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
    # how far the listing has come, in the source's own words; the number of its last full listing
    sa.Column("checkpoint", sa.JSON(none_as_null=True)),
    sa.Column("pass_number", sa.Integer, nullable=False, server_default="0"),
    # why the last run broke off
    sa.Column("last_error", sa.Text),
    # no run begins by itself
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("begun_at", sa.Float),
    sa.UniqueConstraint("tenant", "kind", "location"),
)

entries = sa.Table(
    "entries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("record_id", sa.String(26), nullable=False, unique=True),
    sa.Column("source_id", sa.Integer, sa.ForeignKey("sources.id"), nullable=False),
    sa.Column("tenant", sa.String(40), nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("parent_id", sa.Integer, sa.ForeignKey("entries.id"), index=True),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("fingerprint", sa.Text),
    sa.Column("identity", sa.Text),
    # the last full listing that showed it; whether the source shows it no longer
    sa.Column("pass_seen", sa.Integer, nullable=False, server_default="0"),
    sa.Column("missing", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("sha256", sa.String(64)),
    sa.Column("size", sa.BigInteger),
    sa.Column("modified_at", sa.Float),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text),
    sa.Column("metadata", sa.JSON, nullable=False),
    sa.Column("access", sa.JSON, nullable=False),
    sa.Column("access_version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("access_changed_at", sa.Float),
    sa.Column("access_source", sa.String(10), nullable=False, server_default=AccessSource.SIDECAR.value),
    # nothing but the rights changed since the record was written
    sa.Column("rights_only", sa.Boolean, nullable=False, server_default=sa.false()),
    # earlier rights that the index may still go by, and until when it may show the entry against the ledger's will
    sa.Column("shown_access", sa.JSON(none_as_null=True)),
    sa.Column("shown_until", sa.Float),
    sa.Column("record_date", sa.String(10)),
    sa.Column("retention_end", sa.String(10)),
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
    sa.Column("vectors", sa.String(10), nullable=False, server_default=VectorState.NONE.value),
    sa.Column("vectors_owner", sa.String(80)),
    sa.Column("vectors_until", sa.Float),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("changed_at", sa.Float, nullable=False),
    sa.UniqueConstraint("source_id", "path"),
    sa.Index("ix_entries_state", "state", "lease_until"),
    sa.Index("ix_entries_source_state", "source_id", "state"),
    sa.Index("ix_entries_vectors", "vectors", "record_date"),
    sa.Index("ix_entries_shown_until", "tenant", "shown_until"),
    sa.Index("ix_entries_tenant_changed", "tenant", "changed_at"),
    sa.Index("ix_entries_tenant_record", "tenant", "record_id"),
    sa.Index("ix_entries_tenant_retention", "tenant", "retention_end"),
    sa.Index("ix_entries_sha256", "sha256"),
)

#: contents that a file held before a newer version of it came, until they are erased
replaced_contents = sa.Table(
    "replaced_contents",
    metadata,
    sa.Column("entry_id", sa.Integer, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("sha256", sa.String(64), primary_key=True),
)

recognised_pages = sa.Table(
    "recognised_pages",
    metadata,
    sa.Column("entry_id", sa.Integer, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("page", sa.Integer, primary_key=True),
    # of text recognition, in percent
    sa.Column("confidence", sa.SmallInteger, nullable=False, index=True),
)

pages_again = sa.Table(
    "pages_again",
    metadata,
    sa.Column("entry_id", sa.Integer, sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("page", sa.Integer, primary_key=True),
    sa.Column("state", sa.String(10), nullable=False, index=True),
    sa.Column("asked_at", sa.Float, nullable=False),
    # from when on somebody may take it up: whoever has it in hand puts that off
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
)

#: how the finished runs over a source went, month by month (`2026-03`, UTC)
sync_months = sa.Table(
    "sync_months",
    metadata,
    sa.Column("source_id", sa.Integer, sa.ForeignKey("sources.id"), primary_key=True),
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("runs", sa.Integer, nullable=False),
    # of all of them together, and of the longest
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("longest", sa.Float, nullable=False),
    # what they looked at, each run in steps of five
    sa.Column("files", sa.BigInteger, nullable=False),
)

vectors = sa.Table(
    "vectors",
    metadata,
    sa.Column("model", sa.String(120), primary_key=True),
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),
)


def ledger_engine(settings: LedgerSettings) -> sa.Engine:
    """Return the connections to a ledger; none is opened yet."""
    return connect(settings.url, settings.password_file)


def migrate(settings: LedgerSettings) -> None:
    """Bring the tables of a ledger to the form this version needs; safe to repeat."""
    upgrade(ledger_engine(settings), Path(__file__).parent / "migrations")
