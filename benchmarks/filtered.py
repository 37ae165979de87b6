"""Meaning under rights: does the filter inside the search lose what may be seen? `python -m benchmarks.filtered`.

A town's records and what three other towns release to it, with random unit vectors, the hardest case for a graph of
neighbours, or with `--kept` those of real passages that `make eval` has kept, as many as there are. Both are open to
groups that see half of them, one in twenty, one in two hundred; what the product's own ranking finds for each is held
against exact cosine over all that this group may see.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import vector_cache
from local.layout import Layout
from records.access import Principal, ReadAccess, Reader, groups_of
from records.index_versions import FirstIndexes
from records.opensearch import OpenSearchIndex, OpenSearchWriter
from records.query import Mode, Search
from records.record import Metadata, Original, Page, Passage, Record, TextState
from records.release import ReleaseAccess, ReleasedRecord, ReleaseForm
from records.testing import HiddenRecords
from search_api.search import DEPTH
from tests.engine import running_engine

TENANT = "oberzent"
OWNERS = ("erbach", "michelstadt", "brombachtal")
#: of the town itself, and of each that releases
RECORDS, RELEASES, PASSAGES, DIMENSION = 20_000, 5_000, 2, 384
#: how many hits are compared; the product ranks as deep as a search of it can be read
QUESTIONS, FIRST = 50, 10
#: group and the share of records that it may read: one in so many
VISIBLE = {"alles": 1, "haelfte": 2, "zwanzigstel": 20, "zweihundertstel": 200}
WANTED = 0.95
_ROWS = QUESTIONS + (RECORDS + len(OWNERS) * RELEASES) * PASSAGES
_BATCH = 500

_Floats = npt.NDArray[np.float32]


def main() -> None:
    """Measure, print one line for each share, and fail where one is too low."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--kept", action="store_true", help="vectors of real passages, kept by make eval")
    real = parser.parse_args().kept
    chance = np.random.default_rng(7)
    rows = _real(chance) if real else _unit(chance.standard_normal((_ROWS, DIMENSION)))
    questions, rows = rows[:QUESTIONS], rows[QUESTIONS:]
    # four of seven are the town's own
    records, releases = len(rows) // PASSAGES * 4 // 7, len(rows) // PASSAGES // 7
    holders = [(TENANT, n) for n in range(records)] + [(owner, n) for owner in OWNERS for n in range(releases)]
    vectors = rows[: len(holders) * PASSAGES].reshape(-1, PASSAGES, DIMENSION)
    low = False
    with running_engine() as engine:
        towns = (TENANT, *OWNERS)
        writer = OpenSearchWriter(engine.settings, towns, FirstIndexes(), dimension=DIMENSION)
        for town in towns:
            writer.ensure_index(town)
        held = list(zip(holders, vectors, strict=True))
        for start in range(0, records, _BATCH):
            some = held[start : min(start + _BATCH, records)]
            writer.put([_record(number, made) for (_, number), made in some])
        for start in range(records, len(held), _BATCH):
            some = held[start : start + _BATCH]
            writer.put_releases([_release(owner, number, made) for (owner, number), made in some])
        for town in towns:
            writer.refresh(town)
        index = OpenSearchIndex(engine.settings, towns, HiddenRecords(), FirstIndexes())
        for group, one_in in VISIBLE.items():
            principal = Principal("bench", TENANT, groups_of(TENANT, [group]))
            shares, foreign = [], 0
            for question in questions:
                search = Search(vector=question.tobytes())
                found = index.rank(principal, search, mode=Mode.SEMANTIC, depth=DEPTH).by_meaning[:FIRST]
                shares.append(len(set(found) & _nearest(question, holders, vectors, one_in)) / FIRST)
                foreign += sum(not name.startswith(TENANT) for name in found)
            recall = statistics.fmean(shares)
            low = low or recall < WANTED
            print(
                f"{100 / one_in:5.1f} % visible of {records} records and {len(OWNERS)} x {releases} releases: "
                f"recall@{FIRST} {recall:.3f} of exact, {foreign} of {QUESTIONS * FIRST} hits are releases",
                flush=True,
            )
    sys.exit(1 if low else 0)


def _real(chance: np.random.Generator) -> _Floats:
    kept = vector_cache.passages(Layout.from_environment())
    if len(kept) < QUESTIONS + 100 * PASSAGES:
        raise SystemExit("no vectors are kept: 'make eval' keeps them, where it finds council papers")
    return chance.permutation(np.frombuffer(b"".join(kept), dtype="<f4").reshape(-1, DIMENSION))


def _unit(rows: npt.NDArray[np.float64]) -> _Floats:
    scaled: _Floats = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype("<f4")
    return scaled


def _nearest(question: _Floats, holders: Sequence[tuple[str, int]], vectors: _Floats, one_in: int) -> set[str]:
    """Return the exact answer: what is visible and has the nearest passage."""
    best = (vectors @ question).max(axis=1)
    best[[place for place, (_, number) in enumerate(holders) if number % one_in]] = -1
    return {_name(*holders[int(place)]) for place in np.argsort(-best)[:FIRST]}


def _name(town: str, number: int) -> str:
    return f"{town}{number:08}"


def _groups(number: int) -> frozenset[Reader]:
    return frozenset(Reader(TENANT, group) for group, one_in in VISIBLE.items() if number % one_in == 0)


def _original(number: int) -> Original:
    return Original("x.txt", "text/plain", 1, hashlib.sha256(str(number).encode()).hexdigest())


_TEXT: dict[str, Any] = {
    "metadata": Metadata(title="Vermerk"),
    "pages": (Page(1, "Vermerk"),),
    "passages": tuple(Passage(1, 0, 7, "Vermerk") for _ in range(PASSAGES)),
    "text_state": TextState.FULL,
    "version": 3,
}


def _record(number: int, vectors: _Floats) -> Record:
    return Record(
        record_id=_name(TENANT, number),
        source="bench",
        access=ReadAccess(TENANT, _groups(number)),
        original=_original(number),
        vectors=tuple(row.tobytes() for row in vectors),
        **_TEXT,
    )


def _release(owner: str, number: int, vectors: _Floats) -> ReleasedRecord:
    return ReleasedRecord(
        release_id=_name(owner, number),
        form=ReleaseForm.WHOLE,
        access=ReleaseAccess(owner, _groups(number)),
        year=None,
        original=_original(number),
        vectors=tuple(row.tobytes() for row in vectors),
        **_TEXT,
    )


if __name__ == "__main__":
    main()
