"""The parts that come over the network: each pinned by address, size and SHA-256, fetched once, kept in the cache.

It fetches and verifies. It does not know what a part is for; that is decided where parts are put together.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

_PIN_FILE = Path(__file__).with_name("artifacts.lock.json")
_THREADS = 8
_TRIES = 3
_BLOCK = 1 << 18

#: called with bytes done, bytes in all, and the name of the part that moved
OnProgress = Callable[[int, int, str], None]


class ArtifactError(Exception):
    """A part could not be brought; the text names it and says what to do."""


@dataclass(frozen=True)
class Artifact:
    """One file of the network, pinned, and the folders of the assembled homes it belongs to."""

    name: str
    url: str
    sha256: str
    size: int
    places: tuple[str, ...]

    def path(self, cache: Path) -> Path:
        """Return where it is kept."""
        return cache / "artifacts" / self.name


def pinned() -> tuple[Artifact, ...]:
    """Return every part of the system, as the lock file beside this module pins it."""
    return tuple(one for one in _listed() if not _is_for_tests(one))


def pinned_for_tests() -> tuple[Artifact, ...]:
    """Return the parts that only the test suite starts; nobody else has to fetch them."""
    return tuple(one for one in _listed() if _is_for_tests(one))


def _listed() -> tuple[Artifact, ...]:
    rows = json.loads(_PIN_FILE.read_text(encoding="utf-8"))["artifacts"]
    return tuple(Artifact(r["name"], r["url"], r["sha256"], r["size"], tuple(r["places"])) for r in rows)


def _is_for_tests(artifact: Artifact) -> bool:
    return all(place.startswith("tests/") for place in artifact.places)


def pin_digest() -> str:
    """Return a digest of the whole list: what was put together from another list is out of date."""
    return hashlib.sha256(_PIN_FILE.read_bytes()).hexdigest()


def is_present(artifact: Artifact, cache: Path) -> bool:
    """Say whether the part is in the cache. Its content was verified before it got this name."""
    path = artifact.path(cache)
    return path.is_file() and path.stat().st_size == artifact.size


def verify(artifact: Artifact, path: Path) -> None:
    """Raise unless `path` holds exactly the pinned bytes; a wrong file is removed."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    # SECURITY: nothing that differs from the pin by one bit is unpacked or run.
    if found != artifact.sha256:
        path.unlink()
        raise ArtifactError(
            f"{artifact.name} from {artifact.url} has checksum {found}, pinned is {artifact.sha256}; the file was "
            "removed: run the command again, and if it stays so, something on the way changes downloads"
        )


def fetch(artifacts: Iterable[Artifact], cache: Path, on_progress: OnProgress) -> int:
    """Bring every part that is missing into the cache; return the bytes that came over the network."""
    missing = [artifact for artifact in artifacts if not is_present(artifact, cache)]
    if not missing:
        return 0
    folder = cache / "artifacts"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        # two starts with one cache: the second waits and then finds everything there
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = [artifact for artifact in missing if not is_present(artifact, cache)]
        return _fetch_all(missing, cache, on_progress)


def _fetch_all(missing: list[Artifact], cache: Path, on_progress: OnProgress) -> int:
    total = sum(artifact.size for artifact in missing)
    done = received = 0
    guard = threading.Lock()
    stop = threading.Event()

    def moved(name: str, count: int, *, over_network: bool) -> None:
        nonlocal done, received
        with guard:
            done += count
            received += count if over_network else 0
            on_progress(done, total, name)

    with (
        httpx.Client(timeout=httpx.Timeout(30.0), follow_redirects=True) as http,
        ThreadPoolExecutor(_THREADS, thread_name_prefix="fetch") as pool,
    ):
        # the large ones first: they decide how long it takes
        ordered = sorted(missing, key=lambda artifact: -artifact.size)
        waiting = [pool.submit(_fetch_one, http, artifact, cache, moved, stop) for artifact in ordered]
        try:
            for one in waiting:
                one.result()
        except BaseException:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return received


def _fetch_one(
    http: httpx.Client,
    artifact: Artifact,
    cache: Path,
    moved: Callable[..., None],
    stop: threading.Event,
) -> None:
    path = artifact.path(cache)
    part = path.with_name(f"{path.name}.part")
    for left in reversed(range(_TRIES)):
        try:
            _continue(http, artifact, part, moved, stop)
            break
        except (httpx.TransportError, httpx.HTTPStatusError) as error:
            if left == 0:
                raise ArtifactError(
                    f"cannot fetch {artifact.name} from {urlsplit(artifact.url).hostname}: {error or type(error)}; "
                    "what has come is kept: check the network and run the command again"
                ) from error
    if stop.is_set():
        return
    verify(artifact, part)
    part.chmod(0o644)
    part.rename(path)


def _continue(
    http: httpx.Client, artifact: Artifact, part: Path, moved: Callable[..., None], stop: threading.Event
) -> None:
    have = part.stat().st_size if part.exists() else 0
    if have > artifact.size:
        part.unlink()
        have = 0
    if have == artifact.size:
        moved(artifact.name, have, over_network=False)
        return
    headers = {"Range": f"bytes={have}-", "Accept-Encoding": "identity"} if have else {"Accept-Encoding": "identity"}
    with http.stream("GET", artifact.url, headers=headers) as answer:
        answer.raise_for_status()
        resumed = answer.status_code == httpx.codes.PARTIAL_CONTENT
        size = have if resumed else 0
        if resumed:
            moved(artifact.name, have, over_network=False)
        with part.open("ab" if resumed else "wb") as file:
            for block in answer.iter_bytes(_BLOCK):
                size += len(block)
                if size > artifact.size:
                    part.unlink()
                    raise ArtifactError(
                        f"{artifact.name} from {artifact.url} is longer than its pinned {artifact.size} bytes; "
                        "the file was removed: run the command again"
                    )
                file.write(block)
                moved(artifact.name, len(block), over_network=True)
                if stop.is_set():
                    return
    if size < artifact.size:
        raise httpx.RemoteProtocolError(f"connection ended at {size} of {artifact.size} bytes")
