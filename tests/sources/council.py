"""An OParl 1.1 server over real HTTP, for tests and benchmarks: objects in memory, changes and faults on demand.

It pages, filters by `modified_since`, dates everything by a clock of its own, and answers for deleted objects as the
specification wants: with `deleted: true` where they were, and 410 for their files.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.ports import free_port
from tests.unit.ui.serving import served

Json = dict[str, Any]
Fault = Callable[[Request], Response | None]

_STEP = dt.timedelta(seconds=90)


def content_of(file: Mapping[str, Any]) -> str:
    """Return the name of a file in its address."""
    return str(file.get("accessUrl")).rpartition("/content/")[2]


@dataclass
class Council:
    """What the server holds. Objects may be given as they are elsewhere: addresses are made its own."""

    page_size: int = 100
    papers: dict[str, Json] = field(default_factory=dict)
    meetings: dict[str, Json] = field(default_factory=dict)
    organizations: dict[str, Json] = field(default_factory=dict)
    #: name of a file in its address, and its content
    contents: dict[str, bytes] = field(default_factory=dict)
    now: dt.datetime = dt.datetime(2025, 1, 1, 8, 0, tzinfo=dt.UTC)
    #: answers instead of the server where it returns something
    fault: Fault = lambda _: None
    asked: list[str] = field(default_factory=list)
    base: str = ""

    def tick(self) -> str:
        """Let time pass; returns the moment as the server writes it."""
        self.now += _STEP
        return self.now.isoformat()

    def add_paper(self, key: str, /, *, files: dict[str, bytes] | None = None, **said: Any) -> Json:
        """Add a paper, with its files by name."""
        paper: Json = {"id": self.at("papers", key), "type": "https://schema.oparl.org/1.1/Paper", **said}
        paper["auxiliaryFile"] = [self.add_file(file, content) for file, content in (files or {}).items()]
        paper["modified"] = self.tick()
        self.papers[paper["id"]] = paper
        return paper

    def add_meeting(self, key: str, /, **said: Any) -> Json:
        """Add a meeting."""
        meeting: Json = {"id": self.at("meetings", key), "type": "https://schema.oparl.org/1.1/Meeting", **said}
        meeting["modified"] = self.tick()
        self.meetings[meeting["id"]] = meeting
        return meeting

    def add_file(self, name: str, content: bytes) -> Json:
        """Make a file; it belongs where it is put."""
        self.contents[name] = content
        return {
            "id": self.at("files", name),
            "type": "https://schema.oparl.org/1.1/File",
            "name": name.rpartition(".")[0],
            "fileName": name,
            "accessUrl": f"{self.base}/content/{name}",
            "modified": self.tick(),
        }

    def change(self, thing: Json, **said: Any) -> None:
        """Change an object; what is None is taken out."""
        thing.update(said)
        for name in [n for n, value in thing.items() if value is None]:
            del thing[name]
        thing["modified"] = self.tick()

    def delete(self, thing: Json) -> None:
        """Delete an object as the specification wants: only its id, its type and the mark stay."""
        for file in thing.get("auxiliaryFile", []):
            self.contents.pop(content_of(file), None)
        kept = {name: thing[name] for name in ("id", "type")}
        thing.clear()
        thing.update(kept | {"deleted": True, "modified": self.tick()})

    def at(self, kind: str, name: str) -> str:
        """Return the address of an object."""
        return f"{self.base}/{kind}/{name}"

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[str]:
        """Serve it on a free loopback port, or on the one it had; yields the address of the System object."""
        port = port or free_port()
        self.base = f"http://127.0.0.1:{port}"
        with served(self._app(), port):
            yield f"{self.base}/system"

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/system", self._answer(lambda _: {"id": f"{self.base}/system", "body": f"{self.base}/bodies"})),
                Route("/bodies", self._answer(lambda _: {"data": [self._body()], "links": {}})),
                Route("/lists/{kind}", self._answer(self._list)),
                Route("/content/{name:path}", self._content),
                Route("/{kind}/{name:path}", self._answer(self._object)),
            ]
        )

    def _body(self) -> Json:
        lists = {one: f"{self.base}/lists/{one}s" for one in ("paper", "meeting", "organization")}
        return {"id": f"{self.base}/bodies/1", "type": "https://schema.oparl.org/1.1/Body", "name": "Stadt", **lists}

    def _answer(self, made: Callable[[Request], Any]) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            self.asked.append(str(request.url))
            broken = self.fault(request)
            if broken is not None:
                return broken
            found = made(request)
            return JSONResponse(found) if found is not None else PlainTextResponse("unknown", 404)

        return answer

    def _content(self, request: Request) -> Response:
        self.asked.append(str(request.url))
        content = self.contents.get(request.path_params["name"])
        return self.fault(request) or (Response(content) if content is not None else PlainTextResponse("gone", 410))

    def _kind(self, request: Request) -> dict[str, Json]:
        found: dict[str, Json] = getattr(self, request.path_params["kind"], {})
        return found

    def _object(self, request: Request) -> Json | None:
        return self._kind(request).get(str(request.url).partition("?")[0])

    def _list(self, request: Request) -> Json:
        things = list(self._kind(request).values())
        since = request.query_params.get("modified_since")
        if since is not None:
            mark = dt.datetime.fromisoformat(since)
            things = [t for t in things if "modified" in t and dt.datetime.fromisoformat(t["modified"]) >= mark]
        else:
            things = [t for t in things if not t.get("deleted")]
        number = int(request.query_params.get("page", "1"))
        shown = things[(number - 1) * self.page_size : number * self.page_size]
        links: Json = {}
        if number * self.page_size < len(things):
            links["next"] = str(request.url.include_query_params(page=number + 1))
        return {"data": shown, "links": links, "pagination": {"totalElements": len(things)}}
