"""Thousands of records change hands at once: nobody who lost them is shown them, and nothing is read or embedded anew.

A folder is imported until it is found by meaning; then every sidecar names other readers, and the folder is imported
again while Tika and the model hang: whoever needed one of them would not come to an end. Meanwhile a clerk who loses
everything searches without pause.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.drills.batch import hanging
from tests.stack import CLI, TREE, Stack

FULL = os.environ.get("AKTENSUCHE_DRILLS") == "full"
NUMBER = 10_000 if FULL else 150
TENANT, WORD = "oberzent", "Rechtesturmwort"
#: what the product promises, in seconds
HIDDEN_WITHIN, FOLLOWED_WITHIN = 5.0, 300.0

pytestmark = [pytest.mark.stack, pytest.mark.timeout(3000 if FULL else 600)]


@pytest.fixture
def folder() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="aktensuche-rights-"))
    place.chmod(0o755)
    for number in range(NUMBER):
        (place / f"{number:05}.txt").write_text(f"Beispiel {WORD} Akte {number}\n", encoding="utf-8")
    yield place
    shutil.rmtree(place)


def _open_to(folder: Path, group: str) -> None:
    for number in range(NUMBER):
        said = {"title": f"Beispiel {number:05}", "readers": [group]}
        (folder / f"{number:05}.txt.meta.json").write_text(json.dumps(said), encoding="utf-8")


def _ledger(stack: Stack, asked: str, *values: object) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(f"file:{stack.data}/ledger.sqlite?mode=ro", uri=True)) as ledger:
        return ledger.execute(asked, values).fetchall()


def _changes(stack: Stack, folder: Path) -> list[float]:
    """Return when the ledger was told the rights that each record has now, in order."""
    asked = (
        "select access_changed_at from entries join sources on sources.id = entries.source_id "
        "where location = ? order by 1"
    )
    return [row[0] for row in _ledger(stack, asked, str(folder))]


def _vectors(stack: Stack) -> set[tuple[Any, ...]]:
    return set(_ledger(stack, "select model, sha256 from vectors"))


def _total(client: httpx.Client) -> int:
    body = {"query": WORD, "mode": "keyword", "size": 1}
    return int(client.post("/v1/search", json=body).raise_for_status().json()["total"])


def _ids(client: httpx.Client) -> list[str]:
    body = {"query": WORD, "mode": "keyword", "size": 50, "sort": "title"}
    return [hit["record_id"] for hit in client.post("/v1/search", json=body).raise_for_status().json()["hits"]]


def test_what_thousands_of_records_lost_is_hidden_at_once_and_nothing_is_read_again(
    stack: Stack, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _open_to(folder, "bauamt")
    told = stack.json("import", str(folder), "--tenant", TENANT, "--wait", timeout=2500)
    assert (told["files"], told["indexed"]) == (NUMBER, NUMBER)
    looks: list[tuple[float, int]] = []
    words = [str(CLI), "import", str(folder), "--tenant", TENANT, "--json"]
    with (
        stack.client(TENANT, ("bauamt",)) as loser,
        stack.client(TENANT, ("kaemmerei",)) as winner,
        hanging(stack.state["processes"]["tika"]),
        hanging(stack.state["processes"]["embedding"]),
    ):
        assert (_total(loser), _total(winner)) == (NUMBER, 0)
        some, known = _ids(loser), _vectors(stack)
        assert len(known) >= NUMBER
        _open_to(folder, "kaemmerei")
        with subprocess.Popen(words, env=stack.env, cwd=TREE, stdout=subprocess.PIPE, text=True) as importing:
            while importing.poll() is None:
                asked = time.time()
                looks.append((asked, _total(loser)))
                time.sleep(0.05)
            assert importing.stdout is not None
            summary = json.loads(importing.stdout.read())
        followed = time.time()
        assert (summary["files"], summary["indexed"], summary["quarantined"]) == (NUMBER, NUMBER, 0)
        looks.append((time.time(), _total(loser)))
        assert (_total(loser), _total(winner)) == (0, NUMBER)
        assert {loser.get(f"/v1/records/{record_id}").status_code for record_id in some} == {404}
    changes = _changes(stack, folder)
    lags = [max(0.0, asked - changes[NUMBER - total]) for asked, total in looks if total]
    # what nothing uses any more is cleared away meanwhile, so a sum would say nothing
    made = _vectors(stack) - known
    compared = stack.json("reconcile", "--tenant", TENANT)
    shown, behind = max(lags, default=0.0), followed - changes[-1]
    with capsys.disabled():
        print(f"\n{NUMBER} rights changes, told within {changes[-1] - changes[0]:.1f} s:")
        print(f"  {len(looks)} searches by whoever lost them, still shown for {shown:.2f} s at most")
        print(f"  index followed {behind:.1f} s after the last; {len(made)} new vectors")
        print("  no file was read again: Tika and the model hung all the while")
    assert shown <= HIDDEN_WITHIN
    assert behind <= FOLLOWED_WITHIN
    assert not made
    assert compared["agrees"], compared
    with stack.client(TENANT, ("kaemmerei",), ("records-manager",)) as manager:
        assert manager.get("/v1/jobs").json()["vectors_pending"] == 0
