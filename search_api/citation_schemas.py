"""Citations as they go in and out over HTTP, and how our values become them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from records.citations import Citation, CitedKind
from search_api.alike_texts import citation, link
from search_api.citing import Citing
from search_api.schemas import DEFAULT_SIZE, MAX_SIZE, Body, FiltersBody, HitOut, hit_out, no_filters

LONGEST = 300
_FORMS = (
    "As it is cited: `§ 34 BauGB`, `BVerwG, Urteil vom 16.09.2010 - 4 C 7.10`, `632.1-12/2024`, "
    "`Drucksache 2021/1198`. Other spellings of the same are found too. "
    "Where it names several, a record that cites one of them is found."
)


class CitationsBody(Body):
    """What is to be cited."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"of": "§ 34 BauGB", "size": 20}, {"of": "2021/1198", "kind": "paper"}]},
    )

    of: str = Field(max_length=LONGEST, description=_FORMS)
    kind: CitedKind | None = Field(default=None, description="What `of` is; left out, it is found out")
    filters: FiltersBody = Field(default_factory=no_filters)
    size: int = Field(default=DEFAULT_SIZE, ge=1, le=MAX_SIZE)
    cursor: str | None = Field(default=None, max_length=4000)


class CitationOut(BaseModel):
    """One thing that is cited, written in one way."""

    kind: CitedKind
    text: str


class CitingOut(HitOut):
    """A record that cites it: its passages are those that do, with the citation marked."""

    citation: str = Field(description="How the record itself is cited: municipality, file reference, title, date")
    link: str = Field(description="Its path in this API", examples=["/v1/records/beispiel-0001"])


class CitingPageOut(BaseModel):
    """One page of the records that cite something, newest first."""

    total: int
    hits: list[CitingOut]
    cursor: str | None


class CitationsOut(CitingPageOut):
    """What was asked for, and one page of the records that cite any of it, newest first."""

    of: list[CitationOut]


class RecordCitationsOut(BaseModel):
    """What a record cites, in the order of its text, and what cites its file, its paper or its case."""

    cites: list[CitationOut]
    cited_by: CitingPageOut


def citation_out(one: Citation) -> CitationOut:
    """Return a citation as it goes out."""
    return CitationOut(kind=one.kind, text=one.text)


def citing_out(page: Citing) -> CitingPageOut:
    """Return one page of citing records as it goes out."""
    hits = [
        CitingOut(**hit_out(hit).model_dump(), citation=citation(hit.found), link=link(hit.found)) for hit in page.hits
    ]
    return CitingPageOut(total=page.total, hits=hits, cursor=page.cursor)
