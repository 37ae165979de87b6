"""A town in which every example of the OpenAPI document has something to be about.

The ledger, the log of usage and the kept files are real, the index and the embedder stand in memory.
"""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from typing import Any

import httpx
from reportlab.pdfgen.canvas import Canvas

from records.ledger import Ledger
from records.ledger_access import LedgerAccess
from records.ledger_releases import LedgerReleases
from records.ledger_reports import LedgerReports
from records.ledger_tables import migrate
from records.ledger_values import Done, Fault, Seen
from records.reasons import Reason
from records.reconciliation import Comparison, Difference, Finding, Side
from records.record import Metadata, Original, TextState
from records.refusals import Refusals
from records.usage import Miss, Usage
from search_api.usage import UsageRecorder
from tests.factories import access, record

TEXT = (
    "Die Kastanie auf dem Marktplatz 3 darf nach § 2 der Baumschutzsatzung nicht gefällt werden, weil sie "
    "standsicher ist. Die Baumfällung wird abgelehnt."
)
ROLES = ["records-manager", "privacy", "reports"]
_LONG_AGO = dt.date(2020, 12, 31)


class ExampleTown:
    """Erbach, with the records that the examples name."""

    def __init__(self, world: Any) -> None:
        self.world = world
        settings = world.ledger_settings
        migrate(settings)
        self.ledger = Ledger(settings)
        self.releases = LedgerReleases(settings, Refusals(departments=(), file_plans=()))
        self.figures = Usage(settings, "x" * 40)
        self._ids: dict[str, int] = {}
        self.usage = UsageRecorder(self.figures)
        self._fill()
        self.client = world.with_parts(
            tenants=("erbach", "michelstadt", "oberzent"),
            ledger=LedgerReports(self.ledger),
            releases=self.releases,
            rights=LedgerAccess(settings),
            figures=self.figures,
            usage=self.usage,
        )
        self.token = world.issuer.token("bauamt", "umwelt", roles=ROLES)
        self.names |= self._given()

    def close(self) -> None:
        self.usage.close()
        self.figures.close()
        self.releases.close()
        self.ledger.close()

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        return self.client.request(method, path, headers=headers, **more)  # type: ignore[return-value]

    def really(self, value: Any) -> Any:
        """Return a part of an example with the names that things have here."""
        if isinstance(value, dict):
            return {key: self.really(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.really(one) for one in value]
        return self.names.get(value, value) if isinstance(value, str) else value

    def _fill(self) -> None:
        self._source = self.ledger.source("erbach", "folder", "/srv/akten")
        tree = Metadata(
            "Fällung einer Kastanie",
            source_id="A-4711",
            file_reference="632.6-14/2024",
            file_plan="632.6",
            document_type="Bescheid",
            date=dt.date(2024, 3, 7),
            department="bauamt",
            case_type="Baumfällung",
            case_reference="V 14/2024",
            retention_end=_LONG_AGO,
        )
        first = self._keep("kastanie.pdf", tree)
        second = self._keep("linde.pdf", replace(tree, title="Fällung einer Linde", file_reference="632.6-15/2024"))
        self._keep("beschaedigt.pdf", Metadata("Beispiel"), fault=Fault(Reason.DAMAGED))
        gone = self._keep("gelöscht.pdf", Metadata("Beispiel"))
        self._keep("verschwunden.pdf", Metadata("Beispiel"))
        self.ledger.leave([self._ids[gone]])
        self.ledger.miss(self._source, ["verschwunden.pdf"])
        self.ledger.synced(self._source, {"seen": 4})
        self._index(first, "kastanie.pdf", TEXT, tree)
        self._index(second, "linde.pdf", TEXT.replace("Kastanie", "Linde"), replace(tree, title="Fällung einer Linde"))
        self._compared(second)
        today = dt.datetime.now(dt.UTC).date()
        self.figures.add({}, [Miss("erbach", today, "zisternensatzung", f"person-{n}") for n in range(6)])
        self.names = {"beispiel-0001": first, "folder-3": self._source.name}

    def _keep(self, path: str, metadata: Metadata, *, fault: Fault | None = None) -> str:
        seen = Seen(path, path, "1", "0" * 64, 3, 1.0, metadata, access("erbach", "bauamt"))
        ids = self.ledger.note(self._source, [seen])
        [entry] = self.ledger.claim(ids, "w", 30)
        done = Done(
            entry, fault=fault, text_state=None if fault else TextState.FULL, page_count=1, recognised=((1, 42),)
        )
        self.ledger.finish([done], "w")
        self._ids[entry.record_id] = entry.id
        return entry.record_id

    def _index(self, record_id: str, name: str, text: str, metadata: Metadata) -> None:
        made = io.BytesIO()
        page = Canvas(made)
        page.drawString(72, 720, "Beispiel")
        page.showPage()
        page.save()
        sha256, size = self.world.files.keep(io.BytesIO(made.getvalue()), limit=1 << 24)
        one = record(record_id, text, title=metadata.title)
        kept = Original(name, "application/pdf", size, sha256)
        self.world.put(replace(one, metadata=metadata, original=kept))

    def _compared(self, record_id: str) -> None:
        self.world.parts.management.comparisons.keep(
            Comparison(
                tenant="erbach",
                by="aktensuche",
                ended_at=dt.datetime(2026, 6, 1, 2, 0, tzinfo=dt.UTC),
                seconds=0.4,
                ledger=Side(4, "9c1185a5c5e9fc54"),
                index=Side(4, "f1d2d2f924e986ac"),
                buckets=256,
                listed=1,
                counts={Difference.OLDER: 1},
                findings=(Finding(record_id, Difference.OLDER, 6, 4),),
                in_flight=0,
            )
        )

    def _given(self) -> dict[str, str]:
        """Give a release, a rule and a hold; returns their ids by those of the examples."""
        grounds = {"partners": ["michelstadt"], "purpose": "Vergleich", "legal_basis": "§ 22 HDSIG"}
        whole = grounds | {"record_id": self.names["beispiel-0001"], "form": "whole"}
        rule = grounds | {"document_type": "Satzung"}
        hold = {"record_id": self.names["beispiel-0001"], "reason": "Klage"}
        return {
            "mzxw6ytboi3dimjsgm2tmnzyhe": self._id("/v1/releases", whole, "release_id"),
            "nfxgizlyebuxg5dsmvqw2zlemm": self._id("/v1/release-rules", rule, "rule_id"),
            "17": self._id("/v1/holds", hold, "hold_id"),
        }

    def _id(self, path: str, body: Any, name: str) -> str:
        answer = self.ask("POST", path, json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()[name])
