"""Real council papers outside this project: chosen, masked, and written as files that an import takes in.

Which folder they lie in is said by `AKTENSUCHE_CORPUS`; else `shared/corpus` beside this tree is looked for. What is
needed of it: `karlsruhe-oparl.tar.zst`, `queries-dev.jsonl` and `german-pairs-dev.jsonl`, described in its own page.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.stack import TREE

#: how many papers are candidates: every answer, and a fixed choice of others
PAPERS = 1_500
#: what is taken of each file of a paper, in characters
FILE_LENGTH = 20_000

#: the town of the papers as they are, and that of the papers without their numbers
TOWN, MASKED_TOWN = "erbach", "oberzent"
GROUP = "bauamt"

_NUMBER = re.compile(r"20\d\d/\d{3,4}(?:/\d+)?")


@dataclass(frozen=True)
class Paper:
    """One candidate: its title and what is taken of its files."""

    paper_id: str
    title: str
    date: str | None
    number: str | None
    texts: tuple[str, ...]

    @property
    def text(self) -> str:
        """All texts, one after the other."""
        return "\n\n".join(self.texts)


def folder() -> Path | None:
    """Return the folder of the papers, None where there is none."""
    named = os.environ.get("AKTENSUCHE_CORPUS")
    places = [Path(named)] if named else [parent / "shared" / "corpus" for parent in TREE.parents]
    found = next((place for place in places if (place / "queries-dev.jsonl").is_file()), None)
    if named and found is None:
        raise SystemExit(f"AKTENSUCHE_CORPUS: {named} holds no queries-dev.jsonl")
    return found


def mask(text: str) -> str:
    """Return text whose numbers of papers are gone; it keeps its length, so passages are cut at the same places."""
    return _NUMBER.sub(lambda number: "#" * len(number.group()), text)


def masked(paper: Paper) -> Paper:
    """Return a paper that cannot be found by its number, and names no other by its number."""
    return replace(paper, title=mask(paper.title), number=None, texts=tuple(mask(text) for text in paper.texts))


def queries(corpus: Path) -> list[dict[str, Any]]:
    """Return the judged queries as `aktensuche eval` reads them; numbers are asked for in every way they are typed."""
    made = []
    for line in (corpus / "queries-dev.jsonl").read_text(encoding="utf-8").splitlines():
        query: dict[str, Any] = json.loads(line)
        number = query["set"] == "c-identifier"
        # Only numbers are looked up among papers that have theirs: one copy with vectors is enough for all the rest.
        query |= {"tenant": TOWN if number else MASKED_TOWN, "groups": [GROUP]}
        if not number:
            query["query"] = mask(query["query"])
        made.append(query)
        if number:
            year, _, rest = query["query"].partition("/")
            ways = {"c-spaced": f"{year} {rest}", "c-unslashed": f"{year}{rest}", "c-part": rest}
            made += [query | {"set": name, "query": typed} for name, typed in ways.items()]
    return made


def german_pairs(corpus: Path) -> list[dict[str, Any]]:
    """Return the German cases in the form of our own."""
    cases = []
    for line in (corpus / "german-pairs-dev.jsonl").read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        # some of them carry their quotes already
        bare = pair["query"].strip('"')
        typed = bare if pair["mode"] == "all_terms" else f'"{bare}"'
        meant = "relevant" if pair["expect"] == "match" else "unwanted"
        case = {"query_id": pair["id"], "set": f"pairs-{pair['category']}", "query": typed, "text": pair["text"]}
        cases.append(case | {meant: [pair["id"]]})
    return cases


def papers(corpus: Path, judged: Sequence[dict[str, Any]]) -> list[Paper]:
    """Return the candidates: every paper that answers a query, and others in an order that stays the same."""
    answers = {paper for query in judged for paper in query["relevant"]}
    with tempfile.TemporaryDirectory(prefix="aktensuche-corpus-") as name:
        unpack(corpus / "karlsruhe-oparl.tar.zst", Path(name))
        (listed,) = Path(name).rglob("papers.jsonl")
        texts: dict[str, list[str]] = defaultdict(list)
        for file in _objects(listed.with_name("files.jsonl")):
            texts[file["paper"]].append(file["text"][:FILE_LENGTH])
        known = {paper["id"]: paper for paper in _objects(listed) if texts[paper["id"]]}
    if lost := answers - known.keys():
        raise SystemExit(f"{corpus}: {len(lost)} answers are no papers with text, such as {min(lost)}")
    others = sorted(known.keys() - answers, key=lambda i: hashlib.sha256(i.encode()).hexdigest())
    chosen = sorted([*answers, *others[: max(0, PAPERS - len(answers))]])
    return [
        Paper(i, known[i].get("name", ""), known[i].get("date"), known[i].get("reference"), tuple(texts[i]))
        for i in chosen
    ]


def write(target: Path, some: Sequence[Paper]) -> None:
    """Write papers as files to be imported, each with what is known of it beside."""
    target.mkdir()
    for number, paper in enumerate(some):
        file = target / f"{number:05}.txt"
        file.write_text(paper.text, encoding="utf-8", errors="replace")
        meta = {
            "source_id": paper.paper_id,
            "title": paper.title,
            "date": paper.date,
            "file_reference": paper.number,
            "readers": [GROUP],
        }
        file.with_name(file.name + ".meta.json").write_text(json.dumps(meta), encoding="utf-8")


def unpack(archive: Path, target: Path) -> None:
    """Unpack a part of the corpus into a folder."""
    # zstd of the system: this Python has none of its own
    packed = subprocess.Popen(["zstd", "-dc", "--long=27", str(archive)], stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", str(target)], stdin=packed.stdout, check=True)
    if packed.wait() != 0:
        raise SystemExit(f"{archive} cannot be unpacked")


def _objects(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
