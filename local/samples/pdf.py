"""Pages: PDF, PDF/A, scans, TIFF. Their bytes depend on the record and the libraries, never on the machine's fonts."""

from __future__ import annotations

import io
import random
from functools import lru_cache
from importlib import resources
from pathlib import Path

import pikepdf
import reportlab
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from local.samples.model import Draft, Heading, PageBreak, Para, Table

#: the fonts inside reportlab; a system's fonts would make other bytes on each machine
FONTS = Path(reportlab.__file__).parent / "fonts"
TEXT, BOLD = "Vera", "VeraBd"
SIZE, LEAD = 9.5, 13.5
LEFT, TOP, BOTTOM = 64.0, A4[1] - 62, 66.0
WIDTH = A4[0] - 2 * LEFT
SCAN_DPI = 150
#: the password of the encrypted samples; they exist to show what quarantine says
PDF_PASSWORD = "beispiel"  # noqa: S105


@lru_cache(maxsize=1)
def register_fonts() -> None:
    """Make the fonts known to reportlab, once a process."""
    for name in (TEXT, BOLD):
        pdfmetrics.registerFont(TTFont(name, str(FONTS / f"{name}.ttf")))


@lru_cache(maxsize=200_000)
def width_of(text: str, font: str, size: float) -> float:
    """Return the width of a piece of text in points."""
    return pdfmetrics.stringWidth(text, font, size)


def wrap(text: str, font: str, size: float, width: float) -> list[str]:
    """Break running text into lines that fit."""
    space = width_of(" ", font, size)
    lines: list[str] = []
    words: list[str] = []
    used = 0.0
    for word in text.split():
        needed = width_of(word, font, size)
        if words and used + space + needed > width:
            lines.append(" ".join(words))
            words, used = [], 0.0
        used += needed + (space if words else 0.0)
        words.append(word)
    lines.append(" ".join(words))
    return lines


class Sheet:
    """A PDF being written from top to bottom, page after page."""

    def __init__(self, draft: Draft) -> None:
        register_fonts()
        self.draft = draft
        self.buffer = io.BytesIO()
        # reportlab names its standard font on each page; PDF/A wants every named font embedded
        self.canvas = Canvas(self.buffer, pagesize=A4, invariant=1, pageCompression=1, initialFontName=TEXT)  # type: ignore[arg-type]
        self.canvas.setTitle(draft.title)
        self.canvas.setAuthor(draft.case.body)
        self.canvas.setSubject(draft.case.file_reference)
        self.page = 1
        self.y = TOP

    def turn(self) -> None:
        """End this page and begin the next."""
        self.canvas.setFont(TEXT, 7.5)
        self.canvas.drawString(LEFT, 36, self.draft.foot())
        self.canvas.drawRightString(A4[0] - LEFT, 36, f"Seite {self.page}")
        self.canvas.showPage()
        self.page += 1
        self.y = TOP

    def lines(
        self, texts: list[str], *, font: str = TEXT, size: float = SIZE, left: float = LEFT, lead: float = LEAD
    ) -> None:
        """Write lines, turning the page where it is full."""
        for text in texts:
            if self.y < BOTTOM:
                self.turn()
            self.canvas.setFont(font, size)
            self.canvas.drawString(left, self.y, text)
            self.y -= lead

    def room(self, points: float) -> None:
        """Turn the page unless so much is free on it."""
        if self.y - points < BOTTOM:
            self.turn()

    def table(self, table: Table) -> None:
        """Write a table with columns as wide as their content asks for."""
        size = 8.5
        count = len(table.rows[0])
        wishes = [max(width_of(row[i], TEXT, size) for row in table.rows) + 8 for i in range(count)]
        columns = [min(wish, WIDTH * (0.62 if count == 2 else 0.45)) for wish in wishes]  # noqa: PLR2004
        scale = WIDTH / sum(columns)
        columns = [column * scale for column in columns]
        for index, row in enumerate(table.rows):
            font = TEXT if index else BOLD
            cells = [wrap(cell, font, size, width - 8) for cell, width in zip(row, columns, strict=True)]
            height = 11.5 * max(len(cell) for cell in cells) + 5
            self.room(height)
            left, top = LEFT, self.y
            for cell, width in zip(cells, columns, strict=True):
                self.y = top
                self.lines(cell, font=font, size=size, left=left, lead=11.5)
                left += width
            self.y = top - height
            self.canvas.setLineWidth(0.4)
            self.canvas.line(LEFT, self.y + 11, LEFT + WIDTH, self.y + 11)
        self.y -= 8

    def write(self) -> bytes:
        """Write the whole record and close the file."""
        draft = self.draft
        head = draft.head()
        self.lines([head[0]], font=BOLD, size=11, lead=16)
        self.lines(list(head[1:]), size=8.5, lead=12)
        self.y -= 14
        if draft.addressee:
            self.lines(list(draft.addressee))
            self.y -= 14
        self.lines(wrap(draft.title, BOLD, 12, WIDTH), font=BOLD, size=12, lead=17)
        self.y -= 6
        for block in draft.blocks:
            match block:
                case Heading(text):
                    self.room(4 * LEAD)
                    self.y -= 4
                    self.lines(wrap(text, BOLD, 10, WIDTH), font=BOLD, size=10)
                    self.y -= 3
                case Para(text):
                    self.lines(wrap(text, TEXT, SIZE, WIDTH))
                    self.y -= 6
                case Table():
                    self.table(block)
                case PageBreak():
                    self.turn()
        self.turn()
        self.canvas.save()
        return self.buffer.getvalue()


