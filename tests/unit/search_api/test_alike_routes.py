"""Similar records and precedents over HTTP: what comes in, what goes out, what is written down."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from records.access import ActingSoftware
from records.audit_chain import Kind
from records.release import ReleaseForm
from records.usage import Use
from search_api.alike_schemas import MAX_DRAFT
from search_api.likeness import LOOKED_AT
from search_api.slots import Slots
from tests.factories import access, record, release

TREE = (
    "Die Kastanie am Marktplatz wird nach § 2 der Baumschutzsatzung nicht gefällt, weil sie gesund und standsicher ist."
)
ASKED: dict[str, Any] = {"text": f"Fällung einer Kastanie\n{TREE}", "purpose": "Antrag 31/2026"}


@pytest.fixture
def archive(world: Any) -> Any:
    world.put(
        record("baum-1", TREE, title="Fällung einer Kastanie", file_reference="632.6-14/2024", file_plan="632.6"),
        record("baum-2", TREE.replace("Kastanie", "Linde"), title="Fällung einer Linde", file_plan="632.6"),
        record("hund", "Anmeldung eines Hundes zur Steuer", title="Hundesteuer"),
        record("geheim", TREE, title="Geheime Fällung", read=access("erbach", "kaemmerei")),
        record("fremd", TREE, title="Fremde Fällung", read=access("michelstadt", "alle")),
    )
    world.index.put_releases(
        [
            release("ganz", TREE, embedder=world.embedder),
            release("anderen", TREE, partners=("oberzent/alle",), embedder=world.embedder),
            release("hinweis", form=ReleaseForm.EXISTENCE, document_type="Bescheid"),
        ]
    )
    return world


def precedents(world: Any, *groups: str, **body: Any) -> Any:
    answer = world.ask("POST", "/v1/precedents", *groups, json=ASKED | body)
    assert answer.status_code == 200, answer.text
    return answer.json()["hits"]


def similar(world: Any, record_id: str, *groups: str, **more: Any) -> Any:
    answer = world.ask("POST", f"/v1/records/{record_id}/similar", *groups, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["hits"]


def test_a_hit_says_what_is_alike_and_how_to_cite_it(archive: Any) -> None:
    hit = next(h for h in precedents(archive, fields={"file_plan": "632.6"}) if h["record_id"] == "baum-1")
    assert hit["title"] == "Fällung einer Kastanie"
    assert hit["matched_by"] == ["word", "meaning"]
    assert hit["passages"]
    texts = {share["code"]: share["text"] for share in hit["shares"]}
    assert texts["file_plan"] == "gleicher Aktenplan: 632.6"
    assert texts["legal_basis"] == "gleiche Rechtsgrundlage: § 2 Baumschutzsatzung"
    assert texts["meaning"] == "ähnlicher Sinn"
    assert (hit["confidence"], hit["near_copy"], hit["closed"]) == ("high", True, False)
    assert hit["citation"] == "Erbach, Az. 632.6-14/2024, „Fällung einer Kastanie“ vom 07.03.2024"
    assert hit["link"] == "/v1/records/baum-1"
    assert archive.ask("GET", hit["link"]).json()["record_id"] == "baum-1"


def test_only_what_may_be_read_is_alike(archive: Any) -> None:
    for hits in (precedents(archive, size=50), similar(archive, "baum-1", json={"size": 50})):
        assert {h["record_id"] for h in hits} - {"baum-1"} == {"baum-2", "hund", "ganz"}
        assert "Geheime" not in json.dumps(hits)
        assert "Fremde" not in json.dumps(hits)
    assert "geheim" in {h["record_id"] for h in precedents(archive, "kaemmerei")}


def test_software_gets_the_intersection(archive: Any) -> None:
    token = archive.issuer.token("bauamt", act={"sub": "fach", "groups": ["kaemmerei"]})
    answer = archive.ask("POST", "/v1/precedents", token=token, json=ASKED)
    assert {h["record_id"] for h in answer.json()["hits"]} == {"ganz"}
    assert archive.ask("POST", "/v1/records/baum-1/similar", token=token).status_code == 404
    (event,) = archive.log.events
    assert (event.subject, event.software) == ("bea", ActingSoftware("fach", frozenset()).name)


def test_existence_is_found_by_what_was_ticked_alone(archive: Any) -> None:
    assert "hinweis" not in {h["record_id"] for h in precedents(archive, text=f"{TREE} Bescheid 2024")}
    (hint,) = (h for h in precedents(archive, fields={"document_type": "Bescheid"}) if h["released"] == "existence")
    assert hint["title"] == "Michelstadt hat einen vergleichbaren Vorgang; fragen Sie dort nach."
    assert hint["citation"] == "Michelstadt, Hinweis auf einen Vorgang (Bescheid, 2024)"
    assert (hint["passages"], hint["matched_by"], hint["near_copy"]) == ([], [], False)
    assert similar(archive, "hinweis") == []


def test_the_body_of_similar_may_be_left_out(archive: Any) -> None:
    everything = similar(archive, "baum-1")
    assert everything == similar(archive, "baum-1", json={})
    assert [h["record_id"] for h in similar(archive, "baum-1", json={"size": 1})] == [everything[0]["record_id"]]
    elsewhere = similar(archive, "baum-1", json={"filters": {"tenant": "michelstadt"}})
    assert {h["record_id"] for h in elsewhere} == {"ganz"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "x" * (MAX_DRAFT + 1)}, "text"),
        ({"text": " \n ?"}, "text"),
        ({"text": "", "fields": {"file_plan": " "}}, "text"),
        ({"purpose": None}, "purpose"),
        ({"purpose": " \n"}, "purpose"),
        ({"purpose": "x" * 201}, "purpose"),
        ({"purpose": "a\0b"}, "purpose"),
        ({"purpose": "\ud800"}, "purpose"),
        ({"fields": {"readers": "erbach/bauamt"}}, "fields.readers"),
        ({"fields": {"keywords": ["x"] * 21}}, "fields.keywords"),
        ({"fields": {"file_plan": "x" * 301}}, "fields.file_plan"),
        ({"filters": {"readers": "alle"}}, "filters.readers"),
        ({"size": 0}, "size"),
        ({"size": LOOKED_AT + 1}, "size"),
        ({"aggs": {}}, "aggs"),
    ],
)
def test_what_cannot_be_used_is_named(archive: Any, body: dict[str, Any], field: str) -> None:
    headers = {"authorization": f"Bearer {archive.issuer.token('bauamt')}", "content-type": "application/json"}
    answer = archive.client.post("/v1/precedents", content=json.dumps(ASKED | body), headers=headers)
    assert answer.status_code == 422, answer.text
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]
    assert archive.log.events == []


def test_a_purpose_has_to_be_named(archive: Any) -> None:
    answer = archive.ask("POST", "/v1/precedents", json={"text": TREE})
    assert [fault["field"] for fault in answer.json()["errors"]] == ["purpose"]


def test_the_longest_draft_is_taken(archive: Any) -> None:
    assert precedents(archive, text=(TREE * 1_000)[:MAX_DRAFT])


def test_a_field_alone_is_enough(archive: Any) -> None:
    hits = precedents(archive, text="", fields={"file_plan": "632.6", "keywords": [], "legal_bases": []})
    assert {h["record_id"] for h in hits} == {"baum-1", "baum-2"}
    assert precedents(archive, text="", fields={"keywords": "Linde"})[0]["record_id"] == "baum-2"


def test_what_is_shown_is_written_down_with_its_purpose(archive: Any) -> None:
    shown = precedents(archive, purpose="  Antrag\n 31/2026 ")
    seen = similar(archive, "baum-1")
    first, second = archive.log.events
    assert (first.kind, first.purpose) == (Kind.PRECEDENTS, "Antrag 31/2026")
    assert set(first.record_ids) == {h["record_id"] for h in shown}
    # what is shared tells of the record itself too
    assert second.kind is Kind.SIMILAR
    assert second.record_ids == ("baum-1", *(h["record_id"] for h in seen))


def test_the_purpose_of_similar_travels_in_the_header(archive: Any) -> None:
    token = archive.issuer.token("bauamt")
    headers = {"authorization": f"Bearer {token}", "aktensuche-purpose": "Auskunft"}
    assert archive.client.post("/v1/records/baum-1/similar", headers=headers).status_code == 200
    assert archive.log.events[-1].purpose == "Auskunft"


def test_without_the_log_nothing_is_shown(archive: Any) -> None:
    archive.log.down = True
    for path, body in (("/v1/precedents", ASKED), ("/v1/records/baum-1/similar", None)):
        answer = archive.ask("POST", path, json=body)
        assert answer.status_code == 503
        assert "Kastanie" not in answer.text


def test_each_caller_may_have_so_many_in_hand(archive: Any) -> None:
    slots = Slots(1)
    client = archive.with_parts(meaning=slots)
    headers = {"authorization": f"Bearer {archive.issuer.token('bauamt')}"}
    release_it, taken = threading.Event(), threading.Event()

    def hold() -> None:
        with slots.taken(archive.parts.tokens.principal(archive.issuer.token("bauamt"))):
            taken.set()
            release_it.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait(10)
    try:
        for path, body in (("/v1/precedents", ASKED), ("/v1/records/baum-1/similar", None)):
            answer = client.post(path, json=body, headers=headers)
            assert (answer.status_code, answer.headers.get("retry-after")) == (429, "2")
        # whether there is such a record is not told by whether there was a place
        assert client.post("/v1/records/geheim/similar", headers=headers).status_code == 404
    finally:
        release_it.set()
        holder.join()


def test_uses_are_counted(archive: Any) -> None:
    some, others = precedents(archive), similar(archive, "baum-1")
    archive.usage.close()
    counted = {(count.use, count.mode): number for count, number in archive.figures.counts.items()}
    assert counted == {
        (Use.SEARCHES, "precedents"): 1,
        (Use.SEARCHES, "similar"): 1,
        (Use.SHOWN, "precedents"): len(some),
        (Use.SHOWN, "similar"): len(others),
    }


def test_no_score_leaves(archive: Any) -> None:
    def numbers(value: Any) -> list[Any]:
        if isinstance(value, dict):
            return [n for inner in value.values() for n in numbers(inner)]
        if isinstance(value, list):
            return [n for inner in value for n in numbers(inner)]
        return [value] if isinstance(value, float) else []

    assert numbers(precedents(archive)) == []


def test_the_document_has_examples(archive: Any) -> None:
    schemas = archive.client.get("/openapi.json").json()["components"]["schemas"]
    for name in ("SimilarBody", "PrecedentsBody"):
        (example,) = schemas[name]["examples"]
        sent = archive.ask("POST", "/v1/precedents", json={"purpose": "x", "text": "x"} | example)
        assert sent.status_code == 200, sent.text
