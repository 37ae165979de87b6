"""What German letters cite, in the forms of the field, and what only looks like it."""

from __future__ import annotations

import pytest

from records.citations import Citation, CitedKind, asked_for, citations, own_keys, places
from records.record import Metadata
from tests.unit.records.growth import assert_grows_with_length

P, R, F, D = CitedKind.PARAGRAPH, CitedKind.RULING, CitedKind.FILE_REFERENCE, CitedKind.PAPER


def told(text: str) -> list[tuple[CitedKind, str]]:
    return [(one.kind, one.text) for one in citations(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # paragraphs; more of them in test_legal_bases
        ("Das Vorhaben ist nach § 34 Abs. 2 BauGB zulässig.", [(P, "§ 34 BauGB")]),
        ("§§ 31, 34 Abs. 2 BauGB", [(P, "§ 31 BauGB"), (P, "§ 34 BauGB")]),
        ("Art. 28 GG", [(P, "Art. 28 GG")]),
        # rulings
        ("BVerwG, Urteil vom 16.09.2010 \u2013 4 C 7.10", [(R, "BVerwG 4 C 7/10")]),
        ("BVerwG, Urt. v. 16.9.2010 - 4 C 7/10 -", [(R, "BVerwG 4 C 7/10")]),
        ("das Urteil vom 16. September 2010 (4 C 7.10)", [(R, "4 C 7/10")]),
        ("(4 CN 3.22) hat das Bundesverwaltungsgericht entschieden", [(R, "4 CN 3/22")]),
        ("Hess. VGH, Beschluss vom 03.03.2016 - 4 B 403/16.Z", [(R, "VGH Kassel 4 B 403/16")]),
        ("Hessischer Verwaltungsgerichtshof, Az. 4 B 403/16", [(R, "VGH Kassel 4 B 403/16")]),
        ("Verwaltungsgericht Darmstadt, Beschl. v. 12.01.2022 - 4 K 1023/21.DA", [(R, "VG Darmstadt 4 K 1023/21")]),
        ("BVerfG, 1 BvR 45/15, 46/15", [(R, "BVerfG 1 BvR 45/15"), (R, "BVerfG 1 BvR 46/15")]),
        ("so schon 2 BvL 7/98", [(R, "2 BvL 7/98")]),
        ("BGH VIII ZR 295/01", [(R, "BGH VIII ZR 295/01")]),
        ("BSG, Urteil vom 01.02.2014 - B 6 KA 45/13 R", [(R, "BSG B 6 KA 45/13 R")]),
        ("BayVGH, Beschluss vom 24. August 2016 - 9 CS 15.1695", [(R, "BayVGH 9 CS 15.1695")]),
        ("EuGH, C-459/99, C-460/99", [(R, "EuGH C-459/99"), (R, "C-460/99")]),
        ("ECLI:DE:BVerwG:2010:160910U4C7.10.0", [(R, "BVerwG 4 C 7/10")]),
        ("Az. 4 C 7.10", [(R, "4 C 7/10")]),
        # files
        ("Ihr Bescheid vom 3. Mai, Az. 632.1-12/2024, liegt vor.", [(F, "632.1-12/2024")]),
        ("Aktenzeichen: 632.1 - 12/2024 - Beispiel", [(F, "632.1 - 12/2024")]),
        ("Unser Zeichen: BA-63-2024/117", [(F, "BA-63-2024/117")]),
        ("Geschäftszeichen III/31-12", [(F, "III/31-12")]),
        ("siehe auch 632.1-12/2024.", [(F, "632.1-12/2024")]),
        # papers
        ("Drucksache 2021/1198", [(D, "2021/1198")]),
        ("Drucksachen 2021/1198 und 2021/1199", [(D, "2021/1198"), (D, "2021/1199")]),
        ("Drs. 7/2024; Vorlage Nr. 8/2024; DS-Nr.: 9/2024", [(D, "7/2024"), (D, "8/2024"), (D, "9/2024")]),
        ("Vorlage GR 2021/0283/1", [(D, "2021/0283/1")]),
        ("Beschlussvorlage VL-45/2023", [(D, "VL-45/2023")]),
        ("in VL-45/2023 beschlossen", [(D, "VL-45/2023")]),
        ("BT-Drs. 18/1234 und Bundestags-Drucksache 18/1235", [(D, "BT 18/1234"), (D, "BT 18/1235")]),
        ("mit 2021/1198 beantragt", [(D, "2021/1198")]),
        ("Vorlage 2022/2010", [(D, "2022/2010")]),
    ],
)
def test_forms_of_the_field(text: str, found: list[tuple[CitedKind, str]]) -> None:
    assert told(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "am 16.09.2010 um 19.30 Uhr, am 3.4.24",
        "Tel. 06062/64-0, Fax 06062/2010-123, 0170/2024123",
        "1.234,56 Euro, 12.000/24.000 Euro, 4 Euro 3.50",
        "Haushalt 2023/2024, Schuljahr 2020/2021, Doppelhaushalt 2024/25",
        "Ausgabe 10-12/2024",
        "Verordnung (EU) 2016/679, Richtlinie 2014/24/EU, VO 1370/2007",
        "Flur 3, Flurstück 12/4, Flst. 2019/123",
        "Az. 12.03.2024",
        "Az. 2024",
        "14 D 118.41 S 114.18, 2 A 3.50 m, 3 ZW 106.28",
        "19 Uhr 30.12",
        "Sitzung 3 A 12/24 des Ausschusses",
        "unter 1 UR 3224/2016 des Notars",
        "§ 3 gilt entsprechend.",
        "§ 8 INKRAFTTRETEN",
        "Seite 12/24, Maßstab 1:500, 4-6/2024, IBAN DE12 5085 1952 0000 1234 56",
        "BGBl. I 2023/176 und GVBl. 2020/915",
        "Vorlage zur Sitzung 12/2024",
        "",
    ],
)
def test_what_only_looks_like_a_citation(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    "spellings",
    [
        (
            "§ 34 BauGB",
            "§34 Abs. 1 BauGB",
            "§\u00a034\nBauGB",
            "§ 34 (2) Baugesetzbuch",
            "Paragraph 34 des Baugesetzbuches",
        ),
        ("Art. 28 GG", "Artikel 28 Absatz 2 des Grundgesetzes", "Art 28 GG"),
        ("BVerwG, Urteil vom 16.09.2010 - 4 C 7.10", "Urt. v. 16.9.2010, 4 C 7/10", "Az. 4\nC 7.10"),
        ("Az. 632.1-12/2024", "Aktenzeichen 632.1 - 12/2024", "Gz.: 632-1-12-2024", "632.1-12/2024"),
        ("Drucksache 2021/1198", "Drs. 2021-1198", "Vorlage Nr.: 2021/1198", "Az. 2021/1198"),
    ],
)
def test_different_spellings_meet(spellings: tuple[str, ...]) -> None:
    keys = [[one.key for one in citations(text)] for text in spellings]
    assert all(len(one) == 1 for one in keys), keys
    assert len({one[0] for one in keys}) == 1, keys


