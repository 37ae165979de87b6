"""What the API tells clerks of records, searches and releases, as values; asked by `ui.api.Api`."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Passage(_Answer):
    """A piece of a page, and which characters of it matched."""

    page: int
    text: str
    highlights: tuple[tuple[int, int], ...] = ()
    confidence: int | None = None


class Hit(_Answer):
    """A record as a search shows it."""

    record_id: str
    tenant: str
    title: str | None = None
    file_reference: str | None = None
    file_plan: str | None = None
    document_type: str | None = None
    date: dt.date | None = None
    department: str | None = None
    case_type: str | None = None
    case_reference: str | None = None
    source_id: str | None = None
    fields: dict[str, Any] = Field(default_factory=dict)
    released: str | None = None
    matched_by: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()


class Notice(_Answer):
    """Something the API wants the clerk to know."""

    code: str = ""
    text: str
    #: the way of reading that made it, which can be switched off
    reading: str | None = None


class Record(Hit):
    """A record with what is known of its file."""

    pages: int | None = None
    text: str | None = None
    file_name: str | None = None
    media_type: str | None = None
    size: int | None = None
    notices: tuple[Notice, ...] = ()


class FacetValue(_Answer):
    """A value records can be narrowed to, and how many there are."""

    value: str
    label: str | None = None
    count: int


class Results(_Answer):
    """The answer to a search."""

    total: int
    total_is: Literal["exact", "reachable"] = "exact"
    hits: tuple[Hit, ...] = ()
    facets: dict[str, tuple[FacetValue, ...]] = Field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    cursor: str | None = None


class Share(_Answer):
    """One thing that two have in common: what, and how the API says it."""

    code: str
    text: str
    values: tuple[str, ...] = ()


class AlikeHit(Hit):
    """A record that is alike, with what is alike in it and how it is cited."""

    shares: tuple[Share, ...] = ()
    confidence: str = ""
    near_copy: bool = False
    closed: bool = False
    citation: str


class Alikes(_Answer):
    """Records that are alike, the most alike first."""

    hits: tuple[AlikeHit, ...] = ()
    notices: tuple[Notice, ...] = ()


class CitedThing(_Answer):
    """Something that is cited: what kind of thing, and how it is written."""

    kind: str
    text: str


class CitingHit(Hit):
    """A record that cites something, at the passages that do."""

    citation: str = ""


class CitingRecords(_Answer):
    """One page of the records that cite something."""

    total: int
    hits: tuple[CitingHit, ...] = ()
    cursor: str | None = None


class Citing(CitingRecords):
    """What was asked for, and the records that cite it."""

    of: tuple[CitedThing, ...] = ()


class RecordCitations(_Answer):
    """What a record cites, and what cites it."""

    cites: tuple[CitedThing, ...] = ()
    cited_by: CitingRecords


class Suggestions(_Answer):
    """How words could go on, and what may have been meant."""

    completions: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()


class PageText(_Answer):
    """The text of one page."""

    page: int
    of: int
    text: str = ""
    confidence: int | None = None


class Release(_Answer):
    """What the own town shows to others; record and title are missing where the clerk may not read the record."""

    release_id: str
    record_id: str | None = None
    title: str | None = None
    form: Literal["whole", "redacted", "existence"]
    partners: tuple[str, ...]
    until: dt.date | None = None
    purpose: str
    legal_basis: str
    state: Literal["pending", "shown", "recalling", "recalled"]
    reason: Literal["recalled", "ended", "record_gone", "refused", "rule"] | None = None


class DoubtfulPage(_Answer):
    """A page that text recognition is not sure of, in percent."""

    record_id: str
    title: str
    page: int
    confidence: int
    again: Literal["asked", "kept", "unsurer", "failed"] | None = None


class Releases(_Answer):
    """One page of releases, newest first."""

    releases: tuple[Release, ...] = ()
    cursor: str | None = None
