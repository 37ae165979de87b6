"""The ends of the chains, noted outside the database: whoever cuts one off or rewrites it has to come here too.

One file a day with a JSON line for each sighting; several processes append to it. It is no condition of an answer.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_log = logging.getLogger(__name__)

_EVERY_SECONDS = 10.0


@dataclass(frozen=True)
class Sighting:
    """An entry that was the last of its chain when it was seen."""

    where: str
    tenant: str
    sequence: int
    hash: str


class UnreadableSightingError(Exception):
    """A line of the witness is no sighting."""


class Witness:
    """Notes ends of chains in a folder, each tenant's every ten seconds at most."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._noted: dict[str, float] = {}

    def note(self, ends: Mapping[str, tuple[int, str]]) -> None:
        """Note where these chains end."""
        now = time.monotonic()
        due = {t: end for t, end in ends.items() if now - self._noted.get(t, float("-inf")) >= _EVERY_SECONDS}
        if not due:
            return
        today = dt.datetime.now(dt.UTC).date()
        lines = "".join(
            json.dumps({"tenant": tenant, "sequence": sequence, "hash": value}) + "\n"
            for tenant, (sequence, value) in due.items()
        )
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._folder / f"{today.isoformat()}.jsonl"
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(lines.encode("ascii"))
        except OSError as error:
            # The entries themselves are committed; without the witness only a cut-off end would go unnoticed.
            _log.warning("the ends of the audit chains were not noted in %s: %s", self._folder, error.strerror)
            return
        self._noted |= dict.fromkeys(due, now)

    def sightings(self) -> Iterator[Sighting]:
        """Yield what was noted, oldest first; UnreadableSightingError names a line that is none."""
        for path in sorted(self._folder.glob("*.jsonl")):
            with path.open(encoding="utf-8", errors="replace") as file:
                for number, line in enumerate(file, start=1):
                    try:
                        told = json.loads(line)
                        yield Sighting(
                            f"{path.name}:{number}", str(told["tenant"]), int(told["sequence"]), told["hash"]
                        )
                    except (ValueError, KeyError, TypeError) as error:
                        raise UnreadableSightingError(f"{path}, line {number}, is no sighting") from error

    def forget(self, before: dt.date) -> None:
        """Remove the files of the days before this one."""
        for path in self._folder.glob("*.jsonl"):
            if path.stem < before.isoformat():
                path.unlink(missing_ok=True)
