"""Folders become records on the running system: metadata, readers, changes, removals, members, pages, meaning."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.stack import CLI, TREE, Stack

pytestmark = pytest.mark.stack

TENANT = "michelstadt"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of its own, and so a source of its own; outside of pytest's, which others may not enter."""
    place = Path(tempfile.mkdtemp(prefix="aktensuche-import-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def _write(place: Path, text: str, **sidecar: object) -> None:
    place.write_text(text, encoding="utf-8")
    if sidecar:
        place.with_name(f"{place.name}.meta.json").write_text(json.dumps(sidecar), encoding="utf-8")


def _import(stack: Stack, folder: Path, *more: str) -> dict[str, int]:
    summary: dict[str, int] = stack.json("import", str(folder), "--tenant", TENANT, *more)
    assert summary["indexed"] + summary["unchanged"] + summary["quarantined"] == summary["files"]
    return summary


def _search(client: httpx.Client, query: str, mode: str = "keyword", **more: object) -> list[dict[str, Any]]:
    answer = client.post("/v1/search", json={"query": query, "mode": mode, "size": 200, **more}).raise_for_status()
    hits: list[dict[str, Any]] = answer.json()["hits"]
    return hits


def _written(stack: Stack, folder: Path) -> set[tuple[object, ...]]:
    """Return what the ledger remembers of each file's last change and last write."""
    asked = (
        "select path, sequence, indexed_version, attempts, changed_at, queued_at from entries "
        "join sources on sources.id = entries.source_id where location = ?"
    )
    with contextlib.closing(sqlite3.connect(f"file:{stack.data}/ledger.sqlite?mode=ro", uri=True)) as ledger:
        return set(ledger.execute(asked, (str(folder),)))


@pytest.fixture(scope="module")
def manager(stack: Stack) -> Iterator[httpx.Client]:
    with stack.client(TENANT, roles=("records-manager",)) as client:
        yield client


@pytest.fixture(scope="module")
def bauamt(stack: Stack) -> Iterator[httpx.Client]:
    with stack.client(TENANT, ("bauamt",)) as client:
        yield client


@pytest.fixture(scope="module")
def leitung(stack: Stack) -> Iterator[httpx.Client]:
    with stack.client(TENANT, ("leitung",)) as client:
        yield client


def test_a_sidecar_says_what_a_record_is_and_who_reads_it(
    stack: Stack, folder: Path, bauamt: httpx.Client, leitung: httpx.Client
) -> None:
    _write(
        folder / "bescheid.txt",
        "Beispiel Sidecarwort zum Carport.",
        source_id="B-7",
        title="Beispiel: Bescheid",
        file_reference="62.30-7/2025",
        document_type=None,
        date="03.04.2025",
        department="bauamt",
        readers=["bauamt", f"{TENANT}/kaemmerei"],
        deny=["leitung"],
        confidentiality="vertraulich",
        flurstueck="12/7",
        anzahl=3,
    )
    _write(folder / "alle.txt", "Beispiel Allewort für das ganze Haus.", readers=["alle"], date="2025-04-05")
    assert _import(stack, folder)["indexed"] == 2
    (hit,) = _search(bauamt, "Sidecarwort")
    told = {name: hit[name] for name in ("source_id", "title", "file_reference", "document_type", "date", "department")}
    assert told == {
        "source_id": "B-7",
        "title": "Beispiel: Bescheid",
        "file_reference": "62.30-7/2025",
        "document_type": None,
        "date": "2025-04-03",
        "department": "bauamt",
    }
    assert (hit["fields"]["flurstueck"], hit["fields"]["anzahl"]) == ("12/7", 3)
    assert not _search(leitung, "Sidecarwort")
    assert _search(leitung, "Allewort")
    with stack.client("oberzent", ("bauamt", "kaemmerei")) as elsewhere:
        assert not _search(elsewhere, "Sidecarwort")
        assert not _search(elsewhere, "Allewort")
    with stack.client(TENANT, ("kaemmerei",)) as treasury:
        assert _search(treasury, "Sidecarwort")


def test_both_names_of_a_sidecar(stack: Stack, folder: Path, bauamt: httpx.Client) -> None:
    (folder / "plan.txt").write_text("Beispiel Zweinamenwort", encoding="utf-8")
    (folder / "plan.meta.json").write_text('{"title": "kurz", "readers": ["bauamt"]}', encoding="utf-8")
    (folder / "karte.txt").write_text("Beispiel Zweinamenwort", encoding="utf-8")
    (folder / "karte.meta.json").write_text('{"title": "falsch", "readers": ["leitung"]}', encoding="utf-8")
    (folder / "karte.txt.meta.json").write_text('{"title": "lang", "readers": ["bauamt"]}', encoding="utf-8")
    assert _import(stack, folder)["files"] == 2
    assert {hit["title"] for hit in _search(bauamt, "Zweinamenwort")} == {"kurz", "lang"}


def test_without_a_sidecar_only_records_managers_read(
    stack: Stack, folder: Path, bauamt: httpx.Client, manager: httpx.Client
) -> None:
    _write(folder / "Straßenausbau Köln-Süd.txt", "Beispiel Niemandswort und Grüße aus der Mühlgasse")
    _import(stack, folder)
    assert not _search(bauamt, "Niemandswort")
    assert [hit["title"] for hit in _search(manager, "Niemandswort")] == ["Straßenausbau Köln-Süd"]
    for spelling in ("Mühlgasse", "muehlgasse", "Mu\u0308hlgasse", "grüße"):
        assert len(_search(manager, f"Niemandswort {spelling}")) == 1, spelling


def test_a_second_import_reads_nothing(stack: Stack, folder: Path) -> None:
    for number in range(100):
        _write(folder / f"{number}.txt", f"Beispiel Wiederholung {number} " + "Wort " * 30, readers=["bauamt"])
    assert _import(stack, folder)["indexed"] == 100
    stack.wait_vectors(TENANT)
    before = _written(stack, folder)
    assert _import(stack, folder)["unchanged"] == 100
    assert len(before) == 100
    assert _written(stack, folder) == before


def test_what_changed_and_what_only_seems_to(stack: Stack, folder: Path, manager: httpx.Client) -> None:
    for name in ("inhalt", "angaben", "zeit", "weg", "umzug", "rechte"):
        _write(folder / f"{name}.txt", f"Beispiel Wandelwort {name}", title=name, readers=["bauamt"])
    assert _import(stack, folder)["indexed"] == 6
    before = {hit["title"]: hit["record_id"] for hit in _search(manager, "Wandelwort")}
    (folder / "inhalt.txt").write_text("Beispiel Wandelwort geändert", encoding="utf-8")
    _write(folder / "angaben.txt", "Beispiel Wandelwort angaben", title="neue angaben", readers=["bauamt"])
    os.utime(folder / "zeit.txt", (1, 1))
    (folder / "weg.txt").unlink()
    (folder / "umzug.txt").rename(folder / "woanders.txt")
    (folder / "umzug.txt.meta.json").rename(folder / "woanders.txt.meta.json")
    _write(folder / "rechte.txt", "Beispiel Wandelwort rechte", title="rechte", readers=["leitung"])
    summary = _import(stack, folder)
    assert (summary["files"], summary["indexed"], summary["unchanged"], summary["removed"]) == (5, 4, 1, 2)
    after = {hit["title"]: hit["record_id"] for hit in _search(manager, "Wandelwort")}
    # what was given to others is closed to records managers, too
    assert set(after) == {"inhalt", "neue angaben", "zeit", "umzug"}
    assert next(h["title"] for h in _search(manager, "Wandelwort geändert")) == "inhalt"
    assert (after["inhalt"], after["zeit"]) == (before["inhalt"], before["zeit"])
    assert manager.get(f"/v1/records/{before['weg']}").status_code == 404
    with stack.client(TENANT, ("leitung",)) as leitung, stack.client(TENANT, ("bauamt",)) as bauamt:
        assert {h["title"] for h in _search(leitung, "Wandelwort")} == {"rechte"}
        assert "rechte" not in {h["title"] for h in _search(bauamt, "Wandelwort")}


def test_the_brake_holds_until_somebody_agrees(stack: Stack, folder: Path, manager: httpx.Client) -> None:
    for number in range(30):
        _write(folder / f"{number}.txt", f"Beispiel Bremswort {number}")
    _import(stack, folder)
    for number in range(12):
        (folder / f"{number}.txt").unlink()
    for _ in range(2):
        summary = _import(stack, folder)
        assert (summary["held"], summary["removed"], summary["unchanged"]) == (12, 0, 18)
    assert len(_search(manager, "Bremswort")) == 30
    (name,) = (s["name"] for s in stack.json("sources", "--tenant", TENANT) if s["location"] == str(folder))
    stack.cli("reconcile", "--agree", name)
    assert _import(stack, folder)["removed"] == 12
    assert len(_search(manager, "Bremswort")) == 18
    # the agreement was for one run
    for number in range(12, 24):
        (folder / f"{number}.txt").unlink()
    assert _import(stack, folder)["held"] == 12


def test_agreeing_names_the_way_to_the_name(stack: Stack) -> None:
    for name in ("folder-999999999", "quatsch", "folder-1;x"):
        done = stack.cli("reconcile", "--agree", name, check=False)
        assert done.returncode == 2
        assert "aktensuche sources" in done.stderr
        assert "Traceback" not in done.stderr


def _mail() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "poststelle@example.org", "bauamt@example.org"
    mail["Subject"] = "Beispiel: Einladung Ämterrunde"
    mail.set_content("Anbei das Protokoll.")
    mail.add_attachment(_pdf(["eins", "Mailanhangwort"]), "application", "pdf", filename="Anhang Größe.pdf")
    return mail.as_bytes()


def _pdf(pages: list[str]) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for text in pages:
        canvas.drawString(72, 720, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_members_are_found_on_their_page_by_the_same_readers(
    stack: Stack, folder: Path, bauamt: httpx.Client, leitung: httpx.Client
) -> None:
    says = {"readers": ["bauamt"], "file_reference": "10.1-3/2025"}
    for name, content in {
        "post.eml": _mail(),
        "akte.zip": _zip({"ordner/notiz.txt": b"Beispiel Archivwort", "post.eml": _mail()}),
    }.items():
        (folder / name).write_bytes(content)
        (folder / f"{name}.meta.json").write_text(json.dumps(says), encoding="utf-8")
    summary = _import(stack, folder)
    assert (summary["files"], summary["indexed"], summary["children"]) == (2, 2, 4)
    hits = _search(bauamt, "Mailanhangwort")
    assert [[p["page"] for p in hit["passages"]] for hit in hits] == [[2], [2]]
    assert {hit["file_reference"] for hit in hits} == {"10.1-3/2025"}
    assert len(_search(bauamt, "Archivwort")) == 1
    assert len(_search(bauamt, "Ämterrunde")) == 2
    for word in ("Mailanhangwort", "Archivwort", "Ämterrunde"):
        assert not _search(leitung, word), word
    # what is closed to others is closed in what it holds, too
    for name in ("post.eml", "akte.zip"):
        (folder / f"{name}.meta.json").write_text(json.dumps(says | {"readers": ["leitung"]}), encoding="utf-8")
    assert _import(stack, folder)["indexed"] == 2
    for word in ("Mailanhangwort", "Archivwort", "Ämterrunde"):
        assert not _search(bauamt, word), word
        assert _search(leitung, word), word
    # and what left an archive has left the index
    (folder / "akte.zip").write_bytes(_zip({"ordner/anderes.txt": b"Beispiel Ersatzwort"}))
    _import(stack, folder)
    assert not _search(leitung, "Archivwort")
    assert _search(leitung, "Ersatzwort")
    assert len(_search(leitung, "Mailanhangwort")) == 1


def test_page_and_place_of_a_word(stack: Stack, folder: Path, manager: httpx.Client) -> None:
    (folder / "satzung.pdf").write_bytes(_pdf(["Beispiel erste Seite", "", "Beispiel Seitenwort dritte Seite"]))
    _import(stack, folder)
    (hit,) = _search(manager, "Seitenwort")
    (passage,) = hit["passages"]
    assert passage["page"] == 3
    assert [passage["text"][start:end] for start, end in passage["highlights"]] == ["Seitenwort"]
    answer = manager.get(f"/v1/records/{hit['record_id']}/pages/3").raise_for_status().json()
    assert (answer["page"], answer["of"]) == (3, 3)
    assert "Seitenwort" in answer["text"]


def test_with_wait_meaning_is_there_at_the_end(stack: Stack, folder: Path, manager: httpx.Client) -> None:
    _write(folder / "hund.txt", "Beispiel: Wer einen Zwinger für seine Hunde baut, braucht eine Genehmigung.")
    _write(folder / "kita.txt", "Beispiel: Die Betreuung der Kinder beginnt um sieben Uhr.")
    _import(stack, folder, "--wait")
    stack.wait_vectors(TENANT)
    hits = _search(manager, "Darf ich meinen Vierbeiner draußen halten?", "semantic")
    mine = [hit["title"] for hit in hits if hit["title"] in {"hund", "kita"}]
    assert mine[0] == "hund"
    assert all("meaning" in hit["matched_by"] for hit in hits)


def test_two_imports_of_one_folder_at_once(stack: Stack, folder: Path, manager: httpx.Client) -> None:
    for number in range(200):
        _write(folder / f"{number}.txt", f"Beispiel Doppelwort {number} " + "Wort " * 200)
    command = [str(CLI), "import", str(folder), "--tenant", TENANT, "--json"]
    both = [
        subprocess.Popen(command, env=stack.env, cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = [(p.communicate(timeout=300), p.returncode) for p in both]
    assert sorted(code for _, code in answers) == [0, 1]
    ((_, said), _) = next(answer for answer in answers if answer[1])
    assert "is being imported already" in said
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) == 1
    assert len(_search(manager, "Doppelwort")) == 200


def test_every_sidecar_may_name_the_municipality(stack: Stack, folder: Path) -> None:
    for town in ("erbach", "oberzent"):
        _write(folder / f"{town}.txt", "Beispiel Kommunenwort", tenant=town, readers=["bauamt"])
    summary = stack.json("import", str(folder))
    assert (summary["files"], summary["indexed"]) == (2, 2)
    for town in ("erbach", "oberzent"):
        with stack.client(town, ("bauamt",)) as client:
            assert [hit["title"] for hit in _search(client, "Kommunenwort")] == [town]
    (folder / "ohne.txt").write_text("Beispiel", encoding="utf-8")
    done = stack.cli("import", str(folder), check=False)
    assert done.returncode != 0
    assert "--tenant" in done.stderr
    assert "Traceback" not in done.stderr
