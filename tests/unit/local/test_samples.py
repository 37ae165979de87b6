"""The sample records: enough of every kind, the same bytes each time, marked, believable, different in each town."""

from __future__ import annotations

import email
import email.policy
import hashlib
import io
import itertools
import json
import sys
import zipfile
from collections import Counter
from pathlib import Path

import docx
import openpyxl
import pikepdf
import pptx
import pypdfium2
import pytest
from PIL import Image, ImageSequence
from reportlab.pdfbase.ttfonts import TTFont

from benchmarks.finding import JUDGED
from local.samples import generate as generate_samples
from local.samples import office, pdf
from local.samples.generate import STAMP, plan, render, write
from local.samples.model import MARK, Draft, Kind
from local.samples.questions import QUESTIONS, Question, answering
from local.samples.towns import OFFICES, TOWNS

DRAFTS = tuple(plan())
TENANTS = tuple(town.tenant for town in TOWNS)


def first(kind: Kind, *, skip: int = 0) -> Draft:
    return next(itertools.islice((draft for draft in DRAFTS if draft.kind is kind), skip, None))


def pdf_text(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def flat(text: str) -> str:
    """Running text without the line breaks of the page."""
    return " ".join(text.split())


def test_there_are_enough_records_in_every_town() -> None:
    by_town = Counter(draft.case.tenant for draft in DRAFTS)
    assert len(DRAFTS) >= 600
    assert set(by_town) == set(TENANTS)
    assert min(by_town.values()) >= 150


def test_every_kind_of_file_occurs_four_times() -> None:
    kinds = Counter(draft.kind for draft in DRAFTS)
    assert {kind: count for kind, count in kinds.items() if count < 4} == {}
    assert set(kinds) == set(Kind)


def test_no_two_records_lie_at_the_same_place() -> None:
    assert len({draft.path for draft in DRAFTS}) == len(DRAFTS)
    assert len({draft.path.casefold() for draft in DRAFTS}) == len(DRAFTS)
    assert any(set("äöüß") & set(draft.file_name) and " " in draft.file_name for draft in DRAFTS)


def test_planning_twice_gives_the_same_records() -> None:
    assert tuple(plan()) == DRAFTS


@pytest.mark.parametrize("kind", sorted(Kind))
def test_a_file_has_the_same_bytes_each_time(kind: Kind) -> None:
    draft = first(kind)
    assert hashlib.sha256(render(draft)).digest() == hashlib.sha256(render(draft)).digest()


def test_readers_belong_to_the_tenant_and_every_group_is_used() -> None:
    used: dict[str, set[str]] = {tenant: set() for tenant in TENANTS}
    for draft in DRAFTS:
        meta = draft.sidecar()
        assert meta["readers"]
        for reader in (*meta["readers"], *meta.get("deny", ())):
            tenant, _, group = reader.partition("/")
            assert tenant == meta["tenant"]
            used[tenant].add(group)
    assert all(groups >= set(OFFICES) | {"alle"} for groups in used.values())


def test_readers_are_mixed() -> None:
    shares = Counter(
        "two" if len(d.case.readers) > 1 else "all" if d.case.readers[0].endswith("/alle") else "one" for d in DRAFTS
    )
    assert 0.35 < shares["all"] / len(DRAFTS) < 0.55
    assert shares["one"] / len(DRAFTS) > 0.3
    assert shares["two"] >= 40
    assert sum(1 for draft in DRAFTS if draft.case.deny) >= 4


def test_what_is_about_staff_is_confidential_and_for_the_main_office_only() -> None:
    staff = [draft for draft in DRAFTS if draft.case.case_type == "Personalvorgang"]
    assert len(staff) >= 4 * len(TENANTS)
    for draft in staff:
        assert draft.sidecar()["confidentiality"] == "vertraulich"
        assert draft.case.readers == (f"{draft.case.tenant}/hauptamt",)


def test_every_record_says_that_it_is_an_example() -> None:
    assert "Beispiel" in MARK
    for draft in DRAFTS:
        assert draft.sidecar()["beispiel"] is True
        assert MARK in office.plain(draft)


def test_no_two_records_of_a_type_say_the_same() -> None:
    seen: dict[tuple[str, str], str] = {}
    for draft in DRAFTS:
        if draft.kind in {Kind.ZIP, Kind.DAMAGED, Kind.EMPTY}:
            continue
        # without the head and foot, which differ by their reference alone
        key = draft.document_type, repr(draft.blocks)
        assert key not in seen, f"{draft.path} says what {seen[key]} says"
        seen[key] = draft.path


def test_a_case_holds_several_records() -> None:
    cases = Counter(draft.case.case_reference for draft in DRAFTS)
    assert sum(1 for count in cases.values() if count >= 3) >= 100
    references = {(draft.case.case_reference, draft.case.file_reference) for draft in DRAFTS}
    assert len(references) == len(cases)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.text)
