"""`aktensuche doctor`: looks at this machine and at what runs, and says what to do. It changes nothing."""

from __future__ import annotations

import contextlib
import os
import shutil
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx
import psutil

from local import artifacts, certificates, ports
from local.engine import java
from local.layout import TENANTS, TREE, Layout
from local.privileges import UnreachableError, require_reachable, service_identity
from local.processes import addresses, secret
from local.state import NotRunningError, State, read_state
from search_api.synonym_files import load as load_synonyms

Level = Literal["ok", "warning", "problem"]

_GIB = 1024**3
#: what the whole system may take when nobody asks anything
_MOST_MEMORY = 4 * _GIB
_DISK_WANTED = 6 * _GIB
_DISK_NEEDED = 2 * _GIB
_MEMORY_WANTED = 6 * _GIB
_RENEW_BEFORE = timedelta(days=14)
#: programs of system packages: what needs them, and the Debian packages that bring them
_PROGRAMS = (
    ("tesseract", "reading scanned pages", "tesseract-ocr tesseract-ocr-deu"),
    ("chromium", "the tests of the pages", "chromium"),
    ("initdb", "the tests on PostgreSQL", "postgresql"),
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    level: Level
    text: str
    advice: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the finding for a program."""
        return asdict(self)

    def as_line(self) -> str:
        """Return the finding for a person."""
        return f"{self.level:8} {self.what}: {self.text}" + (f" -> {self.advice}" if self.advice else "")


def examine(layout: Layout) -> list[Finding]:
    """Look at everything; the order is that in which things are needed."""
    found = [_python(), _disk(layout), _memory(), *_folders(layout), *_secrets(layout), *_synonyms(layout)]
    found += [_artifacts(layout), _java(), *_programs(), *_certificates(layout)]
    try:
        state = read_state(layout)
    except NotRunningError as error:
        return [*found, *_ports(), Finding("system", "warning", "not running", str(error).partition(": ")[2])]
    return [*found, *_processes(state), *_services(layout, state)]


def _python() -> Finding:
    return Finding("python", "ok", f"{sys.version.split()[0]} at {sys.executable}")


def _disk(layout: Layout) -> Finding:
    free = shutil.disk_usage(_existing(layout.data)).free
    text = f"{free / _GIB:.1f} GiB free at {layout.data}"
    if free < _DISK_NEEDED:
        return Finding("disk", "problem", text, "free some space: the engine stops writing when it is full")
    if free < _DISK_WANTED:
        return Finding("disk", "warning", text, f"{_DISK_WANTED // _GIB} GiB are comfortable")
    return Finding("disk", "ok", text)


def _memory() -> Finding:
    memory = psutil.virtual_memory()
    text = f"{memory.total / _GIB:.1f} GiB, {memory.available / _GIB:.1f} GiB of it available"
    if memory.total < _MEMORY_WANTED:
        return Finding("memory", "warning", text, "the system takes about 4 GiB; close other programs")
    return Finding("memory", "ok", text)


def _folders(layout: Layout) -> Iterator[Finding]:
    identity = service_identity()
    if identity is not None:
        site = Path(httpx.__file__).parent
        for path, purpose in ((TREE, "the program"), (site, "the packages"), (_existing(layout.data), "the data")):
            try:
                require_reachable(path, purpose, identity)
            except UnreachableError as error:
                sentence, _, advice = str(error).rpartition(": ")
                yield Finding("folders", "problem", sentence, advice)
                break
        else:
            yield Finding("folders", "ok", f"the user {identity.uid} reaches all it needs")
    elif not os.access(_existing(layout.data), os.W_OK):
        yield Finding("folders", "problem", f"{layout.data} cannot be written", "set AKTENSUCHE_DATA to another folder")
    else:
        yield Finding("folders", "ok", f"data in {layout.data}, fetched parts in {layout.cache}")


def _secrets(layout: Layout) -> Iterator[Finding]:
    if not layout.secrets.is_dir():
        yield Finding("secrets", "warning", "not made yet", "run 'aktensuche setup'")
        return
    open_to_others = [p for p in (layout.secrets, *layout.secrets.iterdir()) if stat.S_IMODE(p.stat().st_mode) & 0o077]
    for path in open_to_others:
        yield Finding("secrets", "problem", f"{path} is open to other users", f"run 'chmod go= {path}'")
    if not open_to_others:
        yield Finding("secrets", "ok", f"only their user may read {layout.secrets}")


def _synonyms(layout: Layout) -> Iterator[Finding]:
    for tenant in TENANTS:
        path = layout.synonyms / f"{tenant}.txt"
        if path.exists():
            try:
                count = len(load_synonyms(path).groups)
            except ValueError as error:
                sentence, _, advice = str(error).rpartition("; ")
                yield Finding("synonyms", "problem", sentence or str(error), advice)
            else:
                yield Finding("synonyms", "ok", f"{count} lines of {tenant}")


def _artifacts(layout: Layout) -> Finding:
    pinned = artifacts.pinned()
    missing, wrong = [], []
    for artifact in pinned:
        path = artifact.path(layout.cache)
        if not path.is_file():
            missing.append(path.name)
            continue
        try:
            artifacts.verify(artifact, path)
        except artifacts.ArtifactError:
            wrong.append(path.name)
    if wrong:
        return Finding(
            "parts", "problem", f"changed since they were fetched: {', '.join(wrong)}", "run 'aktensuche setup'"
        )
    if missing:
        text = f"{len(missing)} of {len(pinned)} are not in {layout.cache}"
        return Finding("parts", "warning", text, "run 'aktensuche setup'")
    return Finding("parts", "ok", f"all {len(pinned)} are there, with the right checksums")


def _java() -> Finding:
    try:
        said = subprocess.run([str(java()), "-version"], capture_output=True, text=True, timeout=30, check=True).stderr
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("java", "problem", f"does not run: {error}", "run 'make setup'")
    return Finding("java", "ok", said.splitlines()[0])


def _programs() -> Iterator[Finding]:
    for name, purpose, package in _PROGRAMS:
        found = shutil.which(name) or next(
            (str(path) for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None
        )
        if found:
            yield Finding(name, "ok", found)
        else:
            yield Finding(name, "warning", f"not found; {purpose} needs it", f"install the package {package}")


def _certificates(layout: Layout) -> Iterator[Finding]:
    for name in ("ca.crt", "node.crt", "admin.crt"):
        path = secret(layout, name)
        if not path.is_file():
            continue
        ends = certificates.ends(path)
        left = ends - datetime.now(tz=UTC)
        text = f"{name} is valid until {ends:%Y-%m-%d}"
        if left < timedelta(0):
            yield Finding("certificate", "problem", text, "stop the system and start it again: it makes new ones")
        elif left < _RENEW_BEFORE:
            yield Finding("certificate", "warning", text, "start the system again: it makes new ones")
        else:
            yield Finding("certificate", "ok", text)


def _ports() -> Iterator[Finding]:
    try:
        ports.choose()
    except ports.PortError as error:
        sentence, _, advice = str(error).rpartition(": ")
        yield Finding("ports", "problem", sentence, advice)
    else:
        yield Finding("ports", "ok", "those of the pages and the API are free")


def _processes(state: State) -> Iterator[Finding]:
    total = 0
    for name, pid in {"supervisor": state.pid, **state.processes}.items():
        try:
            process = psutil.Process(pid)
            # the supervisor's children are the others; theirs (Tika's second Java) count with them
            family = [process, *([] if name == "supervisor" else process.children(recursive=True))]
            size = sum(_resident(one) for one in family)
        except psutil.NoSuchProcess:
            yield Finding(f"process {name}", "warning", f"{pid} has ended", "it is being started again; see its log")
            continue
        total += size
        yield Finding(f"process {name}", "ok", f"{size / 1024**2:.0f} MiB resident (process {pid})")
    text = f"{total / _GIB:.2f} GiB of {_MOST_MEMORY // _GIB} GiB resident"
    yield Finding("processes", "ok" if total <= _MOST_MEMORY else "warning", text)
    if not state.ready:
        yield Finding("system", "warning", "still starting", "wait, or look at what 'aktensuche up' says")


def _resident(process: psutil.Process) -> int:
    # a share of what several programs have in common, where the system tells it
    with contextlib.suppress(psutil.Error, OSError):
        if share := getattr(process.memory_full_info(), "pss", 0):
            return int(share)
    return int(process.memory_info().rss)


def _services(layout: Layout, state: State) -> Iterator[Finding]:
    where = addresses(state.ports)
    trust = ssl.create_default_context(cafile=str(secret(layout, "ca.crt")))
    trust.load_cert_chain(secret(layout, "admin.crt"), secret(layout, "admin.key"))
    checks: tuple[tuple[str, str, ssl.SSLContext | bool], ...] = (
        ("index", f"{where['engine']}/_cluster/health", trust),
        ("Tika", f"{where['tika']}/version", True),
        ("model", f"{where['embedding']}/health/ready", True),
        ("sign-in", f"{where['sign_in']}/.well-known/openid-configuration", True),
        ("API", f"{where['api']}/health/ready", True),
        ("pages", f"{where['ui']}/health/live", True),
    )
    for what, url, verify in checks:
        try:
            answer = httpx.get(url, verify=verify, timeout=10, trust_env=False)
        except httpx.HTTPError as error:
            yield Finding(what, "problem", f"{url} does not answer: {error}", f"look into {layout.logs}")
            continue
        if answer.is_success:
            yield Finding(what, "ok", f"answers at {url}")
        else:
            yield Finding(what, "problem", f"{url} answers {answer.status_code}", f"look into {layout.logs}")
    for what, file in (("ledger", layout.ledger), ("audit log", layout.audit)):
        if file.is_file():
            yield Finding(what, "ok", f"{file.stat().st_size / 1024**2:.1f} MiB at {file}")
        else:
            yield Finding(what, "problem", f"{file} is missing", f"look into {layout.logs}")


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path
