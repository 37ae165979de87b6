"""Paragraphs of laws as German letters cite them."""

from __future__ import annotations

import time

import pytest

from records.legal_bases import MOST, legal_bases


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
        ("§ 4 des Verwaltungsverfahrensgesetzes", ["§ 4 Verwaltungsverfahrensgesetz"]),
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
def test_hostile_text_takes_no_time(text: str) -> None:
    begun = time.monotonic()
    legal_bases(text[:50_000])
    assert time.monotonic() - begun < 2
