"""The Python client: what it sends is in the document, what it gets it understands, and "later" is waited for."""

from __future__ import annotations

import io
import json
import re
import runpy
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from aktensuche_client import Aktensuche, NotThereError, ProblemError, Software
from tests.compatibility import read_released
from tests.stack import TREE
from tests.unit.search_api.example_town import TEXT, ExampleTown
from tests.unit.search_api.test_contract import faults, operations, resolved

RELEASE = {
    "record_id": "beispiel-0001",
    "form": "whole",
    "partners": ["*"],
    "purpose": "Vergleich",
    "legal_basis": "§ 22 HDSIG",
}


@pytest.fixture
def town(world: Any) -> Iterator[ExampleTown]:
    made = ExampleTown(world)
    yield made
    made.close()


@pytest.fixture
def akten(town: ExampleTown) -> Aktensuche:
    http: Any = town.client
    return Aktensuche("", lambda: town.token, http=http)


def test_from_search_to_file(town: ExampleTown, akten: Aktensuche) -> None:
    record_id = town.names["beispiel-0001"]
    page = akten.search("Kastanie", facets=["year"], size=1, purpose="Prüfung für Bea")
    assert (page["hits"][0]["record_id"], page["facets"]["year"][0]["value"]) == (record_id, "2024")
    assert town.world.log.events[-1].purpose == "Prüfung für Bea"
    assert len(list(akten.hits("Baumschutzsatzung", mode="keyword", size=1))) == 2
    assert akten.suggest("kasta")["completions"] is not None
    assert akten.record(record_id)["title"] == "Fällung einer Kastanie"
    assert "Kastanie" in akten.text(record_id)[0]
    assert akten.page(record_id, 1)["of"] == 1
    found = akten.precedents("Fällung einer Kastanie", fields={"file_plan": "632.6"}, purpose="Prüfung")["hits"]
    assert found[0]["citation"].startswith("Erbach, Az. 632.6-14/2024")
    assert record_id not in {hit["record_id"] for hit in akten.similar(record_id)["hits"]}
    file, table = io.BytesIO(), io.BytesIO()
    akten.original(record_id, file)
    akten.export("Kastanie", "jsonl", table, mode="keyword")
    assert file.getvalue().startswith(b"%PDF")
    assert [json.loads(line)["record_id"] for line in table.getvalue().splitlines()] == [record_id]


def test_a_release_is_given_once(town: ExampleTown, akten: Aktensuche) -> None:
    body = RELEASE | {"record_id": town.names["beispiel-0001"]}
    first = akten.release(body, key="a")
    assert akten.recall(first["release_id"])["state"] == "recalling"
    assert akten.release(body, key="a")["release_id"] == first["release_id"]
    assert akten.release(body)["release_id"] != first["release_id"]


def test_errors_say_what_they_are(akten: Aktensuche) -> None:
    with pytest.raises(NotThereError):
        akten.record("gibt-es-nicht")
    with pytest.raises(ProblemError) as raised:
        akten.search("x", size=0)
    assert (raised.value.status, raised.value.errors[0]["field"]) == (422, "size")
    with pytest.raises(NotThereError):
        akten.original("gibt-es-nicht", io.BytesIO())


def test_the_example_cites_what_is_like_a_draft(town: ExampleTown, akten: Aktensuche) -> None:
    """docs/api/case_software.py; tests/acceptance/test_case_software.py runs it whole, with a real sign-in."""
    example = runpy.run_path(str(TREE / "docs" / "api" / "case_software.py"))
    draft = "Fällung einer Kastanie\nDie Kastanie vor dem Haus soll gefällt werden."
    found = list(example["precedents"](akten, draft, file_plan="632.6", purpose="Antrag 31/2026"))
    assert town.names["beispiel-0001"] in {one.record_id for one in found}
    said = [example["paragraph"](one) for one in found]
    assert any(one.startswith("Vgl. Erbach, Az. 632.6-14/2024, „Fällung einer Kastanie“") for one in said)
    assert all("gleicher Aktenplan: 632.6" in one and "Seite 1: „" in one for one in said)
    assert town.world.log.events[-1].purpose == "Antrag 31/2026"
    # a copy of a record is no precedent of itself
    copied = f"Fällung einer Kastanie\n{TEXT}"
    near = {one.record_id for one in example["precedents"](akten, copied, file_plan="632.6", purpose="Antrag")}
    assert town.names["beispiel-0001"] not in near


def provider(asked: list[dict[str, str]], *, lasts: int = 300, refuses: bool = False) -> httpx.Client:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/.well-known/openid-configuration"):
            asked.append({"path": request.url.path})
            return httpx.Response(200, json={"token_endpoint": "https://anmeldung.example/token"})
        asked.append(dict(parse_qsl(request.content.decode())))
        if refuses:
            return httpx.Response(400, json={"error": "invalid_grant"})
        return httpx.Response(200, json={"access_token": f"t{len(asked)}", "expires_in": lasts})

    return httpx.Client(transport=httpx.MockTransport(answer))


