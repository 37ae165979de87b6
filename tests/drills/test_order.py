"""R9 and R11: whatever order writes and messages come in, the highest version stays, and the deleted stay deleted.

The engine remembers a deletion for an hour (`gc_deletes`); here it is made to forget after a second, so that a write
that comes later than that comes within a drill. Such a write can only be that of a worker that slept all the time
between asking the ledger and writing; what it brings back is found by the comparison with the ledger, and taken out.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from indexer.reconcile import Reconciliation
from mappings import index_name
from records.audit import AuditLog
from records.index import Outcome, Removal
from records.index_versions import FirstIndexes
from records.ledger_reconciliation import LedgerReconciliation
from records.ledger_tables import State
from records.record import Record
from records.system import SystemDoor
from tests.drills.admin import documents
from tests.drills.tally import FULL, Row, size
from tests.engine import Engine
from tests.factories import access, record
from tests.leaks.system import System
from tests.leaks.world import TENANTS, papers

pytestmark = [pytest.mark.stack, pytest.mark.timeout(3000 if FULL else 1200)]

INDEX = index_name("erbach")
STEPS = ("create", "update", "rights", "delete")


class Town:
    """A system whose engine soon forgets what was deleted."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.system = engine, System(engine, folder)
        engine.admin.put(f"/{INDEX}/_settings", json={"index.gc_deletes": "1s"}).raise_for_status()
        settings = engine.settings.model_copy(update={"system_secret_file": engine.folder / "system.secret"})
        self.comparing = Reconciliation(
            ledger=LedgerReconciliation(self.system.ledger_settings),
            door=SystemDoor(settings, TENANTS, AuditLog(self.system.audit_settings), FirstIndexes()),
            writer=self.system.writer,
            queue=self.system,
        )

    def held(self) -> dict[str, tuple[int, Any]]:
        return documents(self.engine.admin, INDEX)

    def forget_deletions(self) -> None:
        """Let the engine do what it does an hour after a deletion."""
        time.sleep(size(2, 61))
        self.engine.admin.post(f"/{INDEX}/_refresh").raise_for_status()


@pytest.fixture
def town(own_engine: Engine, tmp_path: Path) -> Iterator[Town]:
    yield Town(own_engine, tmp_path)
    own_engine.empty()


def _writes(town: Town, name: str) -> dict[str, Record | Removal]:
    """Return what four steps write, in the versions that the ledger gives them."""
    closed = access("erbach", "kaemmerei")
    return {
        "create": record(name, title="angelegt", version=2),
        "update": record(name, title="geändert", version=4),
        "rights": record(name, title="geändert", version=6, read=closed),
        "delete": Removal("erbach", name, 8),
    }


def _write(town: Town, step: Record | Removal) -> Outcome:
    writer = town.system.writer
    return (writer.remove([step]) if isinstance(step, Removal) else writer.put([step]))[0].outcome


@pytest.mark.parametrize("last", ["delete", "rights"])
def test_r9_every_order_ends_in_the_highest_version(town: Town, row: Row, last: str) -> None:
    """Once with the deletion as the newest step, once with the change of rights after a new arrival."""
    orders = list(itertools.permutations(STEPS))
    right = 0
    for number, order in enumerate(orders):
        steps = _writes(town, f"aktenstueck{number:02}")
        if last == "rights":
            steps["delete"], steps["rights"] = (
                Removal("erbach", f"aktenstueck{number:02}", 6),
                record(f"aktenstueck{number:02}", version=8, read=access("erbach", "kaemmerei")),
            )
        outcomes = [_write(town, steps[name]) for name in order]
        assert set(outcomes) <= {Outcome.WRITTEN, Outcome.SUPERSEDED}
    held = town.held()
    for number in range(len(orders)):
        version = held.get(f"aktenstueck{number:02}", (None, None))[0]
        right += version == (None if last == "delete" else 8)
    row.tell(**{f"of_{len(orders)}_orders_right_({last}_newest)": right})
    assert right == len(orders)


def test_r9_with_gaps_in_which_the_engine_forgets_deletions(town: Town, row: Row) -> None:
    """The ledger has gone through all four steps; the writes of four workers that were held up come in any order."""
    orders = list(itertools.permutations(STEPS))
    system = town.system
    made = papers("Verspaetet", len(orders), ["erbach"])
    system.tell(made)
    ids = system.entry_ids(made)
    record_ids = [entry.record_id for entry in system.ledger.claim(ids, "look", 30)]
    system.ledger.release(ids, "look")
    system.tell([replace(paper, pages=("Beispiel geändert",)) for paper in made])
    system.tell([replace(paper, pages=("Beispiel geändert",), readers=frozenset({"bau"})) for paper in made])
    system.remove(made)
    for turn in range(len(STEPS)):
        for name, order in zip(record_ids, orders, strict=True):
            _write(town, _writes(town, name)[order[turn]])
        if turn < len(STEPS) - 1:
            town.forget_deletions()
    back = len(town.held())
    found = town.comparing.run("erbach", by="drill", repair=True)
    left = len(town.held())
    gap = size(2, 61)
    row.tell(**{f"brought_back_by_writes_{gap}_s_apart_the_engine_having_forgotten": back})
    row.tell(found_by_the_comparison=found.extra, wrong_in_the_end=left)
    assert (found.extra, left) == (back, 0)


def test_r11_deleted_stays_deleted_and_what_is_added_again_is_there(town: Town, row: Row) -> None:
    made = papers("Wiederkehr", size(12, 60), ["erbach"])
    system = town.system
    ids = system.take_in(made)
    before = town.held()
    entry_ids = system.entry_ids(made)
    system.remove(made)
    assert not town.held()
    town.forget_deletions()
    # late messages about what was deleted: the ledger knows better, nothing is written
    for _ in range(3):
        system.pipeline.index(entry_ids)
    assert not town.held()
    states = set(system.ledger.states(entry_ids).values())
    assert states == {State.REMOVED}
    again = made[: len(made) // 2]
    system.take_in(again)
    held = town.held()
    assert set(held) == set(ids[: len(again)])
    assert all(held[name][0] > before[name][0] for name in held)
    # a write of before that comes only now loses against what was added again
    late = [record(name, version=before[name][0]) for name in held]
    assert {r.outcome for r in system.writer.put(late)} == {Outcome.SUPERSEDED}
    # the index is set back to what it held before the deletion, as after restoring an old snapshot
    gone = ids[len(again) :]
    system.writer.put([record(name, version=before[name][0]) for name in gone])
    restored = len(set(town.held()) & set(gone))
    found = town.comparing.run("erbach", by="drill", repair=True)
    left = town.held()
    row.tell(deleted=len(made), back_by_late_messages=0, added_again_and_found=len(held))
    row.tell(
        back_by_a_restore=restored, taken_out_by_the_comparison=found.extra, wrong_in_the_end=len(set(left) - set(held))
    )
    assert set(left) == set(held)
