"""Who may see the figures of a town: one rule for all of its reports."""

from __future__ import annotations

from records.access import Principal, Role
from records.errors import NotVisibleError


def reported_tenant(principal: Principal) -> str:
    """Return the tenant whose reports the principal makes; NotVisibleError if they make none."""
    # SECURITY: figures are of the own town only; software never lends this role to itself.
    if Role.REPORTS not in principal.roles or principal.software is not None:
        raise NotVisibleError("only those who make reports for the tenant see this")
    return principal.tenant
