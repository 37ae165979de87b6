"""Similar records and precedents as they go in and out over HTTP, and how our values become them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator

from records.audit_chain import MAX_PURPOSE
from records.errors import InvalidInputError
from search_api.alike_texts import citation, link, share_text
from search_api.likeness import LOOKED_AT, Alike, Answer
from search_api.schemas import Body, FiltersBody, HitOut, NoticeOut, hit_out, no_filters, notice_out
from search_api.shares import Confidence, Draft, Shared

#: a draft of some twenty pages; what is characteristic of a longer one stands in these
MAX_DRAFT = 50_000
DEFAULT_ALIKE = 10
_MOST_LISTED = 20

_Value = Annotated[str, Field(max_length=300)]
_Short = Annotated[str, Field(max_length=100)]
_Listed = Annotated[
    list[_Short],
    Field(max_length=_MOST_LISTED),
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "maxItems": 20}]}),
]
_Size = Annotated[int, Field(ge=1, le=LOOKED_AT)]


class SimilarBody(Body):
    """How many similar records, and among which; all of it may be left out, the body too."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"filters": {"tenant": "erbach"}, "size": 5}]}
    )

    filters: FiltersBody = Field(default_factory=no_filters)
    size: _Size = DEFAULT_ALIKE


class CaseFields(Body):
    """What is known of the case that a draft belongs to. Adds to the order, and filters nothing."""

    file_reference: _Value | None = None
    case_reference: _Value | None = None
    file_plan: _Value | None = None
    case_type: _Value | None = None
    document_type: _Value | None = None
    keywords: _Listed = Field(default_factory=list, description="Count like words of the draft's heading")
    legal_bases: _Listed = Field(default_factory=list, description="Paragraphs as they are cited: `§ 34 BauGB`")


class PrecedentsBody(Body):
    """A draft, what is known of its case, or both; and what the precedents are for."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "text": "Fällung einer Kastanie\nDie Kastanie vor dem Haus Marktplatz 3 soll gefällt werden …",
                    "fields": {
                        "file_plan": "632.6",
                        "case_type": "Baumfällung",
                        "legal_bases": ["§ 2 der Baumschutzsatzung"],
                    },
                    "purpose": "Antrag auf Fällung, Az. 632.6-31/2026",
                    "size": 10,
                }
            ]
        },
    )

    text: str = Field(
        default="",
        max_length=MAX_DRAFT,
        description=(
            "The draft. Its first line counts as its heading. Of a long draft the 250 longest words are looked for; "
            "the meaning is that of its heading and its first 3,000 characters, near copies are told by 4,000."
        ),
    )
    fields: CaseFields = Field(default_factory=CaseFields)
    filters: FiltersBody = Field(default_factory=no_filters)
    purpose: str = Field(max_length=MAX_PURPOSE, description="What they are for; goes into the audit log")
    size: _Size = DEFAULT_ALIKE

    @field_validator("purpose")
    @classmethod
    def _one_line(cls, value: str) -> str:
        line = " ".join(value.split())
        if not line:
            raise ValueError("says nothing; name what the precedents are for")
        if not line.isprintable():
            raise ValueError("holds characters that nobody can read")
        return line

    def draft(self) -> Draft:
        """Return what the precedents are to be like; InvalidInputError where neither text nor fields hold a word."""
        given = self.fields
        facts = {what: value for what in Shared if (value := getattr(given, what, None)) and isinstance(value, str)}
        made = Draft.written(self.text, facts=facts, keywords=given.keywords, laws="; ".join(given.legal_bases))
        if not made.says_something:
            raise InvalidInputError("text", "holds no word, and no field does; send a draft or fields of its case")
        return made


class ShareOut(BaseModel):
    """One thing in common; `text` is how it reads in German."""

    code: Shared
    text: str
    values: list[str]


class AlikeOut(HitOut):
    """A record that is alike, as a search shows it, with what is alike in it and how it is cited."""

    shares: list[ShareOut]
    confidence: Confidence = Field(
        description=(
            "`high`: nearly the draft itself, or near in meaning with three rare words in common and the same kind of "
            "case (file plan, case type, file, paragraph); `medium`: some of that; `low`: little of that"
        )
    )
    near_copy: bool = Field(description="Whether it is nearly the draft itself, word for word")
    closed: bool = Field(description="Whether its case is closed, as far as its source says so")
    citation: str = Field(description="A part of a sentence: municipality, file reference, title, date")
    link: str = Field(description="Its path in this API", examples=["/v1/records/beispiel-0001"])


class AlikesOut(BaseModel):
    """Records that are alike, the most alike first."""

    hits: list[AlikeOut]
    notices: list[NoticeOut]


def alikes_out(answer: Answer) -> AlikesOut:
    """Return an answer as it goes out."""
    return AlikesOut(
        hits=[_alike_out(one) for one in answer.alike], notices=[notice_out(notice) for notice in answer.notices]
    )


def _alike_out(one: Alike) -> AlikeOut:
    found = one.hit.found
    return AlikeOut(
        **hit_out(one.hit).model_dump(),
        shares=[ShareOut(code=s.what, text=share_text(s), values=list(s.values)) for s in one.shares],
        confidence=one.confidence,
        near_copy=one.near_copy,
        closed=one.closed,
        citation=citation(found),
        link=link(found),
    )
