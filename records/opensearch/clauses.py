"""From our query values to the engine's: the allow-list of clauses that this software can express.

What is not made here cannot be sent: no `global` aggregation, no suggester, no script, no query string, no explain.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Sequence
from typing import Any

from mappings import Field
from records.access import Reader, ReadFilter
from records.opensearch import operators
from records.opensearch.words import (
    ASKED,
    PAGE_EXACT,
    PAGE_PARTS,
    PAGE_TEXT,
    by_any_reading,
    held,
    itself,
    marked_forms,
    marked_in_compounds,
    reference,
    words_of,
)
from records.query import (
    All,
    Cites,
    FilterField,
    InField,
    InTitle,
    Narrowing,
    Near,
    Not,
    OneOf,
    Part,
    Phrase,
    Prefix,
    Words,
)
from records.release import ALL_PARTNERS

Clause = dict[str, Any]

#: what is sent back of a page
PAGE_SHOWN = tuple(f"{Field.PAGES}.{name}" for name in ("number", "part", "text", "confidence"))
#: where found words are marked: as written before inflected, divided last
MARKED = (PAGE_EXACT, PAGE_TEXT, PAGE_PARTS)
VECTOR = f"{Field.PASSAGES}.vector"
#: the clause whose inner hits are the first pages of a record, in their order
FIRST_PAGES: Clause = {
    "nested": {
        "path": Field.PAGES,
        "query": {"match_all": {}},
        "inner_hits": {
            "size": 3,
            "sort": [{f"{Field.PAGES}.number": "asc"}, {f"{Field.PAGES}.part": "asc"}],
            "_source": list(PAGE_SHOWN),
        },
    }
}


def rights(rule: ReadFilter) -> Clause:
    """Return the access rule (records.access) as a clause."""
    # SECURITY: sentences 1 to 5 of the rule.
    return {
        "bool": {
            "filter": [
                {"term": {Field.TENANT: rule.tenant}},
                *(
                    {
                        "bool": {
                            "minimum_should_match": 1,
                            "should": [
                                {"terms": {Field.READERS: sorted(str(reader) for reader in party)}},
                                {
                                    "bool": {
                                        "filter": [
                                            {"term": {Field.READERS: str(rule.everybody)}},
                                            {"term": {Field.CONFIDENTIAL: False}},
                                        ]
                                    }
                                },
                                *([{"term": {Field.UNASSIGNED: True}}] if rule.opens_unassigned else []),
                            ],
                        }
                    }
                    for party in rule.parties
                ),
            ],
            "must_not": [{"terms": {Field.DENY: sorted(str(reader) for reader in rule.denied_by)}}],
        }
    }


def released(rule: ReadFilter, now: int) -> Clause:
    """Return the rule of releases (records.release) as a clause, at this time in seconds since 1970."""

    def named(party: frozenset[Reader]) -> Clause:
        # SECURITY: the reader of the whole tenant counts for every party; `*` is written by the owner, never asked for.
        readers = sorted(str(reader) for reader in party | {rule.everybody})
        return {"terms": {Field.PARTNERS: [*readers, ALL_PARTNERS]}}

    return {
        "bool": {
            "filter": [
                {"exists": {"field": Field.RELEASED}},
                {"range": {Field.UNTIL: {"gte": now}}},
                *(named(party) for party in rule.parties),
            ],
            "must_not": [{"term": {Field.TENANT: rule.tenant}}],
        }
    }


def readable(rule: ReadFilter, now: int) -> Clause:
    """Return what may be read: records by the access rule, and what other tenants released."""
    # SECURITY: the first lock as a whole; every read passes through here.
    return {"bool": {"minimum_should_match": 1, "should": [rights(rule), released(rule, now)]}}


#: the engine takes at most 65,536 values in one clause
_MOST_VALUES = 60_000


def without(record_ids: Collection[str]) -> list[Clause]:
    """Return the condition that none of these records is meant; none where there are none."""
    if not record_ids:
        return []
    ids = sorted(record_ids)
    pieces = [ids[start : start + _MOST_VALUES] for start in range(0, len(ids), _MOST_VALUES)]
    return [{"bool": {"must_not": [{"terms": {Field.RECORD_ID: piece}} for piece in pieces]}}]


def narrowing_clauses(narrowing: Narrowing) -> list[Clause]:
    """Return the caller's conditions."""
    clauses: list[Clause] = []
    for name, values in narrowing.fields:
        field = f"{name}.key" if name in {FilterField.FILE_REFERENCE, FilterField.CASE_REFERENCE} else str(name)
        clauses.append({"terms": {field: list(values)}})
    limits = {
        bound: day.isoformat()
        for bound, day in (("gte", narrowing.date_from), ("lte", narrowing.date_to))
        if day is not None
    }
    if limits:
        clauses.append({"range": {Field.DATE: limits}})
    return clauses


