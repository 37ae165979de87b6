"""S8: whatever somebody writes into a question, a filter or a cursor, it reaches nothing foreign and breaks nothing."""

from __future__ import annotations

import json
import random
import string
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.engine import Engine
from tests.leaks.issuer import Issuer
from tests.leaks.system import Api, System
from tests.leaks.tally import Row, size
from tests.leaks.visit import Outcome, Visit
from tests.leaks.world import Asker, askers, papers

pytestmark = pytest.mark.stack

#: every fifth is a smuggled body: 10,000 questions in full size
REQUESTS = size(500, 12_500)
#: nothing else may come out of a question, however it is written
STATUSES = {200, 400, 404, 411, 413, 422}

HOSTILE = (
    "tenant:*",
    "tenant:michelstadt OR tenant:oberzent",
    "*:*",
    "_exists_:title",
    "readers:(erbach\\/leitung)",
    'title:/.*/ AND NOT deny:"x"',
    "a" * 8_000,
    "a" * 100_000,
    "?" * 200 + "*" * 200,
    "(" * 4_000,
    ")" * 10 + "(" * 10,
    '"' * 999,
    "„" * 500 + "“",
    "-" * 500,
    "- -- --- -\" -'",
    "NOT NICHT NOT NICHT NOT",
    "AND OR && || ! ^ ~ : \\ / + - [ ] { } ( ) < > =",
    "Kastanie~9999 Brunnen^1e9 Kast*nie Br?nnen",
    "[* TO *] {* TO *} [2018-01-01 TO now]",
    '{"match_all":{}}',
    '"}}}],"query":{"match_all":{}},"x":[{"',
    '{"script":{"source":"1"}}',
    "${attr.jwt.r} ${user.name} {{constructor}} #{7*7} %{(#a)}",
    "\x00Kastanie\x00",
    "Kas\u202etanie \u2066\u2069\u200f\u200e\ufeff\u00ad",
    "\ue000Kastanie\ue001",
    "\ud800",
    "́" * 500,
    "\U0001d576\U0001d586\U0001d598\U0001d599 \uff2b\uff21\uff33\uff34",
    "🧨" * 300,
    "' OR 1=1; DROP TABLE entries; --",
    "../../../../etc/passwd",
    "<script>alert(1)</script>",
    "٣ ① ² ½",
    "\r\nX-Injected: 1",
    " ".join(str(n) for n in range(2_000)),
    " ".join(f"-x{n}" for n in range(400)),
    " ".join(f'"x{n} y{n}"' for n in range(400)),
    "\n".join(f"a{n}-b{n}/c{n}-d{n}" for n in range(400)),
    "1.2.3/" * 300,
    "!!! ... ???",
    "((((a ODER b) UND c) NICHT d) ODER (e))" * 7,
    "(" * 150 + "Kastanie" + " ODER Brunnen)" * 9,
    " ".join(f"wor{n}*" for n in range(40)),
    "aaa* eee* iii* ein* ver* -bes* Titel:ges* Amt:b*",
    "Kastanie* nahe Brunnen NAHE Markt NEAR Weg nahe nahe",
    'Jahr:0000-9999 Jahr:2024-1990 year:-1 Typ:* Amt:"" Titel:( Az:) Kommune:michelstadt',
    "tenant:michelstadt ODER Kommune:erbach -Kommune:oberzent",
    "Az:" * 60,
    "Az: 1 / 2 / 3 / 4 / 5 / 6 / 7 / 8 / 9 K K K K",
    "NICHT (NICHT (NICHT a)) ODER -(-(-b))",
    " ".join(f"a{n} ODER" for n in range(45)),
    " ".join(f"Donaudampfschifffahrtsgesellschaft{n} nahe" for n in range(7)),
    "",
    " \t\n",
)

