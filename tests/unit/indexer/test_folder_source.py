"""A folder as a source: moves, rights files, files that somebody is writing."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.sources.folder import FolderSource, Patience
from indexer.sync import SyncSummary
from tests.unit.indexer.test_folder_import import Town, zipped


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.pipeline.close()
    made.ledger.close()


def run(town: Town, *, settle: float = 0.0, wait: float = 0.0) -> SyncSummary:
    source = town.ledger.source("erbach", "folder", str(town.folder))
    return town.sync().run(source, FolderSource(town.folder, tenant="erbach", patience=Patience(settle, wait)))


def ids(town: Town) -> dict[str, str]:
    return {r.metadata.title: r.record_id for r in town.shelf.held.values()}


def readers(town: Town) -> dict[str, list[str]]:
    return {r.metadata.title: sorted(map(str, r.access.readers)) for r in town.shelf.held.values()}


def rights(folder: Path, **said: object) -> None:
    (folder / ".aktensuche-rights.json").write_text(json.dumps(said))


# moves


def test_a_renamed_file_is_the_same_record(town: Town) -> None:
    town.write("brief.txt", "Text")
    run(town)
    before = ids(town)
    (town.folder / "amt").mkdir()
    (town.folder / "brief.txt").rename(town.folder / "amt" / "antwort.txt")
    assert run(town) == SyncSummary(files=1, indexed=1, removed=1, moved=1)
    assert ids(town) == {"antwort": before["brief"]}
    assert run(town) == SyncSummary(files=1, unchanged=1)


def test_a_renamed_folder_moves_all_that_lies_in_it_past_the_brake(town: Town) -> None:
    (town.folder / "alt").mkdir()
    for n in range(30):
        town.write(f"alt/{n}.txt", f"Text {n}")
    run(town)
    before = ids(town)
    (town.folder / "alt").rename(town.folder / "neu")
    assert run(town) == SyncSummary(files=30, indexed=30, removed=30, moved=30)
    assert ids(town) == before


def test_what_came_out_of_a_file_moves_with_it(town: Town) -> None:
    town.write("akte.zip", zipped({"eins.txt": b"eins", "zwei.txt": b"zwei"}))
    run(town)
    before = ids(town)
    (town.folder / "akte.zip").rename(town.folder / "umgezogen.zip")
    assert run(town).moved == 1
    assert ids(town) == {("umgezogen" if t == "akte" else t): i for t, i in before.items()}


def test_a_copy_with_its_sidecar_is_known_by_what_is_said_of_it(town: Town) -> None:
    town.write("a.txt", "Text", title="Brief", source_id="B-7")
    run(town)
    before = ids(town)
    (town.folder / "a.txt").unlink()
    (town.folder / "a.txt.meta.json").unlink()
    (town.folder / "neu").mkdir()
    town.write("neu/a.txt", "Text", title="Brief", source_id="B-7")
    os.utime(town.folder / "neu/a.txt", (1, 1))
    assert run(town).moved == 1
    assert ids(town) == before


def test_the_same_form_in_another_case_is_another_record(town: Town) -> None:
    (town.folder / "fall-1").mkdir()
    (town.folder / "fall-2").mkdir()
    town.write("fall-1/antrag.txt", "Vordruck", title="Antrag", file_reference="1")
    run(town)
    before = ids(town)
    town.write("fall-2/antrag.txt", "Vordruck", title="Antrag", file_reference="2")
    (town.folder / "fall-1/antrag.txt").unlink()
    (town.folder / "fall-1/antrag.txt.meta.json").unlink()
    assert run(town) == SyncSummary(files=1, indexed=1, removed=1)
    assert ids(town)["Antrag"] != before["Antrag"]


def test_the_place_that_a_file_left_can_be_taken_and_taken_again(town: Town) -> None:
    town.write("a.txt", "eins")
    town.write("weg.txt", "weg")
    run(town)
    (town.folder / "weg.txt").unlink()
    run(town)
    first = ids(town)["a"]
    # to the place of a removed one, whose tombstone must not be lost
    (town.folder / "a.txt").rename(town.folder / "weg.txt")
    assert run(town).moved == 1
    assert ids(town)["weg"] == first
    # a new file where the moved one was is another record
    town.write("a.txt", "zwei")
    assert run(town) == SyncSummary(files=2, indexed=1, unchanged=1)
    second = ids(town)["a"]
    (town.folder / "a.txt").rename(town.folder / "b.txt")
    assert run(town).moved == 1
    assert ids(town)["b"] == second
    town.write("a.txt", "drei")
    run(town)
    assert len(set(ids(town).values())) == 3
    texts = {r.metadata.title: r.pages[0].text for r in town.shelf.held.values()}
    assert texts == {"weg": "eins", "b": "zwei", "a": "drei"}


def test_rights_follow_the_new_place(town: Town) -> None:
    for name in ("offen", "zu"):
        (town.folder / name).mkdir()
    rights(town.folder / "offen", readers=["alle"])
    rights(town.folder / "zu", readers=["leitung"])
    town.write("offen/a.txt", "Text")
    run(town)
    assert readers(town) == {"a": ["erbach/alle"]}
    (town.folder / "offen/a.txt").rename(town.folder / "zu/a.txt")
    assert run(town).moved == 1
    assert readers(town) == {"a": ["erbach/leitung"]}


# rights files


def test_a_rights_file_holds_for_all_below_it(town: Town) -> None:
    (town.folder / "amt/akte").mkdir(parents=True)
    rights(town.folder, readers=["hauptamt"], deny=["extern"])
    rights(town.folder / "amt", readers=["bauamt"], confidentiality="vertraulich")
    for name in ("oben", "amt/mitte", "amt/akte/unten"):
        town.write(f"{name}.txt", name)
    town.write("amt/akte/eigen.txt", "eigen", title="eigen", readers=["leitung"], confidentiality="offen")
    town.write("amt/akte/stumm.txt", "stumm", title="stumm", deny=["praktikum"])
    run(town)
    assert readers(town) == {
        "oben": ["erbach/hauptamt"],
        "mitte": ["erbach/bauamt"],
        "unten": ["erbach/bauamt"],
        "eigen": ["erbach/leitung"],
        "stumm": ["erbach/bauamt"],
    }
    held = {r.metadata.title: r.access for r in town.shelf.held.values()}
    denied = {title: sorted(map(str, access.deny)) for title, access in held.items()}
    assert denied.pop("stumm") == ["erbach/extern", "erbach/praktikum"]
    assert set(map(tuple, denied.values())) == {("erbach/extern",)}
    # what a folder calls confidential, nothing below takes back
    assert {t for t, access in held.items() if access.confidentiality.value == "vertraulich"} == set(held) - {"oben"}


def test_new_rights_of_a_folder_reach_what_lies_in_it(town: Town) -> None:
    rights(town.folder, readers=["bauamt"])
    town.write("a.txt", "Text")
    run(town)
    reads = town.extractor.reads
    rights(town.folder, readers=["leitung"])
    assert run(town) == SyncSummary(files=1, indexed=1)
    assert readers(town) == {"a": ["erbach/leitung"]}
    assert town.extractor.reads == reads
    (town.folder / ".aktensuche-rights.json").unlink()
    run(town)
    assert readers(town) == {"a": []}


@pytest.mark.parametrize(
    "said",
    [
        "{",
        "[]",
        '{"reader": ["alle"]}',
        '{"readers": "alle"}',
        '{"readers": ["oberzent/alle"]}',
        '{"confidentiality": "sehr"}',
    ],
)
def test_rights_that_cannot_be_understood_open_nothing(town: Town, said: str) -> None:
    (town.folder / "amt").mkdir()
    (town.folder / ".aktensuche-rights.json").write_text(said)
    town.write("amt/a.txt", "Text")
    town.write("amt/b.txt", "Text", readers=["alle"]) if "oberzent" not in said else town.write("amt/b.txt", "Text")
    assert run(town) == SyncSummary(files=2, quarantined=2)
    assert town.shelf.held == {}
    assert set(town.reasons().values()) == {"sidecar"}


# files that somebody is writing


def test_a_file_that_was_changed_just_now_waits_for_the_next_run(town: Town) -> None:
    town.write("alt.txt", "alt")
    run(town)
    town.write("neu.txt", "halb")
    town.write("alt.txt", "halb geändert")
    assert run(town, settle=60) == SyncSummary(files=2, unchanged=1, quarantined=1, waiting=2)
    assert town.reasons() == {"neu.txt": "being-written"}
    assert town.shelf.titles() == {"alt"}
    town.write("neu.txt", "ganz")
    assert run(town, settle=60).waiting == 2
    # it looks the same as a run before
    assert run(town, settle=60) == SyncSummary(files=2, unchanged=1, indexed=1, waiting=1)
    assert run(town).indexed == 1
    assert {r.pages[0].text for r in town.shelf.held.values()} == {"halb geändert", "ganz"}
    assert town.reasons() == {}


def test_a_run_that_waits_reads_the_whole_file(town: Town) -> None:
    def write_slowly() -> None:
        for part in range(4):
            with (town.folder / "brief.txt").open("a") as out:
                out.write(f"Teil {part}. ")
            time.sleep(0.2)

    writer = threading.Thread(target=write_slowly)
    writer.start()
    time.sleep(0.05)
    assert run(town, settle=0.5, wait=20) == SyncSummary(files=1, indexed=1)
    writer.join()
    assert [r.pages[0].text for r in town.shelf.held.values()] == ["Teil 0. Teil 1. Teil 2. Teil 3. "]


def test_a_folder_that_cannot_be_listed_keeps_what_lies_in_it(town: Town) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may list every folder")
    (town.folder / "zu").mkdir()
    town.write("zu/a.txt", "a")
    run(town)
    (town.folder / "zu").chmod(0)
    try:
        assert run(town) == SyncSummary(files=1, quarantined=1)
    finally:
        (town.folder / "zu").chmod(0o700)
    assert town.shelf.titles() == {"a"}
