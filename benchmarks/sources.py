"""`python -m benchmarks.sources [KIND…]`: each kind of source against a real counterpart, on the whole system.

Kinds: folder, oparl, xdomea, cmis, mail; without, all.

At least 1,000 records: first run, a run without any change, 50 random changes, and what is missing, extra or stale
afterwards in the ledger and in the engine; then how long a deletion takes to be gone while the source runs by itself.

The council's server holds all papers and meetings of one year of the Karlsruhe corpus with the text of their files. The
corpus is no part of this project: it is looked for in `AKTENSUCHE_CORPUS`, else in `../shared/corpus`.
"""

from __future__ import annotations

import contextlib
import json
import os
import ssl
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks import corpus
from indexer.source_look import Paths, SourceLook
from indexer.sync import SyncSummary
from local.layout import Layout
from local.processes import addresses, secret
from mappings import Field, index_name
from records.ledger import Ledger
from records.ledger_tables import State
from records.ledger_values import Source
from records.settings import LedgerSettings
from tests import chemistry
from tests.sources.cmis import PRINCIPALS, CmisCounterpart
from tests.sources.council import Council, Json
from tests.sources.counterparts import TENANT, CouncilCounterpart, FolderCounterpart, MailCounterpart
from tests.sources.proof import Counterpart, Holding, prove
from tests.sources.xdomea import UNITS, XdomeaCounterpart
from tests.stack import Stack, running

YEAR = "2019"
_HERE = "https://web1.karlsruhe.de/oparl/bodies/0001"
_GROUPS = ("alle", "bauamt", "hauptamt", "kaemmerei")
#: a file is settled when it is this old; the folder is given that time before each run
_SETTLE_SECONDS = 1.0
#: reconcile takes a file that was touched so lately as one that is being written, and does not call it changed
_LOOK_SETTLES_SECONDS = 10.5
_EVERY_SECONDS = 30
_GONE_WITHIN = 300.0
_RUN_SECONDS = 3_000


@dataclass(frozen=True)
class Prepared:
    """A counterpart, and how the file of sources names it."""

    counterpart: Counterpart
    kind: str
    location: str
    settings: Mapping[str, Any]


@contextmanager
def folder() -> Iterator[Prepared]:
    """1,200 files in 24 folders with rights files."""
    with tempfile.TemporaryDirectory(prefix="aktensuche-share-") as name:
        place = Path(name)
        place.chmod(0o755)
        yield Prepared(
            FolderCounterpart(place, files=1_200), "folder", os.path.realpath(name), {"path": name, "settle": "1s"}
        )


@contextmanager
def oparl() -> Iterator[Prepared]:
    """One year of the council's papers and meetings."""
    council = Council()
    with council.serving() as address:
        _fill(council, YEAR)
        settings: dict[str, Any] = {"url": address, "networks": ["127.0.0.0/8"], "requests_per_second": 100}
        yield Prepared(CouncilCounterpart(council), "oparl", address, settings)


@contextmanager
def mail() -> Iterator[Prepared]:
    """1,000 mails of both kinds, with two attachments each."""
    with tempfile.TemporaryDirectory(prefix="aktensuche-mails-") as name:
        place = Path(name)
        place.chmod(0o755)
        yield Prepared(
            MailCounterpart(place, files=1_000), "folder", os.path.realpath(name), {"path": name, "settle": "1s"}
        )


@contextmanager
def xdomea() -> Iterator[Prepared]:
    """1,000 documents in packages of versions 2.4, 3.0 and 4.0."""
    with tempfile.TemporaryDirectory(prefix="aktensuche-packages-") as name:
        place = Path(name)
        place.chmod(0o755)
        groups: Any = {unit: list(names) for unit, names in UNITS.items()}
        yield Prepared(XdomeaCounterpart(place, documents=1_000), "xdomea", name, {"path": name, "groups": groups})


@contextmanager
def cmis() -> Iterator[Prepared]:
    """1,000 documents of a real CMIS server."""
    cache = Layout.from_environment().cache
    chemistry.provide(cache)
    with chemistry.running_chemistry(cache) as address:
        os.environ["AKTENSUCHE_CMIS_SECRET"] = "x"  # noqa: S105  the server takes any
        settings: dict[str, Any] = {
            "url": address,
            "networks": ["127.0.0.0/8"],
            "requests_per_second": 100,
            "full_every": "0s",
            "groups": {name: list(groups) for name, groups in PRINCIPALS.items()},
            "credentials": {"user": chemistry.USER, "secret_env": "AKTENSUCHE_CMIS_SECRET"},
        }
        yield Prepared(CmisCounterpart(address, documents=1_000), "cmis", address, settings)


