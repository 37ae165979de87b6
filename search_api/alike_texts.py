"""How likeness reads in German: what two share, and how a record is cited. Pure."""

from __future__ import annotations

from urllib.parse import quote

from records.index import Found
from records.query import FilterField
from records.release import ReleaseForm
from search_api.labels import label
from search_api.shares import Share, Shared

_SHARES = {
    Shared.FILE_REFERENCE: "gleiches Aktenzeichen: {}",
    Shared.CASE_REFERENCE: "gleiches Vorgangszeichen: {}",
    Shared.FILE_PLAN: "gleicher Aktenplan: {}",
    Shared.CASE_TYPE: "gleiche Vorgangsart: {}",
    Shared.DOCUMENT_TYPE: "gleiche Art der Unterlage: {}",
    Shared.LEGAL_BASIS: "gleiche Rechtsgrundlage: {}",
    Shared.WORDS: "gemeinsame seltene Wörter: {}",
    Shared.MEANING: "ähnlicher Sinn",
}
_LONGEST_TITLE = 200


def share_text(share: Share) -> str:
    """Return what two share as part of a sentence."""
    return _SHARES[share.what].format(", ".join(share.values))


def citation(found: Found) -> str:
    """Return how a record is cited in a letter: municipality, file reference, title and date, as far as they are shown.

    Erbach, Az. 632.6-14/2024, „Fällung einer Kastanie“ vom 07.03.2024
    """
    meta = found.metadata
    parts = [label(FilterField.TENANT, found.tenant)]
    if meta.file_reference:
        parts.append(f"Az. {meta.file_reference}")
    if found.released is ReleaseForm.EXISTENCE:
        about = [label(FilterField.DOCUMENT_TYPE, meta.document_type)] if meta.document_type else []
        about += [str(meta.fields["year"])] if meta.fields.get("year") else []
        parts.append("Hinweis auf einen Vorgang" + (f" ({', '.join(about)})" if about else ""))
        return ", ".join(parts)
    title = " ".join(meta.title.split())
    title = title if len(title) <= _LONGEST_TITLE else f"{title[:_LONGEST_TITLE].rsplit(' ', 1)[0]} …"
    titled = f"„{title}“" if title else meta.document_type or "ohne Titel"
    parts.append(f"{titled} vom {meta.date:%d.%m.%Y}" if meta.date else titled)
    if found.released is ReleaseForm.REDACTED:
        parts.append("geschwärzte Freigabe")
    return ", ".join(parts)


def link(found: Found) -> str:
    """Return the path of a record in this API."""
    return f"/v1/records/{quote(found.record_id, safe='')}"
