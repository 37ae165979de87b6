"""Bad files in a real import: each is taken in or named, the good ones beside it are found, the run ends well."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.layout import Layout
from local.privileges import owner_of
from local.python_runtime import provide
from records.reasons import WORDS, Reason
from tests.bad_files import ATTACHMENTS, HUGE, INDEXED, MARKED_PAGE, BadFolder, write_bad_files
from tests.stack import TREE, Stack

pytestmark = pytest.mark.stack

#: nothing may hold up the others longer than this
CASE_SECONDS = 120


@dataclass(frozen=True)
class Run:
    """What an import of the bad files did."""

    folder: BadFolder
    code: int
    summary: dict[str, int]
    seconds: float
    error: str
    quarantine: dict[str, dict[str, str]]
    grown: int


def _as_its_user(stack: Stack, *words: str) -> subprocess.Popen[str]:
    """Start a command as the user that owns the data folder: for root no file is closed."""
    identity = owner_of(stack.data)
    layout = Layout(stack.data, Path(stack.env.get("AKTENSUCHE_CACHE", Path.home() / ".cache" / "aktensuche")))
    runtime = provide(layout, identity)
    who: dict[str, Any] = {"user": identity.uid, "group": identity.gid, "extra_groups": []} if identity else {}
    # the cache lies in a home that this user may not enter, and an import does not need it
    env = {**stack.env, **runtime.env, "HOME": str(stack.data / "run" / "home"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(runtime.executable), "-c", "from local.cli import main; main()", *words]
    return subprocess.Popen(
        command, env=env, cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **who
    )


@pytest.fixture(scope="module")
def run(stack: Stack) -> Iterator[Run]:
    place = Path(tempfile.mkdtemp(prefix="aktensuche-bad-"))
    place.chmod(0o755)
    folder = write_bad_files(place)
    before = _used(stack.data / "files")
    began = time.monotonic()
    process = _as_its_user(stack, "import", str(place), "--tenant", "erbach", "--json")
    try:
        _vanish(folder, process)
        out, error = process.communicate(timeout=500)
        seconds = time.monotonic() - began
        listed = stack.json("quarantine", "list", "--tenant", "erbach")
        mine = {q["path"]: q for q in listed if q["source"] == str(place)}
        grown = _used(stack.data / "files") - before
        yield Run(folder, process.returncode, json.loads(out or "{}"), seconds, error, mine, grown)
    finally:
        process.kill()
        folder.close()
        shutil.rmtree(place)


def _vanish(folder: BadFolder, process: subprocess.Popen[str]) -> None:
    """Delete files as soon as the first one was read: the folder is listed by then."""
    read = folder.first.stat().st_atime_ns
    while folder.first.stat().st_atime_ns == read and process.poll() is None:
        time.sleep(0.0005)
    for path in folder.vanishing:
        path.unlink()


def _used(place: Path) -> int:
    return sum(p.stat().st_blocks * 512 for p in place.rglob("*") if p.is_file()) if place.exists() else 0


@pytest.fixture(scope="module")
def manager(stack: Stack) -> Iterator[httpx.Client]:
    with stack.client("erbach", roles=("records-manager",)) as client:
        yield client


def _found(manager: httpx.Client, word: str) -> list[dict[str, Any]]:
    answer = manager.post("/v1/search", json={"query": word, "mode": "keyword", "size": 100}).raise_for_status()
    hits: list[dict[str, Any]] = answer.json()["hits"]
    return hits


def test_the_run_ends_well_and_its_figures_add_up(run: Run) -> None:
    assert run.code == 0, run.error
    summary = run.summary
    assert summary["indexed"] + summary["unchanged"] + summary["quarantined"] == summary["files"]
    assert summary["files"] == len(run.folder.cases) + len(run.folder.good)
    assert len(run.folder.cases) >= 30
    assert summary["quarantined"] == sum("!/" not in path for path in run.quarantine)
    # all of them together take less than one alone may
    assert run.seconds < CASE_SECONDS


def test_each_bad_file_meets_its_fate(run: Run) -> None:
    wrong = []
    for case in run.folder.cases:
        said = run.quarantine.get(case.path)
        fates = {INDEXED} if said is None else {r for r in WORDS if said["reason"].startswith(WORDS[r].german)}
        if not fates & case.fates:
            wrong.append((case.path, sorted(case.fates), said and said["reason"]))
    assert not wrong


def test_each_reason_comes_with_advice(run: Run) -> None:
    advice = {words.advice for words in WORDS.values()}
    assert run.quarantine
    assert all(q["advice"] in advice and q["since"] for q in run.quarantine.values())


def test_the_good_files_between_are_found(run: Run, manager: httpx.Client) -> None:
    assert len(run.folder.good) >= 10
    lost = [case.path for case in run.folder.good if len(_found(manager, str(case.word))) != 1]
    assert not lost


def test_odd_files_that_can_be_read_are_found(run: Run, manager: httpx.Client) -> None:
    asked = {case.word for case in run.folder.cases if case.word}
    assert len(asked) >= 8
    assert not [word for word in sorted(asked) if not _found(manager, word)]


def test_the_right_page_of_five_thousand(run: Run, manager: httpx.Client) -> None:
    (hit,) = _found(manager, "Seitenfall")
    assert [p["page"] for p in hit["passages"]] == [MARKED_PAGE]


def test_what_is_nested_is_found_or_named(run: Run, manager: httpx.Client) -> None:
    assert _found(manager, "Innenfall")
    deep = [q["reason"] for path, q in run.quarantine.items() if path.startswith("30-zu-tief.zip!/")]
    assert deep == [WORDS[Reason.TOO_DEEP].german]
    damaged = run.quarantine["30-kaputt.zip!/akten/bericht.txt"]
    assert damaged["reason"] == WORDS[Reason.DAMAGED].german
    assert len(_found(manager, "Gleichfall")) == 2
    assert _found(manager, "Langnamensfall")
    assert len(_found(manager, "Anlage")) >= ATTACHMENTS


def test_nothing_breaks_out(run: Run, manager: httpx.Client) -> None:
    assert len(_found(manager, "Ausbruchfall")) == 3
    assert not Path("/etc/aktensuche-ausbruch").exists()
    assert not Path("/tmp/aktensuche-ausbruch").exists()  # noqa: S108
    hits = _found(manager, "daemon nologin") + _found(manager, Path("/etc/hostname").read_text("utf-8").strip())
    assert not [hit for hit in hits if hit["title"].startswith(("40-", "20-fremd"))]


def test_what_is_too_large_is_not_copied(run: Run) -> None:
    assert run.grown < HUGE


def test_a_second_run_says_the_same(run: Run, stack: Stack) -> None:
    process = _as_its_user(stack, "import", str(run.folder.place), "--tenant", "erbach", "--json")
    out, error = process.communicate(timeout=300)
    assert process.returncode == 0, error
    again, gone = json.loads(out), len(run.folder.vanishing)
    assert again["files"] == run.summary["files"] - gone
    assert (again["unchanged"], again["indexed"]) == (run.summary["indexed"], 0)
    assert again["quarantined"] == run.summary["quarantined"] - gone
    assert len(list(run.folder.place.iterdir())) >= again["files"]  # nothing was moved


def test_what_is_taken_away_leaves_nothing_behind(run: Run, stack: Stack, manager: httpx.Client) -> None:
    place = run.folder.place
    for path in place.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    assert stack.json("import", str(place), "--tenant", "erbach")["held"] >= run.summary["indexed"]
    (name,) = (s["name"] for s in stack.json("sources", "--tenant", "erbach") if s["location"] == str(place))
    stack.cli("reconcile", "--agree", name)
    assert stack.json("import", str(place), "--tenant", "erbach")["removed"] >= run.summary["indexed"]
    assert not [q for q in stack.json("quarantine", "list", "--tenant", "erbach") if q["source"] == str(place)]
    assert not _found(manager, "Seitenfall Innenfall Langfall Begleitfall")
