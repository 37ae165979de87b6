"""S2: what somebody may not read changes none of their answers, whether it lies next door or in the same index.

Between towns every byte must stay (cursors are sealed anew each time, so only their presence counts). Inside a town the
engine shares its word statistics between all records, so order by relevance and the choice of passages are left aside;
result sets, totals, facets and suggestions must be the same, and neighbours in meaning the exact ones.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engine import Engine
from tests.leaks.issuer import Issuer
from tests.leaks.plans import REPORTS, question
from tests.leaks.system import Api, System
from tests.leaks.tally import Row, size
from tests.leaks.world import GROUPS, LAW, Asker, Paper, askers, canary, is_manager, may_read, papers

pytestmark = pytest.mark.stack

Request = tuple[str, str, dict[str, Any] | None]

#: words that a clerk mistypes, and how many forbidden ones lie around each
MISTYPED = {"Birkenallee": "Birkenalle", "Haustür": "Haustur", "Feldweg": "Feldwek", "Grabstein": "Grabsten"}
CROWD = 70
TWINS = size(3, 12)
#: the most that an answer of records that are alike holds
_MOST_ALIKE = 50
PROBES_BETWEEN, PROBES_INSIDE, PROBES_MEANING = size(120, 1_200), size(40, 150), size(30, 250)


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as started:
        yield started


def probes(dice: random.Random, shelf: dict[str, Paper], count: int) -> list[Request]:
    """Return requests of every kind; single records among them, readable or not."""
    made: list[Request] = []
    for _ in range(count):
        kind = dice.random()
        if kind < 0.55:
            body, _ = question(dice)
            facets = dice.sample(("department", "document_type", "year", "tenant", "confidentiality"), 2)
            made.append(("POST", "/v1/search", body | {"facets": facets, "size": dice.choice((5, 200))}))
        elif kind < 0.8:
            secret = dice.choice(sorted(shelf.values(), key=lambda p: p.name)).secret
            place = dice.randint(4, 31)
            asked = dice.choice(
                (secret[: dice.choice((3, 4, 12))], secret[:place] + "a" + secret[place + 1 :], *MISTYPED.values())
            )
            made.append(("POST", "/v1/suggest", {"query": asked, "size": 50}))
        elif kind < 0.9:
            body, _ = question(dice)
            made.append(("POST", "/v1/export", body | {"format": dice.choice(("csv", "jsonl"))}))
        elif kind < 0.93:
            made.append(("POST", f"/v1/records/{dice.choice(sorted(shelf))}/similar", {"size": _MOST_ALIKE}))
        elif kind < 0.96:
            paper = shelf[dice.choice(sorted(shelf))]
            given = {"text": f"{paper.title}\n{paper.pages[-1]}", "fields": {"document_type": paper.document_type}}
            made.append(("POST", "/v1/precedents", given | {"purpose": "Prüfung", "size": _MOST_ALIKE}))
        elif kind < 0.98:
            of = dice.choice((LAW, str(shelf[dice.choice(sorted(shelf))].file_reference)))
            made.append(("POST", "/v1/citations", {"of": of, "size": 200}))
        else:
            more = dice.choice(("", "/text", "/pages/1", "/original", "/citations"))
            made.append(("GET", f"/v1/records/{dice.choice(sorted(shelf))}{more}", None))
    return made


def whole(api: Api, asker: Asker, request: Request) -> bytes:
    """Return an answer with all that could tell something, the sealed cursor reduced to its presence."""
    answer = api.ask(asker, *request)
    content = answer.content
    if request[1] == "/v1/search":
        told = answer.json()
        told["cursor"] = told["cursor"] is not None
        content = json.dumps(told).encode()
    if request[1].startswith("/v1/reports/") and answer.status_code == 200:
        content = json.dumps(answer.json() | {"made_at": None}).encode()
    # the clock's, the length of a cursor, and how many requests the asker has left
    headers = sorted((k, v) for k, v in answer.headers.items() if k not in {"date", "content-length", "ratelimit"})
    return f"{answer.status_code}\n{headers}\n".encode() + content


def test_other_towns_change_not_a_byte(own_engine: Engine, issuer: Issuer, tmp_path: Path, row: Row) -> None:
    system = System(own_engine, tmp_path)
    everything = papers("Nachbarn", 50)
    erbach = [paper for paper in everything if paper.tenant == "erbach"]
    system.take_in(erbach)
    # otherwise the rate of the last minute changes while others are taken in
    system.let_an_hour_pass("erbach")
    dice = random.Random("Nachbarn")
    who = [asker for asker in askers("Nachbarn", 8) if asker.tenant == "erbach"]
    asked = [(dice.choice(who), probe) for probe in probes(dice, system.shelf.by_id, PROBES_BETWEEN)]
    managers = [asker for asker in who if is_manager(asker)]
    asked += [
        (dice.choice(managers if probe[0] == "GET" else who), probe) for probe in figures(dice, system.shelf.by_id)
    ]
    reporters = [asker for asker in who if "reports" in asker.roles and asker.software is None]
    # what is asked here is counted itself, in the month that runs
    named = [f"{name}?to=2026-01" if name == "use" else name for name in (*REPORTS, "zero-hits")]
    asked += [(dice.choice(reporters), ("GET", f"/v1/reports/{name}", None)) for name in named]
    with system.api(issuer) as api:
        before = [whole(api, *one) for one in asked]
        # the same words, titles and meanings, and the names the others mistype
        system.take_in([paper for paper in everything if paper.tenant != "erbach"])
        system.take_in([replace(p, tenant="michelstadt", name=f"doppelt-{p.name}") for p in erbach])
        system.take_in(crowd("michelstadt", frozenset({"alle"})))
        after = [whole(api, *one) for one in asked]
    different = [(one, *where(b, a)) for one, b, a in zip(asked, before, after, strict=True) if b != a]
    row.add(twins_between_towns=len(asked), leaks=len(different))
    assert len({b for b in before if b.startswith(b"200")}) > PROBES_BETWEEN / 3
    assert any(b'"vectors_pending"' in b for b in before)
    assert not different, "\n".join(str(one) for one in different[:2])


def where(before: bytes, after: bytes) -> tuple[bytes, bytes]:
    """Return both answers around their first difference: a whole answer is too long to be read."""
    first = next(
        (n for n, (b, a) in enumerate(zip(before, after, strict=False)) if b != a), min(len(before), len(after))
    )
    around = slice(max(first - 60, 0), first + 60)
    return before[around], after[around]


def figures(dice: random.Random, shelf: dict[str, Paper]) -> list[Request]:
    """Return what records managers ask about their own town, and why somebody may read a record."""
    made: list[Request] = [
        ("GET", path, None)
        for path in (
            *("/v1/jobs", "/v1/sources", "/v1/quarantine", "/v1/recognition", "/v1/reconciliations"),
            *("/v1/deletions", "/v1/retention", "/v1/holds", "/v1/releases", "/v1/release-rules"),
        )
    ]
    ids = dice.sample(sorted(shelf), 10)
    made += [("POST", "/v1/access/explain", {"record_id": record_id}) for record_id in ids]
    made += [("HEAD", f"/v1/records/{record_id}{dice.choice(('', '/text', '/original'))}", None) for record_id in ids]
    return made * size(1, 4)


def crowd(tenant: str, readers: frozenset[str]) -> list[Paper]:
    """Papers full of words that are nearly what a clerk mistypes, ahead of the right one in any dictionary."""
    dice = random.Random(f"Menge {tenant}")
    variants = [nearly(mistyped)[:CROWD] for mistyped in MISTYPED.values()]
    texts = [" ".join(words) for words in zip(*variants, strict=False)]
    assert len(texts) > 40
    return [
        Paper(tenant, f"menge-{n}.txt", f"Beispiel {text}", (text,), canary(dice), frozenset(), readers)
        for n, text in enumerate(texts)
    ]


def nearly(word: str) -> list[str]:
    """Return the words that differ in one letter, the first one kept, in the order of a dictionary."""
    letters, word = "abcdefghiklmnoprstuwz", word.lower()
    replaced = {word[:p] + letter + word[p + 1 :] for p in range(2, len(word)) for letter in letters}
    inserted = {word[:p] + letter + word[p:] for p in range(2, len(word)) for letter in letters}
    return sorted((replaced | inserted) - {word, *(right.lower() for right in MISTYPED)})


def test_forbidden_records_of_the_same_town_change_no_set_and_no_number(
    own_engine: Engine, issuer: Issuer, tmp_path: Path, row: Row
) -> None:
    dice = random.Random("Geister")
    who = [asker for asker in askers("Geister", 3 + TWINS) if asker.tenant == "erbach" and asker.groups][:TWINS]
    named = [f"{word} am Rand" for word in MISTYPED]
    for number, asker in enumerate(who):
        folder = tmp_path / str(number)
        folder.mkdir()
        system = System(own_engine, folder)
        world = papers(f"Geister {number}", 60, ["erbach"])
        world += [
            Paper("erbach", f"wort-{n}.txt", f"Beispiel {t}", (t,), canary(dice), frozenset(), frozenset({"alle"}))
            for n, t in enumerate(named)
        ]
        closed = next((g for g in GROUPS if g not in asker.groups), None)
        hidden = crowd("erbach", frozenset({closed}) if closed else frozenset())
        hidden += [p for p in world if not may_read(asker, p)]
        hidden = [p for p in hidden if not may_read(asker, p)]
        assert len(hidden) > 20
        system.take_in([p for p in world if may_read(asker, p)])
        asked = probes(dice, system.shelf.by_id, PROBES_INSIDE)
        asked += [("POST", "/v1/suggest", {"query": m, "size": s}) for m in MISTYPED.values() for s in (1, 5, 50)]
        with system.api(issuer) as api:
            before = [gist(api, asker, one) for one in asked]
            system.take_in(hidden)
            after = [gist(api, asker, one) for one in asked]
        different = [(one, b, a) for one, b, a in zip(asked, before, after, strict=True) if b != a]
        row.add(twins_inside_a_town=len(asked), leaks=len(different))
        corrected = [b for one, b in zip(asked, before, strict=True) if one[2] == {"query": "Birkenalle", "size": 5}]
        assert corrected
        assert all('"corrections":["birkenallee' in str(b) for b in corrected)
        assert different[:2] == [], f"{asker}"


def gist(api: Api, asker: Asker, request: Request) -> object:
    """Return what must not change inside a town: sets of hits, totals, facets; everything else whole."""
    answer = api.ask(asker, *request)
    if request[1] == "/v1/search":
        told = answer.json()
        hits = sorted(hit["record_id"] for hit in told["hits"]) if told["cursor"] is None else len(told["hits"])
        return (told["total"], hits, told["facets"], told["notices"])
    if request[1] == "/v1/export":
        return sorted(answer.content.splitlines())
    if request[1].endswith(("/similar", "/precedents")) and answer.status_code == 200:
        hits = answer.json()["hits"]
        if len(hits) == _MOST_ALIKE:
            # which of them are the first ones goes by the order, and that is left aside
            return len(hits)
        told = ("record_id", "shares", "confidence", "near_copy", "closed", "citation", "link")
        return sorted(json.dumps({name: hit[name] for name in told}) for hit in hits)
    return (answer.status_code, answer.content)


def test_neighbours_in_meaning_are_the_exact_ones(own_engine: Engine, issuer: Issuer, tmp_path: Path, row: Row) -> None:
    """Forbidden passages lie nearer to every question than any permitted one; none of those may be lost for it."""
    dice = random.Random("Nähe")
    vocabulary = ["".join(dice.choices("aeioubdfgklmnprst", k=8)) for _ in range(400)]
    system = System(own_engine, tmp_path)
    asker = Asker("nora", "erbach", frozenset({"bauamt"}))

    def written(name: str, text: str, reader: str) -> Paper:
        return Paper("erbach", name, f"Beispiel {name}", (text,), canary(dice), frozenset(), frozenset({reader}))

    def some(count: int) -> str:
        return " ".join(dice.choices(vocabulary, k=count))

    questions = [some(6) for _ in range(PROBES_MEANING)]
    permitted = [written(f"offen-{n}.txt", some(12), "bauamt") for n in range(320)]
    near = [written(f"nah-{n}.txt", f"{q} {some(1)}", "leitung") for n, q in enumerate(questions * 4)]
    system.take_in(permitted + near)
    ids = [i for i, p in system.shelf.by_id.items() if may_read(asker, p)]
    texts = [system.shelf.by_id[i].pages[0] for i in ids]
    matrix = np.stack([vector(v) for v in system.embedder.embed_passages(texts)])
    lost: list[str] = []
    with system.api(issuer) as api:
        for text in questions:
            body = {"query": text, "mode": "semantic", "size": 200}
            hits = [hit["record_id"] for hit in api.ask(asker, "POST", "/v1/search", body).json()["hits"]]
            likeness = matrix @ vector(system.embedder.embed_query(text))
            exact = np.sort(likeness)[::-1][: len(hits)]
            told = likeness[[ids.index(i) for i in hits]]
            # records that are equally near may stand for each other; what is nearer must not be missing
            if len(hits) != 200 or not np.allclose(told, exact, atol=1e-5):
                lost.append(f"{text}: {len(hits)} hits, up to {np.abs(told - exact).max():.4f} less alike")
    row.add(neighbourhoods=len(questions), missing=len(lost))
    assert lost[:3] == []


def vector(packed: bytes) -> Any:
    return np.frombuffer(packed, dtype="<f4").astype(np.float64)
