"""What cites what, over HTTP: what comes in, what goes out, what is written down."""

from __future__ import annotations

import json
from typing import Any

import pytest

from records.audit_chain import Kind
from records.release import ReleaseForm
from records.usage import Use
from tests.factories import access, record, release

PAGES = ("Deckblatt", "Das Vorhaben ist nach § 34 Abs. 2 BauGB zulässig.", "Wie in Drucksache 2021/1198 beschlossen.")


@pytest.fixture
def archive(world: Any) -> Any:
    world.put(
        record("bau", PAGES, title="Bauvoranfrage", file_reference="632.1-11/2024"),
        record("folge", "Az. 632.1-12/2024. Anders als unter Az. 632.1-11/2024.", file_reference="632.1-12/2024"),
        record("zwei", "nach §§ 31, 34 BauGB", file_reference="632.1-13/2024"),
        record("geheim", "§ 34 BauGB, Az. 632.1-11/2024", read=access("erbach", "kaemmerei")),
        record("fremd", "§ 34 BauGB, Az. 632.1-11/2024", read=access("michelstadt", "alle")),
    )
    world.index.put_releases(
        [
            release("ganz", "Gestützt auf § 34 BauGB und Az. 632.1-11/2024"),
            release("schwarz", "Gestützt auf § 34 BauGB", form=ReleaseForm.REDACTED),
            release("anderen", "§ 34 BauGB", partners=("oberzent/alle",)),
            release("hinweis", form=ReleaseForm.EXISTENCE, file_reference="632.1-11/2024"),
        ]
    )
    return world


def citing(world: Any, of: str, *groups: str, **body: Any) -> Any:
    answer = world.ask("POST", "/v1/citations", *groups, json={"of": of, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(found: Any) -> set[str]:
    return {hit["record_id"] for hit in found["hits"]}


def test_what_cites_a_paragraph_is_shown_at_its_place(archive: Any) -> None:
    found = citing(archive, "§34 BauGB")
    assert found["of"] == [{"kind": "paragraph", "text": "§ 34 BauGB"}]
    assert ids(found) == {"bau", "zwei", "ganz", "schwarz"}
    assert (found["total"], found["cursor"]) == (4, None)
    (hit,) = (h for h in found["hits"] if h["record_id"] == "bau")
    (passage,) = hit["passages"]
    (mark,) = passage["highlights"]
    assert (passage["page"], passage["text"][slice(*mark)]) == (2, "§ 34 Abs. 2 BauGB")
    assert hit["citation"] == "Erbach, Az. 632.1-11/2024, „Bauvoranfrage“ vom 07.03.2024"
    assert archive.ask("GET", hit["link"]).json()["record_id"] == "bau"


def test_kind_is_found_out_or_given(archive: Any) -> None:
    assert citing(archive, "Drucksache 2021/1198")["of"] == [{"kind": "paper", "text": "2021/1198"}]
    assert ids(citing(archive, "2021-1198", kind="file_reference")) == {"bau"}
    assert ids(citing(archive, "632.1 - 11/2024")) == {"folge", "ganz"}
    assert ids(citing(archive, "§ 31 BauGB, Drs. 2021/1198")) == {"zwei", "bau"}
    assert ids(citing(archive, "§ 34 BauGB", filters={"tenant": "michelstadt"})) == {"ganz", "schwarz"}


def test_only_what_may_be_read_is_counted(archive: Any) -> None:
    assert "geheim" in ids(citing(archive, "§ 34 BauGB", "kaemmerei"))
    token = archive.issuer.token("bauamt", act={"sub": "fach", "groups": ["kaemmerei"]})
    answer = archive.ask("POST", "/v1/citations", token=token, json={"of": "§ 34 BauGB"}).json()
    assert (ids(answer), answer["total"]) == ({"ganz", "schwarz"}, 2)


def test_pages_go_on_where_the_last_one_ended(archive: Any) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        page = citing(archive, "§ 34 BauGB", size=1, cursor=cursor)
        assert page["total"] == 4
        seen += [hit["record_id"] for hit in page["hits"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert (len(seen), set(seen)) == (4, {"bau", "zwei", "ganz", "schwarz"})


def test_a_cursor_belongs_to_its_question(archive: Any) -> None:
    cursor = citing(archive, "§ 34 BauGB", size=1)["cursor"]
    # the same in another spelling
    assert citing(archive, "§ 34 des Baugesetzbuchs", size=1, cursor=cursor)["hits"]
    for body, groups in (
        ({"of": "§ 31 BauGB"}, ("bauamt",)),
        ({"of": "§ 34 BauGB"}, ("kaemmerei",)),
        ({"of": "§ 34 BauGB", "filters": {"tenant": "erbach"}}, ("bauamt",)),
    ):
        answer = archive.ask("POST", "/v1/citations", *groups, json=body | {"cursor": cursor})
        assert answer.status_code == 422
        assert [fault["field"] for fault in answer.json()["errors"]] == ["cursor"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"of": ""}, "of"),
        ({"of": "Hundesteuer"}, "of"),
        ({"of": "12.03.2024"}, "of"),
        ({"of": "x" * 301}, "of"),
        ({"of": "\ud800§ 34"}, "of"),
        ({"of": "§ 34 BauGB", "kind": "ruling"}, "of"),
        ({"of": "§ 34 BauGB", "kind": "words"}, "kind"),
        ({"of": "§ 34 BauGB", "size": 0}, "size"),
        ({"of": "§ 34 BauGB", "size": 201}, "size"),
        ({"of": "§ 34 BauGB", "cursor": "x"}, "cursor"),
        ({"of": "§ 34 BauGB", "filters": {"readers": "alle"}}, "filters.readers"),
        ({"of": "§ 34 BauGB", "aggs": {}}, "aggs"),
        ({}, "of"),
    ],
)
def test_what_cannot_be_used_is_named(archive: Any, body: dict[str, Any], field: str) -> None:
    headers = {"authorization": f"Bearer {archive.issuer.token('bauamt')}", "content-type": "application/json"}
    answer = archive.client.post("/v1/citations", content=json.dumps(body), headers=headers)
    assert answer.status_code == 422, answer.text
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]
    assert archive.log.events == []


