"""The index of a tenant's records: its name, its fields and its settings.

A record is one engine document. Its pages and passages are nested in it, so that a hit knows its page and a vector
knows its passage, while facets and totals still count records. `include_in_root` lets the words of all pages rank the
record as a whole as well.
"""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Any

from mappings.analysis import ANALYSIS

#: the number of a tenant's first index; one that is rebuilt gets the next
FIRST = 1

#: how the parts of compounds are scored: that a record is long hardly counts against it. What was decided before stands
#: in papers of every length; somebody who looks for one paper wants the short one, and the other readings see to that.
ANY_LENGTH = "any_length"

#: the longest piece of a page that is kept as one nested part, in characters; longer pages are several parts
PART_LENGTH = 20_000


class Field(StrEnum):
    """Every field name of the index, once."""

    RECORD_ID = "record_id"
    PARENT_ID = "parent_id"
    TENANT = "tenant"
    SOURCE = "source"
    READERS = "readers"
    DENY = "deny"
    READER_IDS = "reader_ids"
    DENY_IDS = "deny_ids"
    CONFIDENTIAL = "confidential"
    UNASSIGNED = "unassigned"
    CONFIDENTIALITY = "confidentiality"
    PRIVACY_CLASS = "privacy_class"
    TITLE = "title"
    TITLE_WORDS = "title_words"
    TITLE_PARTS = "title_parts"
    ABOUT = "about"
    SOURCE_ID = "source_id"
    FILE_REFERENCE = "file_reference"
    NUMBERS = "numbers"
    FIRST_NUMBERS = "first_numbers"
    NUMBER_PARTS = "number_parts"
    CITES = "cites"
    CITED = "cited"
    FILE_PLAN = "file_plan"
    DOCUMENT_TYPE = "document_type"
    DATE = "date"
    YEAR = "year"
    DEPARTMENT = "department"
    CASE_TYPE = "case_type"
    CASE_REFERENCE = "case_reference"
    RETENTION_END = "retention_end"
    FIELDS = "fields"
    FILE_NAME = "file_name"
    MEDIA_TYPE = "media_type"
    SIZE = "size"
    SHA256 = "sha256"
    PAGE_COUNT = "page_count"
    TEXT = "text"
    VECTORS = "vectors"
    LEAD = "lead"
    PAGES = "pages"
    PASSAGES = "passages"
    RELEASED = "released"
    PARTNERS = "partners"
    PARTNER_IDS = "partner_ids"
    UNTIL = "until"


def index_name(tenant: str, number: int = FIRST) -> str:
    """Return the name of a tenant's index."""
    return f"records_{tenant}_v{number}"


def read_pattern(tenant: str) -> str:
    """Return the pattern that holds every version of a tenant's index and nothing else.

    Tenants are letters and digits, so the underscore ends the name: `erbach` is no beginning of `erbachodw`.
    """
    return f"records_{tenant}_v*"


#: every index of releases, whoever gave them
RELEASED_PATTERN = "released_*"


def released_index_name(tenant: str, number: int = FIRST) -> str:
    """Return the name of the index that holds what a tenant shows to others."""
    return f"released_{tenant}_v{number}"


def released_pattern(tenant: str) -> str:
    """Return the pattern that holds every version of the index of what a tenant shows, and nothing else."""
    return f"released_{tenant}_v*"


def _keyword(**more: Any) -> dict[str, Any]:
    return {"type": "keyword", "ignore_above": 8000, **more}


def _number() -> dict[str, Any]:
    return {"type": "keyword", "ignore_above": 100, "doc_values": False}


def _shown_number() -> dict[str, Any]:
    return {"type": "byte", "index": False, "doc_values": False}


def _text(**more: Any) -> dict[str, Any]:
    # Offsets in the index spare the highlighter a second analysis of the page. A gap of 0 lets a quotation run on
    # from one page, or one part of a page, to the next.
    text = {"type": "text", "index_options": "offsets", "position_increment_gap": 0}
    return {
        **text,
        "analyzer": "inflected",
        "fields": {"exact": {**text, "analyzer": "exact"}},
        **more,
    }


