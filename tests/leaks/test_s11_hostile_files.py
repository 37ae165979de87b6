"""S11: files made to do harm reach nobody, show nothing, write nothing, and hold up no good one."""

from __future__ import annotations

import contextlib
import gzip
import re
import secrets
import shutil
import socket
import sqlite3
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import psutil
import pytest

from local.layout import Layout
from tests.leaks import hostile_containers, hostile_documents
from tests.leaks.hostile import FILES, Bait
from tests.leaks.tally import FULL, Row, size
from tests.letters import letter
from tests.stack import Stack

pytestmark = pytest.mark.stack

#: how long a file may be in hand, all turns together
MOST_SECONDS = 120
#: of the process that opens files, and of the worker that asks it
MOST_MEMORY = 2_000_000_000
_EVERY = size(3, 1)
#: a hostile one in a hundred, which is more than any town has seen
_GOOD = size(60, 12_000)
#: of each good file: a letter, as most files of a town are
_PAGES = 4
#: good files that are read before rates are measured, because what has just been started is slow
_BEFORE = 600
_SLOWER = 0.8
#: what any part of the system may write down about all these files
_MOST_LOG = size(2_000_000, 20_000_000)

assert hostile_containers
assert hostile_documents


class Sink:
    """A server that nobody should come to; whoever comes is written down."""

    def __init__(self) -> None:
        self.came: list[bytes] = []
        self._door = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                who, _ = self._door.accept()
            except OSError:
                return
            with who:
                who.settimeout(1)
                try:
                    self.came.append(who.recv(200))
                except OSError:
                    self.came.append(b"")

    def close(self) -> None:
        self._door.close()


class Watch:
    """Looks at the system again and again while files come in."""

    def __init__(self, stack: Stack) -> None:
        self._stack, self._ended = stack, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        raise NotImplementedError


class Memory(Watch):
    """How much memory programs of the system hold."""

    def __init__(self, stack: Stack, *names: str) -> None:
        super().__init__(stack)
        self.most = dict.fromkeys(names, 0)

    def _look(self) -> None:
        while not self._ended.wait(0.5):
            pids = self._stack.state["processes"]
            for name in self.most:
                try:
                    root = psutil.Process(pids[name])
                    each = [p.memory_info().rss for p in (root, *root.children(recursive=True))]
                except (psutil.Error, KeyError):
                    continue
                self.most[name] = max(self.most[name], *each)


