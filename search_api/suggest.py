"""How a query could go on, and what may have been meant: only words from records that whoever asks may read."""

from __future__ import annotations

from records.access import Principal
from records.index import RecordIndex
from records.query import Words
from search_api.syntax import clean, parse

_MIN_LETTERS = 3
_MOST_WORDS = 5


def completions(index: RecordIndex, principal: Principal, query: str, size: int) -> list[str]:
    """Return the query with its last word completed, the most frequent first."""
    text = clean(query)
    start, space, beginning = text.rpartition(" ")
    if not beginning or query[-1:].isspace():
        return []
    return [start + space + word for word in index.complete(principal, beginning.lower(), size=size)]


def corrections(index: RecordIndex, principal: Principal, query: str, size: int) -> list[str]:
    """Return the query with one unknown word replaced; quoted and excluded words stay as they are."""
    parsed = parse(query)
    # Only a query of plain words is corrected: "quoted words are never corrected".
    if any(not isinstance(part, Words) or part.running for part in parsed.parts):
        return []
    words = [word for part in parsed.words for word in part.text.split()]
    corrected: list[str] = []
    for position, word in enumerate(words[:_MOST_WORDS]):
        if len(word) < _MIN_LETTERS or not word.isalpha():
            continue
        similar = index.correct(principal, word.lower(), size=size)
        if word.lower() in {s.lower() for s in similar}:
            continue
        corrected.extend(" ".join([*words[:position], other, *words[position + 1 :]]) for other in similar)
    return list(dict.fromkeys(corrected))[:size]
