"""What a record and a draft have in common, in words and not in numbers. Pure: knows no index and no rights.

Everything here is told of texts and fields that the reader may see anyway; no count of other records goes into it but
of those that are compared in the same answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from records.identifiers import plain
from records.index import Found
from records.legal_bases import legal_bases
from records.record import Metadata
from search_api.pasted import heading, joined
from search_api.syntax import clean

#: how much of a record others are to be like, and how much of two texts is compared word for word; further on stands
#: what is their own
COMPARED = 4_000
_MOST_WORDS_SHOWN = 5
_ENOUGH_WORDS = 3
_SHORTEST_WORD = 5
#: three words in a row are one piece; texts of fewer pieces are forms and headings
_PIECE, _FEWEST_PIECES = 3, 8
_NEARLY_ALL = 0.8

_WORD = re.compile(r"[^\W_]+")
#: what every letter of an office holds
_EVERYWHERE = frozenset(
    {
        *("aller", "allen", "alles", "anlage", "anlagen", "antrag", "aufgrund", "damen", "daher", "dabei"),
        *("damit", "deren", "dessen", "diese", "diesem", "diesen", "dieser", "dieses", "durch", "einem"),
        *("einen", "einer", "eines", "etwas", "freundlichen", "geehrte", "geehrten", "geehrter", "gegen"),
        *("grüßen", "herren", "hierzu", "hiermit", "hinsichtlich", "ihnen", "ihren", "ihrer", "jedoch"),
        *("keine", "nachdem", "nicht", "sehr", "seine", "seite", "seiten", "sofern", "sowie", "soweit"),
        *("unter", "wegen", "weitere", "werden", "wurde"),
    }
)


class Shared(StrEnum):
    """What two can have in common; the first five are fields of both, under the name of the field."""

    FILE_REFERENCE = "file_reference"
    CASE_REFERENCE = "case_reference"
    FILE_PLAN = "file_plan"
    CASE_TYPE = "case_type"
    DOCUMENT_TYPE = "document_type"
    #: the same paragraph of the same law is cited
    LEGAL_BASIS = "legal_basis"
    #: words that few others of this answer hold
    WORDS = "words"
    MEANING = "meaning"


class Confidence(StrEnum):
    """How much speaks for it that two are alike."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True)
class Share:
    """One thing that two have in common; `values` say which, as the record found writes them."""

    what: Shared
    values: tuple[str, ...] = ()


_FACTS = (Shared.FILE_REFERENCE, Shared.CASE_REFERENCE, Shared.FILE_PLAN, Shared.CASE_TYPE, Shared.DOCUMENT_TYPE)
_NUMBERS = frozenset({Shared.FILE_REFERENCE, Shared.CASE_REFERENCE})

#: what a shared field adds to a score between 0 and 1: enough to decide between records that are equally alike, too
#: little to lift a foreign matter above one that is about the same
WORTH = {
    Shared.FILE_REFERENCE: 0.10,
    Shared.CASE_REFERENCE: 0.10,
    Shared.FILE_PLAN: 0.08,
    Shared.CASE_TYPE: 0.06,
    Shared.DOCUMENT_TYPE: 0.04,
    Shared.LEGAL_BASIS: 0.06,
}
#: what makes two cases the same kind of case; that both are letters does not
_TELLING = frozenset(WORTH) - {Shared.DOCUMENT_TYPE}


@dataclass(frozen=True)
class Draft:
    """What others are to be like: a text in one line, its heading, fields, and the paragraphs that it cites."""

    text: str = ""
    heading: str = ""
    facts: tuple[tuple[Shared, str], ...] = ()
    legal_bases: tuple[str, ...] = ()

    @classmethod
    def written(
        cls, text: str, *, facts: Mapping[Shared, str] | None = None, keywords: Iterable[str] = (), laws: str = ""
    ) -> Draft:
        """Return the draft of somebody who writes; keywords count like words of its heading."""
        whole = clean(joined(text))
        also = clean(" ".join((*keywords, laws)))
        head = f"{clean(heading(text))} {also}".strip()
        given = {what: clean(value) for what, value in (facts or {}).items()}
        cited = (*legal_bases(whole), *legal_bases(laws))
        return cls(whole or head, head if whole else "", _given(given), tuple(dict.fromkeys(cited)))

    @classmethod
    def of_record(cls, found: Found, beginning: str) -> Draft:
        """Return a record as the draft that others are to be like; its title is the heading."""
        title, text = clean(found.metadata.title), clean(joined(beginning[:COMPARED]))
        return cls(f"{title} {text}".strip(), title, _given(facts_of(found.metadata)), legal_bases(text))

    @property
    def says_something(self) -> bool:
        """Whether there is a word, or a field, that others can share."""
        return any(c.isalnum() for c in self.text) or any(c.isalnum() for _, value in self.facts for c in value)


