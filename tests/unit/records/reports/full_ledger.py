"""Ledgers filled with invented rows, for reports: the rows stay at hand, to be counted another way."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import sqlalchemy as sa

from records.access import Role
from records.ledger_tables import (
    State,
    VectorState,
    entries,
    ledger_engine,
    migrate,
    recognised_pages,
    sources,
    sync_months,
)
from records.query import Mode
from records.reasons import Reason
from records.release import NO_END
from records.release_tables import releases
from records.removal_tables import deletions, holds
from records.reports.town import Asked, TownReports
from records.reports.values import Report, Table
from records.settings import LedgerSettings
from records.usage import Use
from records.usage_tables import usage_counts
from tests.factories import principal

NOW = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.UTC)
REPORTER = principal("erbach", roles=(Role.REPORTS,))
TOWNS = ("erbach", "michelstadt")
_DEPARTMENTS = ("Bauamt", "Hauptamt", "Ordnungsamt", None)
_PLANS = ("022 Gremien", "632 Bauanträge", "752 Friedhof")


def moment(day: str) -> float:
    return dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC).timestamp()


def month(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m")


class FullLedger:
    """Two towns; `rows` holds by table what was put in."""

    def __init__(self, settings: LedgerSettings, *, records: int = 1500, seed: str = "Berichte") -> None:
        migrate(settings)
        self.engine = ledger_engine(settings)
        self.reports = TownReports(settings)
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.dice = random.Random(seed)
        self._fill(records)

    def close(self) -> None:
        self.engine.dispose()
        self.reports.close()

    def put(self, table: sa.Table, *rows: dict[str, Any]) -> None:
        if rows:
            with self.engine.begin() as connection:
                connection.execute(table.insert(), list(rows))
        self.rows.setdefault(table.name, []).extend(rows)

    def of(self, table: str, tenant: str = "erbach") -> list[dict[str, Any]]:
        return [row for row in self.rows.get(table, []) if row["tenant"] == tenant]

    def found(self, tenant: str = "erbach") -> list[dict[str, Any]]:
        """The records that searches find."""
        return [row for row in self.of("entries", tenant) if row["state"] == "indexed"]

    def report(self, name: str, begin: str | None = None, end: str | None = None, by: str | None = None) -> Report:
        return self.reports.report(REPORTER, name, Asked(begin, end, by), NOW)

    def table(self, name: str, table: str, begin: str | None = None, end: str | None = None) -> Table:
        [one] = self.report(name, begin, end, table).tables
        return one

    def entry(self, number: int, tenant: str, source: int, **values: Any) -> dict[str, Any]:
        """One row of the ledger; what is not given is drawn."""
        dice = self.dice
        about = {
            "title": f"Beispiel {number}",
            "department": dice.choice(_DEPARTMENTS),
            "file_plan": dice.choice(_PLANS),
            "document_type": dice.choice(("Bescheid", "Bescheid", "Bescheid", "Vermerk", "Niederschrift")),
        }
        created = moment(f"{dice.choice((2025, 2026))}-{dice.randint(1, 10):02}-{dice.randint(1, 28):02}")
        made = {
            "id": number,
            "record_id": f"r{number}",
            "source_id": source,
            "tenant": tenant,
            "path": f"{number}.pdf",
            "sequence": 1,
            "sha256": f"{number:064}",
            "size": dice.randint(1, 9_000_000),
            "file_name": f"{number}.pdf",
            "metadata": {key: value for key, value in about.items() if value is not None},
            "access": {"tenant": tenant, "readers": [], "deny": [], "confidentiality": "offen"},
            "state": State.INDEXED.value,
            "reason": None,
            "retention_end": None,
            "indexed_version": 2,
            "text_state": dice.choice(("full", "full", "full", "partial", "none")),
            "page_count": dice.randint(1, 30),
            "passage_count": dice.randint(1, 60),
            "vectors": dice.choice((VectorState.DONE.value, VectorState.PENDING.value)),
            "created_at": created,
            "changed_at": created,
        }
        return made | values

    def _fill(self, records: int) -> None:
        dice = self.dice
        for number, tenant in enumerate(("erbach", "erbach", "michelstadt"), start=1):
            self.put(
                sources,
                {"id": number, "tenant": tenant, "kind": "folder", "location": f"/srv/{number}", "created_at": 1.0},
            )
        runs = random.Random("Läufe")
        self.put(
            sync_months,
            *(
                {
                    "source_id": number,
                    "month": f"2026-{n:02}",
                    "runs": runs.randint(1, 200),
                    "seconds": runs.randint(1, 9_000) / 7,
                    "longest": runs.randint(1, 900) / 7,
                    "files": runs.choice((0, 5, 43_210)),
                }
                for n in range(2, 12)
                for number in (1, 2, 3)
            ),
        )
        rows = [self.entry(n, dice.choice(TOWNS), 0) for n in range(1, records + 1)]
        for row in rows:
            row["source_id"] = dice.choice((1, 1, 1, 2)) if row["tenant"] == "erbach" else 3
            if dice.random() < 0.15:
                row |= {
                    "state": State.QUARANTINED.value,
                    "reason": dice.choice((Reason.DAMAGED, Reason.DAMAGED, Reason.ENCRYPTED)).value,
                    "indexed_version": None,
                    "text_state": None,
                }
            elif dice.random() < 0.1:
                row |= {"state": State.REMOVED.value, "indexed_version": None}
        pages = [
            {"entry_id": row["id"], "page": page, "confidence": dice.randint(40, 99), "tenant": row["tenant"]}
            for row in rows
            if row["state"] == "indexed" and dice.random() < 0.3
            for page in range(1, dice.randint(2, 5))
        ]
        for row in rows:
            if dice.random() < 0.4:
                row["retention_end"] = f"{dice.randint(2024, 2029)}-12-31"
            if dice.random() < 0.3:
                copy = dice.randint(1, 120)
                row |= {"sha256": f"c{copy:063}", "size": 1_000_000 + copy}
        gone = [row for row in rows if row["state"] == "removed"]
        self.put(entries, *rows)
        self.put(
            recognised_pages, *({name: page[name] for name in ("entry_id", "page", "confidence")} for page in pages)
        )
        self.rows["recognised_pages"] = pages
        self._fill_beside(rows)
        self.put(
            deletions,
            *(
                {
                    "id": n,
                    "tenant": row["tenant"],
                    "entry_id": row["id"],
                    "record_id": row["record_id"],
                    "source_id": row["source_id"],
                    "left_at": moment(f"2026-{dice.choice(('03', '03', '03', '07'))}-0{dice.randint(1, 9)}"),
                    "erased_at": None if row["tenant"] == "michelstadt" else 4_000_000_000.0,
                    "returned_at": None,
                }
                for n, row in enumerate(gone, start=1)
            ),
        )

    def _fill_beside(self, rows: list[dict[str, Any]]) -> None:
        dice = self.dice
        uses = [(use.value, mode) for use in (Use.SEARCHES, Use.ZERO_HITS, Use.EXPORTS) for mode in Mode]
        uses += [(Use.OPENED.value, kind) for kind in ("record", "page", "text", "image", "original")]
        self.put(
            usage_counts,
            *(
                {"tenant": tenant, "day": f"2026-{n:02}-{day:02}", "use": use, "mode": mode, "number": number}
                for tenant in TOWNS
                for n in range(1, 12)
                for day in (3, 17)
                for use, mode in uses
                if (number := dice.choice((0, 1, 2, 7, 40)))
            ),
        )
        hits = random.Random("Treffer")
        self.put(
            usage_counts,
            *(
                {"tenant": tenant, "day": f"2026-{n:02}-17", "use": Use.SHOWN.value, "mode": mode, "number": number}
                for tenant in TOWNS
                for n in range(2, 12)
                for mode in Mode
                if (number := hits.choice((0, 3, 200, 900)))
            ),
        )
        shown = [row for row in rows if row["state"] == "indexed"]
        self.put(
            holds,
            *(
                {
                    "id": n,
                    "tenant": row["tenant"],
                    "entry_id": row["id"],
                    "record_id": row["record_id"],
                    "reason": "Klage",
                    "placed_by": "bea",
                    "placed_at": 1.0,
                    "file_name": "x",
                    "metadata": {},
                    "access": {},
                    "lifted_at": dice.choice((None, None, 2.0)),
                }
                for n, row in enumerate(dice.sample(rows, min(len(rows), 300)), start=1)
            ),
        )
        self.put(
            releases,
            *(
                {
                    "release_id": f"f{n}",
                    "owner": row["tenant"],
                    "entry_id": row["id"],
                    "form": dice.choice(("whole", "whole", "redacted", "existence")),
                    "partners": dice.choice(partners[row["tenant"]]),
                    "until": dice.choice((NO_END, NO_END, 1)),
                    "purpose": "geheimwort",
                    "legal_basis": "geheimwort",
                    "shown_fields": [],
                    "state": (state := dice.choice(("shown", "shown", "shown", "pending", "recalled"))),
                    "reason": dice.choice(("recalled", "ended")) if state == "recalled" else None,
                    "sequence": 1,
                    "entry_sequence": 1,
                    "created_by": "bea",
                    "created_at": row["created_at"],
                    "recalled_at": row["created_at"] + 86_400 if state == "recalled" else None,
                    "changed_at": 1.0,
                }
                for partners in [
                    {
                        "erbach": (
                            ["*"],
                            ["michelstadt/alle"],
                            ["michelstadt/bauamt", "michelstadt/hauptamt", "oberzent/alle"],
                        ),
                        "michelstadt": (["*"], ["erbach/alle"], ["erbach/bauamt", "oberzent/alle"], ["oberzent/alle"]),
                    }
                ]
                for n, row in enumerate(dice.sample(shown, min(len(shown), 500)), start=1)
            ),
        )


def cells(table: Table) -> dict[Any, dict[str, Any]]:
    """The rows of a table by their first cell: cells by column, and the marks beside them."""
    return {
        row.cells[0]: dict(zip((c.name for c in table.columns), row.cells, strict=True)) | {"marks": dict(row.marks)}
        for row in table.rows
    }


def told(count: int, *, step: int = 1) -> int | None:
    """What is shown of a number that stands for itself."""
    return None if 0 < count < 5 else count // step * step
