"""What breaks software and what does not, each done on purpose to a small document."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from search_api.app import document
from tests.compatibility import breaks, main, read_released

Change = Callable[[dict[str, Any]], None]

SMALL: dict[str, Any] = {
    "paths": {
        "/v1/search": {
            "post": {
                "operationId": "search",
                "parameters": [
                    {"name": "purpose", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 9}}
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}},
                },
                "responses": {
                    "200": {
                        "description": "found",
                        "headers": {"ETag": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Out"}}},
                    },
                    "404": {
                        "description": "not there",
                        "content": {"application/problem+json": {"schema": {"type": "object"}}},
                    },
                },
            },
        },
        "/health": {"get": {"operationId": "live", "security": [], "responses": {"200": {"description": "up"}}}},
    },
    "components": {
        "schemas": {
            "Body": {
                "type": "object",
                "additionalProperties": False,
                "required": ["query"],
                "properties": {
                    "query": {"type": "string", "maxLength": 100},
                    "mode": {"type": "string", "enum": ["word", "both"], "default": "both"},
                    "size": {"type": "integer", "minimum": 1, "maximum": 200},
                    "filter": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
                },
            },
            "Out": {
                "type": "object",
                "required": ["total", "hits"],
                "properties": {
                    "total": {"type": "integer"},
                    "state": {"type": "string", "enum": ["a", "b"]},
                    "cursor": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "hits": {"type": "array", "items": {"$ref": "#/components/schemas/Hit"}},
                    "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
                },
            },
            "Hit": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string"},
                    "place": {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "integer"}]},
                    "children": {"type": "array", "items": {"$ref": "#/components/schemas/Hit"}},
                },
            },
        }
    },
}


def search(document: dict[str, Any]) -> Any:
    return document["paths"]["/v1/search"]["post"]


def schema(document: dict[str, Any], name: str) -> Any:
    return document["components"]["schemas"][name]


def sent(document: dict[str, Any]) -> Any:
    return schema(document, "Body")["properties"]


def told(document: dict[str, Any]) -> Any:
    return schema(document, "Out")["properties"]


def put(of: Any, **changes: Any) -> None:
    of.update(changes)


BODY, ANSWER = "POST /v1/search: body", "POST /v1/search: answer 200"
WITH_NUMBER = {"anyOf": [{"type": "string"}, {"type": "null"}, {"type": "integer"}]}

BREAKING: dict[str, Change] = {
    "POST /v1/search: is gone": lambda d: put(d, paths={"/health": d["paths"]["/health"]}),
    "GET /health: is gone": lambda d: d["paths"]["/health"].pop("get"),
    "GET /health: wants a token": lambda d: d["paths"]["/health"]["get"].pop("security"),
    "POST /v1/search: is called find instead of search": lambda d: put(search(d), operationId="find"),
    "POST /v1/search: header purpose is gone": lambda d: put(search(d), parameters=[]),
    "POST /v1/search: header purpose must be given": lambda d: put(search(d)["parameters"][0], required=True),
    "POST /v1/search: query day must be given": lambda d: search(d)["parameters"].append(
        {"name": "day", "in": "query", "required": True, "schema": {"type": "string"}}
    ),
    "POST /v1/search: header purpose: maxLength is 8 instead of 9": lambda d: put(
        search(d)["parameters"][0]["schema"], maxLength=8
    ),
    "POST /v1/search: answers 200 no longer": lambda d: search(d)["responses"].pop("200"),
    "POST /v1/search: may answer 202": lambda d: put(search(d)["responses"], **{"202": {"description": "later"}}),
    f"{ANSWER} carries no ETag": lambda d: search(d)["responses"]["200"].pop("headers"),
    f"{ANSWER}: is never application/json": lambda d: put(search(d)["responses"]["200"], content={"text/plain": {}}),
    f"{BODY}: is never application/json": lambda d: put(search(d)["requestBody"], content={"text/plain": {}}),
    f"{BODY}: size must be given": lambda d: put(schema(d, "Body"), required=["query", "size"]),
    f"{BODY}: tenant must be given": lambda d: (
        put(sent(d), tenant={"type": "string"}),
        put(schema(d, "Body"), required=["query", "tenant"]),
    )[-1],
    f"{BODY}: size is gone": lambda d: sent(d).pop("size"),
    f"{BODY}.mode: 'word' is no value any more": lambda d: put(sent(d)["mode"], enum=["both", "meaning"]),
    f"{BODY}.mode: left out, it means something else": lambda d: put(sent(d)["mode"], default="word"),
    f"{BODY}.query: may be certain values only": lambda d: put(sent(d)["query"], enum=["a"]),
    f"{BODY}.query: maxLength is 99 instead of 100": lambda d: put(sent(d)["query"], maxLength=99),
    f"{BODY}.query: minLength is 1 instead of None": lambda d: put(sent(d)["query"], minLength=1),
    f"{BODY}.query: pattern changed": lambda d: put(sent(d)["query"], pattern="a"),
    f"{BODY}.query: is integer instead of string": lambda d: put(sent(d), query={"type": "integer", "maxLength": 100}),
    f"{BODY}.size: maximum is 100 instead of 200": lambda d: put(sent(d)["size"], maximum=100),
    f"{BODY}.size: minimum is 2 instead of 1": lambda d: put(sent(d)["size"], minimum=2),
    f"{BODY}.filter: may be array no longer": lambda d: put(sent(d), filter={"type": "string"}),
    f"{BODY}.filter[]: is integer instead of string": lambda d: put(
        sent(d)["filter"]["anyOf"][1], items={"type": "integer"}
    ),
    f"{ANSWER}: total is gone": lambda d: told(d).pop("total"),
    f"{ANSWER}: total may be missing": lambda d: put(schema(d, "Out"), required=["hits"]),
    f"{ANSWER}.total: is string instead of integer": lambda d: put(told(d), total={"type": "string"}),
    f"{ANSWER}.total: is number instead of integer": lambda d: put(told(d), total={"type": "number"}),
    f"{ANSWER}.state: 'b' is no value any more": lambda d: put(told(d)["state"], enum=["a"]),
    f"{ANSWER}.state: may be any value": lambda d: told(d)["state"].pop("enum"),
    f"{ANSWER}.total: may be null": lambda d: put(told(d), total={"anyOf": [{"type": "integer"}, {"type": "null"}]}),
    f"{ANSWER}.cursor: may be integer": lambda d: put(told(d), cursor=WITH_NUMBER),
    f"{ANSWER}.counts.*: is string instead of integer": lambda d: put(
        told(d)["counts"], additionalProperties={"type": "string"}
    ),
    f"{ANSWER}.hits[]: id is gone": lambda d: schema(d, "Hit")["properties"].pop("id"),
    f"{ANSWER}.hits[].place: has 1 places instead of 2": lambda d: schema(d, "Hit")["properties"]["place"][
        "prefixItems"
    ].pop(),
}

ADDED: dict[str, Change] = {
    "a route": lambda d: put(d["paths"], **{"/v1/new": {"get": {"operationId": "new", "responses": {}}}}),
    "a method": lambda d: put(d["paths"]["/health"], post={"operationId": "new", "responses": {}}),
    "an optional parameter": lambda d: search(d)["parameters"].append({"name": "day", "in": "query", "schema": {}}),
    "an optional field of a body": lambda d: put(sent(d), tenant={"type": "string"}),
    "a field that need not be sent any more": lambda d: put(schema(d, "Body"), required=[]),
    "a value that may be sent": lambda d: put(sent(d)["mode"], enum=["word", "both", "meaning"]),
    "a longer text": lambda d: put(sent(d)["query"], maxLength=101),
    "no limit at all": lambda d: sent(d)["size"].pop("maximum"),
    "one more way to send it": lambda d: sent(d)["filter"]["anyOf"].append({"type": "null"}),
    "a number with a fraction": lambda d: put(sent(d)["size"], type="number"),
    "a field of an answer": lambda d: put(told(d), more={"type": "string"}),
    "a field that is always answered": lambda d: put(schema(d, "Out"), required=["total", "hits", "state"]),
    "a value that may be answered": lambda d: put(told(d)["state"], enum=["a", "b", "c"]),
    "an error": lambda d: put(search(d)["responses"], **{"409": {"description": "twice"}}),
    "an error that is gone": lambda d: search(d)["responses"].pop("404"),
    "a header of an answer": lambda d: put(search(d)["responses"]["200"]["headers"], Age={"schema": {}}),
    "words": lambda d: put(sent(d)["query"], description="what is looked for", title="Q", examples=["x"]),
    "a note for programs": lambda d: put(sent(d)["query"], **{"x-note": 1}),
    "what is never null any more": lambda d: put(told(d), cursor={"type": "string"}),
    "a schema of another name": lambda d: (
        put(d["components"]["schemas"], Found=schema(d, "Hit")),
        put(told(d)["hits"], items={"$ref": "#/components/schemas/Found"}),
    )[-1],
}


def changed(change: Change) -> dict[str, Any]:
    document = copy.deepcopy(SMALL)
    change(document)
    return document


@pytest.mark.parametrize("named", BREAKING)
def test_a_breaking_change_is_named(named: str) -> None:
    assert breaks(SMALL, changed(BREAKING[named])) == [named]


@pytest.mark.parametrize("added", ADDED)
def test_what_is_added_breaks_nothing(added: str) -> None:
    document = changed(ADDED[added])
    assert document != SMALL
    assert breaks(SMALL, document) == []


def test_the_same_breaks_nothing() -> None:
    assert breaks(SMALL, copy.deepcopy(SMALL)) == []
    assert breaks(document(), copy.deepcopy(document())) == []


def test_a_breaking_change_of_the_real_document_is_red(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 0
    broken = copy.deepcopy(document())
    broken["components"]["schemas"]["SearchOut"]["properties"].pop("hits")
    monkeypatch.setattr("search_api.app.document", lambda: broken)
    assert main([]) == 1
    assert "POST /v1/search: answer 200: hits is gone" in capsys.readouterr().err


def test_what_is_released_is_whole() -> None:
    assert len(read_released()["paths"]) >= 34