def _given(facts: Mapping[Shared, str]) -> tuple[tuple[Shared, str], ...]:
    return tuple((what, facts[what]) for what in _FACTS if facts.get(what))


def facts_of(meta: Metadata) -> dict[Shared, str]:
    """Return the fields of a record that can be shared."""
    values = {what: getattr(meta, str(what)) for what in _FACTS}
    return {what: value for what, value in values.items() if value}


def shared_facts(draft: Draft, found: Found) -> tuple[Share, ...]:
    """Return the fields that hold the same in both, however numbers are divided and words capitalised."""
    theirs = facts_of(found.metadata)
    return tuple(
        Share(what, (theirs[what],))
        for what, mine in draft.facts
        if what in theirs and _key(what, mine) == _key(what, theirs[what])
    )


def _key(what: Shared, value: str) -> str:
    # a number without any letter or digit names nothing; it is like itself alone
    return (plain(value) or value) if what in _NUMBERS else " ".join(value.casefold().split())


def shared_paragraphs(draft: Draft, text: str) -> tuple[Share, ...]:
    """Return the paragraphs of laws that both cite, in the order of the record found."""
    both = tuple(one for one in legal_bases(text) if one in draft.legal_bases)
    return (Share(Shared.LEGAL_BASIS, both),) if both else ()


def shared_words(draft: Draft, texts: Mapping[str, str]) -> dict[str, tuple[Share, ...]]:
    """Return for each of these texts the words that it has in common with the draft and with few of the others.

    Only nouns and names count: words of five letters or more that the draft begins with a capital.
    """
    mine: dict[str, str] = {}
    for word in _WORD.findall(draft.text):
        if len(word) >= _SHORTEST_WORD and word[0].isupper() and word.isalpha():
            mine.setdefault(word.casefold(), word)
    theirs = {i: {w.casefold() for w in _WORD.findall(text)} & mine.keys() - _EVERYWHERE for i, text in texts.items()}
    held = Counter(word for words in theirs.values() for word in words)
    few = max(_ENOUGH_WORDS, len(texts) // 2)
    shares: dict[str, tuple[Share, ...]] = {}
    for record_id, words in theirs.items():
        rare = sorted((w for w in words if held[w] <= few), key=lambda w: (held[w], -len(w), w))[:_MOST_WORDS_SHOWN]
        shares[record_id] = (Share(Shared.WORDS, tuple(mine[w] for w in rare)),) if rare else ()
    return shares


def nearly_the_draft(draft: Draft, title: str, text: str) -> bool:
    """Say whether a record is nearly the draft itself, whether or not either carries its title in its text."""
    mine = {draft.text, draft.text.removeprefix(draft.heading)}
    theirs = {text, f"{title} {text}", text.lstrip().removeprefix(title)}
    return any(nearly_the_same(one, other) for one in mine for other in theirs)


def nearly_the_same(one: str, other: str) -> bool:
    """Say whether one text is nearly the other: four fifths of all their runs of three words stand in both."""
    pieces, others = _pieces(one), _pieces(other)
    if min(len(pieces), len(others)) < _FEWEST_PIECES:
        return False
    return len(pieces & others) >= _NEARLY_ALL * len(pieces | others)


def _pieces(text: str) -> set[tuple[str, ...]]:
    words = [word.casefold() for word in _WORD.findall(text[:COMPARED])]
    return {tuple(words[start : start + _PIECE]) for start in range(len(words) - _PIECE + 1)}


def confidence(shares: Iterable[Share], *, near_copy: bool) -> Confidence:
    """Return how much speaks for it that two are alike.

    *Alike in content* is: near in meaning, or three rare words in common. *The same kind of case* is: file reference,
    case reference, file plan, case type, or a paragraph in common. High is a near copy, or both ways alike in content
    and the same kind of case in one way; medium is both ways in content, or one of each, or two of the kind of case.
    """
    found = {share.what: len(share.values) for share in shares}
    content = (Shared.MEANING in found) + (found.get(Shared.WORDS, 0) >= _ENOUGH_WORDS)
    kind = len(found.keys() & _TELLING)
    if near_copy or (content == 2 and kind):  # noqa: PLR2004 - both ways
        return Confidence.HIGH
    return Confidence.MEDIUM if content + min(kind, 2) >= 2 else Confidence.LOW  # noqa: PLR2004 - see above


#: fields of a record that say that its case is closed, or when
_CLOSED = ("closed_at", "period_end")


def closed(found: Found) -> bool:
    """Say whether the case of a record is closed.

    Its source names the day it was closed (`closed_at`), the end of its period (`period_end`), or the end of its
    retention, which begins with the closing. Of releases none of these is shown: they count as open.
    """
    return found.metadata.retention_end is not None or any(found.metadata.fields.get(name) for name in _CLOSED)
