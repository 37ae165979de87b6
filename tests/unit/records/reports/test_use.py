"""Use is counted by month as plain Python counts the rows of usage; ranges are what their months show."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from records.reports.counting import TOTAL
from records.reports.suppression import Mark, parted
from records.settings import LedgerSettings
from records.usage import answer_class
from records.usage_tables import usage_counts
from tests.unit.records.reports.full_ledger import FullLedger, cells, told

_MODES = ("semantic", "keyword", "hybrid")
_MONTHS = [f"2026-{n:02}" for n in range(1, 12)]


def counts(full: FullLedger, use: str) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {name: Counter() for name in _MONTHS}
    for row in full.of("usage_counts"):
        if row["use"] == use:
            found[row["day"][:7]][row["mode"]] += row["number"]
    return found


def test_searches_by_mode(full: FullLedger) -> None:
    lines = cells(full.table("use", "mode", "2026-01", "2026-10"))
    assert list(lines) == [*_MONTHS[:-1], TOTAL]
    sums: Counter[str] = Counter()
    for name, of_month in list(counts(full, "searches").items())[:-1]:
        for mode in _MODES:
            if mode in lines[name]["marks"]:
                assert lines[name][mode] is None
                # hidden because it is small, or beside one that is
                assert any(0 < of_month[other] < 5 for other in _MODES)
            else:
                assert lines[name][mode] == of_month[mode]
                sums[mode] += of_month[mode]
    assert {mode: lines[TOTAL][mode] for mode in _MODES} == {mode: sums[mode] for mode in _MODES}


def test_all_uses_by_month(full: FullLedger) -> None:
    lines = cells(full.table("use", "month", "2026-01"))
    vain = {name: of_month.total() for name, of_month in counts(full, "zero_hits").items()}
    for name in _MONTHS[:-1]:
        assert lines[name]["zero_hits"] == told(vain[name])
    for column, use, kinds in (
        ("searches", "searches", _MODES),
        ("exports", "exports", _MODES),
        ("opened", "opened", ("image", "page", "text", "original", "record")),
    ):
        totals = counts(full, use)
        hidden = {n for n in _MONTHS if not parted({k: totals[n][k] for k in kinds}).total.shown}
        for name in _MONTHS[:-1]:
            assert lines[name][column] == (None if name in hidden else totals[name].total())
        shown = sum(totals[name].total() for name in _MONTHS[:-1] if name not in hidden)
        running = totals["2026-11"].total() // 5 * 5
        assert lines[TOTAL][column] == shown + running
        assert lines[TOTAL]["marks"][column] is Mark.AT_LEAST


def test_openings_for_a_hundred_searches(full: FullLedger) -> None:
    lines = cells(full.table("use", "share", "2026-01"))
    searches, opened = counts(full, "searches"), counts(full, "opened")
    assert len(lines) > 5
    assert "2026-11" not in lines
    for name, line in lines.items():
        assert line["share"] == opened[name].total() * 100 // searches[name].total()


def test_records_opened_for_a_hundred_hits(full: FullLedger) -> None:
    lines = cells(full.table("use", "hits", "2026-01"))
    shown, opened = counts(full, "shown"), counts(full, "opened")
    assert len(lines) > 3
    # hits were counted from some day of February on; November is not over
    assert not {"2026-01", "2026-02", "2026-11"} & set(lines)
    for name, line in lines.items():
        assert (line["shown"], line["opened"]) == (shown[name].total(), opened[name]["record"])
        assert line["share"] == opened[name]["record"] * 100 // shown[name].total()
    assert lines == {
        name: line for name, line in cells(full.table("use", "hits", "2025-11")).items() if name in lines
    }, "a month is told alike in every range"


@pytest.mark.parametrize(
    ("numbers", "day", "told_so"),
    [
        ((40, 400, 30), "2025-12-05", (7, 400, 30)),
        ((40, 400, 0), "2025-12-05", (0, 400, 0)),
        # with so many searches alone, hits would tell how many they were
        ((4, 400, 30), "2025-12-05", None),
        ((0, 400, 30), "2025-12-05", None),
        ((40, 4, 30), "2025-12-05", None),
        ((40, 0, 30), "2025-12-05", None),
        ((40, 400, 4), "2025-12-05", None),
        # the month that runs
        ((40, 400, 30), "2026-11-05", None),
    ],
)
def test_hits_are_told_only_where_searches_and_openings_are(
    tmp_path: Path, numbers: tuple[int, int, int], day: str, told_so: tuple[int, int, int] | None
) -> None:
    full = FullLedger(LedgerSettings(url=f"sqlite:///{tmp_path}/ledger.sqlite"), records=0)
    uses = (("searches", "hybrid"), ("shown", "hybrid"), ("opened", "record"))
    for (use, mode), number in zip(uses, numbers, strict=True):
        full.put(usage_counts, {"tenant": "erbach", "day": day, "use": use, "mode": mode, "number": number})
    full.put(usage_counts, {"tenant": "erbach", "day": "2025-11-30", "use": "shown", "mode": "hybrid", "number": 1})
    line = cells(full.table("use", "hits", "2025-11")).get(day[:7])
    assert (line and (line["share"], line["shown"], line["opened"])) == told_so
    full.close()


def test_what_was_opened_and_exported(full: FullLedger) -> None:
    for table, use in (("opened", "opened"), ("exports", "exports")):
        lines = cells(full.table("use", table, "2026-01", "2026-10"))
        wanted = counts(full, use)
        checked = 0
        for name in _MONTHS[:-1]:
            for column, value in lines[name].items():
                if column not in {"month", "marks"} and value is not None:
                    checked += 1
                    assert value == wanted[name][column]
        assert checked > 5


def test_precedents_and_how_long_answers_took(tmp_path: Path) -> None:
    full = FullLedger(LedgerSettings(url=f"sqlite:///{tmp_path}/ledger.sqlite"), records=0)
    rows = {
        ("searches", "precedents"): 31,
        ("searches", "similar"): 17,
        ("searches", "hybrid"): 52,
        ("searches", "citations"): 13,
        ("answers", "0.3s"): 40,
        ("answers", "1s"): 9,
        ("answers", "longer"): 3,
    }
    for (use, mode), number in rows.items():
        full.put(usage_counts, {"tenant": "erbach", "day": "2025-12-05", "use": use, "mode": mode, "number": number})
    asked = ("2025-12", "2025-12")
    searches, answers = (cells(full.table("use", name, *asked))["2025-12"] for name in ("mode", "time"))
    assert {name: searches[name] for name in ("precedents", "similar", "hybrid", "citations")} == {
        "precedents": 31,
        "citations": 13,
        "similar": 17,
        "hybrid": 52,
    }
    assert cells(full.table("use", "month", *asked))["2025-12"]["searches"] == 113
    assert (answers["0.3s"], answers["3s"], answers["longer"]) == (40, 0, None)
    # what is small is covered by one that is not
    assert answers["1s"] is None
    full.close()


def test_an_answer_is_of_the_class_it_fits_in() -> None:
    assert [answer_class(seconds) for seconds in (0.0, 0.3, 0.31, 1.0, 2.9, 3.1)] == [
        "0.3s",
        "0.3s",
        "1s",
        "1s",
        "3s",
        "longer",
    ]
