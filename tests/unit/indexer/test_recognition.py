"""A doubtful page is listed for those who may read its record, and read anew; the surer reading is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.extraction import Extraction
from indexer.recognition import DPI, Draw, PagesAgain, ReadAnew, read_anew
from records.access import Role
from records.errors import InvalidInputError, NotVisibleError
from records.ledger_pages_again import LedgerPagesAgain
from records.ledger_reports import LedgerReports
from records.ledger_tables import Again
from records.pictures import NoPictureError
from records.record import Page, TextState
from records.settings import LedgerSettings
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


@pytest.fixture
def wanted(scans: Town) -> Iterator[LedgerPagesAgain]:
    made = LedgerPagesAgain(LedgerSettings(url=f"sqlite:///{scans.folder.parent}/ledger.sqlite"))
    yield made
    made.close()


def _reading(scans: Town, wanted: LedgerPagesAgain, draw: Draw) -> PagesAgain:
    return PagesAgain(
        pages=wanted, ledger=scans.ledger, files=scans.files, extractor=scans.extractor, queue=scans, draw=draw
    )


def _id(scans: Town, source_id: str) -> str:
    (record_id,) = (r.record_id for r in scans.shelf.held.values() if r.metadata.source_id == source_id)
    return record_id


BUILDER = principal("erbach", "bauamt", roles=MANAGER)


def test_a_page_that_somebody_asked_for_is_read_anew_once(scans: Town, wanted: LedgerPagesAgain) -> None:
    drawn: list[tuple[int, int]] = []

    def draw(_path: Path, _kind: str, page: int, dpi: int) -> bytes:
        drawn.append((page, dpi))
        return b"sharp"

    wanted.ask(BUILDER, _id(scans, "A"), 2)
    wanted.ask(BUILDER, _id(scans, "A"), 3)
    listed = LedgerReports(scans.ledger)
    assert {p.again for p in listed.recognised_of("erbach", below=101, size=10) if p.source_id == "A"} == {Again.ASKED}
    _reading(scans, wanted, draw).read()
    _reading(scans, wanted, draw).read()
    assert drawn == [(2, DPI), (3, DPI)]
    now = {(p.source_id, p.page): (p.confidence, p.again) for p in listed.recognised_of("erbach", below=101, size=10)}
    assert now[("A", 2)] == (77, Again.KEPT)
    assert now[("A", 3)] == (91, Again.UNSURER)
    assert now[("B1", 1)] == (40, None)
    assert {p.text for r in scans.shelf.held.values() for p in r.pages} >= {"neu 1", "Anton 3"}


def test_a_page_that_cannot_be_drawn_says_so_and_one_that_kills_its_reader_is_given_up(
    scans: Town, wanted: LedgerPagesAgain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_picture(*_: object) -> bytes:
        raise NoPictureError("no picture")

    listed = LedgerReports(scans.ledger)
    wanted.ask(BUILDER, _id(scans, "A"), 2)
    _reading(scans, wanted, no_picture).read()
    assert {p.again for p in listed.recognised_of("erbach", below=60, size=1)} == {None}
    assert [p.again for p in listed.recognised_of("erbach", below=60, size=9) if p.source_id == "A"] == [Again.FAILED]
    # whoever took it up never comes back
    monkeypatch.setattr("records.ledger_pages_again._IN_HAND_SECONDS", 0.0)
    wanted.ask(BUILDER, _id(scans, "A"), 2)
    taken = [wanted.take() for _ in range(5)]
    assert [one is not None for one in taken] == [True, True, True, False, False]
    assert [p.again for p in listed.recognised_of("erbach", below=60, size=9) if p.source_id == "A"] == [Again.FAILED]


def test_what_is_in_hand_is_nobody_elses(scans: Town, wanted: LedgerPagesAgain) -> None:
    wanted.ask(BUILDER, _id(scans, "A"), 2)
    assert wanted.take() is not None
    assert wanted.take() is None


def test_only_readers_among_the_records_managers_may_ask(scans: Town, wanted: LedgerPagesAgain) -> None:
    record_id = _id(scans, "A")
    for who in (
        principal("erbach", "bauamt"),
        principal("erbach", "ordnungsamt", roles=MANAGER),
        principal("oberzent", "bauamt", roles=MANAGER),
        principal("erbach", "bauamt", roles=MANAGER, software=("bauamt",)),
    ):
        with pytest.raises(NotVisibleError):
            wanted.ask(who, record_id, 2)
    # a page of text, one that is not there, a record that is not there
    for wrong in ((record_id, 1), (record_id, 9), ("x" * 26, 1)):
        with pytest.raises(NotVisibleError):
            wanted.ask(BUILDER, *wrong)
    assert wanted.take() is None


def test_what_has_left_is_not_listed(scans: Town) -> None:
    (scans.folder / "a.pdf").unlink()
    scans.bring()
    left = LedgerReports(scans.ledger).recognised_of("erbach", below=101, size=10)
    assert {p.source_id for p in left} == {"B1", "B2"}
