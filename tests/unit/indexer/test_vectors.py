"""The vector phase: each text once, newest first, nothing lost in an outage, words before meaning."""

from __future__ import annotations

import datetime as dt
import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from indexer.extraction import Extraction, Extractor
from indexer.settings import LimitSettings, TikaSettings
from indexer.tika import UnreadableError
from indexer.vectors import VectorPhase
from records.access import ReadAccess, Reader
from records.errors import EmbeddingUnavailableError
from records.files import FileStore
from records.index import Outcome, Removal, WriteResult
from records.ledger import Ledger
from records.ledger_tables import VectorState, migrate
from records.ledger_values import Done, Fault, Seen
from records.reasons import Reason
from records.record import Metadata, Page, Record, TextState
from records.settings import LedgerSettings

LIMITS = LimitSettings()


class CountingEmbedder:
    """Answers the first bytes of a hash, and remembers what it was asked."""

    model, dimension = "beispiel", 4

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails_after: int | None = None

    def embed_query(self, text: str) -> bytes:
        return hashlib.sha256(text.encode()).digest()[:16]

    def embed_passages(self, texts: Sequence[str]) -> tuple[bytes, ...]:
        if self.fails_after is not None and len(self.asked) >= self.fails_after:
            raise EmbeddingUnavailableError("away")
        self.asked += texts
        return tuple(self.embed_query(t) for t in texts)


class Shelf:
    """A RecordWriter that remembers what was put, in order."""

    def __init__(self) -> None:
        self.put_records: list[Record] = []
        self.outcome = Outcome.WRITTEN

    def ensure_index(self, tenant: str) -> None:
        """Any tenant is fine."""

    def put(self, records: Sequence[Record]) -> tuple[WriteResult, ...]:
        self.put_records += records
        return tuple(WriteResult(r.record_id, self.outcome) for r in records)

    def remove(self, removals: Sequence[Removal]) -> tuple[WriteResult, ...]:
        raise NotImplementedError

    def refresh(self, tenant: str) -> None:
        """Nothing waits here."""


