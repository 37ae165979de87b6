"""Charts of reports: names stand in them as they were written, whatever was written."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from records.reports.suppression import Figure, Mark
from records.reports.values import Column, Table, row
from search_api.charts import chart, has_chart
from tests.unit.ui.fake_reports import HOSTILE

COLUMNS = (Column("k", "K"), Column("n", "N", "records"))


def texts(table: Table) -> list[str]:
    return [e.text or "" for e in ET.fromstring(chart(table)).iter() if e.tag.endswith("}text")]  # noqa: S314


@pytest.mark.parametrize("name", [HOSTILE, "$\\frac{$", "$x^2$", "a\x00b\x1bc\ud800", "x" * 400, ""])
def test_names_are_drawn_as_they_are_written(name: str) -> None:
    rows = (row(COLUMNS, name, 5), row(COLUMNS, "klein", Figure(None, Mark.SMALL)))
    drawn = texts(Table("t", "T", COLUMNS, rows))
    plain = "".join(letter for letter in name if letter.isprintable())
    assert not plain or any(text.startswith(plain[:20].strip()) for text in drawn)
    assert " <5" in drawn


def test_what_shows_no_number_has_no_chart() -> None:
    hidden = row(COLUMNS, "klein", Figure(None, Mark.SMALL))
    total = row(COLUMNS, "Summe", 7, total=True)
    assert not has_chart(Table("t", "T", COLUMNS, ()))
    assert not has_chart(Table("t", "T", COLUMNS, (hidden, total)))
    assert not has_chart(Table("t", "T", COLUMNS[:1], (row(COLUMNS[:1], "a"),)))
    assert has_chart(Table("t", "T", COLUMNS, (hidden, row(COLUMNS, "groß", 7), total)))


def test_what_the_lines_come_to_is_no_bar() -> None:
    table = Table("t", "T", COLUMNS, (row(COLUMNS, "groß", 7), row(COLUMNS, "Summe", 7, total=True)))
    assert "groß" in texts(table)
    assert "Summe" not in texts(table)
