"""The rights of a record as the engine keeps them, and a digest of them that both sides can be held against. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from mappings import Field
from mappings.security import SYSTEM_SEES
from records.access import ReadAccess


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


def rights_digest(access: ReadAccess) -> str:
    """Return the digest of the rights that the ledger holds."""
    said = rights_fields(access).items()
    return _digest({name: value if isinstance(value, list) else [value] for name, value in said})


def digest_of_values(values: Mapping[str, Sequence[Any]]) -> str:
    """Return the digest of the rights that the engine holds: its values by field, as lists."""
    return _digest(values)


def _digest(values: Mapping[str, Sequence[Any]]) -> str:
    # SECURITY: every field that one of the two locks goes by; one that was changed alone is noticed too.
    said = [sorted(str(value).lower() for value in values.get(field, ())) for field in SYSTEM_SEES]
    return hashlib.sha256(json.dumps(said[1:], separators=(",", ":")).encode()).hexdigest()[:16]
