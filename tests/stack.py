"""The running system under test: started by the product's own command, spoken to through its own doors."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.ports import free_port

TREE = Path(__file__).resolve().parent.parent
CLI = TREE / ".venv" / "bin" / "aktensuche"
START_SECONDS = 300


@dataclass
class Stack:
    """One system on its own data folder and ports."""

    data: Path
    env: dict[str, str]
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def state(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads((self.data / "run" / "state.json").read_text())
        return answer

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.env['AKTENSUCHE_API__PORT']}"

    @property
    def pages(self) -> str:
        return f"http://localhost:{self.env['AKTENSUCHE_UI__PORT']}"

    def cli(self, *words: str, check: bool = True, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(CLI), *words], env=self.env, capture_output=True, text=True, timeout=timeout, cwd=TREE, check=False
        )
        if check and done.returncode != 0:
            raise AssertionError(f"aktensuche {' '.join(words)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def json(self, *words: str, timeout: float = 600) -> Any:
        return json.loads(self.cli(*words, "--json", timeout=timeout).stdout)

    def token(
        self,
        tenant: str = "erbach",
        groups: Sequence[str] = ("bauamt",),
        roles: Sequence[str] = (),
        *,
        subject: str = "pruefung",
    ) -> str:
        words = ["token", "--subject", subject, "--tenant", tenant, "--groups", ",".join(groups)]
        if roles:
            words += ["--roles", ",".join(roles)]
        return self.cli(*words).stdout.strip()

    def client(
        self, tenant: str = "erbach", groups: Sequence[str] = ("bauamt",), roles: Sequence[str] = ()
    ) -> httpx.Client:
        return httpx.Client(
            base_url=self.api,
            headers={"Authorization": f"Bearer {self.token(tenant, groups, roles)}"},
            timeout=60,
            trust_env=False,
        )

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise AssertionError(f"up ended with {self.process.returncode}:\n{self.output()}")
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.api}/health/ready", timeout=5, trust_env=False).status_code == 200:
                    return
            time.sleep(0.5)
        raise AssertionError(f"not ready after {seconds} s:\n{self.output()}")

    def wait_vectors(self, tenant: str = "erbach", seconds: float = 300) -> None:
        until = time.monotonic() + seconds
        with self.client(tenant, roles=("records-manager",)) as client:
            while client.get("/v1/jobs").raise_for_status().json()["vectors_pending"]:
                assert time.monotonic() < until, "vectors are still pending"
                time.sleep(1)

    def output(self) -> str:
        logs = sorted((self.data / "logs").glob("*.log")) if (self.data / "logs").exists() else []
        tails = [f"--- {p.name}\n" + p.read_text(errors="replace")[-2000:] for p in logs]
        return self.log.read_text(errors="replace")[-6000:] + "\n".join(tails)

    def stop(self, sig: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(sig)
        return self.process.wait(timeout=90)


@contextlib.contextmanager
def running(
    *words: str, data: Path | None = None, more: dict[str, str] | None = None, start_seconds: float = START_SECONDS
) -> Iterator[Stack]:
    """Start `aktensuche up` on free ports, wait until it is ready, stop it at the end."""
    own = data is None
    folder = data or Path(tempfile.mkdtemp(prefix="aktensuche-test-"))
    env = {
        **os.environ,
        "AKTENSUCHE_DATA": str(folder),
        "AKTENSUCHE_UI__PORT": str(free_port()),
        "AKTENSUCHE_API__PORT": str(free_port()),
        **(more or {}),
    }
    log = folder.with_name(folder.name + ".log")
    with log.open("wb") as out:
        process = subprocess.Popen([str(CLI), "up", *words], env=env, stdout=out, stderr=out, cwd=TREE)
        stack = Stack(folder, env, process, log)
        try:
            stack.wait_ready(start_seconds)
            yield stack
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(timeout=90)
                except subprocess.TimeoutExpired:
                    process.kill()
                    sys.stderr.write("the system did not stop within 90 s\n")
            if own:
                shutil.rmtree(folder, ignore_errors=True)
                log.unlink(missing_ok=True)
