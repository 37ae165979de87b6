"""Why somebody can or cannot read a record, and who may know: the story of `/v1/access/explain`.

Records managers are told the rule for every record of their tenant. Everybody else is told only of what shows itself to
them: what they may open, what was released to them, and what belongs to a case of which they may open another record.
Everything else is as unknown as an id that does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from records.access import ActingSoftware, Principal, Role, groups_of
from records.errors import InvalidInputError, NotVisibleError
from records.explanation import Explanation, explain
from records.index import Found, RecordIndex
from records.ledger_access import KnownRights
from records.ledger_tables import State
from records.query import FilterField, Narrowing, Search, Sort

_READABLE = (State.INDEXED, State.PENDING)
_LONGEST_ID = 512
#: asked for where there is no case, so that both ways take the same steps
_NO_CASE = "kein-vorgang"


class RightsLedger(Protocol):
    """What knows the rights of records."""

    def rights(self, principal: Principal, record_id: str) -> KnownRights | None:
        """Return the rights of a record of the principal's own tenant."""
        ...


@dataclass(frozen=True)
class Question:
    """Which record, and for whom if not for oneself."""

    record_id: str
    subject: str | None = None
    groups: tuple[str, ...] | None = None
    software_groups: tuple[str, ...] | None = None

    @property
    def about_somebody_else(self) -> bool:
        """Whether another person, or other groups than one's own, are meant."""
        return self.subject is not None or self.groups is not None or self.software_groups is not None


@dataclass(frozen=True)
class Told:
    """What is told: the explanation with the rights behind it, or that something was released."""

    record_id: str
    explanation: Explanation | None = None
    rights: KnownRights | None = None
    released: Found | None = None
    #: whether the rights themselves are shown: to records managers only
    whole: bool = False


class Explaining:
    """Explains under the rights of whoever asks."""

    def __init__(self, index: RecordIndex, ledger: RightsLedger) -> None:
        self._index, self._ledger = index, ledger

    def tell(self, principal: Principal, question: Question) -> Told:
        """Return the explanation; NotVisibleError for all that this principal must not know of."""
        if len(question.record_id) > _LONGEST_ID:
            raise NotVisibleError("id too long")
        # SECURITY: software never asks in a manager's place.
        manager = Role.RECORDS_MANAGER in principal.roles and principal.software is None
        rights = self._ledger.rights(principal, question.record_id)
        if manager and rights is not None:
            meant = _meant(principal, question)
            return Told(question.record_id, explain(meant, rights.access), rights, whole=True)
        if question.about_somebody_else:
            raise NotVisibleError("only records managers ask for others, and for records of their tenant")
        return self._shown_to(principal, question.record_id, rights)

    def _shown_to(self, principal: Principal, record_id: str, rights: KnownRights | None) -> Told:
        # SECURITY: the same questions to the same services, whether the record exists or not.
        found = self._found(principal, record_id)
        in_open_case = self._opens_case(principal, rights.case_reference if rights is not None else None)
        if found is not None and found.released is not None:
            return Told(record_id, released=found)
        if rights is None or rights.state not in _READABLE or not rights.indexed:
            raise NotVisibleError("no such record")
        explanation = explain(principal, rights.access)
        if (found is not None and explanation.readable) or in_open_case:
            return Told(record_id, explanation, rights)
        raise NotVisibleError("does not show itself")

    def _found(self, principal: Principal, record_id: str) -> Found | None:
        try:
            return self._index.record(principal, record_id)
        except NotVisibleError:
            return None

    def _opens_case(self, principal: Principal, case_reference: str | None) -> bool:
        own = (FilterField.TENANT, (principal.tenant,))
        narrowing = Narrowing(((FilterField.CASE_REFERENCE, (case_reference or _NO_CASE,)), own))
        # SECURITY: searches find a number however it is divided, 1/23 by 12/3 too; a case is what is written alike.
        hits = self._index.scan(principal, Search(narrowing=narrowing), sort=Sort.DATE)
        return any(hit.found.metadata.case_reference == case_reference for hit in hits) and case_reference is not None


def _meant(principal: Principal, question: Question) -> Principal:
    """Return the person that a records manager asks about: somebody of the own tenant without roles."""
    if not question.about_somebody_else:
        return principal
    if question.groups is None:
        raise InvalidInputError("groups", "nenne die Gruppen der Person; wer in welcher ist, weiß nur die Anmeldung")
    tenant = principal.tenant
    software = None
    if question.software_groups is not None:
        software = ActingSoftware("Fachverfahren", groups_of(tenant, question.software_groups))
    return Principal(question.subject or "jemand", tenant, groups_of(tenant, question.groups), software=software)
