"""Meaning as vectors: what an embedder promises, and the client of the one process that holds the model.

A vector is float32, little endian, of the dimension in the settings, of length 1: cosine is the dot product. Nothing
here loads a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import httpx

from records.errors import EmbeddingUnavailableError
from records.settings import EmbeddingSettings, read_secret

BYTES_PER_NUMBER = 4


class Embedder(Protocol):
    """Turns text into vectors of one model."""

    model: str
    dimension: int

    def embed_query(self, text: str) -> bytes:
        """Return the vector of a question."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> tuple[bytes, ...]:
        """Return the vectors of passages, in their order."""
        ...


class EmbeddingClient:
    """Asks the embedding service; raises EmbeddingUnavailableError when it does not answer rightly."""

    def __init__(self, settings: EmbeddingSettings) -> None:
        self.model = settings.model
        self.dimension = settings.dimension
        # SECURITY: another user of the machine must not be able to use, or to flood, the model.
        headers = {"Authorization": f"Bearer {read_secret(settings.secret_file)}"}
        # passages step back behind all else on their machine: on a busy one they take minutes, and are not lost
        self._http = httpx.Client(
            base_url=settings.url, headers=headers, timeout=httpx.Timeout(300, connect=2), trust_env=False
        )
        self._query_timeout = httpx.Timeout(10, connect=2)

    def embed_query(self, text: str) -> bytes:
        """Return the vector of a question."""
        return self._ask("query", [text], self._query_timeout)[0]

    def embed_passages(self, texts: Sequence[str]) -> tuple[bytes, ...]:
        """Return the vectors of passages, in their order."""
        return self._ask("passage", list(texts), None) if texts else ()

    def ready(self) -> None:
        """Return if the model is loaded; EmbeddingUnavailableError if not."""
        try:
            self._http.get("/health/ready", timeout=2).raise_for_status()
        except httpx.HTTPError as error:
            raise EmbeddingUnavailableError(f"embedding service is not ready: {error}") from error

    def _ask(self, kind: str, texts: list[str], timeout: httpx.Timeout | None) -> tuple[bytes, ...]:
        try:
            answer = self._http.post(
                "/embed",
                json={"kind": kind, "texts": texts, "model": self.model},
                timeout=timeout or httpx.USE_CLIENT_DEFAULT,
            )
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise EmbeddingUnavailableError(f"embedding service does not answer: {error}") from error
        width = self.dimension * BYTES_PER_NUMBER
        if len(answer.content) != width * len(texts):
            raise EmbeddingUnavailableError(
                f"embedding service answered {len(answer.content)} bytes for {len(texts)} texts of {width} bytes each"
            )
        return tuple(answer.content[i : i + width] for i in range(0, len(answer.content), width))
