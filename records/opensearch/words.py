"""The search by typed or pasted words: several readings side by side, the exact one worth most. Pure.

As written, inflected, as part of a compound, as a compound written in several words, as a synonym, as a number. What
is found only by a lesser reading stands behind what is found by a better one.
"""

from __future__ import annotations

import re
from typing import Any

from mappings import Field
from mappings.records import PART_LENGTH
from records import identifiers
from records.compounds import fold
from records.lexicon import lexicon
from records.query import Synonym, Words

Clause = dict[str, Any]

PAGE_TEXT = f"{Field.PAGES}.text"
PAGE_EXACT = f"{Field.PAGES}.text.exact"
PAGE_PARTS = f"{Field.PAGES}.parts"

#: the analyzer of typed words (mappings.analysis)
ASKED = "asked"

#: Of three words one must be there, of ten four. The ranking puts what holds them all first; asking for all would leave
#: unfound what was written with another word.
TYPED_MINIMUM = "40%"
#: a sentence says much that its answer says otherwise
SENTENCE_MINIMUM = "10%"
#: how much more often a word counts in the title than in the text
TITLE = 3

#: the engine counts a clause for each word and field, and refuses more than 1,024
RUNNING_WORDS = 200
#: what a sign, or the seam of a compound, divides are several words to the engine: "Kreis-Ausschuss"
_MOST_PIECES, _MOST_PIECES_OF_HEADING = 200, 30
_MOST_PARTS, _MOST_PARTS_OF_SENTENCE, _MOST_PARTS_IN_TITLE = 280, 60, 30
_PIECE = re.compile(r"[^\W_]+(?:\.[^\W_]+)*")
_MOST_NUMBERS = 5
_EXACT = 0.2
_PARTS = 0.05
_SCATTERED = 0.05
#: what parts of compounds add to the order of what several words find: of a sentence, of a heading, of pasted text
_PARTS_OF_SENTENCE, _PARTS_OF_HEADING, _PARTS_OF_RUNNING = 0.3, 0.6, 1.0
_ENDS_OF_SENTENCES = (".", "?", "!")
#: so many typed words say together what is meant, and numbers are none; of fewer, parts would lead astray
_SEVERAL = 4
#: how much a part in the title counts beside one in the text
_PARTS_IN_TITLE = 0.3
_SYNONYM = 0.1
_FORM = 0.8
#: words of a question that stand near each other on a page: how many others may stand between, and what that is worth
_SLOP = 10
_NEAR = 0.2
_REFERENCE_LENGTH = 100


def words_of(words: Words) -> str:
    """Return the words that are looked for: all that were typed, of a long running text the longest ones.

    Long German words are the rare ones; what is left out is mostly "und", "der", "die". What stands in a text several
    times is what it is about, so repetitions stay.
    """
    if not words.running:
        return words.text
    every = words.text.split()
    kept = set(sorted(dict.fromkeys(every), key=len, reverse=True)[:RUNNING_WORDS])
    return _cut([word for word in every if word in kept][:RUNNING_WORDS], _MOST_PIECES)


def _cut(words: list[str], most: int) -> str:
    left = most
    for number, word in enumerate(words):
        pieces = _PIECE.findall(word)
        if len(pieces) > left:
            return " ".join([*words[:number], *pieces[:left]])
        left -= len(pieces)
    return " ".join(words)


def held(text: str, *, minimum: str = "100%", without_words: str = "none") -> Clause:
    """Return the records in which so many of these words stand, in whatever form, wherever in title or text.

    Function words are none of them. `without_words` says what is found where no word is left: `all` or `none`.
    """
    return {
        "multi_match": {
            "query": text,
            "type": "cross_fields",
            "fields": [Field.TITLE, Field.ABOUT, PAGE_TEXT],
            "analyzer": ASKED,
            "minimum_should_match": minimum,
            "zero_terms_query": without_words,
        }
    }


