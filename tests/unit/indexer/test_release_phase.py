"""The index of releases follows the ledger: forms, changes, recalls, ends, rules, outages, two workers at once."""

from __future__ import annotations

import datetime as dt
import hashlib
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from indexer.extraction import Extraction, Extractor
from indexer.known_vectors import name_of
from indexer.releases import ReleasePhase
from indexer.settings import LimitSettings, TikaSettings
from records.access import Confidentiality, Principal, PrivacyClass, Role
from records.files import FileStore
from records.ledger import Ledger
from records.ledger_release_work import LedgerReleaseWork
from records.ledger_releases import LedgerReleases
from records.ledger_tables import VectorState, migrate
from records.ledger_values import Done, Fault, Seen
from records.reasons import Reason
from records.record import Metadata, Page, TextState
from records.refusals import Refusals
from records.release import (
    Grounds,
    RecallReason,
    Redaction,
    Release,
    ReleaseDraft,
    ReleasedRecord,
    ReleaseForm,
    ReleaseState,
    RuleDraft,
    Shown,
    ShownField,
    parse_access,
)
from records.settings import LedgerSettings
from records.testing import FakeEmbedder, InMemoryRecordIndex
from tests.factories import access, principal

LIMITS = LimitSettings()
TENANTS = ("erbach", "michelstadt")
MANAGER: Principal = principal("erbach", "bauamt", roles=(Role.RECORDS_MANAGER,))
GROUNDS = Grounds("Beispiel", "§ 22 HDSIG")
REFUSALS = Refusals(departments=("standesamt",), file_plans=())
META = Metadata(
    title="Beispiel: Bescheid Ypsilon",
    source_id="DMS-1",
    file_reference="020-4/24",
    file_plan="020",
    document_type="Satzung",
    date=dt.date(2024, 3, 1),
    department="bauamt",
    case_type="Baumfällung",
    case_reference="V-7",
    retention_end=dt.date(2040, 1, 1),
    fields={"Antragsteller": "Beispielperson"},
)
REDACTION = Redaction("Beispiel: ein Bescheid", ("Die Kastanie wurde gefällt.", "Auflage: Ersatz."))


class World:
    """A ledger and kept texts, an index in memory, and the phase that works on them."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.settings = LedgerSettings(url=url or f"sqlite:///{folder}/ledger.sqlite")
        migrate(self.settings)
        self.ledger = Ledger(self.settings)
        self.source = self.ledger.source("erbach", "folder", "/srv/akten")
        self.releases = LedgerReleases(self.settings, REFUSALS)
        self.extractor = Extractor(TikaSettings(url="http://127.0.0.1:9"), LIMITS, FileStore(folder / "files"))
        self.embedder, self.index = FakeEmbedder(), InMemoryRecordIndex()
        self.work = LedgerReleaseWork(self.settings, REFUSALS)
        self.phase = self.new_phase(self.work)

    def new_phase(self, work: LedgerReleaseWork) -> ReleasePhase:
        return ReleasePhase(
            work=work,
            vectors=self.ledger,
            extractor=self.extractor,
            embedder=self.embedder,
            writer=self.index,
            limits=LIMITS,
            lease_seconds=30,
        )

    def close(self) -> None:
        for one in (self.ledger, self.releases, self.work):
            one.close()

    def record(self, text: str = "Eine Linde, Ypsilon.", path: str = "a.txt", **changes: Any) -> str:
        """Note a file with this text, as a source and the pipeline would; return its record's id."""
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        self.extractor.keep(sha256, Extraction("text/plain", (Page(1, text),), TextState.FULL))
        seen = Seen(path, path, sha256, sha256, len(text), 1.0, META, access("erbach", "bauamt"))
        ids = self.ledger.note(self.source, [replace(seen, **changes)])
        return self.indexed(ids)

    def indexed(self, ids: tuple[int, ...]) -> str:
        (entry,) = self.ledger.claim(ids, "w", 30)
        day = entry.metadata.date
        found = {"media_type": "text/plain", "text_state": TextState.FULL, "record_date": day}
        done = Done(entry, vectors=VectorState.PENDING, **found)  # type: ignore[arg-type]
        self.ledger.finish([done], "w")
        return entry.record_id

    def remove(self, path: str = "a.txt") -> None:
        ids = self.ledger.leave([self.ledger.known(self.source)[path].id])
        self.ledger.finish([Done(e, removed=True) for e in self.ledger.claim(ids, "w", 30)], "w")

    def vectors_known(self, text: str) -> None:
        """Let the vector phase have been there."""
        self.ledger.keep_vectors("fake", {name_of(text): self.embedder.embed_query(text)})
        held = self.ledger.claim_vectors("v", 10, 30)
        self.ledger.finish_vectors(held, "v")

    def give(self, record_id: str, shown: Shown, *partners: str, until: dt.date | None = None) -> Release:
        given = parse_access("erbach", partners or ("*",), until, TENANTS)
        return self.releases.create(MANAGER, ReleaseDraft(record_id, shown, given, GROUNDS))

    def state(self, release: Release) -> tuple[ReleaseState, RecallReason | None]:
        now = self.releases.release(MANAGER, release.release_id)
        return now.state, now.reason

    def shown(self, release: Release) -> ReleasedRecord:
        self.phase.bring_up()
        return self.index.releases[release.release_id]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    postgres = request.param == "postgres"
    made = World(tmp_path, request.getfixturevalue("postgres").new_database() if postgres else None)
    yield made
    made.close()


