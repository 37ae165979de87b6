"""A council's OParl 1.1 server as a source: papers and meetings of its bodies, with their files.

Two ways of listing. A full one walks every page of every list, in as many runs as it takes; it is due at first, every
few days, and whenever the server gives no dates to go by. In between, only what was modified since is asked for, by the
server's own clock and with an overlap, because a server may publish late what it dates early. The watermark of that is
only ever moved by a listing that came to its end.
"""

from __future__ import annotations

import datetime as dt
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO, Literal

import httpx
from pydantic import Field

from indexer.sources import oparl_objects as objects
from indexer.sources.http import ForeignAddressError, HttpSettings, SourceClient, credentials
from indexer.sources.oparl_objects import Attached, Json, Names
from indexer.sources.protocol import (
    Checkpoint,
    Description,
    Gone,
    Item,
    ItemError,
    PassBegins,
    PassEnds,
    Reached,
    SourceUnavailableError,
    Step,
    Within,
)
from indexer.sources.settings import Credentials, Duration, SourceSettings, Surroundings
from records.access import ReadAccess, Reader
from records.ledger_values import Fault, metadata_to_json
from records.reasons import Reason
from records.record import Metadata
from records.release import Grounds
from records.settings import ServiceUrl

#: the lists of a body that are walked, in this order
_LISTS = ("paper", "meeting")
#: what could not be fetched for the moment is asked for again first thing, up to this many
_AGAIN = 1_000
_KEPT_PARENTS = 50


class PageError(SourceUnavailableError):
    """A page is none, or the list does not add up: going on from there would lead nowhere."""


class OParlSettings(SourceSettings, HttpSettings):
    """An OParl server. What it shows is public: everybody in the house reads it, and so do the partners."""

    kind: Literal["oparl"] = "oparl"
    #: the address of its System object
    url: ServiceUrl
    #: only these bodies, by their ids; without, all
    bodies: tuple[str, ...] = ()
    overlap: Duration = dt.timedelta(days=1)
    full_every: Duration = dt.timedelta(days=7)
    credentials: Credentials | None = None
    #: whether partners see it without being named one by one; a records manager can take that back for good
    release: bool = True
    purpose: str = Field(default="Öffentliche Unterlagen des Ratsinformationssystems", max_length=200)
    legal_basis: str = Field(default="Öffentlichkeit der Sitzungen (§ 52 HGO)", max_length=200)

    @property
    def location(self) -> str:
        """The address of the server."""
        return self.url

    @property
    def public(self) -> Grounds | None:
        """Why partners may see it."""
        return Grounds(self.purpose, self.legal_basis) if self.release else None

    def connect(self, surroundings: Surroundings) -> OParlSource:  # noqa: ARG002
        """Make the connector; asks nothing yet."""
        signed_in = credentials(self.credentials.user, self.credentials.secret()) if self.credentials else None
        return OParlSource(self, SourceClient(self.url, self, auth=signed_in))


@dataclass(frozen=True, kw_only=True)
class CouncilItem(Item):
    """A paper, a meeting, or a file of one."""

    about: Metadata
    tenant: str
    #: what is written down of a paper or meeting; None for files
    words: str | None = None
    attached: Attached | None = None
    fetch: Callable[[Attached], BinaryIO] | None = field(default=None, compare=False, repr=False)

    def describe(self) -> Description:
        """Say what it is; everybody in the house may read it."""
        # SECURITY: OParl shows what is public and nothing else; "alle" is the house, partners come by a release.
        return Description(self.about, ReadAccess(self.tenant, frozenset({Reader(self.tenant, "alle")})))

    def open(self) -> BinaryIO:
        """Open the file, or what is written down."""
        if self.attached is not None and self.fetch is not None:
            return self.fetch(self.attached)
        return io.BytesIO((self.words or "").encode("utf-8", "replace"))


@dataclass
class _Place:
    """Where a full listing is: which body, which of its lists, which page, and how many it has told of that list."""

    body: int = 0
    list: int = 0
    page: str | None = None
    told: int = 0


@dataclass
class _Memory:
    """What is remembered from run to run."""

    #: changes before this are known (ISO 8601, the server's clock)
    since: str | None = None
    #: the newest that was seen; becomes `since` at the end of a listing
    newest: str | None = None
    #: when the last full listing ended (seconds since 1970, our clock)
    full_at: float = 0.0
    place: _Place | None = None
    #: list and id of what is to be asked for once more
    again: list[list[str]] = field(default_factory=list)

    @classmethod
    def of(cls, checkpoint: Checkpoint | None) -> _Memory:
        said = dict(checkpoint or {})
        place = said.pop("place", None)
        return cls(**said, place=_Place(**place) if place else None)

    def saw(self, thing: Json) -> None:
        moment = objects.moment_of(thing)
        if moment is not None and (self.newest is None or moment > dt.datetime.fromisoformat(self.newest)):
            self.newest = moment.isoformat()


