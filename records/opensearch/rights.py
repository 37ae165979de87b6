"""The rights of records and releases as the engine keeps them, and digests that both sides are held against. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from mappings import Field
from mappings.security import EVERY, SYSTEM_SEES, SYSTEM_SEES_OF_RELEASES
from records.access import ReadAccess
from records.release import ReleaseAccess, ReleaseForm


def rights_fields(access: ReadAccess) -> dict[str, Any]:
    """Return the fields of a document that say who may read it."""
    return {
        Field.TENANT: access.tenant,
        Field.READERS: sorted(str(r) for r in access.readers),
        Field.DENY: sorted(str(r) for r in access.deny),
        Field.READER_IDS: sorted(r.short_id for r in access.readers),
        Field.DENY_IDS: sorted(r.short_id for r in access.deny),
        Field.CONFIDENTIAL: access.held_back,
        Field.UNASSIGNED: not access.readers,
        Field.CONFIDENTIALITY: access.confidentiality.value,
        Field.PRIVACY_CLASS: access.privacy_class.value,
    }


def release_fields(access: ReleaseAccess, form: ReleaseForm) -> dict[str, Any]:
    """Return the fields of a release's document that say who sees it, until when, and in which form."""
    return {
        Field.TENANT: access.owner,
        Field.RELEASED: form.value,
        Field.PARTNERS: list(access.partner_names),
        Field.PARTNER_IDS: [EVERY] if access.to_all else sorted(r.short_id for r in access.partners),
        Field.UNTIL: access.until,
    }


def rights_digest(access: ReadAccess) -> str:
    """Return the digest of the rights that the ledger holds."""
    return _digest(_listed(rights_fields(access)), SYSTEM_SEES)


def release_digest(access: ReleaseAccess, form: ReleaseForm, media_type: str | None) -> str:
    """Return the digest of a release as the ledger wants it; only a whole one has a kind of file."""
    said = release_fields(access, form) | ({Field.MEDIA_TYPE: media_type} if media_type is not None else {})
    return _digest(_listed(said), SYSTEM_SEES_OF_RELEASES)


def digest_of_values(values: Mapping[str, Sequence[Any]], fields: Sequence[Field] = SYSTEM_SEES) -> str:
    """Return the digest of the rights that the engine holds: its values by field, as lists."""
    return _digest(values, fields)


def _listed(said: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: value if isinstance(value, list) else [value] for name, value in said.items()}


def _digest(values: Mapping[str, Sequence[Any]], fields: Sequence[Field]) -> str:
    # SECURITY: every field that one of the two locks goes by; one that was changed alone is noticed too.
    said = [sorted(str(value).lower() for value in values.get(field, ())) for field in fields]
    return hashlib.sha256(json.dumps(said[1:], separators=(",", ":")).encode()).hexdigest()[:16]
