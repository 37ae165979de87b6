"""What somebody asked for by a sign or by name: beginnings, words near each other, fields, titles. Pure.

These hold or do not hold; they weigh little, so that the order is that of the words beside them.
"""

from __future__ import annotations

from typing import Any

from mappings import Field
from records import identifiers
from records.compounds import fold
from records.lexicon import lexicon
from records.opensearch.words import ASKED, PAGE_EXACT, PAGE_PARTS, PAGE_TEXT, reference
from records.query import FilterField, InField, InTitle, Near, Prefix

Clause = dict[str, Any]

#: how many other words may stand between words that are near each other
NEAR = 10
_UNFOLDED = (("ae", "ä"), ("oe", "ö"), ("ue", "ü"), ("ss", "ß"))


def beginning(prefix: Prefix) -> Clause:
    """Return the records with a word, or a number, that begins like this."""
    either = [*beginnings_in_text(prefix, PAGE_EXACT), *beginnings_in_text(prefix, f"{Field.TITLE}.exact")]
    if any(c.isdigit() for c in prefix.text):
        key = identifiers.plain(prefix.text)
        places = (Field.NUMBERS, f"{Field.FILE_REFERENCE}.key", f"{Field.CASE_REFERENCE}.key")
        either += [{"prefix": {place: {"value": key}}} for place in places]
    return _constant(_either(either))


def beginnings_in_text(prefix: Prefix, place: str) -> list[Clause]:
    """Return the clause for one field of words."""
    # SECURITY: every word that begins like this counts. A limit to the first so many would be used up by words that
    # only others may read.
    return [{"match_bool_prefix": {place: {"query": prefix.text, "operator": "and"}}}]


def near(words: Near) -> Clause:
    """Return the records that hold these words near each other on one page, or in the title."""
    page = {"nested": {"path": Field.PAGES, "score_mode": "max", "query": _either(near_on_page(words))}}
    title = [
        {"match_phrase": {Field.TITLE: {"query": words.text, "slop": NEAR}}},
        {"match_phrase": {Field.TITLE_PARTS: {"query": _in_parts(words.text), "slop": NEAR}}},
    ]
    return _either([page, *title])


def near_on_page(words: Near) -> list[Clause]:
    """Return the clauses that a page fulfils."""
    return [
        {"match_phrase": {PAGE_TEXT: {"query": words.text, "slop": NEAR}}},
        {"match_phrase": {PAGE_PARTS: {"query": _in_parts(words.text), "slop": NEAR}}},
    ]


def in_title(title: InTitle) -> Clause:
    """Return the records whose title holds these words."""
    if title.exact:
        return {"match_phrase": {f"{Field.TITLE}.exact": title.text}}
    whole = {"match": {Field.TITLE: {"query": title.text, "operator": "and", "analyzer": ASKED}}}
    parts = [{"match_phrase": {Field.TITLE_PARTS: _in_parts(word)}} for word in title.text.split()]
    return _either([whole, {"bool": {"must": parts}}])


def in_field(condition: InField) -> Clause:
    """Return the records that hold one of these values in this field."""
    if condition.field in {FilterField.FILE_REFERENCE, FilterField.CASE_REFERENCE}:
        return _either([clause for value in condition.values for clause in _number(condition, value)])
    name = "prefix" if condition.begins else "term"
    written = [spelling for value in condition.values for spelling in _spellings(value)]
    return _constant(
        _either([{name: {str(condition.field): {"value": one, "case_insensitive": True}}} for one in written])
    )


def _number(condition: InField, value: str) -> list[Clause]:
    if condition.begins:
        key = identifiers.plain(value)
        return [{"prefix": {f"{condition.field}.key": {"value": key}}}]
    whole = [{"term": {f"{condition.field}.key": value}}]
    return [*whole, *reference(value)] if condition.field is FilterField.FILE_REFERENCE else whole


def _spellings(value: str) -> list[str]:
    folded = unfolded = fold(value)
    for two, one in _UNFOLDED:
        unfolded = unfolded.replace(two, one)
    return list(dict.fromkeys((value, folded, unfolded)))


def _in_parts(text: str) -> str:
    return " ".join(part for word in text.split() for part in lexicon().parts(word))


def _either(clauses: list[Clause]) -> Clause:
    return {"bool": {"minimum_should_match": 1, "should": clauses}}


def _constant(clause: Clause) -> Clause:
    return {"constant_score": {"filter": clause}}
