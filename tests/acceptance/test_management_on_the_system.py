"""What records managers decide, on the running system: agreeing to a removal, retrying, holding; and the comparison."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stack import Stack

pytestmark = pytest.mark.stack

TENANT, WORD = "michelstadt", "Verwaltungswort"
NUMBER = 14


@pytest.fixture(scope="module")
def folder(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("verwaltung")
    for number in range(NUMBER):
        (place / f"{number:02}.txt").write_text(f"Beispiel {WORD} {number}\n", encoding="utf-8")
        about = {"readers": ["bauamt"], "title": f"Beispiel {number:02}", "retention_end": "2020-12-31"}
        (place / f"{number:02}.txt.meta.json").write_text(json.dumps(about), encoding="utf-8")
    (place / "kaputt.pdf").write_bytes(b"%PDF-1.7 nichts dahinter")
    told = stack.json("import", str(place), "--tenant", TENANT)
    assert (told["indexed"], told["quarantined"]) == (NUMBER, 1)
    # a record is written once more with its vectors; what is compared must not move
    stack.wait_vectors(TENANT)
    return place


@pytest.fixture
def manager(stack: Stack) -> Iterator[httpx.Client]:
    with stack.client(TENANT, ("bauamt",), ("records-manager",)) as client:
        yield client


def _json(answer: httpx.Response) -> Any:
    return answer.raise_for_status().json()


def _wait(condition: Callable[[], bool], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.5)


def _ids(client: httpx.Client) -> list[str]:
    body = {"query": WORD, "mode": "keyword", "size": 50, "sort": "title"}
    return [hit["record_id"] for hit in _json(client.post("/v1/search", json=body))["hits"]]


def test_ledger_index_and_folder_agree_and_the_result_is_kept(
    stack: Stack, folder: Path, manager: httpx.Client
) -> None:
    told = stack.json("reconcile", "--tenant", TENANT)
    assert told["agrees"], told
    [town] = told["tenants"]
    assert town["ledger"] == town["index"]
    assert town["ledger"]["count"] >= NUMBER
    [source] = [one for one in told["sources"] if one["location"] == str(folder)]
    assert source["agrees"], source
    kept = _json(manager.get("/v1/reconciliations?size=1"))[0]
    assert (kept["ledger"], kept["by"].startswith("aktensuche")) == (town["ledger"], True)
    (folder / "noch-nicht-gelesen.txt").write_text("Beispiel", encoding="utf-8")
    told = stack.json("reconcile", "--tenant", TENANT)
    [source] = [one for one in told["sources"] if one["location"] == str(folder)]
    assert (told["agrees"], source["unknown"]["named"]) == (True, ["noch-nicht-gelesen.txt"])
    (folder / "noch-nicht-gelesen.txt").unlink()


def test_a_file_in_quarantine_is_read_again_on_request(stack: Stack, folder: Path, manager: httpx.Client) -> None:
    [broken] = [one for one in _json(manager.get("/v1/quarantine")) if one["path"] == "kaputt.pdf"]
    assert broken["can_retry"]
    told = stack.json("quarantine", "retry", "--record", broken["record_id"])
    assert (told["retried"], told["quarantined"]) == (1, 1)
    assert stack.cli("quarantine", "retry", "--record", "a" * 26, check=False).returncode == 1
    [broken] = [one for one in _json(manager.get("/v1/quarantine")) if one["path"] == "kaputt.pdf"]
    since = broken["since"]
    body = {"record_id": broken["record_id"]}
    assert _json(manager.post("/v1/quarantine/retry", json=body)) == {"retried": 1, "not_read": 0}

    def tried_again() -> bool:
        found = [one for one in _json(manager.get("/v1/quarantine")) if one["path"] == "kaputt.pdf"]
        return bool(found) and found[0]["since"] != since

    _wait(tried_again)


def test_what_is_due_is_listed_and_stays(folder: Path, manager: httpx.Client) -> None:
    told = _json(manager.get("/v1/retention"))
    mine = {one["record_id"]: one["title"] for one in told["records"]}
    assert set(_ids(manager)) <= set(mine)
    assert "Beispiel 00" in mine.values()


def test_a_held_removal_is_agreed_to_and_leaves_receipts(stack: Stack, folder: Path, manager: httpx.Client) -> None:
    ids = _ids(manager)
    assert len(ids) == NUMBER
    hold = _json(manager.post("/v1/holds", json={"record_id": ids[0], "reason": "Klage"}))
    for number in range(NUMBER - 2):
        (folder / f"{number:02}.txt").unlink()
        (folder / f"{number:02}.txt.meta.json").unlink()
    told = stack.json("import", str(folder), "--tenant", TENANT)
    assert told["held"] == NUMBER - 2
    [source] = [one for one in _json(manager.get("/v1/sources")) if one["location"] == str(folder)]
    assert (source["state"], source["held"]) == ("held", NUMBER - 2)
    name = source["name"]
    assert "held" in stack.cli("sources", "--tenant", TENANT).stdout
    missing = {one["record_id"] for one in _json(manager.get(f"/v1/sources/{name}/missing"))}
    assert missing == set(ids[: NUMBER - 2])
    assert manager.post(f"/v1/sources/{name}/agree", json={"held": 3}).status_code == 422
    _json(manager.post(f"/v1/sources/{name}/agree", json={"held": NUMBER - 2}))
    assert stack.json("import", str(folder), "--tenant", TENANT)["removed"] == NUMBER - 2
    assert set(_ids(manager)) == set(ids[NUMBER - 2 :])
    receipts = {one["record_id"]: one for one in _json(manager.get("/v1/deletions"))["deletions"]}
    assert missing <= set(receipts)
    assert all(receipts[i]["unindexed_at"] for i in missing)
    assert {i for i in missing if receipts[i]["held"]} == {ids[0]}
    assert ids[0] in stack.cli("deletions", "--tenant", TENANT).stdout
    [held] = [one for one in _json(manager.get("/v1/holds"))["holds"] if one["hold_id"] == hold["hold_id"]]
    assert not held["at_source"]
    assert _json(manager.delete(f"/v1/holds/{hold['hold_id']}"))["lifted_at"]
    with httpx.Client(trust_env=False) as anyone:
        figures = anyone.get(f"{stack.api}/metrics").text
    assert 'aktensuche_time_to_gone_seconds_count{step="unindexed"}' in figures
    assert TENANT not in figures
