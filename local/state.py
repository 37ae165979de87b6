"""What the running system leaves for the command line to read, and the lock that keeps it the only one."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from local.layout import Layout


class NotRunningError(Exception):
    """Nothing runs on this data folder."""

    def __init__(self) -> None:
        super().__init__("the system is not running: start it with 'aktensuche up'")


class AlreadyRunningError(Exception):
    """Somebody else holds the data folder."""


class State(BaseModel):
    """The running system: written by the supervisor at each change, read by everybody else."""

    model_config = ConfigDict(frozen=True)

    pid: int
    started: float
    ports: dict[str, int]
    #: process ids by name; a name is missing while its program is being started again
    processes: dict[str, int]
    ready: bool

    @property
    def ui_url(self) -> str:
        """Where the browser goes."""
        return f"http://localhost:{self.ports['ui']}"

    @property
    def api_url(self) -> str:
        """Where software goes."""
        return f"http://127.0.0.1:{self.ports['api']}"

    @property
    def issuer(self) -> str:
        """The sign-in, as browser and programs name it."""
        return f"http://localhost:{self.ports['sign_in']}"


@dataclass(frozen=True)
class Lock:
    """The lock on a data folder; it ends with the process that holds `descriptor`."""

    descriptor: int


def take_lock(layout: Layout) -> Lock:
    """Become the one system on this data folder, or say who is."""
    layout.run.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(_lock_file(layout), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise AlreadyRunningError(
            f"the system already runs on {layout.data} (process {pid or 'unknown'}): "
            f"stop it with 'kill {pid or 'PID'}', or set AKTENSUCHE_DATA to another folder"
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
    return Lock(descriptor)


def write_state(layout: Layout, state: State) -> None:
    """Put `state` in place of the one before, whole or not at all."""
    target = _state_file(layout)
    unfinished = target.with_suffix(".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(state.model_dump_json(indent=1) + "\n")
    unfinished.replace(target)


def read_state(layout: Layout) -> State:
    """Return what runs on this data folder, or raise NotRunningError."""
    if not _is_locked(_lock_file(layout)):
        raise NotRunningError
    try:
        return State.model_validate_json(_state_file(layout).read_bytes())
    except FileNotFoundError:
        # locked and nothing written yet: it is still fetching
        raise NotRunningError from None


def forget_state(layout: Layout) -> None:
    """Remove what describes a system that has ended."""
    _state_file(layout).unlink(missing_ok=True)
    ready_file(layout).unlink(missing_ok=True)


def ready_file(layout: Layout) -> Path:
    """Return the file whose existence lets the API call itself ready."""
    return layout.run / "ready"


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _lock_file(layout: Layout) -> Path:
    return layout.run / "lock"


def _state_file(layout: Layout) -> Path:
    return layout.run / "state.json"
