"""Ready-made reports: figures as the reports show them, and nothing reached but the names a template is given."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pikepdf
import pypdfium2
import pytest

from records.errors import NotVisibleError
from records.reports.months import months_asked
from records.reports.suppression import Figure, Mark
from records.reports.values import Column, Report, Table, row
from search_api.ready_files import Head, Template, TemplateError
from search_api.ready_text import BlockKind, ReadyReport, ready
from search_api.report_pdf import ready_pdf

NOW = dt.datetime(2026, 3, 5, 10, tzinfo=dt.UTC)
MONTHS = months_asked("2025-01", "2025-12", NOW.date())
HEAD = Head(title="Jahr", title_en="Year", description="d", description_en="d")
GROWTH = (Column("month", "Monat"), Column("added", "Neu", "records"), Column("left", "Fort", "records"))
STOCK = (Column("measure", "Kennzahl"), Column("value", "Wert"), Column("unit", "Einheit"))
HOLDINGS = (
    Table("stock", "Bestand", STOCK, (row(STOCK, "Unterlagen", 1230, "Unterlagen"),), "Stand jetzt."),
    Table(
        "month",
        "Zuwachs",
        GROWTH,
        (
            row(GROWTH, "2025-01", 9, 0),
            row(GROWTH, "Summe", Figure(9, Mark.AT_LEAST), Figure(None, Mark.SMALL), total=True),
        ),
    ),
    Table("source", "Quellen", GROWTH, (row(GROWTH, "a *b* # c", 7, 7),)),
    Table("empty", "Leer", GROWTH, ()),
)


def report(name: str) -> Report:
    if name != "holdings":
        raise NotVisibleError("no such report")
    return Report(name, "Bestand", "erbach", dt.date(2025, 1, 1), dt.date(2025, 12, 31), NOW, HOLDINGS)


def made(text: str) -> ReadyReport:
    return ready(Template("jahr", "jahr.md", HEAD, text, 7), "erbach", MONTHS, NOW, report)


def said(text: str) -> str:
    return "\n".join("".join(span.text for span in block.spans) for block in made(text).blocks)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{ town }}, {{ begin }} bis {{ end }}", "Erbach, 01.01.2025 bis 31.12.2025"),
        ("{{ year }}, {{ made }}", "2025, 05.03.2026"),
        ('{{ measure("holdings", "stock", "Unterlagen") }} da', "1.230 da"),
        ('{{ total("holdings", "month", "added") }}', "mindestens 9"),
        ('{{ total("holdings", "month", "left") }}', "<5"),
        ('{{ total("holdings", "empty", "left") }}', "0"),
        ("{% if town == 'Erbach' %}hier{% else %}dort{% endif %}", "hier"),
        ("<b>x</b> [y](http://elsewhere.example) ![z](http://elsewhere.example/z.png) `w`",
         "<b>x</b> [y](http://elsewhere.example) ![z](http://elsewhere.example/z.png) `w`"),
    ],
)  # fmt: skip
def test_figures_stand_in_the_text_as_they_are_shown(text: str, told: str) -> None:
    assert said(text) == told


def test_a_text_is_headings_paragraphs_items_tables_and_charts() -> None:
    found = made(
        '# Eins\n\nText **fett** und *schräg*\nweiter\n\n#### Zwei\n- a\n  - b\n\n{{ chart("holdings", "month") }}'
        '{{ table("holdings", "source") }}{{ chart("holdings", "empty") }}'
    ).blocks
    assert [(block.kind.value, block.level) for block in found] == [
        ("heading", 1),
        ("paragraph", 0),
        ("heading", 2),
        ("item", 1),
        ("item", 2),
        ("chart", 0),
        ("table", 0),
    ]
    assert [(span.text, span.strong, span.emphasis) for span in found[1].spans] == [
        ("Text ", False, False),
        ("fett", True, False),
        (" und ", False, False),
        ("schräg", False, True),
        (" ", False, False),
        ("weiter", False, False),
    ]
    assert [block.table for block in found if block.kind is BlockKind.TABLE] == [HOLDINGS[2]]


@pytest.mark.parametrize(
    ("text", "line", "about"),
    [
        ("a\n{{ stadt }}", 8, "möglich sind town, begin"),
        ("{{ }}", 7, "prüfen"),
        ("a\nb\n{% for %}", 9, "prüfen"),
        ('a\n\n{{ total("bestand", "month", "added") }}', 9, "„bestand“ gibt es nicht"),
        ('{{ total("holdings", "monat", "added") }}', 7, "möglich sind stock, month, source, empty"),
        ('{{ total("holdings", "month", "neu") }}', 7, "möglich sind month, added, left"),
        ('{{ total("holdings", "source", "added") }}', 7, "keine Summe"),
        ('{{ measure("holdings", "stock", "Seiten") }}', 7, "„Unterlagen“"),
        ('{{ total("holdings") }}', 7, "möglich sind total(Bericht"),
        ("{{ town.__class__ }}", 7, ""),
        ("{{ town.__class__.__mro__ }}", 7, ""),
        ("{{ total.__globals__ }}", 7, ""),
        ("{{ total.__self__ }}", 7, ""),
        ("{{ ''.join(town) | upper }}", 7, "prüfen"),
        ("{{ range(9) }}", 7, "diesen Namen gibt es nicht"),
        ("{{ 'x' * 999999999 }}", 7, "nicht möglich"),
        ("{% include 'betrieb.md' %}", 7, ""),
        ("{% import 'os' as os %}", 7, ""),
    ],
)
def test_what_a_template_may_not_is_named_with_its_line(text: str, line: int, about: str) -> None:
    with pytest.raises(TemplateError) as caught:
        made(text)
    assert str(caught.value).startswith(f"jahr.md, Zeile {line}: ")
    assert about in str(caught.value)


def test_a_table_cannot_be_written_by_hand() -> None:
    found = made('\ue0000\ue000 {{ table("holdings", "stock") }}').blocks
    assert [block.kind for block in found if block.table is not None] == [BlockKind.TABLE]
    assert said("\ue0007\ue000") == "7"


def test_on_paper_it_says_the_same() -> None:
    one = made(
        '# Bericht über {{ town }}\n\nEs sind **{{ measure("holdings", "stock", "Unterlagen") }}** Unterlagen.\n\n'
        '- a\n- b #panic()\n\n{{ chart("holdings", "month") }}\n{{ table("holdings", "month") }}\n'
        '{{ table("holdings", "empty") }}\n{{ table("holdings", "source") }}'
    )
    content = ready_pdf(one)
    assert ready_pdf(one) == content
    text = "\n".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(content))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for line in (
        "Bericht über Erbach",
        "Es sind 1.230 Unterlagen.",
        "Summe mindestens 9 <5",
        "a *b* # c 7 7",
        "Hierzu gibt es noch keine Zahlen.",
        "Jahr, erbach, 01.01.2025 bis 31.12.2025 Seite 1 von 1",
    ):
        assert line in lines, line
    assert "b #panic()" in text
    assert "weniger als fünf, mehr als null" in text
    with pikepdf.open(io.BytesIO(content)) as opened:
        kinds: set[Any] = {str(i.S) for i in opened.objects if isinstance(i, pikepdf.Dictionary) and "/S" in i}
    assert {"/H1", "/P", "/L", "/LI", "/Table", "/TH", "/Figure"} <= kinds
