"""The part of the ledger that knows how sure text recognition was of each page, and has contents read anew.

A page has a row only where it was a picture that recognition found words in.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import sqlalchemy as sa

from records.ledger_connection import LedgerConnection, pieces
from records.ledger_tables import State, VectorState, entries, recognised_pages
from records.ledger_values import Content, Done


class LedgerRecognition(LedgerConnection):
    """What the indexer notes of recognised pages, and what has to be read anew."""

    def content(self, record_id: str) -> Content | None:
        """Return what a record was made from; None if no such record is in the index."""
        asked = sa.select(entries.c.sha256, entries.c.media_type, entries.c.page_count).where(
            (entries.c.record_id == record_id) & (entries.c.state == State.INDEXED) & entries.c.sha256.is_not(None)
        )
        with self._reading() as connection:
            row = connection.execute(asked).first()
        return None if row is None else Content(row.sha256, row.media_type or "", row.page_count or 0)

    def write_anew(self, sha256: str) -> tuple[int, ...]:
        """Have every record with this content written again, because its text is another now; returns their ids."""
        with self._writing() as connection:
            changed = connection.execute(
                entries.update()
                .where((entries.c.sha256 == sha256) & (entries.c.state == State.INDEXED))
                .values(
                    state=State.PENDING,
                    sequence=entries.c.sequence + 1,
                    attempts=0,
                    vectors=VectorState.NONE,
                    queued_at=self._clock,
                    changed_at=time.time(),
                )
                .returning(entries.c.id)
            )
            return tuple(changed.scalars())

    @staticmethod
    def _note_recognised(connection: sa.Connection, done: Sequence[Done]) -> None:
        """Write the pages of finished entries, and forget those of entries that were removed or failed."""
        for some in pieces([item.entry.id for item in done]):
            connection.execute(recognised_pages.delete().where(recognised_pages.c.entry_id.in_(some)))
        rows = [
            {"entry_id": item.entry.id, "page": page, "confidence": confidence}
            for item in done
            for page, confidence in item.recognised
        ]
        if rows:
            connection.execute(recognised_pages.insert(), rows)