WHOLE = Shown(ReleaseForm.WHOLE)
REDACTED = Shown(ReleaseForm.REDACTED, REDACTION, frozenset({ShownField.DEPARTMENT}))
EXISTENCE = Shown(ReleaseForm.EXISTENCE, None, frozenset({ShownField.YEAR, ShownField.CASE_TYPE}))


def test_a_whole_release_copies_what_may_be_seen_and_no_more(world: World) -> None:
    record_id = world.record()
    release = world.give(record_id, WHOLE)
    shown = world.shown(release)
    assert world.state(release) == (ReleaseState.SHOWN, None)
    assert shown.pages == (Page(1, "Eine Linde, Ypsilon."),)
    assert shown.original is not None
    assert shown.year == "2024"
    assert shown.metadata == replace(META, source_id=None, retention_end=None, fields={})
    assert record_id not in repr(shown)
    assert "Beispielperson" not in repr(shown)


def test_a_redacted_release_holds_no_word_of_the_record(world: World) -> None:
    shown = world.shown(world.give(world.record(), REDACTED))
    assert [page.text for page in shown.pages] == list(REDACTION.pages)
    assert shown.metadata == Metadata(title=REDACTION.title, department="bauamt")
    assert (shown.original, shown.year) == (None, None)
    assert len(shown.passages) == 2
    assert "Ypsilon" not in repr(shown)


def test_mere_existence_holds_the_ticked_fields_alone(world: World) -> None:
    shown = world.shown(world.give(world.record(), EXISTENCE))
    assert shown.metadata == Metadata(title="", case_type="Baumfällung")
    assert shown.year == "2024"
    assert (shown.pages, shown.passages, shown.vectors, shown.original) == ((), (), None, None)


def test_words_come_first_and_vectors_when_they_can_be_had(world: World) -> None:
    whole = world.give(world.record(), WHOLE)
    redacted = world.give(whole.record_id, REDACTED)
    world.embedder.down = True
    assert world.shown(whole).vectors is None
    world.phase.embed()
    assert world.index.releases[redacted.release_id].vectors is None, "the model is away"
    world.embedder.down = False
    world.phase.embed()
    assert len(world.index.releases[redacted.release_id].vectors or ()) == 2
    assert world.index.releases[whole.release_id].vectors is None, "the record's own vectors come first"
    world.vectors_known("Eine Linde, Ypsilon.")
    world.embedder.down = True
    world.phase.embed()
    assert world.index.releases[whole.release_id].vectors is not None, "nothing was computed twice"


