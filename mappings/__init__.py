"""The shape of the index: names, versions, analysis, fields. The lowest layer: it imports nothing of ours."""

from mappings.records import VERSION, Field, index_body, index_name, read_pattern

__all__ = ["VERSION", "Field", "index_body", "index_name", "read_pattern"]
