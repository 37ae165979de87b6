"""Stepping down from root, and saying which folder is in the way."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import privileges
from local.layout import TREE
from local.privileges import SERVICE_UID, Identity, UnreachableError, first_closed, hand_over, require_reachable

SOMEBODY = Identity(SERVICE_UID, SERVICE_UID)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can step down")


@pytest.fixture
def folder() -> Iterator[Path]:
    # pytest's own folder is closed to others
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_the_folder_in_the_way_is_named_with_the_way_out(folder: Path) -> None:
    inner = folder / "closed" / "tree"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o700)
    assert first_closed(inner, SOMEBODY) == inner.parent
    with pytest.raises(UnreachableError) as caught:
        require_reachable(inner, "the program", SOMEBODY)
    assert str(inner.parent) in str(caught.value)
    assert "chmod" in str(caught.value)
    inner.parent.chmod(0o711)
    assert first_closed(inner, SOMEBODY) is None


def test_a_link_into_a_closed_folder_is_seen_through(folder: Path) -> None:
    (folder / "closed").mkdir(mode=0o700)
    (folder / "closed" / "python").touch(0o755)
    (folder / "python").symlink_to(folder / "closed" / "python")
    assert first_closed(folder / "python", SOMEBODY) == folder / "closed"


def test_rights_of_the_group_count(folder: Path) -> None:
    folder.chmod(0o750)
    own_group = folder.stat().st_gid
    assert first_closed(folder, Identity(SERVICE_UID, own_group)) is None
    assert first_closed(folder, Identity(SERVICE_UID, 5, (own_group,))) is None
    assert first_closed(folder, SOMEBODY) == folder


def test_the_user_who_called_sudo_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", "54321")
    assert privileges.service_identity() == Identity(54321, 54321)
    monkeypatch.setenv("SUDO_UID", "0")
    assert privileges.service_identity() == SOMEBODY
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert privileges.service_identity() is None


@needs_root
def test_handing_over_follows_no_link_and_leaves_second_names_alone(folder: Path) -> None:
    outside = folder / "outside"
    outside.touch()
    data = folder / "data"
    (data / "inner").mkdir(parents=True)
    (data / "inner" / "file").touch()
    (data / "link").symlink_to(outside)
    (data / "second-name").hardlink_to(outside)
    assert hand_over(data, SOMEBODY) == 4
    assert outside.stat().st_uid == 0
    assert (data / "inner" / "file").stat().st_uid == SERVICE_UID
    assert (data / "link").lstat().st_uid == SERVICE_UID
    assert hand_over(data, SOMEBODY) == 0


def in_a_process(words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, cwd=TREE, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@needs_root
def test_there_is_no_way_back_to_root() -> None:
    said = in_a_process(
        "import os\n"
        "from local.privileges import Identity, become\n"
        "become(Identity(61733, 61733))\n"
        "print(os.getresuid(), os.getresgid(), os.getgroups())\n"
        "try:\n    os.setuid(0)\nexcept PermissionError:\n    print('refused')\n"
    )
    assert said == "(61733, 61733, 61733) (61733, 61733, 61733) []\nrefused"


@needs_root
def test_files_open_as_the_caller_while_other_threads_write_as_the_service_user(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    (closed / "file").write_text("for root only")
    (closed / "file").chmod(0o600)
    shared = folder / "shared"
    shared.mkdir()
    os.chown(shared, SERVICE_UID, SERVICE_UID)
    said = in_a_process(f"""
import threading
from pathlib import Path
from local.privileges import Identity, as_caller, writing_as
secret, shared = Path({str(closed / "file")!r}), Path({str(shared)!r})
def other():
    (shared / "other").touch()
    try:
        secret.read_text()
    except PermissionError:
        print("closed to the other thread")
with writing_as(Identity(61733, 61733)):
    with as_caller():
        print(secret.read_text())
        thread = threading.Thread(target=other)
        # started from here it would inherit this thread's rights: the promise is for threads that were there
    thread.start(); thread.join()
    (shared / "own").touch()
    try:
        secret.read_text()
    except PermissionError:
        print("closed again")
(shared / "root").touch()
print([(shared / n).stat().st_uid for n in ("other", "own", "root")])
""")
    expected = ["for root only", "closed to the other thread", "closed again", "[61733, 61733, 0]"]
    assert said.splitlines() == expected


@needs_root
def test_an_import_inside_leaves_the_callers_rights_as_they_were(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    (closed / "file").write_text("for root only")
    said = in_a_process(f"""
from pathlib import Path
from local.privileges import Identity, as_caller, writing_as
with writing_as(Identity(61733, 61733)), as_caller():
    import wave
    print(Path({str(closed / "file")!r}).read_text())
""")
    assert said.strip() == "for root only"


@needs_root
def test_python_s_own_modules_still_load_while_writing_as_the_service_user() -> None:
    said = in_a_process("""
import sys
from local.privileges import Identity, writing_as
with writing_as(Identity(61733, 61733)):
    import wave, audioop, xml.dom.minidom
    "x".encode("punycode")
print(wave.__name__, audioop.__name__, len(sys.meta_path))
""")
    assert said.startswith("wave audioop")
