"""A source is looked at as a run would: what it shows beside the ledger is named, and nothing is changed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.source_look import NAMED, look, look_configured
from indexer.sources.folder import FolderSettings, FolderSource, Patience
from indexer.sources.protocol import Item
from indexer.sources.settings import Surroundings
from records.ledger import Ledger
from records.ledger_tables import migrate
from records.ledger_values import Seen, Source
from records.record import Metadata
from records.settings import LedgerSettings
from tests.factories import access


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    settings = LedgerSettings(url=f"sqlite:///{tmp_path}/ledger.sqlite")
    migrate(settings)
    made = Ledger(settings)
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "akten"
    place.mkdir()
    for name in ("gleich.txt", "anders.txt", "weg.txt"):
        (place / name).write_text(f"Beispiel {name}")
    return place


def connector(folder: Path) -> FolderSource:
    return FolderSource(folder, tenant="erbach", patience=Patience(settle=0))


def noted(ledger: Ledger, folder: Path) -> Source:
    source = ledger.source("erbach", "folder", str(folder))
    items = [step for step in connector(folder).listing(None) if isinstance(step, Item)]
    seen = [Seen(i.path, i.file_name, i.fingerprint, "0" * 64, 1, None, Metadata(""), access("erbach")) for i in items]
    ledger.note(source, seen)
    return source


def test_what_a_folder_shows_beside_the_ledger_is_named_and_nothing_happens(ledger: Ledger, folder: Path) -> None:
    source = noted(ledger, folder)
    assert look(source, connector(folder), ledger).agrees
    (folder / "neu.txt").write_text("Beispiel")
    (folder / "anders.txt").write_text("Beispiel, länger als zuvor")
    (folder / "weg.txt").unlink()
    before = ledger.known(source)
    found = look(source, connector(folder), ledger)
    assert (found.shown, found.agrees, found.error) == (3, False, None)
    assert found.unknown.named == ("neu.txt",)
    assert found.changed.named == ("anders.txt",)
    assert found.gone.named == ("weg.txt",)
    assert ledger.known(source) == before


def test_a_folder_that_is_not_there_says_so_and_names_nothing_as_gone(ledger: Ledger, folder: Path) -> None:
    source = noted(ledger, folder)
    shutil.rmtree(folder)
    found = look(source, connector(folder), ledger)
    assert found.error is not None
    assert "cannot be listed" in found.error
    assert found.gone.number == 0
    assert not found.agrees


def test_a_source_that_was_never_read_or_is_paused_is_not_asked(ledger: Ledger, folder: Path) -> None:
    said = {"kind": "folder", "tenant": "erbach", "path": str(folder), "settle": "0s"}
    settings = FolderSettings.model_validate(said)
    never = look_configured("akten", settings, ledger, Surroundings())
    assert (never.error, never.shown) == ("never read: 'aktensuche sync akten' does", 0)
    # and nothing was made by looking
    assert ledger.every_source() == ()
    source = noted(ledger, folder)
    assert look_configured("akten", settings, ledger, Surroundings()).agrees
    ledger.pause(source, paused=True)
    paused = look_configured("akten", settings, ledger, Surroundings())
    assert (paused.error, paused.agrees) == ("paused, so it is not asked", False)


def test_of_many_the_first_are_named_and_all_are_counted(ledger: Ledger, folder: Path) -> None:
    source = noted(ledger, folder)
    for number in range(NAMED + 5):
        (folder / f"neu-{number:03}.txt").write_text("Beispiel")
    found = look(source, connector(folder), ledger)
    assert (found.unknown.number, len(found.unknown.named)) == (NAMED + 5, NAMED)
    assert found.as_json()["unknown"]["number"] == NAMED + 5
