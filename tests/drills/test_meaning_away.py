"""R16: the process that holds the model hangs; words go on, answers say so, and meaning catches up."""

from __future__ import annotations

import pytest

from tests.drills.admin import administrator
from tests.drills.batch import Batch, agrees, hanging
from tests.drills.tally import FULL, Row, size
from tests.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(3000 if FULL else 1200)]

TENANT = "brombachtal"


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
            with administrator(stack) as engine:
                # written is not yet searched: what the ledger calls done shows with the next refresh
                engine.post("/_refresh").raise_for_status()
            after = client.post("/v1/search", json={"query": batch.word, "mode": "hybrid"}).raise_for_status().json()
            said = {notice["code"] for notice in after["notices"]}
            assert not said & {"semantic_unavailable", "semantic_incomplete"}
        row.tell(files=batch.number, found_by_words_meanwhile=batch.number, gap_while_away=pending, gap_in_the_end=0)
        row.tell(said_so="semantic_unavailable")
        agrees(stack, TENANT)
    finally:
        batch.close()
