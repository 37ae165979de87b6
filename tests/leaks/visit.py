"""One asker at the doors of the API: counts what was asked, and looks through every answer for what is not theirs."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.leaks.system import Api
from tests.leaks.world import CANARY, Asker

_TOKENS = re.compile(rf"\b(?:{CANARY}|[a-z2-7]{{26}})\b")
_ZIP = b"PK\x03\x04"


def readable(content: bytes) -> str:
    """Return what an answer says, a spreadsheet unpacked."""
    if content.startswith(_ZIP):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"\n".join(book.read(name) for name in book.namelist())
    return content.decode("utf-8", "replace")


@dataclass
class Outcome:
    """What a visit came to. A check is one record held against one answer."""

    requests: set[tuple[Asker, str, str, str]] = field(default_factory=set)
    checks: int = 0
    leaks: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    canaries: int = 0


class Visit:
    """What `asker` does; every answer is held against what the oracle opens to them."""

    def __init__(self, api: Api, asker: Asker, outcome: Outcome) -> None:
        self.api, self.asker, self.outcome = api, asker, outcome
        shelf = api.system.shelf
        self.mine = shelf.open_to(asker)
        self.papers = shelf.by_id
        self._foreign = {i for i in self.papers if i not in self.mine}
        self._foreign |= {self.papers[i].secret for i in self._foreign}

    def ask(self, method: str, path: str, body: Any = None, *, expect: int = 200) -> httpx.Response:
        """Send one request; its answer must hold nothing foreign that the request did not hold itself."""
        answer = self.api.ask(self.asker, method, path, body)
        sent = json.dumps(body, sort_keys=True)
        self.outcome.requests.add((self.asker, method, path, sent))
        self.look_through(answer, f"{method} {path} {sent}")
        assert answer.status_code == expect, f"{self.asker} {method} {path} {sent[:300]}: {answer.text[:500]}"
        return answer

    def look_through(self, answer: httpx.Response, asked: str) -> None:
        """Search every byte of an answer for canaries and ids of others that the request did not name itself."""
        said = set(_TOKENS.findall(readable(answer.content) + str(answer.headers)))
        self.outcome.canaries += len(said)
        for foreign in (said & self._foreign) - set(_TOKENS.findall(asked)):
            self.leak(f"{foreign} in the answer to {asked[:300]}")

    def hold(self, found: set[str], wanted: set[str], what: str) -> None:
        """Hold an answer's records, or values, against what must be there: every record of the world is one check."""
        self.outcome.checks += len(self.papers)
        for extra in sorted(found - wanted):
            self.leak(f"{extra}: {what}")
        for lost in sorted(wanted - found):
            self.outcome.missing.append(f"{self.asker}: {lost}: {what}")

    def same(self, told: object, wanted: object, what: str) -> None:
        """Hold a number or a table of numbers against the oracle's."""
        if told != wanted:
            self.leak(f"{what}: {told!r} instead of {wanted!r}")

    def leak(self, what: str) -> None:
        self.outcome.leaks.append(f"{self.asker}: {what}")