COUNTERPARTS: dict[str, Callable[[], AbstractContextManager[Prepared]]] = {
    "folder": folder,
    "oparl": oparl,
    "xdomea": xdomea,
    "cmis": cmis,
    "mail": mail,
}


@dataclass
class StackSide:
    """The running system as the proof sees it: the command line, the ledger's tables, the engine's documents."""

    stack: Stack
    name: str
    prepared: Prepared
    ledger: Ledger

    def run(self) -> SyncSummary:
        """Bring the source up to date by hand."""
        time.sleep(_SETTLE_SECONDS)
        return SyncSummary(**self.stack.json("sync", self.name, timeout=_RUN_SECONDS))

    def in_ledger(self) -> Mapping[str, Holding]:
        """Read the ledger's tables."""
        return {
            path: Holding(
                title=known.metadata.get("title") or Path(known.file_name).stem,
                sha256=known.sha256 or "",
                readers=tuple(known.access["readers"]),
            )
            for path, known in self.ledger.known(self._source()).items()
            if known.state is State.INDEXED
        }

    def named(self) -> AbstractSet[str]:
        """Return what is in quarantine."""
        known = self.ledger.known(self._source())
        return {path for path, one in known.items() if one.state is State.QUARANTINED}

    def in_index(self) -> Mapping[str, Holding]:
        """Read the engine as its administrator, past everything of ours."""
        paths = self._paths()
        found: dict[str, Holding] = {}
        with self._engine() as engine:
            asked = {
                "size": 10_000,
                "_source": [Field.RECORD_ID, Field.PARENT_ID, Field.TITLE, Field.READERS, Field.SHA256],
                "query": {"term": {Field.SOURCE: self._source().name}},
                "track_total_hits": True,
            }
            engine.post(f"/{index_name(TENANT)}/_refresh").raise_for_status()
            hits = engine.post(f"/{index_name(TENANT)}/_search", json=asked).raise_for_status().json()["hits"]
        if hits["total"]["value"] != len(hits["hits"]):
            raise SystemExit("more records than the engine shows at once")
        for hit in hits["hits"]:
            said = hit["_source"]
            if said.get(Field.PARENT_ID):
                continue  # members follow what they came in
            path = paths.get(said[Field.RECORD_ID], said[Field.RECORD_ID])
            found[path] = Holding(said[Field.TITLE], said[Field.SHA256], tuple(said[Field.READERS]))
        return found

    def look(self) -> SourceLook:
        """Ask the product's own command."""
        time.sleep(_LOOK_SETTLES_SECONDS)
        told = self.stack.json("reconcile", "--sources", "--tenant", TENANT, timeout=_RUN_SECONDS)
        (one,) = (one for one in told["sources"] if one["location"] == self.prepared.location)
        seen = {name: Paths(one[name]["number"], tuple(one[name]["named"])) for name in ("unknown", "changed", "gone")}
        return SourceLook(one["source"], one["tenant"], one["location"], one["shown"], error=one["error"], **seen)

    def gone(self, path: str) -> float:
        """Let the source run by itself, and wait until the record is found no more by those who could read it."""
        began = time.monotonic()
        record_id = {p: i for i, p in self._paths().items()}[path]
        configure(self.stack, self.name, self.prepared, every=True)
        with self.stack.client(TENANT, _GROUPS, ("records-manager",)) as client:
            while client.get(f"/v1/records/{record_id}").status_code != 404:  # noqa: PLR2004
                if time.monotonic() - began > _GONE_WITHIN:
                    raise SystemExit(f"{path} was still found after {_GONE_WITHIN:.0f} s\n{self.stack.output()}")
                time.sleep(0.5)
        return time.monotonic() - began

    def _source(self) -> Source:
        return self.ledger.source(TENANT, self.prepared.kind, self.prepared.location)

    def _paths(self) -> dict[str, str]:
        ids = {known.id: path for path, known in self.ledger.known(self._source()).items()}
        return {entry.record_id: ids[entry.id] for entry in self.ledger.entries(list(ids))}

    @contextmanager
    def _engine(self) -> Iterator[httpx.Client]:
        layout = Layout(self.stack.data, self.stack.data)
        trust = ssl.create_default_context(cafile=str(secret(layout, "ca.crt")))
        trust.load_cert_chain(secret(layout, "admin.crt"), secret(layout, "admin.key"))
        where = addresses(self.stack.state["ports"])["engine"]
        with httpx.Client(base_url=where, verify=trust, timeout=60, trust_env=False) as http:
            yield http


