"""Everybody who may ask and every kind of rights, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from records.access import Confidentiality, Principal, PrivacyClass, ReadAccess, Role
from tests.factories import access, principal

TENANTS = st.sampled_from(["erbach", "michelstadt"])
GROUPS = st.lists(st.sampled_from(["alle", "bauamt", "kaemmerei", "leitung"]), max_size=4)


@st.composite
def principals(draw: st.DrawFn) -> Principal:
    roles = (Role.RECORDS_MANAGER,) if draw(st.booleans()) else ()
    software = tuple(draw(GROUPS)) if draw(st.booleans()) else None
    return principal(draw(TENANTS), *draw(GROUPS), roles=roles, software=software)


@st.composite
def accesses(draw: st.DrawFn) -> ReadAccess:
    deny = tuple(draw(GROUPS)) if draw(st.booleans()) else ()
    kind = draw(st.sampled_from(Confidentiality))
    protected = draw(st.sampled_from([PrivacyClass.NORMAL, *PrivacyClass]))
    return access(draw(TENANTS), *draw(GROUPS), deny=deny, confidentiality=kind, privacy_class=protected)
