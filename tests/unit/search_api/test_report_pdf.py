"""Reports as PDF: the figures of the report, read back; tags for who listens; names are only written."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace

import pikepdf
import pypdfium2
import pytest

from records.reports.suppression import Figure, Mark
from records.reports.values import Column, Report, Table, row
from search_api.report_pdf import pdf

GROWTH = (Column("month", "Monat"), Column("added", "Hinzugekommen", "records"), Column("left", "Entfernt", "records"))
BY_PLAN = (Column("plan", "Aktenplan"), Column("records", "Unterlagen", "records"))
MONTHS = Table(
    "month",
    "Zuwachs nach Monat",
    GROWTH,
    (
        row(GROWTH, "2026-01", 1230, Figure(None, Mark.SMALL)),
        row(GROWTH, "2026-02", 40, Figure(None, Mark.COVERED)),
        row(GROWTH, "Summe", Figure(1270, Mark.AT_LEAST), None, total=True),
    ),
    "Der laufende Monat ist abgerundet.",
)
MADE = dt.datetime(2026, 3, 5, 10, 7, tzinfo=dt.UTC)


def report(*tables: Table) -> Report:
    return Report("holdings", "Bestand", "erbach", dt.date(2026, 1, 1), dt.date(2026, 2, 28), MADE, tables)


def pages(content: bytes) -> list[str]:
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(content)]


def named(*names: str) -> Report:
    return report(Table("plan", "Nach Aktenplan", BY_PLAN, tuple(row(BY_PLAN, name, 10) for name in names)))


def test_it_says_whose_figures_of_when_they_are_and_all_that_the_report_says() -> None:
    [text] = pages(pdf(report(MONTHS)))
    for said in ("Bestand", "erbach", "01.01.2026 bis 28.02.2026", "05.03.2026, 10:07 Uhr (UTC)", MONTHS.note):
        assert said in text, said
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for line in ("2026-01 1.230 <5", "2026-02 40 verdeckt", "Summe mindestens 1.270 \N{EN DASH}"):
        assert line in lines, line
    assert "weniger als fünf, mehr als null" in text
    assert "Seite 1 von 1" in lines[-1]


def test_a_long_table_has_its_heads_on_each_page_and_pages_are_counted() -> None:
    told = pages(pdf(named(*(f"Plan {n:03}" for n in range(150)))))
    assert len(told) > 3
    for number, text in enumerate(told, 1):
        assert f"Seite {number} von {len(told)}" in text
        assert "Plan" not in text or "Unterlagen" in text
    # the chart has them too, without their figures
    lines = [line.strip() for text in told for line in text.splitlines()]
    assert [line for line in lines if line.startswith("Plan ") and line.endswith(" 10")] == [
        f"Plan {n:03} 10" for n in range(150)
    ]


def test_the_same_report_is_the_same_file() -> None:
    assert pdf(report(MONTHS)) == pdf(report(MONTHS))
    assert pdf(report(MONTHS)) != pdf(replace(report(MONTHS), title="Anderer"))


def test_who_listens_is_told_what_is_a_heading_a_table_and_a_picture() -> None:
    with pikepdf.open(io.BytesIO(pdf(report(MONTHS)))) as opened:
        assert str(opened.Root.Lang) == "de"
        assert bool(opened.Root.MarkInfo.Marked)
        about = opened.open_metadata()
        assert (about["pdfuaid:part"], about["pdfaid:part"], about["pdfaid:conformance"]) == ("1", "2", "A")
        assert str(about["dc:title"]) == "Bestand \N{EN DASH} erbach"
        kinds = [str(item.S) for item in opened.objects if isinstance(item, pikepdf.Dictionary) and "/S" in item]
        assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Figure"} <= set(kinds)
        pictures = [i for i in opened.objects if isinstance(i, pikepdf.Dictionary) and i.get("/S") == "/Figure"]
        assert [str(picture.Alt) for picture in pictures] == [
            "Diagramm: Zuwachs nach Monat. Die Zahlen stehen in der Tabelle darunter."
        ]


@pytest.mark.parametrize(
    "name",
    ['#import "x": *', "#panic()", "= Titel", "*fett* _schräg_ `#x`", "$x^2$ <a> @b", '"; #sys.inputs //', "\\#{[("],
)
def test_nothing_in_a_name_is_markup(name: str) -> None:
    assert name in pages(pdf(named(name)))[0]


def test_names_of_german_registers_are_written_and_what_cannot_be_is_seen_to_be_missing() -> None:
    # letters of DIN 91379, also those that are made of two signs
    names = "ÄÖÜäöüßẞ ŁłŠšÇçĞğİıŐőŞșȚț ÆæÞþÐðØøĦħ ẼẽỲỳẠạ G̀ C̆ Z̧ ḳ \u02bc K̲"
    told = pages(pdf(named(names, "漢字 \u202eumgedreht\u202c \x00\x1b \ud800 \ue000")))[0]
    # what is made of two signs is read back twice by this reader
    assert not [name for name in names.split() if name not in told]
    assert "\ufffd\ufffd \ufffdumgedreht" in told


def test_a_word_without_an_end_stays_on_the_page() -> None:
    document = pypdfium2.PdfDocument(pdf(named("x" * 300)))
    width = document[0].get_width()
    written = document[0].get_textpage()
    assert all(written.get_charbox(n)[2] < width - 40 for n in range(written.count_chars()))


def test_a_table_of_many_columns_stays_on_the_page() -> None:
    columns = (
        *(Column(f"w{n}", f"Angabe {n}") for n in range(4)),
        *(Column(f"c{n}", f"Im letzten vollen Monat Nummer {n}", "records") for n in range(5)),
    )
    rows = (row(columns, "folder-12", "folder", "vollständig", "2026-03-05T10:00+00:00", *range(10_000, 10_005)),)
    [page] = pypdfium2.PdfDocument(pdf(report(Table("source", "Quellen", columns, rows))))
    written = page.get_textpage()
    assert all(written.get_charbox(n)[2] < page.get_width() - 40 for n in range(written.count_chars()))
    assert "10.000 10.001 10.002 10.003 10.004" in " ".join(written.get_text_bounded().split())


def test_a_table_without_figures_says_so() -> None:
    assert "Hierzu gibt es noch keine Zahlen." in pages(pdf(report(replace(MONTHS, rows=()))))[0]
