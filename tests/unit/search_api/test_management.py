"""Routes for records managers: quarantine, agreements, receipts, holds, retention, reconciliations, their figures."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from records.audit_chain import Kind
from records.ledger import Ledger
from records.ledger_tables import migrate
from records.ledger_values import Done, Fault, Seen
from records.reasons import Reason
from records.record import Metadata, TextState
from search_api.management import LedgerFigures
from tests.factories import access


@pytest.fixture
def ledger(world: Any) -> Any:
    migrate(world.ledger_settings)
    made = Ledger(world.ledger_settings)
    yield made
    made.close()


def put(ledger: Ledger, path: str, *, readers: str = "bauamt", fault: Fault | None = None, **metadata: Any) -> str:
    seen = Seen(path, path, "1", "0" * 64, 3, 1.0, Metadata(f"Beispiel {path}", **metadata), access("erbach", readers))
    ids = ledger.note(ledger.source("erbach", "folder", "/srv/akten"), [seen])
    [entry] = ledger.claim(ids, "w", 30)
    ledger.finish([Done(entry, fault=fault, text_state=TextState.FULL)], "w")
    return entry.record_id


def ask(world: Any, method: str, path: str, body: Any = None, *, expect: int = 200) -> Any:
    token = world.issuer.token("bauamt", roles=["records-manager"])
    answer = world.ask(method, path, token=token, **({} if body is None else {"json": body}))
    assert answer.status_code == expect, answer.text
    return answer.json()


def test_retry_by_file_and_by_cause(world: Any, ledger: Ledger) -> None:
    one = put(ledger, "a.pdf", fault=Fault(Reason.DAMAGED))
    put(ledger, "b.pdf", fault=Fault(Reason.DAMAGED))
    assert ask(world, "POST", "/v1/quarantine/retry", {"record_id": one}) == {"retried": 1, "not_read": 0}
    assert ask(world, "POST", "/v1/quarantine/retry", {"reason": "damaged"}) == {"retried": 1, "not_read": 0}
    assert (
        ask(world, "POST", "/v1/quarantine/retry", {"reason": "nichts"}, expect=422)["errors"][0]["field"] == "reason"
    )
    ask(world, "POST", "/v1/quarantine/retry", {"record_id": one}, expect=404)
    ask(world, "POST", "/v1/quarantine/retry", {"alles": True}, expect=422)


def test_a_hold_and_its_end(world: Any, ledger: Ledger) -> None:
    one = put(ledger, "a.pdf")
    placed = ask(world, "POST", "/v1/holds", {"record_id": one, "reason": "Klage"})
    assert [hold["hold_id"] for hold in ask(world, "GET", "/v1/holds")["holds"]] == [placed["hold_id"]]
    assert ask(world, "DELETE", f"/v1/holds/{placed['hold_id']}")["lifted_by"] == "bea"
    ask(world, "DELETE", "/v1/holds/999", expect=404)
    ask(world, "DELETE", "/v1/holds/x", expect=404)


def test_what_the_archive_is_offered_is_written_down_where_it_is_named(world: Any, ledger: Ledger) -> None:
    end = dt.date(2020, 12, 31)
    mine = put(ledger, "a.pdf", retention_end=end)
    theirs = put(ledger, "b.pdf", readers="kaemmerei", retention_end=end)
    told = ask(world, "GET", "/v1/retention")
    assert (told["total"], told["cursor"]) == (2, None)
    assert {one["record_id"]: one["title"] for one in told["records"]} == {mine: "Beispiel a.pdf", theirs: None}
    [event] = world.log.events
    assert (event.kind, event.record_ids) == (Kind.RETENTION, (mine,))


def test_receipts_tell_no_word(world: Any, ledger: Ledger) -> None:
    one = put(ledger, "geheimwort.pdf")
    ledger.leave(list(ledger.states([1])))
    told = ask(world, "GET", "/v1/deletions")
    assert [receipt["record_id"] for receipt in told["deletions"]] == [one]
    assert "geheimwort" not in str(told)


def test_figures_name_nobody_and_survive_a_silent_ledger(world: Any, ledger: Ledger) -> None:
    put(ledger, "a.pdf")
    ledger.leave([1])
    world.parts.metrics.also(LedgerFigures(world.parts.management))
    said = world.client.get("/metrics").text
    assert "aktensuche_deletions_waiting 1.0" in said
    assert 'aktensuche_time_to_gone_seconds_count{step="erased"} 0.0' in said
    assert "erbach" not in said
    ledger.close()
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("drop table deletions")
    assert "aktensuche_api" in world.with_parts(metrics=world.parts.metrics).get("/metrics").text
