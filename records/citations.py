"""What a text cites: paragraphs of laws, rulings, files and papers, each with a key of all its spellings. Pure.

Text, title and question go through the same functions. What a record says of itself is no citation: the number of its
own file stands in the head of every letter.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from records.identifiers import plain
from records.legal_bases import placed_bases
from records.record import Metadata
from records.references import is_number, references
from records.rulings import rulings

_SPACE = re.compile(r"\s+")
#: a number without a word: "63 2024 117", "BA-63-2024/117"
_PIECE = r"(?:[^\W\d_]{1,4}|[^\W_]*\d[^\W_]*)"
_NUMBER_ALONE = re.compile(rf"(?=.{{0,100}}$)(?=\D*\d){_PIECE}(?:(?: ?[./_:,-] ?| ){_PIECE})*")
_RUN = re.compile(r"\s{2,}")


class CitedKind(StrEnum):
    """What can be cited."""

    PARAGRAPH = "paragraph"
    RULING = "ruling"
    FILE_REFERENCE = "file_reference"
    PAPER = "paper"


_NUMBERED = {CitedKind.FILE_REFERENCE, CitedKind.PAPER}


@dataclass(frozen=True)
class Citation:
    """One thing that is cited, as it is shown."""

    kind: CitedKind
    text: str

    @property
    def key(self) -> str:
        """What all its spellings have in common.

        A file and a paper have the same, as letters often do not say which. The court is no part of that of a ruling:
        letters leave it out, and name one court in several ways.
        """
        if self.kind in _NUMBERED:
            return f"number:{plain(self.text)}"
        text = self.text
        if self.kind is CitedKind.RULING:
            text = next((found.number for found in rulings(text, alone=True)), text)
        return f"{self.kind}:{''.join(text.casefold().split())}"


class Place(NamedTuple):
    """A citation and where it stands: `text[start:end]`."""

    citation: Citation
    start: int
    end: int


def places(text: str) -> tuple[Place, ...]:
    """Return where a text cites something, in its order."""
    squeezed, original = _squeezed(text)
    return tuple(Place(one.citation, original(one.start), original(one.end)) for one in _places(squeezed))


def citations(text: str) -> tuple[Citation, ...]:
    """Return what a text cites, each once, in the order in which it stands there."""
    return tuple(_once(one.citation for one in _places(_SPACE.sub(" ", text))).values())


def own_keys(metadata: Metadata) -> frozenset[str]:
    """Return the keys under which a record itself, its file or its case are cited."""
    own = [number for number in (metadata.file_reference, metadata.case_reference) if number and plain(number)]
    # the number of a file may be that of a ruling
    named = [Citation(CitedKind.FILE_REFERENCE, number) for number in own]
    return frozenset(one.key for one in (*named, *(one for number in own for one in asked_for(number))))


def asked_for(text: str, kind: CitedKind | None = None) -> tuple[Citation, ...]:
    """Return what somebody means who asks which records cite this: of one kind, or of whatever kind it is.

    Nothing where the text names nothing that can be cited. A number that is asked for needs no word before it.
    """
    text = _SPACE.sub(" ", text).strip()
    found = tuple(_once(place.citation for place in _places(text, alone=True)).values())
    if kind is not None and kind not in _NUMBERED:
        return tuple(one for one in found if one.kind is kind)
    of_kind = found if kind is None else tuple(Citation(kind, one.text) for one in found if one.kind in _NUMBERED)
    if of_kind or not _NUMBER_ALONE.fullmatch(text) or not (is_number(text) or kind is not None):
        return of_kind
    return (Citation(kind or CitedKind.FILE_REFERENCE, text),)


def _once(found: Iterable[Citation]) -> dict[str, Citation]:
    kept: dict[str, Citation] = {}
    for one in found:
        kept.setdefault(one.key, one)
    return kept


def _places(text: str, *, alone: bool = False) -> list[Place]:
    """Return the places in a text without runs of white space."""
    found = [Place(Citation(CitedKind.PARAGRAPH, one.basis), one.start, one.end) for one in placed_bases(text)]
    found += [Place(Citation(CitedKind.RULING, one.label), one.start, one.end) for one in rulings(text, alone=alone)]
    taken = sorted((place.start, place.end) for place in found)
    starts = [start for start, _ in taken]
    for one in references(text):
        # "Az. 4 C 7.10" is a ruling, and no file besides
        before = bisect_right(starts, one.end - 1) - 1
        if before < 0 or taken[before][1] <= one.start:
            kind = CitedKind.PAPER if one.of_paper else CitedKind.FILE_REFERENCE
            found.append(Place(Citation(kind, one.number), one.start, one.end))
    return sorted(found, key=lambda place: place.start)


def _squeezed(text: str) -> tuple[str, Callable[[int], int]]:
    """Return a text with single spaces for runs of white space, and what finds the place of a character of it in it."""
    begins, removed = [0], [0]
    for run in _RUN.finditer(text):
        # the place behind the run, in the squeezed text, and how much is missing from there on
        removed.append(removed[-1] + len(run[0]) - 1)
        begins.append(run.end() - removed[-1])
    return _SPACE.sub(" ", text), lambda at: at + removed[bisect_right(begins, at) - 1]
