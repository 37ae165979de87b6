"""`python -m benchmarks.highlights`: are the words that hits mark, and the pages they name, right? Checked by rule.

The judged queries of the sample are asked in keyword mode. Each marked word must belong to a reading of its question
(`benchmarks.marks`), the passage must stand on the page it names, and, where the original is a PDF with a text layer,
that page of the PDF, read by another library, must hold the marked words.
"""

from __future__ import annotations

import functools
import io
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pypdfium2

from aktensuche_client import Aktensuche
from benchmarks.askers import Askers
from benchmarks.marks import plain, stray
from records.query import All
from records.synonyms import built_in
from search_api.reading import widened
from search_api.syntax import parse
from tests.stack import running

JUDGED = Path(__file__).parent / "judged" / "sample.jsonl"
HITS = 1_000
PAGES_RIGHT = 0.99
_TOLD_EVERY = 50
_START_SECONDS = 1800.0
#: words that many records hold, so that there are enough hits
_COMMON = (
    *("Antrag", "Bescheid", "Genehmigung", "Steuer", "Gebühr", "Straße", "Gemeinde", "Beispiel", "Grundstück"),
    *("Baugenehmigung", "Hundesteuer", "Straßenbeleuchtung", "Kita", "Bebauungsplan", "Feuerwehr", "Friedhof"),
    *("Antr*", "Gebühr*", "Antrag nahe Genehmigung", "Antrag ODER Bescheid", '"Antrag auf"', "Satzung -Antrag"),
)


@dataclass
class Tally:
    """What was looked at, and what was wrong."""

    hits: int = 0
    marks: int = 0
    stray: list[str] = field(default_factory=list)
    pages: int = 0
    elsewhere: list[str] = field(default_factory=list)
    layers: int = 0
    not_in_layer: list[str] = field(default_factory=list)


def questions() -> list[tuple[str, tuple[str, ...], str]]:
    """Return town, groups and words of each question."""
    lines = [json.loads(line) for line in JUDGED.read_text(encoding="utf-8").splitlines()]
    asked = [(q["tenant"], tuple(q["groups"]), q["query"]) for q in lines if q.get("tenant") and q.get("groups")]
    askers = list(dict.fromkeys((tenant, groups) for tenant, groups, _ in asked))
    return [*asked, *((tenant, groups, words) for words in _COMMON for tenant, groups in askers)]


class _Originals:
    """Pages and original files of one clerk's records, each fetched once."""

    def __init__(self, client: Aktensuche) -> None:
        self.client = client
        self._pages: dict[tuple[str, int], str] = {}
        self._layers: dict[str, list[str] | None] = {}

    def page(self, record_id: str, number: int) -> str:
        """Return the text of a page as the API shows it."""
        key = record_id, number
        if key not in self._pages:
            self._pages[key] = self.client.page(record_id, number)["text"]
        return self._pages[key]

    def layer(self, record_id: str) -> list[str] | None:
        """Return the text of each page of a PDF; None where the original is none or has no text."""
        if record_id not in self._layers:
            original = io.BytesIO()
            self.client.original(record_id, original)
            self._layers[record_id] = _text_layer(original)
        return self._layers[record_id]


def measure(askers: Askers) -> Tally:
    """Ask all questions and look at the first 20 hits of each."""
    tally, asked, began = Tally(), questions(), time.monotonic()
    originals: dict[tuple[str, tuple[str, ...]], _Originals] = {}
    for number, (tenant, groups, words) in enumerate(asked, start=1):
        if (tenant, groups) not in originals:
            originals[tenant, groups] = _Originals(askers.of(tenant, groups))
        theirs = originals[tenant, groups]
        answer = theirs.client.search(words, mode="keyword", size=20)
        corrected = next((n["text"] for n in answer["notices"] if n["code"] == "corrected"), None)
        meant = corrected.rpartition(": ")[2] if corrected else words
        for hit in answer["hits"]:
            tally.hits += 1
            for passage in hit["passages"]:
                _look(tally, theirs, meant, hit["record_id"], passage)
        if not number % _TOLD_EVERY:
            spent = time.monotonic() - began
            print(f"{number} of {len(asked)} questions, {tally.hits} hits, {spent:.0f} s", file=sys.stderr, flush=True)
    return tally


def _look(tally: Tally, originals: _Originals, meant: str, record_id: str, passage: dict[str, Any]) -> None:
    number = passage["page"]
    where = f"{meant!r} in {record_id} page {number}"
    page = originals.page(record_id, number)
    marked = [passage["text"][begin:end] for begin, end in passage["highlights"]]
    tally.marks += len(marked)
    tally.stray += [f"{word!r} for {where}" for word in stray(marked, _read(meant), page)]
    if not marked:
        return
    tally.pages += 1
    if plain(passage["text"].rstrip(" …")) not in plain(page):
        tally.elsewhere.append(where)
    layer = originals.layer(record_id)
    if layer is not None:
        tally.layers += 1
        here = layer[number - 1] if number <= len(layer) else ""
        if any(plain(word) not in here for word in marked):
            tally.not_in_layer.append(where)


@functools.cache
def _read(meant: str) -> All:
    return widened(parse(meant), (), built_in())[0]


def _text_layer(original: io.BytesIO) -> list[str] | None:
    if not original.getvalue().startswith(b"%PDF"):
        return None
    try:
        with pypdfium2.PdfDocument(original) as pdf:
            pages = [plain(page.get_textpage().get_text_bounded()) for page in pdf]
    except pypdfium2.PdfiumError:
        return None
    return pages if any(pages) else None


def main() -> None:
    """Start the system with its sample, look, stop it."""
    with (
        running(start_seconds=_START_SECONDS) as stack,
        httpx.Client(base_url=stack.api, timeout=60, trust_env=False) as http,
    ):
        tally = measure(Askers(stack, http))
    right = 1 - len(tally.not_in_layer) / max(1, tally.layers)
    print(f"hits looked at: {tally.hits}; marked words: {tally.marks}")
    print(f"marked words of no reading of their question: {len(tally.stray)}")
    print(f"passages with marks: {tally.pages}; not on the page they name: {len(tally.elsewhere)}")
    print(f"of these in PDFs with a text layer: {tally.layers}; marked words on that page of the PDF: {right:.4f}")
    for wrong in (*tally.stray[:20], *tally.elsewhere[:20], *tally.not_in_layer[:20]):
        print(f"  {wrong}")
    enough = tally.hits >= HITS and tally.layers > 0
    sys.exit(0 if enough and not tally.stray and not tally.elsewhere and right >= PAGES_RIGHT else 1)


if __name__ == "__main__":
    main()