def test_each_question_is_answered_in_each_town(question: Question) -> None:
    answers = set()
    for town in TOWNS:
        found = answering(question, DRAFTS, town.tenant)
        assert found, town.tenant
        if question.answer:
            answers.add(question.answer(town))
            assert question.answer(town) in flat(pdf_text(render(found[0])))
    if question.answer:
        assert len(answers) == len(TOWNS)


def test_letters_survive_in_pages() -> None:
    draft = next(d for d in DRAFTS if d.kind is Kind.PDF and any("Łu" in line for line in d.addressee))
    text = pdf_text(render(draft))
    assert "Łu" in text
    assert "ü" in text
    assert MARK in text


def test_the_font_has_every_letter_that_is_used() -> None:
    known = TTFont("Probe", str(pdf.FONTS / f"{pdf.TEXT}.ttf")).face.charToGlyph
    used = {char for draft in DRAFTS for char in office.plain(draft) if char >= " "}
    assert {char for char in used if ord(char) not in known} == set()


def test_minutes_are_long_and_every_page_is_marked() -> None:
    draft = next(d for d in DRAFTS if d.name.startswith("Niederschrift 20"))
    document = pypdfium2.PdfDocument(render(draft))
    pages = [page.get_textpage().get_text_range() for page in document]
    document.close()
    assert len(pages) >= 12
    assert all(MARK in page and f"Seite {number}" in page for number, page in enumerate(pages, 1))


def test_pdfa_declares_itself_and_embeds_its_fonts() -> None:
    with pikepdf.open(io.BytesIO(render(first(Kind.PDFA)))) as document:
        assert document.open_metadata().pdfa_status == "2B"
        assert document.Root.OutputIntents[0].S == "/GTS_PDFA1"
        for page in document.pages:
            for font in page.Resources.Font.values():
                assert "/FontFile2" in font.FontDescriptor


def test_scans_hold_pictures_and_no_text() -> None:
    assert pdf_text(render(first(Kind.SCAN))).strip() == ""


def test_tiff_has_several_pages_in_fax_compression() -> None:
    pages = []
    for draft in (d for d in DRAFTS if d.kind is Kind.TIFF):
        with Image.open(io.BytesIO(render(draft))) as picture:
            assert picture.info["compression"] == "group4"
            pages.append(sum(1 for _ in ImageSequence.Iterator(picture)))
    assert sum(1 for count in pages if count > 1) >= 4


def test_encrypted_wants_its_password() -> None:
    content = io.BytesIO(render(first(Kind.ENCRYPTED)))
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(content)
    with pikepdf.open(content, password=pdf.PDF_PASSWORD) as document:
        assert len(document.pages) >= 1


def test_damaged_has_no_end_and_empty_has_nothing() -> None:
    damaged = render(first(Kind.DAMAGED))
    assert damaged.startswith(b"%PDF")
    assert b"%%EOF" not in damaged
    assert render(first(Kind.EMPTY)) == b""


def test_office_files_open_and_keep_their_umlauts() -> None:
    letter = first(Kind.DOCX)
    document = docx.Document(io.BytesIO(render(letter)))
    assert letter.title in [paragraph.text for paragraph in document.paragraphs]
    assert MARK in document.sections[0].footer.paragraphs[0].text
    book = openpyxl.load_workbook(io.BytesIO(render(first(Kind.XLSX))))
    cells = "\n".join(str(cell.value) for sheet in book for row in sheet for cell in row if cell.value)
    assert "Übersicht" in book.sheetnames
    assert MARK in cells
    show = pptx.Presentation(io.BytesIO(render(first(Kind.PPTX))))
    assert len(show.slides) >= 3
    assert all(any(MARK in shape.text_frame.text for shape in slide.shapes) for slide in show.slides)
    with zipfile.ZipFile(io.BytesIO(render(first(Kind.ODT)))) as odt:
        assert odt.namelist()[0] == "mimetype"
        assert MARK in odt.read("content.xml").decode()


