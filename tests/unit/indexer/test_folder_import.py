"""A folder becomes records: what is read, refused, unchanged, removed and held. Only Tika and the engine are fakes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from indexer.extraction import Extraction, Extractor
from indexer.folder_import import FolderImport
from indexer.pipeline import Pipeline
from indexer.quarantine import Retried, retry
from indexer.settings import LimitSettings, TikaSettings
from indexer.sources.folder import Patience
from indexer.sync import Sync, SyncSummary
from indexer.tika import TikaUnavailableError, UnreadableError
from records.errors import EngineUnavailableError, InvalidInputError
from records.files import FileStore
from records.index import Outcome, Removal, WriteResult
from records.ledger import Ledger
from records.ledger_reports import LedgerReports
from records.ledger_tables import migrate
from records.ledger_values import Fault
from records.reasons import Reason
from records.record import Page, Record, TextState
from records.settings import LedgerSettings

LIMITS = LimitSettings(file_bytes=1000)


class Shelf:
    """A RecordWriter that keeps versions as the engine does."""

    def __init__(self) -> None:
        self.held: dict[str, Record] = {}
        self.versions: dict[str, int] = {}
        self.down = 0
        self.busy = 0

    def ensure_index(self, tenant: str) -> None:  # noqa: ARG002
        if self.down:
            self.down -= 1
            raise EngineUnavailableError("down")

    def put(self, records: Sequence[Record]) -> tuple[WriteResult, ...]:
        return tuple(self._write(r.record_id, r.version, r) for r in records)

    def remove(self, removals: Sequence[Removal]) -> tuple[WriteResult, ...]:
        return tuple(self._write(r.record_id, r.version, None) for r in removals)

    def refresh(self, tenant: str) -> None:  # noqa: ARG002
        if self.busy:
            self.busy -= 1
            raise EngineUnavailableError("busy")

    def _write(self, record_id: str, version: int, record: Record | None) -> WriteResult:
        if version < self.versions.get(record_id, 0):
            return WriteResult(record_id, Outcome.SUPERSEDED)
        self.versions[record_id] = version
        self.held.pop(record_id, None)
        if record is not None:
            self.held[record_id] = record
        return WriteResult(record_id, Outcome.WRITTEN)

    def titles(self) -> set[str]:
        return {r.metadata.title for r in self.held.values()}


class PlainText(Extractor):
    """Reads a file as UTF-8 text instead of asking Tika."""

    reads = 0
    away = 0

    def _read(self, path: Path, seconds: float | None = None) -> Extraction:  # noqa: ARG002
        if self.away:
            self.away -= 1
            raise TikaUnavailableError("away")
        self.reads += 1
        text = path.read_text(encoding="utf-8", errors="replace")
        return Extraction("text/plain", (Page(1, text),), TextState.FULL)


class Town:
    """Everything an import needs, working in this thread."""

    def __init__(self, folder: Path) -> None:
        settings = LedgerSettings(url=f"sqlite:///{folder}/ledger.sqlite")
        migrate(settings)
        self.folder = folder / "akten"
        self.folder.mkdir()
        self.ledger = Ledger(settings)
        self.files = FileStore(folder / "files")
        self.shelf = Shelf()
        self.extractor = PlainText(TikaSettings(url="http://127.0.0.1:1"), LIMITS, self.files)
        self.pipeline = self.worker()

    def worker(self) -> Pipeline:
        """Return what one process of a worker has."""
        return Pipeline(
            ledger=self.ledger,
            files=self.files,
            extractor=self.extractor,
            writer=self.shelf,
            queue=self,
            limits=LIMITS,
            clients=2,
            lease_seconds=30,
            model="beispiel",
        )

    def send(self, ids: Sequence[int], *, late: bool = False) -> None:
        self.pipeline.index(ids, late=late)

    def wake_vectors(self) -> None:
        """No vectors here."""

    def bring(self, tenant: str | None = "erbach") -> SyncSummary:
        return FolderImport(
            sync=self.sync(),
            ledger=self.ledger,
            tenants=("erbach", "oberzent"),
            caller=contextlib.nullcontext,
            patience=Patience(settle=0.0),
        ).run(self.folder, tenant=tenant)

    def sync(self) -> Sync:
        return Sync(ledger=self.ledger, files=self.files, queue=self, writer=self.shelf, file_limit=LIMITS.file_bytes)

    def write(self, name: str, content: str | bytes, **said: object) -> None:
        (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        if said:
            (self.folder / f"{name}.meta.json").write_text(json.dumps(said))

    def reasons(self) -> dict[str, str]:
        return {f.path: f.code for f in LedgerReports(self.ledger).quarantine_of("erbach")}


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.pipeline.close()
    made.ledger.close()


def test_second_run_changes_nothing_and_reads_nothing(town: Town) -> None:
    for n in range(5):
        town.write(f"brief-{n}.txt", f"Text {n}", title=f"Brief {n}")
    (town.folder / "MANIFEST.jsonl").write_text("{}")
    assert town.bring() == SyncSummary(files=5, indexed=5)
    assert town.bring() == SyncSummary(files=5, unchanged=5)
    assert town.extractor.reads == 5


def test_changed_words_about_a_file_need_no_new_reading(town: Town) -> None:
    town.write("a.txt", "Text", title="Alt")
    town.bring()
    town.write("a.txt", "Text", title="Ganz neu")
    assert town.bring() == SyncSummary(files=1, indexed=1)
    assert town.shelf.titles() == {"Ganz neu"}
    assert town.extractor.reads == 1


def test_only_touched_is_unchanged(town: Town) -> None:
    town.write("a.txt", "Text")
    town.bring()
    os.utime(town.folder / "a.txt", (1, 1))
    assert town.bring() == SyncSummary(files=1, unchanged=1)


def test_what_left_is_removed_and_may_return(town: Town) -> None:
    town.write("a.txt", "A")
    town.write("b.txt", "B")
    town.bring()
    (town.folder / "a.txt").unlink()
    assert town.bring() == SyncSummary(files=1, unchanged=1, removed=1)
    assert town.shelf.titles() == {"b"}
    town.write("a.txt", "A")
    assert town.bring() == SyncSummary(files=2, unchanged=1, indexed=1)
    assert town.shelf.titles() == {"a", "b"}


def test_an_empty_folder_is_held_until_somebody_agrees(town: Town) -> None:
    for n in range(12):
        town.write(f"{n}.txt", str(n))
    town.bring()
    for path in town.folder.iterdir():
        path.unlink()
    assert town.bring() == SyncSummary(held=12)
    town.folder.rmdir()  # the share is not mounted
    assert town.bring() == SyncSummary(held=12)
    assert len(town.shelf.held) == 12
    town.ledger.agree(town.ledger.find_sources(str(town.folder))[0])
    assert town.bring() == SyncSummary(removed=12)
    assert town.shelf.held == {}


def test_bad_files_are_named_and_stop_nobody(town: Town, tmp_path: Path) -> None:
    town.write("gut.txt", "gut")
    town.write("leer.txt", b"")
    town.write("gross.txt", b"x" * 2000)
    town.write("fremd.txt", "x", tenant="oberzent")
    town.write("geheim.txt", "x", confidentiality="geheim")
    (tmp_path / "draussen.txt").write_text("draussen")
    (town.folder / "raus.txt").symlink_to(tmp_path / "draussen.txt")
    (town.folder / "kreis").symlink_to(town.folder)
    os.mkfifo(town.folder / "rohr")
    (town.folder / os.fsdecode(b"\xff.txt")).write_text("kein UTF-8 im Namen")
    assert town.bring() == SyncSummary(files=8, indexed=2, quarantined=6)
    assert town.bring() == SyncSummary(files=8, unchanged=2, quarantined=6)
    assert town.reasons() == {
        "leer.txt": "empty",
        "gross.txt": "too-large",
        "fremd.txt": "tenant",
        "geheim.txt": "classified",
        "raus.txt": "link-leaves",
        "rohr": "no-file",
    }


def test_a_record_that_becomes_classified_leaves_the_index(town: Town) -> None:
    town.write("a.txt", "Text", readers=["alle"])
    town.bring()
    town.write("a.txt", "Text", confidentiality="VS-NfD")
    assert town.bring() == SyncSummary(files=1, quarantined=1)
    assert town.shelf.held == {}


def test_members_of_archives_inherit_who_may_read(town: Town) -> None:
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("tief.txt", "tief")
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("../../hoch.txt", "hoch")
        archive.writestr("innen.zip", inner.getvalue())
    town.write("akte.zip", outer.getvalue(), readers=["bauamt"], confidentiality="vertraulich")
    assert town.bring() == SyncSummary(files=1, indexed=1, children=3)
    assert town.shelf.titles() == {"akte", "hoch", "innen", "tief"}
    assert len({r.access for r in town.shelf.held.values()}) == 1
    (town.folder / "akte.zip").unlink()
    town.bring()
    assert town.shelf.held == {}


def test_archive_bomb(town: Town) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(1001):
            archive.writestr(str(n), b"")
    assert len(bomb.getvalue()) > LIMITS.file_bytes
    small = io.BytesIO()
    with zipfile.ZipFile(small, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("null", b"\0" * 250_000_000)
    town.write("bombe.zip", small.getvalue())
    assert town.bring() == SyncSummary(files=1, quarantined=1)
    assert town.reasons() == {"bombe.zip": "archive-bomb"}


def test_all_that_is_nested_in_one_file_has_one_budget(town: Town) -> None:
    town.pipeline._budget._limits = LIMITS.model_copy(update={"archive_members": 4})
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as archive:
        for name in ("a.zip", "b.zip"):
            inner = io.BytesIO()
            with zipfile.ZipFile(inner, "w") as packed:
                packed.writestr("1", name)
                packed.writestr("2", name)
            archive.writestr(name, inner.getvalue())
    town.write("akte.zip", outer.getvalue())
    assert town.bring() == SyncSummary(files=1, indexed=1, children=4)
    ((bomb, reason),) = town.reasons().items()
    assert bomb in {"akte.zip!/a.zip", "akte.zip!/b.zip"}
    assert reason == "archive-bomb"


def test_a_folder_cannot_pass_for_an_archive(town: Town) -> None:
    inside = io.BytesIO()
    with zipfile.ZipFile(inside, "w") as archive:
        archive.writestr("x.txt", "offen")
    town.write("a.zip", inside.getvalue(), readers=["alle"])
    (town.folder / "a.zip!").mkdir()
    town.write("a.zip!/x.txt", "nur Leitung", readers=["leitung"])
    for _ in range(2):
        town.bring()
        read = {r.pages[0].text: sorted(map(str, r.access.readers)) for r in town.shelf.held.values()}
        assert read == {"x.txt": ["erbach/alle"], "offen": ["erbach/alle"], "nur Leitung": ["erbach/leitung"]}


def test_an_error_nobody_foresaw_ends_in_quarantine(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.arrival.SEND_AGAIN_SECONDS", 0.0)
    put = town.shelf.put

    def stumble(records: Sequence[Record]) -> tuple[WriteResult, ...]:
        if any(r.metadata.title == "schlecht" for r in records):
            raise RuntimeError("nobody foresaw this")
        return put(records)

    town.shelf.put = stumble  # type: ignore[method-assign]
    send = town.send

    def worker(ids: Sequence[int], *, late: bool = False) -> None:
        with contextlib.suppress(RuntimeError):  # Celery writes it into the log
            send(ids, late=late)

    town.send = worker  # type: ignore[method-assign]
    for name in ("gut1", "gut2", "schlecht"):
        town.write(f"{name}.txt", name)
    assert town.bring() == SyncSummary(files=3, indexed=2, quarantined=1)
    assert town.reasons() == {"schlecht.txt": "crashed"}


@pytest.mark.parametrize("what", ["engine", "tika"])
def test_an_outage_loses_nothing(town: Town, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr("indexer.arrival.SEND_AGAIN_SECONDS", 0.0)
    if what == "engine":
        town.shelf.down = 2
    else:
        town.extractor.away = 2
    town.write("a.txt", "Text")
    assert town.bring() == SyncSummary(files=1, indexed=1)


def test_quarantine_is_read_again_when_asked_for(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.write("brief.txt", "Text", title="Brief")
    town.write("leer.txt", "")

    def fails(_: PlainText, __: Path, ___: float | None) -> Extraction:
        raise UnreadableError(Fault(Reason.DAMAGED))

    with monkeypatch.context() as broken:
        broken.setattr(PlainText, "_read", fails)
        assert town.bring() == SyncSummary(files=2, quarantined=2)
        assert retry(town.ledger, town, ["erbach"]) == Retried(retried=1, quarantined=1, not_read=1)
    assert retry(town.ledger, town, ["erbach"], reason=Reason.CRASHED) == Retried()
    assert retry(town.ledger, town, ["oberzent"]) == Retried()
    assert retry(town.ledger, town, ["erbach"]) == Retried(retried=1, indexed=1, not_read=1)
    assert town.shelf.titles() == {"Brief"}
    assert town.reasons() == {"leer.txt": "empty"}


def test_what_an_archive_holds_too_deep_is_not_let_in_by_retrying(town: Town) -> None:
    inner = b"Zu tief"
    for _ in range(LIMITS.archive_depth + 1):
        inner = zipped({"innen.zip" if inner[:2] == b"PK" else "brief.txt": inner})
    town.write("akte.zip", inner)
    town.bring()
    deep = [path for path, code in town.reasons().items() if code == "too-deep"]
    assert deep
    assert retry(town.ledger, town, ["erbach"]).retried == 0
    assert [path for path, code in town.reasons().items() if code == "too-deep"] == deep


def test_an_engine_that_is_busy_at_the_end_is_waited_for(town: Town) -> None:
    town.write("brief.txt", "Text", title="Brief")
    town.shelf.busy = 2
    assert town.bring() == SyncSummary(files=1, indexed=1)
    assert town.shelf.busy == 0


def test_every_sidecar_may_name_its_tenant(town: Town) -> None:
    town.write("a.txt", "A", tenant="erbach")
    town.write("b.txt", "B", tenant="oberzent")
    assert town.bring(tenant=None) == SyncSummary(files=2, indexed=2)
    assert {r.access.tenant for r in town.shelf.held.values()} == {"erbach", "oberzent"}
    town.write("c.txt", "C")
    with pytest.raises(InvalidInputError, match=r"c\.txt"):
        town.bring(tenant=None)