def by_any_reading(words: Words) -> Clause:
    """Return the search by these words."""
    if words.running:
        return _running(words)
    minimum = SENTENCE_MINIMUM if words.is_sentence else TYPED_MINIMUM
    # of nothing but "der" and "für" no word is left; then whatever else is asked decides
    enough = held(words.text, minimum=minimum, without_words="all")
    as_written = [f"{Field.TITLE}.exact", PAGE_EXACT]
    exact = {
        "query": words.text,
        "fields": as_written,
        "type": "most_fields",
        "boost": _EXACT,
    }
    asked, weighed = [enough], [_in_one_field(words.text)]
    if (forms := itself(words)) is not None:
        # no other form of it, so that a Lager is no Lage
        asked, weighed = [{"multi_match": {"query": forms, "fields": as_written}}], []
    readings = [
        *(_forms(words) if forms is None else []),
        {
            "bool": {
                "filter": asked,
                "should": [
                    *weighed,
                    {"multi_match": exact},
                    *_near(words),
                    *_quotations(words),
                    *alike_in_parts(words),
                ],
            }
        },
        *_further(words),
        *(_numbers(words.text) if words.keyed else []),
        *(reference(words.text) if words.numbers else []),
    ]
    return {"bool": {"minimum_should_match": 1, "should": readings}}


def _running(words: Words) -> Clause:
    """Return the search by pasted text: what it is about stands in its heading, and the rare words say the rest."""
    clauses = [_in_one_field(words_of(words))]
    if heading := _cut(words.heading.split(), _MOST_PIECES_OF_HEADING):
        clauses.append(_in_one_field(heading))
    return {
        "bool": {"must": [{"bool": {"should": clauses, "minimum_should_match": 1}}], "should": alike_in_parts(words)}
    }


def alike_in_parts(words: Words) -> list[Clause]:
    """Return what puts records first that speak of the same in other compounds; it finds none by itself.

    Many words say together what is meant, so a part of one of them misleads less than where little was typed: Radweg
    and Wegebau, Kindergarten and Kinderkrippe are the same matter.
    """
    several = words.is_sentence or len(words.looked_up) >= _SEVERAL
    if not words.parts or not (words.running or several):
        return []
    if words.running:
        weight, most = _PARTS_OF_RUNNING, _MOST_PARTS
        text, title = f"{words.heading} {words_of(words)}", words.heading
    else:
        weight = _PARTS_OF_SENTENCE if words.text.endswith(_ENDS_OF_SENTENCES) else _PARTS_OF_HEADING
        text = title = words.text
        most = _MOST_PARTS_OF_SENTENCE
    asked = (
        (PAGE_PARTS, _divided(text, most), weight),
        (Field.TITLE_PARTS, _divided(title, _MOST_PARTS_IN_TITLE), weight * _PARTS_IN_TITLE),
    )
    return [
        {"match": {place: {"query": parts, "analyzer": ASKED, "boost": boost}}}
        for place, parts, boost in asked
        if parts
    ]


def _divided(text: str, most: int) -> str:
    return _cut(lexicon().seamed(text).split(), most)


def _in_one_field(text: str, boost: float = 1) -> Clause:
    """Return the search that scores title and text as if they were one field, in which a title counts more (BM25F)."""
    fields = [f"{Field.TITLE}^{TITLE}", Field.ABOUT, PAGE_TEXT]
    return {"combined_fields": {"query": text, "fields": fields, "boost": boost}}


def itself(words: Words) -> str | None:
    """Return the forms of a single word that stemming takes for another one, such as Bauer for Bau; None if not so."""
    asked = words.text.split()
    if words.running or len(asked) != 1 or fold(asked[0]) not in lexicon().mistaken:
        return None
    return " ".join(dict.fromkeys((fold(asked[0]), *lexicon().inflected.get(fold(asked[0]), ()))))


def _near(words: Words) -> list[Clause]:
    if len(words.looked_up) < 2:  # noqa: PLR2004 - one word is near nothing
        return []
    return [{"match_phrase": {PAGE_TEXT: {"query": words.text, "analyzer": ASKED, "slop": _SLOP, "boost": _NEAR}}}]


