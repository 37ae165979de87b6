"""The figures of holdings are those that plain Python counts over the same rows."""

from __future__ import annotations

from collections import Counter

import pytest

from records.ledger_tables import entries
from records.reports.counting import OTHERS, TOTAL
from records.reports.suppression import Mark
from tests.unit.records.reports.full_ledger import FullLedger, cells, month, told


def test_the_stock_is_what_searches_find(full: FullLedger) -> None:
    found = full.found()
    by_meaning = [row for row in found if row["vectors"] == "done"]
    values = {name: line["value"] for name, line in cells(full.table("holdings", "stock")).items()}
    assert list(values.values()) == [
        len(found) // 5 * 5,
        sum(row["size"] for row in found) // 1_000_000,
        sum(row["page_count"] for row in found) // 5 * 5,
        sum(row["passage_count"] for row in found) // 5 * 5,
        len(by_meaning) // 5 * 5,
        sum(row["passage_count"] for row in by_meaning) // 5 * 5,
    ]


def test_growth_is_counted_by_the_month_of_arrival(full: FullLedger) -> None:
    came = Counter(month(row["created_at"]) for row in full.found())
    left = Counter(month(row["left_at"]) for row in full.of("deletions"))
    lines = cells(full.table("holdings", "month", "2025-01", "2026-11"))
    total = lines.pop(TOTAL)
    assert list(lines) == [f"{year}-{n:02}" for year in (2025, 2026) for n in range(1, 13)][:23]
    shown = 0
    for name, line in lines.items():
        assert line["added"] == came[name] or Mark.SMALL in line["marks"].values() or line["marks"] != {}
        if "added" not in line["marks"]:
            shown += came[name]
            assert line["megabytes"] == sum(r["size"] for r in full.found() if month(r["created_at"]) == name) // 10**6
        if name != "2026-11":
            assert line["left"] == told(left[name])
    assert total["added"] == shown
    assert (total["marks"].get("added") is Mark.AT_LEAST) == (shown < len(full.found()))


@pytest.mark.parametrize("name", ["department", "file_plan", "document_type"])
def test_groups_are_counted_as_records_name_them(full: FullLedger, name: str) -> None:
    counts = Counter(str(row["metadata"].get(name, "ohne Angabe")) for row in full.found())
    lines = cells(full.table("holdings", name))
    assert lines.pop(TOTAL)["records"] == counts.total() // 5 * 5
    named = {group: count for group, count in counts.items() if group in lines}
    assert {group: line["records"] for group, line in lines.items() if group != OTHERS} == {
        group: count // 5 * 5 for group, count in named.items()
    }
    for group in named:
        size = sum(row["size"] for row in full.found() if row["metadata"].get(name, "ohne Angabe") == group)
        assert lines[group]["megabytes"] == size // 10**6
    rest = counts.total() - sum(named.values())
    assert (lines[OTHERS]["records"] if rest else 0) == rest // 5 * 5


def test_sources_are_counted(full: FullLedger) -> None:
    counts = Counter(row["source_id"] for row in full.found())
    lines = cells(full.table("holdings", "source"))
    assert {name: line["records"] for name, line in lines.items()} == {
        f"folder-{n}": counts[n] // 5 * 5 for n in (1, 2)
    }


def test_a_group_of_a_few_records_is_not_named(full: FullLedger) -> None:
    few = [
        full.entry(9_000 + n, "erbach", 1, metadata={"title": "x", "document_type": "Disziplinarsache"})
        for n in range(3)
    ]
    full.put(entries, *few)
    lines = cells(full.table("holdings", "document_type"))
    assert "Disziplinarsache" not in lines
    assert lines[OTHERS]["records"] >= 5
