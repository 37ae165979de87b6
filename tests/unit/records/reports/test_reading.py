"""What could not be read, or not well, is counted as plain Python counts it."""

from __future__ import annotations

from collections import Counter

from records.reasons import WORDS, Reason
from records.reports.counting import TOTAL
from tests.unit.records.reports.full_ledger import FullLedger, cells

_CLASSES = ((60, "unter 60 %"), (80, "60 bis 79 %"), (90, "80 bis 89 %"), (101, "90 % und mehr"))


def class_of(confidence: int) -> str:
    return next(words for below, words in _CLASSES if confidence < below)


def steps(counts: Counter[str]) -> dict[str, int]:
    assert min(counts.values()) >= 5, "the ledger of this test is full enough that nothing is hidden"
    return {name: count // 5 * 5 for name, count in counts.items()} | {TOTAL: counts.total() // 5 * 5}


def test_unread_files_are_counted_by_cause(full: FullLedger) -> None:
    counts = Counter(WORDS[Reason(r["reason"])].german for r in full.of("entries") if r["state"] == "quarantined")
    lines = cells(full.table("reading", "reason"))
    assert {name: line["files"] for name, line in lines.items()} == steps(counts)


def test_records_are_counted_by_how_much_of_them_is_text(full: FullLedger) -> None:
    counts = Counter(row["text_state"] for row in full.found())
    *lines, total = [line["records"] for line in cells(full.table("reading", "text")).values()]
    assert lines == [counts[state] // 5 * 5 for state in ("full", "partial", "none")]
    assert total == counts.total() // 5 * 5


def test_recognised_pages_are_counted_by_confidence_and_records_by_their_worst_page(full: FullLedger) -> None:
    pages = full.of("recognised_pages")
    worst: dict[int, int] = {}
    for page in pages:
        worst[page["entry_id"]] = min(page["confidence"], worst.get(page["entry_id"], 100))
    for table, column, of in (
        ("confidence", "pages", [p["confidence"] for p in pages]),
        ("worst", "records", worst.values()),
    ):
        lines = cells(full.table("reading", table))
        assert {name: line[column] for name, line in lines.items()} == steps(Counter(class_of(one) for one in of))
