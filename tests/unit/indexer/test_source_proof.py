"""Folder and council server as counterparts, in small: Tika and engine are fakes, disk, HTTP and ledger are not.

With everything real, and more records: `python -m benchmarks.sources`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

import pytest

from indexer.source_look import SourceLook, look_configured
from indexer.sources.folder import FolderSettings
from indexer.sources.oparl import OParlSettings
from indexer.sources.settings import SourceSettings, Surroundings
from indexer.sync import SyncSummary
from records.ledger_tables import State
from records.ledger_values import Source
from tests.sources.council import Council
from tests.sources.counterparts import CouncilCounterpart, FolderCounterpart, MailCounterpart
from tests.sources.proof import Holding, prove
from tests.unit.indexer.test_folder_import import Town

LOOPBACK = "127.0.0.0/8"


@dataclass
class TownSide:
    """The system under test without its services."""

    town: Town
    settings: SourceSettings

    def run(self) -> SyncSummary:
        connector = self.settings.connect(Surroundings())
        try:
            return self.town.sync().run(self._source(), connector)
        finally:
            connector.close()

    def in_ledger(self) -> Mapping[str, Holding]:
        return {
            path: Holding(
                title=known.metadata.get("title") or Path(known.file_name).stem,
                sha256=known.sha256 or "",
                readers=tuple(known.access["readers"]),
            )
            for path, known in self.town.ledger.known(self._source()).items()
            if known.state is State.INDEXED
        }

    def named(self) -> AbstractSet[str]:
        known = self.town.ledger.known(self._source())
        return {path for path, one in known.items() if one.state is State.QUARANTINED}

    def in_index(self) -> Mapping[str, Holding]:
        ids = {k.id: path for path, k in self.town.ledger.known(self._source()).items()}
        paths = {entry.record_id: ids[entry.id] for entry in self.town.ledger.entries(list(ids))}
        return {
            paths.get(record_id, record_id): Holding(
                title=record.metadata.title,
                sha256=record.original.sha256,
                readers=tuple(sorted(map(str, record.access.readers))),
            )
            for record_id, record in self.town.shelf.held.items()
            # members follow what they came in
            if record.parent_id is None
        }

    def look(self) -> SourceLook:
        return look_configured("probe", self.settings, self.town.ledger, Surroundings())

    def _source(self) -> Source:
        return self.town.ledger.source(self.settings.tenant, self.settings.kind, self.settings.location)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.pipeline.close()
    made.ledger.close()


def test_folder(town: Town) -> None:
    counterpart = FolderCounterpart(town.folder, files=120)
    settings = FolderSettings.model_validate(
        {"kind": "folder", "tenant": "erbach", "path": str(town.folder), "settle": "0s"}
    )
    proof = prove("folder", counterpart, TownSide(town, settings), changes=20)
    assert proof.holds, proof.report()
    assert not any(proof.unreadable.values()), proof.report()
    assert proof.runs["nothing changed"].unchanged == proof.records
    assert proof.runs["after 20 changes"].moved > 0
    assert set(proof.changes) == {"add", "edit", "move", "rights", "delete"}


def test_mails_with_their_attachments(town: Town) -> None:
    counterpart = MailCounterpart(town.folder, files=60, endings=(".eml",))
    settings = FolderSettings.model_validate({"tenant": "erbach", "path": str(town.folder), "settle": "0s"})
    proof = prove("mail", counterpart, TownSide(town, settings), changes=15)
    assert proof.holds, proof.report()
    assert proof.runs["nothing changed"].unchanged == proof.records
    held = list(town.shelf.held.values())
    mails = {r.record_id: r for r in held if r.parent_id is None}
    attached = [r for r in held if r.parent_id is not None]
    # each mail that is there has its two attachments, under its own rights, and no other is left
    assert sorted(str(r.parent_id) for r in attached) == sorted([*mails, *mails])
    assert all(r.access == mails[str(r.parent_id)].access for r in attached)


def test_council(town: Town) -> None:
    council = Council(page_size=20)
    with council.serving() as address:
        counterpart = CouncilCounterpart(council, papers=30)
        settings = OParlSettings.model_validate(
            {"tenant": "erbach", "url": address, "networks": [LOOPBACK], "requests_per_second": 100}
        )
        proof = prove("oparl", counterpart, TownSide(town, settings), changes=12, seed=8)
    assert proof.holds, proof.report()
    assert not any(proof.unreadable.values()), proof.report()
    assert proof.runs["nothing changed"].indexed == 0
    assert set(proof.changes) == {"add", "edit", "move", "rights", "delete"}
