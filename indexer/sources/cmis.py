"""A document management system as a source, over CMIS 1.1 and its browser binding (JSON).

Documents are told by their version series, as their latest version; working copies are nobody's yet. In between full
listings only what was modified since is asked for. Rights do not count as a modification in CMIS, and nothing tells of
what was deleted, so a full listing asks for the rights of each document; `full_every` says how long that may wait.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO, Literal
from urllib.parse import urlencode

from pydantic import Field, field_validator

from indexer.sidecar import SidecarError, parse
from indexer.sources.http import HttpSettings, SourceClient, credentials
from indexer.sources.protocol import (
    Checkpoint,
    Description,
    Item,
    ItemError,
    PassBegins,
    PassEnds,
    Reached,
    SourceUnavailableError,
    Step,
)
from indexer.sources.settings import Credentials, Duration, SourceSettings, Surroundings
from records.access import Reader
from records.errors import InvalidInputError
from records.ledger_values import Fault
from records.settings import ServiceUrl

Json = dict[str, Any]

_READS = frozenset({"cmis:read", "cmis:write", "cmis:all"})
_SERIES, _ID, _CHANGED = "cmis:versionSeriesId", "cmis:objectId", "cmis:lastModificationDate"
#: what a document says of itself by default, as a sidecar would say it
_PROPERTIES = {"title": "cmis:name", "date": "cmis:creationDate"}
_SIDECAR_FIELDS = frozenset(
    {
        *("title", "file_reference", "file_plan", "document_type", "department", "case_type", "case_reference"),
        *("date", "retention_end", "confidentiality", "privacy_class"),
    }
)
_MOST_PAGES = 1_000_000


class CmisSettings(SourceSettings, HttpSettings):
    """A repository of a CMIS server."""

    kind: Literal["cmis"] = "cmis"
    #: the address of the browser binding
    url: ServiceUrl
    #: the repository's id; may be left out where there is only one
    repository: str | None = None
    #: groups by the name that the server's access lists have for somebody; whoever is not named here reads nothing
    groups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    #: permissions of the server that let somebody read
    read_permissions: frozenset[str] = _READS
    #: fields of records by properties of the server, such as {file_reference = "dms:aktenzeichen"}
    properties: dict[str, str] = Field(default_factory=dict)
    page_size: int = Field(default=500, ge=1, le=10_000)
    overlap: Duration = dt.timedelta(hours=1)
    full_every: Duration = dt.timedelta(days=1)
    credentials: Credentials | None = None

    @field_validator("properties")
    @classmethod
    def _known(cls, value: dict[str, str]) -> dict[str, str]:
        unknown = sorted(value.keys() - _SIDECAR_FIELDS)
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: unknown; known are {', '.join(sorted(_SIDECAR_FIELDS))}")
        return value

    @property
    def location(self) -> str:
        """The address and the repository."""
        return f"{self.url} {self.repository or ''}".strip()

    def connect(self, surroundings: Surroundings) -> CmisSource:  # noqa: ARG002
        """Make the connector; asks nothing yet. ValueError where a group's name is none."""
        for name in (n for names in self.groups.values() for n in names):
            try:
                Reader.parse(name, own_tenant=self.tenant)
            except InvalidInputError as error:
                raise ValueError(f"{name[:60]!r} is no group of {self.tenant}") from error
        signed_in = credentials(self.credentials.user, self.credentials.secret()) if self.credentials else None
        return CmisSource(self, SourceClient(self.url, self, auth=signed_in))


@dataclass(frozen=True, kw_only=True)
class CmisItem(Item):
    """A document as its latest version."""

    properties: Mapping[str, Any]
    readers: tuple[str, ...]
    settings: CmisSettings
    fetch: Callable[[str], BinaryIO] = field(compare=False, repr=False)

    def describe(self) -> Description:
        """Say what the server says; the same checks as for a sidecar."""
        names = _PROPERTIES | self.settings.properties
        said: Json = {name: _plain(self.properties.get(source), name) for name, source in names.items()}
        used = set(names.values())
        said |= {
            name: value
            for name, value in self.properties.items()
            if value not in (None, "", []) and name not in used and not name.startswith("cmis:")
        }
        said |= {"readers": list(self.readers), "source_id": self.path, "version": self.properties.get(_LABEL)}
        try:
            metadata, access = parse(json.dumps(said).encode(), tenant=self.settings.tenant)
        except SidecarError as error:
            raise ItemError(Fault(error.fault.reason, error.fault.detail)) from error
        return Description(metadata, access)

    def open(self) -> BinaryIO:
        """Open the content of this very version."""
        return self.fetch(str(self.properties[_ID]))


_LABEL = "cmis:versionLabel"


@dataclass
class _Memory:
    """What is remembered from run to run, in the server's milliseconds and our seconds since 1970."""

    since: int | None = None
    full_at: float = 0.0


