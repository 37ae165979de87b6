"""How well searches find: judged queries go through the product's own API, measures come out.

A line of a file of judged queries is a JSON object: `query`, `relevant` (the values that answer it; may be empty) and,
where wanted, `query_id`, `set`, `unwanted` (values that must not be found), `nothing` (no hit is right), `tenant`,
`groups`, `filters` (as in `POST /v1/search`) and `candidates` with `before` (a day: only older records count) and
`exclude` (values taken out).
"""

from __future__ import annotations

import datetime as dt
import json
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import ir_measures
from ir_measures import RR, R, Success, nDCG
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from local.running import CommandError

#: how deep a ranking is read
DEPTH = 100
_LONGEST_QUERY = 8000
_MOST_HITS = 200
#: how many queries are under way at a time
_AT_ONCE = 4

#: the name in our output, and the measure
MEASURES = {
    "ndcg10": nDCG @ 10,
    "recall5": R @ 5,
    "recall10": R @ 10,
    "recall100": R @ 100,
    "hit1": Success @ 1,
    "mrr": RR,
}

#: asks one search as somebody of a tenant with these groups, and returns the answer of the API
Ask = Callable[[str, Sequence[str], dict[str, Any]], dict[str, Any]]

_Value = Annotated[str, BeforeValidator(str)]


class Candidates(BaseModel):
    """Which records count as found."""

    model_config = ConfigDict(extra="ignore")

    before: dt.date | None = None
    exclude: frozenset[_Value] = frozenset()


class Judged(BaseModel):
    """One judged query."""

    model_config = ConfigDict(extra="ignore")

    query: str = Field(min_length=1)
    relevant: frozenset[_Value] = frozenset()
    unwanted: frozenset[_Value] = frozenset()
    nothing: bool = False
    query_id: str | None = None
    set: str = "all"
    tenant: str | None = None
    groups: tuple[str, ...] | None = None
    filters: dict[str, Any] = Field(default_factory=dict)
    candidates: Candidates = Field(default_factory=Candidates)


class Result(BaseModel):
    """What one query came to in one mode; `measures` are empty where no value is relevant."""

    query_id: str
    set: str
    mode: str
    measures: dict[str, float]
    right: bool


class Score(BaseModel):
    """What one set came to in one mode.

    The measures are averages over the queries that have relevant values; `right` is the share of all queries whose
    hits hold every relevant value and no unwanted one among the first 100, and none at all where nothing is right.
    """

    set: str
    mode: str
    n: int
    ndcg10: float | None = None
    recall5: float | None = None
    recall10: float | None = None
    recall100: float | None = None
    hit1: float | None = None
    mrr: float | None = None
    right: float


