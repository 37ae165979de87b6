"""Meaning under rights: does the filter inside the search lose what may be seen? `python -m benchmarks.filtered`.

One town's index of random unit vectors, the hardest case for a graph of neighbours. Records are readable to groups
that see half of them, one in twenty, one in two hundred; what the product's own ranking finds for each is held against
exact cosine over the same records.
"""

from __future__ import annotations

import hashlib
import statistics
import sys

import numpy as np
import numpy.typing as npt

from records.access import Principal, ReadAccess, Reader, groups_of
from records.index_versions import FirstIndexes
from records.opensearch import OpenSearchIndex, OpenSearchWriter
from records.query import Mode, Search
from records.record import Metadata, Original, Page, Passage, Record, TextState
from records.testing import HiddenRecords
from search_api.search import DEPTH
from tests.engine import running_engine

TENANT = "oberzent"
RECORDS, PASSAGES, DIMENSION = 20_000, 2, 384
#: how many hits are compared; the product ranks as deep as a search of it can be read
QUESTIONS, FIRST = 50, 10
#: group and the share of records that it may read: one in so many
VISIBLE = {"alles": 1, "haelfte": 2, "zwanzigstel": 20, "zweihundertstel": 200}
WANTED = 0.95
_BATCH = 500

_Floats = npt.NDArray[np.float32]


def main() -> None:
    """Measure, print one line for each share, and fail where one is too low."""
    chance = np.random.default_rng(7)
    vectors = _unit(chance.standard_normal((RECORDS * PASSAGES, DIMENSION)))
    questions = _unit(chance.standard_normal((QUESTIONS, DIMENSION)))
    low = False
    with running_engine() as engine:
        writer = OpenSearchWriter(engine.settings, [TENANT], FirstIndexes(), dimension=DIMENSION)
        writer.ensure_index(TENANT)
        for start in range(0, RECORDS, _BATCH):
            writer.put([_record(n, vectors[n * PASSAGES : (n + 1) * PASSAGES]) for n in range(start, start + _BATCH)])
        writer.refresh(TENANT)
        index = OpenSearchIndex(engine.settings, (TENANT,), HiddenRecords(), FirstIndexes())
        for group, one_in in VISIBLE.items():
            principal = Principal("bench", TENANT, groups_of(TENANT, [group]))
            shares = []
            for question in questions:
                search = Search(vector=question.tobytes())
                found = index.rank(principal, search, mode=Mode.SEMANTIC, depth=DEPTH).by_meaning[:FIRST]
                shares.append(len(set(found) & _nearest(question, vectors, one_in)) / FIRST)
            recall = statistics.fmean(shares)
            low = low or recall < WANTED
            print(f"{100 / one_in:5.1f} % visible of {RECORDS} records: recall@{FIRST} {recall:.3f} of exact")
    sys.exit(1 if low else 0)


def _unit(rows: npt.NDArray[np.float64]) -> _Floats:
    scaled: _Floats = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype("<f4")
    return scaled


def _nearest(question: _Floats, vectors: _Floats, one_in: int) -> set[str]:
    """Return the exact answer: the visible records whose best passage is nearest."""
    best = (vectors @ question).reshape(RECORDS, PASSAGES).max(axis=1)
    best[[n for n in range(RECORDS) if n % one_in]] = -1
    return {_name(int(n)) for n in np.argsort(-best)[:FIRST]}


def _name(number: int) -> str:
    return f"bench{number:08}"


def _record(number: int, vectors: _Floats) -> Record:
    groups = [group for group, one_in in VISIBLE.items() if number % one_in == 0]
    return Record(
        record_id=_name(number),
        source="bench",
        access=ReadAccess(TENANT, frozenset(Reader(TENANT, group) for group in groups)),
        metadata=Metadata(title="Vermerk"),
        original=Original("x.txt", "text/plain", 1, hashlib.sha256(str(number).encode()).hexdigest()),
        pages=(Page(1, "Vermerk"),),
        passages=tuple(Passage(1, 0, 7, "Vermerk") for _ in range(PASSAGES)),
        text_state=TextState.FULL,
        version=3,
        vectors=tuple(row.tobytes() for row in vectors),
    )


if __name__ == "__main__":
    main()