def test_a_title_asked_for_is_answered_by_every_case_with_a_record_of_that_title() -> None:
    lines = (JUDGED / "sample.jsonl").read_text(encoding="utf-8").splitlines()
    titles = [query for query in map(json.loads, lines) if query["set"] == "exact"]
    bearing = {
        query["query_id"]: {
            draft.sidecar()["file_reference"]
            for draft in DRAFTS
            if (draft.case.tenant, draft.title) == (query["tenant"], query["query"])
        }
        for query in titles
    }
    assert len(titles) >= 20
    assert bearing == {query["query_id"]: set(query["relevant"]) for query in titles}


def test_only_what_the_asker_may_read_answers_a_judged_query() -> None:
    lines = (JUDGED / "sample.jsonl").read_text(encoding="utf-8").splitlines()
    sidecars = [draft.sidecar() for draft in DRAFTS]
    for query in map(json.loads, lines):
        groups = {f"{query['tenant']}/{group}" for group in (*query["groups"], "alle")}
        open_to_them = {
            one["file_reference"]
            for one in sidecars
            if one["tenant"] == query["tenant"]
            and groups & set(one["readers"])
            and not groups & set(one.get("deny", ()))
        }
        assert set(query["relevant"]) <= open_to_them, query["query_id"]


def test_mail_keeps_umlauts_and_its_attachment() -> None:
    draft = next(d for d in DRAFTS if d.kind is Kind.EML and d.attachments and d.name.startswith("Einwendung"))
    content = render(draft)
    assert content.isascii()
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert mail["Subject"] == draft.title
    body = mail.get_body(("plain",))
    assert body is not None
    assert "für" in body.get_content() or "früh" in body.get_content() or "Lärm" in body.get_content()
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "Lärmprotokoll.docx"
    assert MARK in "\n".join(p.text for p in docx.Document(io.BytesIO(attached.get_content())).paragraphs)


def test_web_pages_and_text_come_in_two_encodings() -> None:
    assert 'charset="windows-1252"' in render(first(Kind.HTML_1252)).decode("windows-1252")
    assert "Straße" in render(first(Kind.TXT_1252)).decode("windows-1252")
    assert "ß" in render(first(Kind.HTML)).decode("utf-8") + render(first(Kind.TXT)).decode("utf-8")


def test_archives_hold_three_to_five_files() -> None:
    for draft in (d for d in DRAFTS if d.kind is Kind.ZIP):
        with zipfile.ZipFile(io.BytesIO(render(draft))) as packed:
            assert 3 <= len(packed.namelist()) <= 5
            assert any("ä" in name or "ü" in name for name in packed.namelist())


def test_a_record_is_written_with_its_sidecar(tmp_path: Path) -> None:
    draft = first(Kind.TXT)
    write(draft, tmp_path)
    path = tmp_path / draft.path
    meta = json.loads(path.with_name(f"{draft.file_name}.meta.json").read_text(encoding="utf-8"))
    assert path.read_bytes() == render(draft)
    assert meta["title"] == draft.title
    assert None not in meta.values()


def test_the_folder_is_written_once_and_cleared_of_what_is_no_longer_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = DRAFTS[::20]
    monkeypatch.setattr(sys.modules["local.samples.generate"], "plan", lambda: iter(some))
    count = generate_samples(tmp_path)
    written = [p for p in tmp_path.rglob("*") if p.is_file() and p.name != STAMP]
    assert count == len(some) == len(written) / 2
    victim = tmp_path / some[0].path
    victim.unlink()
    assert generate_samples(tmp_path) == count
    assert not victim.exists()
    (tmp_path / STAMP).unlink()
    stale = victim.with_name("übrig.txt")
    stale.write_text("alt", encoding="utf-8")
    assert generate_samples(tmp_path) == count
    assert victim.read_bytes() == render(some[0])
    assert not stale.exists()
