"""The counterparts of the proof: a folder on the disk, and a council's server."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path

from indexer.sources import oparl_objects as objects
from tests.outlook import outlook_mail
from tests.sources.council import Council, Json, content_of
from tests.sources.proof import Holding

TENANT = "erbach"
_GROUPS = ("bauamt", "hauptamt", "kaemmerei")
_WORDS = ("Carport", "Zaun", "Bushaltestelle", "Spielplatz", "Haushalt", "Friedhof", "Radweg", "Grundsteuer", "Kita")


def invented(chance: random.Random, length: int = 60) -> str:
    """Return an invented text that nobody else has."""
    return f"Beispiel {chance.getrandbits(64):x} " + " ".join(chance.choices(_WORDS, k=length))


class FolderCounterpart:
    """A tree of folders with sidecars and rights files."""

    endings: tuple[str, ...] = (".txt",)
    #: whether each file has a sidecar with a title
    titled = False

    def __init__(self, folder: Path, *, files: int, seed: int = 7) -> None:
        self.folder, self._number = folder, 0
        chance = random.Random(seed)
        for number in range(max(1, files // 50)):
            place = folder / f"amt-{number:03}"
            place.mkdir(parents=True)
            self._rights(place, chance)
        for _ in range(files):
            self._add(chance)

    def truth(self) -> Mapping[str, Holding]:
        """Read the disk itself, by the rules of docs/operations.md and none of the connector's code."""
        held: dict[str, Holding] = {}
        for path in sorted(self.folder.rglob("*")):
            if path.is_dir() or path.name.endswith((".meta.json", ".aktensuche-rights.json")):
                continue
            sidecar = path.with_name(f"{path.name}.meta.json")
            said = json.loads(sidecar.read_text()) if sidecar.exists() else {}
            readers = (
                said.get("readers") or json.loads((path.parent / ".aktensuche-rights.json").read_text())["readers"]
            )
            held[str(path.relative_to(self.folder))] = Holding(
                title=said.get("title") or path.stem,
                sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
                readers=tuple(sorted(f"{TENANT}/{reader}" for reader in readers)),
            )
        return held

    def change(self, chance: random.Random) -> str:
        """Change one thing as people at a share do."""
        kind = chance.choice(("add", "edit", "move", "rights", "delete"))
        if kind == "add":
            self._add(chance)
            return kind
        files = sorted(p for p in self.folder.rglob("*") if p.suffix in self.endings)
        file = chance.choice(files)
        sidecar = file.with_name(f"{file.name}.meta.json")
        if kind == "edit":
            file.write_bytes(self.content(file.suffix, chance))
        elif kind == "delete":
            file.unlink()
            sidecar.unlink(missing_ok=True)
        elif kind == "move":
            target = (
                chance.choice(sorted(p for p in self.folder.iterdir() if p.is_dir()))
                / f"umzug-{self._next()}{file.suffix}"
            )
            file.rename(target)
            if sidecar.exists():
                sidecar.rename(target.with_name(f"{target.name}.meta.json"))
        else:
            said = json.loads(sidecar.read_text()) if sidecar.exists() else {"title": file.stem}
            said["readers"] = chance.sample(_GROUPS, 2)
            sidecar.write_text(json.dumps(said), encoding="utf-8")
        return kind

    def remove_one(self, chance: random.Random) -> str:
        """Delete one file; returns its path."""
        file = chance.choice(sorted(p for p in self.folder.rglob("*") if p.suffix in self.endings))
        file.unlink()
        file.with_name(f"{file.name}.meta.json").unlink(missing_ok=True)
        return str(file.relative_to(self.folder))

    def _add(self, chance: random.Random) -> None:
        folders = sorted(p for p in self.folder.iterdir() if p.is_dir())
        ending = chance.choice(self.endings)
        file = chance.choice(folders) / f"brief-{self._next()}{ending}"
        file.write_bytes(self.content(ending, chance))
        if self.titled or chance.random() < 0.5:
            said: Json = {"title": f"Beispiel {self._number}", "source_id": f"B-{self._number}"}
            if chance.random() < 0.5:
                said["readers"] = chance.sample(_GROUPS, 1)
            file.with_name(f"{file.name}.meta.json").write_text(json.dumps(said), encoding="utf-8")

    def content(self, ending: str, chance: random.Random) -> bytes:  # noqa: ARG002
        """Return what is in a file with this ending."""
        return invented(chance).encode()

    def _rights(self, folder: Path, chance: random.Random) -> None:
        said = {"readers": chance.sample(_GROUPS, 1)}
        (folder / ".aktensuche-rights.json").write_text(json.dumps(said), encoding="utf-8")

    def _next(self) -> int:
        self._number += 1
        return self._number