def _phrase(phrase: Phrase) -> Clause:
    places = (f"{Field.TITLE}.exact", PAGE_EXACT)
    return {
        "dis_max": {"queries": [{"match_phrase": {place: phrase.text}} for place in places] + reference(phrase.text)}
    }


def clause_of(part: Part) -> Clause:  # noqa: PLR0911 - one line a kind
    """Return the search by one part of a question."""
    match part:
        case Words():
            return by_any_reading(part)
        case Phrase():
            return _phrase(part)
        case Prefix():
            return operators.beginning(part)
        case Near():
            return operators.near(part)
        case InTitle():
            return operators.in_title(part)
        case InField():
            return operators.in_field(part)
        case Cites():
            return {"terms": {Field.CITES: list(part.keys)}}
        case OneOf():
            return {"bool": {"minimum_should_match": 1, "should": [clause_of(one) for one in part.parts]}}
        case Not():
            return {"bool": {"must_not": [_excluded(part)]}}
    return by_words(part, ())


def _excluded(part: Not) -> Clause:
    # a word is excluded as it is written: nothing disappears because of another form of it
    return _phrase(Phrase(part.part.text)) if isinstance(part.part, Words) else clause_of(part.part)


def strict_clauses(query: All) -> tuple[list[Clause], list[Clause]]:
    """Return what must hold and what must not, in every mode."""
    must = [clause_of(part) for part in query.strict if not isinstance(part, Not)]
    return must, [_excluded(part) for part in query.strict if isinstance(part, Not)]


def by_words(query: All, conditions: Sequence[Clause]) -> Clause:
    """Return the search by words; without any part it finds everything that the conditions admit."""
    must, must_not = strict_clauses(query)
    must = [*must, *(clause_of(part) for part in query.ranking)]
    return {"bool": {"filter": list(conditions), "must": must, "must_not": must_not}}


def by_meaning(vector: bytes, query: All, conditions: Sequence[Clause], *, k: int) -> Clause:
    """Return the search by meaning: the k records whose best passage is nearest, among those the conditions admit."""
    must, must_not = strict_clauses(query)
    # SECURITY: the conditions stand inside the knn clause: filtering afterwards would lose permitted hits, and the gap
    # would tell that foreign passages are near.
    admitted = {"bool": {"filter": [*conditions, *must], "must_not": must_not}}
    return {"nested": {"path": Field.PASSAGES, "score_mode": "max", "query": _knn(vector, admitted, k=k)}}


def _knn(vector: bytes, admitted: Clause, *, k: int) -> Clause:
    return {"knn": {VECTOR: {"vector": numbers(vector), "k": k, "filter": admitted}}}


def numbers(vector: bytes) -> list[float]:
    """Return the numbers of a vector."""
    return list(struct.unpack(f"<{len(vector) // 4}f", vector))


def written_nearly(word: str, field: str) -> Clause:
    """Return the clause for a field that holds this word or one written nearly like it, the nearest first."""

    def within(fuzziness: str, boost: float) -> Clause:
        # SECURITY: looked up in the dictionary of all records. A number of expansions would be used up by words that
        # only others may read, and weights by rarity would count them: so there is neither.
        match = {"query": word, "fuzziness": fuzziness, "prefix_length": 1, "fuzzy_rewrite": "constant_score"}
        return {"constant_score": {"filter": {"match": {field: match}}, "boost": boost}}

    return {"bool": {"should": [within("0", 4), within("1", 2), within("AUTO", 1)]}}


#: how many records hold each word, and for how many words there is nothing to look for
HELD, OF_NO_WORD = "held", "of_no_word"


