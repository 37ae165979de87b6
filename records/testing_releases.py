"""A release as the store in memory reads it, for unit tests only; see records.testing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from records.access import ReadAccess
from records.index import Found
from records.query import FilterField
from records.record import Original, Page, Record
from records.release import ReleasedRecord, ReleaseForm

_NEVER = {FilterField.CONFIDENTIALITY, FilterField.SOURCE, FilterField.SOURCE_ID, FilterField.PARENT_ID}


@dataclass(frozen=True)
class ReadRelease(Record):
    """A release, to be read like a record; what it does not show is empty."""

    shown: ReleasedRecord = field(kw_only=True)

    @classmethod
    def of(cls, release: ReleasedRecord) -> ReadRelease:
        """Return the release as a record."""
        return cls(
            record_id=release.release_id,
            source="",
            access=ReadAccess(release.access.owner),
            metadata=release.metadata,
            original=release.original or Original("", "", 0, ""),
            pages=release.pages,
            passages=release.passages,
            text_state=release.text_state,
            version=release.version,
            vectors=release.vectors,
            shown=release,
        )

    def holds(self, name: FilterField) -> bool:
        """Return whether the release shows this field, as far as its form decides."""
        if name is FilterField.MEDIA_TYPE:
            return self.shown.original is not None
        if name is FilterField.TEXT:
            return self.shown.form is not ReleaseForm.EXISTENCE
        return name not in _NEVER


def pages_of(record: Record) -> tuple[Page, ...] | None:
    """Return the pages of a record or release; None where no text is shown."""
    if isinstance(record, ReadRelease) and record.shown.form is ReleaseForm.EXISTENCE:
        return None
    return record.pages


def found(record: Record) -> Found:
    """Return what a principal may see of a record or release."""
    plain = Found(
        record_id=record.record_id,
        tenant=record.access.tenant,
        source=record.source,
        metadata=record.metadata,
        original=record.original,
        page_count=page_count(record),
        text_state=record.text_state,
        confidentiality=record.access.confidentiality.value,
        privacy_class=record.access.privacy_class.value,
        parent_id=record.parent_id,
        has_vectors=bool(record.vectors),
    )
    if not isinstance(record, ReadRelease):
        return plain
    shown = record.shown
    year = {"year": shown.year} if shown.year and not record.metadata.date else {}
    return replace(
        plain,
        source=None,
        metadata=replace(record.metadata, fields=year),
        original=shown.original,
        confidentiality=None,
        privacy_class=None,
        released=shown.form,
    )


def page_count(record: Record) -> int:
    """Return the number of the last page."""
    return max((page.number for page in record.pages), default=0)
