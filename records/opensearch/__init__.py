"""The store of records in OpenSearch: the only place that knows the engine's client and its query language.

`connect` gives the reading side, which holds no right of its own: each request travels under a token minted for its
principal. `OpenSearchWriter` gives the writing side, which can read nothing.
"""

from records.opensearch.reader import OpenSearchIndex, connect
from records.opensearch.writer import OpenSearchWriter, writer_of

__all__ = ["OpenSearchIndex", "OpenSearchWriter", "connect", "writer_of"]
