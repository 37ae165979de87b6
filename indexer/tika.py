"""Speaks to the Tika server: the only place where a foreign file is handed to something that opens it."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import httpx

from indexer.settings import LimitSettings, TikaSettings
from records.ledger_values import Fault
from records.reasons import Reason

_OLDEST = (3, 2, 2)  # before: CVE-2025-66516, XML forms in PDF files read the server's own files
_TRIES = 3
_RESTART_SECONDS = 40
_UNPROCESSABLE = 422
#: 204: there is nothing in it
_ANSWERS = frozenset({httpx.codes.OK, httpx.codes.NO_CONTENT, _UNPROCESSABLE})
_PAUSE = 1.0
#: of Tika's server: a request may ask to be ended sooner than all others; ended is the process that opens files
_TASK_TIMEOUT = "X-Tika-Timeout-Millis"
#: of Tika's server: letters in pictures are left as they are
_NOT_RECOGNISED = {"X-Tika-PDFOcrStrategy": "no_ocr", "X-Tika-OCRskipOcr": "true"}
#: how much later Tika ends a file than we do, so that a slow file is known as one and not taken for a crash
_LEEWAY = 2.0


class TikaUnavailableError(Exception):
    """Tika does not answer, for any file."""


class UnreadableError(Exception):
    """This file cannot be read."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.reason}: {fault.detail}")
        self.fault = fault


class TakesLongError(Exception):
    """A first turn is not enough for this file: it takes longer, or there are letters in pictures to be recognised."""


class Tika:
    """One server, asked from many threads."""

    def __init__(self, settings: TikaSettings, limits: LimitSettings) -> None:
        self._http = httpx.Client(
            base_url=settings.url,
            timeout=httpx.Timeout(settings.timeout_seconds, connect=5),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=16),
            trust_env=False,
        )
        # what would be cut off later need not be made, and what a file holds a thousand times is not for reading
        self._bounds = {
            "writeLimit": str(limits.characters + 1),
            "maxEmbeddedResources": str(limits.archive_members),
        }
        self._most, self._longest = limits.archive_bytes, settings.timeout_seconds
        self._checked = False
        self._alone = threading.Lock()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def read(self, path: Path, *, seconds: float | None = None, recognise: bool = True) -> list[dict[str, Any]]:
        """Return what is known of a file and of all that is embedded in it, outermost first.

        Letters in pictures are recognised unless it is said not to. TakesLongError if `seconds` are fewer than a file
        may take, and not enough.
        """
        more = {} if recognise else _NOT_RECOGNISED
        parts: list[dict[str, Any]] = self._asked("/rmeta/xml", path, seconds=seconds, more=more).json()
        return parts

    def unpack(self, path: Path, target: IO[bytes]) -> None:
        """Write a ZIP of the files that lie directly in this one; UnreadableError if it is too large."""
        self._asked("/unpack", path, target)

    def _asked(
        self,
        door: str,
        path: Path,
        target: IO[bytes] | None = None,
        *,
        seconds: float | None = None,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> httpx.Response:
        given = self._longest if seconds is None else min(seconds, self._longest)
        answer = self._try(door, path, target, given, more)
        if answer is None:
            # Another file may have brought Tika down: only what fails while it is alone in here is its own fault.
            with self._alone:
                for _ in range(_TRIES):
                    answer = self._try(door, path, target, given, more)
                    if answer is not None:
                        break
        if answer is None:
            raise UnreadableError(Fault(Reason.CRASHED, "Tika"))
        if answer.status_code == _UNPROCESSABLE:
            raise UnreadableError(fault_of(answer.text))
        return answer

    def _try(
        self, door: str, path: Path, target: IO[bytes] | None, seconds: float, more: Mapping[str, str]
    ) -> httpx.Response | None:
        self._check_version()
        headers = {
            "Content-Length": str(path.stat().st_size),
            # whoever is not waited for any more must not go on taking a processor from the others
            _TASK_TIMEOUT: str(round((seconds + _LEEWAY) * 1000)),
            **self._bounds,
            **more,
        }
        patience = httpx.Timeout(seconds, connect=5)
        try:
            with (
                path.open("rb") as content,
                self._http.stream("PUT", door, content=content, headers=headers, timeout=patience) as answer,
            ):
                if target is None or answer.status_code != httpx.codes.OK:
                    answer.read()
                else:
                    self._write(answer, target)
        except httpx.ReadTimeout as error:
            if seconds < self._longest:
                raise TakesLongError(path.name) from error
            raise UnreadableError(Fault(Reason.TOO_SLOW)) from error
        except httpx.TransportError:
            self._checked = False
            return None
        if answer.status_code in _ANSWERS:
            return answer
        self._checked = False
        time.sleep(_PAUSE)
        return None

    def _write(self, answer: httpx.Response, target: IO[bytes]) -> None:
        target.seek(0)
        target.truncate()
        size = 0
        for chunk in answer.iter_bytes():
            size += len(chunk)
            if size > self._most:
                raise UnreadableError(Fault(Reason.ARCHIVE_BOMB, f"mehr als {self._most} Byte"))
            target.write(chunk)

    def _check_version(self) -> None:
        """Wait for Tika while it restarts; TikaUnavailableError if it stays away or is too old to be safe."""
        if self._checked:
            return
        end = time.monotonic() + _RESTART_SECONDS
        while True:
            try:
                answer = self._http.get("/version", timeout=5)
                answer.raise_for_status()
                break
            except httpx.HTTPError as error:
                if time.monotonic() > end:
                    raise TikaUnavailableError(f"tika does not answer: {error}") from error
                time.sleep(0.5)
        found = re.search(r"(\d+)\.(\d+)\.(\d+)", answer.text)
        # SECURITY: an older Tika can be made to read files of its machine by what it is given to read.
        if found is None or tuple(int(n) for n in found.groups()) < _OLDEST:
            raise TikaUnavailableError(f"tika answers as {answer.text[:60]!r}; 3.2.2 or newer is needed")
        self._checked = True


def fault_of(trouble: str) -> Fault:
    """Return the reason for quarantine that an error of Tika amounts to."""
    first = trouble.strip().splitlines()[0][:200] if trouble.strip() else ""
    if re.search(r"(?i)encrypt|password", trouble[:4000]):
        return Fault(Reason.ENCRYPTED, first)
    if "ZeroByteFile" in trouble[:4000]:
        return Fault(Reason.EMPTY)
    return Fault(Reason.DAMAGED, first)
