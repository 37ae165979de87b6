"""A town shows records to another on the running system: found in every form, followed, recalled, refused."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stack import Stack

pytestmark = pytest.mark.stack

#: words that stand in the record itself, in its redaction, and in nothing else
OWN, SHOWN = "Quittenpfad", "Mirabellensteig"
GIVEN = {"partners": ["michelstadt/bauamt"], "purpose": "Vergleichsfälle", "legal_basis": "§ 22 HDSIG"}
FORMS: dict[str, dict[str, Any]] = {
    "whole": {},
    "redacted": {"redacted": {"title": f"Bescheid {SHOWN}", "pages": [f"Am {SHOWN} wurde gefällt."]}},
    "existence": {"shown_fields": ["case_type", "department"]},
}


@dataclass(frozen=True)
class Town:
    stack: Stack
    folder: Path
    manager: httpx.Client
    clerk: httpx.Client

    def write(self, name: str, text: str, **about: Any) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")
        told = {"title": f"Vorgang {OWN}", "source_id": name, "readers": ["bauamt"], **about}
        (self.folder / f"{name}.meta.json").write_text(json.dumps(told), encoding="utf-8")

    def take_in(self) -> None:
        self.stack.json("import", str(self.folder), "--tenant", "erbach")

    def record_id(self, name: str) -> str:
        body = {"query": OWN, "mode": "keyword", "size": 50}
        hits = self.manager.post("/v1/search", json=body).raise_for_status().json()["hits"]
        return next(str(hit["record_id"]) for hit in hits if hit["source_id"] == name)

    def give(self, record_id: str, form: str, **changes: Any) -> dict[str, Any]:
        body = {"record_id": record_id, "form": form} | GIVEN | FORMS[form] | changes
        made: dict[str, Any] = self.manager.post("/v1/releases", json=body).raise_for_status().json()
        return made

    def found(self, query: str = "", mode: str = "keyword", **filters: Any) -> dict[str, dict[str, Any]]:
        body = {"query": query, "mode": mode, "filters": filters, "size": 100}
        answer = self.clerk.post("/v1/search", json=body).raise_for_status().json()
        return {hit["record_id"]: hit for hit in answer["hits"]}


@pytest.fixture(scope="module")
def town(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("freigaben")
    with (
        stack.client("erbach", ("bauamt",), ("records-manager",)) as manager,
        stack.client("michelstadt", ("bauamt",)) as clerk,
    ):
        made = Town(stack, folder, manager, clerk)
        made.write("vorgang.txt", f"Am {OWN} steht eine Linde.", case_type="Beispielsache", department="bauamt")
        made.write("satzung.txt", f"Satzung über den {OWN}.", document_type="Beispielsatzung")
        made.write("steuer.txt", f"Steuerakte {OWN}", privacy_class="steuer")
        made.take_in()
        yield made


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() < began + seconds, f"not within {seconds} s"
        time.sleep(0.1)
    return time.monotonic() - began


def test_a_release_reaches_its_partners_and_leaves_them(town: Town) -> None:
    record_id = town.record_id("vorgang.txt")
    given = {form: town.give(record_id, form)["release_id"] for form in FORMS}
    wait_for(lambda: given["whole"] in town.found(OWN) and given["redacted"] in town.found(SHOWN))
    # each form is found by what it shows, and by nothing else
    assert set(town.found(OWN)) == {given["whole"]}
    assert set(town.found(SHOWN)) == {given["redacted"]}
    assert {given["whole"], given["existence"]} == set(town.found(case_type="Beispielsache"))
    hits = town.found(case_type="Beispielsache") | town.found(SHOWN)
    assert {i: (hit["tenant"], hit["released"]) for i, hit in hits.items()} == {
        release_id: ("erbach", form) for form, release_id in given.items()
    }
    assert record_id not in json.dumps(hits)
    # the file goes out with the whole only, and under its own id nothing of the record does
    for form, release_id in given.items():
        status = town.clerk.get(f"/v1/records/{release_id}/original").status_code
        assert status == (200 if form == "whole" else 404), form
        assert town.clerk.get(f"/v1/records/{release_id}").status_code == 200
    assert town.clerk.get(f"/v1/records/{record_id}").status_code == 404
    assert OWN not in town.clerk.get(f"/v1/records/{given['redacted']}/text").raise_for_status().text
    with town.stack.client("michelstadt", ("ordnungsamt",)) as other:
        for release_id in given.values():
            assert other.get(f"/v1/records/{release_id}").status_code == 404
    for release_id in given.values():
        town.manager.delete(f"/v1/releases/{release_id}").raise_for_status()
    took = wait_for(lambda: not (town.found(OWN) or town.found(SHOWN) or town.found(case_type="Beispielsache")), 5)
    print(f"recalled after {took:.1f} s")
    assert {town.clerk.get(f"/v1/records/{i}").status_code for i in given.values()} == {404}
    states = {r["release_id"]: r["state"] for r in town.manager.get("/v1/releases").json()["releases"]}
    assert {states[i] for i in given.values()} <= {"recalling", "recalled"}


def test_meaning_finds_a_redacted_copy_by_its_own_words(town: Town) -> None:
    release_id = town.give(town.record_id("vorgang.txt"), "redacted")["release_id"]
    wait_for(
        lambda: (
            "meaning" in town.found(f"Am {SHOWN} wurde gefällt.", "semantic").get(release_id, {}).get("matched_by", [])
        ),
        120,
    )
    town.manager.delete(f"/v1/releases/{release_id}").raise_for_status()


def test_a_release_follows_its_record_and_a_rule_its_kind(town: Town) -> None:
    rule = {k: v for k, v in GIVEN.items() if k != "partners"} | {"partners": ["*"], "document_type": "Beispielsatzung"}
    made = town.manager.post("/v1/release-rules", json=rule).raise_for_status().json()
    wait_for(lambda: len(town.found(OWN)) == 1)
    town.write("satzung.txt", f"Neufassung über den {OWN}.", document_type="Beispielsatzung")
    town.write("satzung-2.txt", f"Zweite Satzung über den {OWN}.", document_type="Beispielsatzung")
    town.take_in()
    wait_for(lambda: len(town.found(f'{OWN} "Neufassung"')) == 1 and len(town.found(OWN)) == 2)
    for name in ("satzung-2.txt", "satzung-2.txt.meta.json"):
        (town.folder / name).unlink()
    town.take_in()
    wait_for(lambda: len(town.found(OWN)) == 1, 10)
    town.manager.delete(f"/v1/release-rules/{made['rule_id']}").raise_for_status()
    wait_for(lambda: not town.found(OWN), 5)


def test_a_tax_record_is_refused_and_one_that_becomes_so_is_taken_back(town: Town) -> None:
    body = {"record_id": town.record_id("steuer.txt"), "form": "existence"} | GIVEN | FORMS["existence"]
    answer = town.manager.post("/v1/releases", json=body)
    assert answer.status_code == 422
    assert "Steuergeheimnis" in answer.json()["errors"][0]["message"]
    release_id = town.give(town.record_id("vorgang.txt"), "whole")["release_id"]
    wait_for(lambda: release_id in town.found(OWN))
    town.write("vorgang.txt", f"Am {OWN} steht eine Linde.", case_type="Beispielsache", privacy_class="sozial")
    town.take_in()
    wait_for(lambda: not town.found(OWN), 10)
    told = town.manager.get(f"/v1/releases/{release_id}").raise_for_status().json()
    assert (told["state"] in {"recalling", "recalled"}, told["reason"]) == (True, "refused")
