"""A record becomes an engine document, and an answer becomes what a principal sees."""

from __future__ import annotations

import pytest

from mappings.records import PART_LENGTH, Field
from mappings.security import SYSTEM_SEES, SYSTEM_SEES_OF_RELEASES
from records.access import Confidentiality
from records.opensearch.documents import (
    FOUND_FIELDS,
    title_words,
    to_citations,
    to_cited_snippet,
    to_document,
    to_found,
    to_pages,
    to_snippet,
)
from records.opensearch.released_documents import released_document
from records.opensearch.rights import digest_of_values
from records.record import Metadata, Original, TextState
from records.release import ReleaseAccess, ReleasedRecord, ReleaseForm
from tests.factories import access, record


def test_rights_stand_on_the_document_in_both_forms() -> None:
    document = to_document(
        record("r1", read=access("erbach", "bauamt", deny=("presse",), confidentiality=Confidentiality.CONFIDENTIAL))
    )
    assert document["readers"] == ["erbach/bauamt"]
    assert document["deny"] == ["erbach/presse"]
    assert len(document["reader_ids"][0]) == 12
    assert document["reader_ids"] != document["deny_ids"]
    assert (document["confidential"], document["unassigned"]) == (True, False)


def test_a_record_without_readers_is_unassigned() -> None:
    assert to_document(record("r1", read=access("erbach")))["unassigned"] is True


def test_found_gives_back_the_metadata() -> None:
    made = record("r1", title="Fällung einer Kastanie", file_reference="BA-632.1-0147/2023", fields={"beispiel": True})
    found = to_found(to_document(made))
    assert found.metadata == made.metadata
    assert found.original == made.original


def test_a_long_page_comes_back_whole() -> None:
    text = "Gebührenbescheid über die Sondernutzung. " * (3 * PART_LENGTH // 40)
    document = to_document(record("r1", (text, "Zweite Seite")))
    assert max(len(part["text"]) for part in document["pages"]) <= PART_LENGTH
    assert [page.text for page in to_pages(document["pages"])] == [text, "Zweite Seite"]


def test_decomposed_letters_are_composed() -> None:
    document = to_document(record("r1", "Ba\u0308ume", title="Mu\u0308hlenweg"))
    assert (document["pages"][0]["text"], document["title"]) == ("Bäume", "Mühlenweg")


def test_marks_in_the_input_cannot_forge_a_highlight() -> None:
    document = to_document(record("r1", "a \ue000falsch\ue001 b"))
    assert to_snippet(1, document["pages"][0]["text"]).highlights == ()


def test_snippet_offsets_point_at_the_marked_words() -> None:
    snippet = to_snippet(4, "die \ue000Kastanie\ue001 am \ue000Weg\ue001")
    assert [snippet.text[a:b] for a, b in snippet.highlights] == ["Kastanie", "Weg"]
    assert snippet.page == 4


def test_marks_that_touch_are_one_place() -> None:
    snippet = to_snippet(1, "des \ue000Bürger\ue001\ue000meisters\ue001 \ue000Wahl\ue001")
    assert [snippet.text[a:b] for a, b in snippet.highlights] == ["Bürgermeisters", "Wahl"]


def test_title_words_are_offered_once_and_in_lower_case() -> None:
    assert title_words("Baum-Satzung: Satzung 2024 zu Öl") == ["baum-satzung", "satzung"]


def test_passages_without_vectors_are_pending() -> None:
    assert to_document(record("r1"))["vectors"] == "pending"
    assert to_document(record("r1", vectors=(b"\0\0\x80?" * 2,)))["vectors"] == "done"
    assert to_document(record("r1", ""))["vectors"] == "none"


def test_to_whom_else_something_is_released_is_never_asked_for() -> None:
    asked = set(FOUND_FIELDS)
    assert Field.RELEASED in asked
    assert not asked & {Field.PARTNERS, Field.PARTNER_IDS, Field.READERS, Field.DENY, Field.READER_IDS, Field.DENY_IDS}


def test_a_release_is_shown_under_its_own_id_and_its_file_with_the_whole_only() -> None:
    file = Original("brief.pdf", "application/pdf", 3, "0" * 64)
    to_all = ReleaseAccess("erbach", to_all=True)
    release = ReleasedRecord(
        "freigabe", ReleaseForm.WHOLE, to_all, Metadata("Brief"), "2026", TextState.NONE, 2, original=file
    )
    document = released_document(release)
    shown = to_found(document)
    assert (shown.record_id, shown.original) == ("freigabe", file)
    for form in (ReleaseForm.REDACTED, ReleaseForm.EXISTENCE):
        assert to_found(document | {Field.RELEASED: form.value}).original is None


@pytest.mark.parametrize("fields", [SYSTEM_SEES, SYSTEM_SEES_OF_RELEASES])
def test_a_change_of_any_field_that_decides_is_noticed(fields: tuple[Field, ...]) -> None:
    as_it_is: dict[str, list[str]] = {field: ["a"] for field in fields}
    changed = [digest_of_values(as_it_is | {field: ["b"]}, fields) for field in fields if field is not Field.RECORD_ID]
    assert len({digest_of_values(as_it_is, fields), *changed}) == len(fields)


def test_a_document_says_what_it_cites_and_on_which_part_of_a_page() -> None:
    long = "Wort " * (PART_LENGTH // 5 + 100) + "nach § 34 BauGB, Az. 632.1-12/2024 und Az. 632.1-11/2024"
    document = to_document(record("r1", ("§ 35 BauGB", long), title="Zu Drs. 7/2024", file_reference="632.1-11/2024"))
    assert document["cited"] == [
        "paper 7/2024",
        "paragraph § 35 BauGB",
        "paragraph § 34 BauGB",
        "file_reference 632.1-12/2024",
    ]
    assert [one.key for one in to_citations(document)] == document["cites"]
    assert [(part["number"], part["part"], len(part.get("cites", ()))) for part in document["pages"]] == [
        (1, 0, 1),
        (2, 0, 0),
        # its own number too: what is not asked for is not shown
        (2, 1, 3),
    ]
    assert "cites" not in to_document(record("r2", "Kastanie"))


def test_a_citation_is_shown_with_what_stands_around_it() -> None:
    text = "Anfang " * 50 + "nach § 34 BauGB und noch einmal § 34 Abs. 2 BauGB " + "Ende " * 100
    snippet = to_cited_snippet(4, text, {"paragraph:§34baugb"}, 80)
    assert [snippet.text[a:b] for a, b in snippet.highlights] == ["§ 34 BauGB", "§ 34 Abs. 2 BauGB"]
    assert (snippet.page, snippet.confidence) == (4, 80)
    assert snippet.text in text
    assert len(snippet.text) <= 280
    assert not snippet.text.startswith("nfang")


def test_a_citation_that_runs_over_the_end_of_a_part_is_shown_at_its_end() -> None:
    snippet = to_cited_snippet(1, "Anfang " * 50 + "nach § 34", {"paragraph:§34baugb"})
    assert snippet.text.endswith("nach § 34")
    assert snippet.highlights == ()
    assert len(snippet.text) <= 120


def test_a_long_citation_is_shown_whole() -> None:
    text = "nach § 30 " + "in Verbindung mit § 31 " * 5 + "Abs. 1 Satz 1 BauGB und mehr. " + "Ende " * 100
    snippet = to_cited_snippet(1, text, {"paragraph:§31baugb"})
    (mark,) = snippet.highlights
    assert snippet.text[slice(*mark)].endswith("BauGB")
