"""What typed text means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.query import All, FilterField, InField, InTitle, Near, Not, OneOf, Part, Phrase, Prefix, Words
from search_api.notices import Reading
from search_api.syntax import meaning_of, names_something, parse, understand


def _reference(number: str) -> InField:
    return InField(FilterField.FILE_REFERENCE, (number,))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("  ", ()),
        ("hund anmelden", (Words("hund anmelden"),)),
        ('"erster hund"', (Phrase("erster hund"),)),
        ("„erster hund“ steuer", (Words("steuer"), Phrase("erster hund"))),
        ("“a b” «c d» »e f« „g h”", (Phrase("a b"), Phrase("c d"), Phrase("e f"), Phrase("g h"))),
        ('hund -katze -"der kater"', (Words("hund"), Not(Words("katze")), Not(Phrase("der kater")))),
        ("hund NOT katze NICHT maus", (Words("hund"), Not(Words("katze")), Not(Words("maus")))),
        ("-katze", (Not(Words("katze")),)),
        ("nicht not", (Words("nicht not"),)),
        ("hund NICHT", (Words("hund NICHT"),)),
        ("Odenwald-Kreis - Amt", (Words("Odenwald-Kreis Amt"),)),
        ("a OR b", (OneOf((Words("a"), Words("b"))),)),
        ("a ODER b ODER „c d“ e", (Words("e"), OneOf((Words("a"), Words("b"), Phrase("c d"))))),
        ("(a ODER b) c", (Words("c"), OneOf((Words("a"), Words("b"))))),
        ("(a b) OR (c -d)", (OneOf((Words("a b"), All((Words("c"), Not(Words("d")))))),)),
        ("(Entwurf) Haushalt (neu)", (Words("Entwurf Haushalt neu"),)),
        ("Gebäude(n) a(b", (Words("Gebäude(n) a(b"),)),
        ("-(a b) c", (Words("c"), Not(Words("a")), Not(Words("b")))),
        ("a UND b", (Words("a"), Words("b"))),
        ("Kanal nahe Beitrag", (Near(("Kanal", "Beitrag")),)),
        ("a NAHE b NEAR c d", (Words("d"), Near(("a", "b", "c")))),
        ("Haus nahe der Kirche", (Words("Haus nahe der Kirche"),)),
        ("Bauantr* Hof", (Words("Hof"), Prefix("Bauantr"))),
        ("2021/02*", (Prefix("2021/02"),)),
        ("a* Kast*nie ***", (Words("a Kast nie"),)),
        ("-Bauantr*", (Not(Prefix("Bauantr")),)),
        ("Amt:Bauamt jahr: 2024", (InField(FilterField.DEPARTMENT, ("Bauamt",)), InField(FilterField.YEAR, ("2024",)))),
        ("year:2023-2025", (InField(FilterField.YEAR, ("2023", "2024", "2025")),)),
        ("Typ:(neuer Bescheid)", (InField(FilterField.DOCUMENT_TYPE, ("neuer Bescheid",)),)),
        ('Typ:"neuer Bescheid"', (InField(FilterField.DOCUMENT_TYPE, ("neuer Bescheid",)),)),
        ("type:Besch*", (InField(FilterField.DOCUMENT_TYPE, ("Besch",), begins=True),)),
        ("Titel:Zaun title:„der Bau“", (InTitle("Zaun"), InTitle("der Bau", exact=True))),
        ("Az: 632.1 - 12 / 2024 Zaun", (Words("Zaun"), _reference("632.1 - 12 / 2024"))),
        ("Az:4 K 1023/24", (_reference("4 K 1023/24"),)),
        ("Aktenzeichen: BA 77 2024", (_reference("BA 77"), Words("2024"))[::-1]),
        ("-Az:12/3", (Not(_reference("12/3")),)),
        ("Jahr: heute 12:30 http://a.de", (Words("jahr: heute 12:30 http://a.de"),)),
        ("OR ODER", (Words("OR ODER"),)),
        ('12" Rohr', (Words('12" Rohr'),)),
        ('""', ()),
        ("Bu\u0308rger\x00meister\u200b", (Words("Bürger meister"),)),
    ],
)
def test_typed(text: str, parts: tuple[Part, ...]) -> None:
    assert parse(text) == All(parts)


@pytest.mark.parametrize("text", ["x" * 301, 'erste "zeile"\nzweite -zeile', "a\u2028b"])
def test_pasted_text_has_no_operators(text: str) -> None:
    (part,) = parse(text).parts
    assert isinstance(part, Words)
    assert part.running


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("hund anmelden", []),
        ("12\" Rohr, 5' lang", []),
        ('"erster hund', ["quote_unbalanced"]),
        ("(hund ODER katze", ["read_or", "bracket_unbalanced"]),
        ("hund ) katze", ["bracket_unbalanced"]),
        ("ODER hund", ["operator_alone"]),
        ("a* b*c", ["wildcard_ignored"]),
        ("Bürger*innen, Radfahrer*in und Erzieher*innenausbildung", []),
        ("Bürger*initiative", ["wildcard_ignored"]),
        ("x" * 301, ["read_running"]),
        (" ".join(f"wort{n}*" for n in range(6)), ["read_wildcard", "wildcard_ignored"]),
        ('"a b" -c Az:1/2 d UND e', ["read_quotes", "read_exclusion", "read_fields", "read_and"]),
    ],
)
def test_the_answer_says_how_the_question_was_read(text: str, codes: list[str]) -> None:
    assert [notice.code for notice in understand(text).notices] == codes


@pytest.mark.parametrize(
    ("reading", "text", "parts"),
    [
        (Reading.QUOTES, '"a b" c', (Words("a b c"),)),
        (Reading.EXCLUSION, "a -b NICHT c", (Words("a b NICHT c"),)),
        (Reading.OR, "a ODER b", (Words("a ODER b"),)),
        (Reading.AND, "a UND b", (Words("a UND b"),)),
        (Reading.NEAR, "a nahe b", (Words("a nahe b"),)),
        (Reading.FIELDS, "Jahr:2024 a", (Words("Jahr:2024 a"),)),
        (Reading.WILDCARD, "Bauantr*", (Words("Bauantr*"),)),
    ],
)
def test_each_reading_can_be_switched_off(reading: Reading, text: str, parts: tuple[Part, ...]) -> None:
    assert understand(text).query != All(parts)
    understood = understand(text, [reading])
    assert understood.query == All(parts)
    assert reading not in {notice.reading for notice in understood.notices}


HEADING = 'Satzung über die Gestaltung baulicher Anlagen im Gebiet "Alte Ziegelei": Beschluss'
IN_WORDS = "Satzung über die Gestaltung baulicher Anlagen im Gebiet Alte Ziegelei Beschluss"


def test_a_heading_that_quotes_asks_for_its_words_and_says_so() -> None:
    understood = understand(HEADING)
    (line,) = understood.query.parts
    assert line == Words(IN_WORDS, quoted=("Alte Ziegelei",))
    (notice,) = understood.notices
    assert (notice.code, notice.reading) == ("read_heading", Reading.HEADING)
    assert "„Alte Ziegelei“" in notice.text


@pytest.mark.parametrize(
    "text",
    [
        'Satzung Gestaltung Gebiet Beschluss Magistrat "Alte Ziegelei"',
        'Beschluss "Alte Ziegelei" "so steht es genau dort"',
        f"{HEADING} -Entwurf",
        f"{HEADING} NICHT Entwurf",
        f"{HEADING} Jahr:2024",
        f"{HEADING} Bauantr*",
        HEADING.replace('"Alte', '-"Alte'),
    ],
)
def test_quotes_beside_few_words_or_other_signs_are_exact(text: str) -> None:
    strict = parse(text).strict
    assert Phrase("Alte Ziegelei") in strict or Not(Phrase("Alte Ziegelei")) in strict


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('Bericht "Neue Mitte für das alte Dorf - lebendig"', "Bericht Neue Mitte für das alte Dorf - lebendig"),
        ('"Neue Mitte für das alte Dorf" Bericht', "Neue Mitte für das alte Dorf Bericht"),
    ],
)
def test_a_long_title_that_is_quoted_beside_a_word_makes_a_heading(text: str, line: str) -> None:
    (read,) = parse(text).parts
    assert isinstance(read, Words)
    assert (read.text, len(read.quoted)) == (line, 1)


def test_a_quotation_that_stands_alone_is_exact_however_long_it_is() -> None:
    assert parse('"Neue Mitte für das alte Dorf - lebendig"').strict == (
        Phrase("Neue Mitte für das alte Dorf - lebendig"),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hilfe für Tagesmütter und -väter", "Hilfe für Tagesmütter und väter"),
        ("Fußwege bzw. -treppen", "Fußwege bzw. treppen"),
        ("Lichtverschmutzung, -belastung sowie -messung", "Lichtverschmutzung, belastung sowie messung"),
        ("Förderung (Zuwendungen u. -bescheide)", "Förderung Zuwendungen u. bescheide"),
        ("Neubau der Halle -zweiter Bauabschnitt-", "Neubau der Halle zweiter Bauabschnitt-"),
        ("Umbau der Halle -Vorstellung- Planungsstand", "Umbau der Halle Vorstellung- Planungsstand"),
        (
            "Umsetzung der neuen Gebühren für Plätze im Ort (Maßnahme 8 -TBA)",
            "Umsetzung der neuen Gebühren für Plätze im Ort Maßnahme 8 TBA",
        ),
        (
            "Entwicklung des Quartiers am Tor -Südseite Start des Verfahrens im Mai",
            "Entwicklung des Quartiers am Tor Südseite Start des Verfahrens im Mai",
        ),
    ],
)
def test_hyphens_of_german_writing_exclude_nothing_and_it_is_said(text: str, words: str) -> None:
    understood = understand(text)
    assert understood.query.parts == (Words(words),)
    (notice,) = understood.notices
    assert (notice.code, notice.reading) == ("read_hyphens", Reading.HYPHENS)
    without = understand(text, [Reading.HYPHENS])
    assert any(isinstance(part, Not) for part in without.query.parts)
    assert {notice.reading for notice in without.notices} == {Reading.EXCLUSION}


@pytest.mark.parametrize(
    ("text", "excluded"),
    [
        ("Hund und -Katze", ["Katze"]),
        ("Hund UND -katze", ["katze"]),
        ("Hund ODER -katze", []),
        ("hund, -Katze", ["Katze"]),
        ("Anträge und -bauantr*", ["bauantr"]),
        ("carport -garage Wohn- und Gewerbegebiet", ["garage"]),
        ("carport -garage -stellplatz-", ["garage"]),
        ('Hund und -"bissiger Hund"', ["bissiger Hund"]),
        ("Genehmigung eines Carports an der Grenze zum Nachbarn im Ort -Widerspruch -Klage", ["Widerspruch", "Klage"]),
        ("Genehmigung eines Carports an der Grenze -Widerspruch zum Nachbarn im Ort Jahr:2024", ["Widerspruch"]),
        ("Genehmigung eines Carports an der Grenze -Widerspr* zum Nachbarn im Ort", ["Widerspr"]),
    ],
)
def test_hyphens_before_a_word_exclude_it_elsewhere(text: str, excluded: list[str]) -> None:
    out = [part.part for part in parse(text).parts if isinstance(part, Not)]
    assert [getattr(part, "text", None) for part in out] == excluded


def test_a_heading_that_quotes_may_leave_out_part_of_a_compound() -> None:
    understood = understand(f"Satzungen und -entwürfe: {HEADING}")
    assert isinstance(understood.query.parts[0], Words)
    assert {notice.reading for notice in understood.notices} == {Reading.HYPHENS, Reading.HEADING}


def test_a_hyphen_behind_a_quotation_joins_and_excludes_nothing() -> None:
    query = parse('"Ziegel"-Programm (alt) -Entwurf')
    assert Phrase("Ziegel") in query.strict
    assert [part for part in query.parts if isinstance(part, Not)] == [Not(Words("Entwurf"))]
    assert "Programm" in next(part.text for part in query.words)


def test_quotes_in_a_heading_are_exact_once_it_is_not_read_so() -> None:
    understood = understand(HEADING, [Reading.HEADING])
    assert Phrase("Alte Ziegelei") in understood.query.strict
    assert Reading.HEADING not in {notice.reading for notice in understood.notices}


@given(st.text(alphabet='ab*-()"„“: ODERnahNICHT/1Az', max_size=80))
def test_no_mixture_of_signs_is_an_error(text: str) -> None:
    understood = understand(text)
    assert sum(1 for part in understood.query.wanted if isinstance(part, Prefix)) <= 5
    understand(text, list(Reading))


@given(st.text())
def test_nothing_typed_is_an_error_and_no_control_character_survives(text: str) -> None:
    asked = meaning_of(parse(text))
    assert all(c.isprintable() or c in "\ue000\ue001" or ord(c) > 0x7F for c in asked)
    names_something(parse(text))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('"erster hund"', True),
        ("632.6/2024-17", True),
        ("hund", False),
        ("2024", True),
        ("2024 0473", True),
        ("2024 Haushalt", False),
        ("B47", False),
        ('hund "erster hund"', False),
        ("", False),
        ("-hund", False),
    ],
)
def test_names(text: str, names: bool) -> None:  # noqa: FBT001
    assert names_something(parse(text)) is names
