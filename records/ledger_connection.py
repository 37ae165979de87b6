"""How rows of the ledger are read and cut up; the connections of all that speak to it. Holds no rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DataError, InterfaceError, OperationalError

from records.errors import InvalidInputError, LedgerUnavailableError
from records.ledger_tables import State, VectorState, entries, ledger_engine, sources
from records.ledger_values import Done, Entry, Source, access_from_json, metadata_from_json
from records.settings import LedgerSettings
from records.sql import READING

T = TypeVar("T")
_MANY = 400  # fewer than SQLite's oldest limit of values in one statement


class LedgerConnection:
    """Connections to a ledger, and its clock: leases run by it alone."""

    def __init__(self, settings: LedgerSettings) -> None:
        self.engine = ledger_engine(settings)
        seconds = "extract(epoch from clock_timestamp())"
        if self.engine.dialect.name == "sqlite":
            seconds = "((julianday('now') - 2440587.5) * 86400.0)"
        self._clock: sa.ColumnElement[float] = sa.literal_column(seconds, sa.Float)

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()

    def _load(self, connection: sa.Connection, ids: Sequence[int]) -> tuple[Entry, ...]:
        parents = entries.alias()
        found: list[Entry] = []
        for some in pieces(ids):
            asked = (
                sa.select(
                    entries,
                    parents.c.record_id.label("parent_record_id"),
                    sources.c.kind,
                    sources.c.location,
                )
                .join(sources, sources.c.id == entries.c.source_id)
                .outerjoin(parents, parents.c.id == entries.c.parent_id)
                .where(entries.c.id.in_(some))
                .order_by(entries.c.id)
            )
            found += [entry_of(row._asdict()) for row in connection.execute(asked)]
        return tuple(found)

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with answering(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with answering(), reading(self.engine) as connection:
            yield connection


def reading(engine: sa.Engine) -> sa.Connection:
    """Return a connection that will not write and so waits for nobody."""
    return engine.connect().execution_options(**{READING: True})


@contextmanager
def answering() -> Iterator[None]:
    """Say in our own words that the ledger does not answer."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise LedgerUnavailableError(f"the ledger does not answer: {error.orig}") from error
    except DataError as error:
        # PostgreSQL keeps no zero sign in a text, for one; whoever sent it is told, and not that something broke
        raise InvalidInputError("text", "holds characters that cannot be kept") from error


def outcome_of(done: Done) -> dict[str, Any]:
    """Return what a finished piece of work writes into its row."""
    entry = done.entry
    if done.removed:
        # a file whose fault took it out of the index ends in quarantine, the others as tombstones
        ended = sa.case((entries.c.reason.is_not(None), State.QUARANTINED.value), else_=State.REMOVED.value)
        return {"state": ended, "indexed_version": None, "vectors": VectorState.NONE}
    if done.fault is not None:
        return {
            "state": State.QUARANTINED,
            "reason": done.fault.reason,
            "reason_detail": done.fault.detail,
            "vectors": VectorState.NONE,
        }
    return {
        "state": State.INDEXED,
        "media_type": done.media_type,
        "record_date": done.record_date.isoformat() if done.record_date else None,
        "indexed_version": entry.version + 1 if done.vectors is VectorState.DONE else entry.version,
        "text_state": done.text_state,
        "page_count": done.page_count,
        "passage_count": done.passage_count,
        "vectors": done.vectors,
        "vectors_owner": None,
        "vectors_until": None,
        "rights_only": False,
    }


def known_of(condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Ask for what `Known.of` needs."""
    names = ("id", "path", "fingerprint", "sha256", "state", "reason", "reason_detail", "metadata", "access")
    return sa.select(*(entries.c[n] for n in (*names, "file_name", "identity", "missing"))).where(condition)


def source_of(row: Mapping[str, Any]) -> Source:
    """Make a source of its row."""
    return Source(row["id"], row["tenant"], row["kind"], row["location"], row["removal_agreed"])


def entry_of(row: Mapping[str, Any]) -> Entry:
    """Make an entry of its row."""
    return Entry(
        id=row["id"],
        record_id=row["record_id"],
        source=Source(row["source_id"], row["tenant"], row["kind"], row["location"]),
        tenant=row["tenant"],
        path=row["path"],
        parent_id=row["parent_id"],
        parent_record_id=row["parent_record_id"],
        sequence=row["sequence"],
        sha256=row["sha256"],
        size=row["size"] or 0,
        modified_at=row["modified_at"],
        file_name=row["file_name"],
        metadata=metadata_from_json(row["metadata"]),
        access=access_from_json(row["access"]),
        state=State(row["state"]),
        attempts=row["attempts"],
        rights_only=row["rights_only"],
    )


def pieces(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut values into numbers that one statement takes."""
    for start in range(0, len(values), _MANY):
        yield values[start : start + _MANY]
