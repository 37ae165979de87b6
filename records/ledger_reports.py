"""What people ask the ledger: quarantine, sources and figures, for records managers of their own tenant."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa

from records.access import Principal, ReadAccess, admits
from records.ledger import Ledger
from records.ledger_connection import answering, reading
from records.ledger_managed import managed_tenant
from records.ledger_tables import Again, State, VectorState, entries, pages_again, recognised_pages, sources
from records.ledger_values import (
    JobFigures,
    MissingFile,
    QuarantinedFile,
    RecognisedPage,
    SourceState,
    access_from_json,
)
from records.reasons import FOUND_IN_READING, WORDS, Reason

_MINUTE = 60.0
_MAX_DIGITS = 9
#: files that are named of what a source has lost
_NAMED = 500
_LEAVING = (State.REMOVING, State.REMOVED)


class LedgerReports:
    """Reads for people; changes nothing."""

    def __init__(self, ledger: Ledger) -> None:
        self._engine = ledger.engine

    def quarantine(self, principal: Principal) -> tuple[QuarantinedFile, ...]:
        """Return what could not be taken in for the principal's tenant; NotVisibleError unless a records manager."""
        return self.quarantine_of(managed_tenant(principal))

    def sources(self, principal: Principal) -> tuple[SourceState, ...]:
        """Return the sources of the principal's tenant; NotVisibleError unless a records manager."""
        return self.sources_of(managed_tenant(principal))

    def jobs(self, principal: Principal) -> JobFigures:
        """Return how far the indexer has come; NotVisibleError unless a records manager."""
        return self.jobs_of(managed_tenant(principal))

    def recognised(self, principal: Principal, *, below: int, size: int) -> tuple[RecognisedPage, ...]:
        """Return pages that text recognition is unsure of, the worst first; NotVisibleError unless a records manager.

        `below` is a confidence in percent. Only records that the principal may read are named.
        """
        # SECURITY: managing records opens none; what a page says of its record is for its readers.
        return self._recognised(managed_tenant(principal), below, size, lambda access: admits(principal, access))

    def recognised_of(self, tenant: str, *, below: int, size: int) -> tuple[RecognisedPage, ...]:
        """Return a tenant's pages that are hard to read, for the command line of whoever runs the machine."""
        return self._recognised(tenant, below, size, lambda _: True)

    def _recognised(
        self, tenant: str, below: int, size: int, shown: Callable[[ReadAccess], bool]
    ) -> tuple[RecognisedPage, ...]:
        asked = (
            sa.select(
                entries, recognised_pages.c.page, recognised_pages.c.confidence, pages_again.c.state.label("again")
            )
            .join(entries, entries.c.id == recognised_pages.c.entry_id)
            .outerjoin(
                pages_again,
                (pages_again.c.entry_id == entries.c.id) & (pages_again.c.page == recognised_pages.c.page),
            )
            .where(
                (entries.c.tenant == tenant)
                & (entries.c.state == State.INDEXED)
                & (recognised_pages.c.confidence < below)
            )
            .order_by(recognised_pages.c.confidence, entries.c.id, recognised_pages.c.page)
        )
        with answering(), reading(self._engine) as connection:
            rows = (r for r in connection.execute(asked) if shown(access_from_json(r.access)))
            return tuple(
                RecognisedPage(
                    record_id=row.record_id,
                    source_id=row.metadata.get("source_id"),
                    title=row.metadata.get("title") or row.file_name,
                    path=row.path,
                    page=row.page,
                    confidence=row.confidence,
                    again=Again(row.again) if row.again is not None else None,
                )
                for row in islice(rows, size)
            )

    def quarantine_of(self, tenant: str) -> tuple[QuarantinedFile, ...]:
        """Return a tenant's quarantine, for the command line of whoever runs the machine."""
        asked = (
            sa.select(entries, sources.c.location)
            .join(sources, sources.c.id == entries.c.source_id)
            .where((entries.c.tenant == tenant) & (entries.c.state == State.QUARANTINED))
            .order_by(sources.c.location, entries.c.path)
        )
        with answering(), reading(self._engine) as connection:
            rows = [r._asdict() for r in connection.execute(asked)]
        return tuple(
            QuarantinedFile(
                source=row["location"],
                source_id=row["metadata"].get("source_id"),
                path=row["path"],
                reason=_sentence(row["reason"], row["reason_detail"]),
                advice=WORDS[Reason(row["reason"])].advice,
                since=dt.datetime.fromtimestamp(row["changed_at"], dt.UTC),
                code=row["reason"],
                record_id=row["record_id"],
                can_retry=bool(row["sha256"] and row["size"]) and row["reason"] in FOUND_IN_READING,
            )
            for row in rows
        )

    def sources_of(self, tenant: str) -> tuple[SourceState, ...]:
        """Return a tenant's sources, for the command line of whoever runs the machine."""
        now = time.time()
        mine = entries.c.tenant == tenant
        lately = (entries.c.state == State.INDEXED) & (entries.c.changed_at > now - _MINUTE)
        lost = entries.c.missing & entries.c.parent_id.is_(None)
        counted = (
            sa.select(
                entries.c.source_id,
                entries.c.state,
                sa.func.count().label("number"),
                sa.func.count(sa.case((lately, 1))).label("lately"),
                sa.func.count(sa.case((lost, 1))).label("lost"),
            )
            .where(mine)
            .group_by(entries.c.source_id, entries.c.state)
        )
        faults = (
            sa.select(entries.c.source_id, entries.c.reason, sa.func.count().label("number"))
            .where(mine & (entries.c.state == State.QUARANTINED))
            .group_by(entries.c.source_id, entries.c.reason)
        )
        with answering(), reading(self._engine) as connection:
            counts: dict[int, list[Any]] = {}
            for row in connection.execute(counted):
                counts.setdefault(row.source_id, []).append(row)
            errors: dict[int, dict[str, int]] = {}
            for row in connection.execute(faults):
                errors.setdefault(row.source_id, {})[row.reason] = row.number
            found = connection.execute(sa.select(sources).where(sources.c.tenant == tenant).order_by(sources.c.id))
            return tuple(_source(row, counts.get(row.id, []), errors.get(row.id, {}), now) for row in found)

    def missing(self, principal: Principal, name: str) -> tuple[MissingFile, ...]:
        """Return what a source no longer shows and a person is asked about; NotVisibleError if there is no such one."""
        tenant = managed_tenant(principal)
        _, _, number = name.rpartition("-")
        asked = (
            sa.select(entries.c.record_id, entries.c.path)
            .where(
                (entries.c.tenant == tenant)
                & (entries.c.source_id == (int(number) if number.isdecimal() and len(number) <= _MAX_DIGITS else 0))
                & entries.c.missing
                & entries.c.parent_id.is_(None)
                & entries.c.state.not_in(_LEAVING)
            )
            .order_by(entries.c.path)
            .limit(_NAMED)
        )
        with answering(), reading(self._engine) as connection:
            return tuple(MissingFile(row.record_id, row.path) for row in connection.execute(asked))

    def jobs_of(self, tenant: str) -> JobFigures:
        """Return a tenant's figures, for the command line of whoever runs the machine."""
        asked = (
            sa.select(entries.c.state, entries.c.vectors, sa.func.count().label("number"))
            .where(entries.c.tenant == tenant)
            .group_by(entries.c.state, entries.c.vectors)
        )
        with answering(), reading(self._engine) as connection:
            rows = connection.execute(asked).all()

        def of(state: State) -> int:
            return sum(r.number for r in rows if r.state == state)

        def by_vectors(state: VectorState) -> int:
            return sum(r.number for r in rows if r.state == State.INDEXED and r.vectors == state)

        return JobFigures(
            pending=of(State.PENDING),
            indexed=of(State.INDEXED),
            quarantined=of(State.QUARANTINED),
            removing=of(State.REMOVING),
            vectors_pending=by_vectors(VectorState.PENDING),
            vectors_done=by_vectors(VectorState.DONE),
        )


