"""What a town shows to others is held against its ledger on the real engine: no copy too many, none too open.

Changed past all locks, with the certificate of the engine's administrator: a copy deleted, one added that is the
original, one opened to everybody, and a redacted one given what belongs to the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from indexer.releases import ReleasePhase
from indexer.settings import LimitSettings
from mappings import released_index_name
from mappings.security import SYSTEM_SEES_OF_RELEASES, system_account
from records.ledger_release_work import LedgerReleaseWork
from records.ledger_releases import LedgerReleases
from records.reconciliation import Comparison, Difference
from records.refusals import Refusals
from records.release import Grounds, Redaction, ReleaseDraft, ReleaseForm, Shown, ShownField, parse_access
from records.settings import read_secret
from records.system_account import system_password
from tests.engine import Engine
from tests.integration.test_reconcile import MANAGER, Town
from tests.leaks.world import TENANTS, Paper

pytestmark = pytest.mark.stack

RELEASED = released_index_name("erbach")
REFUSALS = Refusals(departments=(), file_plans=())
WHOLE = Shown(ReleaseForm.WHOLE)
REDACTED = Shown(
    ReleaseForm.REDACTED, Redaction("Beispiel geschwärzt", ("Nur dies darf gelesen werden.",)), frozenset()
)
EXISTENCE = Shown(ReleaseForm.EXISTENCE, None, frozenset({ShownField.DOCUMENT_TYPE}))


class Sharing(Town):
    """A town that shows three of its papers to another, each in another form."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        super().__init__(engine, folder, 6)
        plain: dict[str, Any] = {
            "readers": frozenset({"alle"}),
            "deny": frozenset(),
            "confidential": False,
            "privacy": "normal",
            "department": "bauamt",
            "document_type": "Satzung",
        }
        shown = [replace(paper, **plain) for paper in self.papers[:3]]
        self.papers[:3] = shown
        self.system.take_in(shown)
        self.work = LedgerReleaseWork(self.system.ledger_settings, REFUSALS)
        self.releases = LedgerReleases(self.system.ledger_settings, REFUSALS)
        self.phase = ReleasePhase(
            work=self.work,
            vectors=self.system.ledger,
            extractor=self.system.extractor,
            embedder=self.system.embedder,
            writer=self.system.writer,
            limits=LimitSettings(),
            lease_seconds=30,
        )
        to = parse_access("erbach", ("oberzent",), None, TENANTS)
        self.whole, self.redacted, self.existence = (
            self.releases.create(
                MANAGER, ReleaseDraft(record_id, form, to, Grounds("Beispiel", "§ 22 HDSIG"))
            ).release_id
            for record_id, form in zip(self.ids, (WHOLE, REDACTED, EXISTENCE), strict=False)
        )
        self.follow()

    def follow(self) -> None:
        self.phase.bring_up()
        self.phase.embed()
        self.system.writer.refresh("erbach")

    def close(self) -> None:
        for one in (self.ledger, self.work, self.releases):
            one.close()

    def shown(self, *, repair: bool = False) -> Comparison:
        """Compare, and return what was found about releases."""
        found = self.compare(repair=repair)
        assert found.counts == {}, found.as_json()
        assert found.releases is not None
        return found.releases

    def copy(self, release_id: str) -> dict[str, Any]:
        return dict(self.admin.get(f"/{RELEASED}/_doc/{release_id}").raise_for_status().json())

    def alter(self, release_id: str, fields: dict[str, Any], *, version: int | None = None) -> None:
        before = self.copy(release_id)
        self.put_copy(release_id, before["_source"] | fields, before["_version"] if version is None else version)

    def put_copy(self, release_id: str, source: dict[str, Any], version: int) -> None:
        asked = {"version": str(version), "version_type": "external_gte"}
        self.admin.put(f"/{RELEASED}/_doc/{release_id}", params=asked, json=source).raise_for_status()

    def everything_shown(self) -> str:
        answer = self.admin.post(f"/{RELEASED}/_search", json={"size": 100, "query": {"match_all": {}}})
        return answer.raise_for_status().text


