"""The lexicon that is kept is the one that would be made, or it is not used."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from records import lexicon as kept
from records.compounds import Lexicon, from_nouns

TREE = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def made() -> Lexicon:
    return from_nouns()


def _same(one: Lexicon | None, other: Lexicon) -> bool:
    return one is not None and all(
        getattr(one, name) == getattr(other, name) for name in ("beginnings", "ends", "mistaken", "lemmas", "inflected")
    )


def test_what_is_kept_is_what_is_made(made: Lexicon, tmp_path: Path) -> None:
    path = tmp_path / "lexicon"
    assert kept.read(path) is None
    kept.keep(path)
    assert _same(kept.read(path), made)
    assert path.stat().st_mode & 0o777 == 0o644
    assert [one.name for one in tmp_path.iterdir()] == ["lexicon"]


def test_it_is_made_once(made: Lexicon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, times = tmp_path / "lexicon", []
    monkeypatch.setattr(kept, "from_nouns", lambda: times.append(1) or made)
    kept.keep(path)
    kept.keep(path)
    assert len(times) == 1


@pytest.mark.parametrize("harm", ["cut", "flipped", "empty", "of other rules"])
def test_what_is_damaged_or_of_other_rules_is_not_used_and_made_anew(
    harm: str, made: Lexicon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lexicon"
    kept.keep(path)
    content = path.read_bytes()
    if harm == "of other rules":
        monkeypatch.setattr(kept, "_made_by", lambda: b"x" * 32)
    else:
        path.write_bytes({"cut": content[:-9], "flipped": content[:-1] + b"\0", "empty": b""}[harm])
    assert kept.read(path) is None
    kept.keep(path)
    assert _same(kept.read(path), made)


def test_a_process_without_it_makes_its_own(made: Lexicon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Making it takes two seconds and a hundred megabytes; forty at once held up the searches after a start."""
    times: list[int] = []

    def slowly() -> Lexicon:
        times.append(1)
        time.sleep(0.2)
        return made

    monkeypatch.setattr(kept, "KEPT", tmp_path / "nothing")
    monkeypatch.setattr(kept, "from_nouns", slowly)
    kept._once.cache_clear()
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: kept.lexicon(), range(4)))
        assert found[0] is made
        assert len(times) == 1
        assert all(one is found[0] for one in found)
    finally:
        kept._once.cache_clear()


def test_set_up_keeps_it_where_every_process_looks() -> None:
    subprocess.run([sys.executable, "-m", "records.lexicon"], cwd=TREE, check=True, timeout=100)
    assert kept.read(kept.KEPT) is not None
    assert os.access(kept.KEPT.parent, os.R_OK)