class OParlSource:
    """One server for one tenant."""

    def __init__(self, settings: OParlSettings, client: SourceClient) -> None:
        self._settings, self._client = settings, client
        self._failed: dict[str, str] = {}
        self._parents: dict[str, Json | None] = {}
        self._names: Names = {}

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    # what there is

    def listing(self, checkpoint: Checkpoint | None) -> Iterator[Step]:
        """Tell what there is, or what changed; SourceUnavailableError where a page cannot be had, or only half."""
        memory = _Memory.of(checkpoint)
        bodies = list(self._bodies())
        self._names = self._organizations(bodies)
        for kind, name in memory.again:
            yield from self._once_more(kind, name)
        memory.again = []
        if self._full_is_due(memory):
            if memory.place is None:
                yield PassBegins()
                memory.place, memory.newest = _Place(), None
            yield from self._everything(bodies, memory, memory.place)
            yield PassEnds()
            memory.place, memory.full_at = None, time.time()
        else:
            for body in bodies:
                for kind in _LISTS:
                    for page in self._pages(self._since(_address(body, kind), memory.since)):
                        yield from self._told(kind, page["data"], memory)
        memory.since = memory.newest
        yield Reached(asdict(memory))
        if self._failed:
            # what was told has been fetched by now, or could not be
            memory.again = [[kind, name] for name, kind in list(self._failed.items())[:_AGAIN]]
            yield Reached(asdict(memory))

    def _full_is_due(self, memory: _Memory) -> bool:
        age = time.time() - memory.full_at
        # a clock that was set back must not put it off for ever
        return (
            memory.place is not None or memory.since is None or not 0 <= age < self._settings.full_every.total_seconds()
        )

    def _everything(self, bodies: list[Json], memory: _Memory, place: _Place) -> Iterator[Step]:
        try:
            while place.body < len(bodies):
                yield from self._whole_list(bodies[place.body], memory, place)
                last = place.list + 1 == len(_LISTS)
                place.body, place.list, place.page, place.told = (
                    place.body + last,
                    0 if last else place.list + 1,
                    None,
                    0,
                )
        except (PageError, ForeignAddressError):
            # the next full listing begins anew
            memory.place = None
            yield Reached(asdict(memory))
            raise

    def _whole_list(self, body: Json, memory: _Memory, place: _Place) -> Iterator[Step]:
        kind = _LISTS[place.list]
        first = _address(body, kind)
        ids: set[str] = set()
        total: int | None = None
        for page in self._pages(place.page or first):
            yield from self._told(kind, page["data"], memory)
            ids |= {name for thing in page["data"] if (name := objects.identifier(thing)) is not None}
            total = _total(page)
            if page["next"] is not None:
                reached = _Place(place.body, place.list, page["next"], place.told + len(ids))
                yield Reached(asdict(memory) | {"place": asdict(reached)})
        if total is not None and place.told + len(ids) < total:
            raise PageError(f"{first} showed {place.told + len(ids)} of {total} objects")

    def _told(self, kind: str, things: list[Any], memory: _Memory) -> Iterator[Step]:
        for thing in things:
            if isinstance(thing, dict) and objects.identifier(thing) is not None:
                memory.saw(thing)
                yield from self._steps(kind, thing)

    def _steps(self, kind: str, thing: Json) -> Iterator[Step]:
        name = objects.identifier(thing) or ""
        path, inside = objects.path_of(name), objects.path_of(name, "")
        if objects.deleted(thing):
            yield Gone(path)
            yield Within(inside, frozenset())
            return
        paper = kind == "paper"
        about = (objects.about_paper if paper else objects.about_meeting)(thing, self._names)
        words = (objects.words_of_paper if paper else objects.words_of_meeting)(thing, self._names)
        files = list((objects.files_of_paper if paper else objects.files_of_meeting)(thing))
        yield CouncilItem(
            path=path,
            file_name=f"{'vorlage' if paper else 'sitzung'}.txt",
            fingerprint=objects.fingerprint_of(words, metadata_to_json(about)),
            about=about,
            tenant=self._settings.tenant,
            words=words,
        )
        items = [self._file(kind, name, attached, about) for attached in files]
        yield from items
        yield Within(inside, frozenset(item.path for item in items))

    def _file(self, kind: str, parent: str, attached: Attached, about: Metadata) -> CouncilItem:
        said = objects.about_file(attached, about)
        tells = objects.tells_changes(attached.file)
        moment = objects.moment_of(attached.file)

        def fetch(asked: Attached) -> BinaryIO:
            return self._fetch(asked, lambda: self._failed.update({parent: kind}))

        return CouncilItem(
            path=objects.path_of(parent, objects.identifier(attached.file)),
            file_name=objects.name_of_file(attached.file),
            fingerprint=objects.fingerprint_of(attached.file, metadata_to_json(said)) if tells else None,
            modified_at=moment.timestamp() if moment is not None else None,
            about=said,
            tenant=self._settings.tenant,
            attached=attached,
            fetch=fetch,
        )

    def _fetch(self, attached: Attached, failed: Callable[[], object]) -> BinaryIO:
        file = attached.file
        if set(file) == {"id"}:
            file = self._named_only(str(file["id"]), failed)
        address = objects.address_of(file)
        if address is not None:
            return self._client.open(address, failed)
        if isinstance(text := file.get("text"), str):
            return io.BytesIO(text.encode("utf-8", "replace"))
        raise ItemError(Fault(Reason.VANISHED))

    def _named_only(self, name: str, failed: Callable[[], object]) -> Json:
        # one file that cannot be had is no reason to stop
        try:
            return self._object(name) or {}
        except ForeignAddressError as error:
            raise ItemError(Fault(Reason.FOREIGN_ADDRESS, str(error))) from error
        except SourceUnavailableError as error:
            failed()
            raise OSError(0, str(error)) from error

    def _once_more(self, kind: str, name: str) -> Iterator[Step]:
        try:
            thing = self._object(name)
        except SourceUnavailableError:
            self._failed[name] = kind
            return
        yield from self._steps(kind, thing if thing is not None else {"id": name, "deleted": True})

    # what is no longer there

    def is_gone(self, path: str) -> bool:
        """Ask for the paper or meeting itself."""
        parent, _, file = path.partition(" ")
        thing = self._object(parent)
        if thing is None or objects.deleted(thing):
            return True
        if not file:
            return False
        attached = [*objects.files_of_paper(thing), *objects.files_of_meeting(thing)]
        return path not in {objects.path_of(parent, objects.identifier(one.file)) for one in attached}

    def _object(self, name: str) -> Json | None:
        """Fetch one object; None where the server no longer has it."""
        if name not in self._parents:
            if len(self._parents) >= _KEPT_PARENTS:
                self._parents.clear()
            try:
                found = self._client.json(name)
            except LookupError:
                found = None
            if found is not None and not isinstance(found, dict):
                raise SourceUnavailableError(f"{name} is no object")
            self._parents[name] = found
        return self._parents[name]

    # how to get there

    def _bodies(self) -> Iterator[Json]:
        system = self._get(self._settings.url)
        listed = system.get("body")
        if not isinstance(listed, str):
            raise SourceUnavailableError(f"{self._settings.url} is no OParl system: it names no list of bodies")
        for page in self._pages(listed):
            for body in page["data"]:
                wanted = not self._settings.bodies or objects.identifier(body) in self._settings.bodies
                if isinstance(body, dict) and wanted and not objects.deleted(body):
                    yield body

    def _organizations(self, bodies: list[Json]) -> Names:
        names: dict[str, str] = {}
        for body in bodies:
            if isinstance(body.get("organization"), str):
                for page in self._pages(body["organization"]):
                    for one in page["data"]:
                        name, said = objects.identifier(one), one.get("name") if isinstance(one, dict) else None
                        if name is not None and isinstance(said, str):
                            names[name] = said
        return names

    def _pages(self, first: str) -> Iterator[dict[str, Any]]:
        """Yield the pages of a list, each with its `data` and the address of the `next`."""
        address: str | None = first
        been: set[str] = set()
        while address is not None:
            been.add(address)
            page = self._get(address)
            if not isinstance(page.get("data"), list):
                raise PageError(f"{address} is no page of a list: it has no data")
            links = page.get("links")
            following = links.get("next") if isinstance(links, dict) else None
            if following is not None and (not isinstance(following, str) or following in been):
                raise PageError(f"{address} leads in a circle")
            yield {**page, "next": following}
            address = following

    def _get(self, address: str) -> dict[str, Any]:
        try:
            found = self._client.json(address)
        except LookupError as error:
            raise PageError(str(error)) from error
        if not isinstance(found, dict):
            raise PageError(f"{address} is no object")
        return found

    def _since(self, address: str, since: str | None) -> str:
        moment = dt.datetime.fromisoformat(since or "") - self._settings.overlap
        return str(httpx.URL(address).copy_merge_params({"modified_since": moment.isoformat(timespec="seconds")}))


def _address(body: Json, kind: str) -> str:
    address = body.get(kind)
    if not isinstance(address, str):
        raise SourceUnavailableError(f"{objects.identifier(body)} names no list of its {kind}s")
    return address


def _total(page: Json) -> int | None:
    pagination = page.get("pagination")
    total = pagination.get("totalElements") if isinstance(pagination, dict) else None
    return total if isinstance(total, int) else None
