"""What removed records and older versions leave behind is erased, and nothing that somebody still needs."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from indexer.erasure import Erasure
from indexer.extraction import Extraction, Extractor
from indexer.known_vectors import name_of
from indexer.settings import LimitSettings
from records.access import ReadAccess
from records.files import FileStore
from records.ledger import Ledger
from records.ledger_erasure import LedgerErasure
from records.ledger_tables import VectorState, migrate
from records.ledger_values import Done, Seen
from records.record import Metadata, Page, TextState
from records.settings import LedgerSettings

_MODEL = "Beispielmodell"


class Texts:
    """Reads kept contents as text."""

    def __init__(self, files: FileStore) -> None:
        self._files = files

    def kept(self, sha256: str) -> Extraction | None:
        try:
            with self._files.open(sha256) as content:
                pages = content.read().decode().split("\f")
        except FileNotFoundError:
            return None
        return Extraction("text/plain", tuple(Page(n, t) for n, t in enumerate(pages, start=1)), TextState.FULL)


class Shelf:
    def __init__(self, folder: Path) -> None:
        settings = LedgerSettings(url=f"sqlite:///{folder}/ledger.sqlite")
        migrate(settings)
        self.ledger, self.files = Ledger(settings), FileStore(folder / "files")
        self.forgetting = LedgerErasure(settings)

    def erase(self, quiet_seconds: float = 0) -> int:
        step = Erasure(
            ledger=self.forgetting,
            files=self.files,
            extractor=cast("Extractor", Texts(self.files)),
            limits=LimitSettings(),
            quiet_seconds=quiet_seconds,
        )
        return step.erase()

    def note(self, text: str, path: str = "brief.txt") -> int:
        sha256, size = self.files.keep(io.BytesIO(text.encode()), limit=1 << 20)
        seen = Seen(path, path, None, sha256, size, 1.0, Metadata(title=path), ReadAccess("erbach"))
        (entry_id,) = self.ledger.note(self.ledger.source("erbach", "folder", "/beispiel"), [seen])
        return entry_id

    def take_in(self, text: str, path: str = "brief.txt") -> int:
        entry_id = self.note(text, path)
        self.ledger.keep_vectors(_MODEL, {name_of(page): b"\0" * 8 for page in text.split("\f")})
        self.finish(entry_id)
        return entry_id

    def finish(self, entry_id: int, **more: Any) -> None:
        said = {"text_state": TextState.FULL, "vectors": VectorState.DONE} | more
        self.ledger.finish([Done(entry, **said) for entry in self.ledger.claim([entry_id], "w", 30)], "w")

    def contents(self) -> set[str]:
        kept = (self.files.path("0" * 64).parent.parent).rglob("*")
        return {path.read_text() for path in kept if path.is_file()}

    def knows(self, text: str) -> bool:
        return bool(self.ledger.vectors_of(_MODEL, [name_of(text)]))


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    yield made
    made.ledger.close()
    made.forgetting.close()


def test_an_older_version_is_erased_once_the_newer_one_is_shown(shelf: Shelf) -> None:
    shelf.take_in("Vermerk alt\fBeispiel bleibt")
    entry_id = shelf.note("Vermerk neu\fBeispiel bleibt")
    shelf.erase()
    assert len(shelf.contents()) == 2, "the index still shows the older one"
    shelf.finish(entry_id)
    shelf.erase()
    assert shelf.contents() == {"Vermerk neu\fBeispiel bleibt"}
    assert not shelf.knows("Vermerk alt")
    assert shelf.knows("Beispiel bleibt")


def test_an_older_version_that_somebody_else_has_is_kept(shelf: Shelf) -> None:
    shelf.take_in("Vermerk alt", "abschrift.txt")
    shelf.take_in("Vermerk alt")
    shelf.take_in("Vermerk neu")
    shelf.erase()
    assert shelf.contents() == {"Vermerk alt", "Vermerk neu"}
    assert shelf.knows("Vermerk alt")


def test_what_was_kept_a_moment_ago_waits(shelf: Shelf) -> None:
    shelf.take_in("Vermerk alt")
    shelf.take_in("Vermerk neu")
    shelf.erase(quiet_seconds=600)
    assert len(shelf.contents()) == 2
    shelf.erase()
    assert shelf.contents() == {"Vermerk neu"}


def test_a_record_that_leaves_takes_every_version_with_it(shelf: Shelf) -> None:
    shelf.take_in("Vermerk alt")
    entry_id = shelf.take_in("Vermerk neu")
    shelf.ledger.leave([entry_id])
    shelf.finish(entry_id, removed=True)
    assert shelf.erase() == 1
    assert shelf.contents() == set()
    assert shelf.erase() == 0
