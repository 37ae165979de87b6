"""schemathesis over the whole document, in this process: no fault of the server, no answer that is not documented."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis

from tests.any_request import FULL, ask_everything
from tests.unit.search_api.example_town import ROLES, ExampleTown
from tests.unit.search_api.test_contract import operations

pytestmark = pytest.mark.timeout(3600 if FULL else 600)


@pytest.fixture
def example_town(world: Any) -> Iterator[ExampleTown]:
    made = ExampleTown(world)
    yield made
    made.close()


def test_every_answer_is_documented(example_town: ExampleTown, capsys: pytest.CaptureFixture[str]) -> None:
    issuer = example_town.world.issuer
    schema = schemathesis.openapi.from_asgi("/openapi.json", example_town.client.app)
    tally = ask_everything(schema, lambda: {"authorization": f"Bearer {issuer.token('bauamt', 'umwelt', roles=ROLES)}"})
    with capsys.disabled():
        print(f"\n{tally.told()}")
    assert not tally.faults, "\n\n".join(f"{name}\n{said}" for name, said in tally.faults.items())
    assert len(tally.by_operation) == len(operations())
    assert tally.by_status[200]
    assert tally.by_status[422]
    assert not FULL or tally.cases >= 5_000


def test_an_answer_that_is_not_documented_is_noticed(example_town: ExampleTown) -> None:
    """The same with a document that knows of no 422 and calls a total a text."""
    document = example_town.client.get("/openapi.json").json()
    document["paths"] = {"/v1/suggest": document["paths"]["/v1/suggest"]}
    operation = document["paths"]["/v1/suggest"]["post"]
    operation["responses"].pop("422")
    document["components"]["schemas"]["SuggestOut"]["properties"]["completions"] = {"type": "string"}
    schema = schemathesis.openapi.from_dict(document)
    schema.app = example_town.client.app
    token = example_town.token
    tally = ask_everything(schema, lambda: {"authorization": f"Bearer {token}"}, each=5)
    assert {name.rpartition(": ")[2] for name in tally.faults} == {"UndefinedStatusCode", "JsonSchemaError"}
