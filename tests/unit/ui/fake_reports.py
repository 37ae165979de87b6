"""What the fake API tells those who make reports: two reports, with hidden figures and hostile names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from records.reports.values import Column, Row, Table
from search_api.charts import chart

Refusal = Callable[[Request], Response | None]

HOSTILE = 'Amt $x^2 <script>alert(1)</script> & "Söhne"'  # fmt: skip


def _row(marks: dict[str, str] | None = None, *, total: bool = False, **cells: Any) -> dict[str, Any]:
    return {"cells": cells, "marks": marks or {}, "total": total}


def _table(
    name: str, title: str, columns: dict[str, tuple[str, str | None]], rows: list[dict[str, Any]], note: str = ""
) -> dict[str, Any]:
    heads = [{"name": column, "title": said, "unit": unit} for column, (said, unit) in columns.items()]
    return {"name": name, "title": title, "note": note, "columns": heads, "rows": rows, "chart": bool(rows)}


class FakeReports:
    """The part of the fake API for reports; `asked` keeps the addresses that were asked."""

    def __init__(self) -> None:
        self.makes_them = False
        self.asked: list[str] = []
        self.empty = False

    def tables(self) -> list[dict[str, Any]]:
        months = [
            _row(month="2026-01", added=12, left=0),
            _row({"added": "small", "left": "covered"}, month="2026-02", added=None, left=None),
            _row({"added": "at_least"}, month="2026-03", added=1230, left=7),
            _row({"added": "at_least"}, month="Summe", added=1242, left=7, total=True),
        ]
        growth = _table(
            "month",
            "Zuwachs nach Monat",
            {"month": ("Monat", None), "added": ("Hinzugekommen", "records"), "left": ("Entfernt", "records")},
            [] if self.empty else months,
            note="Der laufende Monat ist auf ein Vielfaches von fünf abgerundet.",
        )
        divided = _table(
            "department",
            "Nach Amt",
            {"department": ("Amt", None), "records": ("Unterlagen", "records"), "megabytes": ("Megabyte", "MB")},
            [] if self.empty else [_row(department=HOSTILE, records=40, megabytes=3)],
        )
        return [growth, divided]

    def open(self, app: FastAPI, refusal: Refusal) -> None:
        """Add the routes."""
        kind = {
            "name": "holdings",
            "title": "Bestand",
            "title_en": "Holdings",
            "description": "Unterlagen und Zuwachs.",
            "description_en": "Records and growth.",
        }

        @app.get("/v1/reports")
        def listed(request: Request) -> Any:
            return refusal(request) or {"reports": [kind]}

        @app.get("/v1/reports/holdings")
        def holdings(request: Request) -> Any:
            if refused := refusal(request):
                return refused
            self.asked.append(str(request.url.query))
            asked = request.query_params
            if asked.get("from") == "2026-13":
                return JSONResponse({"errors": [{"field": "from"}]}, 422)
            if asked.get("format") == "svg":
                return self._chart(asked["by"])
            if asked.get("format") in {"pdf", "json"}:
                return Response(asked["format"], media_type=f"application/{asked['format']}")
            if asked.get("format") == "csv":
                named = {"content-disposition": 'attachment; filename="holdings.csv"'}
                return Response("Bericht,Bestand\n", media_type="text/csv; charset=utf-8", headers=named)
            return {
                "name": "holdings",
                "title": "Bestand",
                "tenant": "erbach",
                "from": f"{asked.get('from', '2026-01')}-01",
                "to": f"{asked.get('to', '2026-03')}-28",
                "made_at": "2026-03-05T10:00:00+00:00",
                "tables": self.tables(),
            }

    def ready(self, app: FastAPI, refusal: Refusal) -> None:
        """Add the routes of ready-made reports: one that is as it should be, one whose template cannot be used."""
        words = {"title_en": "Year", "description": "Für Gremien.", "description_en": "For councils."}
        kinds = [
            {"name": "jahr", "title": "Jahresbericht", "problem": None, **words},
            {"name": "kaputt", "title": "kaputt", "problem": "kaputt.md, Zeile 1: der Kopf fehlt", **words},
        ]

        @app.get("/v1/ready-reports")
        def listed(request: Request) -> Any:
            return refusal(request) or {"reports": kinds}

        @app.get("/v1/ready-reports/{name}")
        def one(request: Request, name: str) -> Any:
            if refused := refusal(request):
                return refused
            self.asked.append(str(request.url.query))
            if name != "jahr":
                return JSONResponse({"detail": "template: kaputt.md, Zeile 1: der Kopf fehlt"}, 422)
            if request.query_params.get("format") == "pdf":
                return Response("%PDF", media_type="application/pdf")
            spans = [{"text": "Es sind "}, {"text": HOSTILE, "strong": True}]
            [growth, _] = self.tables()
            return {
                "name": "jahr",
                "title": "Jahresbericht",
                "from": "2025-01-01",
                "to": "2025-12-31",
                "made_at": "2026-03-05T10:00:00+00:00",
                "blocks": [
                    {"kind": "heading", "level": 1, "spans": [{"text": "Das Jahr"}]},
                    {"kind": "paragraph", "spans": spans},
                    {"kind": "item", "level": 1, "spans": [{"text": "zu tun", "emphasis": True}]},
                    {"kind": "chart", "report": "holdings", "table": growth},
                    {"kind": "table", "report": "holdings", "table": growth},
                ],
            }

    def _chart(self, name: str) -> Response:
        for told in self.tables():
            if told["name"] == name and told["chart"]:
                columns = tuple(Column(**column) for column in told["columns"])
                rows = tuple(Row(tuple(row["cells"].values()), row["marks"], row["total"]) for row in told["rows"])
                return Response(chart(Table(name, told["title"], columns, rows)), media_type="image/svg+xml")
        return JSONResponse({"detail": "there is nothing to draw"}, 404)
