"""Writes: bulk, with external versions, one outcome for each record. The account it uses can read nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from opensearchpy.exceptions import RequestError

from mappings import index_body, index_name, released_index_body, released_index_name
from records.errors import EngineUnavailableError
from records.index import Outcome, Removal, WriteResult
from records.opensearch.client import engine_client, engine_errors
from records.opensearch.documents import to_document
from records.opensearch.released_documents import released_document
from records.record import Record
from records.release import ReleasedRecord
from records.settings import OpenSearchSettings, read_secret

#: a bulk request is sent when it has grown to this; one larger record travels alone
_BULK_BYTES = 8_000_000
_BULK_TIMEOUT = 120
_CONFLICT = 409
_NOT_FOUND = 404
_NOT_NOW = {429, 502, 503, 504}
#: access control that is just starting, or a disk that is full: a matter of the engine, never of the record
_NOT_ADMITTED = {401, 403}
_OK = range(200, 300)


class OpenSearchWriter:
    """RecordWriter on OpenSearch."""

    def __init__(self, settings: OpenSearchSettings, tenants: Sequence[str], *, dimension: int) -> None:
        if settings.writer_password_file is None:
            raise ValueError("AKTENSUCHE_OPENSEARCH__WRITER_PASSWORD_FILE is not set; writing needs it")
        password = read_secret(settings.writer_password_file)
        self._client = engine_client(
            settings, timeout_seconds=settings.timeout_seconds, http_auth=(settings.writer_user, password)
        )
        self._tenants = frozenset(tenants)
        self._dimension = dimension

    def ensure_index(self, tenant: str) -> None:
        """Create the tenant's indexes if there are none, give them new fields if there are some; see RecordWriter."""
        self._ensure(self._index(tenant), index_body(dimension=self._dimension))
        self._ensure(self._released_index(tenant), released_index_body(dimension=self._dimension))

    def _ensure(self, name: str, body: dict[str, Any]) -> None:
        with engine_errors():
            try:
                self._client.indices.create(index=name, body=body)
            except RequestError as error:
                if error.error != "resource_already_exists_exception":
                    raise
                # made by an older version, it may lack fields, and would refuse every record that has them
                self._client.indices.put_mapping(index=name, body={"properties": body["mappings"]["properties"]})

    def put(self, records: Sequence[Record]) -> tuple[WriteResult, ...]:
        """Write records; see RecordWriter."""
        lines = (
            (_action("index", self._index(r.access.tenant), r.record_id, r.version), to_document(r)) for r in records
        )
        return self._bulk(lines, [r.record_id for r in records])

    def remove(self, removals: Sequence[Removal]) -> tuple[WriteResult, ...]:
        """Remove records; see RecordWriter."""
        lines = ((_action("delete", self._index(r.tenant), r.record_id, r.version), None) for r in removals)
        return self._bulk(lines, [r.record_id for r in removals])

    def put_releases(self, releases: Sequence[ReleasedRecord]) -> tuple[WriteResult, ...]:
        """Write releases; see RecordWriter."""
        lines = (
            (_action("index", self._released_index(r.access.owner), r.release_id, r.version), released_document(r))
            for r in releases
        )
        return self._bulk(lines, [r.release_id for r in releases])

    def remove_releases(self, removals: Sequence[Removal]) -> tuple[WriteResult, ...]:
        """Remove releases; see RecordWriter."""
        lines = ((_action("delete", self._released_index(r.tenant), r.record_id, r.version), None) for r in removals)
        return self._bulk(lines, [r.record_id for r in removals])

    def refresh(self, tenant: str) -> None:
        """Return when what was written is found; see RecordWriter."""
        with engine_errors():
            self._client.indices.refresh(
                index=[self._index(tenant), self._released_index(tenant)], params={"ignore_unavailable": "true"}
            )

    def _released_index(self, tenant: str) -> str:
        self._index(tenant)
        return released_index_name(tenant)

    def _index(self, tenant: str) -> str:
        # SECURITY: a write to a name that is not on the list would create a stray index, or reach a foreign one.
        if tenant not in self._tenants:
            raise ValueError(f"{tenant!r} is no tenant of this installation")
        return index_name(tenant)

    def _bulk(
        self, lines: Iterator[tuple[dict[str, Any], dict[str, Any] | None]], ids: Sequence[str]
    ) -> tuple[WriteResult, ...]:
        results: list[WriteResult] = []
        batch: list[bytes] = []
        size = 0
        for action, document in lines:
            piece = _line(action) + (_line(document) if document is not None else b"")
            if batch and size + len(piece) > _BULK_BYTES:
                results += self._send(batch)
                batch, size = [], 0
            batch.append(piece)
            size += len(piece)
        if batch:
            results += self._send(batch)
        if [r.record_id for r in results] != list(ids):
            raise EngineUnavailableError("the engine's answer does not belong to what was sent")
        return tuple(results)

    def _send(self, batch: Sequence[bytes]) -> list[WriteResult]:
        with engine_errors():
            # An index that is missing must be an error, not a new index without our mapping.
            answer = self._client.bulk(
                body=b"".join(batch), params={"require_alias": "false"}, request_timeout=_BULK_TIMEOUT
            )
        return [_result(*item.popitem()) for item in answer["items"]]


def _action(kind: str, index: str, record_id: str, version: int) -> dict[str, Any]:
    # The same version again is the same content again: at-least-once delivery stays without effect.
    return {kind: {"_index": index, "_id": record_id, "version": version, "version_type": "external_gte"}}


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def _result(kind: str, item: dict[str, Any]) -> WriteResult:
    status, record_id = item["status"], item["_id"]
    if status in _OK or (kind == "delete" and status == _NOT_FOUND):
        return WriteResult(record_id, Outcome.WRITTEN)
    reason = item.get("error", {}).get("reason", "")[:300]
    if status == _CONFLICT:
        return WriteResult(record_id, Outcome.SUPERSEDED, reason)
    if status in _NOT_NOW or status in _NOT_ADMITTED or status == _NOT_FOUND:
        return WriteResult(record_id, Outcome.RETRY, reason)
    return WriteResult(record_id, Outcome.REFUSED, reason)