def test_software_signs_in_for_itself_and_for_a_clerk() -> None:
    asked: list[dict[str, str]] = []
    software = Software("https://anmeldung.example/realms/x/", "fach", "geheim", http=provider(asked))
    assert software.for_itself() == software.for_itself() == "t2"
    assert [software.on_behalf_of("clerk"), software.on_behalf_of("clerk")] == ["t3", "t4"]
    assert asked[0] == {"path": "/realms/x/.well-known/openid-configuration"}
    assert asked[1] == {"client_id": "fach", "client_secret": "geheim", "grant_type": "client_credentials"}
    assert asked[2] == asked[3]
    assert asked[2]["grant_type"] == "urn:ietf:params:oauth:grant-type:token-exchange"
    assert (asked[2]["subject_token"], asked[2]["audience"]) == ("clerk", "aktensuche")


def test_a_token_that_ends_is_not_used() -> None:
    software = Software("https://anmeldung.example", "fach", "geheim", http=provider([], lasts=5))
    assert software.for_itself() != software.for_itself()
    with pytest.raises(httpx.HTTPStatusError):
        Software("https://anmeldung.example", "fach", "x", http=provider([], refuses=True)).for_itself()


def scripted(*answers: httpx.Response | Exception, asked: list[httpx.Request] | None = None) -> Aktensuche:
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request)
        one = left.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    http = httpx.Client(base_url="http://aktensuche.example", transport=httpx.MockTransport(answer))
    return Aktensuche("", lambda: "t", http=http, tries=3)


def later(status: int = 503) -> httpx.Response:
    return httpx.Response(status, headers={"retry-after": "0"}, json={"title": "Später", "detail": "gleich"})


def test_later_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aktensuche_client.client._DEFAULT_WAIT_SECONDS", 0.0)
    good = httpx.Response(200, json={"release_id": "r"})
    asked: list[httpx.Request] = []
    akten = scripted(later(429), httpx.ConnectError("weg"), good, asked=asked)
    assert akten.release(RELEASE) == {"release_id": "r"}
    keys = {request.headers["idempotency-key"] for request in asked}
    assert (len(asked), len(keys)) == (3, 1)
    with pytest.raises(ProblemError) as raised:
        scripted(later(), later(), later(), good).record("r")
    assert raised.value.status == 503
    with pytest.raises(httpx.ConnectError):
        scripted(*[httpx.ConnectError("weg")] * 3).record("r")
    # whoever may not is not helped by asking again
    with pytest.raises(ProblemError):
        scripted(httpx.Response(403, text="kein JSON"), good).record("r")


CALLS: list[Callable[[Aktensuche], Any]] = [
    lambda a: a.search("x", mode="keyword", filters={"department": "bauamt"}, purpose="p"),
    lambda a: a.suggest("x"),
    lambda a: a.precedents("x", fields={"file_plan": "1"}, filters={"tenant": ["erbach"]}, purpose="p"),
    lambda a: a.similar("r", filters={"tenant": "erbach"}, purpose="p"),
    lambda a: a.record("r", purpose="p"),
    lambda a: a.text("r", purpose="p"),
    lambda a: a.page("r", 1, purpose="p"),
    lambda a: a.original("r", io.BytesIO(), purpose="p"),
    lambda a: a.export("x", "csv", io.BytesIO(), purpose="p", mode="keyword"),
    lambda a: next(a.exported("x", purpose="p", mode="keyword")),
    lambda a: a.release(RELEASE),
    lambda a: a.recall("r"),
]


@pytest.mark.parametrize("call", CALLS)
def test_what_is_sent_is_in_the_released_document(call: Callable[[Aktensuche], Any]) -> None:
    asked: list[httpx.Request] = []
    call(scripted(httpx.Response(200, json={"text": "", "hits": [], "cursor": None}), asked=asked))
    (request,) = asked
    released = read_released()["paths"]
    (path,) = (p for p in released if re.fullmatch(re.sub(r"{\w+}", "[^/]+", p), request.url.path))
    (operation,) = (o for o in operations() if (o.method, o.path) == (request.method, path))
    named = {one["name"].lower() for one in operation.said.get("parameters", [])}
    assert {"aktensuche-purpose", "idempotency-key"} & request.headers.keys() <= named
    if request.content:
        schema = resolved(operation.said["requestBody"]["content"]["application/json"]["schema"])
        assert faults(schema, json.loads(request.content)) == []


def test_every_call_is_tried_here() -> None:
    inner = {"hits", "close"}
    public = {name for name in vars(Aktensuche) if not name.startswith("_")} - inner
    assert len(public) == len(CALLS)
