"""What is shown to other towns is held against the ledger: a copy too many goes, one that lacks is written again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from indexer.comparing import Compared, Line, Wanted, compare
from indexer.reconcile_releases import ReleasesCompared
from records.ledger_reconciliation import LedgerReconciliation
from records.ledger_released import ReleaseStanding
from records.opensearch.rights import release_digest
from records.reconciliation import Difference, Repair
from records.release import ReleasedRecord, ReleaseForm, ReleaseState
from tests.unit.indexer.test_release_phase import EXISTENCE, MANAGER, REDACTED, WHOLE, World


@dataclass
class Held:
    """The index in memory, as the door shows it."""

    world: World
    #: copies that were changed behind our back: what is seen of them until they are written anew
    altered: dict[str, Wanted] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Line]:
        return (self._line(one) for one in self.world.index.releases.values())

    def of(self, record_ids: Sequence[str]) -> dict[str, Line]:
        return {i: self._line(one) for i, one in self.world.index.releases.items() if i in record_ids}

    def _line(self, one: ReleasedRecord) -> Line:
        altered = self.altered.get(one.release_id)
        if altered is not None and altered.version == one.version:
            return altered
        media_type = one.original.media_type if one.original else None
        return Wanted(one.release_id, one.version, release_digest(one.access, one.form, media_type))


class Town(World):
    """Three releases, one of each form, in ledger and index."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        super().__init__(folder, url)
        self.comparing = LedgerReconciliation(self.settings)
        self.held = Held(self)
        self.sides = ReleasesCompared("erbach", self.comparing, self.index, self.held)
        record_id = self.record()
        self.whole, self.redacted, self.existence = (
            self.give(record_id, form, "michelstadt").release_id for form in (WHOLE, REDACTED, EXISTENCE)
        )
        self.phase.bring_up()
        self.phase.embed()

    def close(self) -> None:
        self.comparing.close()
        super().close()

    def compare(self) -> Compared[ReleaseStanding]:
        return compare(self.sides, pause=lambda _: None)

    def differences(self) -> dict[str, Difference]:
        return {one.record_id: one.difference for one in self.compare().findings}

    def repair(self) -> Repair:
        done = self.sides.repair(self.compare())
        self.phase.bring_up()
        self.phase.embed()
        return done


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def town(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    postgres = request.param == "postgres"
    made = Town(tmp_path, request.getfixturevalue("postgres").new_database() if postgres else None)
    yield made
    made.close()


def test_nothing_differs_with_and_without_vectors(town: Town) -> None:
    found = town.compare()
    assert (found.ledger, found.ledger.count, found.listed) == (found.index, 3, 0)
    town.vectors_known("Eine Linde, Ypsilon.")
    town.phase.embed()
    assert town.index.releases[town.whole].vectors is not None
    found = town.compare()
    assert (found.ledger, found.findings) == (found.index, ())


def test_a_copy_too_many_is_taken_out_however_many_there_are(town: Town) -> None:
    held = town.index.releases
    strange = {f"{n:02}".replace("0", "a").replace("1", "b") + "z" * 24: held[town.whole] for n in range(2, 22)}
    town.index.put_releases([replace(one, release_id=i, version=9) for i, one in strange.items()])
    recalled = town.index.releases[town.redacted]
    town.releases.recall(MANAGER, town.redacted)
    town.phase.bring_up()
    assert town.redacted not in held
    town.index.put_releases([replace(recalled, version=recalled.version + 10)])
    found = town.differences()
    assert found.pop(town.redacted) is Difference.REMOVED
    assert found == dict.fromkeys(strange, Difference.UNKNOWN)
    assert town.repair() == Repair(0, len(strange) + 1)
    assert set(held) == {town.whole, town.existence}
    assert town.differences() == {}


def test_what_lacks_or_is_older_or_newer_is_written_again(town: Town) -> None:
    held, versions = town.index.releases, town.index._versions
    lost = held.pop(town.whole)
    was = held[town.redacted]
    held[town.redacted] = replace(was, version=1)
    newer = replace(held[town.existence], version=held[town.existence].version + 40)
    town.index.put_releases([newer])
    assert town.differences() == {
        town.whole: Difference.MISSING,
        town.redacted: Difference.OLDER,
        town.existence: Difference.NEWER,
    }
    assert town.repair() == Repair(3, 0)
    assert town.differences() == {}
    assert held[town.whole].pages == lost.pages
    assert held[town.redacted].pages == was.pages
    assert held[town.existence].version > newer.version
    assert versions[("released by erbach", town.existence)] == held[town.existence].version


@pytest.mark.parametrize("what", ["partners", "until", "form", "original"])
def test_a_copy_that_shows_more_than_was_given_is_noticed(town: Town, what: str) -> None:
    was = town.index.releases[town.redacted]
    seen = {
        "partners": release_digest(replace(was.access, partners=frozenset(), to_all=True), was.form, None),
        "until": release_digest(replace(was.access, until=was.access.until - 1), was.form, None),
        "form": release_digest(was.access, ReleaseForm.WHOLE, None),
        # of a redacted one, nothing of the file may be there
        "original": release_digest(was.access, was.form, "application/pdf"),
    }[what]
    town.held.altered[town.redacted] = Wanted(town.redacted, was.version, seen)
    assert town.differences() == {town.redacted: Difference.RIGHTS}
    assert town.repair() == Repair(1, 0)
    shown = town.index.releases[town.redacted]
    assert (shown.access, shown.form, shown.original, shown.pages) == (was.access, was.form, None, was.pages)


def test_what_is_on_its_way_is_no_finding(town: Town) -> None:
    town.releases.recall(MANAGER, town.whole)
    given = town.give(town.record("Neu", path="neu.txt"), WHOLE)
    found = town.compare()
    assert (found.findings, found.in_flight) == ((), 1)
    assert town.sides.repair(found) == Repair(0, 0)
    assert town.releases.release(MANAGER, given.release_id).state is ReleaseState.PENDING
    town.phase.bring_up()
    assert town.compare().findings == ()
    # the record changes, and its releases follow
    town.record("Anders")
    assert town.compare().findings == ()


def test_another_towns_releases_are_not_looked_at(town: Town) -> None:
    others = ReleasesCompared("michelstadt", town.comparing, town.index, Held(town))
    assert list(others.wanted()) == []
    assert town.comparing.releases_standing("michelstadt", [town.whole]) == {}