def counting(words: Sequence[Words], conditions: Sequence[Clause]) -> dict[str, Any]:
    """Return the request that counts records for each of these words, in their order."""

    def of_no_word(word: Words) -> Clause:
        # a function word is looked for nowhere: then all records count, and none of them holds it
        return {"bool": {"filter": [held(word.text, without_words="all")], "must_not": [held(word.text)]}}

    return {
        "query": {"bool": {"filter": list(conditions)}},
        "size": 0,
        "track_total_hits": True,
        "aggs": {
            HELD: {"filters": {"filters": [by_any_reading(word) for word in words]}},
            OF_NO_WORD: {"filters": {"filters": [of_no_word(word) for word in words]}},
        },
    }


#: private-use characters mark a found word in the engine's answer; they are taken out of every text that goes in
MARK_BEGIN, MARK_END = "\ue000", "\ue001"


def shown_pages(query: All) -> Clause | None:
    """Return the clause whose inner hits are the pages that hold the words, best first, with the words marked.

    None where nothing is asked for that stands on pages.
    """
    loose: list[Clause] = [
        {"match": {PAGE_TEXT: {"query": words_of(words), "analyzer": ASKED}}}
        for words in query.words
        if words.text.strip() and itself(words) is None
    ]
    quoted: list[Clause] = [
        {"match_phrase": {PAGE_EXACT: {"query": part.text, "boost": 5}}}
        for part in query.wanted
        if isinstance(part, Phrase)
    ]
    quoted += [{"match": {PAGE_EXACT: forms}} for words in query.words if (forms := itself(words)) is not None]
    quoted += [
        clause
        for part in query.wanted
        if isinstance(part, Prefix)
        for clause in operators.beginnings_in_text(part, PAGE_EXACT)
    ]
    loose += [clause for words in query.words for clause in marked_forms(words)]
    near = [operators.near_on_page(part) for part in query.wanted if isinstance(part, Near)]
    loose += [in_words for in_words, _ in near]
    parts = [clause for words in query.words for clause in marked_in_compounds(words)]
    parts += [in_parts for _, in_parts in near]
    # A quotation that runs over the end of a page is on no page as a whole; its words are.
    scattered: list[Clause] = [
        {"match": {PAGE_EXACT: {"query": part.text, "minimum_should_match": "30%", "boost": 0.01}}}
        for part in query.wanted
        if isinstance(part, Phrase)
    ]
    if not loose and not quoted:
        return None
    lesser = [{"bool": {"should": parts, "boost": 0.1}}] if parts else []
    mark = {"pre_tags": [MARK_BEGIN], "post_tags": [MARK_END], "fragment_size": 280, "number_of_fragments": 1}
    fields: Clause = {}
    if quoted:
        fields[PAGE_EXACT] = {"highlight_query": {"bool": {"should": quoted}}, "no_match_size": 280}
    if loose:
        fields[PAGE_TEXT] = {"highlight_query": {"bool": {"should": loose}}}
    if parts:
        fields[PAGE_PARTS] = {"highlight_query": {"bool": {"should": parts}}}
    return {
        "nested": {
            "path": Field.PAGES,
            "score_mode": "max",
            "query": {"bool": {"should": [*loose, *quoted, *lesser, *scattered]}},
            "inner_hits": {
                "name": "words",
                "size": 3,
                "_source": [f"{Field.PAGES}.number", f"{Field.PAGES}.confidence"],
                "highlight": {**mark, "order": "score", "fields": fields},
            },
        }
    }


def citing_pages(keys: Collection[str]) -> Clause:
    """Return the clause whose inner hits are the first pages that cite something that has one of these keys."""
    return {
        "nested": {
            "path": Field.PAGES,
            "query": {"terms": {f"{Field.PAGES}.cites": sorted(keys)}},
            "inner_hits": {
                "name": "cited",
                "size": 3,
                "sort": [{f"{Field.PAGES}.number": "asc"}, {f"{Field.PAGES}.part": "asc"}],
                "_source": list(PAGE_SHOWN),
            },
        }
    }


def shown_passage(vector: bytes, admitted: Clause, *, k: int) -> Clause:
    """Return the clause whose inner hit is the passage nearest in meaning."""
    return {
        "nested": {
            "path": Field.PASSAGES,
            "score_mode": "max",
            "query": _knn(vector, admitted, k=k),
            "inner_hits": {
                "name": "meaning",
                "size": 1,
                "_source": [f"{Field.PASSAGES}.{name}" for name in ("page", "text", "confidence")],
            },
        }
    }
