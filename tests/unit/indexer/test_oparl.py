"""An OParl server as a source, over real HTTP: broken pages, deletions, late dates, and what must never be shown."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from indexer.sources import http
from indexer.sources import oparl_objects as objects
from indexer.sources.configuration import ConfigurationError, load
from indexer.sources.oparl import OParlSettings
from indexer.sources.protocol import SourceUnavailableError
from indexer.sources.settings import Surroundings
from indexer.sync import SyncSummary
from tests.sources.council import Council
from tests.unit.indexer.test_folder_import import Town


@dataclass
class Office:
    """A town and a council's server."""

    town: Town
    council: Council
    address: str

    def run(self, **said: Any) -> SyncSummary:
        settings = OParlSettings.model_validate(
            {"tenant": "erbach", "url": self.address, "networks": ["127.0.0.0/8"], "requests_per_second": 100, **said}
        )
        self.council.asked.clear()
        connector = settings.connect(Surroundings())
        try:
            return self.town.sync().run(self.town.ledger.source("erbach", "oparl", self.address), connector)
        finally:
            connector.close()

    def paper(self, number: int) -> dict[str, Any]:
        return self.council.papers[self.council.at("papers", f"p{number}")]

    def texts(self) -> str:
        return "\n".join(r.pages[0].text for r in self.town.shelf.held.values())


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(http, "_backing_off", lambda _: 0.0)
    town, council = Town(tmp_path), Council(page_size=5)
    with council.serving() as address:
        for n in range(12):
            council.add_paper(
                f"p{n}", name=f"Beispiel {n}", reference=f"2025/{n}", files={f"anlage-{n}.txt": f"Text {n}".encode()}
            )
        yield Office(town, council, address)
    town.pipeline.close()
    town.ledger.close()


def page_of(things: list[Any], **more: Any) -> Response:
    return JSONResponse({"data": things, "links": {}, **more})


def test_a_paper_is_described_by_what_the_council_says(office: Office) -> None:
    organization = office.council.at("organizations", "o1")
    office.council.organizations[organization] = {"id": organization, "name": "Beispielamt"}
    office.council.change(
        office.paper(3), paperType="Antrag", date="2025-03-04", underDirectionOf=[organization], web="https://x.example"
    )
    assert office.run() == SyncSummary(files=24, indexed=24)
    (file,) = (r for r in office.town.shelf.held.values() if r.metadata.title == "Beispiel 3: anlage-3")
    about = file.metadata
    assert (about.file_reference, about.document_type, about.department) == ("2025/3", "Antrag", "Beispielamt")
    assert about.date == dt.date(2025, 3, 4)
    assert about.fields["belongs_to"] == office.paper(3)["id"]
    assert {str(r) for r in file.access.readers} == {"erbach/alle"}


def test_only_what_was_modified_is_asked_for(office: Office) -> None:
    office.run()
    assert any("page=3" in url for url in office.council.asked)
    office.council.now += dt.timedelta(days=30)
    office.council.change(office.paper(7), name="Neu")
    assert office.run().indexed == 2
    lists = [url for url in office.council.asked if "/lists/papers" in url]
    assert len(lists) == len([url for url in lists if "modified_since" in url])
    office.council.now += dt.timedelta(days=30)
    assert office.run() == SyncSummary(files=2, unchanged=2)


def test_what_is_dated_before_the_last_run_and_published_after_it_is_found(office: Office) -> None:
    office.run()
    late = office.council.add_paper("spaet", name="Nachgetragen")
    late["modified"] = (office.council.now - dt.timedelta(hours=20)).isoformat()
    office.run()
    assert "Nachgetragen" in office.texts()


def test_a_deleted_paper_leaves_with_its_files(office: Office) -> None:
    office.run()
    office.council.delete(office.paper(2))
    assert office.run().removed == 2
    assert "Beispiel 2\n" not in office.texts() + "\n"
    assert len(office.town.shelf.held) == 22


def test_a_file_that_a_paper_no_longer_has_leaves(office: Office) -> None:
    office.run()
    office.council.change(office.paper(2), auxiliaryFile=[])
    assert office.run().removed == 1
    assert "Text 2" not in office.texts()


def test_what_vanishes_without_a_word_is_found_by_the_full_listing(office: Office) -> None:
    office.run()
    del office.council.papers[office.council.at("papers", "p4")]
    assert office.run().removed == 0
    assert office.run(full_every="0s").removed == 2


