"""The part of the ledger that meaning search works with: who is next, and the vectors that were made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from records.ledger_connection import LedgerConnection, pieces
from records.ledger_tables import State, VectorState, entries, vectors
from records.ledger_values import Entry

_LATELY = 300.0  # what waits longer than these seconds waits for something else than for the cores


class LedgerVectors(LedgerConnection):
    """Leases of their own, beside those for words."""

    def claim_vectors(self, owner: str, count: int, seconds: float) -> tuple[Entry, ...]:
        """Take the newest records that meaning search does not know yet and nobody works on."""
        free = (entries.c.vectors == VectorState.PENDING) & (
            entries.c.vectors_until.is_(None) | (entries.c.vectors_until < self._clock)
        )
        newest = (
            sa.select(entries.c.id)
            .where(free & (entries.c.state == State.INDEXED))
            .order_by(entries.c.record_date.desc().nulls_last(), entries.c.id.desc())
            .limit(count)
        )
        with self._writing() as connection:
            ids = list(connection.execute(newest).scalars())
            claimed = connection.execute(
                entries.update()
                .where(entries.c.id.in_(ids) & free)
                .values(vectors_owner=owner, vectors_until=self._clock + seconds)
                .returning(entries.c.id)
            ).scalars()
            order = {entry_id: place for place, entry_id in enumerate(ids)}
            return tuple(sorted(self._load(connection, list(claimed)), key=lambda e: order[e.id]))

    def words_pending(self) -> bool:
        """Return whether words are being worked on, or have come in lately and wait."""
        busy = (entries.c.lease_until > self._clock) | (entries.c.changed_at > self._clock - _LATELY)
        asked = sa.select(entries.c.id).where((entries.c.state == State.PENDING) & busy).limit(1)
        with self._reading() as connection:
            return connection.execute(asked).first() is not None

    def renew_vectors(self, ids: Sequence[int], owner: str, seconds: float) -> None:
        """Prolong leases for vectors that are still held."""
        with self._writing() as connection:
            connection.execute(
                entries.update()
                .where(entries.c.id.in_(ids) & (entries.c.vectors_owner == owner))
                .values(vectors_until=self._clock + seconds)
            )

    def finish_vectors(self, done: Iterable[Entry], owner: str) -> None:
        """Note that meaning search knows these entries; those that changed meanwhile are left alone."""
        self._end_vectors(done, owner, {"vectors": VectorState.DONE})

    def release_vectors(self, held: Iterable[Entry], owner: str) -> None:
        """Give entries back that meaning search could not take now."""
        self._end_vectors(held, owner, {})

    def _end_vectors(self, ended: Iterable[Entry], owner: str, values: dict[str, Any]) -> None:
        rows = [{"of_id": e.id, "of_sequence": e.sequence, "of_version": e.version + 1} for e in ended]
        if not rows:
            return
        known: dict[str, Any] = {"indexed_version": sa.bindparam("of_version")} if values else {}
        change = (
            entries.update()
            .where(
                (entries.c.id == sa.bindparam("of_id"))
                & (entries.c.sequence == sa.bindparam("of_sequence"))
                & (entries.c.vectors_owner == owner)
            )
            .values(**values, **known, vectors_owner=None, vectors_until=None)
        )
        with self._writing() as connection:
            connection.execute(change, rows)

    def vectors_of(self, model: str, hashes: Sequence[str]) -> dict[str, bytes]:
        """Return the vectors known for texts, by the text's SHA-256."""
        known: dict[str, bytes] = {}
        with self._reading() as connection:
            for some in pieces(hashes):
                asked = sa.select(vectors.c.sha256, vectors.c.vector).where(
                    (vectors.c.model == model) & vectors.c.sha256.in_(some)
                )
                known |= {row.sha256: row.vector for row in connection.execute(asked)}
        return known

    def keep_vectors(self, model: str, made: Mapping[str, bytes]) -> None:
        """Keep vectors by the text's SHA-256; what is already there stays."""
        with self._writing() as connection:
            present: set[str] = set()
            for some in pieces(list(made)):
                asked = sa.select(vectors.c.sha256).where((vectors.c.model == model) & vectors.c.sha256.in_(some))
                present |= set(connection.execute(asked).scalars())
            new = [{"model": model, "sha256": k, "vector": v} for k, v in made.items() if k not in present]
            if new:
                connection.execute(vectors.insert(), new)
