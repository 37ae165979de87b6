"""Office files, mail, web pages, plain text and archives, with fixed times inside so that the bytes never change."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import io
import unicodedata
import zipfile
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import docx
import pptx
import xlsxwriter
from docx.enum.text import WD_BREAK
from pptx.util import Pt

from local.samples.model import Block, Draft, Heading, PageBreak, Para, Table

#: the time of every archive member
FIXED = (2024, 1, 2, 8, 0, 0)
#: letters with a stroke, which have no plain letter inside that Unicode would name
STROKES = str.maketrans("ŁłĐđı", "LlDdi")


def at_nine(draft: Draft) -> dt.datetime:
    """Return the record's day as a moment."""
    return dt.datetime(draft.day.year, draft.day.month, draft.day.day, 9, 0, 0, tzinfo=dt.UTC)


def archive(members: list[tuple[str, bytes]], *, stored_first: bool = False) -> bytes:
    """Return a ZIP with fixed times; an ODT wants its first member uncompressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for index, (name, content) in enumerate(members):
            info = zipfile.ZipInfo(name, FIXED)
            info.create_system = 3
            stored = stored_first and index == 0
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            target.writestr(info, content)
    return out.getvalue()


def repacked(content: bytes) -> bytes:
    """Return the same archive with fixed times."""
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        return archive([(name, source.read(name)) for name in source.namelist()])


def as_docx(draft: Draft) -> bytes:
    """Write a Word file with headings, tables and the mark in its footer."""
    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author = draft.title, draft.case.clerk
    properties.subject, properties.comments = draft.case.file_reference, ""
    moment = at_nine(draft).replace(tzinfo=None)
    properties.created = properties.modified = properties.last_printed = moment
    document.sections[0].footer.paragraphs[0].text = draft.foot()
    for line in (*draft.head(), "", *draft.addressee):
        document.add_paragraph(line).paragraph_format.space_after = 0
    document.add_heading(draft.title, 1)
    for block in draft.blocks:
        match block:
            case Heading(text):
                document.add_heading(text, 2)
            case Para(text):
                document.add_paragraph(text)
            case Table(rows):
                table = document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
                for cells, row in zip(table.rows, rows, strict=True):
                    for cell, text in zip(cells.cells, row, strict=True):
                        cell.text = text
            case PageBreak():
                document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    document.add_paragraph(draft.foot())
    out = io.BytesIO()
    document.save(out)
    return repacked(out.getvalue())


def odt_block(block: Block) -> str:
    """Give one block in OpenDocument's words."""
    match block:
        case Heading(text):
            return f'<text:h text:outline-level="2">{html.escape(text)}</text:h>'
        case Para(text):
            return f"<text:p>{html.escape(text)}</text:p>"
        case Table(rows):
            body = "".join(
                "<table:table-row>"
                + "".join(
                    '<table:table-cell office:value-type="string">'
                    f"<text:p>{html.escape(cell)}</text:p></table:table-cell>"
                    for cell in row
                )
                + "</table:table-row>"
                for row in rows
            )
            columns = f'<table:table-column table:number-columns-repeated="{len(rows[0])}"/>'
            return f"<table:table>{columns}{body}</table:table>"
        case PageBreak():
            return "<text:p/>"


def as_odt(draft: Draft) -> bytes:
    """Write an OpenDocument text."""
    oasis = "urn:oasis:names:tc:opendocument:xmlns"
    names = " ".join(f'xmlns:{short}="{oasis}:{short}:1.0"' for short in ("office", "text", "table", "meta"))
    names += ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    declaration = '<?xml version="1.0" encoding="UTF-8"?>'
    lines = "".join(f"<text:p>{html.escape(line)}</text:p>" for line in (*draft.head(), *draft.addressee))
    body = f'{lines}<text:h text:outline-level="1">{html.escape(draft.title)}</text:h>'
    body += "".join(odt_block(block) for block in (*draft.blocks, Para(draft.foot())))
    content = (
        f'{declaration}<office:document-content {names} office:version="1.2">'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    meta = (
        f'{declaration}<office:document-meta {names} office:version="1.2"><office:meta>'
        f"<dc:title>{html.escape(draft.title)}</dc:title>"
        f"<dc:creator>{html.escape(draft.case.clerk)}</dc:creator>"
        f"<dc:date>{draft.day.isoformat()}T09:00:00</dc:date></office:meta></office:document-meta>"
    )
    kind = "application/vnd.oasis.opendocument.text"
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{media}"/>'
        for path, media in (("/", kind), ("content.xml", "text/xml"), ("meta.xml", "text/xml"))
    )
    manifest = (
        f'{declaration}<manifest:manifest xmlns:manifest="{oasis}:manifest:1.0" manifest:version="1.2">'
        f"{entries}</manifest:manifest>"
    )
    members = [
        ("mimetype", kind.encode()),
        ("content.xml", content.encode()),
        ("meta.xml", meta.encode()),
        ("META-INF/manifest.xml", manifest.encode()),
    ]
    return archive(members, stored_first=True)


