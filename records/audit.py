"""The audit log: who was shown which record, written down before it is shown, and never changed afterwards.

Each tenant has a chain of its own (records.audit_chain), so that one can be checked, handed over or erased without the
others. Several processes may append; the row of the chain's head puts them in a line. No content and no question is
ever written here, and nobody reads it but the tenant's own data protection officer, whose reading is an entry itself.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from records.access import Principal, Role
from records.audit_chain import Entry, Event, Kind, beginning, hash_of, link
from records.audit_tables import audit_engine, entries, heads
from records.audit_witness import UnreadableSightingError, Witness
from records.errors import AuditUnavailableError, InvalidInputError, NotVisibleError
from records.settings import AuditSettings
from records.sql import READING

_SECOND = 1_000_000
_AT_ONCE = 5_000
_BY_THE_SYSTEM = "aktensuche"


@dataclass(frozen=True)
class Question:
    """What a data protection officer asks the log, and why."""

    reason: str
    begin: dt.datetime
    end: dt.datetime
    subject: str | None = None
    record_id: str | None = None


@dataclass(frozen=True)
class Fault:
    """The first place where a chain does not hold."""

    tenant: str
    sequence: int
    reason: str


@dataclass(frozen=True)
class Verdict:
    """How far the log holds."""

    chains: int
    entries: int
    faults: tuple[Fault, ...]


class AuditLog:
    """The log in its database."""

    def __init__(self, settings: AuditSettings) -> None:
        self._engine = audit_engine(settings)
        self._witness = Witness(settings.witness)
        self._retention = dt.timedelta(days=settings.retention_days)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def append(self, events: Sequence[Event]) -> None:
        """Write these events down, all or none; when this returns they have survived a power cut.

        AuditUnavailableError if they could not be written.
        """
        with self._writing() as connection:
            ends = self._append(connection, events)
        self._witness.note(ends)

    def read(self, principal: Principal, question: Question, *, before: int | None, size: int) -> tuple[Entry, ...]:
        """Return entries of the principal's tenant, newest first, those before `before` if it is given.

        The reading is an entry itself, written before anything is read. NotVisibleError unless the principal is the
        tenant's data protection officer.
        """
        # SECURITY: the log tells about colleagues; software never lends this role to itself.
        if Role.PRIVACY not in principal.roles or principal.software is not None:
            raise NotVisibleError("only the data protection officer of the tenant reads the audit log")
        about = {
            "from": question.begin.isoformat(),
            "to": question.end.isoformat(),
            "subject": question.subject,
            "before": before,
        }
        record_ids = (question.record_id,) if question.record_id is not None else ()
        self.append([Event.of(principal, Kind.AUDIT, record_ids, purpose=question.reason, detail=json.dumps(about))])
        asked = sa.select(entries).where(
            (entries.c.tenant == principal.tenant)
            & (entries.c.time >= _microseconds(question.begin))
            & (entries.c.time <= _microseconds(question.end))
        )
        if question.subject is not None:
            asked = asked.where(entries.c.subject == question.subject)
        if question.record_id is not None:
            asked = asked.where(entries.c.record_ids.contains(json.dumps(question.record_id), autoescape=True))
        if before is not None:
            asked = asked.where(entries.c.sequence < before)
        with self._reading() as connection:
            rows = connection.execute(asked.order_by(entries.c.sequence.desc()).limit(size))
            return tuple(_entry(row) for row in rows)

    def verify(self) -> Verdict:
        """Follow every chain from its beginning, or from where older entries were taken away, to its noted end."""
        seen, faults = self._seen()
        with self._reading() as connection:
            counted = connection.execute(sa.select(sa.func.count()).select_from(entries)).scalar_one()
            ends = {row.tenant: (row.sequence, row.hash) for row in connection.execute(sa.select(heads))}
            tenants = set(connection.execute(sa.select(entries.c.tenant).distinct()).scalars())
            for tenant in sorted(tenants | set(ends) | set(seen)):
                try:
                    _follow(connection, tenant, ends.get(tenant), seen.get(tenant, {}))
                except _BrokenError as broken:
                    faults.append(Fault(tenant, broken.sequence, broken.reason))
        return Verdict(len(tenants), counted, tuple(faults))

    def _seen(self) -> tuple[dict[str, dict[int, str]], list[Fault]]:
        """Return what the witness saw, by tenant and sequence, and where it contradicts itself."""
        seen: dict[str, dict[int, str]] = {}
        try:
            faults = [
                Fault(one.tenant, one.sequence, f"the witness contradicts itself ({one.where})")
                for one in self._witness.sightings()
                if seen.setdefault(one.tenant, {}).setdefault(one.sequence, one.hash) != one.hash
            ]
        except UnreadableSightingError as error:
            faults = [Fault("-", 0, str(error))]
        return seen, faults

    def prune(self) -> int:
        """Take away what is older than the retention, a piece at a time, and return how many entries that were.

        What is left can still be verified: an entry in the chain names the last one that was taken away.
        """
        today = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        keep_from = today - self._retention
        pruned = 0
        with self._writing() as connection:
            oldest = sa.select(entries.c.tenant, sa.func.min(entries.c.sequence).label("first")).group_by(
                entries.c.tenant
            )
            for tenant, first in connection.execute(oldest).all():
                pruned += self._prune(connection, tenant, first, _microseconds(keep_from))
        self._witness.forget((keep_from - dt.timedelta(days=1)).date())
        return pruned

    def _prune(self, connection: sa.Connection, tenant: str, first: int, keep_from: int) -> int:
        self._lock(connection, tenant)
        own = entries.c.tenant == tenant
        kept = connection.execute(
            sa.select(sa.func.min(entries.c.sequence)).where(own & (entries.c.time >= keep_from))
        ).scalar()
        newest = connection.execute(sa.select(sa.func.max(entries.c.sequence)).where(own)).scalar_one()
        through = min((kept if kept is not None else newest + 1) - 1, first + _AT_ONCE - 1)
        if through < first:
            return 0
        last = connection.execute(sa.select(entries.c.hash).where(own & (entries.c.sequence == through))).scalar_one()
        event = Event(tenant, _BY_THE_SYSTEM, None, Kind.PRUNED, detail=json.dumps({"through": through, "hash": last}))
        self._append(connection, [event])
        return connection.execute(entries.delete().where(own & (entries.c.sequence <= through))).rowcount

    def _append(self, connection: sa.Connection, events: Sequence[Event]) -> dict[str, tuple[int, str]]:
        ends: dict[str, tuple[int, str]] = {}
        rows: list[dict[str, Any]] = []
        now = time.time_ns() // 1000
        # sorted, so that two processes never wait for each other
        for tenant in sorted({event.tenant for event in events}):
            ends[tenant] = self._lock(connection, tenant)
        for event in events:
            sequence, previous = ends[event.tenant]
            entry = link(sequence + 1, now, event, previous)
            ends[event.tenant] = (entry.sequence, entry.hash)
            rows.append(_row(entry))
        connection.execute(entries.insert(), rows)
        for tenant, (sequence, value) in ends.items():
            connection.execute(heads.update().where(heads.c.tenant == tenant).values(sequence=sequence, hash=value))
        return ends

    def _lock(self, connection: sa.Connection, tenant: str) -> tuple[int, str]:
        """Return where a chain ends; nobody else appends to it until this transaction is over."""
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        asked = sa.select(heads.c.sequence, heads.c.hash).where(heads.c.tenant == tenant).with_for_update()
        row = connection.execute(asked).first()
        if row is None:
            first = insert(heads).values(tenant=tenant, sequence=0, hash=beginning(tenant))
            connection.execute(first.on_conflict_do_nothing())
            row = connection.execute(asked).one()
        return row.sequence, row.hash

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with _answering(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one moment of the log, however long it reads."""
        options: dict[str, Any] = {READING: True, "yield_per": 1000}
        if self._engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        with _answering(), self._engine.connect().execution_options(**options) as connection:
            yield connection


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise AuditUnavailableError(f"the audit log does not answer ({type(error).__name__})") from error