def _properties(dimension: int) -> dict[str, Any]:
    described = {"copy_to": Field.ABOUT}
    return {
        Field.RECORD_ID: _keyword(),
        Field.PARENT_ID: _keyword(),
        Field.TENANT: _keyword(),
        Field.SOURCE: _keyword(),
        Field.READERS: _keyword(),
        Field.DENY: _keyword(),
        Field.READER_IDS: _keyword(),
        Field.DENY_IDS: _keyword(),
        Field.CONFIDENTIAL: {"type": "boolean"},
        Field.UNASSIGNED: {"type": "boolean"},
        Field.CONFIDENTIALITY: _keyword(),
        Field.PRIVACY_CLASS: _keyword(),
        Field.TITLE: {
            **_text(),
            "fields": {
                "exact": {"type": "text", "analyzer": "exact", "index_options": "offsets"},
                "sort": {"type": "keyword", "normalizer": "sortable", "ignore_above": 8000},
            },
        },
        Field.TITLE_WORDS: _keyword(),
        # compounds divided (records.compounds); the analysis is the same, so that an older index can have them too
        Field.TITLE_PARTS: {"type": "text", "analyzer": "inflected", "similarity": ANY_LENGTH},
        Field.ABOUT: {"type": "text", "analyzer": "inflected"},
        Field.SOURCE_ID: _keyword(),
        Field.FILE_REFERENCE: _keyword(
            fields={
                "key": {"type": "keyword", "normalizer": "key", "ignore_above": 8000},
                "words": {"type": "text", "analyzer": "exact"},
            }
        ),
        # every number in title and text as a key (records.identifiers): whole, whole and near the beginning, in parts
        Field.NUMBERS: _number(),
        Field.FIRST_NUMBERS: _number(),
        Field.NUMBER_PARTS: _number(),
        # keys of what title and text cite (records.citations), and how that is shown
        Field.CITES: _number(),
        Field.CITED: {"type": "keyword", "index": False, "doc_values": False},
        Field.FILE_PLAN: _keyword(**described),
        Field.DOCUMENT_TYPE: _keyword(**described),
        Field.DATE: {"type": "date", "format": "strict_date"},
        Field.YEAR: _keyword(),
        Field.DEPARTMENT: _keyword(**described),
        Field.CASE_TYPE: _keyword(**described),
        Field.CASE_REFERENCE: _keyword(fields={"key": {"type": "keyword", "normalizer": "key", "ignore_above": 8000}}),
        Field.RETENTION_END: {"type": "date", "format": "strict_date"},
        Field.FIELDS: {"type": "object", "enabled": False},
        Field.FILE_NAME: _keyword(**described),
        Field.MEDIA_TYPE: _keyword(),
        Field.SIZE: {"type": "long"},
        Field.SHA256: {"type": "keyword", "index": False, "doc_values": False},
        Field.PAGE_COUNT: {"type": "integer"},
        Field.TEXT: _keyword(),
        Field.VECTORS: _keyword(),
        Field.LEAD: {"type": "keyword", "index": False, "doc_values": False},
        Field.PAGES: {
            "type": "nested",
            "include_in_root": True,
            "properties": {
                "number": {"type": "integer"},
                "part": {"type": "integer"},
                "cites": _number(),
                # how sure text recognition is of the page, in percent; shown, never searched
                "confidence": _shown_number(),
                "text": _text(),
                # compounds divided, the rest as in `text`
                "parts": {**{k: v for k, v in _text().items() if k != "fields"}, "similarity": ANY_LENGTH},
            },
        },
        Field.PASSAGES: {
            "type": "nested",
            "properties": {
                "page": {"type": "integer"},
                "confidence": _shown_number(),
                "start": {"type": "integer", "index": False},
                "end": {"type": "integer", "index": False},
                "text": {"type": "text", "index": False},
                "vector": {
                    "type": "knn_vector",
                    "dimension": dimension,
                    "space_type": "cosinesimil",
                    "method": {
                        "name": "hnsw",
                        "engine": "lucene",
                        "parameters": {"m": 16, "ef_construction": 100},
                    },
                },
            },
        },
        Field.RELEASED: _keyword(),
        Field.PARTNERS: _keyword(),
        Field.PARTNER_IDS: _keyword(),
        Field.UNTIL: {"type": "long"},
    }


def released_index_body(*, dimension: int) -> dict[str, Any]:
    """Return settings and mappings of an index of releases.

    Nothing is copied into the words by itself: a release that tells only that a record exists is found by its fields
    and by no word. What may be found by words is written into `about` by whoever writes the release.
    """
    body = index_body(dimension=dimension)
    for described in body["mappings"]["properties"].values():
        described.pop("copy_to", None)
    return body


def shape(*, dimension: int) -> str:
    """Return a digest of all that makes an index what it is; another one means that a rebuild is due."""
    bodies = (index_body(dimension=dimension), released_index_body(dimension=dimension))
    return hashlib.sha256(json.dumps(bodies, sort_keys=True).encode()).hexdigest()


def index_body(*, dimension: int) -> dict[str, Any]:
    """Return settings and mappings of an index whose vectors have this many numbers."""
    return {
        "settings": {
            "index": {
                "knn": True,
                "number_of_shards": 1,
                # a second node gets a copy by itself, a single one stays green
                "auto_expand_replicas": "0-1",
                # A removed record must not come back through an old write that was on its way for a long time.
                "gc_deletes": "1h",
                # So long a removed record is kept for a copy that was away; by default it would be 12 hours.
                "soft_deletes": {"retention_lease": {"period": "1h"}},
                "mapping": {"nested_objects": {"limit": 120_000}},
                "highlight": {"max_analyzed_offset": 10_000_000},
                "similarity": {ANY_LENGTH: {"type": "BM25", "k1": 1.2, "b": 0.3}},
            },
            "analysis": ANALYSIS,
        },
        "mappings": {
            "dynamic": "strict",
            # Vectors are kept by the ledger; in the source they would be read and thrown away for every hit.
            "_source": {"excludes": [f"{Field.PASSAGES}.vector"]},
            "properties": _properties(dimension),
        },
    }
