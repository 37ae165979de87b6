"""Who may see the figures of a town, and the sums over towns: one rule for all reports of each."""

from __future__ import annotations

from records.access import Principal, Role
from records.errors import NotVisibleError
from records.reports.agreement import Agreement


def reported_tenant(principal: Principal) -> str:
    """Return the tenant whose reports the principal makes; NotVisibleError if they make none."""
    # SECURITY: figures are of the own town only; software never lends this role to itself.
    if Role.REPORTS not in principal.roles or principal.software is not None:
        raise NotVisibleError("only those who make reports for the tenant see this")
    return principal.tenant


def counted_together(principal: Principal, agreement: Agreement | None) -> Agreement:
    """Return between which towns the principal may see sums; NotVisibleError if they may not."""
    # SECURITY: closed until towns agreed; the role is given in the sign-in; software never lends it to itself.
    if Role.COOPERATION not in principal.roles or principal.software is not None:
        raise NotVisibleError("only those who make reports for the cooperation see this")
    if agreement is None or principal.tenant not in agreement.towns:
        raise NotVisibleError("these towns are not counted together")
    return agreement