def _quotations(words: Words) -> list[Clause]:
    places = (f"{Field.TITLE}.exact", PAGE_EXACT)
    return [
        {"dis_max": {"queries": [{"match_phrase": {place: quoted}} for place in places]}} for quoted in words.quoted
    ]


def _forms(words: Words) -> list[Clause]:
    # the forms that stemming does not bring together: des Eigentümers, die Gymnasien
    forms = [form for word in words.looked_up for form in lexicon().forms(word)]
    return [_in_one_field(form, _FORM) for form in forms]


def _further(words: Words) -> list[Clause]:
    clauses = [clause for word in words.looked_up for clause in _in_compound(word)] if words.parts else []
    clauses += [clause for synonym in words.synonyms for clause in _others(synonym, _SYNONYM)]
    if not clauses:
        return []
    return [{"bool": {"should": clauses, "minimum_should_match": 1}}]


def _in_compound(word: str) -> list[Clause]:
    """Return the word as part of longer ones, and, where it is one itself, its halves anywhere on one page."""
    if fold(word) in lexicon().mistaken:
        return []
    places = (Field.TITLE_PARTS, PAGE_PARTS)
    within = [
        {"match_phrase": {place: {"query": parts, "analyzer": ASKED, "boost": _PARTS}}}
        for parts in _in_parts(word)
        for place in places
    ]
    halves = lexicon().halves(word)
    if halves is None:
        return [{"dis_max": {"queries": within}}]
    scattered = {"nested": {"path": Field.PAGES, "query": _on_one_page(halves), "boost": _SCATTERED}}
    return [{"dis_max": {"queries": [*within, scattered]}}]


def _on_one_page(halves: tuple[str, str]) -> Clause:
    # "Steuer auf das Halten von Hunden": both halves on one page, never one of them alone
    both = [[{"match_phrase": {PAGE_PARTS: parts}} for parts in _in_parts(half)] for half in halves]
    return {"bool": {"must": [{"bool": {"should": forms, "minimum_should_match": 1}} for forms in both]}}


def _in_parts(word: str) -> list[str]:
    """Return a word in its parts, in each form that stemming does not bring together."""
    *before, last = lexicon().parts(word)
    return [" ".join((*before, form)) for form in (last, *lexicon().forms(last))]


def _others(synonym: Synonym, boost: float) -> list[Clause]:
    places = (Field.TITLE_PARTS, PAGE_PARTS)
    return [
        {"match_phrase": {place: {"query": _parted(other), "boost": boost}}}
        for other in synonym.others
        for place in places
    ]


def _parted(text: str) -> str:
    return " ".join(part for word in text.split() for part in lexicon().parts(word))


def _numbers(text: str) -> list[Clause]:
    # A number is a key: it finds its own record first, then those that name it, then longer numbers that it is part of.
    clauses: list[Clause] = []
    for asked in identifiers.in_question(text)[:_MOST_NUMBERS]:
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
    phrases = [_parted(other) for synonym in words.synonyms for other in synonym.others]
    scattered: list[str] = []
    for word in words.looked_up if words.parts else ():
        if fold(word) in lexicon().mistaken:
            continue
        phrases += _in_parts(word)
        if (halves := lexicon().halves(word)) is not None:
            one, other = map(_in_parts, halves)
            scattered += [f"{first} {second}" for first in one for second in other]
    return [
        *({"match_phrase": {PAGE_PARTS: {"query": phrase, "analyzer": ASKED}}} for phrase in phrases),
        # As loose as a page is long, because what is marked has to be one phrase: of two conditions the engine marks
        # each word by itself, so one half alone on a page that is shown for another word of the question.
        *({"match_phrase": {PAGE_PARTS: {"query": both, "slop": PART_LENGTH}}} for both in scattered),
    ]


def marked_forms(words: Words) -> list[Clause]:
    """Return the other forms of typed words, as they can be shown in pages."""
    return [{"match": {PAGE_TEXT: form}} for word in words.looked_up for form in lexicon().forms(word)]
