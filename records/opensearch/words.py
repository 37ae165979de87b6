"""The search by typed or pasted words: several readings side by side, the exact one worth most. Pure.

As written, inflected, as part of a compound, as a compound written in several words, as a synonym, as a number. What
is found only by a lesser reading stands behind what is found by a better one.
"""

from __future__ import annotations

from typing import Any

from mappings import Field
from records import identifiers
from records.compounds import fold, lexicon
from records.query import Words
from records.synonyms import alternatives

Clause = dict[str, Any]

PAGE_TEXT = f"{Field.PAGES}.text"
PAGE_EXACT = f"{Field.PAGES}.text.exact"
PAGE_PARTS = f"{Field.PAGES}.parts"

#: the analyzer of typed words (mappings.analysis)
ASKED = "asked"

#: Of three words one must be there, of ten four. The ranking puts what holds them all first; asking for all would leave
#: unfound what was written with another word.
TYPED_MINIMUM = "40%"

#: the engine counts a clause for each word and field, and refuses more than 1,024
RUNNING_WORDS = 150
#: a typed text of at most so many words is looked up; a longer one is a sentence, whose words explain each other, and
#: lesser readings and the numbers in it would outweigh them
_READ_CLOSELY = 5
_EXACT = 0.2
_PARTS = 0.05
_SCATTERED = 0.05
_SYNONYM = 0.1
_REFERENCE_LENGTH = 100


def words_of(words: Words) -> str:
    """Return the words that are looked for: all that were typed, of running text the longest ones, each once.

    Long German words are the rare ones; what is left out is mostly "und", "der", "die".
    """
    if not words.running:
        return words.text
    distinct = dict.fromkeys(words.text.split())
    kept = set(sorted(distinct, key=len, reverse=True)[:RUNNING_WORDS])
    return " ".join(word for word in distinct if word in kept)


def by_any_reading(words: Words) -> Clause:
    """Return the search by these words."""
    minimum = "1" if words.running else TYPED_MINIMUM
    fields = [f"{Field.TITLE}^2", Field.ABOUT, PAGE_TEXT]
    inflected = {
        "query": words_of(words),
        "type": "cross_fields",
        "fields": fields,
        "analyzer": ASKED,
        "minimum_should_match": minimum,
        # of nothing but "der" and "für" no word is left; then whatever else is asked decides
        "zero_terms_query": "all",
    }
    if words.running:
        return {"multi_match": inflected}
    exact = {
        "query": words.text,
        "fields": [f"{Field.TITLE}.exact", PAGE_EXACT],
        "type": "most_fields",
        "boost": _EXACT,
    }
    readings = [
        {"bool": {"must": [{"multi_match": inflected}], "should": [{"multi_match": exact}]}},
        *_in_compounds(words.text),
        *_numbers(words.text),
        *reference(words.text),
    ]
    return {"bool": {"minimum_should_match": 1, "should": readings}}


def _in_compounds(text: str) -> list[Clause]:
    clauses = [clause for word in _closely(text) for clause in (*_in_compound(word), *_synonyms(word, _SYNONYM))]
    if not clauses:
        return []
    return [{"bool": {"should": clauses, "minimum_should_match": 1}}]


def _closely(text: str) -> list[str]:
    words = text.split()
    return [word for word in words if any(c.isalpha() for c in word)] if len(words) <= _READ_CLOSELY else []


def _in_compound(word: str) -> list[Clause]:
    """Return the word as part of longer ones, and, where it is one itself, its halves anywhere on one page."""
    if fold(word) in lexicon().mistaken:
        return []
    parts = " ".join(lexicon().parts(word))
    places = (Field.TITLE_PARTS, PAGE_PARTS)
    within = [{"match_phrase": {place: {"query": parts, "analyzer": ASKED, "boost": _PARTS}}} for place in places]
    halves = lexicon().halves(word)
    if halves is None:
        return [{"dis_max": {"queries": within}}]
    scattered = {"nested": {"path": Field.PAGES, "query": _on_one_page(halves), "boost": _SCATTERED}}
    return [{"dis_max": {"queries": [*within, scattered]}}]


def _on_one_page(halves: tuple[str, str]) -> Clause:
    # "Steuer auf das Halten von Hunden": both halves on one page, never one of them alone
    both = [{"match_phrase": {PAGE_PARTS: " ".join(lexicon().parts(half))}} for half in halves]
    return {"bool": {"must": both}}


def _synonyms(word: str, boost: float) -> list[Clause]:
    places = (Field.TITLE_PARTS, PAGE_PARTS)
    return [
        {"match_phrase": {place: {"query": _parted(other), "boost": boost}}}
        for other in alternatives(word)
        for place in places
    ]


def _parted(text: str) -> str:
    return " ".join(part for word in text.split() for part in lexicon().parts(word))


def _numbers(text: str) -> list[Clause]:
    # A number is a key: it finds its own record first, then those that name it, then longer numbers that it is part of.
    clauses: list[Clause] = []
    if len(text.split()) > 2 * _READ_CLOSELY:
        return []
    for asked in identifiers.in_question(text)[:_READ_CLOSELY]:
        clauses += [
            _constant({"term": {Field.FIRST_NUMBERS: asked.whole.key}}, 40),
            _constant({"term": {Field.NUMBERS: asked.whole.key}}, 40),
        ]
        parts = [{"term": {Field.NUMBER_PARTS: word.part}} for word in asked.words if len(word.pieces) > 1]
        if parts:
            clauses.append(_constant({"bool": {"filter": parts}}, 20))
    return clauses


def _constant(clause: Clause, boost: float) -> Clause:
    return {"constant_score": {"filter": clause, "boost": boost}}


def reference(text: str) -> list[Clause]:
    """Return the fields of a record that a number may name; written whole, however it is divided."""
    if not any(c.isdigit() for c in text) or len(text) > _REFERENCE_LENGTH:
        return []
    return [
        {"term": {f"{Field.FILE_REFERENCE}.key": {"value": text, "boost": 50}}},
        {"term": {f"{Field.CASE_REFERENCE}.key": {"value": text, "boost": 20}}},
        {"match_phrase": {f"{Field.FILE_REFERENCE}.words": {"query": text, "boost": 5}}},
    ]


def marked_in_compounds(words: Words) -> list[Clause]:
    """Return the readings of typed words whose places can be shown in pages whose compounds are divided."""
    if words.running:
        return []
    clauses: list[Clause] = []
    for word in _closely(words.text):
        if fold(word) in lexicon().mistaken:
            continue
        phrases = [" ".join(lexicon().parts(word)), *(_parted(other) for other in alternatives(word))]
        clauses += [{"match_phrase": {PAGE_PARTS: {"query": phrase, "analyzer": ASKED}}} for phrase in phrases]
        halves = lexicon().halves(word)
        if halves is not None:
            clauses.append(_on_one_page(halves))
    return clauses
