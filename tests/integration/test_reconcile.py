"""Ledger and index are held against each other on the real engine: what was done behind our back is found and repaired.

Changed past all locks, with the certificate of the engine's administrator: a document deleted, one added, one set back
to an earlier version, one with other rights in each of the two locks, one that comes back after it was removed.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from indexer.reconcile import Reconciliation, reconciliation
from indexer.settings import IndexerSettings, TikaSettings
from mappings import index_name
from mappings.security import SYSTEM_SEES, system_account
from records.access import Role
from records.audit import AuditLog
from records.audit_tables import audit_engine
from records.audit_tables import entries as audit_entries
from records.errors import NotVisibleError
from records.index_versions import FirstIndexes
from records.ledger_reconciliation import LedgerReconciliation
from records.ledger_tables import State
from records.reconciliation import Comparison, Difference
from records.settings import BrokerSettings, EmbeddingSettings, read_secret
from records.system_account import system_password
from tests.engine import Engine
from tests.factories import principal
from tests.leaks.system import System
from tests.leaks.world import TENANTS, Paper, papers

pytestmark = pytest.mark.stack

INDEX = index_name("erbach")
NUMBER = 24
FORGETS_WITHIN = 60
MANAGER = principal("erbach", roles=(Role.RECORDS_MANAGER,))


class Town:
    """One town with papers in ledger and index, and a way to change the index behind our back."""

    def __init__(self, engine: Engine, folder: Path, number: int) -> None:
        self.system = System(engine, folder)
        made = papers("Abgleich", number, ["erbach"])
        self.papers = [replace(paper, readers=frozenset({"bauamt"})) for paper in made]
        self.ids = self.system.take_in(self.papers)
        self.ledger = LedgerReconciliation(self.system.ledger_settings)
        self.comparing = self._comparing(engine)
        self.admin = engine.admin

    def _comparing(self, engine: Engine) -> Reconciliation:
        system = self.system
        settings = IndexerSettings(
            tenants=TENANTS,
            files=system.folder / "files",
            opensearch=engine.settings.model_copy(update={"system_secret_file": engine.folder / "system.secret"}),
            ledger=system.ledger_settings,
            embedding=EmbeddingSettings(url="http://127.0.0.1:9", secret_file=engine.folder / "system.secret"),
            broker=BrokerSettings(url="redis://127.0.0.1:9/0"),
            tika=TikaSettings(url="http://127.0.0.1:9"),
        )
        return reconciliation(
            settings,
            ledger=self.ledger,
            audit=AuditLog(system.audit_settings),
            versions=FirstIndexes(),
            writer=system.writer,
            queue=system,
        )

    def compare(self, *, repair: bool = False) -> Comparison:
        return self.comparing.run("erbach", by="pruefung", repair=repair)

    def document(self, record_id: str) -> dict[str, Any]:
        return dict(self.admin.get(f"/{INDEX}/_doc/{record_id}").raise_for_status().json())

    def change(self, record_id: str, fields: dict[str, Any], *, version: int | None = None) -> None:
        """Write a document with some fields changed, under the version it has or another."""
        before = self.document(record_id)
        self.put(record_id, before["_source"] | fields, before["_version"] if version is None else version)

    def put(self, record_id: str, source: dict[str, Any], version: int) -> None:
        asked = {"version": str(version), "version_type": "external_gte"}
        self.admin.put(f"/{INDEX}/_doc/{record_id}", params=asked, json=source).raise_for_status()

    def put_once_forgotten(self, record_id: str, source: dict[str, Any], version: int) -> None:
        """Write under a version below that of its deletion, as soon as the engine no longer knows the deletion."""
        self.admin.put(f"/{INDEX}/_settings", json={"index.gc_deletes": "1ms"}).raise_for_status()
        before = time.monotonic() + FORGETS_WITHIN
        while True:
            # the engine forgets when it refreshes, by a clock of its own
            self.system.writer.refresh("erbach")
            try:
                self.put(record_id, source, version)
            except httpx.HTTPStatusError as error:
                if error.response.status_code != httpx.codes.CONFLICT or time.monotonic() > before:
                    raise
                time.sleep(0.2)
            else:
                break
        self.admin.put(f"/{INDEX}/_settings", json={"index.gc_deletes": "1h"}).raise_for_status()

    def delete(self, record_id: str) -> None:
        self.admin.delete(f"/{INDEX}/_doc/{record_id}").raise_for_status()


@pytest.fixture
def town(own_engine: Engine, tmp_path: Path) -> Iterator[Town]:
    made = Town(own_engine, tmp_path, NUMBER)
    yield made
    made.ledger.close()


def test_what_was_done_behind_our_back_is_found_and_repaired(town: Town) -> None:
    nothing = town.compare()
    assert nothing.agrees, nothing.as_json()
    assert (nothing.ledger, nothing.index.count, nothing.listed) == (nothing.index, NUMBER, 0)

    lost, added, old, lock_1, lock_2, gone = *town.ids[:4], town.ids[4], town.ids[5]
    added = "2" * 26
    town.put(added, town.document(town.ids[6])["_source"] | {"record_id": added}, 7)
    town.delete(lost)
    # as if a write had never come: gone, and there again as it was earlier
    town.delete(old)
    town.system.writer.refresh("erbach")
    before = town.document(town.ids[7])["_source"]
    town.put_once_forgotten(old, before | {"record_id": old}, 1)
    town.change(lock_1, {"readers": ["erbach/alle"]})
    town.change(lock_2, {"reader_ids": ["abcdefghijkl"]})
    was = town.document(gone)
    town.system.remove([town.papers[5]])
    town.put(gone, was["_source"], was["_version"] + 10)

    found = town.compare()
    told = {one.record_id: one.difference for one in found.findings}
    assert told == {
        lost: Difference.MISSING,
        added: Difference.UNKNOWN,
        old: Difference.OLDER,
        lock_1: Difference.RIGHTS,
        lock_2: Difference.RIGHTS,
        gone: Difference.REMOVED,
    }
    assert (found.missing, found.extra, found.stale) == (1, 2, 3)
    assert (found.ledger.count, found.index.count) == (NUMBER - 1, NUMBER)
    assert 0 < found.listed <= 7
    assert found.buckets > found.listed

    repaired = town.compare(repair=True)
    assert repaired.repair is not None
    assert (repaired.repair.written_again, repaired.repair.taken_out, repaired.repair.left) == (4, 2, 0)
    after = town.compare()
    assert after.agrees, after.as_json()
    assert after.index.count == NUMBER - 1
    assert town.document(lock_1)["_source"]["readers"] == ["erbach/bauamt"]
    # what was taken out can come back, whatever version it had behind our back
    assert town.system.take_in([town.papers[5]]) == [gone]
    assert town.compare().agrees
    # nothing of this was read or embedded again
    assert town.document(lost)["_source"]["vectors"] == "done"


def test_a_ledger_that_was_set_back_does_not_empty_the_index(town: Town) -> None:
    with town.ledger.engine.begin() as connection:
        connection.execute(sa.text("delete from entries where id > 8"))
    found = town.compare(repair=True)
    assert (found.extra, found.missing) == (NUMBER - 8, 0)
    assert found.repair is not None
    assert (found.repair.left, found.repair.taken_out) == (NUMBER - 8, 0)
    assert town.compare().index.count == NUMBER


def test_what_is_being_worked_on_is_no_finding(town: Town) -> None:
    some: list[Paper] = random.Random("Arbeit").sample(town.papers, 3)
    # told to the ledger, and not yet in the index
    town.system.tell([replace(paper, readers=frozenset({"hauptamt"})) for paper in some])
    found = town.compare(repair=True)
    assert found.agrees, found.as_json()
    assert found.in_flight == 3
    assert found.ledger.count == found.index.count
    assert found.ledger.hash != found.index.hash
    town.system.pipeline.index(town.system.entry_ids(some))
    assert town.compare().agrees


def test_each_look_past_the_rights_is_in_the_audit_log(town: Town) -> None:
    town.compare()
    with audit_engine(town.system.audit_settings).connect() as connection:
        rows = connection.execute(sa.select(audit_entries)).mappings().all()
    # the records, and what is shown to other towns
    assert [(r["tenant"], r["subject"], r["kind"]) for r in rows] == [("erbach", "pruefung", "system")] * 2
    assert ["Freigaben" in row["purpose"] for row in rows] == [False, True]
    assert all("reconcile" in row["purpose"] for row in rows)
    # and the result is for the records managers of the town
    [kept] = town.ledger.results(MANAGER, size=5)
    assert kept["agrees"]
    assert town.ledger.results(principal("oberzent", roles=(Role.RECORDS_MANAGER,)), size=5) == ()
    with pytest.raises(NotVisibleError):
        town.ledger.results(principal("erbach", "bauamt"), size=5)


def test_the_account_behind_the_door_sees_no_word(town: Town, own_engine: Engine) -> None:
    """It sees ids, versions and rights of its own town: no text by any way of asking, no other town, no writing."""
    secret = read_secret(own_engine.folder / "system.secret")
    account = (system_account("erbach"), system_password(secret, "erbach"))
    word = town.papers[0].secret

    def ask(method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return own_engine.http.request(method, path, json=body, auth=account)

    everything = ask("POST", f"/{INDEX}/_search", {"size": 100, "version": True}).raise_for_status()
    hits = everything.json()["hits"]["hits"]
    assert len(hits) == NUMBER
    assert {name for hit in hits for name in hit["_source"]} <= set(SYSTEM_SEES)
    assert word not in everything.text
    # by the administrator the same word is found, so it is there to be found
    for query in (
        {"match": {"title": word}},
        {"match": {"about": word}},
        {"match": {"pages.text": word}},
        {"query_string": {"query": word}},
        {"nested": {"path": "pages", "query": {"match": {"pages.text": word}}}},
    ):
        told = ask("POST", f"/{INDEX}/_search", {"query": query}).json()
        assert told.get("hits", {}).get("hits", []) == [], query
    body = {"size": 0, "aggs": {"t": {"terms": {"field": "file_name"}}, "w": {"terms": {"field": "title_words"}}}}
    assert not any(agg["buckets"] for agg in ask("POST", f"/{INDEX}/_search", body).json()["aggregations"].values())
    shown = {"docvalue_fields": ["file_name", "file_reference"], "stored_fields": ["*"], "size": 100}
    assert town.papers[0].file_reference not in ask("POST", f"/{INDEX}/_search", shown).text
    for method, path, content in (
        ("GET", f"/{INDEX}/_doc/{town.ids[0]}", None),
        ("POST", f"/{INDEX}/_termvectors", {"doc": {"title": word}, "fields": ["title"], "term_statistics": True}),
        ("POST", f"/{index_name('oberzent')}/_search", {}),
        ("POST", "/records_*/_search", {}),
        ("POST", "/released_oberzent_v1/_search", {}),
        ("PUT", f"/{INDEX}/_doc/x", {"title": "x"}),
        ("POST", f"/{INDEX}/_delete_by_query", {"query": {"match_all": {}}}),
        ("GET", f"/{INDEX}/_mapping", None),
    ):
        assert ask(method, path, content).status_code in {403, 404}, (method, path)
    other = (system_account("oberzent"), system_password(secret, "erbach"))
    assert own_engine.http.post(f"/{INDEX}/_search", json={}, auth=other).status_code == 401
    assert json.loads(everything.text)["hits"]["hits"][0]["_version"] > 0


def test_entries_in_quarantine_are_not_missed(town: Town) -> None:
    with town.ledger.engine.begin() as connection:
        asked = "update entries set state = 'quarantined', reason = 'damaged', indexed_version = null where id = 1"
        connection.execute(sa.text(asked))
    town.delete(town.ids[0])
    assert town.compare().agrees
    assert town.system.ledger.states([1]) == {1: State.QUARANTINED}