class Hands(Watch):
    """Which files a worker holds, and for how long, added up."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack)
        self.seconds: defaultdict[int, float] = defaultdict(float)

    def _look(self) -> None:
        looked = time.monotonic()
        with contextlib.closing(_ledger(self._stack)) as ledger:
            while not self._ended.wait(0.25):
                held = [row["id"] for row in ledger.execute("select id from entries where lease_owner is not null")]
                before, looked = looked, time.monotonic()
                for one in held:
                    self.seconds[one] += looked - before


@dataclass
class Run:
    """What became of the hostile files, and of the good ones between them."""

    place: Path
    bait: Bait
    secret: str
    sink: Sink
    names: list[str] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    memory: dict[str, int] = field(default_factory=dict)
    in_hand: dict[int, float] = field(default_factory=dict)
    alone: float = 0.0
    beside: float = 0.0
    summary: dict[str, int] = field(default_factory=dict)


def _good(place: Path, count: int, word: str) -> None:
    place.mkdir(exist_ok=True)
    for number in range(count):
        said = f"Beispiel: Vermerk {number} mit dem Kennwort {word}{number:05}"
        (place / f"gut-{number:05}.pdf").write_bytes(letter(said, pages=_PAGES, words=300))


def _ledger(stack: Stack) -> sqlite3.Connection:
    ledger = sqlite3.connect(f"file:{Layout(stack.data, Path()).ledger}?mode=ro", uri=True)
    ledger.row_factory = sqlite3.Row
    return ledger


def _entries(stack: Stack, place: Path) -> list[dict[str, Any]]:
    asked = "select e.* from entries e join sources s on s.id = e.source_id where s.location = ?"
    with contextlib.closing(_ledger(stack)) as ledger:
        return [dict(row) for row in ledger.execute(asked, (str(place),))]


def _is_good(entry: dict[str, Any]) -> bool:
    return re.fullmatch(r"gut-\d{5}\.pdf", entry["path"]) is not None


def _rate(entries: list[dict[str, Any]], began: float) -> float:
    good = [e for e in entries if _is_good(e)]
    last: float = max(e["changed_at"] for e in good)
    return len(good) / (last - began)


@pytest.fixture(scope="module")
def run(stack: Stack) -> Iterator[Run]:
    folder = Path(tempfile.mkdtemp(prefix="aktensuche-hostile-"))
    folder.chmod(0o755)
    secret = f"kanarienwert{secrets.token_hex(8)}"
    canary = folder / "canary"
    canary.write_text(f"Beispiel {secret}\n")
    canary.chmod(0o644)
    sink = Sink()
    made = Run(folder / "akten", Bait(canary, sink.url, f"ausbruch-{secrets.token_hex(6)}"), secret, sink)
    try:
        if FULL:
            _good(folder / "vorab", _BEFORE, "Vorabfall")
            stack.json("import", str(folder / "vorab"), "--tenant", "erbach", timeout=1800)
            _good(folder / "allein", _GOOD, "Alleinfall")
            began = time.time()
            stack.json("import", str(folder / "allein"), "--tenant", "erbach", timeout=1800)
            made.alone = _rate(_entries(stack, folder / "allein"), began)
        _good(made.place, _GOOD, "Gutfall")
        made.names = sorted(FILES)[::_EVERY]
        for number, name in enumerate(made.names):
            # between the good ones, all the way through
            (made.place / f"gut-{number * _GOOD // len(made.names):05}-{name}").write_bytes(FILES[name](made.bait))
        with Memory(stack, "tika", "worker-text") as memory, Hands(stack) as hands:
            began = time.time()
            made.summary = stack.json("import", str(made.place), "--tenant", "erbach", timeout=1800)
        made.memory, made.in_hand = memory.most, hands.seconds
        made.entries = _entries(stack, made.place)
        made.beside = _rate(made.entries, began)
        yield made
    finally:
        sink.close()
        shutil.rmtree(folder)


def _outermost(run: Run) -> list[dict[str, Any]]:
    return [e for e in run.entries if e["parent_id"] is None]


def test_each_ends_found_or_named_in_time(run: Run, row: Row) -> None:
    ended = {e["path"]: e for e in _outermost(run)}
    assert len(ended) == len(run.names) + _GOOD
    assert not [path for path, e in ended.items() if e["state"] not in {"indexed", "quarantined"}]
    assert not [path for path, e in ended.items() if e["state"] == "quarantined" and not e["reason"]]
    slowest = max(run.entries, key=lambda e: run.in_hand[e["id"]])
    seconds = run.in_hand[slowest["id"]]
    row.add(hostile_files=len(run.names), good_files=_GOOD, members=len(run.entries) - len(ended))
    row.notes.append(f"slowest: {seconds:.0f} s in hand ({slowest['path'][:60]!r})")
    reasons: dict[str, int] = {}
    for entry in ended.values():
        if not _is_good(entry):
            kind = entry["reason"] or "indexed"
            reasons[kind] = reasons.get(kind, 0) + 1
    row.notes.append("ended: " + ", ".join(f"{count} {kind}" for kind, count in sorted(reasons.items())))
    assert 0 < seconds <= MOST_SECONDS


def test_nobody_came_to_the_sink(run: Run, row: Row) -> None:
    row.add(leaks=len(run.sink.came), connections=len(run.sink.came))
    assert not run.sink.came
    # the sink notices: otherwise the line above says nothing
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{run.sink.url}/selbst", timeout=3, trust_env=False)
    assert len(run.sink.came) == 1
    run.sink.came.clear()


def test_the_canary_is_in_no_text_and_in_no_index(run: Run, stack: Stack, row: Row) -> None:
    texts = [gzip.decompress(path.read_bytes()) for path in (stack.data / "files").rglob("*.json.gz")]
    assert len(texts) >= _GOOD
    shown = sum(run.secret.encode() in text for text in texts)
    with stack.client("erbach", roles=("records-manager",)) as manager:
        for word in (run.secret, f"Beispiel {run.secret}"):
            body = {"query": word, "mode": "keyword", "size": 200}
            hits = manager.post("/v1/search", json=body).raise_for_status().json()["hits"]
            shown += sum(run.secret in str(hit) for hit in hits)
    row.add(leaks=shown, texts_looked_through=len(texts))
    assert not shown


def test_nothing_was_written_outside(run: Run, stack: Stack, row: Row) -> None:
    places = [Path(p) for p in ("/", "/tmp", "/dev/shm", "/var/tmp", "/etc", str(Path.home()))]  # noqa: S108
    found = [p for place in places for p in place.glob(f"*{run.bait.escape}*")]
    found += [p for root in (stack.data, run.place.parent) for p in root.rglob(f"*{run.bait.escape}*")]
    row.add(leaks=len(found), writes_outside=len(found))
    assert not found


def test_memory_is_bounded(run: Run, row: Row) -> None:
    assert all(run.memory.values())
    row.notes.append("memory at most: " + ", ".join(f"{n} {most // 1_000_000} MB" for n, most in run.memory.items()))
    assert max(run.memory.values()) < MOST_MEMORY


def test_the_good_files_are_all_found(run: Run, stack: Stack, row: Row) -> None:
    good = [e for e in _outermost(run) if _is_good(e)]
    lost = [e["path"] for e in good if e["state"] != "indexed"]
    with stack.client("erbach", roles=("records-manager",)) as manager:
        for number in range(0, _GOOD, max(1, _GOOD // 30)):
            body = {"query": f"Gutfall{number:05}", "mode": "keyword"}
            if manager.post("/v1/search", json=body).raise_for_status().json()["total"] != 1:
                lost.append(f"{number} is not found")
    row.add(missing=len(lost))
    assert len(good) == _GOOD
    assert not lost


def test_no_file_fills_the_disk_with_what_is_said_about_it(run: Run, stack: Stack, row: Row) -> None:
    assert run.entries
    written = {log.name: log.stat().st_size for log in (stack.data / "logs").glob("*.log")}
    longest = max(written, key=written.__getitem__)
    row.notes.append(f"written down: {sum(written.values()) / 1e6:.1f} MB, most in {longest}")
    assert max(written.values()) < _MOST_LOG


@pytest.mark.skipif(not FULL, reason="rates are measured in full size")
def test_the_good_files_keep_their_rate(run: Run, row: Row) -> None:
    row.notes.append(
        f"good files: {run.alone:.1f}/s alone, {run.beside:.1f}/s beside {len(run.names)} hostile ones "
        f"({run.beside / run.alone:.0%}); each of these held them up by "
        f"{(_GOOD / run.beside - _GOOD / run.alone) / len(run.names):.2f} s"
    )
    assert run.beside >= _SLOWER * run.alone
