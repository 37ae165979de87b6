"""Why a principal can or cannot read a record: the sentence of the rule that decides, and the readers it turns on.

Whether it is open is asked of the rule itself (records.access); here only its reason is found. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from records.access import EVERYBODY, Principal, ReadAccess, Reader, Role, admits


class Ground(StrEnum):
    """The sentence that decides."""

    OTHER_TENANT = "other_tenant"
    DENIED = "denied"
    #: a reader of the principal's is named
    READER = "reader"
    #: everybody of the tenant is named
    EVERYBODY = "everybody"
    #: nobody is named, and the principal is a records manager
    UNASSIGNED = "unassigned"
    NOBODY_NAMED = "nobody_named"
    #: everybody is named, and the record is held back
    HELD_BACK = "held_back"
    NO_READER = "no_reader"


class Party(StrEnum):
    """Whose readers are looked at."""

    PERSON = "person"
    SOFTWARE = "software"


class Effect(StrEnum):
    """What a reader does."""

    OPENS = "opens"
    DENIES = "denies"


@dataclass(frozen=True)
class Step:
    """A reader of the principal's own that the record names."""

    party: Party
    effect: Effect
    reader: Reader


@dataclass(frozen=True)
class Explanation:
    """Whether a record is open, by which sentence, at which party it is decided, and through which readers."""

    readable: bool
    ground: Ground
    party: Party
    path: tuple[Step, ...]


def explain(principal: Principal, access: ReadAccess) -> Explanation:
    """Return why this principal can or cannot read a record with this access."""
    ground, party = _decided(principal, access)
    # SECURITY: the rule decides, not its explanation. The path holds the principal's own readers and nobody else's.
    return Explanation(admits(principal, access), ground, party, tuple(_path(principal, access)))


def _parties(principal: Principal) -> list[tuple[Party, frozenset[Reader]]]:
    parties = [(Party.PERSON, principal.groups)]
    if principal.software is not None:
        parties.append((Party.SOFTWARE, principal.software.groups))
    return parties


def _path(principal: Principal, access: ReadAccess) -> list[Step]:
    if access.tenant != principal.tenant:
        return []
    steps: list[Step] = []
    for party, groups in _parties(principal):
        steps += [Step(party, Effect.DENIES, reader) for reader in sorted(groups & access.deny)]
        opening = {r for r in groups & access.readers if r.group != EVERYBODY or not access.held_back}
        steps += [Step(party, Effect.OPENS, reader) for reader in sorted(opening)]
    return steps


def _decided(principal: Principal, access: ReadAccess) -> tuple[Ground, Party]:
    if access.tenant != principal.tenant:
        return Ground.OTHER_TENANT, Party.PERSON
    for party, groups in _parties(principal):
        if groups & access.deny:
            return Ground.DENIED, party
    if not access.readers:
        managing = Role.RECORDS_MANAGER in principal.roles and principal.software is None
        return (Ground.UNASSIGNED if managing else Ground.NOBODY_NAMED), Party.PERSON
    everybody = Reader(principal.tenant, EVERYBODY)
    for party, groups in _parties(principal):
        if (groups - {everybody}) & access.readers:
            continue
        if everybody not in access.readers:
            return Ground.NO_READER, party
        if access.held_back:
            return Ground.HELD_BACK, party
    named = (principal.groups - {everybody}) & access.readers
    return (Ground.READER if named else Ground.EVERYBODY), Party.PERSON