def read(path: Path) -> tuple[Judged, ...]:
    """Return the judged queries of a file, or the sentence that names the line that is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}", 2) from error
    judged = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            judged.append(Judged.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise CommandError(f"{path}, line {number}: {where or 'the line'}: {first['msg']}", 2) from error
    if not judged:
        raise CommandError(f"{path} holds no query", 2)
    return tuple(judged)


def ask_all(
    queries: Sequence[Judged],
    *,
    match: str,
    modes: Sequence[str],
    tenants: Sequence[str],
    groups: Sequence[str],
    ask: Ask,
    on_progress: Callable[[int], None],
) -> tuple[Result, ...]:
    """Ask every query in every mode and return what each came to.

    A query that names no tenant is asked in each of `tenants`, and the rankings take turns: no search crosses towns.
    `ask` is called from several threads.
    """

    def found(number: int, mode: str) -> Result:
        judged = queries[number]
        towns = (judged.tenant,) if judged.tenant is not None else tuple(tenants)
        asked_as = judged.groups if judged.groups is not None else tuple(groups)
        lists = [_ranking(partial(ask, town, asked_as), judged, mode, match) for town in towns]
        ranking = [v for v in _in_turns(lists) if v not in judged.candidates.exclude][:DEPTH]
        on_progress(1)
        return Result(
            query_id=judged.query_id or str(number + 1),
            set=judged.set,
            mode=mode,
            measures=measured(judged.relevant, ranking),
            right=_is_right(judged, set(ranking)),
        )

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="ask") as threads:
        waiting = [threads.submit(found, number, mode) for mode in modes for number in range(len(queries))]
        try:
            return tuple(one.result() for one in waiting)
        finally:
            threads.shutdown(cancel_futures=True)


def _is_right(judged: Judged, found: set[str]) -> bool:
    return judged.relevant <= found and not judged.unwanted & found and not (judged.nothing and found)


def measured(relevant: Iterable[str], ranking: Sequence[str]) -> dict[str, float]:
    """Return the measures of one ranking, best first; nothing where no value is relevant."""
    wanted = {"": dict.fromkeys(relevant, 1)}
    if not wanted[""]:
        return {}
    # a query without any hit counts as nothing found; an empty ranking would be left out
    found = {"": {value: -float(place) for place, value in enumerate(ranking)} or {"": 0.0}}
    values = ir_measures.calc_aggregate(list(MEASURES.values()), wanted, found)
    return {key: round(float(values[measure]), 4) for key, measure in MEASURES.items()}


def scores_of(results: Sequence[Result]) -> tuple[Score, ...]:
    """Return the score of each set in each mode, in the order in which the sets came."""
    grouped: dict[str, dict[str, list[Result]]] = {}
    for one in results:
        grouped.setdefault(one.set, {}).setdefault(one.mode, []).append(one)
    return tuple(_score(name, mode, some) for name, modes in grouped.items() for mode, some in modes.items())


def _score(name: str, mode: str, results: Sequence[Result]) -> Score:
    values = {
        key: [one.measures[key] for one in results if one.measures]
        for key in MEASURES
        if any(r.measures for r in results)
    }
    averages = {key: round(statistics.fmean(some), 4) for key, some in values.items()}
    right = round(statistics.fmean(one.right for one in results), 4)
    return Score(set=name, mode=mode, n=len(results), right=right, **averages)


def _body(judged: Judged, mode: str) -> dict[str, Any]:
    filters = dict(judged.filters)
    if judged.candidates.before is not None:
        filters["date_to"] = (judged.candidates.before - dt.timedelta(days=1)).isoformat()
    size = min(_MOST_HITS, DEPTH + len(judged.candidates.exclude))
    return {"query": judged.query[:_LONGEST_QUERY], "mode": mode, "size": size, "filters": filters}


def _ranking(ask: Callable[[dict[str, Any]], dict[str, Any]], judged: Judged, mode: str, match: str) -> list[str]:
    """Return the values of a field of the hits, each once; several files may be one answer, then later pages count."""
    body = _body(judged, mode)
    values: dict[str, None] = {}
    while True:
        answer = ask(body)
        for hit in answer["hits"]:
            value = hit.get(match, hit.get("fields", {}).get(match))
            if value is not None:
                values[str(value)] = None
        if len(values) >= body["size"] or answer.get("cursor") is None:
            return list(values)
        body = {**body, "cursor": answer["cursor"]}


def _in_turns(lists: Sequence[list[str]]) -> list[str]:
    places = range(max((len(one) for one in lists), default=0))
    return list(dict.fromkeys(one[place] for place in places for one in lists if place < len(one)))


def as_lines(scores: Iterable[Score]) -> list[str]:
    """Return a table for people."""
    names = [*MEASURES, "right"]
    lines = [f"{'set':24} {'mode':9} {'n':>5} " + " ".join(f"{name:>9}" for name in names)]
    for one in scores:
        cells = (getattr(one, name) for name in names)
        shown = " ".join(f"{cell:9.3f}" if cell is not None else f"{'':9}" for cell in cells)
        lines.append(f"{one.set:24} {one.mode:9} {one.n:5} {shown}")
    return lines


def as_json(match: str, results: Sequence[Result]) -> str:
    """Return one JSON document: the scores, and what each query came to."""
    document: Mapping[str, Any] = {
        "match": match,
        "scores": [one.model_dump() for one in scores_of(results)],
        "queries": [one.model_dump() for one in results],
    }
    return json.dumps(document, ensure_ascii=False)
