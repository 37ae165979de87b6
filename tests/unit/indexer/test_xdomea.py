"""XDOMEA packages become records: hierarchy, rights, retention; what a message must not make us do."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.sources.protocol import Item, ItemError, PassEnds, SourceUnavailableError
from indexer.sources.settings import Surroundings
from indexer.sources.xdomea import DocumentItem, XdomeaSettings
from indexer.sources.xdomea_message import MessageError, parse
from records.access import Confidentiality
from records.reasons import Reason
from tests.sources.proof import prove
from tests.sources.xdomea import UNITS, VERSIONS, Case, Paper, XdomeaCounterpart, file_plan, message, package
from tests.unit.indexer.test_folder_import import Town
from tests.unit.indexer.test_source_proof import TownSide


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.pipeline.close()
    made.ledger.close()


def _settings(folder: Path, **more: object) -> XdomeaSettings:
    return XdomeaSettings.model_validate(
        {"tenant": "erbach", "path": str(folder), "groups": {unit: list(names) for unit, names in UNITS.items()}} | more
    )


def _items(folder: Path, **more: object) -> dict[str, Item]:
    steps = _settings(folder, **more).connect(Surroundings()).listing(None)
    return {step.path: step for step in steps if isinstance(step, Item)}


def _one(folder: Path, **more: object) -> DocumentItem:
    (item,) = _items(folder, **more).values()
    assert isinstance(item, DocumentItem)
    return item


@pytest.mark.parametrize("version", ["2.3.0", *VERSIONS, "3.1.0"])
@pytest.mark.parametrize("kind", ["0401", "0503"])
def test_a_document_has_its_place_its_dates_and_its_readers(tmp_path: Path, kind: str, version: str) -> None:
    paper = Paper(b"Beispiel", title="Bescheid zum Carport")
    package(tmp_path / "p.ZIP", [Case([paper])], kind=kind, version=version)
    item = _one(tmp_path)
    assert item.path == paper.identity
    said = item.describe()
    meta = said.metadata
    assert (meta.title, meta.document_type, meta.date) == ("Bescheid zum Carport", "Bescheid", dt.date(2024, 5, 6))
    assert (meta.file_reference, meta.case_reference, meta.case_type) == ("632.10", "632.10-2024/17", "Bauantrag")
    assert (meta.file_plan, meta.department, meta.source_id) == ("632.1", "Bauamt", paper.identity)
    # ten years from the closing of the case, to the end of the year
    assert meta.retention_end == dt.date(2034, 12, 31)
    assert meta.fields["disposal"] == "B"
    assert meta.fields["retention_years"] == 10
    assert meta.fields["file_title"] == "Akte Beispiel"
    assert meta.fields["case_title"] == "Vorgang 632.10-2024/17"
    assert meta.fields["file_plan_title"] == "Baugenehmigungen"
    assert meta.fields["level"] == "Dokument"
    assert {str(r) for r in said.access.readers} == {"erbach/bauamt"}
    with item.open() as content:
        assert content.read() == b"Beispiel"


def test_without_a_file_around_it_a_case_is_enough(tmp_path: Path) -> None:
    package(tmp_path / "p.zip", [Case([Paper(b"x")], in_file=False)])
    meta = _one(tmp_path).describe().metadata
    assert (meta.file_reference, meta.case_reference) == (None, "632.10-2024/17")


def test_the_last_version_counts_and_a_document_without_a_file_is_no_record(tmp_path: Path) -> None:
    paper = Paper(b"neu", earlier=(b"alt", b"aelter"))
    said = message([Case([paper])], kind="0401", version="3.0.0")
    bare = "<x:Schriftgutobjekt><x:Dokument><x:Identifikation/></x:Dokument></x:Schriftgutobjekt>"
    parsed = parse(said.replace("</x:Abgabe", bare + "</x:Abgabe").encode())
    (part,) = parsed.parts
    assert (part.file_name, part.metadata.fields["version"]) == (paper.file_name, "3")
    assert parsed.without_file == 1
    package(tmp_path / "p.zip", [Case([paper])])
    with _one(tmp_path).open() as content:
        assert content.read() == b"neu"


def test_the_file_plan_names_what_other_messages_only_number(tmp_path: Path) -> None:
    package(tmp_path / "p.zip", [Case([Paper(b"x")], plan=("752.3", None))])
    assert "file_plan_title" not in _one(tmp_path).describe().metadata.fields
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as plan:
        plan.writestr("a_Aktenplan.Aktenplan.0301.xml", file_plan({"752.3": "Bestattungen"}))
    assert _one(tmp_path).describe().metadata.fields["file_plan_title"] == "Bestattungen"


@pytest.mark.parametrize("place", ["case", "paper"])
@pytest.mark.parametrize(
    ("level", "reason"),
    [
        *((code, Reason.CLASSIFIED) for code in ("001", "002", "004")),
        ("005", Reason.UNDECIDED),
        ("VS-NfD", Reason.CLASSIFIED),
    ],
)
def test_protected_material_is_not_taken_in(tmp_path: Path, place: str, level: str, reason: Reason) -> None:
    paper = Paper(b"geheim", level=level if place == "paper" else "003")
    package(tmp_path / "p.zip", [Case([paper], level=level if place == "case" else None)], version="4.0.0")
    with pytest.raises(ItemError) as refused:
        _one(tmp_path).describe()
    assert refused.value.fault.reason == reason


def test_a_person_may_decide_that_confidential_is_taken_in(tmp_path: Path) -> None:
    package(tmp_path / "p.zip", [Case([Paper(b"x", level="005")])])
    said = _one(tmp_path, takes_confidential=True).describe()
    assert said.access.confidentiality is Confidentiality.CONFIDENTIAL


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "brief.txt", "/etc/passwd", "..\\x.txt", "0" * 36 + ".txt", "{uuid}/../x.txt", "{uuid}"],
)
def test_a_file_name_without_its_uuid_opens_nothing(tmp_path: Path, name: str) -> None:
    paper = Paper(b"x")
    paper.file_name = name.replace("{uuid}", paper.identity)
    package(tmp_path / "p.zip", [Case([paper])])
    with pytest.raises(ItemError) as refused:
        _one(tmp_path).open()
    assert refused.value.fault.reason == Reason.PACKAGE


def test_a_file_that_is_missing_or_another_one_is_named(tmp_path: Path) -> None:
    paper = Paper(b"x")
    said = message([Case([paper])], kind="0503", version="3.0.0")
    for content, reason in ((None, Reason.PACKAGE), (b"y", Reason.DAMAGED)):
        with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
            archive.writestr("a_Aussonderung.Aussonderung.0503.xml", said)
            if content is not None:
                archive.writestr(paper.file_name, content)
        with pytest.raises(ItemError) as refused:
            _one(tmp_path).open()
        assert refused.value.fault.reason == reason


_GOOD = message([Case([Paper(b"x")])], kind="0503", version="3.0.0")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "kein XML",
        "<a/>",
        _GOOD.replace("3.0.0", "1.0.0"),
        _GOOD.replace("Aussonderung.0503", "Aussonderung.0501").replace("/x:Auss", "/x:Auss"),
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>{_GOOD}'.replace("Beispielbrief", "&e;"),
        f'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">{_GOOD}',
        '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(f'<!ENTITY a{n} "{"&a;" * 50}">' for n in range(9)) + f"]>{_GOOD}",
        _GOOD.replace("<x:Schriftgutobjekt>", "<x:Akte>" * 400).replace("</x:Schriftgutobjekt>", "</x:Akte>" * 400),
    ],
)
def test_what_is_no_message_is_refused(content: str) -> None:
    with pytest.raises(MessageError):
        parse(content.encode())


def test_a_package_that_cannot_be_read_is_named_and_nothing_is_taken_for_removed(tmp_path: Path) -> None:
    package(tmp_path / "a.zip", [Case([Paper(b"x")])])
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 abgeschnitten")
    source = _settings(tmp_path).connect(Surroundings())
    with pytest.raises(SourceUnavailableError, match=r"b\.zip"):
        list(source.listing(None))
    told = list(_until_it_breaks(source.listing(None)))
    assert not [step for step in told if isinstance(step, PassEnds)]
    faults = [step.fault for step in told if isinstance(step, Item) and step.fault]
    assert [fault.reason for fault in faults] == [Reason.DAMAGED]
    with pytest.raises(SourceUnavailableError):
        source.is_gone("anything")


def _until_it_breaks(steps: Iterator[object]) -> Iterator[object]:
    try:
        yield from steps
    except SourceUnavailableError:
        return


def test_the_latest_message_wins(tmp_path: Path) -> None:
    paper = Paper(b"alt", title="Alt")
    newer = replace(paper, content=b"neu", title="Neu")
    package(tmp_path / "b.zip", [Case([paper])], written="2024-01-01T00:00:00")
    package(tmp_path / "a.zip", [Case([newer])], kind="0401", written="2025-01-01T00:00:00")
    item = _one(tmp_path)
    assert item.describe().metadata.title == "Neu"
    with item.open() as content:
        assert content.read() == b"neu"


def test_groups_of_other_towns_are_refused_in_the_settings(tmp_path: Path) -> None:
    for more in ({"readers": ["oberzent/bauamt"]}, {"groups": {"Bauamt": ['x","erbach/leitung']}}):
        with pytest.raises(ValueError, match="no group"):
            _settings(tmp_path, **more).connect(Surroundings())


def test_the_proof(town: Town, tmp_path: Path) -> None:
    folder = tmp_path / "pakete"
    counterpart = XdomeaCounterpart(folder, documents=120)
    proof = prove("xdomea", counterpart, TownSide(town, _settings(folder)), changes=25)
    assert proof.holds, proof.report()
    assert proof.runs["nothing changed"].unchanged == proof.records
    assert set(proof.changes) == {"add", "edit", "move", "rights", "delete"}