def test_a_whole_release_follows_its_record(world: World) -> None:
    release = world.give(world.record(), WHOLE)
    world.shown(release)
    world.record("Eine Eiche statt dessen.")
    assert world.shown(release).pages == (Page(1, "Eine Eiche statt dessen."),)
    world.record("Eine Eiche statt dessen.", metadata=replace(META, title="Neuer Titel"))
    assert world.shown(release).metadata.title == "Neuer Titel"
    assert world.state(release) == (ReleaseState.SHOWN, None)


def test_what_has_changed_is_not_written_before_the_record_is_ready(world: World) -> None:
    release = world.give(world.record(), WHOLE)
    world.shown(release)
    sha256 = "f" * 64
    world.ledger.note(world.source, [Seen("a.txt", "a.txt", "2", sha256, 3, 1.0, META, access("erbach", "bauamt"))])
    assert world.shown(release).pages == (Page(1, "Eine Linde, Ypsilon."),)
    assert world.state(release)[0] is ReleaseState.PENDING


def test_a_record_that_is_gone_takes_its_releases_with_it(world: World) -> None:
    given = [world.give(world.record(), shown) for shown in (WHOLE, REDACTED, EXISTENCE)]
    for release in given:
        world.shown(release)
    world.remove()
    world.phase.bring_up()
    assert world.index.releases == {}
    assert {world.state(r) for r in given} == {(ReleaseState.RECALLED, RecallReason.RECORD_GONE)}
    # the words of a redaction do not outlive it
    assert "Kastanie" not in repr(world.releases.of(MANAGER))
    world.record()
    world.phase.bring_up()
    assert world.index.releases == {}, "what came back is not shown before somebody decides so again"


def test_a_record_that_can_no_longer_be_read_takes_its_releases_with_it(world: World) -> None:
    release = world.give(world.record(), REDACTED)
    world.shown(release)
    ids = world.ledger.note(
        world.source, [Seen("a.txt", "a.txt", "2", "f" * 64, 3, 1.0, META, access("erbach", "bauamt"))]
    )
    world.ledger.finish([Done(e, fault=Fault(Reason.DAMAGED)) for e in world.ledger.claim(ids, "w", 30)], "w")
    world.phase.bring_up()
    assert world.index.releases == {}
    assert world.state(release) == (ReleaseState.RECALLED, RecallReason.RECORD_GONE)


@pytest.mark.parametrize(
    ("changes", "stays"),
    [
        ({"access": replace(access("erbach", "bauamt"), privacy_class=PrivacyClass.SOCIAL)}, set()),
        ({"metadata": replace(META, department="Standesamt")}, set()),
        (
            {"access": replace(access("erbach", "bauamt"), confidentiality=Confidentiality.CONFIDENTIAL)},
            {ReleaseForm.REDACTED, ReleaseForm.EXISTENCE},
        ),
    ],
)
def test_what_becomes_protected_is_taken_back(world: World, changes: dict[str, Any], stays: set[ReleaseForm]) -> None:
    given = [world.give(world.record(), shown) for shown in (WHOLE, REDACTED, EXISTENCE)]
    for release in given:
        world.shown(release)
    world.record(**changes)
    world.phase.bring_up()
    assert {shown.form for shown in world.index.releases.values()} == stays
    for release in given:
        gone = (ReleaseState.RECALLED, RecallReason.REFUSED)
        assert world.state(release) == ((ReleaseState.SHOWN, None) if release.shown.form in stays else gone)


