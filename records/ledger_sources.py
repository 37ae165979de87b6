"""Sources in the ledger: who holds one, how far its listing has come, what it no longer shows, and what has moved.

A pass is one full listing of a source. Whatever it shows is marked with its number; when it has come to its end, what
carries an older number is missing. Nothing is removed by that: whether it may be is decided in indexer.sync.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import sqlalchemy as sa

from records.ledger_connection import LedgerConnection, known_of, pieces, source_of
from records.ledger_tables import State, entries, sources, sync_months
from records.ledger_values import MEMBER, Entry, Known, Source

_MAX_DIGITS = 9
#: of files that runs looked at, as noted
_STEP = 5
#: seconds that a run may take until it holds its source
_DIED_AFTER = 300.0
_TOP = entries.c.parent_id.is_(None) & (entries.c.state != State.REMOVED)


class LedgerSources(LedgerConnection):
    """What a run over a source asks and tells the ledger."""

    def source(self, tenant: str, kind: str, location: str) -> Source:
        """Return the source with this location; it is made if there is none."""
        key = (sources.c.tenant == tenant) & (sources.c.kind == kind) & (sources.c.location == location)
        with self._writing() as connection:
            row = connection.execute(sa.select(sources).where(key)).first()
            if row is None:
                connection.execute(
                    sources.insert().values(tenant=tenant, kind=kind, location=location, created_at=time.time())
                )
                row = connection.execute(sa.select(sources).where(key)).one()
            return source_of(row._asdict())

    def find_sources(self, location: str) -> tuple[Source, ...]:
        """Return the sources of every tenant at this location."""
        with self._reading() as connection:
            rows = connection.execute(sa.select(sources).where(sources.c.location == location).order_by(sources.c.id))
            return tuple(source_of(row._asdict()) for row in rows)

    def every_source(self) -> tuple[Source, ...]:
        """Return the sources of every tenant."""
        with self._reading() as connection:
            rows = connection.execute(sa.select(sources).order_by(sources.c.id))
            return tuple(source_of(row._asdict()) for row in rows)

    def source_named(self, name: str) -> Source | None:
        """Return the source that people know by this name."""
        kind, _, number = name.rpartition("-")
        if not number.isdecimal() or len(number) > _MAX_DIGITS:
            return None
        with self._reading() as connection:
            row = connection.execute(
                sa.select(sources).where((sources.c.id == int(number)) & (sources.c.kind == kind))
            ).first()
            return source_of(row._asdict()) if row is not None else None

    # a run

    def hold_source(self, source: Source, owner: str, seconds: float) -> bool:
        """Take or prolong the lease on a source; False while somebody else holds it."""
        free = (
            sources.c.lease_owner.is_(None) | (sources.c.lease_owner == owner) | (sources.c.lease_until < self._clock)
        )
        with self._writing() as connection:
            done = connection.execute(
                sources.update()
                .where((sources.c.id == source.id) & free)
                .values(lease_owner=owner, lease_until=self._clock + seconds)
            )
            return done.rowcount == 1

    def leave_source(self, source: Source, owner: str) -> None:
        """Give the lease on a source back."""
        with self._writing() as connection:
            connection.execute(
                sources.update()
                .where((sources.c.id == source.id) & (sources.c.lease_owner == owner))
                .values(lease_owner=None, lease_until=None)
            )

    def synced(self, source: Source, figures: Mapping[str, int], *, error: str | None = None) -> None:
        """Note the figures of a finished run, or why it broke off; an agreement to remove is used up by the first."""
        values: dict[str, Any] = {"last_sync": dict(figures), "last_sync_at": self._clock, "last_error": error}
        with self._writing() as connection:
            connection.execute(
                sources.update()
                .where(sources.c.id == source.id)
                .values(**values | ({"removal_agreed": False} if error is None else {}))
            )

    def took(self, source: Source, seconds: float, files: int) -> None:
        """Add to the figures of this month that a run came to its end after so long, and looked at so many files.

        To be called while the source is held.
        """
        # SECURITY: in steps of five, as the stock is told; exact, runs would tell what came in between two of them.
        steps = files - files % _STEP
        month = dt.datetime.now(dt.UTC).strftime("%Y-%m")
        mine = (sync_months.c.source_id == source.id) & (sync_months.c.month == month)
        longest = sa.case((sync_months.c.longest < seconds, seconds), else_=sync_months.c.longest)
        with self._writing() as connection:
            added = connection.execute(
                sync_months.update()
                .where(mine)
                .values(
                    runs=sync_months.c.runs + 1,
                    seconds=sync_months.c.seconds + seconds,
                    longest=longest,
                    files=sync_months.c.files + steps,
                )
            )
            if added.rowcount == 0:
                first = {"runs": 1, "seconds": seconds, "longest": seconds, "files": steps}
                connection.execute(sync_months.insert().values(source_id=source.id, month=month, **first))

    def agree(self, source: Source) -> None:
        """Let the next run remove what has left the source, however much it is."""
        with self._writing() as connection:
            connection.execute(sources.update().where(sources.c.id == source.id).values(removal_agreed=True))

    def take_turn(self, source: Source, every_seconds: float) -> bool:
        """Say whether a scheduled run is due, at most once for each span of time; never while the source is paused.

        A run that was begun, and died before it came to an end, is due again after some minutes.
        """
        free = sources.c.lease_until.is_(None) | (sources.c.lease_until < self._clock)
        ended = sa.func.coalesce(sources.c.last_sync_at, 0.0) >= sources.c.begun_at
        died = free & ~ended & (sources.c.begun_at <= self._clock - _DIED_AFTER)
        due = sources.c.begun_at.is_(None) | (sources.c.begun_at <= self._clock - every_seconds) | died
        with self._writing() as connection:
            done = connection.execute(
                sources.update()
                .where((sources.c.id == source.id) & ~sources.c.paused & due)
                .values(begun_at=self._clock)
            )
            return done.rowcount == 1

    def pause(self, source: Source, *, paused: bool) -> None:
        """Let no run begin, and a running one stop at its next step; or let them again."""
        with self._writing() as connection:
            connection.execute(sources.update().where(sources.c.id == source.id).values(paused=paused))

    def is_paused(self, source: Source) -> bool:
        """Say whether somebody paused the source."""
        with self._reading() as connection:
            return bool(connection.execute(sa.select(sources.c.paused).where(sources.c.id == source.id)).scalar_one())

    # how far a listing has come

    def checkpoint(self, source: Source) -> dict[str, Any] | None:
        """Return what the source said last about how far its listing had come; None before the first run."""
        with self._reading() as connection:
            asked = sa.select(sources.c.checkpoint).where(sources.c.id == source.id)
            found: dict[str, Any] | None = connection.execute(asked).scalar_one()
            return found

    def reach(self, source: Source, checkpoint: Mapping[str, Any]) -> None:
        """Note how far the listing has come: whatever it showed before is noted already."""
        with self._writing() as connection:
            connection.execute(sources.update().where(sources.c.id == source.id).values(checkpoint=dict(checkpoint)))

    def begin_pass(self, source: Source) -> None:
        """Begin a full listing: from now on, what is shown is marked with a new number."""
        with self._writing() as connection:
            connection.execute(
                sources.update().where(sources.c.id == source.id).values(pass_number=sources.c.pass_number + 1)
            )

    def end_pass(self, source: Source, *, spared: Sequence[str] = ()) -> None:
        """End a full listing: what it did not show is missing, but for paths that begin with these."""
        unseen = _TOP & (entries.c.source_id == source.id) & (entries.c.pass_seen < _number(source))
        for prefix in spared:
            unseen &= ~entries.c.path.startswith(prefix, autoescape=True)
        with self._writing() as connection:
            connection.execute(entries.update().where(unseen).values(missing=True))

    def listed(self, source: Source, ids: Sequence[int]) -> None:
        """Note that the source shows these."""
        with self._writing() as connection:
            for some in pieces(ids):
                connection.execute(
                    entries.update().where(entries.c.id.in_(some)).values(pass_seen=_number(source), missing=False)
                )

    def miss(self, source: Source, paths: Sequence[str]) -> None:
        """Note that the source says it no longer has these."""
        with self._writing() as connection:
            for some in pieces(paths):
                connection.execute(
                    entries.update()
                    .where(_TOP & (entries.c.source_id == source.id) & entries.c.path.in_(some))
                    .values(missing=True)
                )

    def miss_within(self, source: Source, prefix: str, there: AbstractSet[str]) -> None:
        """Note that of what begins with a prefix, the source has only these."""
        mine = _TOP & (entries.c.source_id == source.id) & entries.c.path.startswith(prefix, autoescape=True)
        with self._reading() as connection:
            known = list(connection.execute(sa.select(entries.c.path).where(mine)).scalars())
        self.miss(source, [path for path in known if path not in there])

    def missing(self, source: Source) -> tuple[Known, ...]:
        """Return what the source no longer shows and the ledger still holds."""
        asked = known_of(_TOP & (entries.c.source_id == source.id) & entries.c.missing).order_by(entries.c.path)
        with self._reading() as connection:
            return tuple(Known.of(row) for row in connection.execute(asked))

    def count(self, source: Source) -> int:
        """Count what the ledger holds of a source, without members of archives, without tombstones."""
        asked = sa.select(sa.func.count()).select_from(entries).where(_TOP & (entries.c.source_id == source.id))
        with self._reading() as connection:
            return int(connection.execute(asked).scalar_one())

    # what a source shows

    def entries(self, ids: Sequence[int]) -> tuple[Entry, ...]:
        """Return entries as they stand, without a lease: to look at them only."""
        with self._reading() as connection:
            return self._load(connection, ids)

    def known(self, source: Source, paths: Sequence[str] | None = None) -> dict[str, Known]:
        """Return what is remembered of a source's files, of all or of these paths, by path.

        Neither members of archives nor tombstones.
        """
        mine = _TOP & (entries.c.source_id == source.id)
        found: dict[str, Known] = {}
        with self._reading() as connection:
            for some in [None] if paths is None else pieces(paths):
                asked = known_of(mine if some is None else mine & entries.c.path.in_(some))
                found |= {row.path: Known.of(row) for row in connection.execute(asked)}
        return found

    def move(self, source: Source, moved: Mapping[int, str]) -> None:
        """Give entries the paths where their files are now; records, versions and releases stay what they are.

        They are to be noted next: until then they count as changed. What came out of a file moves with it.
        """
        with self._writing() as connection:
            for entry_id, path in moved.items():
                old = connection.execute(sa.select(entries.c.path).where(entries.c.id == entry_id)).scalar_one()
                # a tombstone keeps its sequence, not its place; no file of a source has a path of this form
                connection.execute(
                    entries.update()
                    .where((entries.c.source_id == source.id) & (entries.c.path == path))
                    .where(entries.c.state == State.REMOVED)
                    .values(path=MEMBER + entries.c.record_id)
                )
                connection.execute(
                    entries.update().where(entries.c.id == entry_id).values(path=path, fingerprint=None, missing=False)
                )
                inside = (entries.c.source_id == source.id) & entries.c.path.startswith(old + MEMBER, autoescape=True)
                connection.execute(
                    entries.update()
                    .where(inside & entries.c.parent_id.is_not(None))
                    .values(path=path + sa.func.substr(entries.c.path, len(old) + 1))
                )


def _number(source: Source) -> sa.ScalarSelect[int]:
    return sa.select(sources.c.pass_number).where(sources.c.id == source.id).scalar_subquery()
