"""The report on disclosures: the entries of the log, counted another way; a purpose only where several wrote it."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from records.audit_chain import Kind
from records.audit_tables import audit_engine, entries, migrate_audit
from records.errors import AuditUnavailableError
from records.reports.town import Asked, TownReports
from records.settings import AuditSettings, LedgerSettings
from tests.unit.records.reports.full_ledger import NOW, REPORTER, cells, moment

OPENED = {Kind.RECORD, Kind.TEXT, Kind.PAGE, Kind.IMAGE, Kind.ORIGINAL}


class Log:
    """An audit log of rows that are put in as they are."""

    def __init__(self, folder: Path) -> None:
        self.settings = AuditSettings(url=f"sqlite:///{folder}/audit.sqlite", witness=folder / "witness")
        migrate_audit(self.settings)
        self.rows: list[dict[str, Any]] = []
        self.reports = TownReports(LedgerSettings(url=f"sqlite:///{folder}/ledger.sqlite"), None, self.settings)

    def put(self, kind: Kind, day: str, subject: str = "a", purpose: str | None = None, tenant: str = "erbach") -> None:
        self.rows.append(
            {
                "tenant": tenant,
                "sequence": len(self.rows),
                "time": int(moment(day) * 1_000_000) + 1,
                "subject": subject,
                "kind": kind.value,
                "purpose": purpose,
                "record_ids": '["geheimwort"]',
                "previous": "",
                "hash": "",
            }
        )

    def written(self) -> None:
        engine = audit_engine(self.settings)
        with engine.begin() as connection:
            connection.execute(entries.insert(), self.rows)
        engine.dispose()

    def told(self, table: str, begin: str = "2026-01", end: str = "2026-11") -> dict[Any, dict[str, Any]]:
        [one] = self.reports.report(REPORTER, "disclosures", Asked(begin, end, table), NOW).tables
        return cells(one)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = Log(tmp_path)
    yield made
    made.reports.close()


def test_entries_are_counted_by_month_and_kind(log: Log) -> None:
    dice = random.Random("Protokoll")
    kinds = [kind for kind in Kind if kind is not Kind.PRUNED]
    for _ in range(1500):
        month = dice.choice(("2026-02", "2026-03", "2026-09"))
        log.put(dice.choice(kinds), f"{month}-{dice.randint(1, 28):02}", tenant=dice.choice(("erbach", "michelstadt")))
    log.written()
    told = log.told("month")
    for month in ("2026-02", "2026-03", "2026-09"):
        of = Counter(
            Kind(row["kind"])
            for row in log.rows
            if row["tenant"] == "erbach"
            and dt.datetime.fromtimestamp(row["time"] / 1_000_000, dt.UTC).strftime("%Y-%m") == month
        )
        line = told[month]
        assert min(of.values()) >= 5
        assert (line["searches"], line["precedents"], line["citations"], line["similar"], line["exports"]) == (
            of[Kind.SEARCH],
            of[Kind.PRECEDENTS],
            of[Kind.CITATIONS],
            of[Kind.SIMILAR],
            of[Kind.EXPORT],
        )
        assert line["opened"] == sum(of[kind] for kind in OPENED)
        assert line["all"] == sum(of.values())
    assert told["2026-04"]["all"] == 0


def test_a_few_entries_of_one_kind_are_covered_by_another(log: Log) -> None:
    for _ in range(30):
        log.put(Kind.SEARCH, "2026-02-03")
    for _ in range(2):
        log.put(Kind.SIMILAR, "2026-02-03")
    log.written()
    line = log.told("month")["2026-02"]
    assert (line["similar"], line["searches"], line["all"]) == (None, None, 32)


def test_a_purpose_is_named_once_five_people_wrote_it(log: Log) -> None:
    for n in range(5):
        log.put(Kind.RECORD, "2026-02-03", f"person-{n}", "Bauantrag  prüfen")
        log.put(Kind.RECORD, "2026-02-03", f"person-{n % 4}", "Sache Erna Beispiel")
        log.put(Kind.SEARCH, "2026-02-03", "a")
        log.put(Kind.AUDIT, "2026-02-03", f"person-{n}", "Prüfung des Protokolls")
        log.put(Kind.CITATIONS, "2026-02-03", f"person-{n}", "Satzung ändern")
        log.put(Kind.RECORD, "2026-02-03", f"person-{n}", "Bauantrag  prüfen", tenant="michelstadt")
    for _ in range(2):
        log.put(Kind.RECORD, "2026-02-03", "person-0", "Bauantrag  prüfen")
    log.written()
    # seven of the first, in steps of five
    told = log.told("purpose")
    assert {name: line["entries"] for name, line in told.items()} == {
        "Satzung ändern": 5,
        "Bauantrag prüfen": 5,
        "ohne Angabe": 5,
        "Übrige": 5,
        "Summe": 20,
    }
    assert "geheimwort" not in str(told)


def test_a_few_that_are_not_named_take_another_along(log: Log) -> None:
    for n in range(6):
        log.put(Kind.RECORD, "2026-02-03", f"person-{n}", "Bauantrag")
    log.put(Kind.RECORD, "2026-02-03", "person-1", "Sache Erna Beispiel")
    log.written()
    assert {name: line["entries"] for name, line in log.told("purpose").items()} == {"Übrige": 5, "Summe": 5}


def test_a_month_that_is_being_forgotten_is_not_told(log: Log) -> None:
    for day in ("2026-02-20", "2026-03-05"):
        for n in range(9):
            log.put(Kind.SEARCH, day, f"person-{n}")
    log.put(Kind.PRUNED, "2026-10-01")
    log.written()
    told = log.told("month")
    assert [told[month]["searches"] for month in ("2026-02", "2026-03")] == [0, 9]


def test_a_log_that_does_not_answer_is_said(log: Log) -> None:
    Path(log.settings.url.removeprefix("sqlite:///")).write_bytes(b"kein Protokoll" * 99)
    with pytest.raises(AuditUnavailableError):
        log.told("month")
