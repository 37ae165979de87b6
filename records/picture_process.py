"""Draws one page of the file on stdin as PNG on stdout; run by pictures.py as a script, never in the API's process.

Imports nothing of ours. Ends with 3 where there is no such page.
"""

from __future__ import annotations

import io
import resource
import sys

PDF = "application/pdf"
IMAGES = {"image/tiff": "TIFF", "image/png": "PNG", "image/jpeg": "JPEG"}
MEDIA_TYPES = frozenset({PDF, *IMAGES})

_CPU_SECONDS = 20
_MEMORY = 1 << 30
#: at 150 dots per inch a page of A4 has 1,754 in its length
_LONGEST_SIDE = 12
DPI = 150
NO_SUCH_PAGE = 3


def _limit() -> None:
    # SECURITY: before a byte of the file is looked at: time, memory, and no file can be written.
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _draw_pdf(content: bytes, page: int, dpi: int) -> bytes:
    import pypdfium2  # noqa: PLC0415 - only what is needed is loaded

    document = pypdfium2.PdfDocument(content)
    if page > len(document):
        sys.exit(NO_SUCH_PAGE)
    sheet = document[page - 1]
    scale = min(dpi / 72, _LONGEST_SIDE * dpi / max(sheet.get_size()))
    out = io.BytesIO()
    sheet.render(scale=scale).to_pil().save(out, "PNG")
    return out.getvalue()


def _draw_image(content: bytes, page: int, kind: str, dpi: int) -> bytes:
    import warnings  # noqa: PLC0415

    from PIL import Image, ImageOps  # noqa: PLC0415

    warnings.simplefilter("error", Image.DecompressionBombWarning)
    with Image.open(io.BytesIO(content), formats=[kind]) as image:
        if page > getattr(image, "n_frames", 1):
            sys.exit(NO_SUCH_PAGE)
        image.seek(page - 1)
        image.thumbnail((_LONGEST_SIDE * dpi, _LONGEST_SIDE * dpi))
        # a photograph says which way is up
        upright = ImageOps.exif_transpose(image)
        out = io.BytesIO()
        upright.convert("L" if upright.mode in {"1", "L"} else "RGB").save(out, "PNG")
    return out.getvalue()


def _main() -> None:
    media_type, page, dpi = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    _limit()
    content = sys.stdin.buffer.read()
    drawn = _draw_pdf(content, page, dpi) if media_type == PDF else _draw_image(content, page, IMAGES[media_type], dpi)
    sys.stdout.buffer.write(drawn)


if __name__ == "__main__":
    _main()