def pdf(draft: Draft) -> bytes:
    """Write a PDF with text."""
    return Sheet(draft).write()


def pdfa(draft: Draft) -> bytes:
    """Write PDF/A-2b: fonts embedded, an output intent, metadata as XMP."""
    profile = resources.files("pikepdf").joinpath("pdfa/data/sRGB.icc").read_bytes()
    stamp = f"{draft.day.isoformat()}T09:00:00+00:00"
    with pikepdf.open(io.BytesIO(pdf(draft))) as document:
        icc = document.make_stream(profile, N=3, Alternate=pikepdf.Name.DeviceRGB)
        intent = pikepdf.Dictionary(
            Type=pikepdf.Name.OutputIntent,
            S=pikepdf.Name.GTS_PDFA1,
            OutputConditionIdentifier="sRGB IEC61966-2.1",
            Info="sRGB IEC61966-2.1",
            DestOutputProfile=document.make_indirect(icc),
        )
        document.Root.OutputIntents = pikepdf.Array([document.make_indirect(intent)])
        document.Root.MarkInfo = pikepdf.Dictionary(Marked=False)
        document.Root.Lang = pikepdf.String("de-DE")
        if "/Info" in document.trailer:
            del document.trailer["/Info"]
        for page in document.pages:
            fonts = page.Resources.Font
            # reportlab names Helvetica on every page, used or not; a font that is not embedded breaks PDF/A
            for name in [key for key in fonts.keys() if "/FontDescriptor" not in fonts[key]]:  # noqa: SIM118
                del fonts[name]
            if "/Trans" in page:
                del page["/Trans"]
        with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as meta:
            meta["pdfaid:part"] = "2"
            meta["pdfaid:conformance"] = "B"
            meta["dc:title"] = draft.title
            meta["dc:creator"] = [draft.case.body]
            meta["dc:description"] = draft.case.file_reference
            meta["xmp:CreateDate"] = stamp
            meta["xmp:ModifyDate"] = stamp
        out = io.BytesIO()
        document.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


def encrypted(draft: Draft) -> bytes:
    """Write a PDF that opens with a password only (RC4: the one scheme whose bytes hold no chance)."""
    with pikepdf.open(io.BytesIO(pdf(draft))) as document:
        out = io.BytesIO()
        document.save(
            out,
            static_id=True,
            encryption=pikepdf.Encryption(
                owner=PDF_PASSWORD + "-amt", user=PDF_PASSWORD, R=3, aes=False, metadata=False
            ),
        )
    return out.getvalue()