class MailCounterpart(FolderCounterpart):
    """A tree of folders with mails, each with two attachments."""

    titled = True

    def __init__(self, folder: Path, *, files: int, endings: tuple[str, ...] = (".eml", ".msg")) -> None:
        self.endings = endings
        super().__init__(folder, files=files)

    def content(self, ending: str, chance: random.Random) -> bytes:
        """Return a mail with attachments."""
        attached = {f"anlage-{n}.txt": invented(chance, 3).encode() for n in range(2)}
        if ending == ".msg":
            return outlook_mail("Beispiel", invented(chance, 3), attached)
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "a@beispiel.example", "b@beispiel.example", "Beispiel"
        mail.set_content(invented(chance, 3))
        for name, content in attached.items():
            mail.add_attachment(content, maintype="text", subtype="plain", filename=name)
        return mail.as_bytes()


class CouncilCounterpart:
    """A council's server, with invented papers and meetings or with given ones."""

    def __init__(self, council: Council, *, papers: int = 0, seed: int = 7) -> None:
        self.council, self._number = council, 0
        chance = random.Random(seed)
        for number in range(3 if papers else 0):
            place = council.at("organizations", f"o{number}")
            council.organizations[place] = {"id": place, "name": f"Beispielausschuss {number}"}
        for number in range(papers):
            self._add(chance)
            if number % 10 == 0:
                agenda = [{"number": "1", "name": invented(chance, 4), "public": True, "result": "beschlossen"}]
                agenda.append({"number": "2", "name": "Geheimes Grundstück", "public": False})
                council.add_meeting(
                    f"m{number}",
                    name=f"Sitzung {number}",
                    start="2025-02-03T18:00:00+01:00",
                    organization=[council.at("organizations", "o1")],
                    agendaItem=agenda,
                )

    def truth(self) -> Mapping[str, Holding]:
        """Return what the server holds; the words of papers and meetings are those that the connector writes."""
        names = {i: o["name"] for i, o in self.council.organizations.items()}
        held: dict[str, Holding] = {}
        for things, about, words, files in (
            (self.council.papers, objects.about_paper, objects.words_of_paper, objects.files_of_paper),
            (self.council.meetings, objects.about_meeting, objects.words_of_meeting, objects.files_of_meeting),
        ):
            for name, thing in things.items():
                if thing.get("deleted"):
                    continue
                said = about(thing, names)
                held[name] = _public(said.title, words(thing, names).encode())
                for attached in files(thing):
                    content = self.council.contents.get(content_of(attached.file))
                    if content is not None:
                        path = f"{name} {attached.file['id']}"
                        held[path] = _public(objects.about_file(attached, said).title, content)
        return held

    def change(self, chance: random.Random) -> str:
        """Change one thing as a council's office does."""
        kind = chance.choice(("add", "edit", "move", "rights", "delete"))
        papers = [p for p in self.council.papers.values() if not p.get("deleted")]
        paper = chance.choice(papers)
        files = paper.get("auxiliaryFile", [])
        if kind == "add":
            self._add(chance)
        elif kind == "edit":
            if files:
                file = chance.choice(files)
                self.council.contents[content_of(file)] = invented(chance).encode()
                self.council.change(file)
            self.council.change(paper, name=f"Geändert {chance.getrandbits(32):x}")
        elif kind == "move":
            # a file goes from one paper to another
            other = chance.choice(papers)
            if files and other is not paper:
                other.setdefault("auxiliaryFile", []).append(files.pop())
                self.council.change(other)
            self.council.change(paper)
        elif kind == "rights":
            # what was public in an agenda is so no longer
            for meeting in self.council.meetings.values():
                agenda = meeting.get("agendaItem", [])
                if agenda and agenda[0].get("public"):
                    agenda[0]["public"] = False
                    self.council.change(meeting)
                    break
            else:
                self.council.change(paper, paperType="Mitteilung")
        else:
            self.council.delete(paper)
        return kind

    def remove_one(self, chance: random.Random) -> str:
        """Delete one paper; returns its path."""
        name = chance.choice([n for n, p in self.council.papers.items() if not p.get("deleted")])
        self.council.delete(self.council.papers[name])
        return name

    def _add(self, chance: random.Random) -> None:
        self._number += 1
        n = self._number
        files = {f"anlage-{n}-{i}.txt": invented(chance).encode() for i in range(chance.randrange(3))}
        said: Json = {
            "name": f"Beispielvorlage {n}",
            "reference": f"2025/{n:04}",
            "date": "2025-01-31",
            "paperType": "Antrag",
            "underDirectionOf": [self.council.at("organizations", "o2")],
            "consultation": [{"role": "Beschluss", "organization": [self.council.at("organizations", "o0")]}],
        }
        self.council.add_paper(f"p{n}", files=files, **said)


def _public(title: str, content: bytes) -> Holding:
    return Holding(title=title, sha256=hashlib.sha256(content).hexdigest(), readers=(f"{TENANT}/alle",))
