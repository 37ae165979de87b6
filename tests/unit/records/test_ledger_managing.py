"""What records managers see and decide: receipts of deletions, legal holds, ends of retention, agreements, retries."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from records.access import Role
from records.errors import InvalidInputError, NotVisibleError
from records.ledger import Ledger
from records.ledger_decisions import LedgerDecisions
from records.ledger_erasure import LedgerErasure
from records.ledger_holds import LedgerHolds
from records.ledger_reconciliation import LedgerReconciliation
from records.ledger_removals import LedgerRemovals
from records.ledger_reports import LedgerReports
from records.ledger_retention import LedgerRetention
from records.ledger_tables import State, VectorState, entries, migrate
from records.ledger_values import Done, Fault, Seen, Source
from records.reasons import Reason
from records.record import Metadata, TextState
from records.settings import LedgerSettings
from tests.factories import access, principal

MANAGER = principal("erbach", "bauamt", roles=(Role.RECORDS_MANAGER,))
#: manages, and may not read what belongs to the Bauamt
STRANGER = principal("erbach", "hauptamt", roles=(Role.RECORDS_MANAGER,))
NEIGHBOUR = principal("oberzent", "bauamt", roles=(Role.RECORDS_MANAGER,))
NOBODY = [principal("erbach", "bauamt"), principal("erbach", "bauamt", roles=(Role.RECORDS_MANAGER,), software=())]
TODAY = dt.date(2030, 6, 1)


def content_of(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()


class Town:
    """A ledger with one source, and what records managers ask."""

    def __init__(self, settings: LedgerSettings) -> None:
        migrate(settings)
        self.ledger = Ledger(settings)
        self.source: Source = self.ledger.source("erbach", "folder", "/srv/akten")
        self.erasure, self.removals, self.holds = (
            LedgerErasure(settings),
            LedgerRemovals(settings),
            LedgerHolds(settings),
        )
        self.retention, self.decisions = LedgerRetention(settings), LedgerDecisions(settings)
        self.reports, self.comparing = LedgerReports(self.ledger), LedgerReconciliation(settings)

    def take_in(self, path: str, *, parent: Any = None, fault: Fault | None = None, **metadata: Any) -> int:
        seen = Seen(
            path=path,
            file_name=path,
            fingerprint="1",
            sha256=content_of(path),
            size=3,
            modified_at=1.0,
            metadata=Metadata(title=f"Beispiel {path}", file_reference="632.1/2024", **metadata),
            access=access("erbach", "bauamt"),
        )
        (entry_id,) = self.ledger.note(self.source, [seen], parent=parent)
        [entry] = self.ledger.claim([entry_id], "w", 30)
        done = Done(entry, fault=fault) if fault else Done(entry, text_state=TextState.FULL, vectors=VectorState.DONE)
        self.ledger.finish([done], "w")
        return entry_id

    def change(self, entry_id: int, **values: Any) -> None:
        with self.ledger.engine.begin() as connection:
            connection.execute(entries.update().where(entries.c.id == entry_id).values(**values))

    def remove(self, entry_id: int) -> None:
        ids = self.ledger.leave([entry_id])
        self.ledger.finish([Done(e, removed=True) for e in self.ledger.claim(ids, "w", 30)], "w")

    def erase(self) -> list[int]:
        left = [one.id for one in self.erasure.left_behind(100)]
        self.erasure.forget(left)
        return left

    def record_id(self, entry_id: int) -> str:
        with self.ledger._reading() as connection:
            [entry] = self.ledger._load(connection, [entry_id])
        return entry.record_id


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def town(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    settings = LedgerSettings(url=f"sqlite:///{tmp_path}/ledger.sqlite")
    if request.param == "postgres":
        settings = LedgerSettings(url=request.getfixturevalue("postgres").new_database())
    made = Town(settings)
    yield made
    for part in (made.ledger, made.erasure, made.removals, made.holds, made.retention, made.decisions, made.comparing):
        part.close()


def test_a_deletion_leaves_a_receipt_of_each_step_and_no_word(town: Town) -> None:
    one = town.take_in("brief.txt")
    town.ledger.leave([one])
    town.ledger.leave([one])
    [receipt] = town.removals.receipts(MANAGER, size=10)
    assert (receipt.record_id, receipt.source) == (town.record_id(one), town.source.name)
    assert (receipt.unindexed_at, receipt.erased_at, receipt.seconds_to_gone) == (None, None, None)
    town.remove(one)
    [receipt] = town.removals.receipts(MANAGER, size=10)
    assert receipt.unindexed_at is not None
    assert receipt.unindexed_at >= receipt.left_at
    gone = town.removals.gone()
    assert (gone.unindexed.number, gone.erased.number, gone.waiting) == (1, 0, 1)
    assert town.erase() == [one]
    [receipt] = town.removals.receipts(MANAGER, size=10)
    assert receipt.seconds_to_gone is not None
    assert 0 <= receipt.seconds_to_gone < 60
    assert "brief" not in str(receipt)
    gone = town.removals.gone()
    assert (gone.erased.number, gone.waiting, gone.oldest) == (1, 0, 0.0)
    assert gone.erased.counted[-1] == 1


def test_what_comes_back_is_not_said_to_be_gone_and_leaves_anew(town: Town) -> None:
    one = town.take_in("brief.txt")
    town.remove(one)
    assert town.take_in("brief.txt") == one
    assert town.erase() == []
    [receipt] = town.removals.receipts(MANAGER, size=10)
    assert receipt.returned_at is not None
    assert receipt.erased_at is None
    assert town.removals.gone().waiting == 0
    town.remove(one)
    town.erase()
    newest, oldest = town.removals.receipts(MANAGER, size=10)
    assert (newest.erased_at is None, oldest.erased_at is None) == (False, True)


def test_under_a_hold_nothing_is_erased_until_it_is_lifted(town: Town) -> None:
    archive = town.take_in("mappe.zip")
    with town.ledger._reading() as connection:
        [entry] = town.ledger._load(connection, [archive])
    member = town.take_in("mappe.zip!/brief.txt", parent=entry)
    other = town.take_in("anderes.txt")
    placed = town.holds.place(MANAGER, town.record_id(archive), "  Klage  vor dem Verwaltungsgericht ")
    assert (placed.reason, placed.placed_by, placed.at_source) == ("Klage vor dem Verwaltungsgericht", "bea", True)
    assert town.holds.place(STRANGER, town.record_id(archive), "noch einmal") == placed
    town.remove(archive)
    town.remove(other)
    # what lies in the archive is held with it; it has left the index like everything else
    assert town.ledger.states([archive, member]) == dict.fromkeys((archive, member), State.REMOVED)
    assert town.erase() == [other]
    assert [one.held for one in town.removals.receipts(MANAGER, size=10)] == [False, True, True]
    assert town.removals.gone().oldest == 0.0
    assert not town.holds.of(MANAGER)[0].at_source
    lifted = town.holds.lift(MANAGER, placed.hold_id)
    assert lifted.lifted_by == "bea"
    assert town.holds.lift(MANAGER, placed.hold_id) == lifted
    assert sorted(town.erase()) == sorted([archive, member])


def test_a_hold_keeps_the_content_of_its_day_whoever_else_has_it(town: Town) -> None:
    """The source changes a held record, then another record with the earlier content leaves: the content stays."""
    held = town.take_in("a.txt")
    town.holds.place(MANAGER, town.record_id(held), "Klage")
    town.change(held, sha256="1" * 64)
    twin = town.take_in("b.txt")
    town.change(twin, sha256=content_of("a.txt"))
    town.remove(twin)
    [left] = town.erasure.left_behind(10)
    assert not left.alone


def test_holds_are_for_records_of_the_own_town(town: Town) -> None:
    one = town.take_in("brief.txt")
    for asking in (NEIGHBOUR, *NOBODY):
        with pytest.raises(NotVisibleError):
            town.holds.place(asking, town.record_id(one), "Klage")
    with pytest.raises(NotVisibleError):
        town.holds.place(MANAGER, "a" * 26, "Klage")
    with pytest.raises(InvalidInputError, match="reason"):
        town.holds.place(MANAGER, town.record_id(one), "  ")
    placed = town.holds.place(MANAGER, town.record_id(one), "Klage")
    for asking in (NEIGHBOUR, *NOBODY):
        with pytest.raises(NotVisibleError):
            town.holds.lift(asking, placed.hold_id)
    assert town.holds.of(NEIGHBOUR) == ()
    town.holds.lift(MANAGER, placed.hold_id)
    town.remove(one)
    town.erase()
    # of what is erased nothing can be held any more
    with pytest.raises(NotVisibleError):
        town.holds.place(MANAGER, placed.record_id, "Klage")


def test_the_end_of_retention_is_told_and_removes_nothing(town: Town) -> None:
    due = town.take_in("alt.txt", retention_end=dt.date(2029, 12, 31))
    older = town.take_in("aelter.txt", retention_end=dt.date(2020, 12, 31))
    town.take_in("heute.txt", retention_end=TODAY)
    town.take_in("ohne.txt")
    found = town.retention.due(MANAGER, TODAY, size=10)
    assert [one.record_id for one in found] == [town.record_id(older), town.record_id(due)]
    assert [one.title for one in found] == ["Beispiel aelter.txt", "Beispiel alt.txt"]
    assert town.retention.count(MANAGER, TODAY) == 2
    [first] = town.retention.due(MANAGER, TODAY, size=1)
    after = (first.retention_end.isoformat(), first.record_id)
    assert [one.record_id for one in town.retention.due(MANAGER, TODAY, size=10, after=after)] == [town.record_id(due)]
    # who manages and may not read is told that it is time, not what it is
    assert {(one.title, one.file_reference) for one in town.retention.due(STRANGER, TODAY, size=10)} == {(None, None)}
    assert town.retention.due(NEIGHBOUR, TODAY, size=10) == ()
    assert set(town.ledger.states([due, older]).values()) == {State.INDEXED}
    town.remove(due)
    assert town.retention.count(MANAGER, TODAY) == 1


def test_one_file_or_one_cause_is_read_again(town: Town) -> None:
    broken = [town.take_in(f"{n}.pdf", fault=Fault(Reason.DAMAGED)) for n in range(3)]
    locked = town.take_in("geheim.pdf", fault=Fault(Reason.ENCRYPTED))
    never = town.take_in("vs.pdf", fault=Fault(Reason.CLASSIFIED))
    listed = {one.record_id: one for one in town.reports.quarantine(MANAGER)}
    assert listed[town.record_id(broken[0])].can_retry
    assert not listed[town.record_id(never)].can_retry
    for asking in (NEIGHBOUR, *NOBODY):
        with pytest.raises(NotVisibleError):
            town.decisions.retry(asking, record_id=town.record_id(broken[0]))
    assert town.ledger.quarantined_ids("erbach", record_id=town.record_id(broken[1])) == ((broken[1],), 0)
    assert town.ledger.quarantined_ids("erbach", record_id=town.record_id(never)) == ((), 1)
    one = town.decisions.retry(MANAGER, record_id=town.record_id(broken[0]))
    assert (one.retried, one.not_read) == (1, 0)
    cause = town.decisions.retry(MANAGER, reason=Reason.DAMAGED)
    assert (cause.retried, cause.not_read) == (2, 0)
    everything = town.decisions.retry(MANAGER)
    assert (everything.retried, everything.not_read) == (1, 1)
    # nobody told the workers; the sweep does
    assert set(town.ledger.lost_work(quiet_seconds=3600, limit=10)) == {*broken, locked}
    with pytest.raises(InvalidInputError, match="reason"):
        town.decisions.retry(MANAGER, reason="gibt es nicht")


def test_a_removal_is_agreed_to_by_its_number(town: Town) -> None:
    ids = [town.take_in(f"{n}.txt") for n in range(3)]
    town.ledger.miss(town.source, ["0.txt", "1.txt"])
    name = town.source.name
    [state] = town.reports.sources(MANAGER)
    assert (state.state, state.held, state.removal_agreed) == ("held", 2, False)
    assert [one.path for one in town.reports.missing(MANAGER, name)] == ["0.txt", "1.txt"]
    assert town.reports.missing(NEIGHBOUR, name) == ()
    for asking in (NEIGHBOUR, *NOBODY):
        with pytest.raises(NotVisibleError):
            town.decisions.agree(asking, name, held=2)
    with pytest.raises(InvalidInputError, match="look again"):
        town.decisions.agree(MANAGER, name, held=3)
    assert not town.reports.sources(MANAGER)[0].removal_agreed
    assert town.decisions.agree(MANAGER, name, held=2).held == 2
    assert town.reports.sources(MANAGER)[0].removal_agreed
    assert set(town.ledger.states(ids).values()) == {State.INDEXED}


def test_a_source_says_how_it_is(town: Town) -> None:
    town.take_in("gut.txt")
    town.take_in("kaputt.pdf", fault=Fault(Reason.DAMAGED))
    town.ledger.note(town.source, [replace(_seen("neu.txt"))])
    [state] = town.reports.sources(MANAGER)
    assert (state.state, state.errors, state.counts) == (
        "working",
        {"damaged": 1},
        {"indexed": 1, "pending": 1, "quarantined": 1},
    )
    assert (state.rate_per_minute, state.remaining_seconds) == (1, 60)
    assert town.ledger.hold_source(town.source, "w", 30)
    assert town.reports.sources(MANAGER)[0].state == "running"


def _seen(path: str) -> Seen:
    return Seen(path, path, "1", "0" * 64, 3, 1.0, Metadata("Neu"), access("erbach", "bauamt"))