def damaged(draft: Draft) -> bytes:
    """Write a PDF cut off in the middle, as a broken transfer leaves it."""
    whole = pdf(draft)
    return whole[: len(whole) * 2 // 5]


def empty(draft: Draft) -> bytes:
    """Write a file of no bytes, which a full disk leaves."""
    del draft
    return b""


@lru_cache(maxsize=8)
def drawn_font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """Return a font for drawing; the basic layout engine, since the other depends on system libraries."""
    return ImageFont.truetype(str(FONTS / f"{name}.ttf"), size, layout_engine=ImageFont.Layout.BASIC)


def drawn_lines(draft: Draft, width: float) -> list[tuple[str, str]]:
    """Return the record as (font, line) for drawing."""
    register_fonts()
    size = SIZE * 2
    out = [(BOLD, draft.head()[0]), *((TEXT, line) for line in draft.head()[1:]), (TEXT, "")]
    out += [(TEXT, line) for line in draft.addressee]
    out += [(TEXT, ""), *((BOLD, line) for line in wrap(draft.title, BOLD, size, width)), (TEXT, "")]
    for block in draft.blocks:
        match block:
            case Heading(text):
                out += [(TEXT, ""), *((BOLD, line) for line in wrap(text, BOLD, size, width))]
            case Para(text):
                out += [*((TEXT, line) for line in wrap(text, TEXT, size, width)), (TEXT, "")]
            case Table(rows):
                for row in rows:
                    out += [(TEXT, line) for line in wrap("   ".join(row), TEXT, size, width)]
                out.append((TEXT, ""))
            case PageBreak():
                out.append((TEXT, "\f"))
    return out


def scanned_pages(draft: Draft, limit: int = 4) -> list[Image.Image]:
    """Return the record as grey pictures: slightly turned, with grain, unevenly lit."""
    chance = random.Random(draft.source_id)  # noqa: S311
    wide, high = int(8.27 * SCAN_DPI), int(11.69 * SCAN_DPI)
    lines = drawn_lines(draft, wide - 230)
    pages: list[Image.Image] = []
    while lines and len(pages) < limit:
        page = Image.new("L", (wide, high), 252 - chance.randrange(8))
        pen = ImageDraw.Draw(page)
        y, ink = 120, 20 + chance.randrange(30)
        while lines and y < high - 140:
            font, text = lines.pop(0)
            if text == "\f":
                break
            if text:
                pen.text((112, y), text, font=drawn_font(font, int(SIZE * 2)), fill=ink)
            y += 29 if text else 16
        foot = f"{draft.foot()} · Seite {len(pages) + 1}"
        pen.text((112, high - 90), foot, font=drawn_font(TEXT, 15), fill=ink)
        turned = page.rotate(chance.uniform(-0.8, 0.8), resample=Image.Resampling.BICUBIC, fillcolor=245)
        small = (wide // 4, high // 4)
        grain = Image.frombytes("L", small, chance.randbytes(small[0] * small[1])).resize((wide, high))
        grain = grain.point([value // 13 for value in range(256)])
        pages.append(ImageChops.subtract(turned.filter(ImageFilter.GaussianBlur(0.5)), grain))
    return pages


def scan(draft: Draft) -> bytes:
    """Write a PDF of pictures only, as the post room's scanner makes it."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle(f"Scan {draft.case.file_reference}")
    for page in scanned_pages(draft):
        picture = io.BytesIO()
        page.save(picture, "JPEG", quality=50)
        picture.seek(0)
        canvas.drawImage(ImageReader(picture), 0, 0, *A4)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def tiff(draft: Draft) -> bytes:
    """Write a multi-page TIFF in fax compression, as older archives hold."""
    threshold = [255 if value > 140 else 0 for value in range(256)]  # noqa: PLR2004
    first, *rest = [page.point(threshold).convert("1") for page in scanned_pages(draft)]
    out = io.BytesIO()
    first.save(
        out,
        "TIFF",
        save_all=True,
        append_images=rest,
        compression="group4",
        dpi=(SCAN_DPI, SCAN_DPI),
    )
    return out.getvalue()
