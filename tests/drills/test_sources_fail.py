"""R15: a source is down, answers 500, breaks off, shows its pages in another order, hides objects, loses many.

A council's server over real HTTP, synced by the product's own command. While the harm lasts nothing that is still there
may vanish from the search; afterwards everything is as the source has it, objects without a date of change included.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.drills.batch import agrees
from tests.drills.tally import FULL, Row, size
from tests.ports import free_port
from tests.sources.council import Council, Fault, Json
from tests.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(3000 if FULL else 1200)]

TENANT, WORD = "brombachtal", "Quellenharmwort"
PAPERS = size(40, 600)
#: one paper in so many says nothing about when it was changed
UNDATED = 10


@dataclass
class Office:
    """A council's server, as it stands in the file of sources, and what the search has of it."""

    stack: Stack
    council: Council
    port: int
    number: int = 0
    #: runs that were told to come to nothing
    broke: int = 0
    seconds: float = 0.0
    _serving: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def location(self) -> str:
        return f"http://127.0.0.1:{self.port}/system"

    def up(self) -> None:
        self._serving.enter_context(self.council.serving(self.port))

    def down(self) -> None:
        self._serving.close()

    def add(self) -> None:
        self.number += 1
        files = {f"anlage-{self.number}.txt": f"Beispiel {WORD} Anlage {self.number}".encode()}
        paper = self.council.add_paper(f"p{self.number}", name=f"{WORD} {self.number}", files=files)
        if self.number % UNDATED == 0:
            del paper["modified"], paper["auxiliaryFile"][0]["modified"]

    def papers(self) -> list[Json]:
        return [paper for paper in self.council.papers.values() if not paper.get("deleted")]

    def change(self) -> None:
        """Add, edit, delete with a word and without one, and edit what has no date: few enough for no brake."""
        self.add()
        dated = [paper for paper in self.papers() if "modified" in paper]
        undated = next(paper for paper in self.papers() if "modified" not in paper)
        self.council.change(dated[0], name=f"{dated[0]['name']} geändert")
        undated["name"] += " ebenso"
        self.council.delete(dated[1])
        del self.council.papers[dated[2]["id"]]

    # the product

    def sync(self) -> dict[str, int] | None:
        """Sync by hand; returns the summary, None where the run says that the source cannot be listed."""
        began = time.monotonic()
        done = self.stack.cli("sync", "rat", "--json", check=False)
        self.seconds += time.monotonic() - began
        if done.returncode != 0:
            assert "Traceback" not in done.stderr, done.stderr
            self.broke += 1
            return None
        summary: dict[str, int] = json.loads(done.stdout)
        return summary

    def listed(self) -> dict[str, Any]:
        found: list[dict[str, Any]] = self.stack.json("sources", "--tenant", TENANT)
        (one,) = (one for one in found if one["location"] == self.location)
        return one

    def titles(self) -> list[str]:
        """Return the titles of all that is found, one for each record."""
        found: list[str] = []
        with self.stack.client(TENANT, ("alle",)) as client:
            body: dict[str, object] = {"query": WORD, "mode": "keyword", "size": 200, "sort": "title"}
            while True:
                answer = client.post("/v1/search", json=body).raise_for_status().json()
                found += [hit["title"] for hit in answer["hits"]]
                if not answer["cursor"] or not answer["hits"]:
                    return found
                body["cursor"] = answer["cursor"]

    def wanted(self) -> set[str]:
        """Return the titles of all that the council has."""
        said = ((paper["name"], paper["auxiliaryFile"]) for paper in self.papers())
        return {title for name, files in said for title in (name, *(f"{name}: {file['name']}" for file in files))}

    def differing(self) -> dict[str, int]:
        """Compare source, ledger and index, by the product's own command and by searching for everything."""
        told = self.stack.json("reconcile", "--sources", "--tenant", TENANT)
        assert told["agrees"], told
        (seen,) = (one for one in told["sources"] if one["location"] == self.location)
        assert seen["error"] is None, seen
        found, wanted = self.titles(), self.wanted()
        figures = {name: seen[name]["number"] for name in ("unknown", "changed", "gone")}
        return figures | {
            "lost": len(wanted - set(found)),
            "left_over": len(set(found) - wanted),
            "twice": len(found) - len(set(found)),
        }


NOTHING = dict.fromkeys(("unknown", "changed", "gone", "lost", "left_over", "twice"), 0)


@pytest.fixture(scope="module")
def office(stack: Stack) -> Iterator[Office]:
    place = stack.data / "sources.toml"
    made = Office(stack, Council(page_size=size(8, 100)), free_port())
    place.write_text(
        f'[sources.rat]\nkind = "oparl"\ntenant = "{TENANT}"\nurl = "{made.location}"\nnetworks = ["127.0.0.0/8"]\n'
        'requests_per_second = 100\nfull_every = "0s"\nrelease = false\n',
        encoding="utf-8",
    )
    place.chmod(0o644)
    made.up()
    try:
        for _ in range(PAPERS):
            made.add()
        summary = made.sync()
        assert summary is not None
        assert (summary["files"], summary["indexed"]) == (2 * PAPERS, 2 * PAPERS)
        assert made.differing() == NOTHING
        yield made
    finally:
        made.down()
        place.unlink(missing_ok=True)


