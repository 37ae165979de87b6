"""Rights have a version of their own: content does not touch them, and they touch neither text nor vectors."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from indexer import members
from indexer.known_vectors import name_of
from indexer.sync import SyncSummary
from records.ledger_tables import AccessSource, State, VectorState, entries
from records.record import Record
from tests.unit.indexer.test_folder_import import Town, town

__all__ = ["town"]


def rows(town: Town) -> dict[str, Any]:
    with town.ledger.engine.connect() as connection:
        return {row.path: row for row in connection.execute(sa.select(entries))}


def readers(one: Record) -> list[str]:
    return sorted(str(r) for r in one.access.readers)


def test_a_change_of_content_leaves_the_rights_alone(town: Town) -> None:
    town.write("a.txt", "Text", readers=["bauamt"])
    town.bring()
    before = rows(town)["a.txt"]
    town.write("a.txt", "Ein anderer Text")
    town.bring()
    after = rows(town)["a.txt"]
    assert after.sequence == before.sequence + 1
    assert (after.access, after.access_version, after.access_changed_at) == (
        before.access,
        1,
        before.access_changed_at,
    )
    assert [readers(r) for r in town.shelf.held.values()] == [["erbach/bauamt"]]


@pytest.mark.parametrize("broken", ["{", '{"readers": 3}', '{"tenant": "oberzent"}'])
def test_a_sidecar_that_cannot_be_read_does_not_reset_the_rights(town: Town, broken: str) -> None:
    town.write("a.txt", "Text", readers=["bauamt"])
    town.bring()
    (town.folder / "a.txt.meta.json").write_text(broken)
    assert town.bring() == SyncSummary(files=1, quarantined=1)
    assert town.shelf.held == {}, "and nobody reads the file meanwhile"
    row = rows(town)["a.txt"]
    assert (row.access["readers"], row.access_version, row.state) == (["erbach/bauamt"], 1, State.QUARANTINED)


def test_a_change_of_rights_reads_nothing_and_makes_no_vectors(town: Town) -> None:
    town.write("a.txt", "Text", readers=["bauamt"])
    town.bring()
    town.ledger.keep_vectors("beispiel", {name_of("Text"): b"\0" * 16})
    town.write("a.txt", "Text", readers=["bauamt"], deny=["azubi"])
    assert town.bring() == SyncSummary(files=1, indexed=1)
    assert town.extractor.reads == 1
    row = rows(town)["a.txt"]
    assert (row.access_version, row.access_source, row.vectors) == (2, AccessSource.SIDECAR, VectorState.DONE)
    (held,) = town.shelf.held.values()
    assert held.vectors == (b"\0" * 16,)
    assert held.version == row.indexed_version == row.sequence * 2 + 1
    assert town.ledger.claim_vectors("v", 10, 30) == ()


def test_vectors_that_are_not_all_known_are_made_as_ever(town: Town) -> None:
    town.ledger.keep_vectors("ein-anderes-modell", {name_of("Text"): b"\0" * 16})
    town.write("a.txt", "Text", readers=["bauamt"])
    town.bring()
    assert rows(town)["a.txt"].vectors == VectorState.PENDING
    assert [e.path for e in town.ledger.claim_vectors("v", 10, 30)] == ["a.txt"]


def archive_of(**files: str | bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def test_members_follow_the_rights_of_their_archive_without_unpacking(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.write("akte.zip", archive_of(hoch="hoch", innen=archive_of(tief="tief")), readers=["bauamt"])
    town.bring()
    assert {tuple(readers(r)) for r in town.shelf.held.values()} == {("erbach/bauamt",)}

    def never(_path: Path, _limits: object) -> Any:
        raise AssertionError("unpacked again")

    monkeypatch.setattr(members, "read_archive", never)
    town.write("akte.zip", (town.folder / "akte.zip").read_bytes(), readers=["leitung"])
    assert town.bring() == SyncSummary(files=1, indexed=1, children=3)
    assert len(town.shelf.held) == 4
    assert {tuple(readers(r)) for r in town.shelf.held.values()} == {("erbach/leitung",)}
    of = rows(town)
    assert {row.state for row in of.values()} == {State.INDEXED}
    assert {row.access_version for row in of.values()} == {2}
    assert {p: row.access_source for p, row in of.items() if row.parent_id} == dict.fromkeys(
        of.keys() - {"akte.zip"}, AccessSource.ARCHIVE
    )


def test_the_members_rights_change_in_the_same_step_as_the_archives(town: Town) -> None:
    town.write("akte.zip", archive_of(hoch="hoch"), readers=["bauamt"])
    town.bring()
    town.write("akte.zip", (town.folder / "akte.zip").read_bytes(), readers=["leitung"])
    town.send = lambda _: None  # type: ignore[method-assign] # the workers are away
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("indexer.arrival.Arrival.wait", lambda *_, **__: None)
        town.bring()
    assert {row.access["readers"][0] for row in rows(town).values()} == {"erbach/leitung"}
    assert {row.shown_access[0]["readers"][0] for row in rows(town).values()} == {"erbach/bauamt"}


def test_without_a_sidecar_the_rights_are_the_default(town: Town) -> None:
    town.write("a.txt", "Text")
    town.bring()
    assert rows(town)["a.txt"].access_source == AccessSource.DEFAULT
