"""The OpenAPI document: it is valid, its examples run, answers are as it says, and it promises no less than before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from search_api.app import document
from tests.compatibility import breaks, read_released
from tests.unit.search_api.example_town import ExampleTown

OPEN = {"/health/live", "/health/ready", "/metrics"}
#: parameters without an example: what an answer gave, as it was
_GIVEN = {"cursor"}

DOCUMENT: dict[str, Any] = json.loads(json.dumps(document()))


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    method: str
    path: str
    said: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.said["operationId"])

    @property
    def bodies(self) -> list[Any]:
        """The examples of its body; without a body one, which is None."""
        if "requestBody" not in self.said:
            return [None]
        schema = self.said["requestBody"]["content"]["application/json"]["schema"]
        examples: list[Any] = resolved(schema).get("examples", [])
        return examples

    def parameters(self, where: str) -> dict[str, Any]:
        """The first example of each parameter that has one."""
        found = {}
        for one in self.said.get("parameters", []):
            if one["in"] == where and (examples := examples_of(one)):
                found[one["name"]] = examples[0]
        return found

    @property
    def answer(self) -> dict[str, Any]:
        """What its JSON answer is: schema and example; empty if it answers in another form."""
        found: dict[str, Any] = self.said["responses"]["200"].get("content", {}).get("application/json", {})
        return found


def examples_of(parameter: dict[str, Any]) -> list[Any]:
    schema = parameter["schema"]
    if "example" in parameter:
        return [parameter["example"]]
    examples: list[Any] = schema.get("examples", [])
    return examples


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    for one in schema.get("anyOf", [schema]):
        if "$ref" in one:
            found: dict[str, Any] = DOCUMENT["components"]["schemas"][one["$ref"].rpartition("/")[2]]
            return found
    return schema


def operations() -> list[Operation]:
    return [Operation(m.upper(), p, said) for p, item in DOCUMENT["paths"].items() for m, said in item.items()]


def faults(schema: dict[str, Any], value: Any) -> list[str]:
    """Return what of a value is not as a schema of the document says."""
    whole = {**schema, "components": DOCUMENT["components"]}
    checker = Draft202012Validator.FORMAT_CHECKER
    return [
        f"{one.json_path}: {one.message}"
        for one in Draft202012Validator(whole, format_checker=checker).iter_errors(value)
    ]


def alike(one: Any, other: Any) -> bool:
    """Say whether two values are made of the same: members, kinds of texts and numbers; lists by their first."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return all(alike(first, second) for first, second in zip(one[:1], other[:1], strict=False))
    return type(one) is type(other)


@pytest.fixture
def example_town(world: Any) -> Iterator[ExampleTown]:
    made = ExampleTown(world)
    yield made
    made.close()


def test_the_document_is_one() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []
    assert len(operations()) >= 37


def test_the_served_document_is_the_one_that_is_tested(world: Any) -> None:
    assert world.client.get("/openapi.json").json() == DOCUMENT


def test_everything_has_an_example() -> None:
    wrong: list[str] = []
    for operation in operations():
        if not operation.bodies:
            wrong.append(f"{operation.name}: its body has none")
        parameters = operation.said.get("parameters", [])
        none = [one["name"] for one in parameters if not examples_of(one) and one["name"] not in _GIVEN]
        wrong += [f"{operation.name}: {name} has none" for name in none]
        if operation.answer and operation.path not in OPEN:
            if "example" in operation.answer:
                found = faults(operation.answer["schema"], operation.answer["example"])
                wrong += [f"{operation.name}: {fault}" for fault in found]
            else:
                wrong.append(f"{operation.name}: its answer has none")
    assert wrong == []


def test_the_examples_run_and_are_answered_as_the_document_says(example_town: ExampleTown) -> None:
    """Reads before writes, and what takes something away last: one town is enough for all."""
    wrong: list[str] = []
    for operation in sorted(operations(), key=lambda one: ("GET", "POST", "DELETE").index(one.method)):
        wrong += [f"{operation.name}: {fault}" for fault in _run(example_town, operation)]
    assert wrong == []


def _run(town: ExampleTown, operation: Operation) -> Iterator[str]:
    path = operation.path.format_map({k: town.really(str(v)) for k, v in operation.parameters("path").items()})
    query = {name: town.really(value) for name, value in operation.parameters("query").items()}
    headers = {name: value.encode() for name, value in operation.parameters("header").items()}
    if "Idempotency-Key" in headers:
        headers["Idempotency-Key"] += operation.name.encode()
    # what may be left out is left out first, so that the example is held against the answer to all of it
    for asked in ({}, query) if query else ({},):
        for body in operation.bodies:
            more = {} if body is None else {"json": town.really(body)}
            answer = town.ask(operation.method, path, params=asked, headers=headers, **more)
            if answer.status_code != 200:
                yield f"{answer.status_code} {answer.text}"
                return
            kind = answer.headers["content-type"]
            if not {kind, kind.partition(";")[0], "*/*"} & operation.said["responses"]["200"]["content"].keys():
                yield f"{kind} is not documented"
            if kind == "application/json":
                yield from faults(operation.answer["schema"], answer.json())
    if operation.answer and operation.path not in OPEN and not alike(answer.json(), operation.answer["example"]):
        yield f"the example is not what is answered: {answer.text}"


def test_an_answer_that_is_not_as_said_is_noticed() -> None:
    """The checks above can fail."""
    (search,) = (one for one in operations() if one.name == "search")
    example = search.answer["example"]
    assert faults(search.answer["schema"], example | {"total": "zwei"})
    assert faults(search.answer["schema"], {k: v for k, v in example.items() if k != "hits"})
    hit = example["hits"][0] | {"date": "gestern"}
    assert faults(search.answer["schema"], example | {"hits": [hit]})
    assert not alike({"a": [1]}, {"a": ["1"]})
    assert not alike({"a": 1}, {"a": 1, "b": 1})


def test_nothing_that_was_released_is_broken() -> None:
    assert breaks(read_released(), DOCUMENT) == []
