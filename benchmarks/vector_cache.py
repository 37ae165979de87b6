"""Vectors of passages, kept by content in the cache folder: the model is the slow part of a measurement.

They go in and out through the ledger, where the product itself keeps them, so that no other way of making a record is
measured than its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from local.layout import Layout
from local.privileges import owner_of, writing_as
from local.processes import ledger_url
from records.ledger import Ledger
from records.settings import LedgerSettings

_FILE = "eval-vectors.sqlite"
_AT_ONCE = 5_000


def bring(layout: Layout) -> int:
    """Put all kept vectors into the ledger of a running system; return how many."""
    with _kept(layout.cache) as kept, _ledger(layout) as ledger:
        count = 0
        models = [model for (model,) in kept.execute("SELECT DISTINCT model FROM vectors")]
        for model in models:
            rows = kept.execute("SELECT sha256, vector FROM vectors WHERE model = ?", (model,))
            while some := dict(rows.fetchmany(_AT_ONCE)):
                ledger.keep_vectors(model, some)
                count += len(some)
        return count


def keep(layout: Layout) -> int:
    """Keep the vectors of the ledger that are new; return how many."""
    with _kept(layout.cache) as kept, closing(sqlite3.connect(f"file:{layout.ledger}?mode=ro", uri=True)) as ledger:
        before = kept.total_changes
        rows = ledger.execute("SELECT model, sha256, vector FROM vectors")
        while some := rows.fetchmany(_AT_ONCE):
            kept.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)", some)
        kept.commit()
        return kept.total_changes - before


def passages(layout: Layout) -> list[bytes]:
    """Return all kept vectors, in the order of their contents; none where nothing was kept."""
    with _kept(layout.cache) as kept:
        return [vector for (vector,) in kept.execute("SELECT vector FROM vectors ORDER BY sha256")]


@contextmanager
def _kept(cache: Path) -> Iterator[sqlite3.Connection]:
    cache.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(cache / _FILE)) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS vectors (model TEXT, sha256 TEXT, vector BLOB, PRIMARY KEY (model, sha256))"
        )
        yield connection


@contextmanager
def _ledger(layout: Layout) -> Iterator[Ledger]:
    with writing_as(owner_of(layout.data)):
        ledger = Ledger(LedgerSettings(url=ledger_url(layout)))
        try:
            yield ledger
        finally:
            ledger.close()
