"""Five analysis chains as other systems use them, beside ours: the same texts and questions, in the same engine.

Each is an index with one field of title and text, asked for any of the words, scored by BM25 as the engine does it by
default. They are rebuilt from stock filters: Fess 15 from its released settings, paperless-ngx 3 from its tokenizer
(Snowball for German on folded words), and, in the manner of FragDenStaat, a decompounder beside the whole word. The
last one takes its words from the package that our own lexicon is made of, as no other list may be shipped.
"""

from __future__ import annotations

import csv
import importlib.resources
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from benchmarks.corpus import MASKED_TOWN, Paper
from local.evaluation import DEPTH, Judged, Result, measured

_AT_ONCE = 2
_BULK = 50
#: a part of a compound has so many letters
_SHORTEST_PART, _LONGEST_PART = 4, 15


def _custom(*filters: str) -> dict[str, Any]:
    return {"type": "custom", "tokenizer": "standard", "filter": ["lowercase", *filters]}


def _settings() -> dict[str, dict[str, Any]]:
    words = sorted(set(_nouns()))
    stop = {"type": "stop", "stopwords": "_german_"}
    light = {"type": "stemmer", "language": "light_german"}
    parts = {
        "type": "dictionary_decompounder",
        "word_list": words,
        "min_subword_size": _SHORTEST_PART,
        "only_longest_match": True,
    }
    return {
        "standard": {"analyzer": {"chain": {"type": "standard"}}},
        "german": {"analyzer": {"chain": {"type": "german"}}},
        "fess": {
            "filter": {"short": {"type": "truncate", "length": 20}, "stop": stop, "light": light},
            "analyzer": {
                "chain": {
                    "type": "custom",
                    "tokenizer": "standard",
                    "filter": ["short", "lowercase", "stop", "german_normalization", "light"],
                }
            },
        },
        "paperless": {
            "filter": {"snowball": {"type": "snowball", "language": "German2"}},
            "analyzer": {"chain": _custom("asciifolding", "snowball")},
        },
        "decompounding": {
            "filter": {"stop": stop, "light": light, "parts": parts},
            "analyzer": {"chain": _custom("stop", "parts", "german_normalization", "light")},
        },
    }


#: the analyzer for German that the engine brings
GERMAN = "german"
CHAINS = ("standard", GERMAN, "fess", "paperless", "decompounding")


def _nouns() -> Iterator[str]:
    place = importlib.resources.files("german_nouns").joinpath("nouns.csv")
    with place.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if _SHORTEST_PART <= len(row["lemma"]) <= _LONGEST_PART and row["lemma"].isalpha():
                yield row["lemma"].lower()


class Chains:
    """The five indexes, in an engine that the administrator reaches through this client."""

    def __init__(self, admin: httpx.Client) -> None:
        self._admin = admin

    def fill(self, papers: Sequence[Paper], hidden: Sequence[Paper]) -> None:
        """Write the papers as they are, and those without their numbers, into indexes of their own."""
        for name, analysis in _settings().items():
            for suffix, some in (("open", papers), ("masked", hidden)):
                self._make(
                    f"chain_{name}_{suffix}", analysis, [_row(p.paper_id, p.title, p.text, p.date) for p in some]
                )

    def ask_all(self, judged: Sequence[Judged]) -> list[Result]:
        """Ask every query of every chain; `mode` of a result is the name of the chain."""

        def one(work: tuple[str, Judged]) -> Result:
            name, query = work
            ranking = self._ranking(name, query)
            return Result(
                query_id=query.query_id or "",
                set=query.set,
                mode=name,
                measures=measured(query.relevant, ranking),
                right=query.relevant <= set(ranking),
            )

        with ThreadPoolExecutor(_AT_ONCE) as threads:
            return list(threads.map(one, ((name, query) for name in CHAINS for query in judged)))

    def german(self, cases: Sequence[dict[str, Any]]) -> list[Result]:
        """Ask the German cases: all words, or the words as quoted; each must find its text or keep it out."""
        results = []
        for name, analysis in _settings().items():
            index = f"chain_{name}_pairs"
            self._make(index, analysis, [_row(case["query_id"], "", case["text"], None) for case in cases])
            for case in cases:
                quoted = case["query"].startswith('"')
                asked: dict[str, Any] = (
                    {"match_phrase": {"text": case["query"].strip('"')}}
                    if quoted
                    else {"match": {"text": {"query": case["query"], "operator": "and"}}}
                )
                own = {"term": {"id": case["query_id"]}}
                answer = self._search(index, {"query": {"bool": {"must": [asked], "filter": [own]}}, "size": 1})
                right = bool(answer) == bool(case.get("relevant"))
                results.append(Result(query_id=case["query_id"], set=case["set"], mode=name, measures={}, right=right))
        return results

    def _make(self, index: str, analysis: dict[str, Any], rows: Sequence[dict[str, Any]]) -> None:
        properties = {
            "id": {"type": "keyword"},
            "date": {"type": "date"},
            "text": {"type": "text", "analyzer": "chain"},
        }
        self._admin.delete(f"/{index}", params={"ignore_unavailable": "true"}).raise_for_status()
        settings = {"number_of_shards": 1, "number_of_replicas": 0, "analysis": analysis}
        body = {"settings": settings, "mappings": {"_source": {"enabled": False}, "properties": properties}}
        self._admin.put(f"/{index}", json=body).raise_for_status()
        for start in range(0, len(rows), _BULK):
            answer = self._admin.post(
                f"/{index}/_bulk",
                content="".join(_lines(rows[start : start + _BULK])).encode(),
                headers={"Content-Type": "application/x-ndjson"},
            ).raise_for_status()
            assert not answer.json()["errors"], answer.text[:500]
        self._admin.post(f"/{index}/_refresh").raise_for_status()

    def _ranking(self, chain: str, query: Judged) -> list[str]:
        conditions: list[dict[str, Any]] = []
        rule = query.candidates
        if rule.before is not None:
            conditions.append({"range": {"date": {"lt": rule.before.isoformat()}}})
        body = {
            "query": {"bool": {"must": [{"match": {"text": query.query}}], "filter": conditions}},
            "size": DEPTH + len(rule.exclude),
        }
        found = self._search(f"chain_{chain}_{'masked' if query.tenant == MASKED_TOWN else 'open'}", body)
        return [i for i in found if i not in rule.exclude][:DEPTH]

    def _search(self, index: str, body: dict[str, Any]) -> list[str]:
        asked = {**body, "_source": False, "sort": [{"_score": "desc"}, {"id": "asc"}], "docvalue_fields": ["id"]}
        answer = self._admin.post(f"/{index}/_search", json=asked).raise_for_status()
        return [row["_id"] for row in answer.json()["hits"]["hits"]]


def _row(name: str, title: str, text: str, date: str | None) -> dict[str, Any]:
    return {"id": name, "text": f"{title}\n{text}", "date": date}


def _lines(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield json.dumps({"index": {"_id": row["id"]}}) + "\n"
        yield json.dumps(row) + "\n"