def configure(stack: Stack, name: str, prepared: Prepared, *, every: bool = False) -> None:
    """Write the file of sources."""
    said = {"kind": prepared.kind, "tenant": TENANT, **prepared.settings}
    if every:
        said["every"] = f"{_EVERY_SECONDS}s"
    lines = [f"[sources.{name}]", *(f"{key} = {_toml(value)}" for key, value in said.items())]
    place = stack.data / "sources.toml"
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")
    place.chmod(0o644)


def _toml(value: object) -> str:
    """Return a value as TOML writes it: as JSON does, but for tables."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def main() -> None:
    """Prove each kind that was named, or all."""
    names = sys.argv[1:] or list(COUNTERPARTS)
    if unknown := sorted(set(names) - set(COUNTERPARTS)):
        raise SystemExit(f"{', '.join(unknown)}: choose of {', '.join(COUNTERPARTS)}")
    held = True
    for name in names:
        with COUNTERPARTS[name]() as prepared, running("--no-sample") as stack:
            configure(stack, name, prepared)
            ledger = Ledger(LedgerSettings(url=f"sqlite:///{stack.data}/ledger.sqlite"))
            with contextlib.closing(ledger):
                side = StackSide(stack, name, prepared, ledger)
                proof = prove(name, prepared.counterpart, side, gone=side.gone)
                quarantined = stack.json("quarantine", "list", "--tenant", TENANT)
                compared = json.loads(stack.cli("reconcile", "--tenant", TENANT, "--json", check=False).stdout)
            print(proof.report())
            (found,) = compared["tenants"]
            print(
                f"  aktensuche reconcile: {', '.join(f'{found[key]} {key}' for key in ('missing', 'extra', 'stale'))}"
            )
            reasons = Counter(one["reason"] for one in quarantined)
            print("  in quarantine:", "; ".join(f"{count}: {reason}" for reason, count in reasons.most_common()))
            held = held and proof.holds and compared["agrees"]
    sys.exit(0 if held else 1)


def _fill(council: Council, year: str) -> None:
    """Take in the papers and meetings of a year as they are, with addresses of this server."""
    place = corpus.folder()
    if place is None:
        raise SystemExit("the corpus is missing; AKTENSUCHE_CORPUS names its folder")
    with tempfile.TemporaryDirectory(prefix="aktensuche-council-") as name:
        corpus.unpack(place / "karlsruhe-oparl.tar.zst", Path(name))
        (listed,) = Path(name).rglob("papers.jsonl")
        papers, meetings = (_objects(listed.with_name(f"{kind}.jsonl"), council) for kind in ("papers", "meetings"))
        council.papers |= {one["id"]: one for one in papers if str(one.get("date")).startswith(year)}
        council.meetings |= {one["id"]: one for one in meetings if str(one.get("start")).startswith(year)}
        for text in _objects(listed.with_name("files.jsonl"), council):
            if text["paper"] in council.papers and text["text"].strip():
                council.contents[_key(text)] = text["text"].encode("utf-8", "replace")
        organizations = json.loads(_local(listed.with_name("organizations.json").read_text("utf-8"), council))
        council.organizations |= {one["id"]: one for one in organizations}
    for file in _files_in([*council.papers.values(), *council.meetings.values()]):
        file["accessUrl"] = f"{council.base}/content/{_key(file)}"
        file.pop("downloadUrl", None)
    # later than everything that is dated in it
    council.now = council.now.replace(year=2030)


def _key(file: Json) -> str:
    return str(file["id"]).rpartition("/")[2] + ".txt"


def _files_in(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        if str(value.get("type", "")).endswith("/File"):
            yield value
        for inner in value.values():
            yield from _files_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _files_in(inner)


def _objects(file: Path, council: Council) -> Iterator[Json]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(_local(line, council))


def _local(text: str, council: Council) -> str:
    return text.replace(_HERE, council.base)


if __name__ == "__main__":
    main()
