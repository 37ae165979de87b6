"""Exports of up to 100,000 hits through `POST /v1/export`: how much memory the API needs, and whether all is there.

`python -m benchmarks.export_memory [--records N]` fills the real engine with so many small records and runs the API in
a process of its own. A hundredth, a tenth and all of them are exported as JSON lines, CSV and XLSX; beside each stands
the highest resident memory of that process while it did so. The lines are held against what `POST /v1/search` finds
page by page. Then the largest export is broken off again and again, gone on with behind its last whole line, and what
came in pieces is held against what came at once.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import hashlib
import io
import json
import multiprocessing
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import httpx
import uvicorn

from benchmarks.one_engine import AnyVectors, WhoeverAsks, api_settings, filled
from benchmarks.report import Figure, write
from records.access import Principal, ReadAccess, Reader, Role, groups_of
from records.opensearch import OpenSearchWriter
from records.record import Metadata, Original, Page, Passage, Record, TextState
from search_api.app import assemble, create_app
from search_api.settings import ApiSettings
from tests.engine import running_engine
from tests.ports import free_port

TENANT = "oberzent"
#: may export as many lines as there may be
WHO = Principal("bench", TENANT, groups_of(TENANT, ["bauamt"]), roles=frozenset({Role.REPORTS}))
FORMATS = ("jsonl", "csv", "xlsx")
#: words of titles, and every how manieth part of all records has them
SHARES = {"Kastanie": 100, "Hundesteuer": 10, "Satzung": 1}
#: largest ÷ smallest export
TARGET = "<= 1.2"
_DIMENSION = 384
_AT_ONCE = 500
_MIB = 1024.0
_START_SECONDS = 60.0
_PAGE = 100
#: how often the largest export is broken off
_PIECES = 7


@dataclass(frozen=True)
class Export:
    """One export: which records, in order (none are read out of a workbook), and what it took."""

    record_ids: tuple[str, ...]
    lines: int
    digest: str
    #: resident memory of the API before, and the most it had, in MiB
    before: float
    peak: float
    seconds: float


class Api:
    """The API in a process of its own, and what the machine says of that process."""

    def __init__(self, http: httpx.Client, process: int) -> None:
        self.http = http
        self._proc = Path(f"/proc/{process}")

    def memory(self, name: str) -> float:
        """Return a line of the process's status in MiB: VmRSS is what it has, VmHWM the most it had."""
        status = (self._proc / "status").read_text(encoding="ascii", errors="replace")
        line = next(line for line in status.splitlines() if line.startswith(f"{name}:"))
        return int(line.split()[1]) / _MIB

    def forget_peak(self) -> None:
        """Let the most it had be what it has now."""
        (self._proc / "clear_refs").write_text("5", encoding="ascii")

    def export(self, word: str, kind: str) -> Export:
        """Export all records with a word and read every byte."""
        self.forget_peak()
        before, began, content, digest = self.memory("VmRSS"), time.perf_counter(), io.BytesIO(), hashlib.sha256()
        with self.http.stream("POST", "/v1/export", json=_body(word) | {"format": kind}) as answer:
            answer.raise_for_status()
            for piece in answer.iter_bytes():
                content.write(piece)
                digest.update(piece)
        seconds, peak = time.perf_counter() - began, self.memory("VmHWM")
        record_ids, lines = _read(kind, content)
        return Export(record_ids, lines, digest.hexdigest(), before, peak, seconds)

    def piece(self, word: str, after: str | None, lines: int) -> list[str]:
        """Export as JSON lines behind a record, and close the connection after so many; return their records."""
        asked = _body(word) | {"format": "jsonl", "after": after}
        with self.http.stream("POST", "/v1/export", json=asked) as answer:
            answer.raise_for_status()
            return [json.loads(line)["record_id"] for line in islice(answer.iter_lines(), lines)]

    def found(self, word: str) -> tuple[str, ...]:
        """Return what a search finds, page by page, in order."""
        record_ids: list[str] = []
        cursor: str | None = None
        while cursor is not None or not record_ids:
            asked = _body(word) | {"size": _PAGE, "cursor": cursor}
            answer = self.http.post("/v1/search", json=asked).raise_for_status().json()
            record_ids += [hit["record_id"] for hit in answer["hits"]]
            cursor = answer["cursor"]
            if cursor is None:
                break
        return tuple(record_ids)


def _body(word: str) -> dict[str, object]:
    return {"query": word, "mode": "keyword"}


def _read(kind: str, content: io.BytesIO) -> tuple[tuple[str, ...], int]:
    """Return the records of an export in order, and how many lines it has; what is cut off is an error."""
    content.seek(0)
    if kind == "xlsx":
        with zipfile.ZipFile(content) as book:
            return (), book.read("xl/worksheets/sheet1.xml").count(b"<row ") - 1
    text = io.TextIOWrapper(content, encoding="utf-8-sig", newline="")
    if kind == "csv":
        _, *rows = csv.reader(text)
        record_ids = tuple(row[0] for row in rows)
    else:
        record_ids = tuple(json.loads(line)["record_id"] for line in text)
    return record_ids, len(record_ids)


