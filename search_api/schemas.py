"""What goes in and out over HTTP, and how our values become it. Raw scores do not."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, create_model

from records.access import PrivacyClass
from records.index import Found, Hit
from records.query import FACETS, FilterField, Mode, Narrowing, Sort
from records.release import ReleaseForm
from search_api.labels import label
from search_api.notices import Notice, Reading

MAX_QUERY = 8000
MAX_SIZE = 200
DEFAULT_SIZE = 20


class Body(BaseModel):
    """What comes in: nothing but what is named here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_Value = Annotated[str, Field(max_length=300)]
_Values = Annotated[
    list[_Value],
    Field(min_length=1, max_length=100),
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "maxItems": 100}]}),
]


class _Dates(Body):
    date_from: dt.date | None = None
    date_to: dt.date | None = None

    def narrowing(self) -> Narrowing:
        """Return the conditions."""
        given = self.model_dump(include={str(name) for name in FilterField}, exclude_none=True)
        fields = tuple((FilterField(name), tuple(values)) for name, values in sorted(given.items()))
        return Narrowing(fields, self.date_from, self.date_to)


#: one optional member for each FilterField, so that the list stands in one place
Filters = create_model("Filters", __base__=_Dates, **{str(name): (_Values | None, None) for name in FilterField})  # type: ignore[call-overload]


def no_filters() -> Any:
    """Return filters that narrow nothing."""
    return Filters()


if TYPE_CHECKING:
    FiltersBody = _Dates
else:
    FiltersBody = Filters

_FacetName = Literal[tuple(sorted(str(name) for name in FACETS))]  # type: ignore[valid-type]


class SearchBody(Body):
    """One search."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "query": "Baumfällung Kastanie",
                    "mode": "hybrid",
                    "filters": {"department": ["bauamt"], "date_from": "2024-01-01"},
                    "facets": ["document_type", "year"],
                    "size": 20,
                }
            ]
        },
    )

    query: str = Field(
        default="",
        max_length=MAX_QUERY,
        description=(
            'Words in any form. `"exactly so"`, `-not`, `a ODER b` (`OR`), `a UND b` (`AND`), brackets, '
            "`a nahe b` (`NEAR`), `beginn*`, and fields by name: `Az:`, `Amt:`, `Jahr:`, `Typ:`, `Titel:`, `Kommune:`, "
            "`Aktenplan:`, `Vorgangsart:`, `Vorgangszeichen:`, in English too. "
            "Nothing is an error. More than 300 characters are running text."
        ),
    )
    mode: Mode = Mode.HYBRID
    filters: FiltersBody = Field(default_factory=no_filters)
    facets: list[_FacetName] = Field(default_factory=list, max_length=len(FACETS))  # type: ignore[valid-type]
    sort: Sort = Sort.RELEVANCE
    size: int = Field(default=DEFAULT_SIZE, ge=1, le=MAX_SIZE)
    cursor: str | None = Field(default=None, max_length=4000)
    readings_off: list[Reading] = Field(
        default_factory=list,
        max_length=len(Reading),
        description="Ways to read the question that are not wanted, as `reading` of a notice names them",
    )

    def identity(self) -> str:
        """Return what makes this search the same search on its next page."""
        return self.model_dump_json(include={"query", "mode", "filters", "sort", "readings_off"})


#: at this many the answer is as large as an export's first piece, and none of them waits long for the others
MAX_BATCH = 20

#: looked at one by one, so that one that cannot be used spoils no other
_Sent = Annotated[Any, WithJsonSchema({"$ref": "#/components/schemas/SearchBody"})]


class BatchBody(Body):
    """Several searches."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [{"searches": [{"query": "Kastanie", "size": 5}, {"query": "Linde", "size": 5}]}]
        },
    )

    searches: list[_Sent] = Field(min_length=1, max_length=MAX_BATCH, description="Each as for `POST /v1/search`")


class ExportBody(SearchBody):
    """A search whose every hit is exported; `facets`, `size` and `cursor` have no effect."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"query": "Baumfällung", "mode": "keyword", "format": "csv"}]},
    )

    format: Literal["csv", "xlsx", "jsonl"]
    after: str | None = Field(
        default=None,
        max_length=200,
        description=(
            "`record_id` in the last whole line of an export that broke off; this one begins behind it. What changed "
            "its place meanwhile, or came in before it, is not in the rest"
        ),
    )


class SuggestBody(Body):
    """The beginning of a query."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"query": "kasta", "size": 5}]}
    )

    query: str = Field(max_length=MAX_QUERY)
    size: int = Field(default=8, ge=1, le=50)


