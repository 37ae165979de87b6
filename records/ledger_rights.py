"""The rights of entries: a version of their own, passed on to what came out of a file, and what the index still shows.

A change of content leaves the rights as they are, a change of rights needs no new reading. Earlier rights are kept
until the index has surely forgotten them: records.revocations hides by them what the index would still show.
"""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa

from records.access import ReadAccess
from records.ledger_connection import LedgerConnection, pieces
from records.ledger_tables import NOT_YET, AccessSource, State, VectorState, entries
from records.ledger_values import Done, Seen, access_to_json, metadata_to_json

#: the engine shows what was written at most this long after; by default it takes one second
SETTLED_AFTER = 60.0

#: what has to be known of an entry to note its rights
RIGHTS_COLUMNS = tuple(
    entries.c[name]
    for name in (
        *("sha256", "file_name", "metadata", "state", "indexed_version", "rights_only"),
        *("access", "access_version", "shown_access", "shown_until"),
    )
)


def rights_noted(tenant: str, seen: Seen, old: Any | None, now: float) -> dict[str, Any]:
    """Return the columns of rights for a file that was seen; `old` is what stands in its row, None for a new one."""
    if old is None:
        access = seen.access if seen.access is not None else ReadAccess(tenant)
        return {
            "access": access_to_json(access),
            "access_source": seen.access_source if seen.access is not None else AccessSource.DEFAULT,
            "access_changed_at": now,
        }
    if seen.access is None:
        # SECURITY: a sidecar that cannot be read opens nothing, and closes nothing that would have to be opened again.
        return {"rights_only": False}
    access_now = access_to_json(seen.access)
    noted: dict[str, Any] = {"access_source": seen.access_source, "rights_only": _rights_only(seen, old, access_now)}
    return noted | (changed_rights(old, access_now, now) if access_now != old.access else {})


def changed_rights(old: Any, access: dict[str, Any], now: float) -> dict[str, Any]:
    """Return the columns of rights that differ from those in an entry's row."""
    changed: dict[str, Any] = {
        "access": access,
        "access_version": old.access_version + 1,
        "access_changed_at": now,
    }
    lately = old.shown_until is not None and old.shown_until > now - SETTLED_AFTER
    if old.indexed_version is not None or lately:
        # SECURITY: the index goes by the earlier rights, or by those before them, until the new ones are written.
        earlier = list(old.shown_access or []) if lately else []
        changed["shown_access"] = earlier if old.access in earlier else [*earlier, old.access]
        changed["shown_until"] = NOT_YET if old.indexed_version is not None else old.shown_until
    return changed


def _rights_only(seen: Seen, old: Any, access: dict[str, Any]) -> bool:
    same = (old.sha256, old.metadata, old.file_name) == (seen.sha256, metadata_to_json(seen.metadata), seen.file_name)
    if seen.fault is not None or not same:
        return False
    changed, waiting = access != old.access, bool(old.rights_only)
    return (old.state == State.INDEXED and changed) or (old.state == State.PENDING and waiting)


class LedgerRights(LedgerConnection):
    """What changes rights beside the files themselves."""

    def _pass_on(self, connection: sa.Connection, entry_id: int, access: dict[str, Any], now: float) -> None:
        """Give all that came out of a file its rights, in the same transaction."""
        # SECURITY: a member is never open to more people than what it came in, not even until that is unpacked again.
        level = [entry_id]
        while level:
            below: list[int] = []
            for some in pieces(level):
                asked = sa.select(entries.c.id, *RIGHTS_COLUMNS).where(
                    entries.c.parent_id.in_(some) & (entries.c.state != State.REMOVED)
                )
                for row in connection.execute(asked).all():
                    below.append(row.id)
                    if row.access != access:
                        connection.execute(
                            entries.update().where(entries.c.id == row.id).values(**_inherited(row, access, now))
                        )
            level = below

    def _settling(self, done: Done) -> dict[str, Any]:
        """Return until when the index may show an entry otherwise than the ledger wants, now that it was told."""
        if done.fault is not None:
            return {}
        soon = self._clock + SETTLED_AFTER
        if done.removed:
            return {"shown_until": soon}
        return {"shown_until": sa.case((entries.c.shown_until.is_not(None), soon), else_=None)}


def _inherited(row: Any, access: dict[str, Any], now: float) -> dict[str, Any]:
    values = changed_rights(row, access, now) | {"access_source": AccessSource.ARCHIVE}
    if row.state in {State.INDEXED, State.PENDING}:
        values |= {
            "state": State.PENDING,
            "sequence": entries.c.sequence + 1,
            "attempts": 0,
            "rights_only": row.state == State.INDEXED or row.rights_only,
            "vectors": VectorState.NONE,
            "lease_owner": None,
            "lease_until": None,
            # nobody was told; whoever works on the file around it does, or the sweep
            "queued_at": None,
            "changed_at": time.time(),
        }
    return values
