"""Releases and rules as they go in and out over HTTP, and how our values become them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from records.release import (
    MAX_CHARACTERS,
    MAX_PAGES,
    MAX_TITLE,
    MAX_WORDS,
    Grounds,
    RecallReason,
    Redaction,
    Release,
    ReleaseAccess,
    ReleaseDraft,
    ReleaseForm,
    ReleaseRule,
    ReleaseState,
    RuleDraft,
    Shown,
    ShownField,
    day_of,
)

_Partner = Annotated[str, Field(max_length=120)]
_Partners = Annotated[
    list[_Partner],
    Field(min_length=1, max_length=100, description="`*` for all, or tenants (`michelstadt`) and their groups"),
]
_Words = Annotated[str, Field(min_length=1, max_length=MAX_WORDS)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RedactionBody(_Body):
    """The title and pages that others may read; nothing of them is taken from the record."""

    title: str = Field(min_length=1, max_length=MAX_TITLE)
    pages: list[Annotated[str, Field(max_length=MAX_CHARACTERS)]] = Field(min_length=1, max_length=MAX_PAGES)


class _Given(_Body):
    partners: _Partners
    purpose: _Words
    legal_basis: _Words
    until: dt.date | None = Field(default=None, description="The last day; null is without end")

    def grounds(self) -> Grounds:
        """Return why it is given."""
        return Grounds(self.purpose, self.legal_basis)


class ReleaseBody(_Given):
    """A release to be given. Sent again it gives nothing new: the answer is the release given before."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "record_id": "beispiel-0001",
                    "form": "existence",
                    "partners": ["michelstadt", "oberzent/bauamt"],
                    "purpose": "Vergleichsfälle für die Bauberatung",
                    "legal_basis": "§ 22 HDSIG",
                    "until": "2030-12-31",
                    "shown_fields": ["document_type", "year", "department"],
                }
            ]
        },
    )

    record_id: str = Field(max_length=512)
    form: ReleaseForm
    redacted: RedactionBody | None = None
    shown_fields: list[ShownField] = Field(default_factory=list, max_length=len(ShownField))

    def draft(self, access: ReleaseAccess) -> ReleaseDraft:
        """Return the release that is wanted."""
        redaction = Redaction(self.redacted.title, tuple(self.redacted.pages)) if self.redacted else None
        shown = Shown(self.form, redaction, frozenset(self.shown_fields))
        return ReleaseDraft(self.record_id, shown, access, self.grounds())


class RuleBody(_Given):
    """A standing release of all records of a type, of a part of the file plan, or of both, as a whole."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "document_type": "Satzung",
                    "partners": ["*"],
                    "purpose": "Ortsrecht der Kooperation",
                    "legal_basis": "öffentlich bekannt gemacht",
                }
            ]
        },
    )

    file_plan: _Words | None = Field(default=None, description="Begins like this")
    document_type: _Words | None = None

    def draft(self, access: ReleaseAccess) -> RuleDraft:
        """Return the rule that is wanted."""
        return RuleDraft(self.file_plan, self.document_type, access, self.grounds())


class RedactionOut(BaseModel):
    """What others read instead of the record."""

    title: str
    pages: list[str]


class ReleaseOut(BaseModel):
    """A release; `record_id`, `title` and `redacted` are null for whoever may not read the record."""

    release_id: str
    record_id: str | None
    title: str | None
    form: ReleaseForm
    partners: list[str]
    until: dt.date | None
    purpose: str
    legal_basis: str
    redacted: RedactionOut | None
    shown_fields: list[ShownField]
    state: ReleaseState
    reason: RecallReason | None
    rule_id: str | None
    created_by: str
    created_at: dt.datetime
    recalled_by: str | None
    recalled_at: dt.datetime | None


class ReleasesOut(BaseModel):
    """One page of releases, newest first."""

    releases: list[ReleaseOut]
    cursor: str | None


class RecallOut(BaseModel):
    """What became of a release that was recalled."""

    release_id: str
    state: ReleaseState


class RuleOut(BaseModel):
    """A standing release; `releases` counts what it shows now."""

    rule_id: str
    file_plan: str | None
    document_type: str | None
    source: str | None = Field(
        description="All that comes from this source; given by the installation's file of sources"
    )
    partners: list[str]
    until: dt.date | None
    purpose: str
    legal_basis: str
    releases: int
    created_by: str
    created_at: dt.datetime
    recalled_by: str | None
    recalled_at: dt.datetime | None


class RulesOut(BaseModel):
    """The rules of a municipality, newest first."""

    rules: list[RuleOut]


def release_out(release: Release) -> ReleaseOut:
    """Return a release as it goes out."""
    redaction = release.shown.redaction
    readable = release.record_id is not None
    return ReleaseOut(
        release_id=release.release_id,
        record_id=release.record_id,
        title=release.title,
        form=release.shown.form,
        partners=list(release.access.partner_names),
        until=day_of(release.access.until),
        purpose=release.grounds.purpose,
        legal_basis=release.grounds.legal_basis,
        redacted=RedactionOut(title=redaction.title, pages=list(redaction.pages)) if redaction and readable else None,
        shown_fields=sorted(release.shown.fields),
        state=release.state,
        reason=release.reason,
        rule_id=release.rule_id,
        created_by=release.created_by,
        created_at=release.created_at,
        recalled_by=release.recalled_by,
        recalled_at=release.recalled_at,
    )


def rule_out(rule: ReleaseRule) -> RuleOut:
    """Return a rule as it goes out."""
    draft = rule.draft
    return RuleOut(
        rule_id=rule.rule_id,
        file_plan=draft.file_plan,
        document_type=draft.document_type,
        source=draft.source,
        partners=list(draft.access.partner_names),
        until=day_of(draft.access.until),
        purpose=draft.grounds.purpose,
        legal_basis=draft.grounds.legal_basis,
        releases=rule.releases,
        created_by=rule.created_by,
        created_at=rule.created_at,
        recalled_by=rule.recalled_by,
        recalled_at=rule.recalled_at,
    )
