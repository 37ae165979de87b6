"""What records managers decide about their sources and their quarantine; each is about their own town only."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from records.access import Principal
from records.errors import InvalidInputError, NotVisibleError
from records.ledger_connection import LedgerConnection, pieces
from records.ledger_managed import managed_tenant
from records.ledger_tables import State, entries, sources
from records.reasons import FOUND_IN_READING, Reason

_MAX_DIGITS = 9


@dataclass(frozen=True)
class Retry:
    """What is read again; `not_read` counts those refused before reading: their source has to change."""

    retried: int
    not_read: int


@dataclass(frozen=True)
class Agreement:
    """A source whose next run removes what has left it."""

    source: str
    held: int


class LedgerDecisions(LedgerConnection):
    """Decisions; NotVisibleError unless a records manager of the town takes them. The workers follow by themselves."""

    def retry(self, principal: Principal, *, record_id: str | None = None, reason: str | None = None) -> Retry:
        """Have one file read again, or all of one cause, or everything in the town's quarantine."""
        tenant = managed_tenant(principal)
        if reason is not None and reason not in set(Reason):
            raise InvalidInputError("reason", f"is none of {', '.join(Reason)}")
        mine = (entries.c.tenant == tenant) & (entries.c.state == State.QUARANTINED)
        if record_id is not None:
            mine &= entries.c.record_id == record_id
        if reason is not None:
            mine &= entries.c.reason == reason
        asked = sa.select(entries.c.id, entries.c.reason, entries.c.size, entries.c.sha256).where(mine)
        with self._writing() as connection:
            rows = connection.execute(asked).all()
            if record_id is not None and not rows:
                raise NotVisibleError("no such file in quarantine")
            again = [row.id for row in rows if row.sha256 is not None and row.size and row.reason in FOUND_IN_READING]
            for some in pieces(again):
                connection.execute(
                    entries.update()
                    .where(entries.c.id.in_(some))
                    .values(
                        state=State.PENDING,
                        attempts=0,
                        reason=None,
                        reason_detail=None,
                        sequence=entries.c.sequence + 1,
                        # nobody is told: the sweep finds them within seconds
                        queued_at=None,
                    )
                )
        return Retry(len(again), len(rows) - len(again))

    def agree(self, principal: Principal, name: str, *, held: int) -> Agreement:
        """Agree that the next run removes what a source has lost; `held` is the number that was agreed to.

        InvalidInputError if it has become another number meanwhile: then somebody has to look again.
        """
        tenant = managed_tenant(principal)
        kind, _, number = name.rpartition("-")
        if not number.isdecimal() or len(number) > _MAX_DIGITS:
            raise NotVisibleError("no such source")
        with self._writing() as connection:
            row = connection.execute(
                sa.select(sources).where(
                    (sources.c.id == int(number)) & (sources.c.kind == kind) & (sources.c.tenant == tenant)
                )
            ).first()
            if row is None:
                raise NotVisibleError("no such source")
            missing = connection.execute(
                sa.select(sa.func.count())
                .select_from(entries)
                .where(
                    (entries.c.source_id == row.id)
                    & entries.c.missing
                    & entries.c.parent_id.is_(None)
                    & entries.c.state.not_in((State.REMOVING, State.REMOVED))
                )
            ).scalar_one()
            if missing != held:
                raise InvalidInputError("held", f"{missing} records are missing by now; look again before you agree")
            connection.execute(sources.update().where(sources.c.id == row.id).values(removal_agreed=True))
        return Agreement(name, missing)