def test_objects_without_dates_are_followed_by_full_listings(office: Office) -> None:
    for n in range(12):
        del office.paper(n)["modified"]
        del office.paper(n)["auxiliaryFile"][0]["modified"]
    assert office.run().indexed == 24
    office.council.contents["anlage-5.txt"] = b"Anders"
    office.paper(6)["name"] = "Umbenannt"
    assert office.run().indexed == 3
    assert "Anders" in office.texts()


def test_a_changed_order_loses_nothing(office: Office) -> None:
    office.run()

    def shuffled(request: Request) -> Response | None:
        # between the first page and the second the newest comes to the front: one paper is shown twice, one not at all
        if request.url.path == "/lists/papers" and request.query_params.get("page") == "2":
            things = list(office.council.papers.values())
            order = [things[-1], *things[:-1]]
            return page_of(order[5:10], links={"next": f"{request.url.include_query_params(page=3)}"})
        return None

    office.council.fault = shuffled
    with pytest.raises(SourceUnavailableError, match="11 of 12"):
        office.run(full_every="0s")
    assert len(office.town.shelf.held) == 24
    office.council.fault = lambda _: None
    assert office.run(full_every="0s") == SyncSummary(files=24, unchanged=24)


@pytest.mark.parametrize("what", ["500", "half", "short", "nothing", "circle", "foreign", "no-data", "lost", "moved"])
def test_a_broken_page_removes_nothing(office: Office, what: str) -> None:
    office.run()
    papers = list(office.council.papers.values())

    def broken(request: Request) -> Response | None:
        if request.url.path != "/lists/papers" or (
            what not in {"nothing", "lost"} and "page" not in request.query_params
        ):
            return None
        return {
            "500": Response(status_code=500),
            "half": Response(b'{"data": [{"id": "http', media_type="application/json"),
            "short": page_of(papers[:5], pagination={"totalElements": 12}),
            "nothing": page_of([], pagination={"totalElements": 0}),
            "circle": page_of([], links={"next": str(request.url)}),
            "foreign": page_of([], links={"next": "http://169.254.169.254/lists/papers"}),
            "no-data": JSONResponse({"error": "database"}),
            "lost": page_of(papers[:6], pagination={"totalElements": 6}),
            "moved": Response(status_code=302, headers={"location": "https://login.example.org/"}),
        }[what]

    office.council.fault = broken
    if what in {"nothing", "lost"}:
        # well-formed, and a lie: what it hides is still there when it is asked for
        office.run(full_every="0s")
    else:
        with pytest.raises(SourceUnavailableError):
            office.run(full_every="0s")
    assert len(office.town.shelf.held) == 24
    office.council.fault = lambda _: None
    assert office.run().removed == 0
    assert len(office.town.shelf.held) == 24


def test_what_really_vanishes_in_large_numbers_is_held(office: Office) -> None:
    office.run()
    for n in range(6):
        del office.council.papers[office.council.at("papers", f"p{n}")]
    assert office.run(full_every="0s").held == 12
    assert len(office.town.shelf.held) == 24
    office.town.ledger.agree(office.town.ledger.find_sources(office.address)[0])
    assert office.run().removed == 12


def test_a_full_listing_that_is_cut_off_goes_on_where_it_was(office: Office) -> None:
    def third_page_fails(request: Request) -> Response | None:
        return Response(status_code=503) if request.query_params.get("page") == "3" else None

    office.council.fault = third_page_fails
    with pytest.raises(SourceUnavailableError):
        office.run()
    assert len(office.town.shelf.held) == 20
    office.council.fault = lambda _: None
    assert office.run() == SyncSummary(files=4, indexed=4)
    assert not any("/lists/papers" in url and "page=2" in url for url in office.council.asked)
    assert office.run().removed == 0


def test_a_file_that_cannot_be_had_for_the_moment_is_asked_for_again(office: Office) -> None:
    office.council.fault = lambda r: Response(status_code=503) if r.url.path == "/content/anlage-9.txt" else None
    assert office.run() == SyncSummary(files=24, indexed=23, quarantined=1)
    assert set(office.town.reasons().values()) == {"unreadable"}
    office.council.fault = lambda _: None
    office.council.now += dt.timedelta(days=30)
    office.council.change(office.paper(0))
    assert office.run().indexed >= 1
    assert office.town.reasons() == {}
    assert "Text 9" in office.texts()


