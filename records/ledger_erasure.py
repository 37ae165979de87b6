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
from records.ledger_tables import State, entries, vectors

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


class LedgerErasure(LedgerConnection):
    """What the erasing step asks and tells the ledger."""

    def left_behind(self, limit: int) -> tuple[Leftover, ...]:
        """Return removed records whose words are not forgotten yet, without those under a legal hold."""
        held = held_entries()
        others = entries.alias("others")
        used = (
            sa.select(others.c.id)
            .where(
                (others.c.sha256 == entries.c.sha256)
                & ((others.c.state != State.REMOVED) | others.c.id.in_(sa.select(held.c.id)))
            )
            .exists()
        ) | sa.func.coalesce(entries.c.sha256.in_(held_content()), sa.false())
        asked = (
            sa.select(entries.c.id, entries.c.sha256, used.label("used"))
            .where(
                (entries.c.state == State.REMOVED)
                & (entries.c.file_name != "")
                # SECURITY: a legal hold keeps everything but the place in the index.
                & entries.c.id.not_in(sa.select(held.c.id))
            )
            .order_by(entries.c.changed_at)
            .limit(limit)
        )
        with self._reading() as connection:
            return tuple(Leftover(row.id, row.sha256, not row.used) for row in connection.execute(asked))

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
