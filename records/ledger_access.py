"""The rights of single records as the ledger holds them, for whoever explains them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from records.access import Principal, ReadAccess
from records.ledger_connection import LedgerConnection
from records.ledger_tables import AccessSource, State, entries
from records.ledger_values import access_from_json


@dataclass(frozen=True)
class KnownRights:
    """The rights of a record, where they come from, and when they last changed."""

    record_id: str
    access: ReadAccess
    source: AccessSource
    version: int
    changed_at: dt.datetime | None
    state: State
    #: whether the index holds the record
    indexed: bool
    #: whether the index may still go by earlier rights
    behind: bool
    case_reference: str | None


class LedgerAccess(LedgerConnection):
    """Tells the rights of records, not whether somebody may know of them: that is decided by search_api.explain."""

    def rights(self, principal: Principal, record_id: str) -> KnownRights | None:
        """Return the rights of a record of the principal's own tenant; None where it has no such record."""
        # SECURITY: the tenant comes from the verified principal; a record of another one is as unknown as none at all.
        asked = sa.select(entries, (entries.c.shown_until > self._clock).label("behind")).where(
            (entries.c.record_id == record_id)
            & (entries.c.tenant == principal.tenant)
            & (entries.c.state != State.REMOVED)
        )
        with self._reading() as connection:
            row = connection.execute(asked).first()
        if row is None:
            return None
        changed = row.access_changed_at
        return KnownRights(
            record_id=row.record_id,
            access=access_from_json(row.access),
            source=AccessSource(row.access_source),
            version=row.access_version,
            changed_at=dt.datetime.fromtimestamp(changed, dt.UTC) if changed is not None else None,
            state=State(row.state),
            indexed=row.indexed_version is not None,
            behind=bool(row.behind),
            case_reference=row.metadata.get("case_reference"),
        )
