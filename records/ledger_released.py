"""The part of the ledger that says what the index of releases should hold, and has it written again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from records.ledger_connection import LedgerConnection, pieces
from records.ledger_releases import access_of
from records.ledger_tables import State, VectorState, entries
from records.release import ReleaseAccess, ReleaseForm, ReleaseState
from records.release_tables import releases

_PAGE = 5_000
_OPEN = (ReleaseState.PENDING, ReleaseState.RECALLING)


@dataclass(frozen=True)
class Copy:
    """A release as its index should hold it: to whom, until when, in which form, and from what kind of file."""

    access: ReleaseAccess
    form: ReleaseForm
    #: only a whole release carries anything of the original
    media_type: str | None


@dataclass(frozen=True)
class ReleaseStanding:
    """Where a release stands; two that are equal saw no change in between."""

    id: int
    release_id: str
    sequence: int
    state: ReleaseState
    vectors: VectorState
    copy: Copy
    #: somebody is working on it, or will: the index may be behind or ahead
    moving: bool

    @property
    def version(self) -> int | None:
        """The version that its index should hold; None where it should hold none."""
        if self.state is not ReleaseState.SHOWN:
            return None
        return self.sequence * 2 + (self.vectors is VectorState.DONE)


class LedgerReleased(LedgerConnection):
    """What a reconciliation asks and tells the ledger about releases."""

    def released(self, tenant: str) -> Iterator[ReleaseStanding]:
        """Yield the releases that a tenant's index of releases should hold, a page at a time."""
        after = ""
        while True:
            mine = (releases.c.owner == tenant) & (releases.c.release_id > after)
            asked = self._asked(mine & (releases.c.state == ReleaseState.SHOWN))
            with self._reading() as connection:
                rows = connection.execute(asked.order_by(releases.c.release_id).limit(_PAGE)).all()
            yield from (_standing(row._asdict()) for row in rows)
            if len(rows) < _PAGE:
                return
            after = rows[-1].release_id

    def releases_standing(self, tenant: str, release_ids: Sequence[str]) -> dict[str, ReleaseStanding]:
        """Return where these releases stand; without those that the ledger does not know."""
        found: dict[str, ReleaseStanding] = {}
        with self._reading() as connection:
            for some in pieces(release_ids):
                mine = (releases.c.owner == tenant) & releases.c.release_id.in_(some)
                found |= {row.release_id: _standing(row._asdict()) for row in connection.execute(self._asked(mine))}
        return found

    def _asked(self, condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
        leased = sa.func.coalesce(releases.c.lease_until > self._clock, sa.false())
        # its record has changed, and the release follows within seconds
        behind = (releases.c.entry_sequence != entries.c.sequence) | (entries.c.state != State.INDEXED)
        moving = releases.c.state.in_(_OPEN) | leased | ((releases.c.state == ReleaseState.SHOWN) & behind)
        joined = releases.join(entries, entries.c.id == releases.c.entry_id)
        return sa.select(releases, entries.c.media_type, moving.label("moving")).select_from(joined).where(condition)

    def show_again(self, found: Mapping[int, tuple[int, int]]) -> int:
        """Let releases be written anew; returns how many of them nobody changed meanwhile.

        `found` holds by release the sequence it had, and the version that the index held (0 for none).
        """
        changed = 0
        with self._writing() as connection:
            for number, (sequence, seen) in found.items():
                changed += connection.execute(
                    releases.update()
                    .where(
                        (releases.c.id == number)
                        & (releases.c.sequence == sequence)
                        & (releases.c.state == ReleaseState.SHOWN)
                    )
                    .values(
                        state=ReleaseState.PENDING,
                        sequence=beyond(sequence, seen),
                        lease_owner=None,
                        lease_until=None,
                        changed_at=time.time(),
                    )
                ).rowcount
        return changed


def beyond(sequence: int, seen: int) -> int:
    """Return a sequence whose versions, twice of it and one more, are beyond its own and beyond the one seen."""
    return max(sequence + 1, seen // 2 + 1)


def _standing(row: Mapping[str, Any]) -> ReleaseStanding:
    form = ReleaseForm(row["form"])
    return ReleaseStanding(
        id=row["id"],
        release_id=row["release_id"],
        sequence=row["sequence"],
        state=ReleaseState(row["state"]),
        vectors=VectorState(row["vectors"]),
        copy=Copy(access_of(row), form, row["media_type"] if form is ReleaseForm.WHOLE else None),
        moving=bool(row["moving"]),
    )
