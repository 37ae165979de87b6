"""What is asked, as plain values: no engine words, no request, no rights.

Words("hund anmelden")   any of these words, the more and the rarer the better
Phrase("erster hund")    these words in this order, as written
All((a, b))              every part
Not(part)                whatever this part does not hold
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


@dataclass(frozen=True)
class Words:
    """Words to be found; `running` marks text that was pasted rather than typed, of which much may be missing."""

    text: str
    running: bool = False


@dataclass(frozen=True)
class Phrase:
    """Words in this order and form; never corrected, never inflected."""

    text: str


@dataclass(frozen=True)
class Not:
    """Records that do not hold this."""

    part: Words | Phrase


@dataclass(frozen=True)
class All:
    """Records that hold every part."""

    parts: tuple[Words | Phrase | Not, ...]

    @property
    def strict(self) -> tuple[Phrase | Not, ...]:
        """The parts that must hold whatever the mode: quoted words and exclusions."""
        return tuple(p for p in self.parts if not isinstance(p, Words))

    @property
    def words(self) -> tuple[Words, ...]:
        """The parts that rank."""
        return tuple(p for p in self.parts if isinstance(p, Words))


class Mode(StrEnum):
    """By words, by meaning, or both."""

    KEYWORD = "keyword"
    SEMANTIC = "semantic"
    HYBRID = "hybrid"


class Sort(StrEnum):
    """Order of the hits."""

    RELEVANCE = "relevance"
    DATE = "date"
    DATE_DESCENDING = "-date"
    TITLE = "title"


class FilterField(StrEnum):
    """Fields a caller may narrow by, and the only ones: each is a field of the index under the same name."""

    DOCUMENT_TYPE = "document_type"
    DEPARTMENT = "department"
    FILE_PLAN = "file_plan"
    FILE_REFERENCE = "file_reference"
    CASE_TYPE = "case_type"
    CASE_REFERENCE = "case_reference"
    TENANT = "tenant"
    YEAR = "year"
    MEDIA_TYPE = "media_type"
    TEXT = "text"
    CONFIDENTIALITY = "confidentiality"
    SOURCE = "source"
    SOURCE_ID = "source_id"
    PARENT_ID = "parent_id"


#: fields whose values can be counted beside the hits
FACETS = frozenset(
    {
        FilterField.DOCUMENT_TYPE,
        FilterField.DEPARTMENT,
        FilterField.FILE_PLAN,
        FilterField.CASE_TYPE,
        FilterField.TENANT,
        FilterField.YEAR,
        FilterField.MEDIA_TYPE,
        FilterField.TEXT,
        FilterField.CONFIDENTIALITY,
    }
)


@dataclass(frozen=True)
class Narrowing:
    """Conditions that hold for every hit: one of the values of each field, and the dates, both ends included."""

    fields: tuple[tuple[FilterField, tuple[str, ...]], ...] = ()
    date_from: date | None = None
    date_to: date | None = None


@dataclass(frozen=True)
class Search:
    """One search: what is asked, narrowed how, and which values to count.

    `query` without parts finds everything. `vector` (float32, little endian) is the meaning of the words.
    """

    query: All = field(default_factory=lambda: All(()))
    vector: bytes | None = None
    narrowing: Narrowing = field(default_factory=Narrowing)
    facets: tuple[FilterField, ...] = ()


@dataclass(frozen=True)
class After:
    """Where a page of hits begins: behind the hit with these sort values (the engine's own, in its order)."""

    values: tuple[str | int | float | None, ...]