class CmisSource:
    """One repository for one tenant."""

    def __init__(self, settings: CmisSettings, client: SourceClient) -> None:
        self._settings, self._client = settings, client
        self._repository: Json | None = None
        self._standing: frozenset[str] | None = None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def listing(self, checkpoint: Checkpoint | None) -> Iterator[Step]:
        """Tell all documents with their rights, or those modified since; SourceUnavailableError."""
        memory = _Memory(**(checkpoint or {}))
        newest = memory.since or 0
        full = memory.since is None or not 0 <= time.time() - memory.full_at < self._full_every
        if full:
            yield PassBegins()
        for found in self._documents(None if full else memory.since):
            newest = max(newest, _number(found.get(_CHANGED)))
            item = self._item(found)
            if item is not None:
                yield item
        if full:
            yield PassEnds()
            memory.full_at = time.time()
        memory.since = newest
        yield Reached(asdict(memory))

    def is_gone(self, path: str) -> bool:
        """List what there is once more, once in a run."""
        if self._standing is None:
            self._standing = frozenset(str(found[_SERIES]) for found in self._documents(None))
        return path not in self._standing

    @property
    def _full_every(self) -> float:
        return self._settings.full_every.total_seconds()

    def _documents(self, since: int | None) -> Iterator[Json]:
        """Yield the properties of the latest versions, all or those modified since a moment, page by page."""
        asked = "SELECT * FROM cmis:document"
        if since is not None:
            begin = dt.datetime.fromtimestamp(since / 1000, dt.UTC) - self._settings.overlap
            asked += f" WHERE {_CHANGED} >= TIMESTAMP '{begin:%Y-%m-%dT%H:%M:%S}.000Z'"
        asked += f" ORDER BY {_CHANGED}"
        told = 0
        for _ in range(_MOST_PAGES):
            page = self._json(
                self._about()["repositoryUrl"],
                cmisselector="query",
                q=asked,
                searchAllVersions="false",
                succinct="true",
                maxItems=self._settings.page_size,
                skipCount=told,
            )
            results = page.get("results") if isinstance(page, dict) else None
            if not isinstance(results, list):
                raise SourceUnavailableError(f"{self._settings.url} answers a query with something else than results")
            for result in results:
                found = result.get("succinctProperties") if isinstance(result, dict) else None
                if not isinstance(found, dict) or not found.get(_SERIES) or not found.get(_ID):
                    raise SourceUnavailableError(f"{self._settings.url} lists something without a version series")
                if found.get("cmis:isLatestVersion") is not False and not found.get("cmis:isPrivateWorkingCopy"):
                    yield found
            told += len(results)
            if not page.get("hasMoreItems"):
                return
            if not results:
                raise SourceUnavailableError(f"{self._settings.url} promises more documents and lists none")
        raise SourceUnavailableError(f"{self._settings.url} lists without an end")

    def _item(self, found: Json) -> CmisItem | None:
        try:
            whole = self._json(
                self._about()["rootFolderUrl"],
                objectId=found[_ID],
                cmisselector="object",
                includeACL="true",
                succinct="true",
            )
        except LookupError:
            return None  # deleted since it was listed; the next full listing knows
        said = whole.get("succinctProperties") if isinstance(whole, dict) else None
        properties = said if isinstance(said, dict) else found
        readers = self._readers(whole.get("acl") if isinstance(whole, dict) else None)
        stamp = json.dumps([properties, readers, sorted(self._settings.properties.items())], sort_keys=True)
        name = str(properties.get("cmis:contentStreamFileName") or properties.get("cmis:name") or found[_ID])
        return CmisItem(
            path=_as_path(str(found[_SERIES])),
            file_name=name[:1000],
            fingerprint=hashlib.sha256(stamp.encode("utf-8", "replace")).hexdigest(),
            size=_number(properties.get("cmis:contentStreamLength")) or None,
            modified_at=_number(properties.get(_CHANGED)) / 1000,
            properties=properties,
            readers=readers,
            settings=self._settings,
            fetch=self._content,
        )

    def _readers(self, acl: object) -> tuple[str, ...]:
        """Return the groups that an access list opens a document to; whoever is not understood opens nothing."""
        entries = acl.get("aces") if isinstance(acl, dict) else None
        names: set[str] = set()
        for entry in entries if isinstance(entries, list) else ():
            principal = entry.get("principal", {}).get("principalId") if isinstance(entry, dict) else None
            # SECURITY: a principal that nobody wrote down is nobody, and a permission that is unknown opens nothing.
            if self._settings.read_permissions & set(entry.get("permissions") or ()):
                names.update(self._settings.groups.get(str(principal), ()))
        return tuple(sorted(names))

    def _content(self, object_id: str) -> BinaryIO:
        query = urlencode({"objectId": object_id, "cmisselector": "content"})
        return self._client.open(f"{self._about()['rootFolderUrl']}?{query}")

    def _about(self) -> Json:
        """Return what the server says of the repository; asked once in a run."""
        if self._repository is None:
            told = self._found(self._settings.url)
            wanted = self._settings.repository
            if wanted is None and len(told) == 1:
                (wanted,) = told
            one = told.get(wanted or "")
            if not isinstance(one, dict) or not {"repositoryUrl", "rootFolderUrl"} <= one.keys():
                raise SourceUnavailableError(
                    f"{self._settings.url} has the repositories {', '.join(sorted(told))}; name one as 'repository'"
                )
            self._repository = one
        return self._repository

    def _found(self, url: str) -> Json:
        try:
            told = self._client.json(url)
        except LookupError as error:
            raise SourceUnavailableError(str(error)) from error
        if not isinstance(told, dict):
            raise SourceUnavailableError(f"{url} is no browser binding of CMIS")
        return told

    def _json(self, url: str, **asked: object) -> Any:
        return self._client.json(f"{url}?{urlencode(asked)}")


def _plain(value: object, name: str) -> object:
    """Return a property as a sidecar would hold it: one value, a date as a date."""
    if isinstance(value, list):
        value = value[0] if value else None
    if name in {"date", "retention_end"} and isinstance(value, int):
        return dt.datetime.fromtimestamp(value / 1000, dt.UTC).date().isoformat()
    return value


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _as_path(series: str) -> str:
    """Return a version series as a path: without what paths must not hold."""
    return "".join(c if c.isprintable() else "_" for c in series).replace("!/", "_/")
