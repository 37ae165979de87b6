"""The part of the ledger that knows a tenant's indexes: which is read, which are written, how far a rebuild has come.

One process at a time changes the indexes of a tenant: it holds a lease on the row of the live one. Everybody who writes
records asks here before each write, and holds a lease on what is written; so once all leases are over that were held
when an index was added, everybody writes to it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mappings.records import FIRST
from records.access import ReadAccess
from records.errors import AktensucheError
from records.index_tables import index_versions
from records.index_versions import IndexVersion, VersionState
from records.ledger_connection import LedgerConnection, pieces
from records.ledger_tables import State, VectorState, entries
from records.ledger_values import Entry, access_from_json
from records.release import ReleaseState
from records.release_tables import releases
from records.settings import LedgerSettings

#: how old a picture of the indexes may be that a read goes by; both indexes are written until long after
MAX_AGE_SECONDS = 1.0

#: who holds which lease: the table's name, the row, the owner
Lease = tuple[str, int, str]


class IndexInUseError(AktensucheError):
    """Somebody else changes the indexes of this tenant; says who."""


@dataclass(frozen=True)
class Filling:
    """An index that is being filled, and how far that has come."""

    version: IndexVersion
    shape: str | None
    cursor: int
    begun_at: float


@dataclass(frozen=True)
class Taken:
    """An entry as a rebuild takes it; `vectors` as the ledger has them for the live index."""

    entry: Entry
    vectors: VectorState


@dataclass(frozen=True)
class Standing:
    """What the index should hold of an entry: its version, and who may read it.

    `settled` is False while the entry is worked on: the index holds what was before, or already what comes.
    """

    entry_id: int
    record_id: str
    version: int
    access: ReadAccess
    settled: bool


class LedgerIndexes(LedgerConnection):
    """IndexVersions out of the ledger, and what a rebuild asks and tells it. Safe for threads."""

    def __init__(self, settings: LedgerSettings, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(settings)
        self._now = clock
        self._picture: dict[str, tuple[IndexVersion, ...]] = {}
        self._taken_at = float("-inf")
        self._taking = threading.Lock()

    # what the store asks

    def live(self, tenant: str) -> IndexVersion:
        """Return the index to read; see IndexVersions."""
        return next(v for v in self.readable(tenant) if v.state is VersionState.LIVE)

    def readable(self, tenant: str) -> tuple[IndexVersion, ...]:
        """Return the live index and the kept one; see IndexVersions."""
        with self._taking:
            if self._now() - self._taken_at >= MAX_AGE_SECONDS:
                with self._reading() as connection:
                    rows = connection.execute(sa.select(index_versions)).all()
                picture: dict[str, tuple[IndexVersion, ...]] = {}
                for row in rows:
                    readable = row.state == VersionState.LIVE or (row.state == VersionState.KEPT and not row.unfit)
                    if readable:
                        picture[row.tenant] = (*picture.get(row.tenant, ()), _version(row))
                self._picture, self._taken_at = picture, self._now()
            return self._picture.get(tenant, (IndexVersion(tenant, FIRST),))

    def written(self, tenant: str) -> tuple[IndexVersion, ...]:
        """Return the indexes that a write has to reach; see IndexVersions."""
        live_first = sa.case((index_versions.c.state == VersionState.LIVE, 0), else_=1)
        asked = (
            sa.select(index_versions)
            .where((index_versions.c.tenant == tenant) & index_versions.c.unfit.is_(None))
            .order_by(live_first, index_versions.c.number)
        )
        with self._reading() as connection:
            found = tuple(_version(row) for row in connection.execute(asked))
        return found or (IndexVersion(tenant, FIRST),)

    def spoil(self, version: IndexVersion, why: str) -> None:
        """Note that an index that is not live lacks a write; see IndexVersions."""
        this = self._row(version) & (index_versions.c.state != VersionState.LIVE)
        with self._writing() as connection:
            connection.execute(index_versions.update().where(this).values(unfit=why[:300]))

    # what a rebuild asks and tells

    def note_first(self, tenant: str, *, model: str, shape: str) -> None:
        """Note a tenant's first index, if no index of it is known yet."""
        with self._writing() as connection:
            if not self._all(connection, tenant):
                connection.execute(
                    index_versions.insert().values(
                        tenant=tenant,
                        number=FIRST,
                        state=VersionState.LIVE,
                        model=model,
                        shape=shape,
                        begun_at=time.time(),
                        live_since=time.time(),
                    )
                )

    def hold(self, tenant: str, owner: str, seconds: float) -> None:
        """Take or prolong the right to change a tenant's indexes; IndexInUseError while somebody else has it."""
        live = (index_versions.c.tenant == tenant) & (index_versions.c.state == VersionState.LIVE)
        free = (
            index_versions.c.lease_owner.is_(None)
            | (index_versions.c.lease_owner == owner)
            | (index_versions.c.lease_until < self._clock)
        )
        with self._writing() as connection:
            done = connection.execute(
                index_versions.update().where(live & free).values(lease_owner=owner, lease_until=self._clock + seconds)
            )
            if done.rowcount != 1:
                holder = connection.execute(sa.select(index_versions.c.lease_owner).where(live)).scalar()
                raise IndexInUseError(
                    f"a rebuild of {tenant} runs already ({holder}): wait until it has ended. One that was killed "
                    f"gives way within {seconds:.0f} s; the next one takes up its work where it stood"
                )

    def leave(self, tenant: str, owner: str) -> None:
        """Give the right to change a tenant's indexes back."""
        mine = (index_versions.c.tenant == tenant) & (index_versions.c.lease_owner == owner)
        with self._writing() as connection:
            connection.execute(index_versions.update().where(mine).values(lease_owner=None, lease_until=None))

    def indexes(self, tenant: str) -> tuple[tuple[IndexVersion, str | None], ...]:
        """Return every index of a tenant in the order of their numbers, and why it must not become live, if so."""
        with self._reading() as connection:
            return tuple((_version(row), row.unfit) for row in self._all(connection, tenant))

    def filling(self, tenant: str) -> Filling | None:
        """Return the index that is being filled, or was when its rebuild was killed."""
        with self._reading() as connection:
            for row in self._all(connection, tenant):
                if row.state == VersionState.FILLING and not row.unfit:
                    return Filling(_version(row), row.shape, row.cursor, row.begun_at)
        return None

    def next_number(self, tenant: str) -> int:
        """Return the number of the next index."""
        with self._reading() as connection:
            return max((row.number for row in self._all(connection, tenant)), default=FIRST) + 1

    def add(self, tenant: str, number: int, *, model: str, shape: str) -> Filling:
        """Let everybody write to a new index; what they wrote before is filled in by the rebuild."""
        values = {"tenant": tenant, "number": number, "state": VersionState.FILLING, "model": model, "shape": shape}
        begun = time.time()
        with self._writing() as connection:
            connection.execute(index_versions.insert().values(**values, begun_at=begun))
        return Filling(IndexVersion(tenant, number, VersionState.FILLING, model), shape, 0, begun)

    def moved(self, version: IndexVersion, cursor: int) -> None:
        """Note how far a rebuild has come."""
        with self._writing() as connection:
            connection.execute(index_versions.update().where(self._row(version)).values(cursor=cursor))

    def drop(self, version: IndexVersion) -> None:
        """Let nobody write to an index any more that is not live."""
        this = self._row(version) & (index_versions.c.state != VersionState.LIVE)
        with self._writing() as connection:
            connection.execute(index_versions.delete().where(this))

    def make_live(self, version: IndexVersion, owner: str, *, compare_anew: bool = False) -> None:
        """Let an index take the place of the live one, which is kept; IndexInUseError if `owner` lost the right to.

        What meaning search does not know in the new index is noted as known by its words only; with `compare_anew` that
        is everything, because the vectors that were made last are of another model.
        """
        live = (index_versions.c.tenant == version.tenant) & (index_versions.c.state == VersionState.LIVE)
        held = (index_versions.c.lease_owner == owner) & (index_versions.c.lease_until >= self._clock)
        free = {"lease_owner": None, "lease_until": None}
        with self._writing() as connection:
            left = connection.execute(
                index_versions.update().where(live & held).values(state=VersionState.KEPT, **free)
            )
            taken = connection.execute(
                index_versions.update()
                .where(self._row(version) & index_versions.c.unfit.is_(None))
                .values(state=VersionState.LIVE, live_since=time.time(), **free)
            )
            if (left.rowcount, taken.rowcount) != (1, 1):
                # nothing of this transaction stays
                raise IndexInUseError(f"the indexes of {version.tenant} were changed meanwhile; rebuild again")
            there = (entries.c.tenant == version.tenant) & (entries.c.state == State.INDEXED)
            if compare_anew:
                known = there & (entries.c.vectors == VectorState.DONE)
                connection.execute(entries.update().where(known).values(vectors=VectorState.PENDING))
            by_words = there & (entries.c.vectors == VectorState.PENDING)
            connection.execute(entries.update().where(by_words).values(indexed_version=entries.c.sequence * 2))

    # what goes into a new index

    def total(self, tenant: str) -> int:
        """Count what the live index holds."""
        with self._reading() as connection:
            asked = sa.select(sa.func.count()).select_from(entries).where(self._shown(tenant))
            return int(connection.execute(asked).scalar_one())

    def vectors_pending(self, tenant: str) -> int:
        """Count the records of a tenant that meaning search does not know yet."""
        waiting = (entries.c.tenant == tenant) & (entries.c.vectors == VectorState.PENDING)
        with self._reading() as connection:
            asked = sa.select(sa.func.count()).select_from(entries).where(waiting)
            return int(connection.execute(asked).scalar_one())

    def after(self, tenant: str, cursor: int, count: int) -> tuple[Taken, ...]:
        """Return the next entries that the live index holds, in the order of their ids."""
        asked = (
            sa.select(entries.c.id, entries.c.vectors)
            .where(self._shown(tenant) & (entries.c.id > cursor))
            .order_by(entries.c.id)
            .limit(count)
        )
        with self._reading() as connection:
            states = {row.id: VectorState(row.vectors) for row in connection.execute(asked)}
            return tuple(Taken(entry, states[entry.id]) for entry in self._load(connection, list(states)))

    def named(self, ids: Iterable[int]) -> tuple[Taken, ...]:
        """Return entries as they stand now; those that have left the index meanwhile are left out."""
        found: list[Taken] = []
        with self._reading() as connection:
            for some in pieces(list(ids)):
                asked = sa.select(entries.c.id, entries.c.vectors).where(
                    entries.c.id.in_(some)
                    & entries.c.state.in_((State.INDEXED, State.PENDING))
                    & entries.c.indexed_version.is_not(None)
                )
                states = {row.id: VectorState(row.vectors) for row in connection.execute(asked)}
                found += [Taken(entry, states[entry.id]) for entry in self._load(connection, list(states))]
        return tuple(found)

    def without_vectors(self, held: Iterable[Taken]) -> None:
        """Let meaning search take up entries again whose vectors are of another model; a change meanwhile wins."""
        rows = [{"of_id": h.entry.id, "of_sequence": h.entry.sequence} for h in held]
        if not rows:
            return
        change = (
            entries.update()
            .where(
                (entries.c.id == sa.bindparam("of_id"))
                & (entries.c.sequence == sa.bindparam("of_sequence"))
                & (entries.c.vectors == VectorState.DONE)
            )
            .values(vectors=VectorState.PENDING)
        )
        with self._writing() as connection:
            connection.execute(change, rows)

    def standings(self, tenant: str, first: str, beyond: str) -> dict[str, Standing]:
        """Return what the index should hold of the records whose ids begin between these."""
        columns = (
            *(entries.c.id, entries.c.record_id, entries.c.sequence, entries.c.state),
            *(entries.c.vectors, entries.c.access),
        )
        asked = sa.select(*columns).where(
            (entries.c.tenant == tenant)
            & entries.c.indexed_version.is_not(None)
            & (entries.c.record_id >= first)
            & (entries.c.record_id < beyond)
        )
        with self._reading() as connection:
            return {row.record_id: _standing(row) for row in connection.execute(asked)}

    def sequence_of(self, record_id: str) -> int | None:
        """Return the sequence of an entry in whatever state, None if there never was one."""
        with self._reading() as connection:
            return connection.execute(
                sa.select(entries.c.sequence).where(entries.c.record_id == record_id)
            ).scalar_one_or_none()

    # releases go their usual way

    def release_again(self, tenant: str) -> tuple[int, ...]:
        """Have every release that is shown, or waits to be, written to all indexes; return their ids."""
        shown = (releases.c.owner == tenant) & releases.c.state.in_((ReleaseState.SHOWN, ReleaseState.PENDING))
        again = {"state": ReleaseState.PENDING, "sequence": releases.c.sequence + 1}
        with self._writing() as connection:
            changed = releases.update().where(shown).values(**again, lease_owner=None, lease_until=None)
            return tuple(connection.execute(changed.returning(releases.c.id)).scalars())

    def releases_waiting(self, ids: Iterable[int]) -> int:
        """Count those of these releases that are not written yet."""
        waiting = 0
        with self._reading() as connection:
            for some in pieces(list(ids)):
                asked = sa.select(sa.func.count()).select_from(releases)
                still = releases.c.id.in_(some) & (releases.c.state == ReleaseState.PENDING)
                waiting += int(connection.execute(asked.where(still)).scalar_one())
        return waiting

    # who may not know of a new index yet

    def leases(self, tenant: str) -> frozenset[Lease]:
        """Return the leases that somebody holds now and may write under."""
        asked = (
            _held(entries, "lease_owner", "lease_until", entries.c.tenant == tenant, self._clock),
            _held(entries, "vectors_owner", "vectors_until", entries.c.tenant == tenant, self._clock),
            _held(releases, "lease_owner", "lease_until", releases.c.owner == tenant, self._clock),
        )
        with self._reading() as connection:
            return frozenset(
                (f"{number}", row.id, row.owner) for number, one in enumerate(asked) for row in connection.execute(one)
            )

    # inside

    @staticmethod
    def _row(version: IndexVersion) -> sa.ColumnElement[bool]:
        return (index_versions.c.tenant == version.tenant) & (index_versions.c.number == version.number)

    @staticmethod
    def _shown(tenant: str) -> sa.ColumnElement[bool]:
        return (
            (entries.c.tenant == tenant)
            & entries.c.state.in_((State.INDEXED, State.PENDING))
            & entries.c.indexed_version.is_not(None)
        )

    @staticmethod
    def _all(connection: sa.Connection, tenant: str) -> list[Any]:
        asked = sa.select(index_versions).where(index_versions.c.tenant == tenant).order_by(index_versions.c.number)
        return list(connection.execute(asked).all())


def _held(
    table: sa.Table, owner: str, until: str, mine: sa.ColumnElement[bool], clock: sa.ColumnElement[float]
) -> sa.Select[Any]:
    return sa.select(table.c.id, table.c[owner].label("owner")).where(
        mine & table.c[owner].is_not(None) & (table.c[until] >= clock)
    )


def _version(row: Any) -> IndexVersion:
    return IndexVersion(row.tenant, row.number, VersionState(row.state), row.model)


def _standing(row: Any) -> Standing:
    return Standing(
        entry_id=row.id,
        record_id=row.record_id,
        version=row.sequence * 2 + (1 if row.vectors == VectorState.DONE else 0),
        access=access_from_json(row.access),
        settled=row.state == State.INDEXED,
    )
