"""R16: the process that holds the model hangs; words go on, answers say so, and meaning catches up."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.drills.batch import Batch, agrees, hanging
from tests.drills.tally import FULL, Row, size
from tests.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(3000 if FULL else 1200)]

TENANT = "brombachtal"
#: seconds a vector that the ledger calls written may take to be searched on a machine that does other things as well
REFRESHED = 20


def test_r16_the_model_hangs_and_comes_back(stack: Stack, row: Row) -> None:
    batch = Batch(stack, TENANT, "Sinnwort", size(24, 200))
    try:
        with stack.client(TENANT, roles=("records-manager",)) as client:
            with hanging(stack.state["processes"]["embedding"]):
                summary = batch.imported()
                answers = {
                    mode: client.post("/v1/search", json={"query": batch.word, "mode": mode})
                    for mode in ("keyword", "hybrid")
                }
            pending = client.get("/v1/jobs").raise_for_status().json()["vectors_pending"]
            assert summary["indexed"] == batch.number
            assert {mode: answer.status_code for mode, answer in answers.items()} == {"keyword": 200, "hybrid": 200}
            assert {answer.json()["total"] for answer in answers.values()} == {batch.number}
            notices = [notice["code"] for notice in answers["hybrid"].json()["notices"]]
            assert "semantic_unavailable" in notices
            stack.wait_vectors(TENANT, size(150, 900))
            whole = time.monotonic()
            while _said(client, batch.word) & {"semantic_unavailable", "semantic_incomplete"}:
                # Written is not yet searchable: the engine shows a write with its next refresh.
                assert time.monotonic() < whole + REFRESHED, "answers still say that meaning is away or incomplete"
                time.sleep(0.5)
        row.tell(files=batch.number, found_by_words_meanwhile=batch.number, gap_while_away=pending, gap_in_the_end=0)
        row.tell(said_so="semantic_unavailable")
        agrees(stack, TENANT)
    finally:
        batch.close()


def _said(client: httpx.Client, word: str) -> set[str]:
    answer = client.post("/v1/search", json={"query": word, "mode": "hybrid"}).raise_for_status().json()
    return {notice["code"] for notice in answer["notices"]}
