"""Configured sources on the running system: synced by hand and by themselves, paused, and public to the partners."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sources.council import Council
from tests.stack import Stack

pytestmark = pytest.mark.stack

TENANT = "brombachtal"


@pytest.fixture
def configure(stack: Stack) -> Iterator[Callable[[str], None]]:
    """Write the file of sources; take it away at the end, so that nothing runs on."""
    place = stack.data / "sources.toml"

    def write(text: str) -> None:
        place.write_text(text, encoding="utf-8")
        place.chmod(0o644)

    yield write
    place.unlink(missing_ok=True)


@pytest.fixture
def folder() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="aktensuche-source-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def town(stack: Stack) -> Iterator[httpx.Client]:
    with stack.client(TENANT, ("alle",)) as client:
        yield client


@pytest.fixture(scope="module")
def partner(stack: Stack) -> Iterator[httpx.Client]:
    with stack.client("oberzent", ("alle",)) as client:
        yield client


def _search(client: httpx.Client, query: str) -> list[dict[str, Any]]:
    answer = client.post("/v1/search", json={"query": query, "mode": "keyword"}).raise_for_status()
    hits: list[dict[str, Any]] = answer.json()["hits"]
    return hits


def _until(condition: Callable[[], object], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(1)


def _looked_at(stack: Stack, location: str) -> list[dict[str, Any]]:
    told = stack.json("reconcile", "--sources", "--tenant", TENANT)
    assert told["agrees"], told
    return [one for one in told["sources"] if one["location"] == location]


def test_a_council_is_found_by_its_town_and_by_the_partners(
    stack: Stack, configure: Callable[[str], None], town: httpx.Client, partner: httpx.Client
) -> None:
    council = Council()
    with council.serving() as address:
        council.add_paper("p1", name="Beispiel Ratswort", reference="2025/1", files={"a.txt": b"Beispiel Zyklamen"})
        configure(
            f'[sources.rat]\nkind = "oparl"\ntenant = "{TENANT}"\nurl = "{address}"\nnetworks = ["127.0.0.0/8"]\n'
        )
        done = stack.json("sync", "rat")
        assert (done["files"], done["indexed"]) == (2, 2)
        assert {hit["title"] for hit in _search(town, "Zyklamen")} == {"Beispiel Ratswort: a"}
        (listed,) = (s for s in stack.json("sources", "--tenant", TENANT) if s.get("configured") == "rat")
        assert (listed["location"], listed["last_error"], listed["paused"]) == (address, None, False)
        # the standing release follows within seconds
        _until(lambda: _search(partner, "Zyklamen"), 60)
        assert _search(partner, "Zyklamen")[0]["released"] == "whole"
        with stack.client(TENANT, roles=("records-manager",)) as manager:
            rules = manager.get("/v1/release-rules").raise_for_status().json()["rules"]
        assert [rule["created_by"] for rule in rules if rule["source"] == listed["name"]] == ["configuration"]
        # what the council deletes is seen by a comparison with it, and gone for both after the next run
        (seen,) = _looked_at(stack, address)
        assert (seen["agrees"], seen["shown"]) == (True, 2), seen
        council.delete(next(iter(council.papers.values())))
        (seen,) = _looked_at(stack, address)
        assert (seen["agrees"], seen["gone"]["number"], seen["unknown"]["number"]) == (False, 2, 0), seen
        assert _search(town, "Zyklamen"), "a look changes nothing"
        assert stack.json("sync", "rat")["removed"] == 2
        _until(lambda: not _search(town, "Zyklamen") and not _search(partner, "Zyklamen"), 5)


def test_a_folder_is_brought_up_to_date_by_itself(
    stack: Stack, folder: Path, configure: Callable[[str], None], town: httpx.Client
) -> None:
    (folder / ".aktensuche-rights.json").write_text('{"readers": ["alle"]}', encoding="utf-8")
    (folder / "brief.txt").write_text("Beispiel Selbstlaufwort", encoding="utf-8")
    source = f'[sources.akten]\nkind = "folder"\ntenant = "{TENANT}"\npath = "{folder}"\nsettle = "1s"\n'
    configure(f'{source}every = "1h"\n')
    _until(lambda: _search(town, "Selbstlaufwort"), 90)
    stack.cli("pause", "akten")
    refused = stack.cli("sync", "akten", check=False)
    assert refused.returncode == 1
    assert "aktensuche resume" in refused.stderr
    stack.cli("resume", "akten")
    assert stack.json("sync", "akten")["unchanged"] == 1
    configure(source.replace("path", "pfad"))
    refused = stack.cli("sync", "akten", check=False)
    assert refused.returncode == 2
    assert "line 4: sources.akten.pfad: is unknown" in refused.stderr
    assert "Traceback" not in refused.stderr
