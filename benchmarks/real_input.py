"""Real input: a folder of rendered records is imported whole, and quoted phrases of eight words find their page.

    python -m benchmarks.real_input FOLDER [--phrases 100]

FOLDER holds files with sidecars (`NAME.meta.json`). The text that phrases are taken from is read by PDFium, not by the
product. A phrase counts only if it occurs in exactly one of the files; each page that holds it is a right one. It needs
a running system (`aktensuche up`) whose data folder is in AKTENSUCHE_DATA.
"""

from __future__ import annotations

import argparse
import email
import html
import json
import random
import re
import subprocess
import sys
import time
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pypdfium2

from local.layout import Layout
from local.state import read_state

WORDS = 8
_OFFICE = {".docx": "word/document.xml", ".odt": "content.xml"}
_TOKEN = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class Known:
    """A phrase, where it stands, and somebody who may read it."""

    phrase: str
    source_id: str
    pages: frozenset[int]
    tenant: str
    group: str


def cli(*words: str) -> Any:
    """Return the JSON answer of an `aktensuche` command."""
    done = subprocess.run(
        [sys.executable, "-m", "local.cli", *words, "--json"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"aktensuche {' '.join(words)}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)


def text_pages(pdf: Path | bytes) -> list[list[str]]:
    """Return the words of each page, as PDFium reads them."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        texts = [unicodedata.normalize("NFC", page.get_textpage().get_text_bounded()) for page in document]
    finally:
        document.close()
    return [text.split() for text in texts]


def other_words(file: Path) -> Iterator[list[str]]:
    """Yield the words of a text-layer file that is no PDF, so that a phrase in it does not count as unique."""
    if file.suffix in _OFFICE:
        with zipfile.ZipFile(file) as archive:
            marked = archive.read(_OFFICE[file.suffix]).decode()
        yield html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</?(text:s|w:t|w:r)\b[^>]*>", "", marked))).split()
    elif file.suffix == ".html":
        yield html.unescape(re.sub(r"<[^>]+>", " ", file.read_text(encoding="latin-1"))).split()
        yield html.unescape(re.sub(r"<[^>]+>", " ", file.read_text(encoding="utf-8", errors="replace"))).split()
    elif file.suffix == ".eml":
        for part in email.message_from_bytes(file.read_bytes()).walk():
            if part.get_content_type() == "application/pdf":
                yield from text_pages(bytes(part.get_payload(decode=True) or b""))


def grams(page: list[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield each run of eight words with its place."""
    for start in range(len(page) - WORDS + 1):
        yield start, tuple(page[start : start + WORDS])


def known_phrases(folder: Path, count: int) -> list[Known]:
    """Choose phrases of plain words that stand in one file only, spread over the files."""
    pages: dict[Path, list[list[str]]] = {}
    owners: Counter[tuple[str, ...]] = Counter()
    for pdf in sorted(folder.rglob("*.pdf")):
        pages[pdf] = text_pages(pdf)
        owners.update({gram for page in pages[pdf] for _, gram in grams(page)})
    for other in sorted(folder.rglob("*")):
        owners.update({gram for words in other_words(other) for _, gram in grams(words)})
    chance = random.Random(4711)  # noqa: S311  repeatable, nothing secret
    files = sorted(pages)
    chance.shuffle(files)
    chosen: list[Known] = []
    for pdf in files:
        meta = json.loads(pdf.with_name(pdf.stem + ".meta.json").read_text(encoding="utf-8"))
        candidates = [
            (number, gram)
            for number, page in enumerate(pages[pdf], start=1)
            for _, gram in grams(page)
            if owners[gram] == 1 and all(_TOKEN.fullmatch(word) for word in gram)
        ]
        if candidates:
            _, gram = chance.choice(candidates)
            holding = frozenset(number for number, other in candidates if other == gram)
            tenant, _, group = meta["readers"][0].partition("/")
            chosen.append(Known(" ".join(gram), meta["source_id"], holding, tenant, group))
        if len(chosen) == count:
            break
    return chosen


def ask(api: str, known: Known, tokens: dict[tuple[str, str], str]) -> tuple[bool, bool]:
    """Return whether the phrase finds its record first, and whether with the right page."""
    who = (known.tenant, known.group)
    if who not in tokens:
        words = ["token", "--subject", "pruefung", "--tenant", known.tenant, "--groups", known.group]
        done = subprocess.run([sys.executable, "-m", "local.cli", *words], capture_output=True, text=True, check=True)
        tokens[who] = done.stdout.strip()
    answer = httpx.post(
        f"{api}/v1/search",
        json={"query": f'"{known.phrase}"', "size": 3},
        headers={"Authorization": f"Bearer {tokens[who]}"},
        timeout=60,
        trust_env=False,
    ).raise_for_status()
    hits = answer.json()["hits"]
    first = bool(hits) and hits[0]["source_id"] == known.source_id
    page = first and bool(hits[0]["passages"]) and hits[0]["passages"][0]["page"] in known.pages
    if not page:
        print(f"missed: {known} -> {[(h['source_id'][-8:], [p['page'] for p in h['passages']]) for h in hits]}")
    return first, page


def main() -> None:
    """Import twice, list the quarantine, ask the phrases; print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--phrases", type=int, default=100)
    asked = parser.parse_args()
    seconds: list[float] = []
    for run in ("first", "second"):
        began = time.monotonic()
        summary = cli("import", str(asked.folder))
        seconds.append(time.monotonic() - began)
        adds_up = summary["indexed"] + summary["unchanged"] + summary["quarantined"] == summary["files"]
        print(f"{run} import: {seconds[-1]:.1f} s {summary} adds up: {adds_up}")
    print(f"second / first: {seconds[1] / seconds[0]:.3f}")
    reasons = Counter(row["reason"] for row in cli("quarantine", "list"))
    print(f"quarantine by reason: {dict(reasons)}")
    api = read_state(Layout.from_environment()).api_url
    tokens: dict[tuple[str, str], str] = {}
    found = [ask(api, known, tokens) for known in known_phrases(asked.folder, asked.phrases)]
    first, paged = (sum(column) for column in zip(*found, strict=True))
    print(f"phrases: {len(found)}, first: {first}, first with the right page: {paged}")


if __name__ == "__main__":
    main()
