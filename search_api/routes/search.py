"""`POST /v1/search`, and several searches in one request."""

from __future__ import annotations

import json
import time
from contextlib import nullcontext
from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError

from records.access import Principal
from records.audit_chain import Kind
from records.errors import AktensucheError, AuditUnavailableError, EngineUnavailableError, LedgerUnavailableError
from records.index import MatchedBy
from records.query import Mode, Narrowing
from records.usage import Use, answer_class
from search_api.disclosures import Purpose
from search_api.labels import label
from search_api.parts import Asking, Parts, PartsOf
from search_api.problems import problem_of, unusable
from search_api.schemas import (
    BatchBody,
    BatchedOut,
    BatchOut,
    FacetValueOut,
    SearchBody,
    SearchOut,
    hit_out,
    notice_out,
)
from search_api.search import Answer, Searching

router = APIRouter(tags=["search"])


@router.post("/v1/search")
def search(asking: Asking, parts: PartsOf, body: SearchBody, purpose: Purpose = None) -> SearchOut:
    """Find records by words, by meaning, or both."""
    return _answered(asking, parts, body, purpose)


@router.post("/v1/search/batch")
def batch(asking: Asking, parts: PartsOf, body: BatchBody, purpose: Purpose = None) -> BatchOut:
    """Answer several searches, each as if it had come alone: with its answer, or with its own problem details.

    Each counts as a request of its own where requests are limited. While a part is down that all of them need, the
    whole request answers 503.
    """
    # an answer of nothing but problems shows no record
    parts.audit.disclose(asking, Kind.SEARCH, (), purpose)
    return BatchOut(answers=[_in_batch(asking, parts, n, one, purpose) for n, one in enumerate(body.searches)])


#: what no other search of a batch could be answered with either
_FOR_ALL = (AuditUnavailableError, EngineUnavailableError, LedgerUnavailableError)


def _in_batch(asking: Principal, parts: Parts, number: int, sent: Any, purpose: str | None) -> BatchedOut:
    try:
        if number:
            # SECURITY: many searches in one request are no way past the limit; the request itself counted as the first
            parts.rates.count(asking)
        return BatchedOut(status=200, answer=_answered(asking, parts, SearchBody.model_validate(sent), purpose))
    except ValidationError as error:
        refused = unusable(error.errors(include_url=False, include_context=False, include_input=False))
    except _FOR_ALL:
        raise
    except AktensucheError as error:
        refused = problem_of(error)
    told = json.loads(bytes(refused.body))
    if (seconds := refused.headers.get("retry-after")) is not None:
        told["retry_after"] = int(seconds)
    return BatchedOut(status=refused.status_code, problem=told)


def _answered(asking: Principal, parts: Parts, body: SearchBody, purpose: str | None) -> SearchOut:
    begun = time.monotonic()
    with nullcontext() if body.mode is Mode.KEYWORD else parts.meaning.taken(asking):
        answer = Searching(parts.index, parts.embedder, parts.cursors, parts.synonyms).page(asking, body)
    if body.cursor is None:
        _count(parts, asking, body, answer)
    shown = parts.audit.hits(asking, Kind.SEARCH, answer.hits, purpose)
    parts.usage.used(asking, Use.SHOWN, body.mode, len(shown))
    if body.cursor is None:
        parts.usage.used(asking, Use.ANSWERS, answer_class(time.monotonic() - begun))
    return SearchOut(
        total=answer.total,
        total_is=answer.total_is,
        hits=[hit_out(hit) for hit in shown],
        facets={
            str(field): [FacetValueOut(value=v.value, label=label(field, v.value), count=v.count) for v in values]
            for field, values in answer.facets.items()
        },
        notices=[notice_out(notice) for notice in answer.notices],
        cursor=answer.cursor,
    )


def _count(parts: Parts, asking: Principal, body: SearchBody, answer: Answer) -> None:
    parts.usage.used(asking, Use.SEARCHES, body.mode)
    # search by meaning always finds its nearest: what nobody wrote is what no word led to
    if body.query.strip() and not any(MatchedBy.WORD in hit.matched_by for hit in answer.hits):
        parts.usage.used(asking, Use.ZERO_HITS, body.mode)
        if body.mode is not Mode.SEMANTIC and body.filters.narrowing() == Narrowing():
            parts.usage.missed(asking, body.query)
