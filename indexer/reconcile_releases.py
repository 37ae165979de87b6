"""Holds the index of what a tenant shows to other towns against the ledger: a copy too many is a leak."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from indexer.comparing import Compared, Line, Wanted, judged
from records.index import Outcome, RecordWriter, Removal
from records.ledger_released import LedgerReleased, ReleaseStanding
from records.ledger_tables import VectorState
from records.opensearch.rights import release_digest
from records.reconciliation import EXTRA, Finding, Repair


class Shelf(Protocol):
    """What the index of releases holds."""

    def __iter__(self) -> Iterator[Line]:
        """Yield everything."""
        ...

    def of(self, record_ids: Sequence[str]) -> Mapping[str, Line]:
        """Return those of these that are there."""
        ...


class ReleasesCompared:
    """The releases of a tenant, in the ledger and in their index."""

    def __init__(self, tenant: str, ledger: LedgerReleased, writer: RecordWriter, shelf: Shelf) -> None:
        self._tenant, self._ledger, self._writer, self._shelf = tenant, ledger, writer, shelf

    def wanted(self) -> Iterator[Wanted]:
        """Yield what is given, as its index should hold it."""
        for one in self._ledger.released(self._tenant):
            if (wanted := _wanted(one)) is not None:
                yield wanted

    def held(self) -> Iterable[Line]:
        """Yield what the index holds."""
        return iter(self._shelf)

    def look(self, ids: Sequence[str]) -> Iterator[tuple[str, Finding | None, ReleaseStanding | None]]:
        """Look at some of them anew, the ledger first."""
        standing, held = self._ledger.releases_standing(self._tenant, ids), self._shelf.of(ids)
        for release_id in ids:
            place = standing.get(release_id)
            ahead = place is not None and place.vectors is VectorState.PENDING
            wanted = _wanted(place)
            found = judged(release_id, wanted, held.get(release_id), known=place is not None, ahead=ahead)
            yield release_id, found, place

    def refresh(self) -> None:
        """Let what was written be seen."""
        self._writer.refresh(self._tenant)

    def repair(self, found: Compared[ReleaseStanding]) -> Repair:
        """Have written again what is missing or stale, and take out what is not given."""
        extra = [one for one in found.findings if one.difference in EXTRA]
        wrong = {
            found.standing[one.record_id].id: (found.standing[one.record_id].sequence, one.in_index or 0)
            for one in found.findings
            if one.difference not in EXTRA
        }
        # SECURITY: without a brake, other than with records: what the ledger does not know as given is shown to nobody,
        # however much it is. A release is a copy, and is made again from the ledger when it turns out to be given.
        removals = [Removal(self._tenant, one.record_id, (one.in_index or 0) + 1) for one in extra]
        results = self._writer.remove_releases(removals) if removals else ()
        again = self._ledger.show_again(wrong)
        self._writer.refresh(self._tenant)
        return Repair(again, sum(result.outcome is Outcome.WRITTEN for result in results))


def _wanted(one: ReleaseStanding | None) -> Wanted | None:
    if one is None or one.version is None:
        return None
    return Wanted(one.release_id, one.version, _digest(one))


def _digest(one: ReleaseStanding) -> str:
    return release_digest(one.copy.access, one.copy.form, one.copy.media_type)
