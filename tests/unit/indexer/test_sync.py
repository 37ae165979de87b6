"""A run over a source of any kind: only a listing that came to its end removes, and never past the brake."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest
import sqlalchemy as sa

from indexer.sources.protocol import (
    Checkpoint,
    Description,
    Gone,
    Item,
    PassBegins,
    PassEnds,
    Reached,
    SourceUnavailableError,
    Step,
)
from indexer.sync import SourceBusyError, SyncSummary
from records.access import ReadAccess, Reader
from records.ledger_tables import sync_months
from records.record import Metadata
from tests.unit.indexer.test_folder_import import Town


@dataclass(frozen=True, kw_only=True)
class Letter(Item):
    text: str = ""
    group: str = "bauamt"

    def describe(self) -> Description:
        access = ReadAccess("erbach", frozenset({Reader("erbach", self.group)}))
        return Description(Metadata(title=self.path), access)

    def open(self) -> BinaryIO:
        if self.text == "weg":
            raise SourceUnavailableError("the line is dead")
        return io.BytesIO(self.text.encode())


def letter(name: str, text: str = "Text", group: str = "bauamt") -> Letter:
    return Letter(path=name, file_name=f"{name}.txt", fingerprint=f"{text}:{group}", text=text, group=group)


@dataclass
class Post:
    """A source that tells what the test lays into it."""

    steps: list[Step | Exception] = field(default_factory=list)
    there: set[str] = field(default_factory=set)
    began_at: list[Checkpoint | None] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def listing(self, checkpoint: Checkpoint | None) -> Iterator[Step]:
        self.began_at.append(checkpoint)
        for step in self.steps:
            if isinstance(step, Exception):
                raise step
            yield step

    def is_gone(self, path: str) -> bool:
        self.asked.append(path)
        return path not in self.there

    def close(self) -> None: ...

    def full(self, *items: Item) -> Post:
        self.steps = [PassBegins(), *items, PassEnds()]
        return self


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.pipeline.close()
    made.ledger.close()


def run(town: Town, post: Post) -> SyncSummary:
    return town.sync().run(town.ledger.source("erbach", "post", "post"), post)


MANY = [letter(f"brief-{n:02}") for n in range(20)]


def test_what_a_full_listing_does_not_show_is_removed(town: Town) -> None:
    post = Post()
    assert run(town, post.full(*MANY)) == SyncSummary(files=20, indexed=20)
    assert run(town, post.full(*MANY)) == SyncSummary(files=20, unchanged=20)
    assert run(town, post.full(*MANY[:17])) == SyncSummary(files=17, unchanged=17, removed=3)
    assert town.shelf.titles() == {m.path for m in MANY[:17]}


def test_how_long_runs_took_is_noted_by_month_and_in_steps_of_five(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter((7.5, 2.5))
    took = town.ledger.took
    monkeypatch.setattr(town.ledger, "took", lambda source, _, files: took(source, next(seconds), files))
    post = Post()
    run(town, post.full(*MANY[:13]))
    run(town, post.full(*MANY[:19]))
    post.steps = [PassBegins(), *MANY, SourceUnavailableError("500")]
    with pytest.raises(SourceUnavailableError):
        run(town, post)
    with town.ledger.engine.begin() as connection:
        [noted] = connection.execute(sa.select(sync_months)).all()
    # the run that broke off is not among them
    assert (noted.runs, noted.seconds, noted.longest) == (2, 10.0, 7.5)
    # 13 and 19: exact, they would tell what came in between
    assert noted.files == 10 + 15


@pytest.mark.parametrize(
    "steps",
    [
        [SourceUnavailableError("500")],
        [PassBegins(), SourceUnavailableError("500")],
        [PassBegins(), *MANY[:19], SourceUnavailableError("a page was cut off")],
        [PassBegins(), *MANY[:19], letter("neu", "weg"), PassEnds()],
        [Gone(MANY[0].path), SourceUnavailableError("500")],
    ],
)
def test_a_listing_that_breaks_off_removes_nothing(town: Town, steps: list[Step | Exception]) -> None:
    post = Post()
    run(town, post.full(*MANY))
    post.steps = steps
    with pytest.raises(SourceUnavailableError):
        run(town, post)
    assert len(town.shelf.held) == 20


def test_what_was_told_before_it_broke_off_counts(town: Town) -> None:
    with pytest.raises(SourceUnavailableError):
        run(town, Post([PassBegins(), *MANY[:3], SourceUnavailableError("500")]))
    assert len(town.shelf.held) == 3


def test_a_listing_that_only_tells_changes_removes_what_it_names(town: Town) -> None:
    post = Post()
    run(town, post.full(*MANY))
    post.steps = [letter("brief-03", "anders"), Gone("brief-04"), Gone("nie-da-gewesen")]
    assert run(town, post) == SyncSummary(files=1, indexed=1, removed=1)
    assert len(town.shelf.held) == 19


@pytest.mark.parametrize("how", ["empty", "named"])
def test_the_brake_holds_for_every_source_until_somebody_agrees(town: Town, how: str) -> None:
    post = Post()
    run(town, post.full(*MANY))
    post.steps = [PassBegins(), PassEnds()] if how == "empty" else [Gone(m.path) for m in MANY[:12]]
    held = 20 if how == "empty" else 12
    assert run(town, post).held == held
    # what is held stays held when nothing is told about it any more
    post.steps = []
    assert run(town, post) == SyncSummary(held=held)
    assert len(town.shelf.held) == 20
    town.ledger.agree(town.ledger.find_sources("post")[0])
    assert run(town, post) == SyncSummary(removed=held)
    # and what comes back is no longer missing
    assert run(town, post.full(*MANY)).indexed == held
    assert len(town.shelf.held) == 20


def test_what_is_held_and_shown_again_stays(town: Town) -> None:
    post = Post()
    run(town, post.full(*MANY))
    assert run(town, post.full()).held == 20
    assert run(town, post.full(*MANY)) == SyncSummary(files=20, unchanged=20)


def test_what_was_only_not_listed_is_looked_for_once_more(town: Town) -> None:
    post = Post(there={"brief-07"})
    run(town, post.full(*MANY))
    shown = [m for m in MANY if m.path not in {"brief-07", "brief-08"}]
    assert run(town, post.full(*shown)) == SyncSummary(files=18, unchanged=18, removed=1)
    assert post.asked == ["brief-07", "brief-08"]
    assert "brief-07" in town.shelf.titles()


def test_a_listing_that_is_cut_off_goes_on_from_its_checkpoint(town: Town) -> None:
    post = Post()
    run(town, post.full(*MANY))
    first = [PassBegins(), *MANY[:10], Reached({"page": 2})]
    post.steps = [*first, SourceUnavailableError("500")]
    with pytest.raises(SourceUnavailableError):
        run(town, post)
    post.steps = [*MANY[10:19], PassEnds(), Reached({"page": 0})]
    assert run(town, post) == SyncSummary(files=9, unchanged=9, removed=1)
    assert post.began_at == [None, None, {"page": 2}]
    assert len(town.shelf.held) == 19
    run(town, post)
    assert post.began_at[-1] == {"page": 0}


def test_new_rights_need_no_new_reading(town: Town) -> None:
    post = Post()
    run(town, post.full(*MANY))
    reads = town.extractor.reads
    assert run(town, post.full(letter("brief-00", group="leitung"), *MANY[1:])).indexed == 1
    assert town.extractor.reads == reads
    assert sum("erbach/leitung" in map(str, r.access.readers) for r in town.shelf.held.values()) == 1


def test_two_runs_at_once(town: Town) -> None:
    source = town.ledger.source("erbach", "post", "post")
    assert town.ledger.hold_source(source, "somebody", 60)
    with pytest.raises(SourceBusyError):
        run(town, Post().full(*MANY))


def test_a_path_that_could_be_taken_for_a_member_is_refused(town: Town) -> None:
    with pytest.raises(ValueError, match="members"):
        run(town, Post().full(letter("a.zip!/b")))
