"""A rebuild: beside writing, after a kill, past faults of the new index, and back; an index is a dictionary here."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from indexer.extraction import Extraction, Extractor
from indexer.pipeline import build_record
from indexer.rebuild import Rebuild, RebuildError
from indexer.settings import LimitSettings, TikaSettings
from records.access import ReadAccess
from records.files import FileStore
from records.index import Outcome, Removal, WriteResult
from records.index_versions import IndexVersion, VersionState
from records.ledger import Ledger
from records.ledger_indexes import IndexInUseError, LedgerIndexes
from records.ledger_tables import VectorState, migrate
from records.ledger_values import Done, Entry, Seen
from records.opensearch.rights import rights_digest
from records.opensearch.writer import Room
from records.record import Metadata, Page, Record, TextState
from records.settings import LedgerSettings
from tests.factories import access

LIMITS = LimitSettings()
T = "erbach"


@dataclass(frozen=True)
class Held:
    record_id: str
    version: int
    rights: str


class Engine:
    """Indexes by number, each a dictionary with external versions; every write goes where the ledger says."""

    def __init__(self, indexes: LedgerIndexes) -> None:
        self._indexes = indexes
        self.held: dict[int, dict[str, Held]] = {1: {}}
        self.gone: dict[int, dict[str, int]] = {1: {}}
        self.refuses: set[tuple[int, str]] = set()
        self.disk = Room(100, 10_000, 20_000)
        self.before_fill: Callable[[], object] = lambda: None

    def create(self, version: IndexVersion) -> None:
        self.held[version.number], self.gone[version.number] = {}, {}

    def delete(self, version: IndexVersion) -> None:
        assert version.state is not VersionState.LIVE
        del self.held[version.number]

    def put(self, records: Sequence[Record]) -> None:
        for version in self._indexes.written(T):
            self._put(version, records)

    def fill(self, version: IndexVersion, records: Sequence[Record]) -> tuple[WriteResult, ...]:
        self.before_fill()
        return self._put(version, records)

    def _put(self, version: IndexVersion, records: Sequence[Record]) -> tuple[WriteResult, ...]:
        results = []
        for one in records:
            outcome = Outcome.WRITTEN
            index = self.held[version.number]
            last = max(
                self.gone[version.number].get(one.record_id, 0),
                index[one.record_id].version if one.record_id in index else 0,
            )
            if (version.number, one.record_id) in self.refuses:
                outcome = Outcome.REFUSED
            elif last > one.version:
                outcome = Outcome.SUPERSEDED
            else:
                index[one.record_id] = Held(one.record_id, one.version, rights_digest(one.access))
            results.append(WriteResult(one.record_id, outcome, "strict"))
        return tuple(results)

    def remove(self, removals: Sequence[Removal]) -> None:
        for version in self._indexes.written(T):
            self.remove_from(version, removals)

    def remove_from(self, version: IndexVersion, removals: Sequence[Removal]) -> tuple[WriteResult, ...]:
        for one in removals:
            self.held[version.number].pop(one.record_id, None)
            self.gone[version.number][one.record_id] = one.version
        return tuple(WriteResult(one.record_id, Outcome.WRITTEN) for one in removals)

    def refresh(self, tenant: str) -> None:
        """Everything is found at once."""

    def room(self, tenant: str) -> Room:  # noqa: ARG002
        return self.disk

    @contextlib.contextmanager
    def look(self, version: IndexVersion) -> Iterator[Holdings]:
        yield Holdings(self.held[version.number])


class Holdings:
    def __init__(self, held: dict[str, Held]) -> None:
        self._held = held

    def within(self, first: str, beyond: str) -> list[Held]:
        return [held for name, held in sorted(self._held.items()) if first <= name < beyond]


class Town:
    """A ledger with records in index 1, and a worker that does what it is told."""

    def __init__(self, folder: Path) -> None:
        settings = LedgerSettings(url=f"sqlite:///{folder}/ledger.sqlite")
        migrate(settings)
        self.ledger, self.indexes = Ledger(settings), LedgerIndexes(settings)
        self.source = self.ledger.source(T, "folder", "/beispiel")
        self.extractor = Extractor(TikaSettings(url="http://127.0.0.1:9"), LIMITS, FileStore(folder / "files"))
        self.engine = Engine(self.indexes)
        self.indexes.note_first(T, model="klein", shape="alt")

    def note(self, name: str, read: ReadAccess | None = None, text: str = "Kastanie") -> int:
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        self.extractor.keep(sha256, Extraction("text/plain", (Page(1, text),), TextState.FULL))
        seen = Seen(name, name, "1", sha256, 3, 1.0, Metadata(title=name), read or access(T, "bauamt"))
        return self.ledger.note(self.source, [seen])[0]

    def index(self, *ids: int, vectors: VectorState = VectorState.NONE) -> None:
        self.finish(self.ledger.claim(ids, "w", 30), vectors)

    def finish(self, claimed: Sequence[Entry], vectors: VectorState = VectorState.NONE) -> None:
        for entry in claimed:
            record = build_record(entry, self.extractor.text_of(entry.sha256 or ""), LIMITS)
            if vectors is VectorState.DONE:
                record = replace(record, version=record.version + 1)
            self.engine.put([record])
        self.ledger.finish([Done(e, text_state=TextState.FULL, vectors=vectors) for e in claimed], "w")

    def remove(self, entry_id: int) -> None:
        self.ledger.leave([entry_id])
        (entry,) = self.ledger.claim([entry_id], "w", 30)
        self.engine.remove([Removal(T, entry.record_id, entry.version)])
        self.ledger.finish([Done(entry, removed=True)], "w")

    def rebuild(self, model: str = "klein", **more: float) -> Rebuild:
        return Rebuild(
            ledger=self.ledger,
            indexes=self.indexes,
            extractor=self.extractor,
            writer=self.engine,
            look=self.engine.look,
            limits=LIMITS,
            model=model,
            dimension=4,
            **more,
        )

    def states(self) -> dict[int, VersionState]:
        return {version.number: version.state for version, _ in self.indexes.indexes(T)}


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setattr("indexer.rebuild._PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("indexer.rebuild._BATCH", 3)
    monkeypatch.setattr("records.ledger_indexes.MAX_AGE_SECONDS", 0.0)
    made = Town(tmp_path)
    made.ids = [made.note(f"{n}.txt", text=f"Kastanie {n}") for n in range(10)]  # type: ignore[attr-defined]
    made.index(*made.ids)  # type: ignore[attr-defined]
    return made


def test_the_new_index_holds_the_same_and_takes_the_place_of_the_old_one(town: Town) -> None:
    done = town.rebuild().rebuild(T)
    assert (done.number, done.before, done.records, done.repaired, done.moving) == (2, 1, 10, 0, 0)
    assert town.engine.held[2] == town.engine.held[1]
    assert town.states() == {1: VersionState.KEPT, 2: VersionState.LIVE}
    assert town.indexes.live(T).number == 2
    # both are written on, so that there is a way back
    town.index(town.note("neu.txt"))
    assert town.engine.held[2] == town.engine.held[1]
    assert len(town.engine.held[1]) == 11


def test_what_is_written_meanwhile_is_in_both(town: Town) -> None:
    steps = iter([town.note("neu.txt"), None])

    def at_work() -> None:
        new = next(steps, None)
        if new is not None:
            town.index(new)
            town.remove(town.ids[0])
            town.index(town.note("5.txt", access(T, "kaemmerei"), text="Kastanie 5"))

    town.engine.before_fill = at_work
    town.rebuild().rebuild(T)
    assert town.engine.held[2] == town.engine.held[1]
    assert len(town.engine.held[2]) == 10
    assert town.rebuild().roll_back(T) == (1, 2)


def test_a_worker_that_began_before_is_waited_for(town: Town) -> None:
    written_to = town.indexes.written(T)
    claimed = town.ledger.claim([town.note("1.txt", access(T, "kaemmerei"), text="Kastanie 1")], "w", 30)
    with pytest.raises(RebuildError, match="worked on since before"):
        town.rebuild(patience_seconds=0.1).rebuild(T)
    assert town.indexes.live(T).number == 1
    # it asked where to write before the new index was there
    record = build_record(claimed[0], town.extractor.text_of(claimed[0].sha256 or ""), LIMITS)
    town.engine.remove_from(town.indexes.written(T)[1], [])
    town.engine.held[2].pop(record.record_id, None)
    town.engine._put(written_to[0], [record])
    town.ledger.finish([Done(claimed[0], text_state=TextState.FULL)], "w")
    done = town.rebuild().rebuild(T)
    assert (done.number, done.repaired) == (2, 1)
    assert town.engine.held[2] == town.engine.held[1]


def test_one_that_was_killed_is_taken_up_where_it_stood(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    filled: list[int] = []

    def dies() -> None:
        filled.append(len(town.engine.held[2]))
        if len(filled) == 3:
            raise KeyboardInterrupt

    town.engine.before_fill = dies
    with pytest.raises(KeyboardInterrupt):
        town.rebuild().rebuild(T)
    assert town.states() == {1: VersionState.LIVE, 2: VersionState.FILLING}
    town.remove(town.ids[1])
    filled.clear()
    town.engine.before_fill = lambda: filled.append(len(town.engine.held[2]))
    done = town.rebuild().rebuild(T)
    assert (done.number, done.records) == (2, 9)
    assert filled[0] == 5, "the six that were in, less the removed one"
    assert town.engine.held[2] == town.engine.held[1]


def test_faults_of_the_new_index_are_put_right(town: Town) -> None:
    names = sorted(town.engine.held[1])
    calls = iter(range(100))

    def harm() -> None:
        if next(calls) == 3:  # all but the last batch is in
            index = town.engine.held[2]
            index.pop(names[0], None)
            index["aaaa"] = Held("aaaa", 7, "x")
            some = next(name for name in names[1:] if name in index)
            index[some] = replace(index[some], rights="wrong")

    town.engine.before_fill = harm
    done = town.rebuild().rebuild(T)
    assert done.repaired >= 2
    assert town.engine.held[2] == town.engine.held[1]


def test_an_index_that_refuses_a_record_never_becomes_live(town: Town) -> None:
    town.engine.refuses.add((2, next(iter(town.engine.held[1]))))
    with pytest.raises(RebuildError, match="refuses 1 records that the live one holds"):
        town.rebuild().rebuild(T)
    assert town.indexes.live(T).number == 1


def test_a_record_whose_text_waits_to_be_read_is_waited_for(town: Town) -> None:
    entry = town.note("4.txt", text="Kastanie neu")
    # the new content was not read yet
    town.extractor._files.forget(hashlib.sha256(b"Kastanie neu").hexdigest())
    with pytest.raises(RebuildError, match="1 wait to be read"):
        town.rebuild(patience_seconds=0.1).rebuild(T)
    town.note("4.txt", text="Kastanie neu")
    town.index(entry)
    assert town.rebuild().rebuild(T).records == 10


def test_two_rebuilds_are_one_too_many(town: Town) -> None:
    def another() -> None:
        with pytest.raises(IndexInUseError, match="a rebuild of erbach runs already"):
            town.rebuild().rebuild(T)

    town.engine.before_fill = another
    town.rebuild().rebuild(T)


def test_a_disk_that_is_too_full_is_a_sentence(town: Town) -> None:
    town.engine.disk = Room(5_000_000_000, 6_000_000_000, 20_000_000_000)
    with pytest.raises(RebuildError, match=r"6,500 MB are needed, 5,000 MB are left"):
        town.rebuild().rebuild(T)
    assert town.states() == {1: VersionState.LIVE}


def test_another_model_leaves_vectors_to_be_made_and_says_so(town: Town) -> None:
    town.index(*(town.note(f"{n}.txt", access(T, "hauptamt"), text=f"Kastanie {n}") for n in range(10)))
    town.index(*(town.note(f"{n}.txt", text=f"Kastanie {n}") for n in range(10)), vectors=VectorState.DONE)
    done = town.rebuild("gross").rebuild(T)
    assert (done.records, done.vectors_pending) == (10, 10)
    assert {held.version % 2 for held in town.engine.held[1].values()} == {1}
    assert {held.version % 2 for held in town.engine.held[2].values()} == {0}
    assert town.indexes.live(T).model == "gross"
    assert not town.indexes.live(T).compares("klein")
    # one more with the same model is the same again
    assert town.rebuild("gross").rebuild(T).number == 3
    assert town.states() == {2: VersionState.KEPT, 3: VersionState.LIVE}


def test_there_is_no_way_back_to_an_index_that_lacks_a_write(town: Town) -> None:
    with pytest.raises(RebuildError, match="no earlier index of erbach is kept"):
        town.rebuild().roll_back(T)
    town.rebuild().rebuild(T)
    kept = next(v for v in town.indexes.written(T) if v.state is VersionState.KEPT)
    town.indexes.spoil(kept, "record a: strict")
    assert [v.number for v in town.indexes.written(T)] == [2]
    with pytest.raises(RebuildError, match="it lacks record a: strict"):
        town.rebuild().roll_back(T)
    assert town.rebuild().drop(T) == (1,)
    assert sorted(town.engine.held) == [2]


def test_the_live_index_is_never_spoilt_nor_dropped(town: Town) -> None:
    live = town.indexes.live(T)
    town.indexes.spoil(live, "record a")
    town.indexes.drop(live)
    assert [(v.number, unfit) for v, unfit in town.indexes.indexes(T)] == [(1, None)]
