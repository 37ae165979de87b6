"""What the fake API tells records managers: two sources, files in quarantine, receipts, holds, a comparison."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

Refusal = Callable[[Request], Response | None]

_NOW = "2024-06-03T09:12:00+00:00"
_ADVICE = "Prüfen, ob sich die Datei öffnen lässt; sonst aus dem Ursprung oder der Sicherung neu ablegen."


def _file(number: int, code: str, reason: str, advice: str, *, can_retry: bool) -> dict[str, Any]:
    return {
        "record_id": f"q{code}{number}",
        "source": "/srv/akten/bauamt",
        "source_id": None,
        "path": f"2023/{code}/Anlage {number} <b>.pdf",
        "reason": reason,
        "advice": advice,
        "since": _NOW,
        "code": code,
        "can_retry": can_retry,
    }


class FakeManagement:
    """The part of the fake API for records managers; what was decided is kept for the tests to look at."""

    def __init__(self) -> None:
        self.decided: list[tuple[str, Any]] = []
        self.sources: list[dict[str, Any]] = [
            {
                "name": "folder-1", "kind": "folder", "location": "/srv/akten/bauamt", "state": "held", "held": 37,
                "counts": {"indexed": 1204, "pending": 90, "quarantined": 6}, "errors": {"damaged": 5, "sidecar": 1},
                "last_sync_at": _NOW, "rate_per_minute": 45, "remaining_seconds": 120,
            },
            {"name": "oparl-2", "kind": "oparl", "location": "https://rat.example/oparl", "state": "idle",
             "counts": {"indexed": 318}, "last_sync_at": _NOW},
        ]  # fmt: skip
        damaged = [_file(n, "damaged", "Die Datei ist beschädigt.", _ADVICE, can_retry=True) for n in range(5)]
        sidecar = "Die Begleitdatei mit den Angaben zur Datei ist fehlerhaft. (date: ist kein Datum)"
        self.quarantine = [
            *damaged,
            _file(9, "sidecar", sidecar, "Die Begleitdatei (.meta.json) wie beschrieben berichtigen.", can_retry=False),
        ]
        side = {"count": 1522, "hash": "5c1f0a9be2" + "0" * 54}
        agreeing = {
            "by": "aktensuche", "ended_at": _NOW, "seconds": 1.2, "agrees": True, "missing": 0, "extra": 0, "stale": 0,
            "in_flight": 3, "ledger": side, "index": side, "findings": [], "repair": {"written_again": 0},
        }  # fmt: skip
        findings = [
            {"record_id": "b" * 26, "difference": "missing", "in_ledger": 4, "in_index": None},
            {"record_id": "c" * 26, "difference": "rights", "in_ledger": 6, "in_index": 7},
        ]
        differing = agreeing | {
            "agrees": False, "missing": 1, "stale": 1, "findings": findings,
            "repair": {"written_again": 2, "taken_out": 0},
            "releases": {
                "agrees": False, "missing": 0, "extra": 1, "stale": 0, "ledger": {"count": 7, "hash": "0" * 64},
                "index": {"count": 8, "hash": "1" * 64}, "repair": {"written_again": 0, "taken_out": 1},
                "findings": [{"record_id": "r" * 26, "difference": "unknown", "in_ledger": None, "in_index": 2}],
            },
        }  # fmt: skip
        self.comparisons = [differing, agreeing]
        self.receipts = [
            {"record_id": "d" * 26, "source": "folder-1", "left_at": _NOW},
            {"record_id": "e" * 26, "source": "folder-1", "left_at": _NOW, "unindexed_at": _NOW, "held": True},
            {"record_id": "f" * 26, "source": "folder-1", "left_at": _NOW, "unindexed_at": _NOW, "erased_at": _NOW,
             "seconds_to_gone": 61.4},
            {"record_id": "g" * 26, "source": "folder-1", "left_at": _NOW, "returned_at": _NOW},
        ]  # fmt: skip
        self.due = [
            {"record_id": "r1", "source": "folder-1", "retention_end": "2019-12-31", "title": "Bauakte <b> 4",
             "file_reference": "632.10/4", "held": True},
            {"record_id": "h" * 26, "source": "folder-1", "retention_end": "2021-12-31"},
        ]  # fmt: skip
        self.holds = [
            {"hold_id": "1", "record_id": "r1", "reason": "Klage 4 K 12/24 <b>", "placed_by": "Rita Beispiel",
             "placed_at": _NOW, "at_source": True},
            {"hold_id": "2", "record_id": "e" * 26, "reason": "Amtshaftung", "placed_by": "Rita Beispiel",
             "placed_at": _NOW, "at_source": False},
        ]  # fmt: skip

    def open(self, app: FastAPI, refusal: Refusal) -> None:
        """Add the routes."""
        for path, answer in {
            "/v1/sources": lambda: self.sources,
            "/v1/jobs": lambda: {"pending": 90, "indexed": 1522, "quarantined": 6, "vectors_pending": 41},
            "/v1/quarantine": lambda: self.quarantine,
            "/v1/reconciliations": lambda: self.comparisons,
            "/v1/deletions": lambda: {"deletions": self.receipts, "cursor": None},
            "/v1/retention": lambda: {"total": len(self.due), "records": self.due, "cursor": None},
            "/v1/holds": lambda: {"holds": self.holds},
        }.items():
            app.add_api_route(path, self._answering(refusal, answer), methods=["GET"])
        self._decisions(app, refusal)

    @staticmethod
    def _answering(refusal: Refusal, answer: Callable[[], Any]) -> Callable[[Request], Any]:
        def route(request: Request) -> Any:
            return refusal(request) or answer()

        return route

    def _decisions(self, app: FastAPI, refusal: Refusal) -> None:
        def noted(request: Request, what: str, value: Any, answer: Any) -> Any:
            if refused := refusal(request):
                return refused
            self.decided.append((what, value))
            return answer

        @app.get("/v1/sources/{name}/missing")
        def missing(request: Request, name: str) -> Any:
            return refusal(request) or [{"record_id": f"m{n}", "path": f"2020/Vermerk <i> {n}.pdf"} for n in range(30)]

        @app.post("/v1/sources/{name}/agree")
        def agree(request: Request, name: str, body: dict[str, Any]) -> Any:
            if body["held"] != self.sources[0]["held"]:
                return _refused(422)
            return noted(request, f"agree {name}", body["held"], {"source": name, "held": body["held"]})

        @app.post("/v1/quarantine/retry")
        def retry(request: Request, body: dict[str, Any]) -> Any:
            return noted(request, "retry", body, {"retried": 5, "not_read": 0})

        @app.post("/v1/holds")
        def place(request: Request, body: dict[str, Any]) -> Any:
            if body["record_id"] != "r1":
                return _refused(404)
            return noted(request, "hold", body, self.holds[0])

        @app.delete("/v1/holds/{hold_id}")
        def lift(request: Request, hold_id: str) -> Any:
            return noted(request, "lift", hold_id, self.holds[0])


def _refused(status: int) -> JSONResponse:
    body = {"type": "about:blank", "title": "problem", "status": status, "detail": "no", "errors": []}
    return JSONResponse(body, status, None, "application/problem+json")
