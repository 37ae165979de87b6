"""The OpenAPI document: what FastAPI makes of the routes, and what it cannot know of.

Requests have their examples where they are declared; those of answers stand in answer_examples.json, by the name of the
operation. Both are run as tests (tests/unit/search_api/test_contract.py), so that none of them is invented.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from search_api.problems import DOCUMENTED

TITLE = "Aktensuche"
#: of the interface; the second number rises with what is added, the first never: another interface has other paths
VERSION = "1.0.0"
SUMMARY = "One search over the electronic files of municipalities that work together"
DESCRIPTION = (
    "What is here stays: new members, routes, optional fields and values of enumerations in answers may come, nothing "
    "else changes under `/v1`. Read over what you do not know. All requests need a bearer token of the sign-in, for a "
    "clerk or for software on behalf of one; answers hold what both may read. Unknown and forbidden look the same: 404."
)

_OPEN = (
    ("/health/live", "live", "Whether the process answers", "application/json"),
    ("/health/ready", "ready", "Whether searches work; 503 says what is missing", "application/json"),
    ("/metrics", "metrics", "Figures in Prometheus' text format", "text/plain"),
)
_STATUS = {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}}


def describe(app: FastAPI) -> None:
    """Have the application's document say all there is to say."""
    made = app.openapi

    @cache
    def openapi() -> dict[str, Any]:
        document = made()
        _add_open_routes(document)
        _add_examples(document)
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _add_open_routes(document: dict[str, Any]) -> None:
    for path, name, summary, kind in _OPEN:
        content = {kind: {"schema": _STATUS if kind == "application/json" else {"type": "string"}}}
        responses: dict[str, Any] = {"200": {"description": summary, "content": content}}
        if path == "/health/ready":
            responses["503"] = DOCUMENTED[503]
        document["paths"][path] = {
            "get": {
                "operationId": name,
                "summary": summary,
                "tags": ["operations"],
                "security": [],
                "responses": responses,
            }
        }


def _add_examples(document: dict[str, Any]) -> None:
    examples = json.loads(Path(__file__).with_name("answer_examples.json").read_text(encoding="utf-8"))
    for item in document["paths"].values():
        for operation in item.values():
            example = examples.get(operation["operationId"])
            if example is not None:
                operation["responses"]["200"]["content"]["application/json"]["example"] = example
