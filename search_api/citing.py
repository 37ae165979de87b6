"""The story of citations: which records cite this, what does this record cite, and what cites it.

Nothing here widens what may be read: what is counted and shown are records that whoever asks may read, and of a release
only what its own text cites.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from records.access import Principal
from records.citations import Citation, CitedKind, asked_for, own_keys
from records.errors import InvalidInputError
from records.index import Found, Hit, RecordIndex
from records.query import After, All, Cites, Narrowing, Search, Sort
from search_api.cursor import CursorSeal


@dataclass(frozen=True)
class Citing:
    """One page of the records that cite something, newest first; `total` is exact."""

    hits: tuple[Hit, ...]
    total: int
    cursor: str | None


_NOBODY = Citing((), 0, None)


class Citations:
    """Answers what cites what, under the rights of whoever asks; raises what the index raises."""

    def __init__(self, index: RecordIndex, cursors: CursorSeal) -> None:
        self._index = index
        self._cursors = cursors

    def of(
        self,
        principal: Principal,
        text: str,
        kind: CitedKind | None,
        *,
        narrowing: Narrowing,
        size: int,
        cursor: str | None,
    ) -> tuple[tuple[Citation, ...], Citing]:
        """Return what somebody asks for, and the records that cite any of it."""
        meant = asked_for(text, kind)
        if not meant:
            raise InvalidInputError("of", f"names no {_KINDS.get(kind, _ANY)}; write it as it is cited: § 34 BauGB")
        return meant, self._page(principal, (one.key for one in meant), narrowing, size, cursor)

    def by(self, principal: Principal, found: Found) -> tuple[Citation, ...]:
        """Return what a record cites that was found for this principal."""
        return self._index.cites(principal, found.record_id)

    def citing(self, principal: Principal, found: Found, *, size: int, cursor: str | None) -> Citing:
        """Return the records that cite the file, the paper or the case of one that was found for this principal."""
        return self._page(principal, own_keys(found.metadata), Narrowing(), size, cursor)

    def _page(
        self, principal: Principal, keys: Iterable[str], narrowing: Narrowing, size: int, cursor: str | None
    ) -> Citing:
        wanted = tuple(sorted(set(keys)))
        if not wanted:
            return _NOBODY
        asked = json.dumps(["citations", wanted, repr(narrowing)])
        position = self._cursors.open(principal, asked, cursor) if cursor is not None else None
        after = After(tuple(position["after"]), position["version"]) if position is not None else None
        search = Search(All((Cites(wanted),)), narrowing=narrowing)
        found = self._index.search_words(principal, search, sort=Sort.DATE_DESCENDING, size=size, after=after)
        shown = (position["shown"] if position is not None else 0) + len(found.hits)
        onward = None
        if found.hits and shown < found.total and (last := found.hits[-1].after) is not None:
            note = {"after": list(last.values), "version": last.version, "shown": shown}
            onward = self._cursors.seal(principal, asked, note)
        return Citing(found.hits, found.total, onward)


_ANY = "paragraph, ruling, file reference or paper"
_KINDS: dict[CitedKind | None, str] = {
    CitedKind.PARAGRAPH: "paragraph of a law",
    CitedKind.RULING: "ruling of a court",
    CitedKind.FILE_REFERENCE: "file reference",
    CitedKind.PAPER: "paper",
}