def _records(number: int) -> Iterator[Record]:
    readers = frozenset({Reader(TENANT, "bauamt")})
    for n in range(number):
        title = " ".join(word for word, part in SHARES.items() if n * part < number)
        text = f"{title} Nummer {n}"
        yield Record(
            record_id=f"export{n:08}",
            source="bench",
            access=ReadAccess(TENANT, readers),
            metadata=Metadata(title=title, department="bauamt", date=dt.date(2020, 1, 1) + dt.timedelta(days=n % 2000)),
            original=Original("x.pdf", "application/pdf", 1, hashlib.sha256(str(n).encode()).hexdigest()),
            pages=(Page(1, text),),
            passages=(Passage(1, 0, len(text), text),),
            text_state=TextState.FULL,
            version=1,
        )


def _fill(writer: OpenSearchWriter, number: int) -> None:
    waiting: list[Record] = []
    for record in _records(number):
        waiting.append(record)
        if len(waiting) == _AT_ONCE:
            writer.put(waiting)
            waiting = []
    if waiting:
        writer.put(waiting)


def serve(settings: ApiSettings, port: int) -> None:
    """Serve the product's API until the process is ended; tokens are not verified, no question is embedded."""
    parts = create_app(settings).state.parts
    parts = replace(parts, embedder=AnyVectors(_DIMENSION), tokens=WhoeverAsks(WHO))
    uvicorn.run(assemble(parts), host="127.0.0.1", port=port, log_level="error", ws="none")


@contextmanager
def served(settings: ApiSettings) -> Iterator[Api]:
    """Run the API in a process of its own while the block runs."""
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(settings, port), daemon=True)
    process.start()
    where = {"base_url": f"http://127.0.0.1:{port}", "headers": {"authorization": "Bearer x"}}
    try:
        with httpx.Client(timeout=300, trust_env=False, **where) as http:  # type: ignore[arg-type]
            assert process.pid is not None
            api, end = Api(http, process.pid), time.monotonic() + _START_SECONDS
            while not _answers(http):
                if not process.is_alive() or time.monotonic() > end:
                    raise RuntimeError("the API did not start")
                time.sleep(0.2)
            yield api
    finally:
        process.terminate()
        process.join(10)


def _answers(http: httpx.Client) -> bool:
    try:
        return http.post("/v1/search", json=_body("Kastanie")).is_success
    except httpx.TransportError:
        return False


def measure(api: Api, number: int) -> list[Figure]:
    """Print a line for each export and return largest ÷ smallest by format; RuntimeError where lines are missing."""
    # what is loaded on first use is no export's
    for kind in FORMATS:
        api.export("Kastanie", kind)
    found = {word: api.found(word) for word in SHARES}
    made: dict[tuple[str, str], Export] = {}
    print(f"{'format':7} {'rows':>8} {'before':>9} {'peak':>9} {'seconds':>8}  MiB resident of the API")
    for kind in FORMATS:
        for word, part in SHARES.items():
            rows = -(-number // part)
            one = made[kind, word] = api.export(word, kind)
            print(f"{kind:7} {one.lines:8} {one.before:9.1f} {one.peak:9.1f} {one.seconds:8.1f}", flush=True)
            _expect(f"{kind}: {rows} lines", one.lines == rows)
            _expect(f"{kind}: none twice", len(set(one.record_ids)) == len(one.record_ids))
            if kind != "xlsx":
                _expect(f"{kind}: the search finds the same, in the same order", one.record_ids == found[word])
    print("each export as JSON lines and CSV is what the search finds, in its order", flush=True)
    _goes_on(api, made["jsonl", "Satzung"])
    smallest, *_, largest = SHARES
    return [
        Figure(
            f"export {kind} peak, {made[kind, largest].lines} rows ÷ {made[kind, smallest].lines}",
            made[kind, largest].peak,
            made[kind, smallest].peak,
            "MiB",
            TARGET,
        )
        for kind in FORMATS
    ]


def _goes_on(api: Api, whole: Export) -> None:
    """Break connections off and go on behind what has come."""
    came: list[str] = []
    pieces = 0
    # each longer than what an answer holds back, so that the API is still writing when the connection ends
    while piece := api.piece("Satzung", came[-1] if came else None, -(-whole.lines // _PIECES)):
        came += piece
        pieces += 1
        # the place among this caller's exports is free again once the API has noticed
        time.sleep(1.0)
    _expect("in pieces as at once", tuple(came) == whole.record_ids)
    print(f"broken off {pieces} times, gone on with: the same {len(came)} records in the same order", flush=True)


def _expect(what: str, holds: bool) -> None:  # noqa: FBT001
    if not holds:
        raise RuntimeError(f"not so: {what}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Start an engine and the API, measure, stop them."""
    parser = argparse.ArgumentParser(description="Memory and completeness of large exports")
    parser.add_argument("--records", type=int, default=100_000, help="records to fill and export (at most 100,000)")
    number = parser.parse_args(arguments).records
    with tempfile.TemporaryDirectory(prefix="aktensuche-export-") as name, running_engine() as engine:
        settings = api_settings(engine, Path(name), TENANT)
        began = time.perf_counter()
        filled(engine, settings, TENANT, number, lambda writer: _fill(writer, number), dimension=_DIMENSION)
        print(f"{number} records are there after {time.perf_counter() - began:.0f} s", flush=True)
        with served(settings) as api:
            write(measure(api, number))


if __name__ == "__main__":
    main()
