"""`python -m benchmarks.highlights`: are the words that hits mark, and the pages they name, right? Checked by rule.

The judged queries of the sample are asked in keyword mode. Each marked word must belong to a reading of its question
(`benchmarks.marks`), the passage must stand on the page it names, and, where the original is a PDF with a text layer,
that page of the PDF, read by another library, must hold the marked words.
"""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pypdfium2

from benchmarks.marks import plain, stray
from records.synonyms import built_in
from search_api.reading import widened
from search_api.syntax import parse
from tests.stack import Stack, running

JUDGED = Path(__file__).parent / "judged" / "sample.jsonl"
HITS = 1_000
PAGES_RIGHT = 0.99
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


def measure(stack: Stack) -> Tally:
    """Ask until enough hits were looked at."""
    tally = Tally()
    clients: dict[tuple[str, tuple[str, ...]], httpx.Client] = {}
    originals: dict[str, list[str] | None] = {}
    for tenant, groups, words in questions():
        if (tenant, groups) not in clients:
            clients[tenant, groups] = stack.client(tenant, groups)
        client = clients[tenant, groups]
        body = {"query": words, "mode": "keyword", "size": 20}
        answer = client.post("/v1/search", json=body).raise_for_status().json()
        meant = next((n["text"] for n in answer["notices"] if n["code"] == "corrected"), None)
        asked = meant.rpartition(": ")[2] if meant else words
        for hit in answer["hits"]:
            tally.hits += 1
            for passage in hit["passages"]:
                _look(client, tally, asked, hit, passage, originals)
    for client in clients.values():
        client.close()
    return tally


def _look(  # noqa: PLR0917
    client: httpx.Client,
    tally: Tally,
    asked: str,
    hit: dict[str, Any],
    passage: dict[str, Any],
    originals: dict[str, list[str] | None],
) -> None:
    where = f"{asked!r} in {hit['record_id']} page {passage['page']}"
    page = client.get(f"/v1/records/{hit['record_id']}/pages/{passage['page']}").raise_for_status().json()["text"]
    query, _ = widened(parse(asked), (), built_in())
    marked = [passage["text"][begin:end] for begin, end in passage["highlights"]]
    tally.marks += len(marked)
    tally.stray += [f"{word!r} for {where}" for word in stray(marked, query, page)]
    if not marked:
        return
    tally.pages += 1
    if plain(passage["text"].rstrip(" …")) not in plain(page):
        tally.elsewhere.append(where)
    if hit["record_id"] not in originals:
        originals[hit["record_id"]] = _text_layer(client, hit["record_id"])
    layer = originals[hit["record_id"]]
    if layer is not None:
        tally.layers += 1
        here = layer[passage["page"] - 1] if passage["page"] <= len(layer) else ""
        if any(plain(word) not in here for word in marked):
            tally.not_in_layer.append(where)


def _text_layer(client: httpx.Client, record_id: str) -> list[str] | None:
    """Return the text of each page of a PDF; None where the original is none or has no text."""
    original = client.get(f"/v1/records/{record_id}/original")
    if not original.content.startswith(b"%PDF"):
        return None
    try:
        with pypdfium2.PdfDocument(io.BytesIO(original.content)) as pdf:
            pages = [plain(page.get_textpage().get_text_bounded()) for page in pdf]
    except pypdfium2.PdfiumError:
        return None
    return pages if any(pages) else None


def main() -> None:
    """Start the system with its sample, look, stop it."""
    with running() as stack:
        tally = measure(stack)
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
