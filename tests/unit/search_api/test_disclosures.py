"""Every operation of the OpenAPI document writes down what it shows, before it does; or declares that it shows none."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from fastapi import APIRouter
from PIL import Image
from starlette.testclient import TestClient

from records.audit_chain import Kind
from records.testing import FakeAuditLog
from search_api.disclosures import PIECE, Disclosures
from search_api.parts import Asking
from tests.factories import record
from tests.unit.search_api.test_routes import BODIES, OPEN, operations

#: operations whose answers show no record, and why; a new one without an audit entry has to be added here, by a person
SHOW_NO_RECORD = {
    ("POST", "/v1/suggest"): "single words, no record",
    ("GET", "/v1/sources"): "figures about folders",
    ("GET", "/v1/jobs"): "figures",
    ("GET", "/v1/quarantine"): "files that are no records",
    ("POST", "/v1/recognition/again"): "the id and the page that were sent",
    ("POST", "/v1/quarantine/retry"): "two numbers",
    ("GET", "/v1/sources/{name}/missing"): "files that have left their folder",
    ("POST", "/v1/sources/{name}/agree"): "a number",
    ("GET", "/v1/reconciliations"): "ids and versions, no words",
    ("GET", "/v1/deletions"): "ids and moments, no words",
    ("GET", "/v1/holds"): "ids and the reasons that were written for holds",
    ("POST", "/v1/holds"): "the id that was sent",
    ("DELETE", "/v1/holds/{hold_id}"): "an id and a reason",
    ("DELETE", "/v1/releases/{release_id}"): "the id of a release and its state",
    ("POST", "/v1/release-rules"): "a rule, no record",
    ("GET", "/v1/release-rules"): "rules, no record",
    ("DELETE", "/v1/release-rules/{rule_id}"): "a rule, no record",
    ("GET", "/v1/reports"): "the reports there are",
    ("GET", "/v1/reports/zero-hits"): "questions that led to no record",
    ("GET", "/v1/reports/{report}"): "figures, none of which is about fewer than five records",
    ("GET", "/v1/ready-reports"): "the templates there are",
    ("GET", "/v1/ready-reports/{template}"): "figures of the reports above",
    ("POST", "/v1/audit/search"): "the log itself, which writes down who read it",
}
#: operations for records managers; test_release_routes.py and test_management.py hold them against the log
OF_MANAGERS = {
    ("GET", "/v1/retention"),
    ("POST", "/v1/releases"),
    ("GET", "/v1/releases"),
    ("GET", "/v1/releases/{release_id}"),
}
#: what an entry says for each operation that shows records
KINDS = {
    ("POST", "/v1/search"): Kind.SEARCH,
    ("POST", "/v1/search/batch"): Kind.SEARCH,
    ("POST", "/v1/export"): Kind.EXPORT,
    ("GET", "/v1/records/{record_id}"): Kind.RECORD,
    ("GET", "/v1/records/{record_id}/text"): Kind.TEXT,
    ("GET", "/v1/records/{record_id}/pages/{n}"): Kind.PAGE,
    ("GET", "/v1/records/{record_id}/pages/{n}/image"): Kind.IMAGE,
    ("GET", "/v1/records/{record_id}/original"): Kind.ORIGINAL,
    ("POST", "/v1/records/{record_id}/similar"): Kind.SIMILAR,
    ("POST", "/v1/precedents"): Kind.PRECEDENTS,
    ("GET", "/v1/records/{record_id}/citations"): Kind.CITATIONS,
}

#: their entries are looked at in test_explain, test_routes and test_citation_routes
TESTED_ELSEWHERE = {("POST", "/v1/access/explain"), ("GET", "/v1/recognition"), ("POST", "/v1/citations")}


@pytest.fixture
def shelf(town: Any) -> Any:
    """The town, and a record whose picture and file can be asked for."""
    out = Image.new("RGB", (40, 40), "white")
    kept = town.files.path("0" * 64).parent.parent / "bild.png"
    kept.parent.mkdir(parents=True, exist_ok=True)
    out.save(kept)
    town.keep(record("bild", "Kastanie im Bild"), kept.read_bytes(), "image/png", "bild.png")
    return town


def body_of(path: str) -> dict[str, Any] | None:
    return BODIES.get(path)


def asked(path: str) -> str:
    return path.replace("{record_id}", "bild").replace("{n}", "1")


def test_every_operation_is_known_here(world: Any) -> None:
    closed = {(method, path) for method, path in operations(world) if path not in OPEN}
    assert closed == KINDS.keys() | SHOW_NO_RECORD.keys() | TESTED_ELSEWHERE | OF_MANAGERS


def test_only_what_stands_here_may_do_without_an_entry(world: Any) -> None:
    declared = {
        (method.upper(), path)
        for path, methods in world.app.openapi()["paths"].items()
        for method, told in methods.items()
        if "x-audit" in told
    }
    assert declared == set(SHOW_NO_RECORD)


@pytest.mark.parametrize(("operation", "kind"), KINDS.items())
def test_what_is_shown_is_written_down(shelf: Any, operation: tuple[str, str], kind: Kind) -> None:
    method, path = operation
    answer = shelf.ask(
        method,
        asked(path),
        json=body_of(path),
        token=shelf.issuer.token("bauamt", act={"sub": "fach", "groups": ["bauamt"]}),
    )
    assert answer.status_code == 200, answer.text
    (event,) = shelf.log.events
    assert (event.kind, event.tenant, event.subject, event.software) == (kind, "erbach", "bea", "fach")
    if "{record_id}" in path and method == "GET":
        assert event.record_ids == ("bild",)
        head = shelf.ask("HEAD", asked(path))
        assert head.status_code == 200
        assert (shelf.log.events[1].kind, shelf.log.events[1].record_ids) == (kind, ("bild",))
    else:
        visible = {i for i in ("bild", *(f"baum-{n}" for n in range(10))) if i in answer.text}
        # what is like a record tells of the record too
        visible |= {"bild"} if "{record_id}" in path else set()
        assert len(visible) == 11
        assert set(event.record_ids) == visible


@pytest.mark.parametrize("operation", KINDS)
def test_what_cannot_be_written_down_is_not_shown(shelf: Any, operation: tuple[str, str]) -> None:
    method, path = operation
    shelf.log.down = True
    for verb in (method, "HEAD") if method == "GET" else (method,):
        answer = shelf.ask(verb, asked(path), json=body_of(path))
        assert answer.status_code == 503
        assert "aum" not in answer.text
        assert answer.headers["retry-after"].isdigit()


@pytest.mark.parametrize("operation", KINDS)
def test_what_shows_nothing_needs_no_entry(shelf: Any, operation: tuple[str, str]) -> None:
    method, path = operation
    body = body_of(path)
    nothing: dict[str, Any] = {"query": "gibtesnicht", "mode": "keyword"}
    if path == "/v1/precedents":
        nothing = {"filters": {"department": "gibtesnicht"}}
    if path == "/v1/search/batch":
        nothing = {"searches": [nothing]}
    asked_for = path.replace("{record_id}", "geheim").replace("{n}", "1")
    answer = shelf.ask(method, asked_for, json=body and {**body, **nothing})
    assert answer.status_code == (404 if "{record_id}" in path else 200)
    assert shelf.log.events == []


def test_no_word_of_the_question_and_none_of_the_record_is_written_down(shelf: Any) -> None:
    shelf.search("Kastanie Marktplatz", filters={"department": "bauamt"})
    written = repr(shelf.log.events).lower()
    assert not re.search("kastanie|marktplatz|baumfällung|bauamt", written)


def test_reading_the_log_is_for_its_officer_and_an_entry_itself(town: Any) -> None:
    town.search("kastanie")
    body = BODIES["/v1/audit/search"]
    for roles, more in (
        ([], {}),
        (["records-manager", "reports"], {}),
        (["privacy"], {"act": {"sub": "fach", "groups": ["bauamt"]}}),
    ):
        token = town.issuer.token("bauamt", roles=roles, **more)
        answer = town.ask("POST", "/v1/audit/search", token=token, json=body)
        assert (answer.status_code, answer.content) == (404, town.ask("GET", "/v1/nichts").content)
    elsewhere = town.issuer.token("bauamt", roles=["privacy"], tenant="michelstadt")
    assert "baum-" not in town.ask("POST", "/v1/audit/search", token=elsewhere, json=body).text
    officer = town.issuer.token("bauamt", roles=["privacy"], sub="dana")
    for field in ("reason", "from", "to"):
        answer = town.ask("POST", "/v1/audit/search", token=officer, json={k: v for k, v in body.items() if k != field})
        assert [e["field"] for e in answer.json()["errors"]] == [field]
    assert town.ask("POST", "/v1/audit/search", token=officer, json={**body, "reason": " "}).status_code == 422
    read = town.ask("POST", "/v1/audit/search", token=officer, json=body).json()
    assert [(e["kind"], e["subject"], e["purpose"]) for e in read["entries"]] == [
        ("audit", "dana", "Auskunft"),
        ("search", "bea", None),
    ]
    assert "kastanie" not in str(read).lower()
    town.log.down = True
    assert town.ask("POST", "/v1/audit/search", token=officer, json=body).status_code == 503


def test_the_log_is_read_page_by_page(town: Any) -> None:
    for _ in range(120):
        town.ask("GET", "/v1/records/baum-1")
    officer, other = (town.issuer.token("x", roles=["privacy"], sub=sub) for sub in ("dana", "kim"))
    body = dict(BODIES["/v1/audit/search"])
    first = town.ask("POST", "/v1/audit/search", token=officer, json=body).json()
    body["cursor"] = first["cursor"]
    assert town.ask("POST", "/v1/audit/search", token=other, json=body).status_code == 422
    assert town.ask("POST", "/v1/audit/search", token=officer, json={**body, "subject": "x"}).status_code == 422
    second = town.ask("POST", "/v1/audit/search", token=officer, json=body).json()
    numbers = [e["sequence"] for page in (first, second) for e in page["entries"]]
    assert (len(first["entries"]), second["cursor"]) == (100, None)
    assert numbers == list(range(121, 0, -1))


def test_a_route_that_forgets_the_log_shows_nothing(town: Any) -> None:
    router = APIRouter()

    @router.get("/v1/vergessen")
    def forgotten(asking: Asking) -> list[str]:
        return [town.index.record(asking, "baum-1").metadata.title]

    town.app.include_router(router)
    answer = town.ask("GET", "/v1/vergessen")
    assert answer.status_code == 500
    assert "Baumf" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


class BrokenAfter(FakeAuditLog):
    """Fails from the entry after so many."""

    def __init__(self, entries: int) -> None:
        super().__init__()
        self.left = entries

    def commit(self, event: Any) -> None:
        self.down = self.left == 0
        self.left -= 1
        super().commit(event)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_an_export_shows_only_lines_that_were_written_down(world: Any, kind: str) -> None:
    world.put(*(record(f"r{n:04}", "Kastanie") for n in range(3 * PIECE)), vectors=False)
    log = BrokenAfter(2)
    client: TestClient = world.with_parts(audit=Disclosures(log))
    headers = {"authorization": f"Bearer {world.issuer.token('bauamt')}"}
    body = {"query": "kastanie", "mode": "keyword", "format": kind}
    answer = client.post("/v1/export", json=body, headers=headers)
    written = [i for event in log.events for i in event.record_ids]
    assert len(written) == 2 * PIECE
    assert set(re.findall(r"\br\d{4}\b", answer.text)) == set(written)
    assert "UNVOLLSTÄNDIG" in answer.text


def test_a_purpose_is_written_down_as_it_was_meant(town: Any) -> None:
    token = town.issuer.token("bauamt")

    def ask(purpose: bytes) -> int:
        headers = [(b"authorization", f"Bearer {token}".encode()), (b"aktensuche-purpose", purpose)]
        return int(town.client.get("/v1/records/baum-1", headers=headers).status_code)

    assert ask("Prüfung eines  Widerspruchs".encode()) == 200
    assert ask("Prüfung".encode("latin-1")) == 200
    assert [event.purpose for event in town.log.events] == ["Prüfung eines Widerspruchs", "Prüfung"]
    assert ask(b"x" * 201) == 422
    assert ask("\u202e".encode()) == 422
    assert len(town.log.events) == 2


def test_what_is_written_down_can_be_written(town: Any) -> None:
    """A name that a database refuses is refused at the door of the log, not inside a batch with those of others."""
    token = town.issuer.token("bauamt", sub="a\0b")
    answer = town.ask("GET", "/v1/records/baum-1", token=token)
    assert answer.status_code == 422
    assert json.loads(answer.content)["errors"][0]["field"] == "subject"
