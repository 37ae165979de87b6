"""S13: whatever a client received has its entry in the audit log, though processes of the API are killed under load."""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from records.audit import AuditLog
from records.audit_chain import Kind
from records.audit_tables import entries
from search_api.settings import ApiSettings
from tests.engine import Engine
from tests.leaks.issuer import Issuer
from tests.leaks.system import System
from tests.leaks.tally import Row, size
from tests.leaks.world import GROUPS, LAW, Asker, papers
from tests.ports import free_port
from tests.stack import TREE

pytestmark = [pytest.mark.stack, pytest.mark.timeout(6000)]

REQUESTS = size(1_000, 100_000)
KILLS = size(2, 60)
CLIENTS = 8
PROCESSES = 2
#: a token lives for five minutes
_RENEW_SECONDS = 120
#: who was shown what, and how; each as often as it was shown
Shown = Counter[tuple[str, Kind, str]]

_IDS = re.compile(rb'"record_id":"([a-z2-7]{26})"')
_KINDS = {Kind.SEARCH, Kind.EXPORT, Kind.SIMILAR, Kind.PRECEDENTS, Kind.CITATIONS}
_OF_RECORD = {"": Kind.RECORD, "/text": Kind.TEXT, "/pages/1": Kind.PAGE, "/original": Kind.ORIGINAL}


def environment(settings: ApiSettings) -> dict[str, str]:
    """Return settings as a process reads them."""

    def flat(values: dict[str, Any], before: str) -> Iterator[tuple[str, str]]:
        for name, value in values.items():
            if isinstance(value, dict):
                yield from flat(value, f"{before}{name}__".upper())
            elif value is not None:
                yield f"{before}{name}".upper(), ",".join(value) if isinstance(value, list) else str(value)

    return dict(flat(settings.model_dump(mode="json"), "AKTENSUCHE_"))


class ApiProcess:
    """A real process of the API on a port of its own."""

    def __init__(self, settings: ApiSettings, log: Path) -> None:
        self.port = free_port()
        self._env = {"PATH": os.environ["PATH"], **environment(settings), "AKTENSUCHE_API__PORT": str(self.port)}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "search_api"], env=self._env, cwd=TREE, stdout=out, stderr=out
            )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            assert self._process.poll() is None, self._log.read_text(errors="replace")[-3000:]
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.address}/health/live", timeout=2, trust_env=False).is_success:
                    return
            time.sleep(0.05)
        raise AssertionError("the API did not start")

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)


@dataclass
class Load:
    """Clients that ask and ask, and keep what reached them, whole answers or not."""

    issuer: Issuer
    addresses: list[str]
    ids: list[str]
    shown: Shown = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, number: int) -> None:
        """Ask until told to end."""
        dice = random.Random(f"client {number}")
        asker = Asker(f"klient-{number}", "erbach", frozenset(GROUPS))
        with httpx.Client(timeout=30, trust_env=False) as client:
            renewed = float("-inf")
            while not self._ended.is_set():
                if time.monotonic() - renewed > _RENEW_SECONDS:
                    renewed = time.monotonic()
                    client.headers["authorization"] = f"Bearer {self.issuer.token(asker)}"
                try:
                    self._ask(client, dice, asker.subject)
                except AssertionError as error:
                    self.wrong.append(str(error))
                    return

    def end(self) -> None:
        self._ended.set()

    def _ask(self, client: httpx.Client, dice: random.Random, subject: str) -> None:
        address = dice.choice(self.addresses)
        rare = (Kind.EXPORT, Kind.SIMILAR, Kind.PRECEDENTS, Kind.CITATIONS)
        kind = dice.choice((*[Kind.SEARCH] * 6, *rare, *[None] * 15))
        if kind is None:
            more, record_id = dice.choice(list(_OF_RECORD)), dice.choice(self.ids)
            content, whole = self._receive(client, "GET", f"{address}/v1/records/{record_id}{more}", None)
            found = {(subject, _OF_RECORD[more], record_id)} if content else set()
        elif kind in {Kind.SIMILAR, Kind.PRECEDENTS}:
            own = kind is Kind.SIMILAR
            path = f"records/{dice.choice(self.ids)}/{kind}" if own else str(kind)
            draft: dict[str, Any] = {"size": dice.choice((5, 50))}
            draft |= {} if own else {"text": "Beispiel Deckblatt", "purpose": "Prüfung"}
            content, whole = self._receive(client, "POST", f"{address}/v1/{path}", draft)
            found = {(subject, kind, record_id.decode()) for record_id in _IDS.findall(content)}
        elif kind is Kind.CITATIONS:
            content, whole = self._receive(client, "POST", f"{address}/v1/citations", {"of": LAW, "size": 50})
            found = {(subject, kind, record_id.decode()) for record_id in _IDS.findall(content)}
        else:
            body: dict[str, Any] = {"query": "", "mode": "keyword"}
            body |= {"size": dice.choice((5, 20, 60))} if kind is Kind.SEARCH else {"format": "jsonl"}
            content, whole = self._receive(client, "POST", f"{address}/v1/{kind}", body)
            found = {(subject, kind, record_id.decode()) for record_id in _IDS.findall(content)}
        with self._lock:
            self.shown.update(found)
            self.answers["whole" if whole else "broken off"] += bool(content)
            self.answers["unanswered"] += not content

    @staticmethod
    def _receive(client: httpx.Client, method: str, url: str, body: Any) -> tuple[bytes, bool]:
        """Return what came, and whether it was all."""
        content = bytearray()
        try:
            with client.stream(method, url, json=body) as answer:
                for piece in answer.iter_raw():
                    content += piece
                    assert answer.status_code in {200, 429}, content[:300]
                return (bytes(content), True) if answer.status_code == 200 else (b"", False)
        except httpx.HTTPError:
            time.sleep(0.02)  # it takes a moment to come back
            return bytes(content), False


