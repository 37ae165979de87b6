"""The lexicon of this installation: made of the word list once, at set-up, and kept; read from there by every process.

Making it takes a processor two seconds, reading it a fifth of one. Where none is kept, or it was made by other rules,
of another list or by another Python, it is made anew in memory: that is slower and gives the same.
`python -m records.lexicon` makes it.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.resources
import marshal
import sys
import tempfile
import threading
from pathlib import Path

from records import compounds, inflection
from records.compounds import Lexicon, from_nouns

#: beside the list that it is made of, where every process can read it; nothing that runs writes there
KEPT = Path(str(importlib.resources.files("german_nouns").joinpath("nouns.csv"))).with_name("aktensuche-lexicon")
_DIGEST = 32
_MAKING = threading.Lock()


def lexicon() -> Lexicon:
    """Return the lexicon; it is read once in a process, however many ask for it at the same time."""
    with _MAKING:
        return _once()


@functools.cache
def _once() -> Lexicon:
    return read(KEPT) or from_nouns()


def keep(path: Path = KEPT) -> None:
    """Make the lexicon and keep it, unless the one that is kept is right; OSError if the place cannot be written."""
    if read(path) is not None:
        return
    made = from_nouns()
    body = marshal.dumps(
        (made.beginnings, made.ends, made.mistaken, dict(made.lemmas), dict(made.inflected)),
    )
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix="lexicon-", delete=False) as file:
        file.write(_made_by() + hashlib.sha256(body).digest() + body)
    unfinished = Path(file.name)
    unfinished.chmod(0o644)
    unfinished.rename(path)


def read(path: Path) -> Lexicon | None:
    """Return the lexicon that is kept there; None if there is none, or not the one that would be made today."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    made_by, digest, body = content[:_DIGEST], content[_DIGEST : 2 * _DIGEST], content[2 * _DIGEST :]
    if made_by != _made_by() or hashlib.sha256(body).digest() != digest:
        return None
    return Lexicon(*marshal.loads(body))  # noqa: S302 - written at set-up into the folder of the programs themselves


def _made_by() -> bytes:
    """Return what tells this list, these rules and this Python from others."""
    rules = (Path(str(module.__file__)).read_bytes() for module in (compounds, inflection))
    release = f"{importlib.metadata.version('german-nouns')} {sys.version}"
    return hashlib.sha256(b"\0".join((release.encode(), *rules))).digest()


if __name__ == "__main__":
    keep()
