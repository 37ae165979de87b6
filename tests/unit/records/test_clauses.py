"""Queries become clauses of the allow-list, and the rights stand in each of them."""

from __future__ import annotations

import json
import re
import struct
from typing import Any

import pytest

from records.access import Role, read_filter
from records.compounds import SEAM
from records.opensearch import clauses, operators, words
from records.query import All, FilterField, Narrowing, Not, Phrase, Prefix, Words
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


@pytest.mark.parametrize(
    "word", ["Kastanie{n}", "Kreis{n}-Ausschuss{n}-Sitzung{n}", "a{n}/b{n}/" * 400, "x{n}", "Hundesteuersatzung"]
)
def test_pasted_text_never_asks_for_more_words_than_the_engine_takes(word: str) -> None:
    text = " ".join(word.format(n=n) for n in range(600))
    clause = words.by_any_reading(Words(text, running=True, heading=text))
    assert _terms(clause) <= 1_000


def test_a_typed_line_never_asks_for_more_words_than_the_engine_takes() -> None:
    letters = "abcdefghij"
    line = " ".join(one + other for one in letters for other in letters)[:300]
    assert _terms(words.by_any_reading(Words(line))) <= 1_000


def _terms(clause: Any) -> int:
    """Return how many words are asked in how many fields, wherever in the clause."""
    if isinstance(clause, list):
        return sum(map(_terms, clause))
    if not isinstance(clause, dict):
        return 0
    several = (clause.get("combined_fields"), clause.get("multi_match"))
    asked = [(one["query"], len(one["fields"])) for one in several if one]
    kinds = (clause.get(kind, {}) for kind in ("match", "match_phrase"))
    asked += [(one if isinstance(one, str) else one["query"], 1) for kind in kinds for one in kind.values()]
    here = sum(len(re.findall(r"[^\W_]+", text)) * fields for text, fields in asked)
    return here + sum(map(_terms, clause.values()))


def _by_parts(asked: Words) -> dict[str, tuple[str, float]]:
    """Return what the parts of compounds add to the order: the words and their weight by field."""
    return {
        place: (one["query"].replace(SEAM, "|"), one["boost"])
        for clause in words.alike_in_parts(asked)
        for place, one in clause["match"].items()
    }


def test_pasted_text_is_ordered_by_the_parts_of_its_compounds_too() -> None:
    asked = _by_parts(Words("Die Hundesteuer steigt im Januar", running=True, heading="Hundesteuer"))
    assert asked["pages.parts"][0] == "Hunde|steuer Die Hunde|steuer steigt im Januar"
    assert asked["title_parts"][0] == "Hunde|steuer"
    assert asked["pages.parts"][1] > asked["title_parts"][1]


def test_lines_from_four_words_on_are_ordered_by_parts_and_shorter_ones_are_not() -> None:
    assert _by_parts(Words("Hundesteuer steigt im Januar"))["pages.parts"][0] == "Hunde|steuer steigt im Januar"
    assert not words.alike_in_parts(Words("Hundesteuer steigt bald"))
    assert not words.alike_in_parts(Words("Hundesteuer 632.6 / 2024 Erlass"))


def test_parts_only_order_what_the_words_of_pasted_text_find() -> None:
    clause = words.by_any_reading(Words("Die Hundesteuer steigt", running=True))["bool"]
    assert len(clause["must"]) == 1
    assert "parts" not in json.dumps(clause["must"])
    assert "pages.parts" in json.dumps(clause["should"])


def test_a_subject_goes_by_parts_more_than_a_sentence_and_a_few_words_do_not() -> None:
    subject = _by_parts(Words("Änderung der Satzung über die Hundesteuer"))["pages.parts"][1]
    sentence = _by_parts(Words("Die Satzung über die Hundesteuer ist geändert."))["pages.parts"][1]
    assert subject > sentence > 0
    assert _by_parts(Words("Satzung Hundesteuer")) == {}


def test_a_switched_off_reading_of_parts_orders_nothing() -> None:
    assert _by_parts(Words("Änderung der Satzung über die Hundesteuer", parts=False)) == {}
    assert _by_parts(Words("Die Hundesteuer steigt", running=True, parts=False)) == {}


def test_what_a_heading_quotes_counts_more_and_is_not_asked_for() -> None:
    line = "Satzung über die Gestaltung im Gebiet Alte Ziegelei"
    clause = words.by_any_reading(Words(line, quoted=("Alte Ziegelei",)))
    ranked = clause["bool"]["should"][0]["bool"]
    assert '{"match_phrase": {"title.exact": "Alte Ziegelei"}}' in json.dumps(ranked["should"])
    assert "match_phrase" not in json.dumps(ranked["filter"])


def test_no_limit_or_weight_counts_words_that_only_others_may_read() -> None:
    nearly = json.dumps(clauses.written_nearly("Kastanie", "title"))
    assert nearly.count('"fuzzy_rewrite": "constant_score"') == nearly.count('"fuzziness"') > 0
    begun = json.dumps(operators.beginnings_in_text(Prefix("kast"), "title"))
    assert "match_bool_prefix" in begun
    assert "max_expansions" not in nearly + begun
