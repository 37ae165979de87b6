"""The part of the ledger that forgets: what removed records leave behind, until a tombstone is all there is.

A tombstone keeps its place in the source and its numbers, so that no late write brings the record back; its words go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from records import ledger_removals
from records.ledger_connection import LedgerConnection, pieces
from records.ledger_holds import held_content, held_entries
from records.ledger_tables import State, VectorState, entries, replaced_contents, vectors

_FORGOTTEN: dict[str, Any] = {
    "metadata": {},
    "file_name": "",
    "fingerprint": None,
    "sha256": None,
    "size": None,
    "media_type": None,
    "record_date": None,
    "retention_end": None,
    "reason_detail": None,
}


@dataclass(frozen=True)
class Leftover:
    """A removed record of which more than a tombstone is left; `alone` if no other record has the same content."""

    id: int
    sha256: str | None
    alone: bool


@dataclass(frozen=True)
class Replaced:
    """A content that a file held before its newer version; `alone` if no record has it now."""

    entry_id: int
    sha256: str
    alone: bool
    #: the content that came instead; None if there is none any more
    by: str | None


def note_replaced(connection: sa.Connection, entry_id: int, sha256: str) -> None:
    """Note in the transaction of a change what the file held until now."""
    this = (replaced_contents.c.entry_id == entry_id) & (replaced_contents.c.sha256 == sha256)
    connection.execute(replaced_contents.delete().where(this))
    connection.execute(replaced_contents.insert().values(entry_id=entry_id, sha256=sha256))


class LedgerErasure(LedgerConnection):
    """What the erasing step asks and tells the ledger."""

    def left_behind(self, limit: int) -> tuple[Leftover, ...]:
        """Return removed records whose words are not forgotten yet, without those under a legal hold."""
        held = sa.select(held_entries().c.id)
        used = _used(entries.c.sha256, held)
        asked = (
            sa.select(entries.c.id, entries.c.sha256, used.label("used"))
            .where(
                (entries.c.state == State.REMOVED)
                & (entries.c.file_name != "")
                # SECURITY: a legal hold keeps everything but the place in the index.
                & entries.c.id.not_in(held)
                # forgotten, and said to be erased, only after what it held before
                & entries.c.id.not_in(sa.select(replaced_contents.c.entry_id))
            )
            .order_by(entries.c.changed_at)
            .limit(limit)
        )
        with self._reading() as connection:
            return tuple(Leftover(row.id, row.sha256, not row.used) for row in connection.execute(asked))

    def replaced(self, limit: int) -> tuple[Replaced, ...]:
        """Return contents that newer versions replaced, once the index and the vectors have followed.

        Those of records under a legal hold stay.
        """
        held = sa.select(held_entries().c.id)
        followed = entries.c.state.not_in((State.PENDING, State.REMOVING)) & (entries.c.vectors != VectorState.PENDING)
        used = _used(replaced_contents.c.sha256, held)
        asked = (
            sa.select(replaced_contents, entries.c.sha256.label("by"), used.label("used"))
            .join(entries, entries.c.id == replaced_contents.c.entry_id)
            .where(followed & entries.c.id.not_in(held))
            .order_by(replaced_contents.c.entry_id)
            .limit(limit)
        )
        with self._reading() as connection:
            rows = connection.execute(asked).all()
        return tuple(Replaced(row.entry_id, row.sha256, not row.used, row.by) for row in rows)

    def forget_replaced(self, erased: Sequence[Replaced]) -> None:
        """Forget that these contents were there."""
        with self._writing() as connection:
            for one in erased:
                connection.execute(
                    replaced_contents.delete().where(
                        (replaced_contents.c.entry_id == one.entry_id) & (replaced_contents.c.sha256 == one.sha256)
                    )
                )

    def forget(self, ids: Sequence[int]) -> None:
        """Take the words out of tombstones; a record that has come back meanwhile is left alone."""
        with self._writing() as connection:
            for some in pieces(ids):
                connection.execute(
                    entries.update()
                    .where(entries.c.id.in_(some) & (entries.c.state == State.REMOVED))
                    .values(**_FORGOTTEN)
                )
                ledger_removals.erased(connection, some, self._clock)

    def forget_vectors(self, hashes: Sequence[str]) -> None:
        """Forget the vectors of these texts, of every model; one that another record needs is made again."""
        with self._writing() as connection:
            for some in pieces(hashes):
                connection.execute(vectors.delete().where(vectors.c.sha256.in_(some)))


def _used(sha256: sa.ColumnElement[Any], held: sa.Select[Any]) -> sa.ColumnElement[bool]:
    """Say whether another record has a content, or a legal hold keeps it."""
    others = entries.alias("others")
    there = (others.c.state != State.REMOVED) | others.c.id.in_(held)
    another = sa.select(others.c.id).where((others.c.sha256 == sha256) & there).exists()
    return another | sa.func.coalesce(sha256.in_(held_content()), sa.false())
