"""`python -m benchmarks.recognition [COUNT]`: how well scans are read, on the running system.

100 pages of invented text are drawn as scans (turned a little, noisy, blurred, 150 to 300 dots to the inch), imported,
and their text is compared with what was drawn: the character error rate, which is the number of letters to change, add
or take away divided by the letters drawn, spaces counting as one. Beside it stands how sure recognition said it was.
"""

from __future__ import annotations

import io
import itertools
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import reportlab
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from local.samples.generate import plan
from tests.conftest import PACKAGES
from tests.postgres import find_program
from tests.stack import Stack, running

COUNT = 100
#: pages below this confidence are listed
MARK = 80
_FONT = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
_LINES = 42
#: dots per inch, blur in dots, noise: a good scan, an everyday one, a bad one
_QUALITIES = ((300, 0.6, 6), (200, 0.7, 12), (150, 0.9, 22))


@dataclass(frozen=True)
class Read:
    """One page: what was drawn, what was read, and how sure recognition was."""

    name: str
    quality: str
    drawn: str
    read: str
    confidence: int | None

    @property
    def wrong(self) -> int:
        """Letters to change, add or take away."""
        return distance(self.drawn, self.read)


def pages(count: int) -> Iterator[str]:
    """Yield invented texts of a page each."""
    texts = (" ".join(str(t) for block in draft.blocks if (t := getattr(block, "text", ""))) for draft in plan())
    long_enough = (text for text in texts if len(text) > 900)  # noqa: PLR2004
    yield from itertools.islice(long_enough, count)


def scan(text: str, chance: random.Random, quality: tuple[int, float, int]) -> tuple[bytes, str]:
    """Return a page that looks scanned, as PDF, and the words that are on it."""
    dpi, blur, noise = quality
    width, height = int(8.27 * dpi), int(11.69 * dpi)
    font = ImageFont.truetype(str(_FONT), int(dpi * 11 / 72))
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(joined) <= width * 0.8:
            lines[-1] = joined
        elif len(lines) == _LINES:
            break
        else:
            lines.append(word)
    page = Image.new("L", (width, height), 250 - chance.randrange(8))
    pen = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        place = (width * 0.1, height * (0.08 + number * 0.02))
        pen.text(place, line, font=font, fill=20 + chance.randrange(30))
    page = page.rotate(chance.uniform(-0.8, 0.8), resample=Image.Resampling.BICUBIC, fillcolor=246)
    page = page.filter(ImageFilter.GaussianBlur(blur))
    grain = Image.frombytes("L", (width // 3, height // 3), chance.randbytes((width // 3) * (height // 3)))
    page = ImageChops.subtract(page, grain.resize((width, height)).point([v * noise // 255 for v in range(256)]))
    picture, out = io.BytesIO(), io.BytesIO()
    page.save(picture, "JPEG", quality=60)
    picture.seek(0)
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.drawImage(ImageReader(picture), 0, 0, *A4)
    canvas.showPage()
    canvas.save()
    return out.getvalue(), " ".join(lines)


def distance(one: str, other: str) -> int:
    """Return how many letters are to be changed, added or taken away to make one text of the other."""
    letters = np.array([ord(c) for c in other])
    steps = np.arange(len(other) + 1)
    row = steps.copy()
    for number, letter in enumerate(one, start=1):
        changed = row[:-1] + (letters != ord(letter))
        best = np.concatenate(([number], np.minimum(row[1:] + 1, changed)))
        # adding letters: each costs one more than the place before it
        row = np.minimum.accumulate(best - steps) + steps
    return int(row[-1])


def measure(stack: Stack, count: int) -> tuple[list[Read], float]:
    """Import scans and fetch what was read of them; also returns the seconds that took."""
    chance = random.Random(11)  # noqa: S311
    drawn: dict[str, tuple[str, str]] = {}
    with tempfile.TemporaryDirectory(prefix="aktensuche-scans-") as name:
        place = Path(name)
        place.chmod(0o755)
        for number, text in enumerate(pages(count)):
            quality = _QUALITIES[number % len(_QUALITIES)]
            content, words = scan(text, chance, quality)
            (place / f"scan-{number:03}.pdf").write_bytes(content)
            said = {"source_id": f"scan-{number:03}", "readers": ["alle"]}
            (place / f"scan-{number:03}.meta.json").write_text(json.dumps(said), encoding="utf-8")
            drawn[f"scan-{number:03}"] = (f"{quality[0]} dpi", words)
        began = time.perf_counter()
        stack.json("import", name, "--tenant", "erbach", timeout=3_600)
        seconds = time.perf_counter() - began
    found: list[Read] = []
    with stack.client("erbach") as client:
        body = {"query": "", "mode": "keyword", "size": 200}
        for hit in client.post("/v1/search", json=body).raise_for_status().json()["hits"]:
            page = client.get(f"/v1/records/{hit['record_id']}/pages/1").raise_for_status().json()
            resolution, words = drawn[hit["source_id"]]
            read = " ".join(page["text"].split())
            found.append(Read(hit["source_id"], resolution, words, read, page["confidence"]))
    return found, seconds


def report(found: list[Read], seconds: float) -> None:
    """Print the rates, and the pages below the mark."""
    print(f"{len(found)} scans read in {seconds:.0f} s ({len(found) / seconds:.2f} pages a second)")
    print(f"{'quality':<12}{'pages':>6}{'letters':>9}{'error rate':>12}{'median':>9}{'worst':>9}{'confidence':>12}")
    for quality in [*dict.fromkeys(sorted(r.quality for r in found)), ""]:
        some = [r for r in found if quality in {"", r.quality}]
        letters, rates = sum(len(r.drawn) for r in some), [r.wrong / len(r.drawn) for r in some]
        sure = statistics.mean(r.confidence or 0 for r in some)
        print(
            f"{quality or 'all':<12}{len(some):>6}{letters:>9}{sum(r.wrong for r in some) / letters:>12.2%}"
            f"{statistics.median(rates):>9.2%}{max(rates):>9.2%}{sure:>11.0f}%"
        )
    below = sorted((r.confidence or 0, r.name) for r in found if (r.confidence or 0) < MARK)
    print(f"pages below {MARK} %: {len(below)}" + "".join(f"\n  {name} {confidence} %" for confidence, name in below))


def main() -> None:
    """Measure and print."""
    if not all(find_program(program) for program in PACKAGES["tesseract"][0]):
        raise SystemExit(f"scans are read by Tesseract: install {PACKAGES['tesseract'][1]}")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    with running("--no-sample") as stack:
        found, seconds = measure(stack, count)
        listed = stack.json("ocr", "list", "--tenant", "erbach", "--below", str(MARK))
    report(found, seconds)
    print(f"'aktensuche ocr list --below {MARK}' names {len(listed)}")
    if len(found) != count:
        raise SystemExit(f"{count} scans were imported, {len(found)} were found")


if __name__ == "__main__":
    main()
