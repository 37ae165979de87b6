"""A release as the engine keeps it. Pure; what is not named here does not leave its tenant."""

from __future__ import annotations

from typing import Any

from mappings import Field
from records.lexicon import lexicon
from records.opensearch.documents import clean, numbers_of, title_words, words_and_vectors
from records.opensearch.rights import release_fields
from records.release import ReleasedRecord, ReleaseForm


def released_document(release: ReleasedRecord) -> dict[str, Any]:
    """Return the engine's document of a release: of mere existence nothing but the fields that were ticked."""
    access, meta = release.access, release.metadata
    document: dict[str, Any] = {
        # SECURITY: the id of the release; that of the record never comes here.
        Field.RECORD_ID: release.release_id,
        **release_fields(access, release.form),
        Field.FILE_REFERENCE: meta.file_reference,
        Field.FILE_PLAN: meta.file_plan,
        Field.DOCUMENT_TYPE: meta.document_type,
        Field.DATE: meta.date.isoformat() if meta.date else None,
        Field.YEAR: release.year,
        Field.DEPARTMENT: meta.department,
        Field.CASE_TYPE: meta.case_type,
        Field.CASE_REFERENCE: meta.case_reference,
    }
    if release.form is not ReleaseForm.EXISTENCE:
        document |= {
            Field.TITLE: clean(meta.title),
            Field.TITLE_WORDS: title_words(meta.title),
            Field.TITLE_PARTS: lexicon().seamed(clean(meta.title)),
            **numbers_of(meta.title, release.pages),
            Field.TEXT: release.text_state.value,
            **words_and_vectors(meta, release.pages, release.passages, release.vectors),
        }
        described = [meta.file_plan, meta.document_type, meta.department, meta.case_type]
        if release.original is not None:
            original = release.original
            described.append(original.file_name)
            document |= {
                Field.FILE_NAME: original.file_name,
                Field.MEDIA_TYPE: original.media_type,
                Field.SIZE: original.size,
                Field.SHA256: original.sha256,
            }
        # the index of releases copies nothing into the words by itself (mappings.records.released_index_body)
        document[Field.ABOUT] = [text for text in described if text] or None
    return {name: value for name, value in document.items() if value is not None}