def _source(row: Any, counted: Sequence[Any], errors: dict[str, int], now: float) -> SourceState:
    counts = {one.state: one.number for one in counted}
    pending = counts.get(State.PENDING, 0) + counts.get(State.REMOVING, 0)
    held = sum(one.lost for one in counted if one.state not in _LEAVING)
    rate = sum(one.lately for one in counted)
    if row.lease_until is not None and row.lease_until > now:
        state = "running"
    elif held and not row.removal_agreed:
        state = "held"
    elif row.last_error:
        state = "error"
    elif row.paused:
        state = "paused"
    else:
        state = "working" if pending else "idle"
    return SourceState(
        id=row.id,
        tenant=row.tenant,
        kind=row.kind,
        location=row.location,
        name=f"{row.kind}-{row.id}",
        counts=counts,
        last_sync_at=dt.datetime.fromtimestamp(row.last_sync_at, dt.UTC) if row.last_sync_at else None,
        last_sync=row.last_sync,
        state=state,
        last_error=row.last_error,
        paused=row.paused,
        errors=errors,
        held=held,
        removal_agreed=row.removal_agreed,
        rate_per_minute=rate,
        remaining_seconds=round(pending / rate * _MINUTE) if pending and rate else None,
    )


def _sentence(reason: str, detail: str | None) -> str:
    sentence = WORDS[Reason(reason)].german
    return f"{sentence} ({detail})" if detail and reason in _TOLD else sentence


#: the reasons whose detail helps a clerk; the others' is the wording of a program
_TOLD = frozenset(
    {
        Reason.SIDECAR,
        Reason.TENANT,
        Reason.CLASSIFIED,
        Reason.UNDECIDED,
        Reason.PACKAGE,
        Reason.TOO_LARGE,
        Reason.ARCHIVE_BOMB,
    }
)
