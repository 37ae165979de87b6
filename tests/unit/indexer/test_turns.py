"""What is short does not wait for what is long: turns, and what is written while others are still being read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from indexer import pipeline, turns
from indexer.extraction import Extraction
from indexer.tika import TakesLongError
from indexer.turns import FIRST_SECONDS
from records.ledger_values import Entry
from tests.unit.indexer.test_folder_import import PlainText, Town, zipped


class Reader(PlainText):
    """Writes down what it reads, and with how much time; one content is slow, one is waited for."""

    read: list[tuple[str, float | None]]
    slow = ""
    held: threading.Event

    def _read(self, path: Path, seconds: float | None = None) -> Extraction:
        text = path.read_text()[:5]
        self.read.append((text, seconds))
        if text == self.slow and seconds is not None:
            raise TakesLongError(path.name)
        if text == "warte":
            assert self.held.wait(20)
        return super()._read(path, seconds)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    made.extractor.__class__ = Reader
    reader(made).read, reader(made).held = [], threading.Event()
    yield made
    reader(made).held.set()
    made.pipeline.close()
    made.ledger.close()


def reader(town: Town) -> Reader:
    assert isinstance(town.extractor, Reader)
    return town.extractor


def read(town: Town) -> list[tuple[str, float | None]]:
    return reader(town).read


def test_long_files_come_after_short_ones(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONG_BYTES", 100)
    town.write("a.txt", "lange" * 50)
    town.write("b.txt", "kurze")
    assert town.bring().indexed == 2
    assert read(town) == [("kurze", FIRST_SECONDS), ("lange", None)]


def test_what_came_out_of_a_file_comes_after_the_files(town: Town) -> None:
    town.write("a.zip", zipped({"innen.txt": b"innen"}))
    town.write("b.txt", "kurze")
    assert town.bring().children == 1
    assert read(town) == [("kurze", FIRST_SECONDS), ("innen", None)]


def test_who_needs_more_than_a_first_turn_gets_all_the_time_there_is(town: Town) -> None:
    reader(town).slow = "zaehe"
    town.write("a.txt", "zaehe eins")
    town.write("b.txt", "kurze")
    assert town.bring().indexed == 2
    assert read(town)[-1] == ("zaehe", None)
    assert sorted(read(town)[:2], key=str) == [("kurze", FIRST_SECONDS), ("zaehe", FIRST_SECONDS)]
    assert not town.reasons()


def test_a_file_known_as_slow_has_no_second_first_turn(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    reader(town).slow = "zaehe"
    town.write("a.txt", "zaehe eins")
    put_off: list[int] = []
    another = town.worker()

    def send(ids: Sequence[int], *, late: bool = False) -> None:
        put_off.extend(ids if late else ())
        # told of once more as if it were new, as the sweep does, and another process hears of it: not begun, put off
        (another if put_off else town.pipeline).index(ids, late=len(put_off) > 1)

    monkeypatch.setattr(town, "send", send)
    assert town.bring().indexed == 1
    another.close()
    assert len(put_off) == 2
    assert read(town) == [("zaehe", FIRST_SECONDS), ("zaehe", None)]


def test_who_had_a_first_turn_is_not_held_while_others_are_read(town: Town) -> None:
    reader(town).slow = "zaehe"
    town.write("a.txt", "zaehe eins")
    town.write("b.txt", "warte")
    importing = threading.Thread(target=town.bring)
    importing.start()
    end = time.monotonic() + 20
    while ("zaehe", FIRST_SECONDS) not in read(town) and time.monotonic() < end:
        time.sleep(0.02)
    held: tuple[Entry, ...] = ()
    while not held and time.monotonic() < end:
        held = town.ledger.claim([1, 2], "eine andere", 30)
        time.sleep(0.02)
    assert [e.file_name for e in held] == ["a.txt"]
    town.ledger.release([held[0].id], "eine andere")
    reader(town).held.set()
    importing.join()
    assert town.shelf.titles() == {"a", "b"}


def test_what_is_read_is_written_while_others_are_still_being_read(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "_PATIENCE", 0.05)
    town.write("a.txt", "warte")
    town.write("b.txt", "kurze")
    importing = threading.Thread(target=town.bring)
    importing.start()
    end = time.monotonic() + 20
    while town.shelf.titles() != {"b"} and time.monotonic() < end:
        time.sleep(0.02)
    assert town.shelf.titles() == {"b"}
    reader(town).held.set()
    importing.join()
    assert town.shelf.titles() == {"a", "b"}
