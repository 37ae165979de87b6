"""A search over HTTP on the store in memory: modes, paging, cursors, notices, export, files."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import openpyxl
import pytest
from PIL import Image

from records.access import Confidentiality
from records.errors import EngineUnavailableError
from tests.factories import access, record


def ids(answer: Any) -> list[str]:
    return [hit["record_id"] for hit in answer["hits"]]


def all_pages(town: Any, **body: Any) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        answer = town.search("kastanie", size=3, cursor=cursor, **body)
        found += ids(answer)
        cursor = answer["cursor"]
        if cursor is None:
            return found


@pytest.mark.parametrize("mode", ["keyword", "semantic", "hybrid"])
@pytest.mark.parametrize("sort", ["relevance", "date", "-date", "title"])
def test_paging_shows_everything_once_and_in_the_same_order(town: Any, mode: str, sort: str) -> None:
    whole = ids(town.search("kastanie", mode=mode, sort=sort, size=200))
    assert sorted(whole) == [f"baum-{n}" for n in range(10)]
    assert all_pages(town, mode=mode, sort=sort) == whole


def test_totals_say_what_they_are(town: Any) -> None:
    assert (town.search("kastanie", mode="keyword")["total"], town.search("x y z", mode="keyword")["total"]) == (10, 0)
    assert town.search("kastanie", mode="keyword")["total_is"] == "exact"
    assert town.search("kastanie", mode="hybrid")["total_is"] == "reachable"


def test_hits_say_what_matched_and_where(town: Any) -> None:
    hit = town.search("kastanie", mode="hybrid", size=1)["hits"][0]
    assert hit["matched_by"] == ["word", "meaning"]
    start, end = hit["passages"][0]["highlights"][0]
    assert hit["passages"][0]["text"][start:end] == "Kastanie"
    assert town.search("kastanie", mode="semantic", size=1)["hits"][0]["matched_by"] == ["meaning"]


def test_nothing_asked_shows_the_newest_first(town: Any) -> None:
    for mode in ("keyword", "hybrid"):
        answer = town.search("", mode=mode, size=200)
        dates = [hit["date"] for hit in answer["hits"]]
        assert dates == sorted(dates, reverse=True)
        assert (answer["total"], answer["total_is"]) == (10, "exact")
        assert answer["hits"][0]["matched_by"] == []


def test_exclusion_alone_finds_everything_else(town: Any) -> None:
    town.put(record("hund", "Anmeldung eines Hundes"))
    assert ids(town.search("-kastanie")) == ["hund"]


def test_filters_and_facets_count_only_what_may_be_read(town: Any) -> None:
    for mode in ("keyword", "hybrid"):
        answer = town.search("kastanie", mode=mode, facets=["department", "tenant", "year"], filters={"year": "2021"})
        assert answer["facets"]["department"] == [{"value": "bauamt", "label": "Bauamt", "count": 2}]
        assert answer["facets"]["tenant"] == [{"value": "erbach", "label": "Erbach", "count": 2}]
    assert town.search("kastanie", filters={"tenant": "michelstadt"})["total"] == 0


def test_dates_include_both_ends(town: Any) -> None:
    found = ids(town.search("kastanie", filters={"date_from": "2020-01-01", "date_to": "2020-01-06"}))
    assert sorted(found) == ["baum-0", "baum-5"]


def test_a_question_in_other_words_than_any_record_is_answered_by_meaning(
    town: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.put(record("wort", "Feld"))
    town.put(record("sinn", "Solarpark mit Batterie"))
    meant = town.embedder.embed_query("Solarpark mit Batterie")
    monkeypatch.setattr(town.embedder, "embed_query", lambda _: meant)
    assert ids(town.search("Akku auf freiem Feld"))[0] == "sinn"
    # whose words are all there meant them
    assert ids(town.search("Feld"))[0] == "wort"


def test_meaning_incomplete_is_said_and_never_full(town: Any) -> None:
    assert town.search("kastanie")["notices"] == []
    for n in range(200):
        town.put(record(f"da-{n}", "Zaun"))
    town.put(record("neu", "Zaun"), vectors=False)
    notice = town.search("kastanie")["notices"][0]
    assert notice["code"] == "semantic_incomplete"
    assert "99 %" in notice["text"]
    assert town.search("kastanie", mode="keyword")["notices"] == []


def test_model_away_leaves_words_and_says_so(town: Any) -> None:
    town.embedder.down = True
    first = town.search("kastanie", size=4)
    assert (first["total_is"], [n["code"] for n in first["notices"]]) == ("exact", ["semantic_unavailable"])
    town.embedder.down = False
    second = town.search("kastanie", size=200, cursor=first["cursor"])
    assert sorted(ids(first) + ids(second)) == [f"baum-{n}" for n in range(10)]
    town.embedder.down = True
    answer = town.ask("POST", "/v1/search", json={"query": "kastanie", "mode": "semantic"})
    assert answer.status_code == 503
    assert "meaning" in answer.json()["detail"]


def test_a_cursor_serves_its_owner_and_its_search_only(town: Any) -> None:
    cursor = town.search("kastanie", size=2)["cursor"]
    assert "baum" not in cursor
    tries = [
        ({"query": "kastanie", "cursor": cursor}, town.issuer.token("bauamt", sub="kim")),
        ({"query": "kastanie", "cursor": cursor}, town.issuer.token("bauamt", act={"sub": "f", "groups": ["bauamt"]})),
        ({"query": "eiche", "cursor": cursor}, None),
        ({"query": "kastanie", "mode": "keyword", "cursor": cursor}, None),
        ({"query": "kastanie", "filters": {"year": "2020"}, "cursor": cursor}, None),
        ({"query": "kastanie", "cursor": cursor[:-3] + "abc"}, None),
    ]
    for body, token in tries:
        answer = town.ask("POST", "/v1/search", token=token, json=body)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "cursor"
    assert town.search("kastanie", size=2, cursor=cursor)["hits"]


def test_software_reads_only_what_clerk_and_software_both_may(town: Any) -> None:
    token = town.issuer.token("bauamt", "kaemmerei", act={"sub": "fach", "groups": ["kaemmerei"]})
    assert ids(town.search("kastanie", token=token)) == ["geheim"]


def export(town: Any, kind: str, **body: Any) -> bytes:
    answer = town.ask("POST", "/v1/export", json={"query": "kastanie", "format": kind, **body})
    assert answer.status_code == 200
    content: bytes = answer.content
    return content


@pytest.mark.parametrize("mode", ["keyword", "semantic", "hybrid"])
def test_export_holds_everything_found_and_nothing_else(town: Any, mode: str) -> None:
    wanted = {f"baum-{n}" for n in range(10)}
    rows = list(csv.DictReader(io.StringIO(export(town, "csv", mode=mode).decode("utf-8-sig"))))
    assert {row["Kennung"] for row in rows} == wanted
    lines = [json.loads(line) for line in export(town, "jsonl", mode=mode).splitlines()]
    assert {line["record_id"] for line in lines} == wanted
    sheet = openpyxl.load_workbook(io.BytesIO(export(town, "xlsx", mode=mode))).active
    assert sheet is not None
    assert {row[0] for row in sheet.iter_rows(min_row=2, values_only=True)} == wanted


@pytest.mark.parametrize(
    ("title", "written"),
    [
        *((title, f"'{title}") for title in ("=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＠x", ' "=1')),  # noqa: RUF001
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        # where a semicolon divides cells, the second one would be a formula
        ("Beispiel;=1", "Beispiel;'=1"),
        ("Beispiel; § 3 - 5", "Beispiel; § 3 - 5"),
    ],
)
def test_no_cell_is_a_formula(world: Any, title: str, written: str) -> None:
    world.put(record("a", "Kastanie", title=title))
    row = list(csv.reader(io.StringIO(export(world, "csv").decode("utf-8-sig"), newline="")))[1]
    assert row[3] == written
    sheet = openpyxl.load_workbook(io.BytesIO(export(world, "xlsx"))).active
    assert sheet is not None
    assert sheet["D2"].data_type != "f"


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_an_export_that_breaks_off_says_so_in_its_last_line(town: Any, kind: str) -> None:
    whole = town.index.scan

    def breaking(*args: Any, **more: Any) -> Any:
        hits = whole(*args, **more)
        yield next(hits)
        raise EngineUnavailableError("gone")

    town.index.scan = breaking
    last = export(town, kind, mode="keyword").decode().splitlines()[-1]
    assert "UNVOLLSTÄNDIG" in last


def test_original_comes_back_as_a_download_that_cannot_run(world: Any) -> None:
    world.keep(record("a"), b"<script>alert(1)</script>", "text/html", name='Übung "1"\r\n.html')
    answer = world.ask("GET", "/v1/records/a/original")
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"_bung 1.html\"; filename*=UTF-8''%C3%9Cbung%201.html"
    )
    assert answer.headers["content-security-policy"].startswith("sandbox")
    head = world.ask("HEAD", "/v1/records/a/original")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "25")
    other = world.issuer.token("schulamt")
    assert world.ask("GET", "/v1/records/a/original", token=other).status_code == 404


def test_a_strange_media_type_does_not_become_a_header(world: Any) -> None:
    world.keep(record("a"), b"x", "text/html\r\nset-cookie: a=b")
    answer = world.ask("GET", "/v1/records/a/original")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "set-cookie" not in answer.headers


def test_a_kept_file_that_is_gone_is_not_there(world: Any) -> None:
    world.put(record("a"))
    assert world.ask("GET", "/v1/records/a/original").status_code == 404
    assert world.ask("GET", "/v1/records/a/pages/1/image").status_code == 404


@pytest.mark.parametrize(("media_type", "kind"), [("application/pdf", "PDF"), ("image/tiff", "TIFF")])
def test_pages_are_drawn(world: Any, media_type: str, kind: str) -> None:
    pages = [Image.new("RGB", (200, 300), colour) for colour in ("red", "blue")]
    content = io.BytesIO()
    pages[0].save(content, kind, save_all=True, append_images=pages[1:])
    world.keep(record("a"), content.getvalue(), media_type)
    answer = world.ask("GET", "/v1/records/a/pages/2/image")
    assert answer.headers["content-type"] == "image/png"
    red, _, blue = Image.open(io.BytesIO(answer.content)).convert("RGB").getpixel((50, 50))  # type: ignore[misc]
    assert (blue > 200, red < 50) == (True, True)
    assert world.ask("GET", "/v1/records/a/pages/3/image").status_code == 404


@pytest.mark.parametrize("media_type", ["application/pdf", "image/tiff", "image/jpeg", "text/html"])
def test_what_cannot_be_drawn_is_a_problem_and_no_fault(world: Any, media_type: str) -> None:
    world.keep(record("a"), b"%PDF-1.4 kaputt", media_type)
    answer = world.ask("GET", "/v1/records/a/pages/1/image")
    assert (answer.status_code, answer.json()["detail"][:10]) == (404, "no picture")


def test_suggestions_come_from_readable_titles_only(town: Any) -> None:
    town.put(record("b", "Text", title="Stundenplan"))
    answer = town.ask("POST", "/v1/suggest", json={"query": "die stun"}).json()
    assert answer["completions"] == ["die stundenplan"]
    assert town.ask("POST", "/v1/suggest", json={"query": "fremd"}).json()["completions"] == []


def test_corrections_leave_quoted_and_known_words_alone(town: Any) -> None:
    def corrections(query: str) -> list[str]:
        found: list[str] = town.ask("POST", "/v1/suggest", json={"query": query}).json()["corrections"]
        return found

    assert corrections("kastnie") == ["kastanie"]
    assert corrections("kastanie") == []
    assert corrections('"kastnie"') == []
    assert corrections("stundun") == []


def test_confidential_is_not_opened_by_everybody(world: Any) -> None:
    world.put(record("a", read=access("erbach", "alle", confidentiality=Confidentiality.CONFIDENTIAL)))
    assert world.search("kastanie")["total"] == 0


@pytest.mark.parametrize("mode", ["keyword", "hybrid"])
def test_a_typing_error_is_put_right_only_where_nothing_is_found_and_it_is_said(town: Any, mode: str) -> None:
    answer = town.search("Kastannie", mode=mode, size=3)
    assert sorted(hit["record_id"][:5] for hit in answer["hits"]) == ["baum-"] * 3
    assert [n["text"] for n in answer["notices"]] == [
        "So wie geschrieben kommt das nicht vor. Gesucht wurde nach: kastanie"
    ]
    assert len(all_pages_of(town, "Kastannie", mode=mode)) == 10
    assert town.search("Kastanie", mode=mode)["notices"] == []


@pytest.mark.parametrize("query", ['"Kastannie"', "-Kastannie", "Kastannie " * 40])
def test_quoted_excluded_and_pasted_words_are_not_put_right(town: Any, query: str) -> None:
    assert "corrected" not in {n["code"] for n in town.search(query, mode="keyword")["notices"]}


def test_a_correction_that_is_switched_off_is_not_made(town: Any) -> None:
    answer = town.search("Kastannie", mode="keyword", readings_off=["correction"])
    assert (answer["total"], [n["code"] for n in answer["notices"]]) == (0, ["no_hits_words"])


def test_how_a_question_was_read_is_said_and_can_be_switched_off(town: Any) -> None:
    town.put(record("kita", "Der Kindergarten öffnet"))
    answer = town.search("Kastanie Jahr:2021", mode="keyword")
    (notice,) = answer["notices"]
    assert notice == {"code": "read_fields", "text": "Als Feld gelesen: Jahr 2021.", "reading": "fields"}
    assert answer["total"] == 2
    again = town.search("Kastanie Jahr:2021", mode="keyword", readings_off=["fields"])
    assert (again["total"], [n["reading"] for n in again["notices"]]) == (10, ["numbers"])
    notices = town.search("Kita 62/2024 Hundesteuer", mode="keyword")["notices"]
    assert [n["reading"] for n in notices][:3] == ["numbers", "parts", "synonyms"]
    off = ["numbers", "parts", "synonyms", "correction"]
    answer = town.search("Kita 62/2024 Hundesteuer", mode="keyword", readings_off=off)
    assert not {n["reading"] for n in answer["notices"]} & set(off)


@pytest.mark.parametrize(
    ("body", "notices"),
    [
        (
            {"query": "Kastanie", "filters": {"year": "1990"}},
            {"no_hits_filters": "Mit den Filtern bleibt nichts übrig. Ohne sie wären es 10 Treffer."},
        ),
        (
            {"query": "Kastanie -Marktplatz"},
            {"no_hits_excluded": "Das Ausgeschlossene nimmt alles weg. Ohne es wären es 10 Treffer."},
        ),
        (
            {"query": '"Markt Kastanie"'},
            {
                "no_hits_exact": "So, wie es verlangt ist, steht es nirgends beieinander. "
                "Als einzelne Wörter wären es 10 Treffer."
            },
        ),
        (
            {"query": "Kastanie UND Zaun"},
            {
                "no_hits_together": "Zusammen kommt das nicht vor. "
                "Einzeln gesucht, „Kastanie“: 10 Treffer; „Zaun“: 0 Treffer."
            },
        ),
        ({"query": "Zaun"}, {"no_hits_words": "Keines dieser Wörter kommt in Unterlagen vor, die Sie lesen dürfen."}),
    ],
)
@pytest.mark.parametrize("mode", ["keyword", "hybrid"])
def test_why_nothing_was_found_counts_what_may_be_read(
    town: Any, body: dict[str, Any], notices: dict[str, str], mode: str
) -> None:
    town.put(record("geheim", "Kastanie Zaun", read=access("erbach", "kaemmerei")))
    answer = town.search(**body, mode=mode)
    told = {n["code"]: n["text"] for n in answer["notices"] if n["code"].startswith("no_hits")}
    if mode == "keyword" or answer["total"] == 0:
        assert (answer["total"], told) == (0, notices)
    else:
        assert told == {}


def test_a_named_number_needs_no_meaning(town: Any) -> None:
    answer = town.search("Jahr:2021", mode="semantic")
    assert answer["total"] == 2
    assert "semantic_without_words" in {n["code"] for n in answer["notices"]}


def test_an_export_of_a_typing_error_holds_what_the_search_shows(town: Any) -> None:
    body = {"query": "Kastannie", "mode": "keyword"}
    lines = town.ask("POST", "/v1/export", json={**body, "format": "jsonl"}).content.splitlines()
    assert {json.loads(line)["record_id"] for line in lines} == {f"baum-{n}" for n in range(10)}


def all_pages_of(town: Any, query: str, **body: Any) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        answer = town.search(query, size=3, cursor=cursor, **body)
        found += ids(answer)
        cursor = answer["cursor"]
        if cursor is None:
            return found
