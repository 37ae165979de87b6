"""Who may read a record: the only rule, with two faces.

`admits` answers for one record, `read_filter` for a search; both are the same sentence:

1. The record belongs to the principal's own tenant.
2. No reader on its deny list is one of the principal's.
3. One of its readers is one of the principal's. A record that is held back (confidential, or of another privacy class
   than normal) is not opened by the reader `TENANT/alle` alone.
4. A record without readers is open to the records managers of its tenant and to nobody else.
5. Where software acts for a clerk, 2 and 3 hold for the software's readers as well: it gets the intersection.

This module is pure: it knows no engine, no request and no clock.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from records.errors import InvalidInputError

#: the group that everybody of a tenant is in
EVERYBODY = "alle"

#: more groups than this do not fit into the token minted for the engine
MAX_GROUPS = 500

_GROUP = re.compile(r"[a-z0-9-]{1,64}")
_TENANT = re.compile(r"[a-z0-9]{1,40}")


class Role(StrEnum):
    """What somebody may do beyond reading."""

    RECORDS_MANAGER = "records-manager"
    PRIVACY = "privacy"
    REPORTS = "reports"
    #: sums over the towns that agreed to be counted together
    COOPERATION = "cooperation"


class Confidentiality(StrEnum):
    """How far a record is held back inside its own tenant."""

    OPEN = "offen"
    CONFIDENTIAL = "vertraulich"


class PrivacyClass(StrEnum):
    """What kind of personal data a record holds, where the law protects that kind by name."""

    NORMAL = "normal"
    #: special categories, Article 9 of the GDPR
    ARTICLE_9 = "art9"
    TAX = "steuer"
    SOCIAL = "sozial"
    PERSONNEL = "personal"
    #: registers of residents and of civil status
    REGISTER = "register"


@dataclass(frozen=True, order=True)
class Reader:
    """A token that may read: a group, which never means anything without its tenant."""

    tenant: str
    group: str

    def __post_init__(self) -> None:
        # SECURITY: checked wherever a reader is made, so that no other value reaches a filter or a token.
        if _TENANT.fullmatch(self.tenant) is None:
            raise InvalidInputError("tenant", f"{self.tenant[:60]!r} is not made of 1 to 40 letters a-z and digits")
        if _GROUP.fullmatch(self.group) is None:
            raise InvalidInputError(
                "groups", f"{self.group[:80]!r} is not made of 1 to 64 letters a-z, digits and hyphens"
            )

    def __str__(self) -> str:
        return f"{self.tenant}/{self.group}"

    @property
    def short_id(self) -> str:
        """Twelve letters (60 bits of SHA-256) that stand for this reader in the engine's token; its size is bounded."""
        digest = hashlib.sha256(str(self).encode("ascii")).digest()
        return base64.b32encode(digest)[:12].decode("ascii").lower()

    @classmethod
    def parse(cls, text: str, *, own_tenant: str) -> Reader:
        """Read `tenant/group`, or `group` of the own tenant; a reader of another tenant is refused."""
        tenant, slash, group = text.rpartition("/")
        reader = cls(tenant if slash else own_tenant, group)
        # SECURITY: what another municipality may see is a release, never a reader.
        if reader.tenant != own_tenant:
            raise InvalidInputError("readers", f"{text[:80]!r} belongs to another tenant than {own_tenant!r}")
        return reader


@dataclass(frozen=True)
class ActingSoftware:
    """The software that asks on behalf of a clerk, with what it may read itself."""

    name: str
    groups: frozenset[Reader]


@dataclass(frozen=True)
class Principal:
    """Who asks: a verified subject with the tenant, groups and roles it came with. Never made from unverified input."""

    subject: str
    tenant: str
    groups: frozenset[Reader]
    roles: frozenset[Role] = frozenset()
    software: ActingSoftware | None = None

    def __post_init__(self) -> None:
        everybody = Reader(self.tenant, EVERYBODY)
        object.__setattr__(self, "groups", self.groups | {everybody})
        if self.software is not None:
            own = ActingSoftware(self.software.name, self.software.groups | {everybody})
            object.__setattr__(self, "software", own)
        every_group = self.groups | (self.software.groups if self.software else frozenset())
        # SECURITY: a group of another tenant can open nothing here, so its presence is a fault upstream.
        foreign = sorted(str(g) for g in every_group if g.tenant != self.tenant)
        if foreign:
            raise InvalidInputError("groups", f"{foreign[0]!r} is no group of tenant {self.tenant!r}")
        if len(self.groups) > MAX_GROUPS:
            raise InvalidInputError(
                "groups",
                f"{len(self.groups)} groups, at most {MAX_GROUPS} are possible; ask for a smaller set at sign-in",
            )


@dataclass(frozen=True)
class ReadAccess:
    """What a record says about its readers. An empty set of readers means: only records managers."""

    tenant: str
    readers: frozenset[Reader] = frozenset()
    deny: frozenset[Reader] = frozenset()
    confidentiality: Confidentiality = Confidentiality.OPEN
    privacy_class: PrivacyClass = PrivacyClass.NORMAL

    def __post_init__(self) -> None:
        if _TENANT.fullmatch(self.tenant) is None:
            raise InvalidInputError("tenant", f"{self.tenant[:60]!r} is not made of 1 to 40 letters a-z and digits")
        for reader in self.readers | self.deny:
            if reader.tenant != self.tenant:
                raise InvalidInputError("readers", f"'{reader}' belongs to another tenant than {self.tenant!r}")

    @property
    def held_back(self) -> bool:
        """Whether the tenant-wide reader alone does not open the record."""
        # SECURITY: only what is known to be open and of no protected kind is for everybody of a tenant.
        return self.confidentiality is not Confidentiality.OPEN or self.privacy_class is not PrivacyClass.NORMAL


@dataclass(frozen=True)
class ReadFilter:
    """The rule as a condition on many records; made by `read_filter` only."""

    tenant: str
    #: for each asking party (the clerk, and the software acting for them): its readers without the tenant-wide one
    parties: tuple[frozenset[Reader], ...]
    everybody: Reader
    #: readers of all parties, for the deny list
    denied_by: frozenset[Reader]
    #: whether records without readers are open
    opens_unassigned: bool

    def admits(self, access: ReadAccess) -> bool:
        """Say whether a record with this access is open."""
        # SECURITY: the rule of the module's docstring, sentence by sentence.
        if access.tenant != self.tenant or access.deny & self.denied_by:
            return False
        if not access.readers:
            return self.opens_unassigned
        opened_to_everybody = self.everybody in access.readers and not access.held_back
        return all(opened_to_everybody or bool(party & access.readers) for party in self.parties)


def read_filter(principal: Principal) -> ReadFilter:
    """Return the condition under which records are open to this principal."""
    everybody = Reader(principal.tenant, EVERYBODY)
    parties = [principal.groups]
    if principal.software is not None:
        parties.append(principal.software.groups)
    return ReadFilter(
        tenant=principal.tenant,
        parties=tuple(groups - {everybody} for groups in parties),
        everybody=everybody,
        denied_by=frozenset().union(*parties),
        opens_unassigned=Role.RECORDS_MANAGER in principal.roles and principal.software is None,
    )


def admits(principal: Principal, access: ReadAccess) -> bool:
    """Say whether this principal may read a record with this access."""
    return read_filter(principal).admits(access)


def groups_of(tenant: str, names: Iterable[str]) -> frozenset[Reader]:
    """Return the readers for bare group names of one tenant."""
    return frozenset(Reader(tenant, name) for name in names)
