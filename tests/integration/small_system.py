"""A supervisor with small programs instead of the real ones: `python small_system.py FOLDER PROGRAM...`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from local.command import Command
from local.supervisor import Process, StartError, Supervisor

SCRIPTS = {
    # opens a port and has a child that would outlive it
    "server": """
import socket, subprocess, sys, time
from pathlib import Path
folder, name = Path(sys.argv[1]), sys.argv[2]
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
door = socket.create_server(("127.0.0.1", 0))
(folder / f"{name}.child").write_text(str(child.pid))
(folder / f"{name}.port").write_text(str(door.getsockname()[1]))
time.sleep(600)
""",
    "deaf": """
import signal, sys, time
from pathlib import Path
signal.signal(signal.SIGTERM, signal.SIG_IGN)
(Path(sys.argv[1]) / f"{sys.argv[2]}.port").write_text("0")
time.sleep(600)
""",
    "broken": "import sys; sys.exit('no such luck')",
    "once": "import sys; from pathlib import Path; (Path(sys.argv[1]) / f'{sys.argv[2]}.port').write_text('0')",
}


def process(folder: Path, name: str, after: tuple[str, ...]) -> Process:
    kind = name.partition("-")[0]
    words = [sys.executable, "-c", SCRIPTS[kind], str(folder), name]
    return Process(
        name,
        lambda: Command(words, dict(os.environ), folder),
        (folder / f"{name}.port").exists,
        after=after,
        once=kind == "once",
        stop_seconds=1,
    )


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    processes = [process(folder, name, tuple(names[:n][-1:])) for n, name in enumerate(names)]

    def note(pids: Mapping[str, int], all_well: bool) -> None:  # noqa: FBT001
        text = json.dumps({"pids": dict(pids), "all_well": all_well})
        (folder / "new").write_text(text)
        (folder / "new").replace(folder / "state")

    supervisor = Supervisor(processes, logs=folder / "logs", say=say, on_change=note)
    try:
        return supervisor.run()
    except StartError as error:
        say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
