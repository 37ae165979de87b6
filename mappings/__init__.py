"""The shape of the index: names, versions, analysis, fields. The lowest layer: it imports nothing of ours."""

from mappings.records import (
    RELEASED_PATTERN,
    Field,
    index_body,
    index_name,
    read_pattern,
    released_index_body,
    released_index_name,
    released_pattern,
    shape,
)

__all__ = [
    "RELEASED_PATTERN",
    "Field",
    "index_body",
    "index_name",
    "read_pattern",
    "released_index_body",
    "released_index_name",
    "released_pattern",
    "shape",
]
