"""XDOMEA packages with invented contents, in the forms that versions 2.4, 3.0 and 4.0 give them."""

from __future__ import annotations

import hashlib
import random
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from tests.sources.counterparts import TENANT, invented
from tests.sources.proof import Holding

UNITS = {"Bauamt": ("bauamt",), "Hauptamt": ("hauptamt", "leitung"), "Kämmerei": ("kaemmerei",)}
VERSIONS = ("2.4.0", "3.0.0", "4.0.0")


@dataclass
class Paper:
    """A document with its file."""

    content: bytes
    title: str = "Beispielbrief"
    identity: str = ""
    file_name: str = ""
    level: str | None = None
    kind: str = "Bescheid"
    date: str = "2024-05-06"
    #: contents of earlier versions
    earlier: Sequence[bytes] = ()
    hashed: bool = True

    def __post_init__(self) -> None:
        self.identity = self.identity or str(uuid.uuid4())
        self.file_name = self.file_name or f"{uuid.uuid4()}_Brief.txt"


@dataclass
class Case:
    """A case in a file, with its documents."""

    papers: list[Paper]
    unit: str = "Bauamt"
    sign: str = "632.10-2024/17"
    file_sign: str = "632.10"
    plan: tuple[str, str | None] = ("632.1", "Baugenehmigungen")
    level: str | None = None
    closed: str | None = "2024-12-31"
    years: int | None = 10
    identity: str = field(default_factory=lambda: str(uuid.uuid4()))
    in_file: bool = True


def package(
    place: Path, cases: Sequence[Case], *, kind: str = "0503", version: str = "3.0.0", written: str = "2025-01-01"
) -> None:
    """Write a package with a message and its files."""
    name = f"{uuid.uuid4()}_{kind}_1.xml" if version >= "4" else f"{uuid.uuid4()}_{_ROOTS[kind]}.{kind}.xml"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, message(cases, kind=kind, version=version, written=written))
        for case in cases:
            for paper in case.papers:
                archive.writestr(paper.file_name, paper.content)


_ROOTS = {"0401": "Abgabe.Abgabe", "0503": "Aussonderung.Aussonderung", "0301": "Aktenplan.Aktenplan"}


def message(cases: Sequence[Case], *, kind: str, version: str, written: str = "2025-01-01", more: str = "") -> str:
    """Return a message; `more` stands at its end."""
    when = f"<x:Kopf><x:Erstellungszeitpunkt>{written}</x:Erstellungszeitpunkt></x:Kopf>"
    if version >= "4":
        inner = f"<x:identifikation.nachricht><erstellungszeitpunkt>{written}</erstellungszeitpunkt>"
        when = f"<x:nachrichtenkopf>{inner}</x:identifikation.nachricht></x:nachrichtenkopf>"
    body = "".join(_object(case, version) for case in cases)
    root = f"x:{_ROOTS[kind]}.{kind}"
    return f'<{root} xmlns:x="urn:xoev-de:xdomea:schema:{version}">{when}{body}{more}</{root}>'


def file_plan(units: Mapping[str, str], version: str = "3.0.0") -> str:
    """Return a message 0301."""
    inner = "".join(
        f"<x:Einheit><x:Aktenplaneinheit><x:Kennzeichen>{n}</x:Kennzeichen><x:Inhaltsangabe>{escape(title)}"
        "</x:Inhaltsangabe></x:Aktenplaneinheit></x:Einheit>"
        for n, title in units.items()
    )
    return message([], kind="0301", version=version, more=f"<x:Aktenplan>{inner}</x:Aktenplan>")


def _object(case: Case, version: str) -> str:
    papers = "".join(_paper(paper, version) for paper in case.papers)
    general = _general(f"Vorgang {case.sign}", case.sign, case.unit, case.level, version)
    closed = f"<x:ZdADatum>{case.closed}</x:ZdADatum>" if case.closed else ""
    inside = (
        f"<x:Vorgang>{_id(case.identity, version)}{general}{_retention(case, version)}<x:Typ>Bauantrag</x:Typ>{closed}"
    )
    inside += f"{papers}</x:Vorgang>"
    if case.in_file:
        number, title = case.plan
        titled = f"<x:Inhaltsangabe>{escape(title)}</x:Inhaltsangabe>" if title else ""
        plan = f"<x:Aktenplaneinheit><x:Kennzeichen>{number}</x:Kennzeichen>{titled}</x:Aktenplaneinheit>"
        about = _general("Akte Beispiel", case.file_sign, None, None, version, plan)
        inside = f"<x:Akte>{_id(str(uuid.uuid4()), version)}{about}<x:Akteninhalt>{inside}</x:Akteninhalt></x:Akte>"
    return f"<x:Schriftgutobjekt>{inside}</x:Schriftgutobjekt>"


def _general(  # noqa: PLR0917
    subject: str, sign: str, unit: str | None, level: str | None, version: str, more: str = ""
) -> str:
    lead = f"<x:Federfuehrung>{unit}</x:Federfuehrung>" if unit else ""
    stage = ""
    if level:
        stage = f"<x:Vertraulichkeitsstufe><code>{level}</code></x:Vertraulichkeitsstufe>"
        if version >= "4":
            grade = f"<x:Geheimhaltungsgrad><code>{level}</code></x:Geheimhaltungsgrad>"
            stage = f"<x:Geheimhaltung>{grade}</x:Geheimhaltung>"
    inner = f"<x:Betreff>{escape(subject)}</x:Betreff><x:Kennzeichen>{sign}</x:Kennzeichen>{lead}{stage}{more}"
    return f"<x:AllgemeineMetadaten>{inner}</x:AllgemeineMetadaten>"


