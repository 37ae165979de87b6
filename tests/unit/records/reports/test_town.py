"""Who gets reports, about what, and about which months; nothing of another town, and no word of a record or a path."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from records.access import Principal, Role
from records.errors import InvalidInputError, NotVisibleError
from records.ledger_tables import entries, sources
from records.reasons import Reason
from records.reports.months import MOST_MONTHS, first_day, last_day, months_asked
from records.reports.suppression import Mark
from records.reports.town import Asked
from records.reports.values import Cell, Row
from records.settings import LedgerSettings
from tests.factories import principal
from tests.unit.records.reports.full_ledger import NOW, REPORTER, FullLedger, cells, moment

TODAY = dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    "who",
    [
        principal("erbach", "bauamt"),
        principal("erbach", "bauamt", roles=(Role.RECORDS_MANAGER, Role.PRIVACY)),
        principal("erbach", "bauamt", roles=(Role.REPORTS,), software=()),
    ],
)
def test_reports_are_for_those_who_make_them(full: FullLedger, who: Principal) -> None:
    with pytest.raises(NotVisibleError):
        full.reports.kinds(who)
    for name in (*(kind.name for kind in full.reports.kinds(REPORTER)), "nichts"):
        with pytest.raises(NotVisibleError):
            full.reports.report(who, name, Asked(), NOW)


def test_an_unknown_report_is_not_there_and_an_unknown_table_is_named(full: FullLedger) -> None:
    with pytest.raises(NotVisibleError):
        full.report("nichts")
    with pytest.raises(InvalidInputError, match="department"):
        full.report("holdings", by="titel")


def test_days_mean_their_month_and_the_future_is_left_out() -> None:
    asked = months_asked("2026-03-17", "2030-01-01", TODAY)
    assert (first_day(asked.first), last_day(asked.last)) == (dt.date(2026, 3, 1), dt.date(2026, 11, 30))
    year = months_asked(None, None, TODAY)
    assert (first_day(year.first), last_day(year.last)) == (dt.date(2025, 12, 1), dt.date(2026, 11, 30))
    assert len(list(months_asked(None, "2020-02", TODAY))) == 12


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2026-13", None),
        ("2026-02-30", None),
        ("März", None),
        ("0001-01", None),
        ("9999-12", None),
        ("2026-05", "2026-04"),
        ("2027-01", None),
        (None, "x"),
        ("2026-1", None),
        (f"{2026 - MOST_MONTHS // 12}-01", "2026-11"),
        ("２０２６-01", None),  # noqa: RUF001
    ],
)
def test_what_is_no_range_of_months_is_refused(begin: str | None, end: str | None) -> None:
    with pytest.raises(InvalidInputError):
        months_asked(begin, end, TODAY)


def test_another_town_changes_nothing_and_no_word_of_a_record_is_told(tmp_path: Path) -> None:
    town = FullLedger(LedgerSettings(url=f"sqlite:///{tmp_path}/ledger.sqlite"))
    secret = {
        "title": "geheimwort",
        "file_reference": "geheimwort",
        "case_reference": "geheimwort",
        "source_id": "geheimwort",
    }
    town.put(entries, *(town.entry(8_000 + n, "erbach", 1, metadata=secret, path=f"geheimwort{n}") for n in range(20)))
    names = [kind.name for kind in town.reports.kinds(REPORTER) if kind.name != "zero-hits"]
    before = [town.report(name, "2025-01") for name in names]
    town.put(sources, {"id": 9, "tenant": "oberzent", "kind": "folder", "location": "/srv/9", "created_at": 1.0})
    more = [town.entry(10_000 + n, "michelstadt", 3) for n in range(60)]
    more += [town.entry(11_000 + n, "oberzent", 9) for n in range(60)]
    town.put(entries, *more)
    assert [town.report(name, "2025-01") for name in names] == before
    # whom the town shows records to, and who shows it theirs, is what the report on sharing tells
    said = str([one for one in before if one.name != "sharing"])
    assert "geheimwort" not in str(before)
    assert not [word for word in ("geheimwort", "/srv/", "michelstadt", "oberzent", ".pdf") if word in said]
    town.close()


def named(row: Row) -> tuple[Cell, ...]:
    """The words a row begins with: its month, and what it is about beside that."""
    return tuple(takewhile(lambda cell: isinstance(cell, str), row.cells))


def test_a_month_is_told_alike_in_every_range(full: FullLedger) -> None:
    """Whatever is asked for beside it, a month has the same figures, hidden or not."""
    ranges = [("2025-01", "2026-11"), ("2025-09", "2026-02"), ("2026-01", "2026-01"), ("2025-01", "2026-01")]
    for kind in full.reports.kinds(REPORTER)[:-1]:
        made = [full.report(kind.name, *asked) for asked in ranges]
        for tables in zip(*(one.tables for one in made), strict=True):
            for table in tables:
                if table.columns[0].name != "month":
                    assert table == tables[0]
                    continue
                rows = {named(row): row for row in tables[0].rows}
                assert all(row == rows[named(row)] for row in table.rows if row.cells[0] != "Summe")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[FullLedger]:
    """A town that holds nothing yet."""
    made = FullLedger(LedgerSettings(url=f"sqlite:///{tmp_path}/ledger.sqlite"), records=0)
    yield made
    made.close()


def test_a_town_of_a_few_records_tells_no_number_of_them(small: FullLedger) -> None:
    values = {"size": 7_000_000, "page_count": 7, "passage_count": 7, "vectors": "done"}
    small.put(entries, *(small.entry(n, "erbach", 1, **values) for n in range(3)))
    for table in small.report("holdings", "2025-01").tables:
        numbers = [cell for row in table.rows for cell in row.cells[1:] if not isinstance(cell, str)]
        assert numbers
        assert {*numbers} <= {None, 0}


def test_a_few_of_one_kind_are_covered_by_another(small: FullLedger) -> None:
    kinds = [Reason.DAMAGED] * 2 + [Reason.ENCRYPTED] * 30
    unread = {"state": "quarantined", "indexed_version": None}
    small.put(entries, *(small.entry(n, "erbach", 1, reason=kind, **unread) for n, kind in enumerate(kinds)))
    *parts, total = small.table("reading", "reason").rows
    assert {(row.cells[1], row.marks.get("files")) for row in parts} == {(None, Mark.SMALL), (None, Mark.COVERED)}
    assert total.cells[1] == 30


def test_a_few_contents_are_covered_by_others(small: FullLedger) -> None:
    """Two contents that are there twice, and fifteen that are there three times."""
    copies = [f"{n:064}" for n in range(2) for _ in range(2)] + [f"{n:064}" for n in range(2, 17) for _ in range(3)]
    small.put(entries, *(small.entry(n, "erbach", 1, sha256=sha) for n, sha in enumerate(copies)))
    lines = cells(small.table("duplicates", "copies"))
    assert [lines[name]["contents"] for name in ("zweimal", "dreimal")] == [None, None]
    assert [lines[name]["files"] for name in ("zweimal", "dreimal")] == [None, None]
    assert lines["Summe"]["contents"] == 15


def test_a_few_files_of_one_source_are_covered_by_another(small: FullLedger) -> None:
    unread = {"state": "quarantined", "indexed_version": None, "reason": "damaged"}
    small.put(entries, *(small.entry(n, "erbach", 1 if n < 2 else 2, **unread) for n in range(30)))
    assert {line["errors"] for line in cells(small.table("sources", "source")).values()} == {None}


def test_the_stock_is_told_in_steps_of_five(small: FullLedger) -> None:
    small.put(entries, *(small.entry(n, "erbach", 1, page_count=3, vectors="done") for n in range(13)))
    lines = cells(small.table("holdings", "stock"))
    assert [lines[name]["value"] for name in ("Unterlagen", "Seiten")] == [10, 35]
    assert lines["Unterlagen, die auch nach dem Sinn gefunden werden"]["value"] == 10


def test_a_month_that_covers_another_is_hidden_in_every_range(small: FullLedger) -> None:
    for number, day in enumerate(["2026-03-01"] * 2 + ["2026-04-01"] * 20 + ["2026-05-01"] * 30):
        small.put(entries, small.entry(number, "erbach", 1, created_at=moment(day)))
    for asked in (("2026-01", "2026-09"), ("2026-04", "2026-05"), ("2026-04", "2026-04")):
        lines = cells(small.table("holdings", "month", *asked))
        assert lines["2026-04"]["added"] is None
        assert {line["added"] for name, line in lines.items() if name == "2026-05"} <= {30}
