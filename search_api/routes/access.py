"""`POST /v1/access/explain`."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from records.audit_chain import Kind
from records.ledger_tables import State
from search_api import explain_texts as texts
from search_api.disclosures import Purpose
from search_api.explain import Explaining, Question, Told
from search_api.parts import Asking, PartsOf

router = APIRouter(tags=["access"])

_Groups = list[str]
_MOST_GROUPS = 500


class ExplainBody(BaseModel):
    """Which record; records managers may ask for somebody else, by the groups that person is in."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"record_id": "beispiel-0001", "groups": ["bauamt"]}]},
    )

    record_id: str
    subject: str | None = Field(default=None, min_length=1, max_length=200)
    groups: _Groups | None = Field(default=None, max_length=_MOST_GROUPS)
    software_groups: _Groups | None = Field(default=None, max_length=_MOST_GROUPS)


class StepOut(BaseModel):
    """A reader that opens or denies, and whose it is: `person` or `software`."""

    party: str
    effect: str
    reader: str


class RightsOut(BaseModel):
    """The rights as they stand in the ledger; for records managers."""

    readers: list[str]
    deny: list[str]
    confidentiality: str
    privacy_class: str
    source: str
    source_text: str
    version: int
    changed_at: dt.datetime | None
    state: str
    notices: list[str]


class ExplainOut(BaseModel):
    """Whether the record can be read, by which sentence of the rule, and through which groups."""

    record_id: str
    readable: bool
    rule: str
    sentence: str
    path: list[StepOut]
    rights: RightsOut | None


@router.post("/v1/access/explain")
def explain(asking: Asking, parts: PartsOf, body: ExplainBody, purpose: Purpose = None) -> ExplainOut:
    """Say why somebody can or cannot read a record; 404 for what the caller must not know of."""
    question = Question(
        body.record_id,
        body.subject,
        tuple(body.groups) if body.groups is not None else None,
        tuple(body.software_groups) if body.software_groups is not None else None,
    )
    told = Explaining(parts.index, parts.rights).tell(asking, question)
    parts.audit.disclose(asking, Kind.EXPLAIN, [told.record_id], purpose)
    return _out(told)


def _out(told: Told) -> ExplainOut:
    if told.released is not None:
        form = told.released.released
        return ExplainOut(
            record_id=told.record_id,
            readable=form != "existence",
            rule=f"released_{form}",
            sentence=texts.released(told.released),
            path=[],
            rights=None,
        )
    assert told.explanation is not None
    assert told.rights is not None
    explanation, rights = told.explanation, told.rights
    steps = [StepOut(party=s.party, effect=s.effect, reader=str(s.reader)) for s in explanation.path]
    in_the_way = texts.in_the_way(rights.state)
    shown = None
    if told.whole:
        notices = [texts.PENDING] if rights.state is State.PENDING else []
        notices += [texts.BEHIND] if rights.behind else []
        shown = RightsOut(
            readers=sorted(str(r) for r in rights.access.readers),
            deny=sorted(str(r) for r in rights.access.deny),
            confidentiality=rights.access.confidentiality,
            privacy_class=rights.access.privacy_class,
            source=rights.source,
            source_text=texts.SOURCES[rights.source],
            version=rights.version,
            changed_at=rights.changed_at,
            state=rights.state,
            notices=notices,
        )
    return ExplainOut(
        record_id=told.record_id,
        readable=explanation.readable and in_the_way is None,
        rule=explanation.ground,
        sentence=texts.sentence(explanation, rights.access, in_the_way=in_the_way),
        path=steps,
        rights=shown,
    )
