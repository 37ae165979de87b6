"""Requests of every kind that the OpenAPI document allows, and of kinds that it does not, made by schemathesis.

Each answer is held against the document: a status that is documented, a media type, headers and members as it says, and
never a fault of the server. `AKTENSUCHE_CONTRACT=full` asks more than 5,000 times; else a few times each.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import BaseSchema, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

FULL = os.environ.get("AKTENSUCHE_CONTRACT") == "full"
#: requests of each kind to each operation
EACH = 100 if FULL else 4

#: for one answer; a busy machine takes its time
_PATIENCE_SECONDS = 120

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@dataclass
class Tally:
    """What was asked and what came of it."""

    by_status: Counter[int] = field(default_factory=Counter)
    by_operation: Counter[str] = field(default_factory=Counter)
    #: one of each kind for each operation
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def cases(self) -> int:
        return self.by_status.total()

    def told(self) -> str:
        statuses = ", ".join(f"{status}: {number}" for status, number in sorted(self.by_status.items()))
        return f"{self.cases} requests to {len(self.by_operation)} operations ({statuses}); {len(self.faults)} faults"


def ask_everything(schema: BaseSchema, headers: Callable[[], dict[str, str]], each: int = EACH) -> Tally:
    """Ask each operation in both ways."""
    tally = Tally()
    # who may ask is for the leak suite; here requests are to get as far as they can
    schema.config.generation.with_security_parameters = False
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _ask(operation, mode, headers, each, tally)
    return tally


def _ask(operation: Any, mode: GenerationMode, headers: Callable[[], dict[str, str]], each: int, tally: Tally) -> None:
    @settings(
        max_examples=each,
        database=None,
        deadline=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case: Any) -> None:
        answer = case.call(headers=headers(), timeout=_PATIENCE_SECONDS)
        tally.by_status[answer.status_code] += 1
        tally.by_operation[operation.label] += 1
        try:
            case.validate_response(answer, checks=_CHECKS)
        except FailureGroup as group:
            for fault in group.exceptions:
                tally.faults.setdefault(f"{operation.label}: {type(fault).__name__}", str(group)[:2000])

    try:
        one()
    except Unsatisfiable:
        # it takes nothing, so that nothing can be wrong with what it is sent
        assert mode is GenerationMode.NEGATIVE, operation.label
