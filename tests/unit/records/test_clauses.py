"""Queries become clauses of the allow-list, and the rights stand in each of them."""

from __future__ import annotations

import json
import re
import struct

import pytest

from records.access import Role, read_filter
from records.opensearch import clauses, words
from records.query import All, FilterField, Narrowing, Not, Phrase, Words
from tests.factories import principal

RIGHTS = clauses.rights(read_filter(principal("erbach", "bauamt")))
VECTOR = struct.pack("<3f", 0.1, 0.2, 0.3)


def test_rights_stand_inside_the_knn_clause() -> None:
    clause = clauses.by_meaning(VECTOR, All((Words("baum"),)), [RIGHTS], k=5)
    assert RIGHTS in clause["nested"]["query"]["knn"][clauses.VECTOR]["filter"]["bool"]["filter"]


def test_rights_filter_the_search_by_words_even_when_nothing_is_asked() -> None:
    assert clauses.by_words(All(()), [RIGHTS])["bool"]["filter"] == [RIGHTS]


def test_only_a_records_manager_opens_records_without_readers() -> None:
    manager = clauses.rights(read_filter(principal("erbach", roles=(Role.RECORDS_MANAGER,))))
    assert "unassigned" in json.dumps(manager)
    assert "unassigned" not in json.dumps(RIGHTS)


def test_quoted_and_excluded_words_bind_meaning_too() -> None:
    query = All((Phrase("erster Hund"), Not(Words("Katze"))))
    admitted = clauses.by_meaning(VECTOR, query, [RIGHTS], k=5)["nested"]["query"]["knn"][clauses.VECTOR]["filter"]
    assert len(admitted["bool"]["filter"]) == 2
    assert len(admitted["bool"]["must_not"]) == 1


def test_what_is_not_on_the_list_is_only_text() -> None:
    text = '{"script": 1} _exists_:readers tenant:* /.*/'
    made = json.dumps(clauses.by_words(All((Words(text),)), [RIGHTS]))
    for forbidden in ("query_string", '"script":', '"exists"', '"regexp"', '"wildcard"'):
        assert forbidden not in made


def test_running_text_stays_below_the_engines_limit() -> None:
    text = " ".join(f"Wort{n}" for n in range(2000))
    assert len(words.words_of(Words(text, running=True)).split()) == words.RUNNING_WORDS
    assert words.words_of(Words(text)) == text


def test_a_file_reference_is_narrowed_by_its_key() -> None:
    narrowed = clauses.narrowing_clauses(Narrowing(((FilterField.FILE_REFERENCE, ("BA 632.1",)),)))
    assert narrowed == [{"terms": {"file_reference.key": ["BA 632.1"]}}]


@pytest.mark.parametrize("word", ["Kastanie{n}", "Kreis{n}-Ausschuss{n}-Sitzung{n}", "a{n}/b{n}/" * 400, "x{n}"])
def test_pasted_text_never_asks_for_more_words_than_the_engine_takes(word: str) -> None:
    text = " ".join(word.format(n=n) for n in range(600))
    clause = words.by_any_reading(Words(text, running=True, heading=text))
    asked = [query["combined_fields"] for query in clause["bool"]["should"]]
    terms = sum(len(re.findall(r"\w+", one["query"])) * len(one["fields"]) for one in asked)
    assert terms <= 1_000
