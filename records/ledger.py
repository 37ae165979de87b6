"""The ledger: the SQL truth of what was seen, indexed and removed. Work is handed out under leases.

Losing the queue or the index loses nothing that stands here. A lease is taken in one statement, so two workers never
hold one entry; it runs by the database's clock alone. Sequences only grow; a tombstone keeps its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from records import ledger_removals
from records.ledger_connection import known_of, outcome_of, pieces
from records.ledger_erasure import note_replaced
from records.ledger_recognition import LedgerRecognition
from records.ledger_releases import recalling
from records.ledger_rights import RIGHTS_COLUMNS, LedgerRights, rights_noted
from records.ledger_sources import LedgerSources
from records.ledger_tables import NOT_YET, State, VectorState, entries
from records.ledger_values import (
    Done,
    Entry,
    Known,
    Seen,
    Source,
    Work,
    metadata_to_json,
    record_id_of,
)
from records.ledger_vectors import LedgerVectors
from records.reasons import FOUND_IN_READING, Reason
from records.release import RecallReason
from records.release_tables import releases

#: an entry whose worker died this often is not tried again; only the first time it had company
MAX_ATTEMPTS = 4
_OPEN = (State.PENDING, State.REMOVING)
_NOT_YET_IF_SHOWN = sa.case((entries.c.indexed_version.is_not(None), NOT_YET), else_=entries.c.shown_until)


class Ledger(LedgerSources, LedgerVectors, LedgerRights, LedgerRecognition):
    """What the indexer asks and tells the ledger. Safe for threads and for several processes."""

    # what a source shows

    def note(self, source: Source, seen: Sequence[Seen], *, parent: Entry | None = None) -> tuple[int, ...]:
        """Note new and changed files in one transaction; returns their ids, in order.

        Each one's sequence grows and it becomes pending; with a fault it goes to quarantine, and if it was in the
        index before, it is taken out first.
        """
        with self._writing() as connection:
            old = self._by_path(connection, source, [s.path for s in seen])
            names = self._names(connection, source, [s.path for s in seen if s.path not in old])
            return tuple(
                self._note(connection, source, s, parent, old=old.get(s.path), record_id=names.get(s.path, ""))
                for s in seen
            )

    def _note(
        self,
        connection: sa.Connection,
        source: Source,
        seen: Seen,
        parent: Entry | None,
        *,
        old: Any | None,
        record_id: str,
    ) -> int:
        now = time.time()
        values: dict[str, Any] = {
            "fingerprint": seen.fingerprint,
            "identity": seen.identity,
            "missing": False,
            "sha256": seen.sha256,
            "size": seen.size,
            "modified_at": seen.modified_at,
            "file_name": seen.file_name,
            "metadata": metadata_to_json(seen.metadata),
            "record_date": seen.metadata.date.isoformat() if seen.metadata.date else None,
            "retention_end": seen.metadata.retention_end.isoformat() if seen.metadata.retention_end else None,
            "state": State.PENDING,
            "attempts": 0,
            "reason": None,
            "reason_detail": None,
            "vectors": VectorState.NONE,
            "lease_owner": None,
            "lease_until": None,
            "queued_at": self._clock,
            "changed_at": now,
        }
        values |= rights_noted(source.tenant, seen, old, now)
        if seen.fault is not None:
            # SECURITY: what may no longer be read must not stay in the index as it was read before.
            was_written = old is not None and old.indexed_version is not None
            values["state"] = State.REMOVING if was_written else State.QUARANTINED
            values["reason"], values["reason_detail"] = seen.fault.reason, seen.fault.detail
            values |= {"shown_until": NOT_YET} if was_written else {}
        if old is None:
            made = connection.execute(
                entries.insert()
                .values(
                    record_id=record_id,
                    source_id=source.id,
                    tenant=source.tenant,
                    path=seen.path,
                    parent_id=parent.id if parent else None,
                    sequence=1,
                    created_at=now,
                    **values,
                )
                .returning(entries.c.id)
            )
            return int(made.scalar_one())
        connection.execute(
            entries.update().where(entries.c.id == old.id).values(sequence=entries.c.sequence + 1, **values)
        )
        if old.state in {State.REMOVING, State.REMOVED}:
            ledger_removals.came_back(connection, old.id, self._clock)
        if old.sha256 not in {None, seen.sha256}:
            note_replaced(connection, old.id, old.sha256)
        if seen.fault is not None:
            connection.execute(recalling(releases.c.entry_id == old.id, RecallReason.RECORD_GONE))
        if values.get("access", old.access) != old.access:
            self._pass_on(connection, old.id, values["access"], now)
        return int(old.id)

    def _by_path(self, connection: sa.Connection, source: Source, paths: Sequence[str]) -> dict[str, Any]:
        columns = (entries.c.id, entries.c.path, *RIGHTS_COLUMNS)
        found: dict[str, Any] = {}
        for some in pieces(paths):
            asked = sa.select(*columns).where((entries.c.source_id == source.id) & entries.c.path.in_(some))
            found |= {row.path: row for row in connection.execute(asked)}
        return found

    def _names(self, connection: sa.Connection, source: Source, paths: Sequence[str]) -> dict[str, str]:
        """Return names for new records; the one that a path gives may still belong to a file that has moved away."""
        found: dict[str, str] = {}
        turn = 0
        while left := [path for path in paths if path not in found]:
            made = {record_id_of(source.tenant, source.location, path, turn): path for path in left}
            taken: set[str] = set()
            for some in pieces(list(made)):
                asked = sa.select(entries.c.record_id).where(entries.c.record_id.in_(some))
                taken |= set(connection.execute(asked).scalars())
            found |= {path: name for name, path in made.items() if name not in taken}
            turn += 1
        return found

    def touch(self, fingerprints: Mapping[int, tuple[str, str | None]]) -> None:
        """Note new fingerprints and identities of entries whose content did not change."""
        with self._writing() as connection:
            for entry_id, (fingerprint, identity) in fingerprints.items():
                connection.execute(
                    entries.update().where(entries.c.id == entry_id).values(fingerprint=fingerprint, identity=identity)
                )

    def leave(self, ids: Sequence[int]) -> tuple[int, ...]:
        """Mark entries, and all that came out of them, as to be removed; returns the ids of those now to remove."""
        left: list[int] = []
        with self._writing() as connection:
            level = list(ids)
            while level:
                below: list[int] = []
                for some in pieces(level):
                    left += connection.execute(
                        entries.update()
                        .where(entries.c.id.in_(some) & (entries.c.state != State.REMOVED))
                        .values(
                            state=State.REMOVING,
                            sequence=entries.c.sequence + 1,
                            attempts=0,
                            reason=None,
                            reason_detail=None,
                            fingerprint=None,
                            vectors=VectorState.NONE,
                            lease_owner=None,
                            lease_until=None,
                            queued_at=self._clock,
                            changed_at=time.time(),
                            # SECURITY: hidden from this moment on, not from when the index has followed.
                            shown_until=_NOT_YET_IF_SHOWN,
                        )
                        .returning(entries.c.id)
                    ).scalars()
                    ledger_removals.begun(connection, some, self._clock)
                    # SECURITY: what was released of a record leaves with it, from this moment on.
                    connection.execute(recalling(releases.c.entry_id.in_(some), RecallReason.RECORD_GONE))
                    below += connection.execute(sa.select(entries.c.id).where(entries.c.parent_id.in_(some))).scalars()
                level = below
        return tuple(left)

    def members(self, entry_id: int) -> dict[str, Known]:
        """Return what is remembered of the members of an archive or mail, by path, without tombstones."""
        asked = known_of((entries.c.parent_id == entry_id) & (entries.c.state != State.REMOVED))
        with self._reading() as connection:
            return {row.path: Known.of(row) for row in connection.execute(asked)}

    # work under leases

    def claim(self, ids: Sequence[int], owner: str, seconds: float) -> tuple[Entry, ...]:
        """Take those that wait for work and nobody holds; what crashed too often goes to quarantine.

        An entry whose worker died before is a suspect: it is given out only where it is asked for alone, so that no
        good file is condemned for the company it was in.
        """
        claimed: list[int] = []
        innocent = entries.c.attempts == 0 if len(ids) > 1 else sa.true()
        with self._writing() as connection:
            for some in pieces(ids):
                free = entries.c.id.in_(some) & entries.c.state.in_(_OPEN) & self._unheld() & innocent
                connection.execute(
                    entries.update()
                    .where(free & (entries.c.state == State.PENDING) & (entries.c.attempts >= MAX_ATTEMPTS))
                    .values(
                        # SECURITY: what an earlier version of the file left in the index is taken out first.
                        state=sa.case(
                            (entries.c.indexed_version.is_not(None), State.REMOVING.value),
                            else_=State.QUARANTINED.value,
                        ),
                        sequence=sa.case(
                            (entries.c.indexed_version.is_not(None), entries.c.sequence + 1),
                            else_=entries.c.sequence,
                        ),
                        shown_until=_NOT_YET_IF_SHOWN,
                        reason=Reason.CRASHED,
                        lease_owner=None,
                        lease_until=None,
                        changed_at=time.time(),
                    )
                )
                claimed += connection.execute(
                    entries.update()
                    .where(free)
                    .values(lease_owner=owner, lease_until=self._clock + seconds, attempts=entries.c.attempts + 1)
                    .returning(entries.c.id)
                ).scalars()
            return self._load(connection, claimed)

    def suspects(self, ids: Sequence[int]) -> tuple[int, ...]:
        """Return those that wait, that nobody holds, and whose worker died before: they are to be tried alone."""
        found: list[int] = []
        with self._reading() as connection:
            for some in pieces(ids):
                asked = sa.select(entries.c.id).where(
                    entries.c.id.in_(some) & entries.c.state.in_(_OPEN) & self._unheld() & (entries.c.attempts > 0)
                )
                found += connection.execute(asked).scalars()
        return tuple(found)

    def renew(self, ids: Sequence[int], owner: str, seconds: float) -> None:
        """Prolong leases that are still held."""
        with self._writing() as connection:
            for some in pieces(ids):
                connection.execute(
                    entries.update()
                    .where(entries.c.id.in_(some) & (entries.c.lease_owner == owner))
                    .values(lease_until=self._clock + seconds)
                )

    def release(self, ids: Sequence[int], owner: str, *, blamed: bool = False) -> None:
        """Give leases back; without blame where it was not the entries' fault that nothing became of them."""
        attempts = entries.c.attempts if blamed else sa.case((entries.c.attempts > 0, entries.c.attempts - 1), else_=0)
        with self._writing() as connection:
            for some in pieces(ids):
                connection.execute(
                    entries.update()
                    .where(entries.c.id.in_(some) & (entries.c.lease_owner == owner))
                    .values(
                        lease_owner=None,
                        lease_until=None,
                        queued_at=None,
                        attempts=attempts,
                    )
                )

    def finish(self, done: Sequence[Done], owner: str) -> tuple[int, ...]:
        """Note what became of entries, in one transaction; returns the ids still to be removed from the index.

        An entry that changed meanwhile keeps its new work.
        """
        still_to_remove: list[int] = []
        settled: list[Done] = []
        with self._writing() as connection:
            for item in done:
                entry = item.entry
                values = outcome_of(item) | self._settling(item)
                row = connection.execute(
                    entries.update()
                    .where(
                        (entries.c.id == entry.id)
                        & (entries.c.sequence == entry.sequence)
                        & (entries.c.lease_owner == owner)
                    )
                    .values(**values, lease_owner=None, lease_until=None, attempts=0, changed_at=time.time())
                    .returning(entries.c.id, entries.c.indexed_version)
                ).first()
                if row is not None:
                    settled.append(item)
                if row is not None and item.removed:
                    ledger_removals.unindexed(connection, entry.id, self._clock)
                if row is not None and item.fault is not None and row.indexed_version is not None:
                    # SECURITY: the index must not go on showing what it held before the file became unreadable.
                    connection.execute(
                        entries.update()
                        .where(entries.c.id == entry.id)
                        .values(state=State.REMOVING, sequence=entries.c.sequence + 1, shown_until=NOT_YET)
                    )
                    still_to_remove.append(entry.id)
            self._note_recognised(connection, settled)
        return tuple(still_to_remove)

    def end_leases(self, has_died: Callable[[str], bool]) -> None:
        """Let the leases of those holders run out at once that have died; what they held counts as lost work."""
        held = entries.c.state.in_(_OPEN) & (entries.c.lease_until >= self._clock)
        with self._reading() as connection:
            holders = list(connection.execute(sa.select(entries.c.lease_owner).where(held).distinct()).scalars())
        dead = [holder for holder in holders if has_died(holder)]
        if not dead:
            return
        with self._writing() as connection:
            connection.execute(
                entries.update().where(held & entries.c.lease_owner.in_(dead)).values(lease_until=self._clock - 1)
            )

    def lost_work(self, *, quiet_seconds: float, limit: int) -> tuple[int, ...]:
        """Return entries that wait, that nobody holds and nobody was told of lately; they count as told now."""
        told = entries.c.queued_at.is_(None) | (entries.c.queued_at < self._clock - quiet_seconds)
        expired = entries.c.lease_until.is_not(None)
        with self._writing() as connection:
            asked = (
                sa.select(entries.c.id)
                .where(entries.c.state.in_(_OPEN) & self._unheld() & (told | expired))
                .order_by(entries.c.id)
                .limit(limit)
            )
            ids = list(connection.execute(asked).scalars())
            for some in pieces(ids):
                connection.execute(
                    entries.update()
                    .where(entries.c.id.in_(some))
                    .values(queued_at=self._clock, lease_until=None, lease_owner=None)
                )
            return tuple(ids)

    def work(self, source: Source) -> Work:
        """Count what is left to do for a source, members included."""
        mine = entries.c.source_id == source.id
        with self._reading() as connection:
            by_state = {
                row[0]: row[1]
                for row in connection.execute(
                    sa.select(entries.c.state, sa.func.count()).where(mine).group_by(entries.c.state)
                )
            }
            waiting = connection.execute(
                sa.select(sa.func.count()).select_from(entries).where(mine & (entries.c.vectors == VectorState.PENDING))
            ).scalar_one()
        return Work(
            pending=by_state.get(State.PENDING, 0) + by_state.get(State.REMOVING, 0),
            quarantined=by_state.get(State.QUARANTINED, 0),
            vectors_pending=waiting,
        )

    def states(self, ids: Sequence[int]) -> dict[int, State]:
        """Return where entries stand."""
        found: dict[int, State] = {}
        with self._reading() as connection:
            for some in pieces(ids):
                asked = sa.select(entries.c.id, entries.c.state).where(entries.c.id.in_(some))
                found |= {row.id: State(row.state) for row in connection.execute(asked)}
        return found

    def unpacked(self, entry: Entry, separator: str) -> tuple[int, int]:
        """Return number and bytes of all that came out of the outermost file around a member, but not out of itself."""
        outermost = entry.path.partition(separator)[0] + separator
        asked = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(entries.c.size), 0)).where(
            (entries.c.source_id == entry.source.id)
            & (entries.c.state != State.REMOVED)
            & entries.c.path.startswith(outermost, autoescape=True)
            & ~entries.c.path.startswith(entry.path + separator, autoescape=True)
        )
        with self._reading() as connection:
            number, size = connection.execute(asked).one()
            return int(number), int(size)

    def count_members(self, source: Source) -> int:
        """Count what archives and mails of a source hold."""
        asked = (
            sa.select(sa.func.count())
            .select_from(entries)
            .where(
                (entries.c.source_id == source.id)
                & entries.c.parent_id.is_not(None)
                & entries.c.state.in_((State.INDEXED, State.PENDING, State.QUARANTINED))
            )
        )
        with self._reading() as connection:
            return int(connection.execute(asked).scalar_one())

    def quarantined_ids(
        self, tenant: str, *, reason: str | None = None, record_id: str | None = None
    ) -> tuple[tuple[int, ...], int]:
        """Return what failed while it was read, so that reading again can help; and how many others there are."""
        asked = sa.select(entries.c.id, entries.c.reason, entries.c.size, entries.c.sha256).where(
            (entries.c.tenant == tenant) & (entries.c.state == State.QUARANTINED)
        )
        if reason is not None:
            asked = asked.where(entries.c.reason == reason)
        if record_id is not None:
            asked = asked.where(entries.c.record_id == record_id)
        with self._reading() as connection:
            rows = connection.execute(asked.order_by(entries.c.id)).all()
        kept = tuple(row.id for row in rows if row.sha256 is not None and row.size and row.reason in FOUND_IN_READING)
        return kept, len(rows) - len(kept)

    def retry(self, ids: Sequence[int]) -> None:
        """Let quarantined entries be tried again."""
        with self._writing() as connection:
            for some in pieces(ids):
                connection.execute(
                    entries.update()
                    .where(entries.c.id.in_(some) & (entries.c.state == State.QUARANTINED))
                    .values(
                        state=State.PENDING,
                        attempts=0,
                        reason=None,
                        reason_detail=None,
                        sequence=entries.c.sequence + 1,
                        queued_at=self._clock,
                    )
                )

    # inside

    def _unheld(self) -> sa.ColumnElement[bool]:
        return entries.c.lease_until.is_(None) | (entries.c.lease_until < self._clock)
