"""A report as PDF: set by Typst, with tags for who listens instead of looking (PDF/UA-1), to be kept (PDF/A-2a).

The same report is the same file. The form is `report.typ`, or `ready_report.typ` for a ready-made one; this
module hands it words, numbers and charts.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import threading
from pathlib import Path
from typing import Any

import matplotlib as mpl
import typst
from matplotlib.ft2font import FT2Font

from records.reports.values import Report, Row, Table
from search_api.charts import chart, has_chart
from search_api.ready_text import Block, ReadyReport
from search_api.report_cells import MARKS, words

_HERE = Path(__file__).parent
#: DejaVu Sans: holds the Latin letters of DIN 91379, and the charts are measured with it
_FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"
_STANDARDS: Any = ["ua-1", "a-2a"]
#: a table of more columns is set smaller
_MANY = 6
#: setting one takes all cores; the others wait
_setting = threading.Lock()


def pdf(report: Report) -> bytes:
    """Return the whole file."""
    head = _head(report.title, report.about, report.begin, report.end)
    about = [
        ["Kommunen" if report.towns else "Mandant", head["town"]],
        ["Zeitraum", head["period"]],
        ["Erstellt", f"{report.made_at.astimezone(dt.UTC):%d.%m.%Y, %H:%M} Uhr (UTC)"],
    ]
    return _set("report.typ", head | {"about": about, "tables": [_table(t) for t in report.tables]}, report.made_at)


def ready_pdf(report: ReadyReport) -> bytes:
    """Return a ready-made report as a whole file."""
    head = _head(report.title, report.tenant, report.begin, report.end)
    return _set("ready_report.typ", head | {"blocks": [_block(block) for block in report.blocks]}, report.made_at)


def _head(title: str, town: str, begin: dt.date, end: dt.date) -> dict[str, Any]:
    period = f"{begin:%d.%m.%Y} bis {end:%d.%m.%Y}"
    return {"title": _plain(title), "town": _plain(town), "period": period, "marks": MARKS}


def _set(form: str, given: dict[str, Any], made_at: dt.datetime) -> bytes:
    with _setting:
        # SECURITY: names of departments and plans come from strangers' files. They are given as values, in which
        # nothing is markup; files are read from nowhere but this folder.
        return typst.compile(
            _HERE / form,
            root=_HERE,
            font_paths=_fonts(),
            sys_inputs={"report": json.dumps(given)},
            pdf_standards=_STANDARDS,
            timestamp=made_at,
        )


def _block(block: Block) -> dict[str, Any]:
    # a line is put together of its pieces: what is between them stays
    spans = [{"text": _letters_of(span.text), "strong": span.strong, "emphasis": span.emphasis} for span in block.spans]
    table = _table(block.table) if block.table is not None else None
    return {"kind": block.kind.value, "level": block.level, "spans": spans, "table": table}


def _table(table: Table) -> dict[str, Any]:
    plain = Table(
        table.name,
        _plain(table.title),
        table.columns,
        tuple(
            Row(tuple(_plain(cell) if isinstance(cell, str) else cell for cell in row.cells), row.marks, row.total)
            for row in table.rows
        ),
        _plain(table.note),
    )
    return {
        "title": plain.title,
        "note": plain.note,
        "wide": len(plain.columns) > _MANY,
        "columns": [{"title": column.title, "counts": column.unit is not None} for column in plain.columns],
        "rows": [
            {
                "cells": [
                    words(cell, row.marks.get(column.name))
                    for column, cell in zip(plain.columns, row.cells, strict=True)
                ],
                "total": row.total,
            }
            for row in plain.rows
        ],
        "chart": chart(plain).decode() if has_chart(plain) else None,
        "chart_says": f"Diagramm: {plain.title}. Die Zahlen stehen in der Tabelle darunter.",
    }


@functools.cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[_FONTS])


@functools.cache
def _letters() -> frozenset[int]:
    """Return what the font can write, in both its weights."""
    return frozenset.intersection(
        *(frozenset(FT2Font(str(_FONTS / f"{name}.ttf")).get_charmap()) for name in ("DejaVuSans", "DejaVuSans-Bold"))
    )


def _plain(text: str) -> str:
    """Return a text in one line; a sign stands for what the font has no letter for, or what would turn the text."""
    return _letters_of(" ".join(text.split()))


def _letters_of(text: str) -> str:
    # a file that is to be kept may hold no letter that cannot be written
    return "".join(letter if _written(letter) else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _written(letter: str) -> bool:
    return letter.isprintable() and ord(letter) in _letters()
