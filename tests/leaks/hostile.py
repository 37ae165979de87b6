"""Files made to do harm: what they reach for, and the list of them (hostile_documents, hostile_containers)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Bait:
    """What the files reach for."""

    #: a file that everybody may read and nobody imports
    canary: Path
    #: the address of a server that nobody should come to
    sink: str
    #: part of each name that would be written outside
    escape: str

    def url(self, name: str) -> str:
        """Return the address that tells which file came."""
        return f"{self.sink}/{name}"


Make = Callable[[Bait], bytes]

#: name of each file and what makes it; the same each time but for the addresses in them
FILES: dict[str, Make] = {}
#: bytes that come out of what is packed to burst
BOMB = 200_000_000


def file(name: str) -> Callable[[Make], Make]:
    """Add what the function makes to the list."""

    def add_it(make: Make) -> Make:
        assert name not in FILES
        FILES[name] = make
        return make

    return add_it


def add(name: str, make: Make) -> None:
    """Add a file to the list."""
    file(name)(make)


def zipped(members: dict[str, bytes | str], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()
