"""What the index may still show although the ledger forbids it already.

The index follows the ledger within seconds or minutes; what was taken away is hidden from the next read on. Kept fresh
from the ledger: no answer goes by what is older than a second, and where the ledger cannot be asked nothing is read.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import sqlalchemy as sa

from records.access import Principal, ReadAccess, ReadFilter, read_filter
from records.ledger_connection import LedgerConnection
from records.ledger_releases import access_of
from records.ledger_rights import SETTLED_AFTER
from records.ledger_tables import State, entries
from records.ledger_values import access_from_json
from records.release import ReleaseAccess, ReleaseState, shows
from records.release_tables import releases
from records.settings import LedgerSettings

#: how old a picture of the ledger may be when an answer goes by it
MAX_AGE_SECONDS = 1.0
#: stands between ids, in which it never occurs
_BETWEEN = ","
#: principals whose hidden records are remembered until the next picture
_REMEMBERED = 500


class Revocations(Protocol):
    """What has to be hidden from a principal, whatever the index says."""

    def hidden(self, principal: Principal) -> frozenset[str]:
        """Return the ids that the index may still show and the ledger forbids; LedgerUnavailableError if unknown."""
        ...

    def ready(self) -> None:
        """Return if it can be known what is hidden; LedgerUnavailableError if not."""
        ...


@dataclass(frozen=True)
class _Change:
    """Rights that changed alike for some records: those of now (None: nobody may read), and those before."""

    now: ReadAccess | None
    before: tuple[ReadAccess, ...]
    record_ids: tuple[str, ...]

    def hides_from(self, _: Principal, rule: ReadFilter) -> bool:
        # SECURITY: the same rule as everywhere. What the index never showed to this principal needs no hiding.
        if self.now is not None and rule.admits(self.now):
            return False
        return any(rule.admits(access) for access in self.before)


@dataclass(frozen=True)
class _Recalled:
    """Releases that were taken back and had the same partners."""

    access: ReleaseAccess
    record_ids: tuple[str, ...]

    def hides_from(self, principal: Principal, _: ReadFilter) -> bool:
        return shows(principal, self.access, int(time.time()))


@dataclass
class _Picture:
    """What changed for one tenant as the ledger gave it, and what was made of it for those who asked."""

    taken_at: float
    changes: tuple[_Change | _Recalled, ...]
    hidden: OrderedDict[ReadFilter, frozenset[str]] = field(default_factory=OrderedDict)

    def for_principal(self, principal: Principal, rule: ReadFilter) -> frozenset[str]:
        known = self.hidden.get(rule)
        if known is None:
            hiding = (change for change in self.changes if change.hides_from(principal, rule))
            known = frozenset(record_id for change in hiding for record_id in change.record_ids)
            self.hidden[rule] = known
            if len(self.hidden) > _REMEMBERED:
                self.hidden.popitem(last=False)
        return known


class LedgerRevocations(LedgerConnection):
    """Revocations out of the ledger. Safe for threads."""

    def __init__(self, settings: LedgerSettings, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(settings)
        self._now = clock
        self._pictures: dict[str, _Picture] = {}
        self._taking = threading.Lock()

    def hidden(self, principal: Principal) -> frozenset[str]:
        """Return what has to be hidden; see Revocations."""
        rule = read_filter(principal)
        with self._taking:
            picture = self._pictures.get(rule.tenant)
            # SECURITY: an old picture is never used for want of a new one; the error goes up and the read fails.
            if picture is None or self._now() - picture.taken_at >= MAX_AGE_SECONDS:
                picture = _Picture(self._now(), (*self._changes(rule.tenant), *self._recalled(rule.tenant)))
                self._pictures[rule.tenant] = picture
            return picture.for_principal(principal, rule)

    def ready(self) -> None:
        """Return if the ledger answers; see Revocations."""
        with self._reading() as connection:
            connection.execute(sa.select(entries.c.id).limit(1)).first()

    def _changes(self, tenant: str) -> Iterator[_Change]:
        alike = (
            entries.c.state,
            sa.cast(entries.c.access, sa.Text).label("access"),
            sa.cast(entries.c.shown_access, sa.Text).label("shown"),
        )
        # grouped by the database: ten thousand records whose rights changed alike are one row
        together = sa.func.aggregate_strings(entries.c.record_id, _BETWEEN).label("record_ids")
        asked = (
            sa.select(*alike, together)
            .where((entries.c.tenant == tenant) & (entries.c.shown_until > self._clock))
            .group_by(*alike)
        )
        with self._reading() as connection:
            rows = connection.execute(asked).all()
        for row in rows:
            last = access_from_json(json.loads(row.access))
            earlier = tuple(access_from_json(one) for one in json.loads(row.shown or "[]"))
            readable = row.state in {State.PENDING, State.INDEXED}
            # of what is leaving, the index may also show what was right to the last
            before = earlier if readable else (*earlier, last)
            yield _Change(last if readable else None, before, tuple(row.record_ids.split(_BETWEEN)))

    def _recalled(self, tenant: str) -> Iterator[_Recalled]:
        """Yield what other tenants took back and the index may still show; what ended by itself, its filter knows."""
        lately = (releases.c.state == ReleaseState.RECALLED) & (releases.c.changed_at > self._clock - SETTLED_AFTER)
        asked = sa.select(
            releases.c.release_id, releases.c.owner, sa.cast(releases.c.partners, sa.Text), releases.c.until
        ).where((releases.c.owner != tenant) & ((releases.c.state == ReleaseState.RECALLING) | lately))
        alike: dict[tuple[str, str, int], list[str]] = {}
        with self._reading() as connection:
            for release_id, owner, partners, until in connection.execute(asked):
                alike.setdefault((owner, partners, until), []).append(release_id)
        for (owner, partners, until), release_ids in alike.items():
            row = {"owner": owner, "partners": json.loads(partners), "until": until}
            yield _Recalled(access_of(row), tuple(release_ids))
