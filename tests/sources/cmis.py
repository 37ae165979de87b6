"""A real CMIS server as a counterpart: documents with versions and access lists, changed over the browser binding."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tests.chemistry import USER
from tests.sources.counterparts import TENANT, invented
from tests.sources.proof import Holding

#: principals of the server, and the groups that the settings of the tests make of them
PRINCIPALS = {"dms-bau": ("bauamt",), "dms-leitung": ("leitung", "hauptamt"), "anyone": ("alle",)}
_OF_DOCUMENTS = ("dms-bau", "dms-leitung")


@dataclass
class Document:
    """A document as it should be."""

    object_id: str
    name: str
    content: bytes
    principals: tuple[str, ...]


class CmisCounterpart:
    """A repository, by version series."""

    def __init__(self, url: str, *, documents: int, seed: int = 7) -> None:
        self._http = httpx.Client(auth=(USER, "x"), timeout=60, trust_env=False)
        (about,) = self._http.get(url).raise_for_status().json().values()
        self._root, self._number = about["rootFolderUrl"], 0
        self.documents: dict[str, Document] = {}
        chance = random.Random(seed)
        self.folders = [self._folder(f"Amt {n}") for n in range(3)]
        for _ in range(documents):
            self.add(chance)

    def close(self) -> None:
        self._http.close()

    def truth(self) -> Mapping[str, Holding]:
        """Return what the repository holds."""
        return {
            series: Holding(
                title=document.name,
                sha256=hashlib.sha256(document.content).hexdigest(),
                readers=tuple(sorted(f"{TENANT}/{g}" for p in document.principals for g in PRINCIPALS.get(p, ()))),
            )
            for series, document in self.documents.items()
        }

    def change(self, chance: random.Random) -> str:
        """Change one thing as people at a document management system do."""
        kind = chance.choice(("add", "edit", "move", "rights", "delete"))
        series = chance.choice(sorted(self.documents))
        document = self.documents[series]
        if kind == "add":
            self.add(chance)
        elif kind == "edit":
            self.new_version(document, invented(chance).encode())
        elif kind == "move":
            self._number += 1
            document.name = f"umbenannt-{self._number}.txt"
            self._act(document.object_id, "update", **_properties({"cmis:name": document.name}))
            source = self._parent(document.object_id)
            target = chance.choice([f for f in self.folders if f != source])
            self._act(document.object_id, "move", sourceFolderId=source, targetFolderId=target)
        elif kind == "rights":
            self.rights(document, (chance.choice([p for p in _OF_DOCUMENTS if p not in document.principals[:1]]),))
        else:
            self._act(document.object_id, "delete", allVersions="true")
            del self.documents[series]
        return kind

    def remove_one(self, chance: random.Random) -> str:
        """Delete a document; returns its version series."""
        series = chance.choice(sorted(self.documents))
        self._act(self.documents.pop(series).object_id, "delete", allVersions="true")
        return series

    def add(self, chance: random.Random, principals: Sequence[str] | None = None) -> str:
        """Add a document; returns its version series."""
        self._number += 1
        name, content = f"schreiben-{self._number}.txt", invented(chance).encode()
        said = self._act(
            chance.choice(self.folders),
            "createDocument",
            content=content,
            versioningState="major",
            **_properties({"cmis:name": name, "cmis:objectTypeId": "VersionableType"}),
        )["succinctProperties"]
        document = Document(said["cmis:objectId"], name, content, ("anyone",))
        self.rights(document, tuple(principals or (chance.choice(_OF_DOCUMENTS),)))
        self.documents[said["cmis:versionSeriesId"]] = document
        return str(said["cmis:versionSeriesId"])

    def new_version(self, document: Document, content: bytes) -> None:
        """Check a document out and in again."""
        copy = self._act(document.object_id, "checkOut")["succinctProperties"]["cmis:objectId"]
        said = self._act(copy, "checkIn", content=content, major="true")["succinctProperties"]
        document.object_id, document.content = said["cmis:objectId"], content
        self.rights(document, document.principals)

    def rights(self, document: Document, principals: tuple[str, ...]) -> None:
        """Let these read a document, and nobody else but the administrator."""
        asked = {"objectId": document.object_id, "cmisselector": "acl"}
        aces = self._http.get(self._root, params=asked).raise_for_status().json()["aces"]
        said: dict[str, str] = {}
        for number, (principal, permission) in enumerate([(USER, "cmis:all"), *((p, "cmis:read") for p in principals)]):
            said |= {f"addACEPrincipal[{number}]": principal, f"addACEPermission[{number}][0]": permission}
        old = [(a["principal"]["principalId"], p) for a in aces for p in a["permissions"]]
        kept = {USER, *principals}
        for number, (principal, permission) in enumerate((w, p) for w, p in old if w not in kept):
            said |= {f"removeACEPrincipal[{number}]": principal, f"removeACEPermission[{number}][0]": permission}
        self._act(document.object_id, "applyACL", **said)
        document.principals = principals

    def _folder(self, name: str) -> str:
        said = self._act(None, "createFolder", **_properties({"cmis:name": name, "cmis:objectTypeId": "cmis:folder"}))
        return str(said["succinctProperties"]["cmis:objectId"])

    def _parent(self, object_id: str) -> str:
        asked = {"objectId": object_id, "cmisselector": "parents", "succinct": "true"}
        (parent,) = self._http.get(self._root, params=asked).raise_for_status().json()
        return str(parent["object"]["succinctProperties"]["cmis:objectId"])

    def _act(self, object_id: str | None, action: str, *, content: bytes | None = None, **said: str) -> Any:
        answer = self._http.post(
            self._root,
            params={"objectId": object_id} if object_id else {},
            data={"cmisaction": action, "succinct": "true", **said},
            files={"content": ("inhalt.txt", content, "text/plain")} if content is not None else None,
        )
        assert answer.is_success, f"{action}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else {}


def _properties(said: Mapping[str, str]) -> dict[str, str]:
    numbered = enumerate(said.items())
    return {
        key: value
        for n, (name, value) in numbered
        for key, value in ((f"propertyId[{n}]", name), (f"propertyValue[{n}]", value))
    }
