"""Start programs in order, watch them, start a crashed one again, and stop everything.

Knows nothing about what the programs do: local/processes.py says that. One thread, one loop: a program tied to its
parent dies with the thread that started it, and signals arrive between two steps.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from local import guardian
from local.command import Command

_STEP = 0.1
#: pauses before a crashed program is started again, none the first time; the last one repeats
_PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
#: a program that was well for so long has recovered: its next crash counts as the first
_RECOVERED = 1.0
#: crashes before a program was ever well, after which starting the system is given up
_GIVE_UP = 4
#: a log longer than this is put aside when its program starts
_LOG_BYTES = 20_000_000
#: where a copied Python finds its library; the launcher needs it whatever it launches
_LOADER = {key: os.environ[key] for key in ("LD_LIBRARY_PATH",) if key in os.environ}


@dataclass(frozen=True)
class Process:
    """One program of the system."""

    name: str
    #: made when the program starts: some write their configuration then
    command: Callable[[], Command]
    #: says whether it works by now; must answer within about a second
    is_well: Callable[[], bool]
    #: names of those that must be well before it starts
    after: tuple[str, ...] = ()
    #: ends by itself with exit code 0, and is well then
    once: bool = False
    #: shows its output instead of keeping it in a log
    talks: bool = False
    start_seconds: float = 120.0
    stop_seconds: float = 10.0


class StartError(Exception):
    """The system cannot be brought up; the text names the program and its log."""


@dataclass
class _Running:
    """What is known about one program at the moment."""

    process: Process
    popen: subprocess.Popen[bytes] | None = None
    since: float = 0.0
    well_since: float = 0.0
    is_well: bool = False
    was_well: bool = False
    crashes: int = 0
    start_at: float = 0.0
    sessions: set[int] = field(default_factory=set)


class Signals:
    """Remembers SIGINT and SIGTERM instead of being thrown about by them."""

    def __init__(self) -> None:
        self.received: list[int] = []
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)
        signal.signal(signal.SIGHUP, self._note)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.received.append(number)

    @property
    def exit_code(self) -> int:
        """Return what the shell is told: 130 for Ctrl-C, 0 for a request to stop."""
        return 130 if self.received and self.received[0] == signal.SIGINT else 0


class Supervisor:
    """Runs `processes` until a signal arrives or one of them cannot be brought up."""

    def __init__(
        self,
        processes: Sequence[Process],
        *,
        logs: Path,
        say: Callable[[str], None],
        on_change: Callable[[Mapping[str, int], bool], None] = lambda _pids, _all_well: None,
        on_all_well: Callable[[], None] = lambda: None,
        must_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._running = {process.name: _Running(process) for process in processes}
        self._logs = logs
        self._say = say
        self._on_change = on_change
        self._on_all_well = on_all_well
        self._must_stop = must_stop
        self._signals = Signals()
        self._guardian = self._start_guardian()

    def run(self) -> int:
        """Bring everything up, keep it up, take it down; return the exit code."""
        announced = False
        try:
            while not self._signals.received and not self._must_stop():
                for one in self._running.values():
                    self._look_after(one)
                self._look_after_guardian()
                if not announced and all(one.is_well for one in self._running.values()):
                    announced = True
                    self._report()
                    self._on_all_well()
                time.sleep(_STEP)
        finally:
            self._stop_all()
        return self._signals.exit_code

    def _look_after(self, one: _Running) -> None:
        process, now = one.process, time.monotonic()
        if one.popen is None:
            if process.once and one.is_well:
                return
            if now >= one.start_at and all(self._running[name].is_well for name in process.after):
                self._start(one)
            return
        code = one.popen.poll()
        if code is not None:
            self._ended(one, code)
        elif not one.is_well and not process.once:
            if process.is_well():
                one.is_well = one.was_well = True
                one.well_since = now
                self._say(f"{process.name}: ready after {now - one.since:.1f} s")
                self._report()
            elif now - one.since > process.start_seconds:
                self._say(f"{process.name}: not ready after {process.start_seconds:.0f} s, ending it")
                self._end(one)
        elif one.crashes and now - one.well_since > _RECOVERED:
            one.crashes = 0

    def _start(self, one: _Running) -> None:
        process = one.process
        command = process.command()
        launcher = [sys.executable, "-I", "-S", str(Path(__file__).with_name("launch.py")), str(os.getpid())]
        output = None if process.talks else self._open_log(process.name)
        try:
            one.popen = subprocess.Popen(
                [*launcher, *command.argv],
                env=command.env | _LOADER,
                cwd=command.cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        finally:
            if output is not None:
                os.close(output)
        one.since = time.monotonic()
        one.sessions.add(one.popen.pid)
        self._tell_guardian("+", one.popen.pid)
        self._report()

    def _ended(self, one: _Running, code: int) -> None:
        process = one.process
        self._clear(one)
        if process.once and code == 0:
            one.is_well = one.was_well = True
            self._report()
            return
        one.crashes += 1
        how = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        if process.once or (not one.was_well and one.crashes >= _GIVE_UP):
            raise StartError(
                f"{process.name} ended {how}" + ("" if process.talks else f"; {self._last_words(process.name)}")
            )
        pause = _PAUSES[min(one.crashes, len(_PAUSES)) - 1]
        one.start_at = time.monotonic() + pause
        self._say(f"{process.name}: ended {how}, starting it again" + (f" in {pause:.0f} s" if pause else ""))
        self._report()

    def _clear(self, one: _Running) -> None:
        """Forget a program that has ended, after ending what it left behind."""
        one.popen = None
        one.is_well = False
        if guardian.end(one.sessions):
            for session in one.sessions:
                self._tell_guardian("-", session)
            one.sessions.clear()

    def _end(self, one: _Running) -> None:
        if one.popen is not None:
            one.popen.kill()
            one.popen.wait()
            self._ended(one, -signal.SIGKILL)

    def _stop_all(self) -> None:
        """Ask everything to end, latest first, and insist when it does not."""
        asked = len(self._signals.received)
        if any(one.popen for one in self._running.values()):
            self._say("stopping")
        for wave in reversed(self._waves()):
            for one in wave:
                if one.popen is not None:
                    one.popen.terminate()
            for one in wave:
                until = time.monotonic() + one.process.stop_seconds
                while one.popen is not None and one.popen.poll() is None:
                    # a second Ctrl-C: no more patience
                    if time.monotonic() > until or len(self._signals.received) > max(asked, 1):
                        one.popen.kill()
                        one.popen.wait()
                    else:
                        time.sleep(_STEP / 2)
                self._clear(one)
        left = {session for one in self._running.values() for session in one.sessions}
        if left:
            self._say(f"could not end: {', '.join(str(pid) for pid in guardian.members(left))}")
        if self._guardian.stdin is not None:
            self._guardian.stdin.close()
        self._guardian.wait(10)

    def _waves(self) -> list[list[_Running]]:
        """Group the programs so that each stands behind all it needs."""
        depth: dict[str, int] = {}

        def of(name: str) -> int:
            if name not in depth:
                depth[name] = 1 + max((of(need) for need in self._running[name].process.after), default=-1)
            return depth[name]

        waves: list[list[_Running]] = [[] for _ in range(1 + max(map(of, self._running), default=-1))]
        for name, one in self._running.items():
            waves[of(name)].append(one)
        return waves

    def _report(self) -> None:
        pids = {name: one.popen.pid for name, one in self._running.items() if one.popen is not None}
        self._on_change(pids, all(one.is_well for one in self._running.values()))

    def _open_log(self, name: str) -> int:
        self._logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._logs / f"{name}.log"
        if path.exists() and path.stat().st_size > _LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def _last_words(self, name: str) -> str:
        path = self._logs / f"{name}.log"
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
        return "\n  ".join([f"the end of {path}:", *lines])

    def _start_guardian(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(guardian.__file__))],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def _look_after_guardian(self) -> None:
        if self._guardian.poll() is not None:
            self._say("guardian: ended, starting it again")
            self._guardian = self._start_guardian()
            for one in self._running.values():
                for session in one.sessions:
                    self._tell_guardian("+", session)

    def _tell_guardian(self, sign: str, session: int) -> None:
        # a guardian that has just died is replaced in the next round, and told everything then
        with contextlib.suppress(BrokenPipeError):
            if self._guardian.stdin is not None:
                self._guardian.stdin.write(f"{sign} {session}\n".encode("ascii"))
                self._guardian.stdin.flush()
