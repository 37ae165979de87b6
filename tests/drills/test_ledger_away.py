"""R17: the ledger restarts, is locked for long, is full: nothing is written past it, and nothing is read past it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from mappings import index_name
from records.errors import LedgerUnavailableError
from records.index_versions import FirstIndexes
from records.ledger import Ledger
from records.ledger_tables import State, entries
from records.opensearch import OpenSearchIndex
from records.query import Search, Sort
from records.revocations import LedgerRevocations
from records.settings import LedgerSettings
from tests.drills.admin import documents
from tests.drills.tally import FULL, Row, size
from tests.engine import Engine
from tests.factories import principal
from tests.leaks.system import System
from tests.leaks.world import TENANTS, papers
from tests.postgres import Postgres, postgres_running

pytestmark = [pytest.mark.stack, pytest.mark.timeout(3000 if FULL else 1200)]

INDEX = index_name("erbach")
CLERK = principal("erbach", "bauamt")
#: as many are taken up at once; they may still be written when the ledger goes away, and nothing more
_UNDER_WAY = 16


def _known(system: System) -> set[str]:
    with system.ledger.engine.connect() as connection:
        return set(connection.execute(sa.select(entries.c.record_id)).scalars())


def _work_off(system: System, ids: list[int], seconds: float) -> None:
    """Do what the sweep does, until everything is in."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(LedgerUnavailableError):
            if set(system.ledger.states(ids).values()) == {State.INDEXED}:
                return
            system.pipeline.index(list(system.ledger.lost_work(quiet_seconds=0, limit=64))[:16])
        assert time.monotonic() < end, "not everything got in"
        time.sleep(0.2)


@pytest.fixture
def server() -> Iterator[Postgres]:
    """A PostgreSQL of its own, because it is stopped."""
    with postgres_running() as running:
        yield running


@pytest.mark.postgres
def test_r17_the_ledger_restarts_and_is_locked(own_engine: Engine, server: Postgres, tmp_path: Path, row: Row) -> None:
    settings = LedgerSettings(url=server.new_database())
    system = System(own_engine, tmp_path, ledger=settings)
    revocations = LedgerRevocations(settings)
    index = OpenSearchIndex(own_engine.settings, TENANTS, revocations, FirstIndexes())
    made = papers("Hauptbuch", size(48, 400), ["erbach"])
    system.tell(made)
    ids = system.entry_ids(made)
    ended, away, refused = threading.Event(), 0.0, 0

    def work() -> None:
        while not ended.is_set():
            with contextlib.suppress(LedgerUnavailableError):
                system.pipeline.index(list(system.ledger.lost_work(quiet_seconds=0, limit=_UNDER_WAY)))
            time.sleep(0.05)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for _ in range(size(1, 5)):
            time.sleep(0.5)
            began = time.monotonic()
            with server.away():
                time.sleep(size(2, 10))
                before = set(documents(own_engine.admin, INDEX))
                time.sleep(1)
                # SECURITY: nothing is written while nobody can say what may be written, and nothing is shown
                assert len(set(documents(own_engine.admin, INDEX)) - before) <= _UNDER_WAY
                with pytest.raises(LedgerUnavailableError):
                    index.search_words(CLERK, Search(), sort=Sort.DATE, size=5, after=None)
                refused += 1
            away += time.monotonic() - began
        locked = size(3, 60)
        with system.ledger.engine.begin() as holder:
            holder.execute(sa.text("lock table entries in access exclusive mode"))
            before = set(documents(own_engine.admin, INDEX))
            time.sleep(locked)
            after = set(documents(own_engine.admin, INDEX))
        assert len(after - before) <= _UNDER_WAY
    finally:
        ended.set()
        worker.join()
    _work_off(system, ids, 120)
    held = set(documents(own_engine.admin, INDEX))
    strays = held - _known(system)
    row.tell(records=len(ids), restarts=size(1, 5), seconds_away=f"{away:.0f}", seconds_locked=locked)
    row.tell(reads_refused=refused, without_a_ledger_row=len(strays), lost=len(ids) - len(held))
    system.ledger.close()
    revocations.close()
    own_engine.empty()
    assert not strays
    assert len(held) == len(ids)


def test_r17_the_ledgers_disk_is_full(own_engine: Engine, tmp_path: Path, row: Row) -> None:
    """SQLite is told to take no page more, and says what it says on a full disk."""
    system = System(own_engine, tmp_path)
    made = papers("Voll", size(32, 200), ["erbach"])
    system.tell(made)
    ids = system.entry_ids(made)
    full = Ledger(system.ledger_settings)

    def cramped(connection: object, _record: object) -> None:
        connection.execute("pragma max_page_count=1")  # type: ignore[attr-defined]

    sa.event.listen(full.engine, "connect", cramped)
    system.pipeline._ledger = full
    refused = 0
    for start in range(0, len(ids), 16):
        try:
            full.note(system._source("erbach"), [system._seen(p) for p in papers("Neu", 64, ["erbach"])])
        except LedgerUnavailableError as error:
            assert "full" in str(error)  # noqa: PT017
            refused += 1
        with contextlib.suppress(LedgerUnavailableError):
            system.pipeline.index(ids[start : start + 16])
    strays = set(documents(own_engine.admin, INDEX)) - _known(system)
    assert refused
    assert not strays
    system.pipeline._ledger = system.ledger
    _work_off(system, ids, 120)
    held = set(documents(own_engine.admin, INDEX))
    row.tell(refused_by_a_full_disk=refused, without_a_ledger_row_then=len(strays), lost_then=len(ids) - len(held))
    assert len(held) == len(ids)
    full.close()
    own_engine.empty()
