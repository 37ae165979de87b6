"""What others released, over HTTP: how much of it each form shows, and how it reads."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from records.release import ReleaseForm
from tests.factories import record, release
from tests.unit.search_api.conftest import World

FORMS = {"ganz": ReleaseForm.WHOLE, "schwarz": ReleaseForm.REDACTED, "hinweis": ReleaseForm.EXISTENCE}


@pytest.fixture
def shared(world: World) -> World:
    made = [
        release("ganz", "Kastanie auf Seite eins"),
        release("schwarz", "Kastanie, geschwärzt", form=ReleaseForm.REDACTED),
        release("hinweis", form=ReleaseForm.EXISTENCE, document_type="Gutachten", department="bauamt"),
        release("anderen", "Kastanie", partners=("oberzent/alle",)),
    ]
    world.index.put_releases(made)
    world.put(record("meins", "Kastanie am Markt"))
    return world


def test_hits_say_whose_they_are_and_how_much_is_shown(shared: World) -> None:
    hits = {hit["record_id"]: hit for hit in shared.search("Kastanie")["hits"]}
    assert {i: (hit["tenant"], hit["released"]) for i, hit in hits.items()} == {
        "meins": ("erbach", None),
        "ganz": ("michelstadt", "whole"),
        "schwarz": ("michelstadt", "redacted"),
    }


def test_existence_reads_as_a_sentence_and_tells_no_more(shared: World) -> None:
    (hit,) = shared.search("", filters={"document_type": ["Gutachten"]})["hits"]
    assert hit["title"] == "Michelstadt hat einen vergleichbaren Vorgang; fragen Sie dort nach (Bauamt)."
    assert (hit["released"], hit["passages"], hit["date"]) == ("existence", [], None)
    assert hit["fields"] == {"year": "2024"}
    assert hit["source_id"] is hit["file_reference"] is None
    one = shared.ask("GET", "/v1/records/hinweis").json()
    assert (one["pages"], one["file_name"], one["size"], one["notices"]) == (0, None, None, [])


@pytest.mark.parametrize("name", list(FORMS))
@pytest.mark.parametrize(
    ("door", "opened"),
    [
        ("", {"ganz", "schwarz", "hinweis"}),
        ("/text", {"ganz", "schwarz"}),
        ("/pages/1", {"ganz", "schwarz"}),
        ("/pages/2", set()),
        ("/original", set()),  # the file of a whole release is not kept in this test: gone, and not forbidden
        ("/pages/1/image", set()),
    ],
)
def test_each_form_opens_its_own_doors(shared: World, name: str, door: str, opened: set[str]) -> None:
    answer = shared.ask("GET", f"/v1/records/{name}{door}")
    assert answer.status_code == (200 if name in opened else 404), answer.text
    if answer.status_code == 404:
        assert answer.content == shared.ask("GET", "/v1/records/gibtesnicht").content


def test_the_file_goes_with_the_whole_release_alone(shared: World) -> None:
    content = b"%PDF-1.4 Beispiel"
    shared.keep(record("irgendwo"), content, "application/pdf")
    kept = next(r for r in shared.index._records.values() if r.record_id == "irgendwo").original
    whole = release("mitdatei")
    shared.index.put_releases([replace(whole, original=kept)])
    answer = shared.ask("GET", "/v1/records/mitdatei/original")
    assert (answer.status_code, answer.content) == (200, content)


def test_nothing_of_another_partners_release(shared: World) -> None:
    assert shared.ask("GET", "/v1/records/anderen").status_code == 404


def test_exports_say_it_too(shared: World) -> None:
    answer = shared.ask("POST", "/v1/export", json={"query": "", "mode": "keyword", "format": "jsonl"})
    lines = {row["record_id"]: row for row in map(json.loads, answer.text.splitlines())}
    assert {i: row["released"] for i, row in lines.items()} == {
        "meins": None,
        "ganz": "whole",
        "schwarz": "redacted",
        "hinweis": "existence",
    }
    table = shared.ask("POST", "/v1/export", json={"query": "", "mode": "keyword", "format": "csv"}).text
    assert "Freigabe" in table.splitlines()[0]
    assert "existence" in table