#: bodies that try to smuggle the engine's language in beside the question
SMUGGLED: tuple[dict[str, Any], ...] = (
    {"query": {"match_all": {}}},
    {"query": ["Kastanie"]},
    {"query": "Kastanie", "aggs": {"x": {"global": {}}}},
    {"query": "Kastanie", "filters": {"tenant": {"not": "erbach"}}},
    {"query": "Kastanie", "filters": {"readers": "erbach/alle"}},
    {"query": "Kastanie", "filters": {"tenant": ["*", "michelstadt"]}},
    {"query": "Kastanie", "filters": {"department": ["bau*", "/.*/", '"}}']}},
    {"query": "Kastanie", "filters": {"source_id": ["\x00", "a" * 300]}},
    {"query": "Kastanie", "filters": {"date_from": "now-1d"}},
    {"query": "Kastanie", "filters": {"date_from": "9999-12-31", "date_to": "0001-01-01"}},
    {"query": "Kastanie", "facets": ["readers"]},
    {"query": "Kastanie", "facets": ["tenant"] * 9},
    {"query": "Kastanie", "sort": "_script"},
    {"query": "Kastanie", "size": 10**9},
    {"query": "Kastanie", "size": -1},
    {"query": "Kastanie", "mode": "all"},
    {"query": "Kastanie", "tenant": "michelstadt"},
    {"query": "Kastanie", "principal": {"tenant": "michelstadt"}},
    {"query": "Kastanie", "index": "_all"},
)

#: bodies that are no JSON at all
RAW = (
    b"",
    b"null",
    b"[]",
    b"{",
    b'{"query": "\xff"}',
    b"[" * 50_000,
    b'{"query":' * 5_000,
    b'{"query": "a", "query": {"match_all": {}}}',
    b'{"query": NaN}',
    b'{"query": 1e999}',
    b'{"__proto__": {"tenant": "michelstadt"}, "query": "a"}',
    b"query=Kastanie&tenant=michelstadt",
    b"x" * 1_100_000,
)


