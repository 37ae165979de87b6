"""S14: of a removed record nothing is left: not in answers, kept files, texts, vectors, the ledger's words, the index.

The index is read out past all locks, with the certificate of the engine's administrator: documents, the dictionary of
terms with its counts, and the bytes of its files after a merge. The same scan finds a living record each time.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from indexer.erasure import Erasure
from indexer.known_vectors import name_of
from indexer.settings import LimitSettings
from mappings import index_name
from records.ledger_erasure import LedgerErasure
from records.ledger_tables import State, entries, vectors
from tests.engine import Engine
from tests.leaks.issuer import Issuer
from tests.leaks.system import Api, System
from tests.leaks.tally import Row, size
from tests.leaks.visit import readable
from tests.leaks.world import Asker, Paper, papers

pytestmark = pytest.mark.stack

REMOVED = size(8, 60)
_MERGE_SECONDS = 120
READER = Asker("leserin", "erbach", frozenset({"bauamt"}))
#: every field of the index that words of a record become terms of
TEXTS = ("title", "title.exact", "about", "pages.text", "pages.text.exact", "title_words", "file_name")


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as started:
        yield started


class Scan:
    """Reads one town's index past all locks."""

    def __init__(self, engine: Engine, tenant: str) -> None:
        self._admin, self._index = engine.admin, index_name(tenant)
        self._files = engine.folder.parent / "engine-data"

    def merge(self, until_forgotten: str) -> None:
        """Merge, and again until this word has left the dictionary: removed records are kept a while for replicas."""
        # the product's own settings do this within minutes; here it must not take them
        quickly = {"index.soft_deletes.retention_lease.period": "1s"}
        self._admin.put(f"/{self._index}/_settings", json=quickly).raise_for_status()
        end = time.monotonic() + _MERGE_SECONDS
        while self.in_terms(until_forgotten) and time.monotonic() < end:
            self._post("_flush?force=true")
            self._post("_forcemerge?max_num_segments=1&flush=true")
            self._post("_refresh")
            time.sleep(3)
        # what was written before the last flush is no longer in the log of writes
        self._post("_flush?force=true")

    def _post(self, step: str) -> None:
        self._admin.post(f"/{self._index}/{step}", timeout=120).raise_for_status()

    def in_documents(self, word: str) -> bool:
        body = {"query": {"match_all": {}}, "size": 1_000}
        return word in self._admin.post(f"/{self._index}/_search", json=body).raise_for_status().text

    def in_terms(self, word: str) -> set[str]:
        """Return the fields whose dictionary holds the word, removed documents that are not merged away included."""
        asked: dict[str, Any] = {
            "doc": {"title": word, "title_words": [word], "file_name": word, "pages": [{"number": 1, "text": word}]},
            "fields": list(TEXTS),
            "term_statistics": True,
            "field_statistics": False,
            "positions": False,
            "offsets": False,
        }
        told = self._admin.post(f"/{self._index}/_termvectors", json=asked).raise_for_status().json()
        return {
            field
            for field, found in told["term_vectors"].items()
            if any(term.get("doc_freq") for term in found["terms"].values())
        }

    def in_files(self, words: Sequence[str]) -> dict[str, set[str]]:
        """Return for each word the kinds of files of the engine that hold its bytes: fields, terms, log of writes."""
        found: dict[str, set[str]] = {word: set() for word in words}
        for path in (self._files / "nodes" / "0" / "indices").rglob("*"):
            content = path.read_bytes() if path.is_file() else b""
            for word in words:
                # the dictionary of terms leaves out what words have in common at their beginning
                if word[8:].encode() in content:
                    found[word].add(path.suffix or path.name)
        return found


