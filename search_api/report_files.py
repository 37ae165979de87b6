"""A report as a file: CSV with one table below the other, a workbook with a sheet for each, PDF, one table as a chart.

In none of them is a formula.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable

from records.errors import InvalidInputError, NotVisibleError
from records.reports.suppression import Mark
from records.reports.values import Cell, Report, Table
from search_api.charts import chart, has_chart
from search_api.export import MEDIA_TYPES, book_in, harmless, write_text
from search_api.report_cells import HIDDEN
from search_api.report_pdf import pdf

KINDS = {
    "csv": MEDIA_TYPES["csv"],
    "xlsx": MEDIA_TYPES["xlsx"],
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
}

_HINT = "Hinweis"
_LONGEST_NAME = 31


def written(report: Report, kind: str) -> bytes:
    """Return the whole file, of one of `KINDS`."""
    return _WRITTEN[kind](report)


Line = list[str | int]


def _about(report: Report) -> list[Line]:
    return [
        ["Bericht", report.title],
        ["Kommunen" if report.towns else "Mandant", report.about],
        ["Zeitraum", f"{report.begin.isoformat()} bis {report.end.isoformat()}"],
        ["Erstellt", report.made_at.astimezone(dt.UTC).isoformat(timespec="seconds")],
    ]


def _lines(table: Table) -> list[Line]:
    """Return the lines of a table below its heads; the last column says which numbers are only the least."""
    lines: list[Line] = [[*(column.title for column in table.columns), _HINT]]
    for row in table.rows:
        marked = [
            (column, row.marks.get(column.name), cell) for column, cell in zip(table.columns, row.cells, strict=True)
        ]
        cells = [_written(mark, cell) for _, mark, cell in marked]
        least = ", ".join(column.title for column, mark, _ in marked if mark is Mark.AT_LEAST)
        lines.append([*cells, f"mindestens: {least}" if least else ""])
    return lines


def _written(mark: Mark | None, cell: Cell) -> str | int:
    if mark is not None and mark in HIDDEN:
        return HIDDEN[mark]
    return "" if cell is None else cell


def _csv(report: Report) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    lines = _about(report)
    for table in report.tables:
        lines += [[], [table.title], [table.note], *_lines(table)]
    # SECURITY: names of departments and plans come from strangers' files; see harmless.
    writer.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in line] for line in lines)
    # The byte order mark tells Excel that this is UTF-8.
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _xlsx(report: Report) -> bytes:
    out = io.BytesIO()
    book = book_in(out)
    # the same report is the same file
    book.set_properties({"created": report.made_at.replace(tzinfo=None)})
    for table in report.tables:
        sheet = book.add_worksheet(table.title[:_LONGEST_NAME])
        lines: list[Line] = [[table.title], *_about(report), [table.note], [], *_lines(table)]
        for number, line in enumerate(lines):
            for place, cell in enumerate(line):
                if isinstance(cell, int):
                    sheet.write_number(number, place, cell)
                else:
                    write_text(sheet, number, place, cell)
    book.close()
    return out.getvalue()


def _svg(report: Report) -> bytes:
    # whose reports may be made is known by now; a table that nobody named cannot be meant
    if len(report.tables) != 1:
        raise InvalidInputError("by", "ein Diagramm zeigt eine Tabelle; ihr Name fehlt")
    if not has_chart(report.tables[0]):
        raise NotVisibleError("there is nothing to draw")
    return chart(report.tables[0])


_WRITTEN: dict[str, Callable[[Report], bytes]] = {"csv": _csv, "xlsx": _xlsx, "pdf": pdf, "svg": _svg}
