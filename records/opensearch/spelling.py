"""How words are completed and corrected: what is asked of the engine, and what its answer comes to. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from mappings import Field
from records.opensearch import clauses
from records.opensearch.documents import to_snippet
from records.opensearch.words import PAGE_EXACT

_UMLAUTS = (("ae", "(ae|ä)"), ("oe", "(oe|ö)"), ("ue", "(ue|ü)"), ("ss", "(ss|ß)"), ("ß", "(ss|ß)"))
#: a longer beginning is no beginning
_LONGEST_BEGINNING = 60


def completions(beginning: str, conditions: Sequence[clauses.Clause], *, size: int) -> dict[str, Any]:
    """Return the request for the most frequent words of titles that begin like this."""
    words = {"field": Field.TITLE_WORDS, "include": _beginning(beginning), "size": size}
    return {"query": {"bool": {"filter": list(conditions)}}, "size": 0, "aggs": {Field.TITLE_WORDS: {"terms": words}}}


def _beginning(text: str) -> str:
    """Return the pattern of words that begin like this, umlauts in either spelling; every other sign is itself."""
    escaped = re.sub(r"([^\w])", r"\\\1", text.lower()[:_LONGEST_BEGINNING])
    for written, meant in _UMLAUTS:
        escaped = escaped.replace(written, meant) if written != "ß" or "(" not in escaped else escaped
    return escaped + ".*"


def corrections(word: str, conditions: Sequence[clauses.Clause]) -> dict[str, Any]:
    """Return the request for records that hold words written nearly like this one, with these words marked."""
    mark = {
        "pre_tags": [clauses.MARK_BEGIN],
        "post_tags": [clauses.MARK_END],
        "number_of_fragments": 3,
        "fragment_size": 60,
    }
    title = f"{Field.TITLE}.exact"
    pages = {
        "nested": {
            "path": Field.PAGES,
            "score_mode": "max",
            "query": clauses.written_nearly(word, PAGE_EXACT),
            "inner_hits": {
                "size": 1,
                "_source": False,
                "highlight": {**mark, "fields": {PAGE_EXACT: {}}},
            },
        }
    }
    return {
        "query": {
            "bool": {
                "filter": list(conditions),
                "minimum_should_match": 1,
                "should": [clauses.written_nearly(word, title), pages],
            }
        },
        "size": 30,
        "_source": False,
        "highlight": {**mark, "fields": {title: {}}},
    }


def nearest(word: str, rows: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Return the marked words of these rows, those most alike first; not the word itself."""
    counts: dict[str, int] = {}
    for row in rows:
        inner = row.get("inner_hits", {}).get(Field.PAGES, {}).get("hits", {}).get("hits", [])
        fragments = [f for part in (row, *inner) for marked in part.get("highlight", {}).values() for f in marked]
        found = {
            snippet.text[begin:end].lower()
            for snippet in (to_snippet(1, fragment) for fragment in fragments)
            for begin, end in snippet.highlights
        }
        for other in found - {word.lower()}:
            counts[other] = counts.get(other, 0) + 1

    def likeness(other: str) -> tuple[float, int, str]:
        return (-round(SequenceMatcher(None, word.lower(), other).ratio(), 2), -counts[other], other)

    return tuple(sorted(counts, key=likeness))