@pytest.fixture
def town(own_engine: Engine, tmp_path: Path) -> Iterator[Sharing]:
    made = Sharing(own_engine, tmp_path)
    yield made
    made.close()


def test_a_copy_too_many_or_too_open_is_found_and_put_right(town: Sharing) -> None:
    nothing = town.shown()
    assert (nothing.agrees, nothing.ledger, nothing.index.count) == (True, nothing.index, 3)

    # the original of the redacted one among what is shown, under an id of its own
    original = town.ids[1]
    town.put_copy(original, town.document(original)["_source"], 5)
    town.admin.delete(f"/{RELEASED}/_doc/{town.whole}").raise_for_status()
    town.alter(town.redacted, {"media_type": "application/pdf", "file_name": "Original.pdf"})
    town.alter(town.existence, {"partners": ["*"], "partner_ids": ["every"]})
    town.system.writer.refresh("erbach")
    assert town.papers[1].secret in town.everything_shown()

    found = town.shown()
    assert {one.record_id: one.difference for one in found.findings} == {
        town.whole: Difference.MISSING,
        original: Difference.UNKNOWN,
        town.redacted: Difference.RIGHTS,
        town.existence: Difference.RIGHTS,
    }
    assert (found.missing, found.extra, found.stale) == (1, 1, 2)
    # what is kept of it says so too
    [kept] = town.ledger.results(MANAGER, size=1)
    assert (kept["agrees"], kept["missing"], kept["releases"]["extra"]) == (False, 0, 1)

    repaired = town.shown(repair=True).repair
    assert repaired is not None
    assert (repaired.written_again, repaired.taken_out) == (3, 1)
    town.follow()
    after = town.shown()
    assert (after.agrees, after.index.count) == (True, 3), after.as_json()
    said = town.everything_shown()
    assert town.papers[0].secret in said
    # of what is redacted, or merely exists, no word of the original, and never the id of a record
    hidden: list[Paper] = town.papers[1:]
    assert [paper.name for paper in hidden if paper.secret in said or paper.file_reference in said] == []
    assert [record_id for record_id in town.ids if record_id in said] == []
    assert "Original.pdf" not in said


def test_a_recalled_copy_that_came_back_is_taken_out(town: Sharing) -> None:
    was = town.copy(town.redacted)
    town.releases.recall(MANAGER, town.redacted)
    assert town.shown().in_flight == 1
    town.follow()
    assert town.shown().agrees
    town.put_copy(town.redacted, was["_source"], was["_version"] + 20)
    found = town.shown(repair=True)
    assert [(one.record_id, one.difference) for one in found.findings] == [(town.redacted, Difference.REMOVED)]
    assert town.shown().index.count == 2


def test_the_account_behind_the_door_sees_no_word_of_what_is_shown(town: Sharing, own_engine: Engine) -> None:
    secret = read_secret(own_engine.folder / "system.secret")
    account = (system_account("erbach"), system_password(secret, "erbach"))
    everything = own_engine.http.post(f"/{RELEASED}/_search", json={"size": 100}, auth=account).raise_for_status()
    hits = everything.json()["hits"]["hits"]
    assert len(hits) == 3
    assert {name for hit in hits for name in hit["_source"]} <= set(SYSTEM_SEES_OF_RELEASES)
    assert town.papers[0].secret not in everything.text
    for field in ("title", "about", "pages.text"):
        query = {"query": {"match": {field: town.papers[0].secret}}}
        told = own_engine.http.post(f"/{RELEASED}/_search", json=query, auth=account).json()
        assert told.get("hits", {}).get("hits", []) == [], field
    foreign = own_engine.http.post(f"/{released_index_name('oberzent')}/_search", json={}, auth=account)
    assert foreign.status_code == 403
    every = own_engine.http.post("/released_*/_search", json={}, auth=account)
    assert every.status_code == 403 or {hit["_index"] for hit in every.json()["hits"]["hits"]} <= {RELEASED}
