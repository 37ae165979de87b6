"""The first lock: what the engine is asked with decides as the rules do, for everybody and every kind of rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from records.access import Confidentiality, Principal, ReadAccess, Reader, Role, admits, read_filter
from records.opensearch import clauses
from records.opensearch.rights import release_fields, rights_fields
from records.release import ReleaseAccess, ReleaseForm, shows
from tests.factories import access, principal
from tests.unit.records.askers import GROUPS, TENANTS, accesses, principals

NOW = 1_800_000_000


def holds(clause: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Say whether a clause holds of a document, as far as the lock needs the engine's language."""
    ((kind, said),) = clause.items()
    if kind == "bool":
        chosen = sum(holds(one, document) for one in said.get("should", ()))
        return (
            all(holds(one, document) for one in said.get("filter", ()))
            and not any(holds(one, document) for one in said.get("must_not", ()))
            and chosen >= said.get("minimum_should_match", 0)
        )
    if kind == "exists":
        return document.get(said["field"]) is not None
    ((field, wanted),) = said.items()
    kept = document.get(field, [])
    kept = kept if isinstance(kept, list) else [kept]
    if kind == "range":
        return any(value >= wanted["gte"] for value in kept)
    assert kind in {"term", "terms"}, kind
    return bool({wanted} & set(kept)) if kind == "term" else bool(set(wanted) & set(kept))


@st.composite
def releases(draw: st.DrawFn) -> ReleaseAccess:
    owner = draw(TENANTS)
    until = NOW + draw(st.integers(-1, 1))
    named = [(tenant, group) for tenant in ("erbach", "michelstadt", "oberzent") for group in draw(GROUPS)]
    partners = frozenset(Reader(tenant, group) for tenant, group in named if tenant != owner)
    return ReleaseAccess(owner, partners, until=until) if partners else ReleaseAccess(owner, to_all=True, until=until)


MANAGER = (Role.RECORDS_MANAGER,)
BAUAMT = ReleaseAccess("erbach", frozenset({Reader("michelstadt", "bauamt")}), until=NOW)
TOWN = ReleaseAccess("erbach", frozenset({Reader("michelstadt", "alle")}), until=NOW)


@settings(deadline=None)  # a busy machine is no fault of the lock
@example(principal("erbach", "bauamt"), access("erbach", "bauamt"))
@example(principal("erbach", "bauamt", "x"), access("erbach", "bauamt", deny=("x",)))
@example(principal("erbach", "bauamt", software=("bauamt", "x")), access("erbach", "bauamt", deny=("x",)))
@example(principal("erbach", "bauamt", software=("x",)), access("erbach", "bauamt"))
@example(principal("erbach"), access("erbach", "alle", confidentiality=Confidentiality.CONFIDENTIAL))
@example(principal("erbach", roles=MANAGER), access("erbach"))
@example(principal("erbach", roles=MANAGER, software=()), access("erbach"))
@example(principal("michelstadt", roles=MANAGER), access("erbach"))
@given(principals(), accesses())
def test_records(who: Principal, record: ReadAccess) -> None:
    assert holds(clauses.readable(read_filter(who), NOW), rights_fields(record)) == admits(who, record)


@settings(deadline=None)
@example(principal("michelstadt", "bauamt"), BAUAMT, ReleaseForm.WHOLE)
@example(principal("michelstadt", "bauamt", software=()), BAUAMT, ReleaseForm.WHOLE)
@example(principal("michelstadt", software=("bauamt",)), BAUAMT, ReleaseForm.WHOLE)
@example(principal("michelstadt", software=()), TOWN, ReleaseForm.EXISTENCE)
@example(principal("erbach", "bauamt"), ReleaseAccess("erbach", to_all=True), ReleaseForm.REDACTED)
@example(principal("michelstadt"), ReleaseAccess("erbach", to_all=True, until=NOW - 1), ReleaseForm.WHOLE)
@given(principals(), releases(), st.sampled_from(ReleaseForm))
def test_releases(who: Principal, given_to: ReleaseAccess, form: ReleaseForm) -> None:
    document = release_fields(given_to, form)
    assert holds(clauses.readable(read_filter(who), NOW), document) == shows(who, given_to, NOW)
