"""Who may see and decide what records managers see and decide: one rule for all of the ledger's answers to them."""

from __future__ import annotations

from records.access import Principal, Role
from records.errors import NotVisibleError


def managed_tenant(principal: Principal) -> str:
    """Return the tenant whose records the principal manages; NotVisibleError if they manage none."""
    # SECURITY: names of files and ids tell about people; software never lends a clerk's role to itself.
    if Role.RECORDS_MANAGER not in principal.roles or principal.software is not None:
        raise NotVisibleError("only records managers of the tenant see this")
    return principal.tenant