def _retention(case: Case, version: str) -> str:
    if case.years is None:
        return ""
    years = str(case.years) if version.startswith("2") else f"<x:AnzahlJahre>{case.years}</x:AnzahlJahre>"
    name = "Aussonderungsmetadaten" if version >= "4" else "ArchivspezifischeMetadaten"
    art = "<x:Aussonderungsart><x:Aussonderungsart><code>B</code></x:Aussonderungsart></x:Aussonderungsart>"
    return f"<x:{name}><x:Aufbewahrungsdauer>{years}</x:Aufbewahrungsdauer>{art}</x:{name}>"


def _paper(paper: Paper, version: str) -> str:
    versions = "".join(
        f"<x:Version><x:Nummer>{n}</x:Nummer><x:Format><x:Primaerdokument><x:Dateiname>{uuid.uuid4()}.txt</x:Dateiname>"
        "</x:Primaerdokument></x:Format></x:Version>"
        for n, _ in enumerate(paper.earlier, start=1)
    )
    digest = hashlib.sha256(paper.content).hexdigest()
    hashed = f"<x:Hash><x:Wert>{digest}</x:Wert><x:Algorithmus><code>SHA-256</code></x:Algorithmus></x:Hash>"
    primary = f"<x:Dateiname>{escape(paper.file_name)}</x:Dateiname>{hashed if paper.hashed else ''}"
    versions += (
        f"<x:Version><x:Nummer>{len(paper.earlier) + 1}</x:Nummer><x:Format>"
        f"<x:Primaerdokument>{primary}</x:Primaerdokument></x:Format></x:Version>"
    )
    general = _general(paper.title, "Dok 1", None, paper.level, version)
    date = f"<x:DatumDesSchreibens>{paper.date}</x:DatumDesSchreibens>"
    inner = (
        f"<x:Dokument>{_id(paper.identity, version)}{general}{date}<x:Typ>{paper.kind}</x:Typ>{versions}</x:Dokument>"
    )
    wrapper = "DokumentOderDokumentMitSchriftstueck"
    return f"<x:{wrapper}>{inner}</x:{wrapper}>" if version >= "4" else inner


def _id(identity: str, version: str) -> str:
    name = "xdomeaUUID" if version >= "4" else "ID"
    return f"<x:Identifikation><x:{name}>{identity}</x:{name}></x:Identifikation>"


class XdomeaCounterpart:
    """A folder of packages, some of which change."""

    def __init__(self, folder: Path, *, documents: int, seed: int = 7) -> None:
        self.folder, self._number = folder, 0
        folder.mkdir(parents=True, exist_ok=True)
        self.packages: dict[str, list[Case]] = {}
        chance = random.Random(seed)
        while sum(len(c.papers) for cases in self.packages.values() for c in cases) < documents:
            self._add(chance, min(20, documents))
        with zipfile.ZipFile(folder / "plan.zip", "w") as plan:
            plan.writestr(f"{uuid.uuid4()}_Aktenplan.Aktenplan.0301.xml", file_plan({"632.1": "Baugenehmigungen"}))

    def truth(self) -> Mapping[str, Holding]:
        """Return what the packages hold."""
        return {
            paper.identity: Holding(
                title=paper.title,
                sha256=hashlib.sha256(paper.content).hexdigest(),
                readers=tuple(sorted(f"{TENANT}/{group}" for group in UNITS[case.unit])),
            )
            for cases in self.packages.values()
            for case in cases
            for paper in case.papers
        }

    def change(self, chance: random.Random) -> str:
        """Change one thing as a records office does: it sends a package anew, or another one."""
        kind = chance.choice(("add", "edit", "move", "rights", "delete"))
        name = chance.choice([n for n, cases in self.packages.items() if any(c.papers for c in cases)])
        case = chance.choice([c for c in self.packages[name] if c.papers])
        paper = chance.choice(case.papers)
        if kind == "add":
            self._add(chance, 1)
        elif kind == "edit":
            paper.content, paper.title = invented(chance).encode(), f"Geändert {chance.getrandbits(32):x}"
        elif kind == "rights":
            case.unit = chance.choice([unit for unit in UNITS if unit != case.unit])
        elif kind == "delete":
            case.papers.remove(paper)
        else:
            case.papers.remove(paper)
            other = chance.choice(sorted(self.packages))
            self.packages[other][0].papers.append(paper)
            self._write(other)
        self._write(name)
        return kind

    def remove_one(self, chance: random.Random) -> str:
        """Send a package without one of its documents; returns the document's path."""
        name = chance.choice([n for n, cases in self.packages.items() if any(c.papers for c in cases)])
        case = chance.choice([c for c in self.packages[name] if c.papers])
        paper = case.papers.pop(chance.randrange(len(case.papers)))
        self._write(name)
        return paper.identity

    def _add(self, chance: random.Random, papers: int) -> None:
        self._number += 1
        case = Case(
            [Paper(invented(chance).encode(), title=f"Beispiel {self._number}-{n}") for n in range(papers)],
            unit=chance.choice(sorted(UNITS)),
            in_file=chance.random() < 0.8,
        )
        name = f"paket-{self._number:04}.zip"
        self.packages[name] = [case]
        self._write(name)

    def _write(self, name: str) -> None:
        number = int(name[6:10])
        kind, version = ("0401", "0503")[number % 2], VERSIONS[number % 3]
        package(self.folder / name, self.packages[name], kind=kind, version=version)