_CONFIDENCE = "How sure text recognition is of this page, in percent; null where the text stood in the file."


class PassageOut(BaseModel):
    """A piece of a page; highlights are [start, end) in characters of `text`."""

    page: int
    text: str
    highlights: list[tuple[int, int]]
    confidence: int | None = Field(default=None, description=_CONFIDENCE)


class RecordFields(BaseModel):
    """What is known of a record wherever it appears."""

    record_id: str
    source_id: str | None
    tenant: str
    title: str
    file_reference: str | None
    document_type: str | None
    date: dt.date | None
    department: str | None
    fields: dict[str, Any]
    released: Literal["whole", "redacted", "existence"] | None = None


class HitOut(RecordFields):
    """A record as a search shows it."""

    matched_by: list[str]
    passages: list[PassageOut]


class FacetValueOut(BaseModel):
    """A value, how it reads, and how many of the records found carry it."""

    value: str
    label: str
    count: int


class NoticeOut(BaseModel):
    """Something the caller should know about the answer; `reading` is what a search can switch off."""

    code: str
    text: str
    reading: Reading | None = None


class SearchOut(BaseModel):
    """One page of hits."""

    total: int
    total_is: Literal["exact", "reachable"]
    hits: list[HitOut]
    facets: dict[str, list[FacetValueOut]]
    notices: list[NoticeOut]
    cursor: str | None


class BatchedOut(BaseModel):
    """What became of one search of several: its status, and the answer or the problem."""

    status: int
    answer: SearchOut | None = None
    problem: dict[str, Any] | None = Field(
        default=None,
        description="Problem details as this search would have got alone; `retry_after` are the seconds of Retry-After",
    )


class BatchOut(BaseModel):
    """What became of each search, in the order in which they were sent."""

    answers: list[BatchedOut]


class SuggestOut(BaseModel):
    """How the query could go on, and what may have been meant."""

    completions: list[str]
    corrections: list[str]


class RecordOut(RecordFields):
    """A record with what is known of its file; of a release without its file nothing is."""

    pages: int
    text: Literal["full", "partial", "none"]
    file_name: str | None
    media_type: str | None
    size: int | None
    parent_id: str | None
    notices: list[NoticeOut]


class TextOut(BaseModel):
    """The whole text of a record."""

    text: str


class PageOut(BaseModel):
    """The text of one page."""

    page: int
    of: int
    text: str
    confidence: int | None = Field(default=None, description=_CONFIDENCE)


def record_fields(found: Found) -> dict[str, Any]:
    """Return the members of RecordFields."""
    meta = found.metadata
    more = {
        "file_plan": meta.file_plan,
        "case_type": meta.case_type,
        "case_reference": meta.case_reference,
        "retention_end": meta.retention_end.isoformat() if meta.retention_end else None,
        "text": found.text_state.value if found.released is not ReleaseForm.EXISTENCE else None,
        "confidentiality": found.confidentiality,
        "privacy_class": found.privacy_class if found.privacy_class != PrivacyClass.NORMAL else None,
    }
    return {
        "record_id": found.record_id,
        "source_id": meta.source_id,
        "tenant": found.tenant,
        "title": meta.title if found.released is not ReleaseForm.EXISTENCE else existence_title(found),
        "file_reference": meta.file_reference,
        "document_type": meta.document_type,
        "date": meta.date,
        "department": meta.department,
        "fields": {**meta.fields, **{name: value for name, value in more.items() if value is not None}},
        "released": found.released,
    }


def existence_title(found: Found) -> str:
    """Return what stands where a title would: that there is something, and whom to ask."""
    town = label(FilterField.TENANT, found.tenant)
    office = found.metadata.department
    where = f" ({label(FilterField.DEPARTMENT, office)})" if office else ""
    return f"{town} hat einen vergleichbaren Vorgang; fragen Sie dort nach{where}."


def notice_out(notice: Notice) -> NoticeOut:
    """Return a notice as it goes out."""
    return NoticeOut(code=notice.code, text=notice.text, reading=notice.reading)


def hit_out(hit: Hit) -> HitOut:
    """Return a hit as it goes out."""
    passages = [
        PassageOut(page=s.page, text=s.text, highlights=list(s.highlights), confidence=s.confidence)
        for s in hit.snippets
    ]
    return HitOut(**record_fields(hit.found), matched_by=[str(m) for m in hit.matched_by], passages=passages)