class _BrokenError(Exception):
    """A chain does not hold at this entry."""

    def __init__(self, sequence: int, reason: str) -> None:
        super().__init__(reason)
        self.sequence = sequence
        self.reason = reason


def _follow(connection: sa.Connection, tenant: str, end: tuple[int, str] | None, seen: dict[int, str]) -> None:
    """Return if this chain holds from the first entry left to its end; _BrokenError names where it does not."""
    last: tuple[int, str] | None = None
    asked = sa.select(entries).where(entries.c.tenant == tenant).order_by(entries.c.sequence)
    with connection.execute(asked) as rows:
        for row in rows:
            sequence, previous = last or _before_the_first(connection, tenant, row)
            if row.sequence != sequence + 1:
                raise _BrokenError(sequence + 1, "this entry is missing")
            if row.previous != previous:
                raise _BrokenError(row.sequence, "it does not hold on to the entry before")
            try:
                entry = _entry(row)
            except (ValueError, TypeError, InvalidInputError) as error:
                raise _BrokenError(row.sequence, "its content was changed") from error
            if row.hash != hash_of(entry.sequence, entry.time, entry.event, entry.previous):
                raise _BrokenError(row.sequence, "its content was changed")
            if seen.get(row.sequence, row.hash) != row.hash:
                raise _BrokenError(row.sequence, "the witness saw another entry here: the chain was written anew")
            last = (row.sequence, row.hash)
    reached = last[0] if last else 0
    noted = max([end[0] if end else 0, *seen])
    if noted > reached:
        raise _BrokenError(reached + 1, f"the end is missing: entries up to {noted} were noted")
    if last and last != end:
        raise _BrokenError(reached, "the noted end of the chain is another one")


def _before_the_first(connection: sa.Connection, tenant: str, first: sa.Row[Any]) -> tuple[int, str]:
    """Return sequence and hash of what the first entry left holds on to, as far as the log itself says so."""
    pruned = sa.select(entries.c.detail).where((entries.c.tenant == tenant) & (entries.c.kind == Kind.PRUNED))
    details = connection.execute(pruned).scalars().all()
    for detail in details:
        with suppress(ValueError, KeyError, TypeError):
            told = json.loads(detail)
            if told["through"] == first.sequence - 1:
                return told["through"], told["hash"]
    return 0, beginning(tenant)


def _microseconds(moment: dt.datetime) -> int:
    return int(moment.timestamp() * _SECOND)


def _row(entry: Entry) -> dict[str, Any]:
    event = entry.event
    return {
        "tenant": event.tenant,
        "sequence": entry.sequence,
        "time": entry.time,
        "subject": event.subject,
        "software": event.software,
        "kind": event.kind.value,
        "purpose": event.purpose,
        "detail": event.detail,
        "record_ids": json.dumps(event.record_ids),
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _entry(row: sa.Row[Any]) -> Entry:
    event = Event(
        tenant=row.tenant,
        subject=row.subject,
        software=row.software,
        kind=Kind(row.kind),
        record_ids=tuple(json.loads(row.record_ids)),
        purpose=row.purpose,
        detail=row.detail,
    )
    return Entry(row.sequence, row.time, event, row.previous, row.hash)