def test_a_record_says_what_it_cites_and_what_cites_it(archive: Any) -> None:
    told = archive.ask("GET", "/v1/records/bau/citations").json()
    assert told["cites"] == [{"kind": "paragraph", "text": "§ 34 BauGB"}, {"kind": "paper", "text": "2021/1198"}]
    # its own file, cited by another file and by a release; not by what may not be read
    assert ids(told["cited_by"]) == {"folge", "ganz"}
    assert told["cited_by"]["total"] == 2
    first = archive.ask("GET", "/v1/records/bau/citations?size=1").json()["cited_by"]
    second = archive.ask("GET", f"/v1/records/bau/citations?size=1&cursor={first['cursor']}").json()["cited_by"]
    assert ids(first) | ids(second) == {"folge", "ganz"}
    assert archive.ask("GET", "/v1/records/folge/citations").json()["cites"] == [
        {"kind": "file_reference", "text": "632.1-11/2024"}
    ]
    nothing = archive.ask("GET", "/v1/records/hinweis/citations").json()
    assert nothing["cites"] == []
    assert archive.ask("GET", "/v1/records/schwarz/citations").json()["cited_by"] == {
        "total": 0,
        "hits": [],
        "cursor": None,
    }


@pytest.mark.parametrize("record_id", ["geheim", "fremd", "anderen", "gibtesnicht", "x" * 600])
def test_what_may_not_be_read_is_not_there(archive: Any, record_id: str) -> None:
    assert archive.ask("GET", f"/v1/records/{record_id}/citations").status_code == 404
    assert archive.log.events == []


def test_what_is_shown_is_written_down(archive: Any) -> None:
    shown = citing(archive, "§ 34 BauGB")
    archive.ask("GET", "/v1/records/bau/citations")
    first, second = archive.log.events
    assert (first.kind, set(first.record_ids)) == (Kind.CITATIONS, ids(shown))
    # what it cites tells of the record itself
    assert (second.kind, second.record_ids[0], set(second.record_ids)) == (
        Kind.CITATIONS,
        "bau",
        {"bau", "folge", "ganz"},
    )
    archive.log.down = True
    for method, path, body in (
        ("POST", "/v1/citations", {"of": "§ 34 BauGB"}),
        ("GET", "/v1/records/bau/citations", None),
    ):
        answer = archive.ask(method, path, json=body)
        assert answer.status_code == 503
        assert "BauGB" not in answer.text


def test_uses_are_counted(archive: Any) -> None:
    first = citing(archive, "§ 34 BauGB", size=1)
    second = citing(archive, "§ 34 BauGB", cursor=first["cursor"])
    archive.ask("GET", "/v1/records/bau/citations")
    archive.usage.close()
    counted = {(count.use, count.mode): number for count, number in archive.figures.counts.items()}
    shown = len(first["hits"]) + len(second["hits"])
    assert counted == {(Use.SEARCHES, "citations"): 1, (Use.SHOWN, "citations"): shown}


def test_the_document_has_examples(archive: Any) -> None:
    for example in archive.client.get("/openapi.json").json()["components"]["schemas"]["CitationsBody"]["examples"]:
        assert archive.ask("POST", "/v1/citations", json=example).status_code == 200
