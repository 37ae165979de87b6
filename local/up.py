"""`aktensuche up`: from whatever is there to a running system, and back to nothing.

Two steps. As the caller: fetch, make secrets, hand the data folder to the service user. Then, as that user and for
good: run everything. Root never runs a program of the system, nor listens on a port.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import NoReturn

from local import ports, processes, python_runtime
from local.layout import TREE, Layout
from local.privileges import (
    Identity,
    UnreachableError,
    become,
    hand_over,
    require_reachable,
    service_identity,
)
from local.state import AlreadyRunningError, Lock, State, forget_state, take_lock, write_state
from local.supervisor import StartError, Supervisor

_STOPPING = {signal.SIGINT: 130, signal.SIGTERM: 0, signal.SIGHUP: 0}

#: what a person can do something about: told in one sentence, without a traceback
_TOLD: tuple[type[Exception], ...] = (
    AlreadyRunningError,
    ports.PortError,
    StartError,
    UnreachableError,
)


def say(text: str) -> None:
    """Write one line to the one who started the system."""
    # whoever reads may have gone; the system goes on
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except OSError:
        return


def up(layout: Layout, *, sample: bool, under_make: bool) -> NoReturn:
    """Bring the system up and keep it up; ends with the exit code for the shell."""
    began = time.time()
    _end_at_once_on_signals()
    try:
        lock = take_lock(layout)
        ports.choose()
        identity = service_identity()
        if identity is not None:
            require_reachable(TREE / "local", "the program", identity)
            require_reachable(python_runtime.packages(), "the installed packages", identity)
        fetched = prepare(layout, identity)
    except _TOLD as error:
        _finish(str(error), 1)
    _become_supervisor(layout, lock, identity, sample=sample, began=began, fetched=fetched, under_make=under_make)


def _megabytes(fetched: int) -> str:
    # the packages are uv's, which does not say how much it fetched
    return f"{fetched / 1e6:.1f} MB fetched beside the Python packages"


def setup(layout: Layout) -> NoReturn:
    """Fetch and build everything, start nothing; ends with the exit code for the shell."""
    began = time.monotonic()
    _end_at_once_on_signals()
    try:
        take_lock(layout)
        fetched = prepare(layout, service_identity())
    except _TOLD as error:
        _finish(str(error), 1)
    _finish(f"everything is there after {time.monotonic() - began:.0f} s, {_megabytes(fetched)}", 0)


def prepare(layout: Layout, identity: Identity | None) -> int:
    """Fetch and build everything, start nothing; return the bytes that came over the network."""
    from local.bring import BringError, bring_everything  # noqa: PLC0415  seconds of imports, after the first checks

    try:
        brought = bring_everything(layout, _progress())
    except BringError as error:
        raise StartError(str(error)) from error
    for folder in (layout.run / "home", layout.run / "tmp", layout.logs, layout.files):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if identity is not None:
        python_runtime.provide(layout, identity)
        require_reachable(layout.data.parent, "the data folder", identity)
        hand_over(layout.data, identity)
    return brought.bytes_fetched


def _become_supervisor(
    layout: Layout,
    lock: Lock,
    identity: Identity | None,
    *,
    sample: bool,
    began: float,
    fetched: int,
    under_make: bool,
) -> NoReturn:
    runtime = python_runtime.provide(layout, identity)
    parent = os.getppid() if under_make else 0
    words = ["-m", "local.up", f"--lock={lock.descriptor}", f"--began={began}", f"--fetched={fetched}"]
    words += [f"--parent={parent}", *(["--sample"] if sample else [])]
    own = {key: value for key, value in os.environ.items() if key.startswith("AKTENSUCHE_")}
    # a signal between here and the supervisor's own handlers waits instead of ending the process unheard
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    os.set_inheritable(lock.descriptor, True)
    if identity is not None:
        become(identity)
    os.chdir(TREE)
    environment = own | processes.base_environment(layout) | runtime.env | {"PYTHONDONTWRITEBYTECODE": "1"}
    os.execve(runtime.executable, [str(runtime.executable), *words], environment)  # noqa: S606  no shell


def _supervise(layout: Layout, arguments: argparse.Namespace) -> int:
    # kept as long as this process lives
    claims = ports.claim()
    chosen = claims.ports
    began: float = arguments.began
    forget_state(layout)

    def on_change(pids: Mapping[str, int], all_well: bool) -> None:  # noqa: FBT001  the supervisor's shape
        state = State(pid=os.getpid(), started=began, ports=chosen, processes=dict(pids), ready=all_well)
        write_state(layout, state)

    def on_all_well() -> None:
        code = processes.secret(layout, "sign-in.code").read_text(encoding="utf-8").strip()
        say(
            f"ready after {time.time() - began:.0f} s, {_megabytes(arguments.fetched)}\n\n"
            f"  pages         http://localhost:{chosen['ui']}\n"
            f"  sign-in code  {code}\n"
            f"  API           http://localhost:{chosen['api']}\n\n"
            "Ctrl-C stops everything."
        )

    supervisor = Supervisor(
        processes.all_processes(layout, chosen, sample=arguments.sample),
        logs=layout.logs,
        say=say,
        on_change=on_change,
        on_all_well=on_all_well,
        must_stop=_parent_has_ended(arguments.parent),
    )
    try:
        return supervisor.run()
    finally:
        forget_state(layout)


def _parent_has_ended(parent: int) -> Callable[[], bool]:
    """Return a check whether `make`, which passes no Ctrl-C on, has been told to stop or is gone; 0 is nobody."""

    def check() -> bool:
        if not parent:
            return False
        if os.getppid() != parent:
            return True
        # make takes its handler away once the signal has come, and then waits for us
        try:
            status = Path(f"/proc/{parent}/status").read_text(encoding="utf-8")
        except OSError:
            return True
        caught = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigCgt"))
        return not caught & (1 << (signal.SIGINT - 1))

    return check if check() is False else lambda: bool(parent) and os.getppid() != parent


def _progress() -> Callable[[int, int, str], None]:
    """Return a reporter that says how far fetching is, at most every two seconds."""
    said = 0.0

    def report(done: int, total: int, name: str) -> None:
        nonlocal said
        if time.monotonic() - said > 2:  # noqa: PLR2004
            said = time.monotonic()
            say(f"fetching {name}: {done / 1e6:.0f} of {total / 1e6:.0f} MB")

    return report


def _end_at_once_on_signals() -> None:
    """Until the first program runs there is nothing to stop: fetched parts stay and are resumed."""

    def end(number: int, _frame: FrameType | None) -> None:
        os._exit(_STOPPING[signal.Signals(number)])

    for number in _STOPPING:
        signal.signal(number, end)


def _finish(text: str, code: int) -> NoReturn:
    say(text)
    raise SystemExit(code)


def main() -> NoReturn:
    """Go on as the supervisor; only `up` calls this, through exec."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lock", type=int)
    parser.add_argument("--began", type=float)
    parser.add_argument("--fetched", type=int)
    parser.add_argument("--parent", type=int)
    parser.add_argument("--sample", action="store_true")
    arguments = parser.parse_args()
    os.set_inheritable(arguments.lock, False)
    os.umask(0o077)
    try:
        code = _supervise(Layout.from_environment(), arguments)
    except _TOLD as error:
        _finish(str(error), 1)
    raise SystemExit(code)


if __name__ == "__main__":
    main()