def traces(api: Api, paper: Paper, record_id: str) -> list[str]:
    """Return the doors behind which something of a paper still is."""
    left = []
    for mode in ("keyword", "semantic", "hybrid"):
        body = {"query": paper.secret, "mode": mode, "size": 200, "facets": ["department"]}
        if record_id in api.ask(READER, "POST", "/v1/search", body).text:
            left.append(mode)
    told = api.ask(READER, "POST", "/v1/suggest", {"query": paper.secret[:6], "size": 50}).json()["completions"]
    mistyped = api.ask(READER, "POST", "/v1/suggest", {"query": paper.secret[:-1] + "a", "size": 50}).json()
    left += ["suggestions"] if paper.secret in [*told, *mistyped["corrections"]] else []
    body = {"query": "Beispiel", "mode": "keyword", "format": "csv"}
    left += ["export"] if paper.secret in readable(api.ask(READER, "POST", "/v1/export", body).content) else []
    for more in ("", "/text", "/pages/1", "/original"):
        if api.ask(READER, "GET", f"/v1/records/{record_id}{more}").status_code != 404:
            left.append(f"record{more}")
    return left


def kept(system: System, paper: Paper) -> list[str]:
    """Return where beside the index something of a paper still is."""
    # texts are packed, so they go by the name of their content
    left = [
        f"file {path.suffix}"
        for path in (system.folder / "files").rglob("*")
        if path.is_file()
        and (path.name.startswith(sha_of(system, paper)) or paper.secret.encode() in path.read_bytes())
    ]
    with system.ledger._reading() as connection:
        rows = connection.execute(sa.select(entries).where(entries.c.path == paper.name)).mappings().all()
        left += [f"ledger {name}" for row in rows for name, value in row.items() if paper.secret in str(value)]
        hashes = [name_of(page) for page in paper.pages]
        found = connection.execute(sa.select(vectors.c.sha256).where(vectors.c.sha256.in_(hashes))).scalars().all()
        left += ["vectors"] * len(found)
    return left


_SHA: dict[tuple[int, str], str] = {}


def sha_of(system: System, paper: Paper) -> str:
    """Return the name of a paper's content, remembered from when the ledger knew it."""
    key = (id(system), paper.name)
    if key not in _SHA:
        [entry] = system.ledger_entries(system.entry_ids([paper]))
        _SHA[key] = entry.sha256
    return _SHA[key]


def test_of_a_removed_record_nothing_is_left(own_engine: Engine, issuer: Issuer, tmp_path: Path, row: Row) -> None:
    system = System(own_engine, tmp_path)
    world = [
        replace(
            paper,
            readers=frozenset({"bauamt"}),
            deny=frozenset(),
            # nothing but its own page, so that no vector is shared with a living one
            pages=(f"Vermerk {paper.secret}",),
        )
        for paper in papers("Löschung", REMOVED + 10, ["erbach"])
    ]
    ids = dict(zip([paper.name for paper in world], system.take_in(world), strict=True))
    dice = random.Random("Löschung")
    gone = dice.sample(world, REMOVED)
    [control, *_] = [paper for paper in world if paper not in gone]
    scan = Scan(own_engine, "erbach")
    for paper in world:
        sha_of(system, paper)
    assert all(kept(system, paper) for paper in gone)
    assert scan.in_terms(gone[0].secret) == set(TEXTS) - {"about", "file_name"}
    with system.api(issuer) as api:
        assert len(traces(api, gone[0], ids[gone[0].name])) == 9
        system.remove(gone)
        # the dictionary still holds them here: what the next scan no longer finds was there to be found
        assert scan.in_terms(gone[0].secret)
        assert erasure(system).erase() == REMOVED
        scan.merge(gone[0].secret)
        left = [f"{paper.name}: {door}" for paper in gone for door in traces(api, paper, ids[paper.name])]
        assert len(traces(api, control, ids[control.name])) == 9
    left += [f"{paper.name}: {place}" for paper in gone for place in kept(system, paper)]
    left += [f"{paper.name}: a document" for paper in gone if scan.in_documents(paper.secret)]
    left += [f"{paper.name}: terms of {field}" for paper in gone for field in scan.in_terms(paper.secret)]
    in_files = scan.in_files([paper.secret for paper in [*gone, control]])
    left += [f"{paper.name}: bytes of {kind}" for paper in gone for kind in sorted(in_files[paper.secret])]
    row.add(removed_records=REMOVED, leaks=len(left))
    assert {"file ", "vectors"} <= set(kept(system, control))
    assert scan.in_documents(control.secret)
    assert scan.in_terms(control.secret)
    assert in_files[control.secret]
    assert sorted({one.split(": ")[1] for one in left}) == []


