"""Judged drafts, asked of `POST /v1/precedents` as case-processing software does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx

from aktensuche_client import Aktensuche
from benchmarks.verdict import PRECEDENT_SETS, PRECEDENTS
from local.evaluation import Judged, Result, measured
from tests.stack import Stack

#: as many as the route shows, and as it takes of a draft
_MOST, _LONGEST = 50, 50_000
_AT_ONCE = 4
#: a token lives five minutes
_WITH_ONE_TOKEN = 40
_TRIES = 30


def ask_all(stack: Stack, judged: Sequence[dict[str, Any]]) -> list[Result]:
    """Ask for the precedents of every draft among the queries; papers that are not older than it do not count."""
    drafts = [Judged.model_validate(query) for query in judged if query["set"] in PRECEDENT_SETS]
    results: list[Result] = []
    with httpx.Client(base_url=stack.api, timeout=60, trust_env=False) as http, ThreadPoolExecutor(_AT_ONCE) as threads:
        for start in range(0, len(drafts), _WITH_ONE_TOKEN):
            some = drafts[start : start + _WITH_ONE_TOKEN]
            token = stack.token(str(some[0].tenant), some[0].groups or ())
            client = Aktensuche("", partial(str, token), tries=_TRIES, http=http)
            results += threads.map(partial(_asked, client), some)
    return results


def _asked(client: Aktensuche, draft: Judged) -> Result:
    before = draft.candidates.before
    filters = {} if before is None else {"date_to": (before - dt.timedelta(days=1)).isoformat()}
    hits = client.precedents(draft.query[:_LONGEST], purpose="Messung", filters=filters, size=_MOST)["hits"]
    found = [hit["source_id"] for hit in hits]
    ranking = [value for value in found if value not in draft.candidates.exclude]
    return Result(
        query_id=draft.query_id or "",
        set=draft.set,
        mode=PRECEDENTS,
        measures=measured(draft.relevant, ranking),
        right=draft.relevant <= set(ranking),
    )
