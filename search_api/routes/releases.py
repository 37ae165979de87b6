"""`/v1/releases` and `/v1/release-rules`: what records managers show to other municipalities, and take back.

The ledger decides, the indexer follows within seconds, and a recall is in force at once. While the engine is away
nobody is shown anything, and these routes answer 503 like all the others.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from records.access import Principal
from records.audit_chain import Kind
from records.release import Release, parse_access
from search_api.disclosures import NO_RECORDS
from search_api.once import REPEATABLE, Key, Sent
from search_api.parts import Managing, Parts, PartsOf
from search_api.release_schemas import (
    RecallOut,
    ReleaseBody,
    ReleaseOut,
    ReleasesOut,
    RuleBody,
    RuleOut,
    RulesOut,
    release_out,
    rule_out,
)

router = APIRouter(tags=["releases"])

_PAGE = 100

_ReleaseId = Annotated[str, Path(examples=["mzxw6ytboi3dimjsgm2tmnzyhe"])]
_RuleId = Annotated[str, Path(examples=["nfxgizlyebuxg5dsmvqw2zlemm"])]
_RecordId = Annotated[
    str | None, Query(max_length=512, description="Only releases of this record", examples=["beispiel-0001"])
]
_Cursor = Annotated[str | None, Query(max_length=4000)]


@router.post("/v1/releases", responses=REPEATABLE)
def give_release(asking: Managing, parts: PartsOf, body: ReleaseBody, key: Key = None) -> ReleaseOut:
    """Show a record to other municipalities. The same again gives the release that was given before."""
    access = parse_access(asking.tenant, body.partners, body.until, parts.tenants)
    made = parts.once.do(
        asking,
        Sent("release", key, body),
        lambda: parts.releases.create(asking, body.draft(access)),
        name=lambda release: release.release_id,
        again=lambda release_id: parts.releases.release(asking, release_id),
    )
    _disclose(parts, asking, (made,))
    return release_out(made)


@router.get("/v1/releases")
def list_releases(asking: Managing, parts: PartsOf, record_id: _RecordId = None, cursor: _Cursor = None) -> ReleasesOut:
    """Return what the own municipality has given, newest first, with its state; what was recalled too."""
    asked = f"releases {record_id}"
    before = parts.cursors.open(asking, asked, cursor)["before"] if cursor is not None else None
    found = parts.releases.of(asking, record_id=record_id, size=_PAGE, before=before)
    _disclose(parts, asking, found)
    more = None
    if len(found) == _PAGE:
        more = parts.cursors.seal(asking, asked, {"before": found[-1].release_id})
    return ReleasesOut(releases=[release_out(release) for release in found], cursor=more)


@router.get("/v1/releases/{release_id}")
def read_release(asking: Managing, parts: PartsOf, release_id: _ReleaseId) -> ReleaseOut:
    """Return one release of the own municipality."""
    found = parts.releases.release(asking, release_id)
    _disclose(parts, asking, (found,))
    return release_out(found)


@router.delete("/v1/releases/{release_id}", openapi_extra=NO_RECORDS)
def recall_release(asking: Managing, parts: PartsOf, release_id: _ReleaseId) -> RecallOut:
    """Take a release back, at once and for good; again changes nothing."""
    recalled = parts.releases.recall(asking, release_id)
    return RecallOut(release_id=recalled.release_id, state=recalled.state)


@router.post("/v1/release-rules", openapi_extra=NO_RECORDS, responses=REPEATABLE)
def give_rule(asking: Managing, parts: PartsOf, body: RuleBody, key: Key = None) -> RuleOut:
    """Show all records of a type or of a part of the file plan, those to come too. The same again gives the same."""
    access = parse_access(asking.tenant, body.partners, body.until, parts.tenants)
    made = parts.once.do(
        asking,
        Sent("rule", key, body),
        lambda: parts.releases.create_rule(asking, body.draft(access)),
        name=lambda rule: rule.rule_id,
        again=lambda rule_id: parts.releases.rule(asking, rule_id),
    )
    return rule_out(made)


@router.get("/v1/release-rules", openapi_extra=NO_RECORDS)
def list_rules(asking: Managing, parts: PartsOf) -> RulesOut:
    """Return the rules of the own municipality, newest first; what was recalled too."""
    return RulesOut(rules=[rule_out(rule) for rule in parts.releases.rules_of(asking)])


@router.delete("/v1/release-rules/{rule_id}", openapi_extra=NO_RECORDS)
def recall_rule(asking: Managing, parts: PartsOf, rule_id: _RuleId) -> RuleOut:
    """Take a rule back, with all that it gave; again changes nothing."""
    return rule_out(parts.releases.recall_rule(asking, rule_id))


def _disclose(parts: Parts, asking: Principal, releases: tuple[Release, ...]) -> None:
    ids = (release.record_id for release in releases if release.record_id is not None)
    parts.audit.disclose(asking, Kind.RELEASES, ids)