def test_an_older_version_leaves_nothing_behind(own_engine: Engine, tmp_path: Path, row: Row) -> None:
    """What a file held before: the kept content, its text, the vectors of what the newer version no longer says."""
    system = System(own_engine, tmp_path)
    older = [
        replace(paper, pages=(f"Vermerk {paper.secret}", f"Beispiel {paper.name} bleibt"))
        for paper in papers("Fassung", REMOVED, ["erbach"])
    ]
    system.take_in(older)
    shas = {paper.name: sha_of(system, paper) for paper in older}
    newer = [replace(p, title="Beispiel", pages=("Vermerk neu", f"Beispiel {p.name} bleibt")) for p in older]
    system.tell(newer)
    # while the index still shows the older one, it is there to be opened
    assert erasure(system).erase() == 0
    assert all(system.files.path(sha).exists() for sha in shas.values())
    system.take_in(newer)
    assert erasure(system).erase() == 0
    left = [f"{sha}: file" for sha in shas.values() if list(system.files.path(sha).parent.glob(f"{sha}*"))]
    with system.ledger._reading() as connection:
        known = set(connection.execute(sa.select(vectors.c.sha256)).scalars())
        left += [f"{p.name}: vectors" for p in older if name_of(p.pages[0]) in known]
        left += [
            f"{p.name}: ledger" for p in older for r in connection.execute(sa.select(entries)) if p.secret in str(r)
        ]
    row.add(older_versions=len(older), leaks=len(left))
    assert all(name_of(p.pages[1]) in known for p in newer), "what both versions say is still known"
    assert left[:3] == []
    # and of a version before the last nothing is left when the record leaves
    system.remove(newer)
    assert erasure(system).erase() == REMOVED
    assert not [path for path in (system.folder / "files").rglob("*") if path.is_file()]


def erasure(system: System, quiet_seconds: float = 0) -> Erasure:
    return Erasure(
        ledger=LedgerErasure(system.ledger_settings),
        files=system.files,
        extractor=system.extractor,
        limits=LimitSettings(),
        quiet_seconds=quiet_seconds,
    )


def test_what_somebody_else_still_has_is_kept(own_engine: Engine, issuer: Issuer, tmp_path: Path, row: Row) -> None:
    """The same file lies in two towns; one of them removes it, and it comes back later."""
    system = System(own_engine, tmp_path)
    [mine] = papers("Zwilling", 1, ["erbach"])
    mine = replace(mine, readers=frozenset({"bauamt"}), deny=frozenset())
    theirs = replace(mine, tenant="michelstadt")
    system.take_in([mine, theirs])
    system.remove([mine])
    assert erasure(system).erase() == 1
    theirs_id = next(i for i, paper in system.shelf.by_id.items() if paper == theirs)
    with system.api(issuer) as api:
        neighbour = Asker("nachbar", "michelstadt", frozenset({"bauamt"}))
        assert api.ask(neighbour, "GET", f"/v1/records/{theirs_id}/original").status_code == 200
        [mine_id] = system.take_in([mine])
        assert api.ask(READER, "GET", f"/v1/records/{mine_id}/original").status_code == 200
    row.add(shared_files=1)


def test_a_file_that_an_import_is_just_keeping_is_not_taken_away(own_engine: Engine, tmp_path: Path, row: Row) -> None:
    system = System(own_engine, tmp_path)
    [paper] = papers("Gerade", 1, ["erbach"])
    system.take_in([paper])
    assert kept(system, paper)
    system.remove([paper])
    assert erasure(system, quiet_seconds=600).erase() == 0
    assert system.files.path(sha_of(system, paper)).exists()
    assert system.ledger.states([1]) == {1: State.REMOVED}
    assert erasure(system).erase() == 1
    assert erasure(system).erase() == 0
    row.add(files_just_kept=1)