@pytest.fixture(scope="module")
def api(own_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    system = System(own_engine, tmp_path_factory.mktemp("s8"))
    system.take_in(papers("Feinde", 40))
    with Issuer() as issuer, system.api(issuer) as started:
        yield started


def scrambled(dice: random.Random) -> str:
    """Return pieces of hostile questions, joined and mixed with whatever a keyboard gives."""
    pieces = [piece[:300] for piece in dice.choices(HOSTILE, k=dice.randint(1, 4))]
    pieces += ["".join(dice.choices(string.printable, k=dice.randint(1, 40))), dice.choice(("Kastanie", "Brunnen"))]
    dice.shuffle(pieces)
    return dice.choice((" ", "", "\n")).join(pieces)[:8_000]


def test_no_question_reaches_what_is_foreign(api: Api, row: Row) -> None:
    dice = random.Random("S8")
    who = askers("Feinde", 6)
    outcome = Outcome()
    times: list[float] = []
    searches: list[float] = []
    wrong: list[str] = []
    for number in range(REQUESTS):
        asker = dice.choice(who)
        body: dict[str, Any]
        if number % 5 == 0:
            path, body = "/v1/search", dict(dice.choice(SMUGGLED))
        else:
            query = HOSTILE[number % len(HOSTILE)] if number < 3 * len(HOSTILE) else scrambled(dice)
            path = dice.choice(("/v1/search", "/v1/search", "/v1/suggest", "/v1/export"))
            body = {"query": query}
            if number % 7 == 0:
                keywords = [query[:100], "Brunnen"]
                path = "/v1/precedents"
                body = {"text": query, "fields": {"keywords": keywords, "file_plan": query[:300]}, "purpose": "Prüfung"}
            elif number % 11 == 0:
                path, body = "/v1/citations", {"of": query[:300], "kind": dice.choice((None, "file_reference"))}
            elif path != "/v1/suggest":
                body["mode"] = dice.choice(("keyword", "semantic", "hybrid"))
            if path == "/v1/export":
                body["format"] = dice.choice(("csv", "jsonl", "xlsx"))
        sent = json.dumps(body)  # half characters travel as \\ud800
        begun = time.perf_counter()
        answer = send(api, asker, path, sent.encode())
        times.append(time.perf_counter() - begun)
        if path == "/v1/search":
            searches.append(times[-1])
        visit = Visit(api, asker, outcome)
        visit.look_through(answer, sent)
        if answer.status_code not in STATUSES:
            wrong.append(f"{answer.status_code}: {path} {sent[:300]}")
    times.sort()
    searches.sort()
    row.add(requests=REQUESTS, leaks=len(outcome.leaks))
    row.sizes["server errors"] = len(wrong)
    row.sizes["questions"] = REQUESTS - len(range(0, REQUESTS, 5))
    row.notes.append(f"slowest 1 % of the answers took {times[int(len(times) * 0.99)]:.2f} s or more")
    row.notes.append(f"slowest 1 % of the searches took {searches[int(len(searches) * 0.99)]:.2f} s or more")
    assert outcome.canaries > 100
    assert outcome.leaks[:3] == []
    assert wrong[:5] == []


@pytest.mark.parametrize(
    "path", ["/v1/search", "/v1/suggest", "/v1/export", "/v1/precedents", "/v1/citations", "/v1/search/batch"]
)
def test_what_is_no_question_is_refused(api: Api, row: Row, path: str) -> None:
    asker = askers("Feinde", 6)[1]
    for content in RAW:
        answer = send(api, asker, path, content)
        row.add(requests=1)
        assert answer.status_code in STATUSES - {200, 404} or (path == "/v1/search" and content == b"{}"), content[:60]


def send(api: Api, asker: Asker, path: str, content: bytes) -> httpx.Response:
    headers = {"authorization": f"Bearer {api.issuer.token(asker)}", "content-type": "application/json"}
    return api.client.post(path, content=content, headers=headers)


def test_a_tampered_or_borrowed_cursor_continues_nothing(api: Api, row: Row) -> None:
    dice = random.Random("Lesezeichen")
    owner = Asker("olga", "erbach", frozenset({"bauamt", "leitung"}))
    thief = Asker("theo", "erbach", frozenset({"ordnungsamt"}))
    weaker = Asker("olga", "erbach", frozenset({"bauamt"}))
    elsewhere = Asker("olga", "michelstadt", frozenset({"bauamt", "leitung"}))
    for mode in ("keyword", "hybrid"):
        body = {"query": "Beispiel", "mode": mode, "size": 1}
        cursor = api.ask(owner, "POST", "/v1/search", body).json()["cursor"]
        assert api.ask(owner, "POST", "/v1/search", body | {"cursor": cursor}).status_code == 200
        for asker in (thief, weaker, elsewhere):
            assert api.ask(asker, "POST", "/v1/search", body | {"cursor": cursor}).status_code == 422
        for change in ({"query": "Kastanie"}, {"mode": "semantic"}, {"filters": {"tenant": "michelstadt"}}):
            assert api.ask(owner, "POST", "/v1/search", body | {"cursor": cursor} | change).status_code == 422
        row.add(requests=7)
        for _ in range(size(30, 300)):
            place = dice.randrange(len(cursor))
            letter = dice.choice([c for c in string.ascii_letters + string.digits + "-_=" if c != cursor[place]])
            bent = cursor[:place] + letter + cursor[place + 1 :]
            assert api.ask(owner, "POST", "/v1/search", body | {"cursor": bent}).status_code == 422, bent
            row.add(requests=1)


@pytest.mark.parametrize(
    "record_id", ["*", "_all", "..", "%2e%2e", "a,b", "x" * 600, "_search", "%00", "ä", "${x}", "a b"]
)
def test_hostile_ids_are_unknown_ids(api: Api, row: Row, record_id: str) -> None:
    asker = askers("Feinde", 6)[1]
    for more in ("", "/text", "/pages/1", "/original"):
        answer = api.ask(asker, "GET", f"/v1/records/{record_id}{more}")
        row.add(requests=1)
        assert answer.status_code == 404
