"""What one caller may take: size and depth of a request, lines of an export, what is in hand at the same time."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from starlette.testclient import TestClient

from records.access import Role
from records.testing import InMemoryRecordIndex
from records.usage import Use
from search_api.export import ExportCapError, ExportCaps
from search_api.headers import MAX_BODY, MAX_DEPTH, deeper_than
from search_api.rates import Rates, TooManyRequestsError
from search_api.slots import Slots
from tests.factories import principal, record


@pytest.fixture
def capped(world: Any) -> Any:
    """Seven records; a clerk may export five, a records manager or maker of reports six."""
    world.put(*(record(f"r{n}", "Kastanie") for n in range(7)))
    world.capped = world.with_parts(caps=ExportCaps(5, 6))
    return world


def rows(kind: str, content: bytes) -> list[str]:
    if kind == "jsonl":
        told = [json.loads(line) for line in content.splitlines()]
        return [one.get("record_id") or one["text"] for one in told if "record_id" in one or one["incomplete"]]
    if kind == "csv":
        return [line[0] for line in csv.reader(io.StringIO(content.decode("utf-8-sig")))][1:]
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [str(line[0]) for line in sheet.iter_rows(min_row=2, values_only=True)]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "xlsx"])
@pytest.mark.parametrize(
    ("claims", "allowed"),
    [
        ({}, 5),
        ({"roles": ["privacy"]}, 5),
        ({"roles": ["records-manager"]}, 6),
        ({"roles": ["reports"]}, 6),
        ({"roles": ["records-manager"], "act": {"sub": "fach", "groups": ["bauamt"]}}, 5),
    ],
)
def test_an_export_ends_at_the_cap_and_says_so(capped: Any, kind: str, claims: dict[str, Any], allowed: int) -> None:
    headers = {"authorization": f"Bearer {capped.issuer.token('bauamt', **claims)}"}
    body = {"query": "kastanie", "mode": "keyword", "format": kind}
    answer = capped.capped.post("/v1/export", json=body, headers=headers)
    assert answer.status_code == 200
    found = rows(kind, answer.content)
    assert found[-1] == f"UNVOLLSTÄNDIG: Mehr als {allowed} Treffer. Bitte die Suche eingrenzen."
    assert len(found) == allowed + 1
    # what lies beyond the cap was not shown, so it is not written down either
    assert len({i for event in capped.log.events for i in event.record_ids}) == allowed


def test_software_does_not_lend_a_larger_cap_to_itself() -> None:
    caps = ExportCaps(1, 2)
    hits: Any = ["a", "b", "c"]
    for who, allowed in (
        (principal(roles=(Role.REPORTS,)), 2),
        (principal(roles=(Role.REPORTS, Role.RECORDS_MANAGER), software=("bauamt",)), 1),
    ):
        taken = []
        with pytest.raises(ExportCapError):
            taken.extend(caps.capped(who, hits))
        assert taken == hits[:allowed]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "xlsx"])
def test_an_export_up_to_the_cap_is_whole(capped: Any, kind: str) -> None:
    client: TestClient = capped.with_parts(caps=ExportCaps(7, 7))
    headers = {"authorization": f"Bearer {capped.issuer.token('bauamt')}"}
    body = {"query": "kastanie", "mode": "keyword", "format": kind}
    assert sorted(rows(kind, client.post("/v1/export", json=body, headers=headers).content)) == [
        f"r{n}" for n in range(7)
    ]


def test_a_place_is_given_back_whatever_happens() -> None:
    slots = Slots(2)
    with slots.taken(principal()), slots.taken(principal()):
        with pytest.raises(TooManyRequestsError), slots.taken(principal()):
            pass
        with slots.taken(principal("michelstadt")), slots.taken(principal(software=())):
            pass
    with pytest.raises(KeyError), slots.taken(principal()):
        raise KeyError
    assert not slots._taken


class Waiting(InMemoryRecordIndex):
    """Waits inside a search until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Semaphore(0)
        self.go = threading.Event()

    def rank(self, *words: Any, **more: Any) -> Any:
        self._wait()
        return super().rank(*words, **more)

    def scan(self, *words: Any, **more: Any) -> Iterator[Any]:
        self._wait()
        return super().scan(*words, **more)

    def _wait(self) -> None:
        self.entered.release()
        assert self.go.wait(20)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/search", {"query": "kastanie", "mode": "hybrid"}),
        ("/v1/search", {"query": "kastanie", "mode": "semantic"}),
        ("/v1/export", {"query": "kastanie", "mode": "keyword", "format": "csv"}),
    ],
)
def test_what_is_expensive_is_bounded_for_each_principal(world: Any, path: str, body: dict[str, Any]) -> None:
    index = Waiting()
    client = world.with_parts(index=index, exports=Slots(2), meaning=Slots(2))
    statuses: list[int] = []

    def ask(sub: str) -> Any:
        headers = {"authorization": f"Bearer {world.issuer.token('bauamt', sub=sub)}"}
        return client.post(path, json=body, headers=headers)

    threads = [threading.Thread(target=lambda: statuses.append(ask("bea").status_code)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert index.entered.acquire(timeout=20)
    refused = ask("bea")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    index.go.set()
    assert ask("kim").status_code == 200
    for thread in threads:
        thread.join(20)
    assert statuses == [200, 200]
    assert [ask("bea").status_code for _ in range(3)] == [200] * 3


def test_search_by_words_is_not_bounded_that_way(world: Any) -> None:
    client = world.with_parts(meaning=Slots(1))
    with client.app.state.parts.meaning.taken(principal()):  # type: ignore[attr-defined]
        headers = {"authorization": f"Bearer {world.issuer.token()}"}
        assert client.post("/v1/search", json={"query": "x", "mode": "keyword"}, headers=headers).status_code == 200
        assert client.post("/v1/search", json={"query": "x"}, headers=headers).status_code == 429


@pytest.mark.parametrize(
    ("body", "deep"),
    [
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, False),
        (b"[" * (MAX_DEPTH + 1), True),
        (b'{"a":' * (MAX_DEPTH + 1), True),
        (b"[]" * 1000, False),
        (b'["' + b"[" * 1000 + b'"]', False),
        (b'["\\"' + b"[" * 1000 + b'"]', False),
        (b'["\\\\"' + b"[" * 1000, True),
        (b'"' + b"[" * 1000, False),
        (b"\xff" * 1000, False),
    ],
)
def test_depth_is_counted_outside_of_texts(body: bytes, deep: bool) -> None:  # noqa: FBT001
    assert deeper_than(MAX_DEPTH, body) is deep


def test_a_deep_body_is_refused_before_it_is_parsed(world: Any) -> None:
    content = b'{"query":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    answer = world.ask("POST", "/v1/search", content=content)
    assert answer.status_code == 422
    assert answer.json()["detail"] == f"the body is nested more than {MAX_DEPTH} deep"


def test_security_headers_stand_on_every_kind_of_answer(town: Any) -> None:
    strict = town.with_parts(rates=Rates(1, 60), meaning=Slots(0))
    headers = {"authorization": f"Bearer {town.issuer.token('bauamt')}", "content-type": "application/json"}

    class Broken:
        def record(self, *_: Any) -> None:
            raise RuntimeError("kaputt")

    broken = town.with_parts(index=Broken())
    answers = {
        200: town.client.get("/v1/records/baum-1", headers=headers),
        401: town.client.get("/v1/records/baum-1"),
        403: town.client.get("/v1/jobs", headers=headers),
        404: town.client.get("/v1/nichts", headers=headers),
        405: town.client.put("/v1/search", headers=headers),
        411: town.client.post("/v1/search", headers=headers, content=iter([b"{}"])),
        413: town.client.post("/v1/search", headers=headers, content=b"x" * (MAX_BODY + 1)),
        422: town.client.post("/v1/search", headers=headers, content=b"{"),
        429: strict.post("/v1/search", headers=headers, json={"query": "x"}),
        500: broken.get("/v1/records/baum-1", headers=headers),
    }
    town.log.down = True
    answers[503] = town.client.get("/v1/records/baum-1", headers=headers)
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'", status
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml"])
def test_a_download_cannot_run(world: Any, media_type: str) -> None:
    world.keep(record("a"), b"<script>alert(1)</script>", media_type, "seite.html")
    answer = world.ask("GET", "/v1/records/a/original")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def counted(world: Any) -> dict[tuple[str, str], int]:
    world.usage.flush()
    found: Counter[tuple[str, str]] = Counter()
    for one, number in world.figures.counts.items():
        # how long an answer took is the machine's
        found[one.use, "" if one.use is Use.ANSWERS else one.mode] += number
    return dict(found)


def test_use_is_counted_without_a_name(town: Any) -> None:
    by_meaning = town.search("kastanie")
    town.search("gibtesnicht", mode="keyword")
    town.search("gibtesnicht", mode="keyword", filters={"department": "bauamt"})
    everything = town.search("", mode="keyword")
    town.search("gibtesnicht " * 20, mode="keyword")
    page = town.search("kastanie", mode="keyword", size=2)
    second = town.search("kastanie", mode="keyword", size=2, cursor=page["cursor"])
    town.ask("GET", "/v1/records/baum-1")
    town.ask("GET", "/v1/records/geheim")
    assert counted(town) == {
        (Use.SEARCHES, "hybrid"): 1,
        (Use.SEARCHES, "keyword"): 5,
        (Use.ZERO_HITS, "keyword"): 3,
        (Use.SHOWN, "hybrid"): len(by_meaning["hits"]),
        # each page shows its own
        (Use.SHOWN, "keyword"): sum(len(one["hits"]) for one in (everything, page, second)),
        (Use.OPENED, "record"): 1,
        (Use.ANSWERS, ""): 6,
    }
    assert not any("bea" in repr(one) for one in town.figures.counts)
    assert [(miss.term, miss.subject) for miss in town.figures.misses] == [("gibtesnicht", "bea")]


def test_figures_that_cannot_be_written_disturb_nobody(town: Any) -> None:
    town.figures.down = True
    town.search("kastanie")
    town.usage.flush()
    town.figures.down = False
    shown = len(town.search("kastanie")["hits"])
    assert counted(town) == {(Use.SEARCHES, "hybrid"): 1, (Use.SHOWN, "hybrid"): shown, (Use.ANSWERS, ""): 1}


def test_what_nobody_found_is_for_those_who_make_reports(world: Any) -> None:
    software = {"act": {"sub": "fach", "groups": ["x"]}}
    for claims in ({}, {"roles": ["records-manager", "privacy"]}, {"roles": ["reports"], **software}):
        answer = world.ask("GET", "/v1/reports/zero-hits", token=world.issuer.token("x", **claims))
        assert answer.status_code == 404
    answer = world.ask("GET", "/v1/reports/zero-hits", token=world.issuer.token("x", roles=["reports"]))
    assert answer.json()["terms"] == []