def _second_page(request: Request) -> bool:
    return request.url.path == "/lists/papers" and request.query_params.get("page") == "2"


def _page(things: list[Json], total: int, following: str | None = None) -> Response:
    links = {"next": following} if following else {}
    return JSONResponse({"data": things, "links": links, "pagination": {"totalElements": total}})


def _answers_500(_: Office) -> Fault:
    return lambda request: Response(status_code=500) if _second_page(request) else None


def _breaks_off(office: Office) -> Fault:
    half = JSONResponse({"data": office.papers()}).body[:2000]
    return lambda request: Response(half, media_type="application/json") if _second_page(request) else None


def _another_order(office: Office) -> Fault:
    """Between the first page and the second the newest comes to the front: one is shown twice, another not at all."""
    papers, many = office.papers(), office.council.page_size

    def shuffled(request: Request) -> Response | None:
        if not _second_page(request):
            return None
        order = [papers[-1], *papers[:-1]]
        return _page(order[many : 2 * many], len(papers), str(request.url.include_query_params(page=3)))

    return shuffled


def _shows(some: Callable[[list[Json]], list[Json]]) -> Callable[[Office], Fault]:
    """Show, well-formed and without a word, only some of the papers, and say that these are all."""

    def harm(office: Office) -> Fault:
        shown = some(office.papers())
        return lambda request: _page(shown, len(shown)) if request.url.path == "/lists/papers" else None

    return harm


#: what is done, and whether the run has to say that the source cannot be listed
HARM: Mapping[str, tuple[Callable[[Office], Fault], bool]] = {
    "500": (_answers_500, True),
    "a page cut off": (_breaks_off, True),
    "another order": (_another_order, True),
    "an empty list": (_shows(lambda _: []), False),
    "half a list": (_shows(lambda papers: papers[: len(papers) // 2]), False),
    "a list that hides one": (_shows(lambda papers: papers[:-1]), False),
}


@pytest.mark.parametrize("harm", tuple(HARM)[:: size(3, 1)])
def test_r15_a_source_that_breaks_or_lies_loses_nothing(office: Office, row: Row, harm: str) -> None:
    made, breaks = HARM[harm]
    before = set(office.titles())
    office.council.fault = made(office)
    summary = office.sync()
    assert (summary is None) == breaks, summary
    # nothing had left the source, so nothing may have left the search
    vanished = before - set(office.titles())
    _recovers(office, row, harm, vanished)


def test_r15_a_source_that_is_down_loses_nothing(office: Office, row: Row) -> None:
    before = set(office.titles())
    office.down()
    assert office.sync() is None
    assert office.listed()["last_error"]
    vanished = before - set(office.titles())
    office.up()
    _recovers(office, row, "an outage", vanished)


def _recovers(office: Office, row: Row, harm: str, vanished: set[str]) -> None:
    """Let the source change while it is broken, then be well: after two runs all is as it has it."""
    office.change()
    office.sync()
    office.council.fault = lambda _: None
    began, held = time.monotonic(), 0
    # a listing that was cut off goes on where it was, so what changed before that place is told by the next one
    for _ in range(2):
        summary = office.sync()
        assert summary is not None
        held += summary["held"]
    seconds = time.monotonic() - began
    differing = office.differing()
    row.tell(
        **{f"vanished_under_{harm}": len(vanished), "differ_afterwards": sum(differing.values())},
        s_until_whole=f"{seconds:.0f}",
    )
    assert vanished == set()
    assert held == 0
    assert differing == NOTHING


def test_r15_what_vanishes_in_large_numbers_waits_for_a_person(office: Office, row: Row) -> None:
    gone = office.papers()[: PAPERS // 6]
    for paper in gone:
        del office.council.papers[paper["id"]]
    before = set(office.titles())
    summary = office.sync()
    assert summary is not None
    assert (summary["held"], summary["removed"]) == (2 * len(gone), 0)
    vanished = before - set(office.titles())
    told = office.listed()
    assert (told["state"], told["held"]) == ("held", 2 * len(gone))
    office.stack.cli("reconcile", "--agree", told["name"])
    agreed = office.sync()
    assert agreed is not None
    differing = office.differing()
    row.tell(
        records=len(before), lost_by_the_source=2 * len(gone), vanished_unasked=len(vanished), removed=agreed["removed"]
    )
    assert vanished == set()
    assert agreed["removed"] == 2 * len(gone)
    assert differing == NOTHING
    agrees(office.stack, TENANT)
