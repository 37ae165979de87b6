"""S4: a canary word and a near-duplicate meaning, planted 1, 10 and 1,000 times in another town, change no answer.

Whoever asks in Erbach for the very word and the very sentence gets the same bytes whatever Michelstadt holds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.engine import Engine
from tests.leaks.issuer import Issuer
from tests.leaks.system import System
from tests.leaks.tally import Row, size
from tests.leaks.test_s2_ghost_twin import Request, whole
from tests.leaks.world import Asker, Paper, askers, canary, papers

pytestmark = pytest.mark.stack

PLANTED = (1, 10, 1_000)
PROBES = size(50, 200)
SENTENCE = "Die Stundung der Grundsteuer für die alte Mühle am Wehr wird bis zum Herbst gewährt"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as started:
        yield started


def probes(dice: random.Random, word: str, shelf: dict[str, Paper]) -> list[Request]:
    """Return questions about the planted word and sentence, and about a record of one's own."""
    own = sorted(shelf)
    made: list[Request] = []
    for number in range(PROBES):
        query = dice.choice((word, SENTENCE, f"{SENTENCE} {word}", f'"{word}"', word[:-1] + "a", f"Beispiel -{word}"))
        body: dict[str, Any] = {"query": query, "mode": dice.choice(("keyword", "semantic", "hybrid"))}
        match number % 6:
            case 0 | 1:
                made.append(
                    ("POST", "/v1/search", body | {"facets": ["tenant", "year"], "size": dice.choice((5, 200))})
                )
            case 2:
                asked = dice.choice((word[:3], word[:8], word[:-1] + "a", "Stundun", "Grundsteuar"))
                made.append(("POST", "/v1/suggest", {"query": asked, "size": 50}))
            case 3:
                made.append(("POST", "/v1/export", body | {"format": dice.choice(("csv", "jsonl"))}))
            case 5:
                path = dice.choice(("/v1/precedents", f"/v1/records/{dice.choice(own)}/similar"))
                draft = {"text": query, "purpose": "Prüfung", "size": 50} if path == "/v1/precedents" else {"size": 50}
                made.append(("POST", path, draft))
            case 4:
                made.append(("GET", f"/v1/records/{dice.choice(own)}{dice.choice(('', '/text'))}", None))
    return made


def test_what_is_planted_next_door_changes_no_answer(
    own_engine: Engine, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory, row: Row
) -> None:
    dice = random.Random("Kuckuck")
    word = canary(dice)
    system = System(own_engine, tmp_path_factory.mktemp("s4"))
    own = Paper("erbach", "eigene.txt", "Beispiel Mühle", (SENTENCE,), canary(dice), frozenset(), frozenset({"alle"}))
    system.take_in([*papers("Kuckuck", 30, ["erbach"]), own])
    who = [asker for asker in askers("Kuckuck", 6) if asker.tenant == "erbach"]
    asked: list[tuple[Asker, Request]] = [(dice.choice(who), probe) for probe in probes(dice, word, system.shelf.by_id)]
    planted = 0
    changed: list[str] = []
    with system.api(issuer) as api:
        before = [whole(api, *one) for one in asked]
        assert sum(b'"erbach"' in answer for answer in before) > 5
        for count in PLANTED:
            text = f"{SENTENCE} {word}"
            plants = [
                Paper("michelstadt", f"{n}.txt", text, (text,), word, frozenset(), frozenset({"alle"}))
                for n in range(planted, count)
            ]
            system.take_in(plants)
            planted = count
            after = [whole(api, *one) for one in asked]
            changed += [f"{count} planted, {one}" for one, b, a in zip(asked, before, after, strict=True) if a != b]
            row.add(answers_compared=len(asked), leaks=len(changed))
        neighbour = Asker("nachbar", "michelstadt", frozenset())
        found = api.ask(neighbour, "POST", "/v1/search", {"query": word, "mode": "keyword"}).json()["total"]
    # they do lie there, for whoever may see them
    assert found == max(PLANTED)
    assert changed[:3] == []
