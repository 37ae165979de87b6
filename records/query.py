"""What is asked, as plain values: no engine words, no request, no rights.

Words("hund anmelden")            any of these words, the more and the rarer the better
Phrase("erster hund")             these words in this order, as written
Prefix("hundest")                 a word that begins like this
Near(("hund", "steuer"))          these words near each other on one page
InField(YEAR, ("2024",))          a field that holds one of these values
Cites(("number:20211198",))       title or text cites one of these (records.citations)
InTitle("hund")                   the title holds these words
OneOf((a, b))                     one part is enough
All((a, b))                       every part
Not(part)                         whatever this part does not hold
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias


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


@dataclass(frozen=True)
class Synonym:
    """Other words for some of the words that were typed."""

    words: str
    others: tuple[str, ...]


#: a typed text of at most so many words is looked up; a longer one is a sentence, whose words explain each other, and
#: lesser readings and the numbers in it would outweigh them
_READ_CLOSELY = 5


@dataclass(frozen=True)
class Words:
    """Words to be found; `running` marks text that was pasted rather than typed, of which much may be missing.

    The other fields are further readings: whether the words are looked for inside longer ones, whether numbers are
    taken as keys, and what else is meant. `heading` is the line that pasted text begins with, empty where it has none.
    `quoted` are words of the text that stand in quotation marks and count more in that order, without being asked for.
    """

    text: str
    running: bool = False
    parts: bool = True
    numbers: bool = True
    synonyms: tuple[Synonym, ...] = ()
    heading: str = ""
    quoted: tuple[str, ...] = ()

    @property
    def is_sentence(self) -> bool:
        """Whether these are so many words that they explain each other."""
        return len(self.text.split()) > _READ_CLOSELY

    @property
    def looked_up(self) -> tuple[str, ...]:
        """The words that are read in every way: none of running text, and none of a sentence."""
        words = () if self.running else tuple(self.text.split())
        return tuple(w for w in words if any(c.isalpha() for c in w)) if len(words) <= _READ_CLOSELY else ()

    @property
    def keyed(self) -> bool:
        """Whether the numbers among these words are taken as keys."""
        return self.numbers and not self.running and len(self.text.split()) <= 2 * _READ_CLOSELY


@dataclass(frozen=True)
class Phrase:
    """Words in this order and form; never corrected, never inflected."""

    text: str


@dataclass(frozen=True)
class Prefix:
    """A word, or a number, that begins like this."""

    text: str


@dataclass(frozen=True)
class Near:
    """Words that stand near each other on one page, or in the title, in any order and form."""

    words: tuple[str, ...]

    @property
    def text(self) -> str:
        """The words in the order they were typed."""
        return " ".join(self.words)


@dataclass(frozen=True)
class InField:
    """A field that holds one of these values; capitals and the spelling of umlauts do not matter.

    A value with `begins` is a beginning. Numbers of files are found however they are divided, and by their parts.
    """

    field: FilterField
    values: tuple[str, ...]
    begins: bool = False


@dataclass(frozen=True)
class InTitle:
    """A title that holds all these words, in any form, or, `exact`, as they are written."""

    text: str
    exact: bool = False


@dataclass(frozen=True)
class Cites:
    """Records whose title or text cites something that has one of these keys (records.citations)."""

    keys: tuple[str, ...]


#: what holds whatever the mode, and ranks nothing by meaning
Condition: TypeAlias = Phrase | Prefix | Near | InField | InTitle


@dataclass(frozen=True)
class Not:
    """Records that do not hold this."""

    part: Words | Condition


@dataclass(frozen=True)
class OneOf:
    """Records that hold at least one of these parts."""

    parts: tuple[Part, ...]

    @property
    def strict(self) -> bool:
        """Whether this holds in every mode: no part of it is just words, which meaning may replace."""
        return all(_is_strict(part) for part in self.parts)


@dataclass(frozen=True)
class All:
    """Records that hold every part."""

    parts: tuple[Part, ...]

    @property
    def strict(self) -> tuple[Part, ...]:
        """The parts that must hold whatever the mode: what was quoted, named, excluded."""
        return tuple(p for p in self.parts if _is_strict(p))

    @property
    def ranking(self) -> tuple[Part, ...]:
        """The parts that rank."""
        return tuple(p for p in self.parts if not _is_strict(p))

    @property
    def words(self) -> tuple[Words, ...]:
        """All plain words that are looked for, wherever they stand."""
        return tuple(leaf for leaf in self.wanted if isinstance(leaf, Words))

    @property
    def cited(self) -> frozenset[str]:
        """The keys of what is to be cited."""
        return frozenset(key for part in self.parts if isinstance(part, Cites) for key in part.keys)

    @property
    def wanted(self) -> tuple[Words | Condition, ...]:
        """Everything that is looked for and was typed, in its order; not what is excluded."""
        return tuple(leaf for part in self.parts for leaf in _leaves(part))


Part: TypeAlias = Words | Condition | Cites | Not | OneOf | All


def _is_strict(part: Part) -> bool:
    match part:
        case Words():
            return False
        case OneOf():
            return part.strict
        case All():
            return not part.ranking
    return True


def _leaves(part: Part) -> Iterator[Words | Condition]:
    match part:
        case Not() | Cites():
            return
        case OneOf() | All():
            for inner in part.parts:
                yield from _leaves(inner)
        case _:
            yield part


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

    `query` without parts finds everything. `vector` (float32, little endian) is the meaning of the words; where a text
    has several passages, `more_vectors` are the meanings of the others, and a record is near that is near to them all.
    """

    query: All = field(default_factory=lambda: All(()))
    vector: bytes | None = None
    narrowing: Narrowing = field(default_factory=Narrowing)
    facets: tuple[FilterField, ...] = ()
    more_vectors: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class After:
    """Where a page of hits begins: behind the hit with these sort values (the engine's own, in its order).

    `version` is the number of the index that the values belong to; None is the live one.
    """

    values: tuple[str | int | float | None, ...]
    version: int | None = None
