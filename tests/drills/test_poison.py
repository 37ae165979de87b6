"""R5: one file in twenty is poisoned; each of them is told apart, and the others are hardly slower."""

from __future__ import annotations

import time

import pytest

from tests.drills.batch import Batch, agrees
from tests.drills.tally import FULL, Row, size
from tests.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(3000 if FULL else 1200)]

TENANT = "brombachtal"
#: what a file holds, and the reason for which it must not be taken in
POISON = {
    "leer.pdf": (b"", "empty"),
    "kaputt.pdf": (b"%PDF-1.7\n" + b"\x00\xff" * 4000, "damaged"),
    "kaputt.docx": (b"PK\x03\x04" + b"\x00" * 4000, "damaged"),
    "kaputt.zip": (b"PK\x03\x04" + b"\xff" * 4000, "damaged"),
}


def test_r5_poisoned_files_between_good_ones(stack: Stack, row: Row) -> None:
    number = size(80, 1000)
    seconds: dict[str, float] = {}
    if FULL:
        calm = Batch(stack, TENANT, "Reinwort", number, pages=3)
        began = time.monotonic()
        calm.imported()
        seconds["without"] = time.monotonic() - began
        calm.close()
    batch = Batch(stack, TENANT, "Giftwort", number, pages=3)
    try:
        kinds = list(POISON.items())
        for one in range(number // 20):
            name, (content, _) = kinds[one % len(kinds)]
            (batch.folder / f"{one:02}-{name}").write_bytes(content)
        began = time.monotonic()
        summary = batch.imported()
        seconds["with"] = time.monotonic() - began
        told = [q for q in stack.json("quarantine", "list", "--tenant", TENANT) if q["source"] == str(batch.folder)]
        for path in list(batch.folder.iterdir()):
            if "-" in path.name:
                path.unlink()
        lost, twice = batch.lost_and_twice()
        row.tell(good=number, poisoned=number // 20, classified=len(told), lost=lost, twice=twice)
        assert (summary["indexed"], summary["quarantined"]) == (number, number // 20)
        assert len(told) == number // 20
        assert all(entry["reason"] and entry["advice"] for entry in told)
        assert (lost, twice) == (0, 0)
        if FULL:
            share = seconds["without"] / seconds["with"]
            row.tell(percent_of_the_speed_without=f"{100 * share:.0f}")
            assert share >= 0.8
        agrees(stack, TENANT)
    finally:
        batch.close()