def logged(log: AuditLog) -> Shown:
    """Return what the log says was shown."""
    written: Shown = Counter()
    with log._engine.connect() as connection:
        for row in connection.execute(entries.select()):
            written.update((row.subject, Kind(row.kind), i) for i in re.findall(r'"([^"]+)"', row.record_ids))
    return written


@pytest.fixture(scope="module")
def system(own_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> System:
    made = System(own_engine, tmp_path_factory.mktemp("s13"))
    made.take_in(papers("Protokoll", 450, ["erbach"]))
    return made


def test_nothing_reaches_a_client_without_its_entry(system: System, row: Row, tmp_path: Path) -> None:
    mine = sorted(system.shelf.open_to(Asker("x", "erbach", frozenset(GROUPS))))
    assert len(mine) > 200  # so that an export has more than one piece
    with Issuer() as issuer:
        settings = system.api_settings(issuer)
        running = [ApiProcess(settings, tmp_path / f"api-{n}.log") for n in range(PROCESSES)]
        load = Load(issuer, [one.address for one in running], mine)
        clients = [threading.Thread(target=load.run, args=(n,)) for n in range(CLIENTS)]
        try:
            for client in clients:
                client.start()
            _kill_one_after_the_other(running, load)
        finally:
            load.end()
            for client in clients:
                client.join(60)
            for one in running:
                one.kill()
    assert load.wrong == []
    log = AuditLog(system.audit_settings)
    written = logged(log)
    verdict = log.verify()
    log.close()
    unlogged = load.shown - written
    row.add(
        leaks=unlogged.total(),
        answers=load.answers["whole"] + load.answers["broken off"],
        records_shown=load.shown.total(),
        kills=KILLS,
    )
    row.notes.append(
        f"{load.answers['broken off']} answers broken off, {load.answers['unanswered']} unanswered, "
        f"{written.total() - load.shown.total()} entries for what never arrived, {verdict.entries} entries verified"
    )
    assert sorted(unlogged.items())[:5] == []
    assert verdict.faults == ()
    assert load.answers["whole"] >= REQUESTS
    assert load.answers["broken off"] + load.answers["unanswered"] >= KILLS
    assert {kind for _, kind, _ in load.shown} == {*_KINDS, *_OF_RECORD.values()}


def _kill_one_after_the_other(running: list[ApiProcess], load: Load) -> None:
    """Kill a process each time a share of the requests has been answered, and start it again."""
    dice = random.Random(13)
    until = time.monotonic() + size(240, 5400)
    for turn in range(1, KILLS + 1):
        while load.answers["whole"] < REQUESTS * turn // (KILLS + 1):
            assert time.monotonic() < until, load.answers
            assert load.wrong == []
            time.sleep(0.01)
        victim = dice.choice(running)
        victim.kill()
        victim.start()
    while load.answers["whole"] < REQUESTS:
        assert time.monotonic() < until, load.answers
        time.sleep(0.01)


def test_one_flipped_byte_is_found(system: System, row: Row, tmp_path: Path) -> None:
    """A copy of what the drill left behind, with one bit turned over in one entry."""
    source = Path(str(system.audit_settings.url).removeprefix("sqlite:///"))
    with (
        contextlib.closing(sqlite3.connect(source)) as whole,
        contextlib.closing(sqlite3.connect(tmp_path / "a")) as to,
    ):
        whole.backup(to)
        # one that lies in the file in one piece
        asked = "select sequence, previous || hash from audit_entries where kind = 'text' order by random() limit 1"
        sequence, hashes = whole.execute(asked).fetchone()
    content = bytearray((tmp_path / "a").read_bytes())
    place = content.rindex(b"klient-", 0, content.index(hashes.encode()))
    content[place] ^= 0x04
    (tmp_path / "a").write_bytes(content)
    shutil.copytree(system.audit_settings.witness, tmp_path / "witness")
    changed = system.audit_settings.model_copy(
        update={"url": f"sqlite:///{tmp_path}/a", "witness": tmp_path / "witness"}
    )
    log = AuditLog(changed)
    faults = log.verify().faults
    log.close()
    row.add(flipped_bytes=1)
    assert [(fault.tenant, fault.sequence) for fault in faults] == [("erbach", sequence)]