def test_what_is_not_the_same_does_not_meet() -> None:
    texts = ("§ 34 BauGB", "Art. 34 BauGB", "§ 34a BauGB", "§ 34 BauNVO", "§ 4 VwVfG", "§ 4 HVwVfG", "Urteil 4 C 7.10")
    more = ("Urteil 4 C 71.10", "Urteil 4 CN 7.10", "Drs. 18/1234", "BT-Drs. 18/1234", "LT-Drs. 18/1234")
    keys = [one.key for text in (*texts, *more) for one in citations(text)]
    assert len(set(keys)) == len(texts) + len(more)


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("§ 34 BauGB", None, [(P, "§ 34 BauGB")]),
        ("4 C 7.10", None, [(R, "4 C 7/10")]),
        ("BVerwG, Urteil vom 16.09.2010 - 4 C 7.10", R, [(R, "BVerwG 4 C 7/10")]),
        ("4 C 7.10", F, [(F, "4 C 7.10")]),
        ("632.1-12/2024", None, [(F, "632.1-12/2024")]),
        ("  632.1 - 12/2024\n", None, [(F, "632.1 - 12/2024")]),
        ("BA 63-2024/117", None, [(F, "BA 63-2024/117")]),
        ("63 2024 117", None, [(F, "63 2024 117")]),
        ("2021/1198", None, [(D, "2021/1198")]),
        ("2021/1198", F, [(F, "2021/1198")]),
        ("Drucksache 2021/1198", None, [(D, "2021/1198")]),
        ("12/2024", D, [(D, "12/2024")]),
        ("§ 34 BauGB", R, []),
        ("§ 34 BauGB", F, []),
        ("Hundesteuer", None, []),
        ("Bescheid vom 12.03.2024", None, []),
        ("12.03.2024", None, []),
        ("34", None, []),
        ("1-" * 4_000, None, []),
        ("", F, []),
    ],
)
def test_what_is_asked_for_needs_no_word_before_it(
    text: str, kind: CitedKind | None, found: list[tuple[CitedKind, str]]
) -> None:
    assert [(one.kind, one.text) for one in asked_for(text, kind)] == found