def as_xlsx(draft: Draft) -> bytes:
    """Write a workbook: text on the first sheet, each table on one of its own."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    moment = at_nine(draft).replace(tzinfo=None)
    book.set_properties({"title": draft.title, "author": draft.case.clerk, "created": moment})
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    sheet = book.add_worksheet("Übersicht")
    sheet.set_column(0, 0, 90)
    row, tables = 0, 0
    for line in (*draft.head(), "", draft.title):
        sheet.write_string(row, 0, line, bold)
        row += 1
    for block in draft.blocks:
        match block:
            case Heading(text):
                sheet.write_string(row + 1, 0, text, bold)
                row += 2
            case Para(text):
                sheet.write_string(row, 0, text, wrapped)
                row += 1
            case Table(rows):
                tables += 1
                page = book.add_worksheet(f"Tabelle {tables}")
                page.set_column(0, len(rows[0]) - 1, 24)
                page.set_footer(f"&L{draft.foot()}")
                for line_number, cells in enumerate(rows):
                    for column, cell in enumerate(cells):
                        page.write_string(line_number, column, cell, None if line_number else bold)
            case PageBreak():
                row += 1
    sheet.write_string(row + 1, 0, draft.foot())
    book.close()
    return repacked(out.getvalue())


def as_pptx(draft: Draft) -> bytes:
    """Write slides: one for each heading."""
    show = pptx.Presentation()
    properties = show.core_properties
    properties.title, properties.author = draft.title, draft.case.clerk
    properties.last_modified_by = draft.case.clerk
    properties.created = properties.modified = at_nine(draft).replace(tzinfo=None)
    slide = show.slides.add_slide(show.slide_layouts[0])
    slide.shapes.title.text = draft.title
    slide.placeholders[1].text = "\n".join((*draft.head(), draft.foot()))
    texts: list[str] = []
    heading = "Ausgangslage"

    def finish() -> None:
        if not texts:
            return
        page = show.slides.add_slide(show.slide_layouts[1])
        page.shapes.title.text = heading
        frame = page.placeholders[1].text_frame
        frame.text = "\n".join((*texts, draft.foot()))
        for paragraph in frame.paragraphs:
            for run in paragraph.runs:
                run.font.size = Pt(15)
        texts.clear()

    for block in draft.blocks:
        match block:
            case Heading(text):
                finish()
                heading = text
            case Para(text):
                texts.append(text)
            case Table(rows):
                texts.extend(" | ".join(row) for row in rows)
            case PageBreak():
                finish()
    finish()
    out = io.BytesIO()
    show.save(out)
    return repacked(out.getvalue())


def plain(draft: Draft) -> str:
    """Return the record as lines of text."""
    lines = [*draft.head(), "", *draft.addressee, "", draft.title, ""]
    for block in draft.blocks:
        match block:
            case Heading(text):
                lines += ["", text, "-" * len(text)]
            case Para(text):
                lines += [text, ""]
            case Table(rows):
                lines += ["\t".join(row) for row in rows]
                lines.append("")
            case PageBreak():
                lines.append("")
    return "\n".join((*lines, draft.foot(), ""))


def as_txt(draft: Draft) -> bytes:
    """Write plain text in UTF-8."""
    return plain(draft).encode()


def western(text: str) -> str:
    """Write letters outside windows-1252 plainly, as older programs made people do."""

    def letter(char: str) -> str:
        try:
            char.encode("windows-1252")
        except UnicodeEncodeError:
            return unicodedata.normalize("NFKD", char.translate(STROKES))[0]
        return char

    return "".join(map(letter, text))


def as_txt_1252(draft: Draft) -> bytes:
    """Write plain text as older Windows programs wrote it."""
    return western(plain(draft)).replace("\n", "\r\n").encode("windows-1252")


def page_of(draft: Draft, charset: str) -> str:
    """Return the record as a web page."""
    parts = [f"<p>{html.escape(line)}</p>" for line in (*draft.head(), *draft.addressee)]
    parts.append(f"<h1>{html.escape(draft.title)}</h1>")
    for block in draft.blocks:
        match block:
            case Heading(text):
                parts.append(f"<h2>{html.escape(text)}</h2>")
            case Para(text):
                parts.append(f"<p>{html.escape(text)}</p>")
            case Table(rows):
                cells = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
                parts.append("<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>")
            case PageBreak():
                parts.append("<hr>")
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="de">\n<head><meta charset="{charset}">'
        f"<title>{html.escape(draft.title)}</title></head>\n<body>\n{body}\n"
        f"<footer>{html.escape(draft.foot())}</footer>\n</body>\n</html>\n"
    )


def as_html(draft: Draft) -> bytes:
    """Write a web page in UTF-8."""
    return page_of(draft, "utf-8").encode()


def as_html_1252(draft: Draft) -> bytes:
    """Write a web page of the older kind; letters it lacks become references."""
    return page_of(draft, "windows-1252").encode("windows-1252", "xmlcharrefreplace")


MEDIA = {
    "pdf": ("application", "pdf"),
    "docx": ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def as_eml(draft: Draft, attached: list[tuple[str, bytes]]) -> bytes:
    """Write a mail with attachments; umlauts in the subject, the names and the file names are encoded."""
    mail = EmailMessage(policy=SMTP)
    domain = f"{draft.case.tenant}.example"
    mail["From"] = f'"{draft.sender or draft.case.clerk}" <{draft.case.department}@{domain}>'
    mail["To"] = f'"{(draft.addressee or ("Registratur",))[0]}" <registratur@{domain}>'
    mail["Subject"] = draft.title
    mail["Date"] = format_datetime(at_nine(draft))
    mark = hashlib.sha256(draft.source_id.encode()).hexdigest()[:24]
    mail["Message-ID"] = f"<beispiel.{mark}@{domain}>"
    body: list[str] = []
    for block in draft.blocks:
        match block:
            case Heading(text) | Para(text):
                body += [text, ""]
            case Table(rows):
                body += [" | ".join(row) for row in rows]
            case PageBreak():
                body.append("")
    mail.set_content("\n".join((*body, *draft.head()[:3], draft.foot(), "")), cte="quoted-printable")
    for name, content in attached:
        main, sub = MEDIA[name.rsplit(".", 1)[1]]
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    if attached:
        mail.set_boundary(f"=_beispiel_{mark}")
    return mail.as_bytes()
