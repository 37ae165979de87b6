"""Every operation of the OpenAPI document against every state a caller can meet."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from records.audit_chain import Kind
from search_api.rates import Rates
from tests.factories import record
from tests.leaks.routes import ROUTES

OPEN = {"/health/live", "/health/ready", "/metrics"}
MANAGERS = {"/v1/sources", "/v1/jobs", "/v1/quarantine", "/v1/recognition"}
BODIES: dict[str, dict[str, Any]] = {
    "/v1/search": {"query": "kastanie"},
    "/v1/search/batch": {"searches": [{"query": "kastanie"}]},
    "/v1/suggest": {"query": "kas"},
    "/v1/export": {"query": "kastanie", "format": "csv", "mode": "keyword"},
    "/v1/precedents": {"text": "kastanie", "purpose": "Prüfung", "size": 20},
    "/v1/citations": {"of": "§ 34 BauGB"},
    "/v1/access/explain": {"record_id": "gibtesnicht"},
    "/v1/releases": {
        "record_id": "gibtesnicht",
        "form": "whole",
        "partners": ["michelstadt"],
        "purpose": "Prüfung",
        "legal_basis": "§ 22 HDSIG",
    },
    "/v1/release-rules": {
        "document_type": "Satzung",
        "partners": ["*"],
        "purpose": "Prüfung",
        "legal_basis": "§ 22 HDSIG",
    },
    "/v1/recognition/again": {"record_id": "r", "page": 1},
    "/v1/quarantine/retry": {"reason": "damaged"},
    "/v1/sources/{name}/agree": {"held": 1},
    "/v1/holds": {"record_id": "gibtesnicht", "reason": "Prüfung"},
    "/v1/audit/search": {"reason": "Auskunft", "from": "2024-01-01T00:00:00Z", "to": "2034-01-01T00:00:00Z"},
}


def operations(world: Any) -> list[tuple[str, str]]:
    found = [(m.upper(), p) for p, methods in world.app.openapi()["paths"].items() for m in methods]
    assert len(found) > 10
    return found


def filled(path: str) -> str:
    for name in ("record_id", "release_id", "rule_id", "name", "hold_id"):
        path = path.replace(f"{{{name}}}", "gibtesnicht")
    return path.replace("{n}", "1")


def test_every_operation_has_its_row_in_the_leak_suite(world: Any) -> None:
    """The suite itself says so too, when it has started an engine; here it takes no time."""
    assert set(operations(world)) == set(ROUTES)


def test_without_a_token_only_operations_answer(world: Any) -> None:
    for method, path in operations(world):
        for body in (BODIES.get(path), None):
            answer = world.client.request(method, filled(path), json=body)
            if path in OPEN:
                assert answer.status_code == 200, path
            else:
                assert answer.status_code == 401, (method, path)
                assert answer.headers["www-authenticate"].startswith("Bearer")
                assert answer.headers["content-type"] == "application/problem+json"


def test_a_broken_token_opens_nothing(world: Any) -> None:
    for method, path in operations(world):
        if path not in OPEN:
            answer = world.ask(method, filled(path), token="a.b.c", json=BODIES.get(path))
            assert answer.status_code == 401, (method, path)


def test_engine_down_is_503_with_a_reason_everywhere(world: Any) -> None:
    world.index.down = True
    token = world.issuer.token("bauamt", roles=["records-manager"])
    for method, path in operations(world):
        if path in {"/health/live", "/metrics"}:
            continue
        answer = world.ask(method, filled(path), token=token, json=BODIES.get(path))
        assert answer.status_code == 503, (method, path, answer.text)
        assert answer.headers["retry-after"].isdigit()
        assert "search engine" in answer.json()["detail"]


def test_without_the_ledger_nothing_is_read_because_nobody_knows_what_was_revoked(town: Any) -> None:
    town.index.revocations.down = True
    for method, path in operations(town):
        if path in OPEN:
            continue
        asked = filled(path.replace("{record_id}", "baum-1"))
        answer = town.ask(method, asked, json=BODIES.get(path))
        assert answer.status_code == 503, (method, path, answer.text)
        assert "Kastanie" not in answer.text


def test_unknown_forbidden_and_malformed_ids_look_the_same(town: Any) -> None:
    for method, path in operations(town):
        if "{record_id}" not in path:
            continue
        for verb in {method, "HEAD"} if method == "GET" else {method}:
            answers = [
                town.ask(verb, path.replace("{record_id}", i).replace("{n}", "1"))
                for i in ("gibtesnicht", "geheim", "fremd", "x" * 5000, "a%2Fb", "%00", "..%2F..")
            ]
            assert {a.status_code for a in answers} == {404}, (verb, path)
            assert len({a.content for a in answers}) == 1
            assert len({tuple(sorted(a.headers.items())) for a in answers}) == 1


def test_unknown_addresses_and_methods_are_problems(world: Any) -> None:
    assert world.ask("GET", "/v1/nichts").json()["status"] == 404
    answer = world.ask("DELETE", "/v1/search")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"query": "x" * 8001}, "query"),
        ({"query": "x", "mode": "magic"}, "mode"),
        ({"query": "x", "filters": {"readers": "alle"}}, "filters.readers"),
        ({"query": "x", "filters": {"department": ["a"] * 101}}, "filters.department"),
        ({"query": "x", "filters": {"department": 3}}, "filters.department"),
        ({"query": "x", "filters": {"date_from": "gestern"}}, "filters.date_from"),
        ({"query": "x", "facets": ["readers"]}, "facets"),
        ({"query": "x", "size": 201}, "size"),
        ({"query": "x", "size": 0}, "size"),
        ({"query": "x", "sort": "secret"}, "sort"),
        ({"query": "x", "cursor": "falsch"}, "cursor"),
        ({"query": "x", "script": "1"}, "script"),
        ({"query": "", "mode": "semantic"}, "query"),
        ({"query": "\ud800"}, "query"),
        ({"query": ["x"]}, "query"),
    ],
)
def test_what_cannot_be_used_is_named(world: Any, body: dict[str, Any], field: str) -> None:
    content = json.dumps(body)
    token = world.issuer.token("bauamt")
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    answer = world.client.post("/v1/search", content=content, headers=headers)
    assert answer.status_code == 422, answer.text
    assert [e["field"] for e in answer.json()["errors"]] == [field]


def test_security_headers_on_every_kind_of_answer(town: Any) -> None:
    for answer in (town.ask("GET", "/v1/records/baum-1"), town.ask("GET", "/nichts"), town.client.get("/v1/jobs")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_fault_inside_tells_nothing(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def record(self, *_: Any) -> None:
            raise RuntimeError("geheimes passwort")

    client: TestClient = world.with_parts(index=Broken())
    token = world.issuer.token("bauamt")
    answer = client.get("/v1/records/x", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 500
    assert "geheim" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_only_records_managers_see_the_indexer(world: Any) -> None:
    for path in sorted(MANAGERS):
        assert world.ask("GET", path).status_code == 403
        software = world.issuer.token("x", roles=["records-manager"], act={"sub": "fach", "groups": ["x"]})
        assert world.ask("GET", path, token=software).status_code == 403
        manager = world.issuer.token("x", roles=["records-manager"])
        assert world.ask("GET", path, token=manager).status_code == 200
    assert world.ask("GET", "/v1/jobs", token=manager).json()["vectors_pending"] == 3


def test_doubtful_pages_are_listed_and_written_down(world: Any) -> None:
    manager = world.issuer.token("x", roles=["records-manager"])
    pages = world.ask("GET", "/v1/recognition?below=40&size=2", token=manager).json()
    assert [(p["page"], p["confidence"]) for p in pages] == [(1, 10), (2, 20)]
    (event,) = (e for e in world.log.events if e.kind is Kind.RECOGNITION)
    assert event.record_ids == ("r1",)
    assert world.ask("GET", "/v1/recognition?below=0", token=manager).status_code == 422


def test_more_than_the_allowed_rate_is_429(world: Any) -> None:
    client = world.with_parts(rates=Rates(5, 60))
    headers = {"authorization": f"Bearer {world.issuer.token('bauamt')}"}
    answers = [client.get("/v1/records/x", headers=headers) for _ in range(6)]
    assert [a.status_code for a in answers] == [404] * 5 + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    other = {"authorization": f"Bearer {world.issuer.token('bauamt', sub='kim')}"}
    assert client.get("/v1/records/x", headers=other).status_code == 404
    assert client.get("/health/live").status_code == 200


def test_readiness_names_what_is_missing(world: Any, tmp_path: Any) -> None:
    flag = tmp_path / "ready"
    client = world.with_parts(ready_file=flag)
    assert "prepared" in client.get("/health/ready").json()["detail"]
    flag.touch()
    assert client.get("/health/ready").status_code == 200
    world.index.revocations.down = True
    assert "ledger" in client.get("/health/ready").json()["detail"]
    world.index.revocations.down = False
    world.embedder.down = True
    assert "embedding" in client.get("/health/ready").json()["detail"]


def test_figures_hold_no_words_and_no_ids(town: Any) -> None:
    town.search("geheimwort")
    town.ask("GET", "/v1/records/baum-1")
    text = town.client.get("/metrics").text
    assert 'route="/v1/records/{record_id}"' in text
    assert "geheimwort" not in text
    assert "baum-1" not in text


def test_the_document_is_openapi_3_1_with_the_bearer_scheme(world: Any) -> None:
    document = world.client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    responses = document["paths"]["/v1/search"]["post"]["responses"]
    assert "application/problem+json" in responses["422"]["content"]
    assert set(document["components"]["schemas"]["Filters"]["properties"]) > {"date_from", "department", "year"}


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{", b"[" * 15, b"\x00"])
def test_a_body_that_cannot_be_read_is_named_like_anything_else(world: Any, content: bytes) -> None:
    headers = {"authorization": f"Bearer {world.issuer.token('bauamt')}", "content-type": "application/json"}
    answer = world.client.post("/v1/search", content=content, headers=headers)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"]


def test_a_body_that_is_too_large_is_refused(world: Any) -> None:
    assert world.ask("POST", "/v1/search", content=b"x" * (1 << 20) + b"x").status_code == 413


def test_record_with_everything_known(world: Any) -> None:
    world.put(record("a", ("eins", "zwei"), file_reference="632.6", case_type="Fällung", fields={"ort": "Markt"}))
    body = world.ask("GET", "/v1/records/a").json()
    assert (body["pages"], body["text"], body["file_name"], body["released"]) == (2, "full", "a.pdf", None)
    assert body["fields"] == {"ort": "Markt", "case_type": "Fällung", "text": "full", "confidentiality": "offen"}
    assert world.ask("GET", "/v1/records/a/pages/2").json() == {
        "page": 2,
        "of": 2,
        "text": "zwei",
        "confidence": None,
    }
    assert world.ask("GET", "/v1/records/a/pages/3").status_code == 404
    assert world.ask("GET", "/v1/records/a/pages/0").status_code == 404
    assert world.ask("GET", "/v1/records/a/text").json()["text"] == "eins\fzwei"