def test_places_are_those_of_the_text_as_it_is() -> None:
    text = "Nach  §\n\n34\tBauGB,\r\n   BVerwG, Urteil vom 16.09.2010 -  4 C\n7.10 und  Az.\u00a0 632.1-12/2024."
    shown = [(one.citation.kind, text[one.start : one.end]) for one in places(text)]
    assert shown == [
        (P, "§\n\n34\tBauGB"),
        (R, "BVerwG, Urteil vom 16.09.2010 -  4 C\n7.10"),
        (F, "Az.\u00a0 632.1-12/2024"),
    ]


def test_a_record_does_not_cite_itself() -> None:
    own = own_keys(Metadata("Bescheid", file_reference="632.1-12/2024", case_reference="4 K 12/24"))
    text = "Az.: 632.1 - 12/2024; Az. 4 K 12/24; siehe Az. 632.1-13/2024"
    assert [one.text for one in citations(text) if one.key not in own] == ["632.1-13/2024"]
    assert own_keys(Metadata("Bescheid", file_reference=" - ")) == frozenset()


def test_a_citation_that_was_kept_has_the_same_key() -> None:
    for text in ("BVerwG, Urteil vom 16.09.2010 - 4 C 7.10", "§ 34 BauGB", "Az. 632.1-12/2024", "BT-Drs. 18/1234"):
        (one,) = citations(text)
        assert Citation(one.kind, one.text).key == one.key


@pytest.mark.parametrize(
    "text",
    [
        *("4 C " * 12_000, "4 C 7.10, " * 5_000, "Urteil vom 16.09.2010 " * 2_300, "BVerwG " * 7_000),
        *("Urteil 1 BvL 39/69" + ", 40/69" * 7_000, "ECLI:DE:BVerwG:2010:160910U" * 1_800, "I" * 50_000),
        *("Az. 1-" * 8_000, "Az. " * 12_000, "1.1.1-1" * 7_000, "2021/1198 " * 5_000, "Az. A" + "a" * 50_000),
        *("1-" * 25_000, "Az. " + "1 - " * 12_000, "§ 1 Abs. 1 " * 4_500, " \n" * 25_000, "§ 1 I 1 " * 6_000),
    ],
)
def test_hostile_text_takes_no_more_than_its_length(text: str) -> None:
    assert_grows_with_length(places, text[:50_000])
    assert_grows_with_length(asked_for, text[:50_000])
