"""CMIS against a real server: versions, access lists, changes, deletes; Tika and engine are fakes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indexer.sources.cmis import CmisItem, CmisSettings, CmisSource
from indexer.sources.protocol import Item, PassBegins, Reached, SourceUnavailableError
from indexer.sources.settings import Surroundings
from records.access import Confidentiality
from tests.chemistry import USER
from tests.sources.cmis import PRINCIPALS, CmisCounterpart
from tests.sources.proof import prove
from tests.unit.indexer.test_folder_import import Town
from tests.unit.indexer.test_source_proof import TownSide


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.pipeline.close()
    made.ledger.close()


@pytest.fixture
def settings(chemistry: str, monkeypatch: pytest.MonkeyPatch) -> CmisSettings:
    monkeypatch.setenv("AKTENSUCHE_TEST_SECRET", "x")
    return _settings(chemistry)


def _settings(address: str, **more: Any) -> CmisSettings:
    said: dict[str, Any] = {
        "tenant": "erbach",
        "url": address,
        "networks": ["127.0.0.0/8"],
        "requests_per_second": 100,
        "groups": {name: list(groups) for name, groups in PRINCIPALS.items()},
        "credentials": {"user": USER, "secret_env": "AKTENSUCHE_TEST_SECRET"},
        "full_every": "0s",
        "page_size": 40,
    }
    return CmisSettings.model_validate(said | more)


@pytest.fixture
def counterpart(chemistry: str) -> Iterator[CmisCounterpart]:
    made = CmisCounterpart(chemistry, documents=0)
    yield made
    for document in made.documents.values():
        made._act(document.object_id, "delete", allVersions="true")
    for folder in made.folders:
        made._act(folder, "delete")
    made.close()


_OPENED: list[CmisSource] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Close connectors at the end: items are opened after their listing."""
    yield
    while _OPENED:
        _OPENED.pop().close()


def _items(settings: CmisSettings, checkpoint: Any = None) -> tuple[dict[str, CmisItem], Any]:
    source = settings.connect(Surroundings())
    _OPENED.append(source)
    steps = list(source.listing(checkpoint))
    (reached,) = (s.checkpoint for s in steps if isinstance(s, Reached))
    assert (checkpoint is None) == any(isinstance(s, PassBegins) for s in steps)
    return {s.path: s for s in steps if isinstance(s, Item)}, reached  # type: ignore[misc]


def test_the_proof(town: Town, settings: CmisSettings, counterpart: CmisCounterpart) -> None:
    chance = random.Random(3)
    for _ in range(100):
        counterpart.add(chance)
    proof = prove("cmis", counterpart, TownSide(town, settings), changes=25)
    assert proof.holds, proof.report()
    assert proof.runs["nothing changed"].unchanged == proof.records == 100
    assert set(proof.changes) == {"add", "edit", "move", "rights", "delete"}


def test_only_the_latest_version_is_told_and_working_copies_are_not(
    settings: CmisSettings, counterpart: CmisCounterpart
) -> None:
    series = counterpart.add(random.Random(1))
    document = counterpart.documents[series]
    counterpart.new_version(document, b"die zweite")
    copy = counterpart._act(document.object_id, "checkOut")["succinctProperties"]["cmis:objectId"]
    found, _ = _items(settings)
    assert list(found) == [series]
    with found[series].open() as content:
        assert content.read() == b"die zweite"
    assert found[series].describe().metadata.fields["version"] == "2.0"
    counterpart._act(copy, "cancelCheckOut")


def test_between_full_listings_only_what_was_modified_is_asked_for(
    chemistry: str, settings: CmisSettings, counterpart: CmisCounterpart
) -> None:
    chance = random.Random(1)
    for _ in range(5):
        counterpart.add(chance)
    lazy = settings.model_copy(update={"full_every": _settings(chemistry, full_every="1d").full_every})
    lazy = lazy.model_copy(update={"overlap": _settings(chemistry, overlap="0s").overlap})
    found, reached = _items(lazy)
    assert len(found) == 5
    # the server's own clock cuts at whole seconds
    counterpart.new_version(counterpart.documents[min(counterpart.documents)], b"neu")
    later = dict(reached) | {"since": reached["since"] + 1000}
    again, _ = _items(lazy, later)
    assert len(again) < 5


@pytest.mark.parametrize("principal", ["somebody", "dms-bau,dms-leitung", 'x","erbach/leitung', ""])
def test_whoever_is_not_written_down_reads_nothing(
    settings: CmisSettings, counterpart: CmisCounterpart, principal: str
) -> None:
    series = counterpart.add(random.Random(1), ["dms-bau"])
    counterpart.rights(counterpart.documents[series], (principal or "nobody",))
    found, _ = _items(settings)
    assert found[series].describe().access.readers == frozenset()


def test_properties_become_fields_and_a_word_not_understood_opens_nothing(
    chemistry: str, settings: CmisSettings, counterpart: CmisCounterpart
) -> None:
    series = counterpart.add(random.Random(1), ["dms-bau"])
    mapped = settings.model_copy(update={"properties": {"file_reference": "cmis:name", "department": "cmis:createdBy"}})
    said = _items(mapped)[0][series].describe()
    assert (said.metadata.file_reference, said.metadata.department) == (counterpart.documents[series].name, USER)
    assert said.access.confidentiality is Confidentiality.OPEN
    assert {str(r) for r in said.access.readers} == {"erbach/bauamt"}
    odd = settings.model_copy(update={"properties": {"confidentiality": "cmis:name"}})
    with pytest.raises(Exception, match="unbekannt"):
        _items(odd)[0][series].describe()
    with pytest.raises(ValueError, match="unknown; known are"):
        _settings(chemistry, properties={"readers": "cmis:name"})


def test_what_is_no_repository_is_said(chemistry: str, settings: CmisSettings) -> None:
    for more in ({"repository": "B2"}, {"url": f"{chemistry}/nirgends"}):
        source = _settings(chemistry, **more).connect(Surroundings())
        with pytest.raises(SourceUnavailableError):
            list(source.listing(None))
        source.close()
    assert settings.location.startswith(chemistry)
