"""Invented records and principals for tests."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from records.access import ActingSoftware, Confidentiality, Principal, PrivacyClass, ReadAccess, Reader, Role, groups_of
from records.record import Metadata, Original, Page, Passage, Record, TextState
from records.release import NO_END, ReleaseAccess, ReleasedRecord, ReleaseForm


def principal(
    tenant: str = "erbach", *groups: str, roles: tuple[Role, ...] = (), software: tuple[str, ...] | None = None
) -> Principal:
    acting = ActingSoftware("fachverfahren", groups_of(tenant, software)) if software is not None else None
    return Principal("bea", tenant, groups_of(tenant, groups), frozenset(roles), acting)


def access(
    tenant: str = "erbach",
    *readers: str,
    deny: tuple[str, ...] = (),
    confidentiality: Confidentiality = Confidentiality.OPEN,
    privacy_class: PrivacyClass = PrivacyClass.NORMAL,
) -> ReadAccess:
    return ReadAccess(tenant, groups_of(tenant, readers), groups_of(tenant, deny), confidentiality, privacy_class)


def release(
    release_id: str,
    text: str = "Die Kastanie am Marktplatz wird gefällt.",
    *,
    form: ReleaseForm = ReleaseForm.WHOLE,
    owner: str = "michelstadt",
    partners: tuple[str, ...] = ("erbach/alle",),
    until: int = NO_END,
    title: str = "Freigegebener Bescheid",
    year: str | None = "2024",
    embedder: Any = None,
    **metadata: Any,
) -> ReleasedRecord:
    """A release of another town; of mere existence it holds the fields that are given and nothing else."""
    readers = frozenset(Reader(*name.split("/")) for name in partners if name != "*")
    shown = ReleaseAccess(owner, readers, to_all="*" in partners, until=until)
    if form is ReleaseForm.EXISTENCE:
        return ReleasedRecord(release_id, form, shown, Metadata("", **metadata), year, TextState.NONE, 2)
    if form is ReleaseForm.WHOLE:
        metadata.setdefault("date", dt.date(2024, 3, 7))
    digest = hashlib.sha256(release_id.encode()).hexdigest()
    original = Original(f"{release_id}.pdf", "application/pdf", 1234, digest) if form is ReleaseForm.WHOLE else None
    return ReleasedRecord(
        release_id,
        form,
        shown,
        Metadata(title, **metadata),
        year,
        TextState.FULL,
        2,
        original,
        (Page(1, text),),
        (Passage(1, 0, len(text), text),),
        embedder.embed_passages([text]) if embedder is not None else None,
    )


def record(
    record_id: str,
    text: str | tuple[str, ...] = "Die Kastanie am Marktplatz wird gefällt.",
    *,
    read: ReadAccess | None = None,
    title: str = "Beispielbescheid",
    version: int = 2,
    vectors: tuple[bytes, ...] | None = None,
    **metadata: Any,
) -> Record:
    pages = tuple(Page(n, t) for n, t in enumerate((text,) if isinstance(text, str) else text, start=1))
    metadata.setdefault("date", dt.date(2024, 3, 7))
    return Record(
        record_id=record_id,
        source="beispiel",
        access=read or access("erbach", "bauamt"),
        metadata=Metadata(title=title, **metadata),
        original=Original(f"{record_id}.pdf", "application/pdf", 1234, hashlib.sha256(record_id.encode()).hexdigest()),
        pages=pages,
        passages=tuple(Passage(p.number, 0, len(p.text), p.text) for p in pages if p.text.strip()),
        text_state=TextState.FULL,
        version=version,
        vectors=vectors,
    )
