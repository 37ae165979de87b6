"""Every route of the OpenAPI document on the running system: who is let in, what is not there, what comes out."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from tests.stack import Stack

pytestmark = pytest.mark.stack

WORD = "Mispelallee"
#: readers by file
FILES = {
    "beschluss.pdf": ["bauamt"],
    "scan.tiff": ["bauamt"],
    "foto.jpg": ["bauamt"],
    "vermerk.txt": ["bauamt"],
    "liste.csv": ["bauamt", "kaemmerei"],
    "geheim.txt": ["kaemmerei"],
}
OPEN_ROUTES = {"/health/live", "/health/ready", "/metrics"}
NO_ID = "a" * 26
VALUES = {
    "record_id": "gibt-es-nicht",
    "n": "1",
    "release_id": NO_ID,
    "rule_id": NO_ID,
    "name": "folder-0",
    "report": "holdings",
    "template": "betrieb",
    "hold_id": "0",
}
GROUNDS = {"partners": ["michelstadt"], "purpose": "Prüfung", "legal_basis": "§ 22 HDSIG"}
EXISTENCE = {"form": "existence", "shown_fields": ["year"]}


@dataclass(frozen=True)
class Archive:
    """A folder that was imported, and what its records are called."""

    folder: Path
    ids: dict[str, str]


def _write(folder: Path) -> None:
    pdf = Canvas(str(folder / "beschluss.pdf"))
    for text in ("Beispiel: Deckblatt", f"Beispiel: Beschluss zur {WORD}", "Beispiel: Ende"):
        pdf.drawString(72, 720, text)
        pdf.showPage()
    pdf.save()
    Image.new("L", (600, 800), 255).save(folder / "scan.tiff")
    Image.new("RGB", (800, 600), "white").save(folder / "foto.jpg")
    (folder / "vermerk.txt").write_text(f"Beispiel: Die {WORD} ist für längere Zeit gesperrt.\n", encoding="utf-8")
    (folder / "liste.csv").write_text(f"Ort;Länge\n{WORD};120\n", encoding="utf-8")
    (folder / "geheim.txt").write_text(f"Beispiel: Kosten der {WORD}.\n", encoding="utf-8")
    for name, readers in FILES.items():
        about = {"title": f"=Beispiel {WORD} {name}", "source_id": f"routen-{name}", "readers": readers}
        (folder / f"{name}.meta.json").write_text(json.dumps(about), encoding="utf-8")


@pytest.fixture(scope="module")
def clerk(stack: Stack) -> Iterator[httpx.Client]:
    with stack.client("erbach", ("bauamt",)) as client:
        yield client


@pytest.fixture(scope="module")
def archive(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    folder = tmp_path_factory.mktemp("routen")
    _write(folder)
    told = stack.json("import", str(folder), "--tenant", "erbach")
    assert (told["files"], told["indexed"], told["quarantined"]) == (len(FILES), len(FILES), 0)
    with stack.client("erbach", ("bauamt", "kaemmerei")) as both:
        body = {"query": WORD, "mode": "keyword", "size": 50}
        hits = both.post("/v1/search", json=body).raise_for_status().json()["hits"]
    ids = {hit["source_id"].removeprefix("routen-"): hit["record_id"] for hit in hits}
    assert ids.keys() == FILES.keys()
    return Archive(folder, ids)


def operations(stack: Stack) -> list[tuple[str, str]]:
    """Return every operation that is documented, and those for which the document is served."""
    with stack.client() as client:
        paths = client.get("/openapi.json").raise_for_status().json()["paths"]
    found = [(method.upper(), path) for path, methods in paths.items() for method in methods]
    assert len(found) >= 13
    return found


#: bodies that are more than a question
ASKED: dict[str, dict[str, Any]] = {
    "/v1/export": {"query": WORD, "format": "csv"},
    "/v1/search/batch": {"searches": [{"query": WORD}]},
    "/v1/precedents": {"text": WORD, "purpose": "Prüfung"},
    "/v1/citations": {"of": "§ 34 BauGB"},
}


def ask(client: httpx.Client, method: str, path: str, **values: str) -> httpx.Response:
    body = ASKED.get(path, {"query": WORD})
    if path == "/v1/audit/search":
        body = {"reason": "Prüfung", "from": "2024-01-01T00:00:00Z", "to": "2124-01-01T00:00:00Z"}
    values = VALUES | values
    if path == "/v1/access/explain":
        body = {"record_id": values["record_id"]}
    if path.endswith("/similar"):
        body = {}
    if path in {"/v1/releases", "/v1/release-rules"}:
        body = GROUNDS | (
            {"document_type": WORD} if path.endswith("rules") else EXISTENCE | {"record_id": values["record_id"]}
        )
    if path == "/v1/quarantine/retry":
        body = {}
    if path == "/v1/recognition/again":
        body = {"record_id": values["record_id"], "page": 1}
    if path == "/v1/holds":
        body = {"record_id": values["record_id"], "reason": "Prüfung"}
    if path.endswith("/agree"):
        body = {"held": 1}
    more: dict[str, Any] = {"json": body} if method == "POST" else {}
    return client.request(method, path.format(**values), **more)


def assert_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, f"{answer.request.method} {answer.request.url}: {answer.text}"
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["status"] == status
    assert told["detail"]
    return told


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer x"}, {"authorization": "Basic YTpi"}])
def test_nobody_comes_in_without_a_token(stack: Stack, headers: dict[str, str]) -> None:
    with httpx.Client(base_url=stack.api, headers=headers, trust_env=False) as stranger:
        for method, path in operations(stack):
            answer = ask(stranger, method, path)
            if path in OPEN_ROUTES:
                assert answer.status_code == 200
            else:
                assert_problem(answer, 401)
                assert answer.headers["www-authenticate"].startswith("Bearer")


def test_every_documented_route_answers_whoever_may_ask(stack: Stack, archive: Archive) -> None:
    with stack.client("erbach", ("bauamt",), ("records-manager", "privacy", "reports")) as manager:
        for method, path in operations(stack):
            if "{release_id}" in path or "{rule_id}" in path:
                continue  # test_a_release_reaches_its_partners_and_leaves_them
            if "{name}" in path or "{hold_id}" in path:
                continue  # tests/acceptance/test_management_on_the_system.py
            answer = ask(manager, method, path, record_id=archive.ids["beschluss.pdf"])
            if path == "/v1/recognition/again":
                assert_problem(answer, 404)  # its text was written, not recognised
                continue
            assert answer.status_code == 200, f"{method} {path}: {answer.text}"


def test_unknown_and_forbidden_look_the_same(stack: Stack, clerk: httpx.Client, archive: Archive) -> None:
    about_records = [(method, path) for method, path in operations(stack) if "{record_id}" in path]
    about_records.append(("POST", "/v1/access/explain"))
    assert len(about_records) >= 5
    with stack.client("michelstadt", ("bauamt", "kaemmerei"), ("records-manager",)) as elsewhere:
        for method, path in about_records:
            unknown = ask(clerk, method, path)
            assert_problem(unknown, 404)
            for who, name in ((clerk, "geheim.txt"), (elsewhere, "geheim.txt"), (elsewhere, "beschluss.pdf")):
                forbidden = ask(who, method, path, record_id=archive.ids[name])
                assert (forbidden.status_code, forbidden.content) == (404, unknown.content)
                assert forbidden.headers.keys() == unknown.headers.keys()


def test_a_page_too_high_is_not_there(clerk: httpx.Client, archive: Archive) -> None:
    for number in ("0", "4", "99999999999999999999", "-1"):
        for more in ("", "/image"):
            assert_problem(clerk.get(f"/v1/records/{archive.ids['beschluss.pdf']}/pages/{number}{more}"), 404)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/search", {"size": 0}, "size"),
        ("/v1/search", {"size": 201}, "size"),
        ("/v1/search", {"query": "x" * 8001}, "query"),
        ("/v1/search", {"mode": "magic"}, "mode"),
        ("/v1/search", {"sort": "size"}, "sort"),
        ("/v1/search", {"facets": ["readers"]}, "facets"),
        ("/v1/search", {"filters": {"date_from": "gestern"}}, "filters.date_from"),
        ("/v1/search", {"filters": {"readers": "x"}}, "filters.readers"),
        ("/v1/search", {"cursor": "x"}, "cursor"),
        ("/v1/search", {"aggs": {}}, "aggs"),
        ("/v1/search", {"query": "", "mode": "semantic"}, "query"),
        ("/v1/suggest", {}, "query"),
        ("/v1/suggest", {"query": "a", "size": 51}, "size"),
        ("/v1/access/explain", {}, "record_id"),
        ("/v1/export", {"query": WORD}, "format"),
        ("/v1/export", {"query": WORD, "format": "pdf"}, "format"),
    ],
)
def test_what_cannot_be_used_is_named(clerk: httpx.Client, path: str, body: dict[str, Any], field: str) -> None:
    told = assert_problem(clerk.post(path, json=body), 422)
    assert field in {fault["field"] for fault in told["errors"]}
    assert field in told["detail"]


def test_a_page_number_that_is_none_is_named(clerk: httpx.Client, archive: Archive) -> None:
    for more in ("", "/image"):
        told = assert_problem(clerk.get(f"/v1/records/{archive.ids['beschluss.pdf']}/pages/zwei{more}"), 422)
        assert [fault["field"] for fault in told["errors"]] == ["n"]


def test_the_indexers_figures_are_for_records_managers(clerk: httpx.Client, stack: Stack, archive: Archive) -> None:
    for path in ("/v1/sources", "/v1/jobs", "/v1/quarantine"):
        assert_problem(clerk.get(path), 403)
    where = str(archive.folder)
    for tenant, expected in (("erbach", True), ("michelstadt", False)):
        with stack.client(tenant, (), ("records-manager",)) as manager:
            assert (where in manager.get("/v1/sources").text) is expected


def test_the_original_is_the_file(clerk: httpx.Client, archive: Archive) -> None:
    for name in ("beschluss.pdf", "scan.tiff", "foto.jpg", "vermerk.txt", "liste.csv"):
        answer = clerk.get(f"/v1/records/{archive.ids[name]}/original").raise_for_status()
        kept = (archive.folder / name).read_bytes()
        assert hashlib.sha256(answer.content).digest() == hashlib.sha256(kept).digest()
        assert answer.headers["content-length"] == str(len(kept))
        assert f'filename="{name}"' in answer.headers["content-disposition"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_pages_have_their_text_and_their_picture(clerk: httpx.Client, archive: Archive) -> None:
    place = f"/v1/records/{archive.ids['beschluss.pdf']}"
    told = clerk.get(f"{place}/pages/2").raise_for_status().json()
    assert (told["page"], told["of"]) == (2, 3)
    assert WORD in told["text"]
    pages = clerk.get(f"{place}/text").raise_for_status().json()["text"].split("\f")
    assert [WORD in page for page in pages] == [False, True, False]
    for name, number in (("beschluss.pdf", 3), ("scan.tiff", 1), ("foto.jpg", 1)):
        answer = clerk.get(f"/v1/records/{archive.ids[name]}/pages/{number}/image").raise_for_status()
        assert answer.headers["content-type"] == "image/png"
        picture = Image.open(io.BytesIO(answer.content))
        picture.load()
        assert picture.format == "PNG"
        assert min(picture.size) > 300


def test_a_kind_without_pictures_says_so(clerk: httpx.Client, archive: Archive) -> None:
    told = assert_problem(clerk.get(f"/v1/records/{archive.ids['vermerk.txt']}/pages/1/image"), 404)
    assert "no picture" in told["detail"]


@pytest.mark.parametrize("mode", ["keyword", "hybrid"])
@pytest.mark.parametrize("kind", ["csv", "xlsx", "jsonl"])
def test_an_export_opens_and_holds_every_row(clerk: httpx.Client, archive: Archive, kind: str, mode: str) -> None:
    body = {"query": f'"{WORD}"', "mode": mode, "format": kind}
    answer = clerk.post("/v1/export", json=body).raise_for_status()
    assert f'filename="aktensuche.{kind}"' in answer.headers["content-disposition"]
    expected = {record_id for name, record_id in archive.ids.items() if "bauamt" in FILES[name]}
    assert _column(kind, answer.content, "Kennung") == sorted(expected)
    if kind != "jsonl":
        titles = _column(kind, answer.content, "Titel")
        # a title that begins like a formula stays text in a spreadsheet
        assert all(title.removeprefix("'").startswith("=Beispiel") for title in titles)
        assert kind == "xlsx" or all(title.startswith("'=") for title in titles)


def _column(kind: str, content: bytes, name: str) -> list[str]:
    if kind == "jsonl":
        return sorted(json.loads(line)["record_id"] for line in content.splitlines())
    if kind == "csv":
        rows: list[list[Any]] = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    place = rows[0].index(name)
    return sorted(str(row[place]) for row in rows[1:])
