"""What a file held before its newer version is named for erasing once nothing shows it any more, and only then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from records.access import ReadAccess, Role
from records.ledger import Ledger
from records.ledger_erasure import LedgerErasure, Replaced
from records.ledger_holds import LedgerHolds
from records.ledger_tables import VectorState, migrate
from records.ledger_values import Done, Fault, Seen
from records.reasons import Reason
from records.record import Metadata, TextState
from records.settings import LedgerSettings
from tests.factories import principal

OLD, NEW = "a" * 64, "b" * 64
SEEN = Seen("brief.txt", "brief.txt", "1", OLD, 3, 1.0, Metadata(title="Brief"), ReadAccess("erbach"))


@dataclass
class Town:
    ledger: Ledger
    erasure: LedgerErasure
    holds: LedgerHolds

    def note(self, *seen: Seen) -> tuple[int, ...]:
        return self.ledger.note(self.ledger.source("erbach", "folder", "/beispiel"), seen)

    def index(self, ids: tuple[int, ...], vectors: VectorState = VectorState.DONE) -> None:
        done = [Done(e, text_state=TextState.FULL, vectors=vectors) for e in self.ledger.claim(ids, "w", 30)]
        self.ledger.finish(done, "w")

    def replaced(self) -> tuple[Replaced, ...]:
        return self.erasure.replaced(10)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def town(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    settings = LedgerSettings(url=f"sqlite:///{tmp_path}/ledger.sqlite")
    if request.param == "postgres":
        settings = LedgerSettings(url=request.getfixturevalue("postgres").new_database())
    migrate(settings)
    made = Town(Ledger(settings), LedgerErasure(settings), LedgerHolds(settings))
    yield made
    made.ledger.close()
    made.erasure.close()
    made.holds.close()


def test_a_content_that_was_replaced_is_named_until_it_is_erased(town: Town) -> None:
    ids = town.note(SEEN)
    town.index(ids)
    assert town.note(replace(SEEN, sha256=NEW)) == ids
    assert town.replaced() == (), "the index still shows it"
    town.index(ids, VectorState.PENDING)
    assert town.replaced() == (), "its vectors may still be wanted"
    town.index(town.note(replace(SEEN, sha256=NEW, fingerprint="2")))
    [one] = town.replaced()
    assert (one.sha256, one.by, one.alone) == (OLD, NEW, True)
    town.erasure.forget_replaced([one])
    assert town.replaced() == ()


def test_a_content_that_another_record_has_is_not_alone(town: Town) -> None:
    ids = town.note(SEEN, replace(SEEN, path="abschrift.txt"))
    town.index(ids)
    town.index(town.note(replace(SEEN, sha256=NEW)))
    assert [one.alone for one in town.replaced()] == [False]
    town.ledger.leave(ids[1:])
    assert [one.alone for one in town.replaced()] == [False], "on its way out, and still opened"


def test_a_content_that_came_back_twice_is_named_once(town: Town) -> None:
    for sha256 in (OLD, NEW, OLD, NEW):
        town.index(town.note(replace(SEEN, sha256=sha256)))
    assert {(one.sha256, one.alone) for one in town.replaced()} == {(OLD, True), (NEW, False)}


def test_what_a_file_held_before_it_became_unreadable_is_named(town: Town) -> None:
    ids = town.note(SEEN)
    town.index(ids)
    town.note(replace(SEEN, sha256=None, fault=Fault(Reason.SIDECAR, None)))
    assert town.replaced() == (), "it has to leave the index first"
    town.index(ids)
    assert [(one.sha256, one.by) for one in town.replaced()] == [(OLD, None)]


def test_what_a_held_record_had_before_stays_until_the_hold_ends(town: Town) -> None:
    manager = principal("erbach", roles=(Role.RECORDS_MANAGER,))
    ids = town.note(SEEN)
    town.index(ids)
    town.index(town.note(replace(SEEN, sha256=NEW)))
    assert len(town.replaced()) == 1
    (entry,) = town.ledger.claim(town.note(replace(SEEN, sha256=NEW, fingerprint="2")), "w", 30)
    town.ledger.finish([Done(entry, text_state=TextState.FULL)], "w")
    hold = town.holds.place(manager, entry.record_id, "Rechtsstreit")
    assert town.replaced() == ()
    town.holds.lift(manager, hold.hold_id)
    assert [one.sha256 for one in town.replaced()] == [OLD]


def test_a_tombstone_comes_after_all_that_its_file_held(town: Town) -> None:
    ids = town.note(SEEN)
    town.index(ids)
    town.index(town.note(replace(SEEN, sha256=NEW)))
    (entry,) = town.ledger.claim(town.ledger.leave(ids), "w", 30)
    town.ledger.finish([Done(entry, removed=True)], "w")
    assert town.erasure.left_behind(10) == ()
    town.erasure.forget_replaced(town.replaced())
    assert [left.id for left in town.erasure.left_behind(10)] == list(ids)
