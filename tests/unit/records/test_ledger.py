"""The ledger: leases, sequences, tombstones, quarantine, and who is told about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from records.access import Principal, ReadAccess, Reader, Role
from records.errors import NotVisibleError
from records.ledger import MAX_ATTEMPTS, Ledger
from records.ledger_reports import LedgerReports
from records.ledger_tables import State, VectorState, migrate
from records.ledger_values import Done, Fault, Seen, Source
from records.reasons import WORDS, Reason
from records.record import Metadata, TextState
from records.settings import LedgerSettings

SEEN = Seen(
    path="a/brief.txt",
    file_name="brief.txt",
    fingerprint="1",
    sha256="0" * 64,
    size=3,
    modified_at=1.0,
    metadata=Metadata(title="Brief", source_id="B-1"),
    access=ReadAccess("erbach", frozenset({Reader("erbach", "bauamt")})),
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def ledger(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Ledger]:
    settings = LedgerSettings(url=f"sqlite:///{tmp_path}/ledger.sqlite")
    if request.param == "postgres":
        settings = LedgerSettings(url=request.getfixturevalue("postgres").new_database())
    migrate(settings)
    migrate(settings)
    made = Ledger(settings)
    yield made
    made.close()


@pytest.fixture
def source(ledger: Ledger) -> Source:
    return ledger.source("erbach", "folder", "/srv/akten")


def _index(ledger: Ledger, ids: tuple[int, ...]) -> None:
    entries = ledger.claim(ids, "w", 30)
    ledger.finish([Done(e, text_state=TextState.FULL, vectors=VectorState.PENDING) for e in entries], "w")


def test_what_went_in_comes_out(ledger: Ledger, source: Source) -> None:
    (entry,) = ledger.claim(ledger.note(source, [SEEN]), "w", 30)
    assert (entry.metadata, entry.access, entry.sequence, entry.version) == (SEEN.metadata, SEEN.access, 1, 2)
    assert len(entry.record_id) == 26


def test_a_held_entry_is_given_to_nobody_else_until_the_lease_ends(ledger: Ledger, source: Source) -> None:
    ids = ledger.note(source, [SEEN])
    assert len(ledger.claim(ids, "one", 30)) == 1
    assert ledger.claim(ids, "two", 30) == ()
    ledger.renew(ids, "one", -1)
    assert len(ledger.claim(ids, "two", 30)) == 1


def test_an_entry_whose_worker_dies_thrice_goes_to_quarantine(ledger: Ledger, source: Source) -> None:
    ids = ledger.note(source, [SEEN])
    for _ in range(MAX_ATTEMPTS):
        assert len(ledger.claim(ids, "w", -1)) == 1
    assert ledger.claim(ids, "w", 30) == ()
    assert LedgerReports(ledger).quarantine_of("erbach")[0].code == Reason.CRASHED


def test_whoever_was_in_company_when_a_worker_died_is_tried_alone(ledger: Ledger, source: Source) -> None:
    ids = ledger.note(source, [SEEN, replace(SEEN, path="b")])
    assert len(ledger.claim(ids, "w", -1)) == 2
    later = ledger.note(source, [replace(SEEN, path="c")])
    assert ledger.suspects([*ids, *later]) == ids
    assert [e.id for e in ledger.claim([*ids, *later], "w", 30)] == list(later)
    for _ in range(MAX_ATTEMPTS):
        ledger.claim(ids, "w", -1)  # in company it is not even tried, so nothing adds up
    assert len(ledger.claim(ids[:1], "w", 30)) == 1
    assert ledger.suspects(ids) == ids[1:]
    assert LedgerReports(ledger).quarantine_of("erbach") == ()


def test_an_error_nobody_foresaw_is_blamed(ledger: Ledger, source: Source) -> None:
    ids = ledger.note(source, [SEEN])
    for _ in range(MAX_ATTEMPTS):
        assert len(ledger.claim(ids, "w", 30)) == 1
        ledger.release(ids, "w", blamed=True)
    assert ledger.claim(ids, "w", 30) == ()
    assert LedgerReports(ledger).quarantine_of("erbach")[0].code == Reason.CRASHED


def test_what_came_out_of_one_file_is_counted_together(ledger: Ledger, source: Source) -> None:
    outer = ledger.claim(ledger.note(source, [replace(SEEN, path="a_%.zip")]), "w", 30)[0]
    inside = [replace(SEEN, path=f"a_%.zip!/{name}", size=5) for name in ("b.zip", "c.zip")]
    inner, _ = ledger.claim(ledger.note(source, inside, parent=outer), "w", 30)
    ledger.note(source, [replace(SEEN, path="a_%.zip!/b.zip!/own", size=100)], parent=inner)
    ledger.note(source, [replace(SEEN, path="aXY.zip!/other", size=1000)])
    assert ledger.unpacked(inner, "!/") == (2, 10)


def test_a_source_is_found_by_the_name_that_people_see(ledger: Ledger, source: Source) -> None:
    assert ledger.source_named(source.name) == source
    for name in ("", "folder", "folder-", f"mail-{source.id}", "folder-999", "folder-99999999999999999999", "folder-²"):
        assert ledger.source_named(name) is None


def test_giving_back_costs_no_attempt(ledger: Ledger, source: Source) -> None:
    ids = ledger.note(source, [SEEN])
    for _ in range(MAX_ATTEMPTS + 2):
        assert len(ledger.claim(ids, "w", 30)) == 1
        ledger.release(ids, "w")


def test_a_change_during_the_work_is_not_lost(ledger: Ledger, source: Source) -> None:
    ids = ledger.note(source, [SEEN])
    (entry,) = ledger.claim(ids, "w", 30)
    ledger.note(source, [replace(SEEN, fingerprint="2")])
    ledger.finish([Done(entry, text_state=TextState.FULL)], "w")
    assert ledger.states(ids) == {ids[0]: State.PENDING}
    assert ledger.claim(ids, "w", 30)[0].sequence == 2


def test_sequence_grows_over_removal_and_return(ledger: Ledger, source: Source) -> None:
    ids = ledger.note(source, [SEEN])
    _index(ledger, ids)
    ledger.leave(ids)
    (leaving,) = ledger.claim(ids, "w", 30)
    ledger.finish([Done(leaving, removed=True)], "w")
    assert ledger.states(ids) == {ids[0]: State.REMOVED}
    assert ledger.known(source) == {}
    assert ledger.note(source, [SEEN]) == ids
    assert ledger.claim(ids, "w", 30)[0].sequence == 3


def test_a_file_that_became_unreadable_leaves_the_index_first(ledger: Ledger, source: Source) -> None:
    ids = ledger.note(source, [SEEN])
    _index(ledger, ids)
    ledger.note(source, [replace(SEEN, sha256=None, fault=Fault(Reason.NO_PERMISSION))])
    assert ledger.states(ids) == {ids[0]: State.REMOVING}
    (leaving,) = ledger.claim(ids, "w", 30)
    ledger.finish([Done(leaving, removed=True)], "w")
    assert ledger.states(ids) == {ids[0]: State.QUARANTINED}


def test_a_fault_of_the_pipeline_takes_the_old_text_out_of_the_index(ledger: Ledger, source: Source) -> None:
    ids = ledger.note(source, [SEEN])
    _index(ledger, ids)
    ledger.note(source, [replace(SEEN, fingerprint="2")])
    (entry,) = ledger.claim(ids, "w", 30)
    assert ledger.finish([Done(entry, fault=Fault(Reason.DAMAGED))], "w") == ids
    (leaving,) = ledger.claim(ids, "w", 30)
    assert (leaving.state, leaving.sequence) == (State.REMOVING, 3)


def test_members_leave_with_their_archive(ledger: Ledger, source: Source) -> None:
    ids = ledger.note(source, [SEEN])
    (archive,) = ledger.claim(ids, "w", 30)
    inner = ledger.note(source, [replace(SEEN, path="a/brief.txt!/x")], parent=archive)
    assert set(ledger.leave(ids)) == {*ids, *inner}


def test_the_sweep_finds_what_nobody_was_told(ledger: Ledger, source: Source) -> None:
    ids = ledger.note(source, [SEEN])
    assert ledger.lost_work(quiet_seconds=60, limit=10) == ()
    assert ledger.lost_work(quiet_seconds=-1, limit=10) == ids
    assert ledger.lost_work(quiet_seconds=60, limit=10) == ()


def test_the_sweep_finds_expired_leases_at_once(ledger: Ledger, source: Source) -> None:
    ids = ledger.note(source, [SEEN])
    ledger.claim(ids, "w", -1)
    assert ledger.lost_work(quiet_seconds=60, limit=10) == ids


def test_what_a_dead_holder_held_is_found_at_once_and_nothing_else(ledger: Ledger, source: Source) -> None:
    seen = [replace(SEEN, path=name) for name in ("dead", "alive", "done", "free")]
    dead, alive, done, free = ledger.note(source, seen)
    (finished,) = ledger.claim([done], "dead", 30)
    ledger.finish([Done(finished, text_state=TextState.FULL)], "dead")
    ledger.claim([dead], "dead", 30)
    ledger.claim([alive], "alive", 30)
    asked: list[str] = []
    ledger.end_leases(lambda holder: bool(asked.append(holder)) or holder == "dead")
    assert sorted(asked) == ["alive", "dead"]
    assert ledger.lost_work(quiet_seconds=60, limit=10) == (dead,)
    assert ledger.suspects([dead]) == (dead,)  # it may have been what killed the holder
    assert not ledger.claim([alive], "other", 30)
    assert ledger.claim([free, dead], "other", 30)[0].id == free


def test_vectors_are_for_the_newest_first_and_held(ledger: Ledger, source: Source) -> None:
    old = replace(SEEN, path="old")
    ids = ledger.note(source, [SEEN, old])
    _index(ledger, ids)
    first = ledger.claim_vectors("v", 1, 30)
    second = ledger.claim_vectors("w", 5, 30)
    assert [e.id for e in (*first, *second)] == [ids[1], ids[0]]
    ledger.finish_vectors(first, "v")
    ledger.release_vectors(second, "w")
    assert ledger.work(source).vectors_pending == 1


def test_a_vector_is_kept_once(ledger: Ledger) -> None:
    ledger.keep_vectors("m", {"h": b"1"})
    ledger.keep_vectors("m", {"h": b"2", "i": b"3"})
    assert ledger.vectors_of("m", ["h", "i", "k"]) == {"h": b"1", "i": b"3"}
    assert ledger.vectors_of("other", ["h"]) == {}


def test_a_source_is_held_by_one(ledger: Ledger, source: Source) -> None:
    assert ledger.hold_source(source, "one", 30)
    assert not ledger.hold_source(source, "two", 30)
    ledger.leave_source(source, "one")
    assert ledger.hold_source(source, "two", 30)


def test_only_records_managers_of_the_tenant_see_the_quarantine(ledger: Ledger, source: Source) -> None:
    ledger.note(source, [replace(SEEN, fault=Fault(Reason.EMPTY))])
    reports = LedgerReports(ledger)
    manager = Principal("m", "erbach", frozenset(), frozenset({Role.RECORDS_MANAGER}))
    assert [f.path for f in reports.quarantine(manager)] == [SEEN.path]
    assert reports.jobs(manager).quarantined == 1
    assert reports.quarantine(replace(manager, tenant="oberzent", groups=frozenset())) == ()
    for read in (reports.quarantine, reports.sources, reports.jobs):
        with pytest.raises(NotVisibleError):
            read(Principal("c", "erbach", frozenset()))


def test_every_reason_has_its_words() -> None:
    assert set(WORDS) == set(Reason)