class World:
    """A ledger and kept texts, and the phase that works on them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ledger.sqlite"
        settings = LedgerSettings(url=f"sqlite:///{self.path}")
        migrate(settings)
        self.ledger = Ledger(settings)
        self.source = self.ledger.source("erbach", "folder", "/srv/akten")
        self.extractor = Extractor(TikaSettings(url="http://127.0.0.1:9"), LIMITS, FileStore(folder / "files"))
        self.embedder, self.shelf, self.now = CountingEmbedder(), Shelf(), 0.0
        self.phase = self.make()

    def make(self, words_first_seconds: float = 0) -> VectorPhase:
        return VectorPhase(
            ledger=self.ledger,
            extractor=self.extractor,
            embedder=self.embedder,
            writer=self.shelf,
            limits=LIMITS,
            lease_seconds=30,
            passages_a_time=3,
            words_first_seconds=words_first_seconds,
            clock=lambda: self.now,
        )

    def arrive(self, name: str) -> tuple[int, ...]:
        sha256 = hashlib.sha256(name.encode()).hexdigest()
        seen = Seen(
            path=name,
            file_name=name,
            fingerprint="1",
            sha256=sha256,
            size=3,
            modified_at=1.0,
            metadata=Metadata(title=name),
            access=ReadAccess("erbach", frozenset({Reader("erbach", "bauamt")})),
        )
        return self.ledger.note(self.source, [seen])

    def index(self, name: str, *pages: str, date: dt.date | None = None) -> None:
        pages_read = tuple(Page(n, text) for n, text in enumerate(pages, 1))
        sha256 = hashlib.sha256(name.encode()).hexdigest()
        self.extractor.keep(sha256, Extraction("text/plain", pages_read, TextState.FULL))
        entries = self.ledger.claim(self.arrive(name), "w", 30)
        done = [Done(e, text_state=TextState.FULL, record_date=date, vectors=VectorState.PENDING) for e in entries]
        self.ledger.finish(done, "w")

    def pending(self) -> int:
        return self.ledger.work(self.source).vectors_pending

    def age(self) -> None:
        with sqlite3.connect(self.path) as connection:
            connection.execute("update entries set changed_at = changed_at - 3600")
        connection.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.ledger.close()


def test_each_text_is_embedded_once_and_every_record_gets_its_vectors(world: World) -> None:
    for i in range(40):
        world.index(f"{i}.txt", "Immer derselbe Fußtext", f"Bescheid {i % 20}")
    while world.phase.embed_pending():
        pass
    assert sorted(world.embedder.asked) == sorted({"Immer derselbe Fußtext", *(f"Bescheid {i}" for i in range(20))})
    assert world.pending() == 0
    assert len(world.shelf.put_records) == 40
    for record in world.shelf.put_records:
        assert record.vectors == tuple(world.embedder.embed_query(p.text) for p in record.passages)
        assert record.version % 2 == 1, "one more than the version of the words"


def test_the_newest_records_come_first(world: World) -> None:
    for year in (2021, 2024, 2019, 2023):
        world.index(f"{year}.txt", f"Bescheid {year}", f"Anlage {year}", f"Plan {year}", date=dt.date(year, 1, 1))
    world.phase.embed_pending()
    assert [r.metadata.title for r in world.shelf.put_records] == ["2024.txt", "2023.txt", "2021.txt", "2019.txt"]


def test_an_outage_of_the_model_loses_nothing(world: World) -> None:
    for i in range(12):
        world.index(f"{i}.txt", f"Bescheid {i}")
    world.embedder.fails_after = 3
    assert world.phase.embed_pending() is False
    assert world.pending() > 0
    world.embedder.fails_after = None
    while world.phase.embed_pending():
        pass
    assert world.pending() == 0
    assert len(world.embedder.asked) == len(set(world.embedder.asked)) == 12
    assert len({r.record_id for r in world.shelf.put_records}) == 12


def test_a_write_to_be_tried_again_stays_pending_and_is_not_tried_in_a_circle(world: World) -> None:
    world.index("a.txt", "Bescheid")
    world.shelf.outcome = Outcome.RETRY
    assert world.phase.embed_pending() is False
    assert world.pending() == 1


def test_a_lost_text_holds_nobody_else_up(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.index("a.txt", "Bescheid", date=dt.date(2024, 1, 1))
    world.index("b.txt", "Anlage", date=dt.date(2020, 1, 1))
    lost = Extractor.text_of

    class Forgetful(Extractor):
        def text_of(self, sha256: str, *, seconds: float | None = None) -> Extraction:  # noqa: ARG002
            if sha256 == hashlib.sha256(b"a.txt").hexdigest():
                raise UnreadableError(Fault(Reason.DAMAGED))
            return lost(self, sha256)

    world.extractor.__class__ = Forgetful
    world.phase.embed_pending()
    assert [r.metadata.title for r in world.shelf.put_records] == ["b.txt"]
    assert "its text is lost" in caplog.text


def test_meaning_waits_for_words_but_not_for_ever(world: World) -> None:
    world.index("a.txt", "Bescheid")
    world.arrive("wartet.txt")
    phase = world.make(words_first_seconds=600)
    assert phase.embed_pending() is False
    assert world.embedder.asked == []
    world.now = 599
    assert phase.embed_pending() is False
    world.now = 601
    phase.embed_pending()
    assert world.embedder.asked == ["Bescheid"]
    world.index("b.txt", "Anlage")
    assert phase.embed_pending() is False, "the next turn is as far away as the first"
    assert world.embedder.asked == ["Bescheid"]


def test_meaning_does_not_wait_for_files_that_wait_for_something_else(world: World) -> None:
    world.index("a.txt", "Bescheid")
    ids = world.arrive("wartet.txt")
    world.age()
    assert not world.ledger.words_pending()
    assert world.ledger.claim(ids, "w", 30)
    assert world.ledger.words_pending(), "somebody reads it now"
    assert world.make(words_first_seconds=600).embed_pending() is False
