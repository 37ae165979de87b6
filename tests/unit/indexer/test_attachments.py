"""What only Tika can take out of a file becomes records of its own; what it cannot is said."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import IO

import pytest

from indexer.extraction import Extraction
from indexer.tika import UnreadableError
from records.ledger_values import Fault
from records.reasons import Reason
from records.record import NOTICE, Page, TextState
from tests.unit.indexer.test_folder_import import Town


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A town whose Tika takes `.msg` files for mails with what a test lays down as attachments."""
    made = Town(tmp_path)

    def read(path: Path, seconds: float | None) -> Extraction:
        text = path.read_text()
        holds = text.startswith("Mail")
        return Extraction("application/x", (Page(1, text),), TextState.FULL, holds_files=holds)

    monkeypatch.setattr(made.extractor, "_read", read)
    return made


def _attach(town: Town, monkeypatch: pytest.MonkeyPatch, attached: dict[str, str] | Reason) -> None:
    def unpack(sha256: str, target: IO[bytes]) -> None:
        if isinstance(attached, Reason):
            raise UnreadableError(Fault(attached))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, text in attached.items():
                archive.writestr(name, text)
        target.write(packed.getvalue())

    monkeypatch.setattr(town.extractor, "unpack", unpack)


def test_attachments_have_their_parent_its_place_and_its_readers(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    _attach(town, monkeypatch, {"plan.txt": "Plan", "../oben.txt": "Oben"})
    town.write("a.msg", "Mail", title="Ortstermin", file_reference="632.1", readers=["bauamt"])
    assert town.bring().children == 2
    (mail,) = (r for r in town.shelf.held.values() if r.parent_id is None)
    attached = {r.original.file_name: r for r in town.shelf.held.values() if r.parent_id == mail.record_id}
    assert set(attached) == {"plan.txt", "oben.txt"}
    assert {r.metadata.file_reference for r in attached.values()} == {"632.1"}
    assert all(r.access == mail.access for r in attached.values())


def test_an_attachment_that_left_its_mail_leaves_the_index(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    _attach(town, monkeypatch, {"plan.txt": "Plan", "alt.txt": "Alt"})
    town.write("a.msg", "Mail eins", title="Ortstermin")
    town.bring()
    _attach(town, monkeypatch, {"plan.txt": "Plan"})
    town.write("a.msg", "Mail zwei", title="Ortstermin")
    town.bring()
    assert {r.original.file_name for r in town.shelf.held.values()} == {"a.msg", "plan.txt"}


@pytest.mark.parametrize("reason", [Reason.DAMAGED, Reason.CRASHED, Reason.TOO_SLOW])
def test_what_cannot_be_taken_out_is_said_and_the_mail_is_found(
    town: Town, monkeypatch: pytest.MonkeyPatch, reason: Reason
) -> None:
    _attach(town, monkeypatch, reason)
    town.write("a.msg", "Mail", title="Ortstermin")
    town.bring()
    (mail,) = town.shelf.held.values()
    assert "nicht entnehmen" in mail.metadata.fields[NOTICE]
    assert mail.text_state is TextState.PARTIAL


def test_a_bomb_goes_to_quarantine(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    _attach(town, monkeypatch, Reason.ARCHIVE_BOMB)
    town.write("a.msg", "Mail", title="Ortstermin")
    town.bring()
    assert town.reasons() == {"a.msg": Reason.ARCHIVE_BOMB}