def test_files_that_are_gone_or_elsewhere_are_named(office: Office) -> None:
    del office.council.contents["anlage-1.txt"]
    office.paper(2)["auxiliaryFile"][0]["accessUrl"] = "http://169.254.169.254/latest/meta-data/"
    office.paper(3)["auxiliaryFile"][0]["accessUrl"] = "file:///etc/passwd"
    del office.paper(4)["auxiliaryFile"][0]["accessUrl"]
    office.paper(5)["auxiliaryFile"][0].pop("accessUrl")
    office.paper(5)["auxiliaryFile"][0]["text"] = "Text ohne Datei"
    assert office.run() == SyncSummary(files=24, indexed=20, quarantined=4)
    assert sorted(office.town.reasons().values()) == ["foreign-address", "foreign-address", "vanished", "vanished"]
    assert "Text ohne Datei" in office.texts()


def test_what_was_treated_behind_closed_doors_is_not_taken_in(office: Office) -> None:
    secret = office.council.add_file("geheim.txt", b"Grundstueck")
    office.council.add_meeting(
        "m1",
        name="Sitzung",
        start="2025-02-03T18:00:00+01:00",
        agendaItem=[
            {"id": "a1", "number": "1", "name": "Spielplatz", "public": True, "result": "angenommen"},
            {"id": "a2", "number": "2", "name": "Nichtoeffentlich", "public": False, "resolutionFile": secret},
        ],
    )
    office.run()
    assert "TOP 1: Spielplatz" in office.texts()
    assert "Nichtoeffentlich" not in office.texts()
    assert "Grundstueck" not in office.texts()


@pytest.mark.parametrize(
    "thing",
    [
        {},
        {"id": 5},
        {"id": "x y"},
        {"id": "a!/b", "name": 7, "date": "gestern", "auxiliaryFile": "http://x/1", "consultation": [None, 3, "x"]},
        {"id": "\ud800"},
        {"id": "y", "name": "a\x00b\ud800", "auxiliaryFile": [{"id": "z", "accessUrl": "http://[/%00x"}]},
        {"id": "x", "auxiliaryFile": [{"id": None}, 4, {"name": "ohne id"}], "agendaItem": {"number": []}},
    ],
)
def test_objects_of_any_shape_stop_nobody(office: Office, thing: dict[str, Any]) -> None:
    def with_it(request: Request) -> Response | None:
        last = request.query_params.get("page") == "3" and "papers" in request.url.path
        things = [*list(office.council.papers.values())[10:], thing, None, 3, "x"]
        content = json.dumps({"data": things, "links": {}})
        return Response(content, media_type="application/json") if last else None

    office.council.fault = with_it
    assert office.run().indexed >= 24


def test_no_decision_is_cut_off() -> None:
    long = "Beschluss " * 2_000
    words = objects.words_of_meeting({"id": "m", "agendaItem": [{"id": "a", "resolutionText": long}]}, {})
    assert words.count("Beschluss") == 2_001


def test_words_of_a_paper_are_in_order() -> None:
    paper = {
        "id": "http://rat.example.org/p1",
        "name": "Beispiel: Spielplatz",
        "reference": "2025/7",
        "paperType": "Antrag",
        "date": "2025-03-04",
        "mainFile": {"id": "f1", "name": "Antrag"},
        "consultation": [{"role": "Beschluss", "organization": ["o1"]}],
    }
    assert objects.words_of_paper(paper, {"o1": "Beispielausschuss"}).splitlines() == [
        "Antrag 2025/7",
        "Beispiel: Spielplatz",
        "Datum: 04.03.2025",
        "Beschluss: Beispielausschuss",
        "Hauptdokument: Antrag",
    ]


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('url = "http://rat.example.org/system"', "plain http beyond this machine"),
        ('url = "ftp://rat.example.org"', "is no http"),
        ('url = "https://rat.example.org"\nnetworks = ["10.0.0.0/33"]', "sources.rat.networks"),
        ('url = "https://rat.example.org"\npassword = "geheim"', "sources.rat.password: is unknown"),
        ('url = "https://rat.example.org"\ncredentials = {user = "x"}', "name either secret_file or secret_env"),
        ('url = "https://rat.example.org"\nrequests_per_second = 0', "sources.rat.requests_per_second"),
    ],
)
def test_mistakes_in_its_settings_are_named(tmp_path: Path, line: str, named: str) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(f'[sources.rat]\nkind = "oparl"\ntenant = "erbach"\n{line}\n')
    with pytest.raises(ConfigurationError) as raised:
        load(file, ("erbach",))
    assert named in str(raised.value)
