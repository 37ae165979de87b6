"""Paragraphs of laws as German letters cite them."""

from __future__ import annotations

import pytest

from records.legal_bases import MOST, legal_bases
from tests.unit.records.growth import assert_grows_with_length


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nach § 34 BauGB zulässig", ["§ 34 BauGB"]),
        ("nach §34 BauGB", ["§ 34 BauGB"]),
        ("nach §\u00a034 Abs.\u00a01\nSatz 1 BauGB", ["§ 34 BauGB"]),
        ("§ 31 Absatz 2 Nr. 3 BauGB und § 36 BauGB", ["§ 31 BauGB", "§ 36 BauGB"]),
        ("§§ 34, 35 und 36a BauGB", ["§ 34 BauGB", "§ 35 BauGB", "§ 36a BauGB"]),
        ("§ 30 Abs. 1 i. V. m. § 34 BauGB", ["§ 30 BauGB", "§ 34 BauGB"]),
        ("der §§ 5 und 51 der Hessischen Gemeindeordnung (HGO) und", ["§ 5 HGO", "§ 51 HGO"]),
        ("§ 2 der Baumschutzsatzung der Stadt Erbach", ["§ 2 Baumschutzsatzung"]),
        ("§ 4 des Verwaltungsverfahrensgesetzes", ["§ 4 VwVfG"]),
        ("§ 4 des Hessischen Verwaltungsverfahrensgesetzes", ["§ 4 HVwVfG"]),
        ("§ 4 des Bayerischen Verwaltungsverfahrensgesetzes", ["§ 4 Verwaltungsverfahrensgesetz"]),
        ("§ 7 der Hessischen Bauordnung", ["§ 7 HBO"]),
        ("§ 433 des Bürgerlichen Gesetzbuchs", ["§ 433 BGB"]),
        ("§ 1 der Straßenverkehrs-Ordnung", ["§ 1 StVO"]),
        ("Art. 28 des Grundgesetzes, Art 6 DSGVO", ["Art. 28 GG", "Art. 6 DSGVO"]),
        ("Paragraph 34 BauGB", ["§ 34 BauGB"]),
        ("§ 34 (2) BauGB, § 35 II BauGB, § 36 II 1 BauGB", ["§ 34 BauGB", "§ 35 BauGB", "§ 36 BauGB"]),
        ("§ 34 Abs. 1 Satz 1, 2. Halbsatz BauGB", ["§ 34 BauGB"]),
        ("§ 12 Absätze 1 und 2 HGO", ["§ 12 HGO"]),
        ("Art. 6 Abs. 1 UAbs. 1 lit. e) DSGVO", ["Art. 6 DSGVO"]),
        ("§ 34 ff. BauGB; § 35 f. BauGB", ["§ 34 BauGB", "§ 35 BauGB"]),
        ("§ 30 i.V.m. § 34 Abs. 1 BauGB; § 31 iVm § 36 BauGB", [f"§ {n} BauGB" for n in (30, 34, 31, 36)]),
        ("§§ 33 bis 36 BauGB", [f"§ {n} BauGB" for n in (33, 34, 35, 36)]),
        ("§§ 33-35 BauGB", ["§ 33 BauGB", "§ 34 BauGB", "§ 35 BauGB"]),
        ("§ 8 Abs. 1 bis 3 HGO", ["§ 8 HGO"]),
        ("§§ 1 bis 200 BauGB", ["§ 1 BauGB", "§ 200 BauGB"]),
        ("§\t34\tBauGB", ["§ 34 BauGB"]),
        ("§ 7 SGB 2 und § 8 SGB II", ["§ 7 SGB II", "§ 8 SGB II"]),
        ("§ 34 II gilt", []),
        ("§ 8 INKRAFTTRETEN", []),
        ("§ 45 Abs. 1 und 6 StVO", ["§ 45 StVO"]),
        ("§ 24 SGB VIII und § 24 SGB XII.", ["§ 24 SGB VIII", "§ 24 SGB XII"]),
        ("(§ 6 TierSchHuV), § 44 BNatSchG", ["§ 6 TierSchHuV", "§ 44 BNatSchG"]),
        ("Art. 6 Abs. 1 Buchst. e DS-GVO", ["Art. 6 DSGVO"]),
        ("Artikel 28 Abs. 2 GG", ["Art. 28 GG"]),
        ("§ 11 TierSchG, § 71 HSOG", ["§ 11 TierSchG", "§ 71 HSOG"]),
        ("§ 80 Abs. 2 S. 1 Nr. 4 VwGO", ["§ 80 VwGO"]),
        ("§ 34 BauGB, noch einmal § 34 Abs. 2 BauGB", ["§ 34 BauGB"]),
        ("§ 3 gilt entsprechend. Der Antrag ist gestellt.", []),
        ("34 BauGB, Paragraph ohne Zeichen", []),
        ("Die Erbacher Straße 12", []),
        ("", []),
    ],
)
def test_citations_are_written_in_one_way(text: str, found: list[str]) -> None:
    assert list(legal_bases(text)) == found


def test_a_collection_of_laws_ends_somewhere() -> None:
    assert len(legal_bases(" ".join(f"§ {n} BauGB;" for n in range(1, 300)))) == MOST


@pytest.mark.parametrize(
    "text",
    ["§ 1 Abs. 1 " * 5_000, "§ " * 25_000, "§ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, " * 1_500, "§ 1 Ab" + "Cd" * 25_000],
)
def test_hostile_text_takes_no_more_than_its_length(text: str) -> None:
    assert_grows_with_length(legal_bases, text[:50_000])
