"""Rights taken away in the ledger while the real engine still shows the record: every door is shut at once.

The indexer is away for the whole test: nothing but what the ledger knows can hide anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from records.access import ReadAccess
from records.errors import LedgerUnavailableError, NotVisibleError
from records.index_versions import FirstIndexes
from records.ledger import Ledger
from records.ledger_tables import migrate
from records.ledger_values import Done, Entry, Seen
from records.opensearch import OpenSearchIndex, OpenSearchWriter, reader
from records.query import All, FilterField, Mode, Search, Sort, Words
from records.record import Metadata, TextState
from records.revocations import MAX_AGE_SECONDS, LedgerRevocations
from records.settings import LedgerSettings
from records.testing import FakeEmbedder
from tests.engine import Engine
from tests.factories import access, principal, record

pytestmark = pytest.mark.stack

CLERK, OTHER = principal("erbach", "bauamt"), principal("erbach", "kaemmerei")
OPEN = access("erbach", "bauamt", "kaemmerei")
CLOSED = access("erbach", "kaemmerei")
RECORDS = 30


class Town:
    """Records that the engine shows and the ledger knows; only the ledger changes."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        engine.empty()
        settings = LedgerSettings(url=f"sqlite:///{folder}/ledger.sqlite")
        migrate(settings)
        self.ledger, self.revocations = Ledger(settings), LedgerRevocations(settings)
        self.source = self.ledger.source("erbach", "folder", "/beispiel")
        embedder = FakeEmbedder()
        writer = OpenSearchWriter(engine.settings, ("erbach",), FirstIndexes(), dimension=embedder.dimension)
        writer.ensure_index("erbach")
        entries = self.ledger.claim(self.note(OPEN, range(RECORDS)), "w", 30)
        made = [self._record(entry, embedder) for entry in entries]
        writer.put(made)
        self.ledger.finish([Done(entry, text_state=TextState.FULL) for entry in entries], "w")
        writer.refresh("erbach")
        self.ids = {int(entry.path): entry.record_id for entry in entries}
        self.index = OpenSearchIndex(engine.settings, ("erbach",), self.revocations, FirstIndexes())
        facets = (FilterField.TENANT, FilterField.DEPARTMENT)
        self.search = Search(All((Words("Kastanie"),)), embedder.embed_query("Kastanie"), facets=facets)

    def note(self, read: ReadAccess, numbers: Any) -> tuple[int, ...]:
        return self.ledger.note(
            self.source,
            [Seen(str(n), str(n), None, "0" * 64, 3, 1.0, Metadata(title=f"Baum {n}"), read) for n in numbers],
        )

    def tell(self, read: ReadAccess, numbers: Any) -> None:
        """Change rights in the ledger, and wait as long as a picture of it may be used."""
        self.note(read, numbers)
        time.sleep(MAX_AGE_SECONDS)

    def leave(self, numbers: Any) -> None:
        known = self.ledger.known(self.source)
        self.ledger.leave([known[str(n)].id for n in numbers])
        time.sleep(MAX_AGE_SECONDS)

    @staticmethod
    def _record(entry: Entry, embedder: FakeEmbedder) -> Any:
        one = record(
            entry.record_id,
            f"Kastanie Nummer {entry.path}",
            read=OPEN,
            title=f"Baum {entry.path} kenn{'abcdefghij'[int(entry.path) % 10] * 3}{entry.path}",
            department="bauamt",
            version=entry.version,
        )
        return replace(one, vectors=embedder.embed_passages([p.text for p in one.passages]))

    def seen_by(self, who: Any) -> set[int]:
        """Go through every door; they must agree. Return the numbers of the records that are there."""
        every = list(self.ids.values())
        result = self.index.search_words(who, self.search, sort=Sort.RELEVANCE, size=200, after=None)
        found = {hit.found.record_id for hit in result.hits}
        assert result.total == len(found)
        counts = [[v.count for v in values] for values in result.facets.values()]
        assert counts == [[len(found)] if found else []] * 2
        ranked = self.index.rank(who, self.search, mode=Mode.HYBRID, depth=200)
        assert set(ranked.by_words) == set(ranked.by_meaning) == found
        assert ranked.coverage.with_text == len(found)
        assert set(self.index.rank(who, self.search, mode=Mode.SEMANTIC, depth=200).by_meaning) == found
        hits, facets = self.index.fetch(who, self.search, every, facets_over=every)
        assert {hit.found.record_id for hit in hits} == found
        assert sum(v.count for v in facets[FilterField.TENANT]) == len(found)
        assert set(self.index.order(who, every, sort=Sort.TITLE)) == found
        assert {hit.found.record_id for hit in self.index.scan(who, self.search, sort=Sort.DATE)} == found
        assert len(self.index.complete(who, "kenn", size=200)) == len(found)
        for record_id in every:
            self._knock(who, record_id, open_to=record_id in found)
        return {n for n, record_id in self.ids.items() if record_id in found}

    def _knock(self, who: Any, record_id: str, *, open_to: bool) -> None:
        assert bool(self.index.holds(who, record_id, [Words("Kennwort")])) is open_to
        doors: tuple[Callable[[], Any], ...] = (
            lambda: self.index.record(who, record_id),
            lambda: self.index.pages(who, record_id),
            lambda: self.index.page(who, record_id, 1),
        )
        for door in doors:
            if open_to:
                door()
            else:
                with pytest.raises(NotVisibleError):
                    door()


@pytest.fixture
def town(own_engine: Engine, tmp_path: Path) -> Iterator[Town]:
    made = Town(own_engine, tmp_path)
    yield made
    made.ledger.close()
    made.revocations.close()


def test_what_is_taken_away_is_behind_no_door_and_back_when_given_back(town: Town) -> None:
    everything = set(range(RECORDS))
    assert town.seen_by(CLERK) == town.seen_by(OTHER) == everything
    town.tell(CLOSED, range(10))
    assert town.seen_by(CLERK) == everything - set(range(10))
    assert town.seen_by(OTHER) == everything
    town.leave(range(5, 15))
    assert town.seen_by(CLERK) == set(range(15, RECORDS))
    assert town.seen_by(OTHER) == everything - set(range(5, 15))
    town.tell(OPEN, range(15))
    assert town.seen_by(CLERK) == town.seen_by(OTHER) == everything


def test_an_export_under_way_holds_nothing_that_was_revoked_meanwhile(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_SCAN_SIZE", 5)
    export = town.index.scan(CLERK, town.search, sort=Sort.TITLE)
    early = [next(export).found.record_id for _ in range(5)]
    town.tell(CLOSED, range(RECORDS))
    assert [hit.found.record_id for hit in export] == []
    assert len(set(early)) == 5, "without these the test would have had nothing to stop"


def test_the_next_page_of_a_search_goes_by_what_is_known_now(town: Town) -> None:
    first = town.index.search_words(CLERK, town.search, sort=Sort.TITLE, size=5, after=None)
    town.tell(CLOSED, range(RECORDS))
    later = town.index.search_words(CLERK, town.search, sort=Sort.TITLE, size=5, after=first.hits[-1].after)
    assert (later.hits, later.total) == ((), 0)


def test_while_the_ledger_is_away_nothing_is_read(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: str) -> Any:
        raise LedgerUnavailableError("away")

    assert town.index.record(CLERK, town.ids[0])
    monkeypatch.setattr(town.revocations, "_changes", away)
    time.sleep(MAX_AGE_SECONDS)
    with pytest.raises(LedgerUnavailableError):
        town.index.record(CLERK, town.ids[0])
