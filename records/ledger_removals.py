"""Receipts of deletions: when a source lost a record, when the index, and when everything else of it was gone.

The ledger writes them in the transactions of the steps themselves; a receipt names the record and holds no word of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from records.access import Principal
from records.ledger_connection import LedgerConnection
from records.ledger_holds import held_entries
from records.ledger_managed import managed_tenant
from records.ledger_tables import State, entries, sources
from records.removal_tables import deletions

#: seconds until a deletion had come so far, as upper ends of the classes that are counted
CLASSES = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 86400.0)


@dataclass(frozen=True)
class Receipt:
    """One deletion: the moments of its steps, None where it has not come so far."""

    receipt_id: str
    record_id: str
    source: str
    left_at: dt.datetime
    unindexed_at: dt.datetime | None
    erased_at: dt.datetime | None
    returned_at: dt.datetime | None
    #: seconds from the source's loss until nothing was left
    seconds_to_gone: float | None
    #: under a legal hold: it has left every search, and is not erased
    held: bool


@dataclass(frozen=True)
class Figures:
    """How long deletions took to one of their steps, over all towns."""

    #: by class, counted up: how many took at most so long
    counted: tuple[int, ...]
    number: int
    seconds: float


@dataclass(frozen=True)
class Gone:
    """How long deletions take, and what is on its way."""

    unindexed: Figures
    erased: Figures
    waiting: int
    #: seconds since the oldest of them that no hold keeps began
    oldest: float


def begun(connection: sa.Connection, ids: Sequence[int], now: sa.ColumnElement[float]) -> None:
    """Write a receipt for each of these entries that is leaving and has none under way."""
    under_way = deletions.alias()
    open_one = (
        sa.select(under_way.c.id)
        .where(
            (under_way.c.entry_id == entries.c.id) & under_way.c.erased_at.is_(None) & under_way.c.returned_at.is_(None)
        )
        .exists()
    )
    columns = ("tenant", "entry_id", "record_id", "source_id", "left_at")
    leaving = sa.select(entries.c.tenant, entries.c.id, entries.c.record_id, entries.c.source_id, now).where(
        entries.c.id.in_(ids) & (entries.c.state == State.REMOVING) & ~open_one
    )
    connection.execute(deletions.insert().from_select(columns, leaving))


def came_back(connection: sa.Connection, entry_id: int, now: sa.ColumnElement[float]) -> None:
    """Note that a record is there again before everything of it was gone."""
    connection.execute(
        deletions.update()
        .where((deletions.c.entry_id == entry_id) & deletions.c.erased_at.is_(None) & deletions.c.returned_at.is_(None))
        .values(returned_at=now)
    )


def unindexed(connection: sa.Connection, entry_id: int, now: sa.ColumnElement[float]) -> None:
    """Note that the index holds a record no longer."""
    connection.execute(
        deletions.update()
        .where(
            (deletions.c.entry_id == entry_id)
            & deletions.c.unindexed_at.is_(None)
            & deletions.c.erased_at.is_(None)
            & deletions.c.returned_at.is_(None)
        )
        .values(unindexed_at=now)
    )


def erased(connection: sa.Connection, ids: Sequence[int], now: sa.ColumnElement[float]) -> None:
    """Note that nothing is left of those of these entries that are still removed."""
    still = sa.select(entries.c.id).where(entries.c.id.in_(ids) & (entries.c.state == State.REMOVED))
    connection.execute(
        deletions.update()
        .where(deletions.c.entry_id.in_(still) & deletions.c.erased_at.is_(None) & deletions.c.returned_at.is_(None))
        .values(erased_at=now)
    )


class LedgerRemovals(LedgerConnection):
    """Receipts for people, figures for machines."""

    def receipts(self, principal: Principal, *, size: int, before: str | None = None) -> tuple[Receipt, ...]:
        """Return a town's receipts, newest first; NotVisibleError unless a records manager."""
        tenant = managed_tenant(principal)
        held = held_entries()
        asked = (
            sa.select(*deletions.c, sources.c.kind, deletions.c.entry_id.in_(sa.select(held.c.id)).label("held"))
            .join(sources, sources.c.id == deletions.c.source_id)
            .where(deletions.c.tenant == tenant)
            .order_by(deletions.c.id.desc())
            .limit(size)
        )
        if before is not None and before.isdecimal():
            asked = asked.where(deletions.c.id < int(before))
        with self._reading() as connection:
            return tuple(
                Receipt(
                    receipt_id=str(row.id),
                    record_id=row.record_id,
                    source=f"{row.kind}-{row.source_id}",
                    left_at=_moment(row.left_at),
                    unindexed_at=_moment(row.unindexed_at) if row.unindexed_at is not None else None,
                    erased_at=_moment(row.erased_at) if row.erased_at is not None else None,
                    returned_at=_moment(row.returned_at) if row.returned_at is not None else None,
                    seconds_to_gone=round(row.erased_at - row.left_at, 1) if row.erased_at is not None else None,
                    held=bool(row.held) and row.erased_at is None and row.returned_at is None,
                )
                for row in connection.execute(asked)
            )

    def gone(self) -> Gone:
        """Return how long deletions take, over all towns: figures without names."""
        under_way = deletions.c.erased_at.is_(None) & deletions.c.returned_at.is_(None)
        held = held_entries()
        free = under_way & deletions.c.entry_id.not_in(sa.select(held.c.id))
        with self._reading() as connection:
            waiting = connection.execute(
                sa.select(sa.func.count()).select_from(deletions).where(under_way)
            ).scalar_one()
            oldest = connection.execute(sa.select(self._clock - sa.func.min(deletions.c.left_at)).where(free)).scalar()
            return Gone(
                unindexed=_figures(connection, deletions.c.unindexed_at),
                erased=_figures(connection, deletions.c.erased_at),
                waiting=waiting,
                oldest=max(0.0, oldest or 0.0),
            )


def _figures(connection: sa.Connection, end: sa.Column[float]) -> Figures:
    took = end - deletions.c.left_at
    classes = [sa.func.count(sa.case((took <= most, 1))) for most in CLASSES]
    asked = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(took), 0.0), *classes).where(end.is_not(None))
    number, seconds, *counted = connection.execute(asked).one()
    return Figures(tuple(counted), number, float(seconds))


def _moment(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