def test_it_is_taken_back_before_the_record_has_been_read_again(world: World) -> None:
    release = world.give(world.record(), WHOLE)
    world.shown(release)
    tax = replace(access("erbach", "bauamt"), privacy_class=PrivacyClass.TAX)
    world.ledger.note(world.source, [Seen("a.txt", "a.txt", "2", "f" * 64, 3, 1.0, META, tax)])
    world.phase.bring_up()
    assert world.index.releases == {}


def test_a_recall_takes_a_release_out_even_from_a_worker_that_holds_it(world: World) -> None:
    release = world.give(world.record(), WHOLE)
    (held,) = world.work.claim("dead worker", 10, 30)
    world.releases.recall(MANAGER, release.release_id)
    world.phase.bring_up()
    assert world.state(release) == (ReleaseState.RECALLED, RecallReason.RECALLED)
    # the worker wakes up and writes what it held
    world.index.put_releases([world.phase._release(held)])
    world.work.finish([], "dead worker")
    assert world.index.releases == {}
    assert world.state(release)[0] is ReleaseState.RECALLED


def test_an_end_that_has_passed_takes_it_out(world: World) -> None:
    release = world.give(world.record(), WHOLE, until=dt.date(2099, 1, 1))
    world.shown(release)
    _execute(world, "update releases set until = 1000")
    world.phase.bring_up()
    assert world.index.releases == {}
    assert world.state(release) == (ReleaseState.RECALLED, RecallReason.ENDED)


def test_nothing_is_lost_while_the_engine_is_away(world: World) -> None:
    first = world.give(world.record(), WHOLE)
    second = world.give(first.record_id, REDACTED)
    world.shown(first)
    world.releases.recall(MANAGER, second.release_id)
    world.index.down = True
    third = world.give(first.record_id, EXISTENCE)
    world.phase.bring_up()
    assert world.state(second)[0] is ReleaseState.RECALLING
    world.index.down = False
    world.phase.bring_up()
    assert world.index.releases.keys() == {first.release_id, third.release_id}
    assert world.state(second)[0] is ReleaseState.RECALLED


def test_two_workers_at_once_do_each_thing_once(world: World) -> None:
    given = [world.give(world.record(f"Baum {n}", f"{n}.txt"), WHOLE) for n in range(40)]
    others = [LedgerReleaseWork(world.settings, REFUSALS) for _ in range(3)]
    written: list[str] = []
    put = world.index.put_releases

    def noted(some: Any) -> Any:
        written.extend(release.release_id for release in some)
        return put(some)

    world.index.put_releases = noted  # type: ignore[method-assign]
    with ThreadPoolExecutor(4) as pool:
        for running in [pool.submit(world.new_phase(w).bring_up) for w in (*others, world.work)]:
            running.result()
    for other in others:
        other.close()
    assert sorted(written) == sorted(release.release_id for release in given)


def test_one_release_that_cannot_be_made_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, good = world.give(world.record("x", "x.txt"), WHOLE), world.give(world.record("y", "y.txt"), WHOLE)
    recalled = world.give(world.record("z", "z.txt"), WHOLE)
    world.releases.recall(MANAGER, recalled.release_id)
    sha256 = hashlib.sha256(b"x").hexdigest()
    text_of = world.extractor.text_of

    def failing(name: str) -> Extraction:
        if name == sha256:
            raise ZeroDivisionError
        return text_of(name)

    monkeypatch.setattr(world.extractor, "text_of", failing)
    world.phase.bring_up()
    assert world.index.releases.keys() == {good.release_id}
    assert world.state(recalled)[0] is ReleaseState.RECALLED
    assert world.state(broken)[0] is ReleaseState.PENDING
    assert broken.release_id in caplog.text


RULE = RuleDraft("02", "Satzung", parse_access("erbach", ["*"], None, TENANTS), GROUNDS)


def titles(world: World) -> list[str]:
    world.phase.bring_up()
    return sorted(shown.metadata.title for shown in world.index.releases.values())


def titled(title: str, **more: Any) -> Metadata:
    return replace(META, title=title, **more)


