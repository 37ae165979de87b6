"""Whose holder has died, as far as one process can know it of another."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.leases import has_died, new_owner
from local.authority import issue
from records.ledger_tables import migrate
from records.settings import LedgerSettings

TREE = Path(__file__).parents[3]


def _owner_in_a_process() -> str:
    """Return the name that a process gave itself which has ended since."""
    words = [sys.executable, "-c", "from indexer.leases import new_owner; print(new_owner())"]
    return subprocess.run(words, cwd=TREE, capture_output=True, text=True, check=True).stdout.strip()


def test_a_holder_that_ended_has_died_and_one_that_lives_has_not() -> None:
    assert has_died(_owner_in_a_process())
    assert not has_died(new_owner())


def test_a_name_is_told_apart_from_all_others_and_fits_its_column() -> None:
    assert new_owner() != new_owner()
    assert len(new_owner()) <= 80


def test_a_process_of_somebody_else_lives() -> None:
    place = new_owner().rpartition(":")[0].rpartition(":")[0]
    assert not has_died(f"{place}:1:00000000")


@pytest.mark.parametrize("name", ["w", "", "a:b", "elsewhere:4026531836:999999:00000000", "::x:"])
def test_of_holders_elsewhere_nothing_is_certain(name: str) -> None:
    assert not has_died(name)


def test_another_container_another_machine_and_another_start_of_it_are_elsewhere() -> None:
    host, start, space, number, last = _owner_in_a_process().rsplit(":", 4)
    assert has_died(f"{host}:{start}:{space}:{number}:{last}")
    assert not has_died(f"{host}:{start}:{int(space) + 1}:{number}:{last}")
    assert not has_died(f"{host}:{'0' * 32}:{space}:{number}:{last}")


def test_where_a_machine_does_not_say_which_it_is_nobody_has_died(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.leases.Path", lambda name: Path("/nowhere") / name.lstrip("/"))
    owner = new_owner()
    assert not has_died(owner.replace(f":{os.getpid()}:", ":999999999:"))


_OPENS_NOTHING = """
import sys
opened = []
names = {"sqlite3.connect", "socket.connect", "_thread.start_new_thread"}
from indexer.environment import worker_app
sys.addaudithook(lambda name, of: opened.append(name) if name in names else None)
app = worker_app()
print(*opened)
app.tasks["indexer.sweep"]()
print(*opened)
"""


def test_a_worker_opens_nothing_before_it_divides_into_processes(tmp_path: Path) -> None:
    """What is open by then would be used by all of them."""
    (tmp_path / "secret").write_text("x" * 43 + "=")
    (tmp_path / "ca.crt").write_bytes(issue((), now=dt.datetime.now(dt.UTC), valid=dt.timedelta(hours=1))[0])
    settings = {
        "TENANTS": "erbach",
        "FILES": str(tmp_path),
        "OPENSEARCH__URL": "https://127.0.0.1:9",
        "OPENSEARCH__CA_FILE": str(tmp_path / "ca.crt"),
        "OPENSEARCH__WRITER_PASSWORD_FILE": str(tmp_path / "secret"),
        "LEDGER__URL": f"sqlite:///{tmp_path}/ledger.sqlite",
        "EMBEDDING__URL": "http://127.0.0.1:9",
        "EMBEDDING__SECRET_FILE": str(tmp_path / "secret"),
        "BROKER__URL": "redis://127.0.0.1:9/0",
        "TIKA__URL": "http://127.0.0.1:9",
    }
    migrate(LedgerSettings(url=settings["LEDGER__URL"]))
    env = os.environ | {f"AKTENSUCHE_{name}": value for name, value in settings.items()}
    ended = subprocess.run(
        [sys.executable, "-c", _OPENS_NOTHING], cwd=TREE, env=env, capture_output=True, text=True, check=True
    )
    before, after = ended.stdout.splitlines()
    assert not before
    assert "sqlite3.connect" in after  # that it would have been seen
