"""R10: one bulk write, and each record in it fares differently; none of it goes unsaid.

Conflicts and refusals are the engine's own. That it is busy (429) or that a request is too large for it (413) is
answered in its place, between our client and it, because neither can be brought about on purpose in a small system.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opensearchpy.exceptions import TransportError  # noqa: TID251  what the engine's client raises

from mappings import index_name
from records.ledger_tables import State
from tests.drills.admin import documents
from tests.drills.tally import Row
from tests.engine import Engine
from tests.leaks.system import System
from tests.leaks.world import papers

pytestmark = pytest.mark.stack

INDEX = index_name("erbach")


class Between:
    """Stands before the engine; says that it is busy for some records, and too large is what holds a large one."""

    def __init__(self, client: Any, busy: set[str], large: set[str]) -> None:
        self._client, self._busy, self._large = client, busy, large
        self.refused_as_too_large = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def bulk(self, *, body: bytes, **more: Any) -> Any:
        lines = body.split(b"\n")
        pairs = [(json.loads(lines[n]), lines[n : n + 2]) for n in range(0, len(lines) - 1, 2)]
        ids = [action["index"]["_id"] for action, _ in pairs]
        if self._large & set(ids):
            self.refused_as_too_large += 1
            raise TransportError(413, "too large", {})
        kept = [b"\n".join(pair) + b"\n" for action, pair in pairs if action["index"]["_id"] not in self._busy]
        answered = iter(self._client.bulk(body=b"".join(kept), **more)["items"] if kept else [])
        busy = {"status": 429, "error": {"type": "rejected_execution_exception", "reason": "queue is full"}}
        items = [{"index": {"_id": name, **busy}} if name in self._busy else next(answered) for name in ids]
        return {"items": items}


@pytest.fixture
def system(own_engine: Engine, tmp_path: Path) -> Iterator[System]:
    yield System(own_engine, tmp_path)
    own_engine.empty()


def test_r10_a_bulk_write_that_fails_in_part(system: System, own_engine: Engine, row: Row) -> None:
    made = papers("Teilweise", 16, ["erbach"])
    system.tell(made)
    ids = system.entry_ids(made)
    names = {paper.name: entry for paper, entry in zip(made, ids, strict=True)}
    record_ids = {entry.id: entry.record_id for entry in system.ledger.claim(ids, "look", 30)}
    system.ledger.release(ids, "look")
    name_of = [record_ids[names[paper.name]] for paper in made]
    busy, large, newer, misfit = set(name_of[0:3]), {name_of[3]}, name_of[4:6], name_of[6:8]
    # somebody has written a later version; and the index has a field that these two do not fit into
    for name in newer:
        own_engine.admin.put(
            f"/{INDEX}/_doc/{name}?version=9&version_type=external", json={"record_id": name}
        ).raise_for_status()
    system.writer._client = between = Between(system.writer._client, busy, large)
    to_document = _misfits(set(misfit))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("records.opensearch.writer.to_document", to_document)
        system.pipeline.index(ids)
    states = system.ledger.states(ids)
    by_name = {record_ids[i]: state for i, state in states.items()}
    assert {by_name[name] for name in busy} == {State.PENDING}, "busy is not for good"
    assert {by_name[name] for name in newer} == {State.INDEXED}, "a later version is as good as written"
    assert {by_name[name] for name in [*large, *misfit]} == {State.QUARANTINED}
    busy.clear()
    between._busy = set()
    system.pipeline.index(ids)
    states = system.ledger.states(ids)
    indexed = [i for i, state in states.items() if state is State.INDEXED]
    quarantined = [i for i, state in states.items() if state is State.QUARANTINED]
    held = documents(own_engine.admin, INDEX)
    assert {record_ids[i] for i in indexed} == set(held)
    assert len(indexed) + len(quarantined) == len(ids)
    row.tell(records=len(ids), busy_then_written=3, conflicts_as_written=len(newer))
    row.tell(refused_to_quarantine=len(misfit), too_large_to_quarantine=len(large), silent=0)
    row.tell(requests_halved=between.refused_as_too_large)


def _misfits(names: set[str]) -> Any:
    from records.opensearch.documents import to_document  # noqa: PLC0415

    def made(record: Any) -> dict[str, Any]:
        document = to_document(record)
        return document | {"unbekannt": "x"} if record.record_id in names else document

    return made