def test_a_rule_gives_what_is_there_and_what_comes_later(world: World) -> None:
    world.record("1", "1", metadata=titled("eins"))
    world.record("2", "2", metadata=titled("zwei", document_type="Bescheid"))
    world.record("3", "3", metadata=titled("drei", file_plan="12"))
    world.record("4", "4", metadata=titled("vier", department="standesamt"))
    secret = replace(access("erbach", "bauamt"), confidentiality=Confidentiality.CONFIDENTIAL)
    world.record("5", "5", metadata=titled("fünf"), access=secret)
    rule = world.releases.create_rule(MANAGER, RULE)
    assert titles(world) == ["eins"]
    world.record("6", "6", metadata=titled("sechs"))
    assert titles(world) == ["eins", "sechs"]
    assert world.releases.rule(MANAGER, rule.rule_id).releases == 2
    assert {release.rule_id for release in world.releases.of(MANAGER)} == {rule.rule_id}


def test_a_rule_looks_at_everything_now_and_then(world: World) -> None:
    rule = world.releases.create_rule(MANAGER, RULE)
    assert titles(world) == []
    world.record("1", "1", metadata=titled("eins"))
    # a clock that went wrong on another machine
    _execute(world, "update entries set changed_at = 1000")
    assert titles(world) == []
    _execute(world, "update release_rules set applied_at = applied_at - 1000")
    assert titles(world) == ["eins"]
    assert world.releases.rule(MANAGER, rule.rule_id).releases == 1


def test_what_no_longer_fits_the_rule_is_taken_back_and_what_fits_again_is_given(world: World) -> None:
    world.record("1", "1", metadata=titled("eins"))
    world.releases.create_rule(MANAGER, RULE)
    assert titles(world) == ["eins"]
    world.record("1", "1", metadata=titled("eins", document_type="Entwurf"))
    assert titles(world) == []
    world.record("1", "1", metadata=titled("eins"))
    assert titles(world) == ["eins"]


def test_what_was_recalled_by_hand_is_not_given_again_by_its_rule(world: World) -> None:
    world.record("1", "1", metadata=titled("eins"))
    world.releases.create_rule(MANAGER, RULE)
    assert titles(world) == ["eins"]
    (release,) = world.releases.of(MANAGER)
    world.releases.recall(MANAGER, release.release_id)
    _execute(world, "update release_rules set applied_at = 0, applied_until = 0")
    assert titles(world) == []


def test_a_rule_that_is_recalled_takes_all_it_gave_and_nothing_else(world: World) -> None:
    record_id = world.record("1", "1", metadata=titled("eins"))
    world.record("2", "2", metadata=titled("zwei"))
    single = world.give(record_id, EXISTENCE)
    rule = world.releases.create_rule(MANAGER, RULE)
    assert titles(world) == ["", "eins", "zwei"]
    assert world.releases.recall_rule(MANAGER, rule.rule_id).releases == 0
    assert titles(world) == [""]
    assert world.state(single)[0] is ReleaseState.SHOWN
    world.record("3", "3", metadata=titled("drei"))
    assert titles(world) == [""]


def test_a_rule_gives_many_at_once_and_none_twice(world: World) -> None:
    for n in range(30):
        world.record(str(n), str(n), metadata=titled(str(n)))
    world.releases.create_rule(MANAGER, RULE)
    others = [LedgerReleaseWork(world.settings, REFUSALS) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        given = sum(pool.map(lambda work: work.apply_rules(), others))
    for other in others:
        other.close()
    assert given == 30
    assert len(titles(world)) == 30


def _execute(world: World, statement: str) -> None:
    if world.settings.url.startswith("sqlite"):
        with sqlite3.connect(world.settings.url.removeprefix("sqlite:///")) as connection:
            connection.execute(statement)
        return
    with world.ledger.engine.begin() as connection:
        connection.exec_driver_sql(statement)
