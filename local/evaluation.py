"""How well searches find: judged queries go through the product's own API, measures come out.

A line of a file of judged queries is a JSON object: `query`, `relevant` (the values that answer it; may be empty) and,
where wanted, `query_id`, `set`, `unwanted` (values that must not be found), `tenant`, `groups`, `filters` (as in
`POST /v1/search`) and `candidates` with `before` (a day: only older records count) and `exclude` (values taken out).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
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

#: the name in our output, and the measure
MEASURES = {"ndcg10": nDCG @ 10, "recall10": R @ 10, "recall100": R @ 100, "hit1": Success @ 1, "mrr": RR}

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
    query_id: str | None = None
    set: str = "all"
    tenant: str | None = None
    groups: tuple[str, ...] | None = None
    filters: dict[str, Any] = Field(default_factory=dict)
    candidates: Candidates = Field(default_factory=Candidates)


class Score(BaseModel):
    """What one set came to in one mode.

    The measures are averages over the queries that have relevant values; `right` is the share of all queries whose
    hits hold every relevant value and no unwanted one among the first 100.
    """

    set: str
    mode: str
    n: int
    ndcg10: float | None = None
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


def evaluate(
    queries: Sequence[Judged],
    *,
    match: str,
    modes: Sequence[str],
    tenants: Sequence[str],
    groups: Sequence[str],
    ask: Ask,
    on_progress: Callable[[int], None],
) -> tuple[Score, ...]:
    """Ask every query in every mode and return the scores, by set and mode.

    A query that names no tenant is asked in each of `tenants`, and the rankings take turns: no search crosses towns.
    """
    scores: list[Score] = []
    names = tuple(dict.fromkeys(judged.set for judged in queries))
    for mode in modes:
        rankings = []
        for judged in queries:
            towns = (judged.tenant,) if judged.tenant is not None else tuple(tenants)
            asked_as = judged.groups if judged.groups is not None else tuple(groups)
            lists = [_ranking(ask(town, asked_as, _body(judged, mode)), match) for town in towns]
            rankings.append([v for v in _in_turns(lists) if v not in judged.candidates.exclude][:DEPTH])
            on_progress(1)
        for name in names:
            rows = [row for row in zip(queries, rankings, strict=True) if row[0].set == name]
            scores.append(score(name, mode, rows))
    return tuple(sorted(scores, key=lambda s: names.index(s.set)))


def score(name: str, mode: str, rows: Sequence[tuple[Judged, Sequence[str]]]) -> Score:
    """Return the score of one set of queries, each with its ranking."""
    wanted = {str(n): dict.fromkeys(judged.relevant, 1) for n, (judged, _) in enumerate(rows) if judged.relevant}
    found = {n: {value: -float(place) for place, value in enumerate(rows[int(n)][1])} for n in wanted}
    # a query without any hit counts as nothing found; an empty ranking would be left out of the average
    found = {n: ranking or {"": 0.0} for n, ranking in found.items()}
    values = ir_measures.calc_aggregate(list(MEASURES.values()), wanted, found) if wanted else {}
    right = sum(j.relevant <= set(ranking) and not j.unwanted & set(ranking) for j, ranking in rows)
    measured = {key: round(float(values[measure]), 4) for key, measure in MEASURES.items() if measure in values}
    return Score(set=name, mode=mode, n=len(rows), right=round(right / len(rows), 4), **measured)


def _body(judged: Judged, mode: str) -> dict[str, Any]:
    filters = dict(judged.filters)
    if judged.candidates.before is not None:
        filters["date_to"] = (judged.candidates.before - dt.timedelta(days=1)).isoformat()
    return {"query": judged.query[:_LONGEST_QUERY], "mode": mode, "size": _MOST_HITS, "filters": filters}


def _ranking(answer: dict[str, Any], match: str) -> list[str]:
    """Return the values of a field of the hits, each once: several files may be one answer."""
    values = (hit.get(match, hit.get("fields", {}).get(match)) for hit in answer["hits"])
    return list(dict.fromkeys(str(value) for value in values if value is not None))


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


def as_json(match: str, scores: Iterable[Score]) -> str:
    """Return one JSON document."""
    return json.dumps({"match": match, "scores": [one.model_dump() for one in scores]}, ensure_ascii=False)
