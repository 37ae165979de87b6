"""A doubtful page is listed for those who may read its record, and read anew; the surer reading is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.extraction import Extraction
from indexer.recognition import ReadAnew, read_anew
from records.access import Role
from records.errors import InvalidInputError, NotVisibleError
from records.ledger_reports import LedgerReports
from records.record import Page, TextState
from tests.factories import principal
from tests.unit.indexer.test_folder_import import Town

MANAGER = (Role.RECORDS_MANAGER,)


def _scan(text: str, *sure: int | None) -> Extraction:
    pages = tuple(Page(n, f"{text} {n}", one) for n, one in enumerate(sure, start=1))
    return Extraction("application/pdf", pages, TextState.FULL)


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A town with two files, the second of which is there twice with other readers."""
    readings = {b"A": _scan("Anton", None, 55, 91), b"B": _scan("Berta", 40)}
    town = Town(tmp_path)
    reads: list[bytes] = []

    def read(path: Path, seconds: float | None = None) -> Extraction:
        content = path.read_bytes()
        reads.append(content)
        return readings.get(content, _scan("neu", 77))

    monkeypatch.setattr(town.extractor, "_read", read)
    town.write("a.pdf", "A", title="Anton", source_id="A", readers=["bauamt"])
    town.write("b.pdf", "B", title="Berta", source_id="B1", readers=["bauamt"])
    town.write("b2.pdf", "B", title="Berta noch einmal", source_id="B2", readers=["ordnungsamt"])
    town.bring()
    assert sorted(reads) == [b"A", b"B"], "the same content is read once"
    return town


def test_the_same_content_twice_keeps_its_own_place_and_rights(scans: Town) -> None:
    both = {r.metadata.source_id: r for r in scans.shelf.held.values() if r.metadata.title.startswith("Berta")}
    assert both["B1"].pages == both["B2"].pages
    assert {str(r) for r in both["B1"].access.readers} == {"erbach/bauamt"}
    assert {str(r) for r in both["B2"].access.readers} == {"erbach/ordnungsamt"}


def test_the_worst_pages_are_listed_for_their_readers(scans: Town) -> None:
    reports = LedgerReports(scans.ledger)
    mine = reports.recognised(principal("erbach", "bauamt", roles=MANAGER), below=80, size=10)
    assert [(p.source_id, p.page, p.confidence) for p in mine] == [("B1", 1, 40), ("A", 2, 55)]
    assert len(reports.recognised_of("erbach", below=101, size=10)) == 4
    assert reports.recognised(principal("erbach", roles=MANAGER), below=80, size=10) == ()
    assert reports.recognised(principal("oberzent", "bauamt", roles=MANAGER), below=80, size=10) == ()
    with pytest.raises(NotVisibleError):
        reports.recognised(principal("erbach", "bauamt"), below=80, size=10)
    lent = principal("erbach", "bauamt", roles=MANAGER, software=("bauamt",))
    with pytest.raises(NotVisibleError):
        reports.recognised(lent, below=80, size=10)


def test_records_say_how_sure_they_are(scans: Town) -> None:
    (record,) = (r for r in scans.shelf.held.values() if r.metadata.source_id == "A")
    assert record.metadata.fields == {"ocr_pages": 2, "ocr_confidence": 73}


def _again(town: Town, source_id: str, page: int, picture: bytes = b"sharp") -> ReadAnew:
    (record_id,) = (r.record_id for r in town.shelf.held.values() if r.metadata.source_id == source_id)
    return read_anew(
        ledger=town.ledger,
        files=town.files,
        extractor=town.extractor,
        queue=town,
        draw=lambda _path, _kind, _page, _dpi: picture,
        record_id=record_id,
        page=page,
        dpi=450,
    )


def test_a_surer_reading_is_kept_for_every_copy(scans: Town) -> None:
    assert _again(scans, "B1", 1) == ReadAnew(before=40, now=77, kept=True, records=2)
    texts = {r.metadata.source_id: r.pages for r in scans.shelf.held.values()}
    assert texts["B1"] == texts["B2"] == (Page(1, "neu 1", 77),)
    left = LedgerReports(scans.ledger).recognised_of("erbach", below=80, size=10)
    assert [(p.source_id, p.confidence) for p in left] == [("A", 55), ("B1", 77), ("B2", 77)]


def test_a_less_sure_reading_changes_nothing(scans: Town) -> None:
    assert _again(scans, "A", 3) == ReadAnew(before=91, now=77, kept=False, records=0)
    assert {p.text for r in scans.shelf.held.values() for p in r.pages} >= {"Anton 3"}


def test_a_page_of_text_is_not_recognised(scans: Town) -> None:
    with pytest.raises(InvalidInputError, match="stands in the file"):
        _again(scans, "A", 1)
    with pytest.raises(InvalidInputError, match="3 pages"):
        _again(scans, "A", 4)


def test_what_has_left_is_not_listed(scans: Town) -> None:
    (scans.folder / "a.pdf").unlink()
    scans.bring()
    left = LedgerReports(scans.ledger).recognised_of("erbach", below=101, size=10)
    assert {p.source_id for p in left} == {"B1", "B2"}
