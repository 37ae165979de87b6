"""Writes: bulk, with external versions, one outcome for each record. The account it uses can read nothing."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from opensearchpy.exceptions import NotFoundError, RequestError, TransportError

from mappings import index_body, index_name, released_index_body, released_index_name, shape
from records.errors import EngineUnavailableError
from records.index import Outcome, Removal, WriteResult
from records.index_versions import IndexVersion, IndexVersions, VersionState
from records.opensearch.client import BLOCKED, engine_client, engine_errors
from records.opensearch.documents import to_document
from records.opensearch.released_documents import released_document
from records.record import Record
from records.release import ReleasedRecord
from records.settings import OpenSearchSettings, SharedSettings, read_secret

_log = logging.getLogger(__name__)

#: a bulk request is sent when it has grown to this; one larger record travels alone
_BULK_BYTES = 8_000_000
_BULK_TIMEOUT = 120
_CONFLICT = 409
_NOT_FOUND = 404
_TOO_LARGE = 413
_NOT_NOW = {429, 502, 503, 504}
#: access control that is just starting, or a disk that is full: a matter of the engine, never of the record
_NOT_ADMITTED = {401, 403}
_OK = range(200, 300)

_Targets = tuple[IndexVersion, ...]
_Written = TypeVar("_Written", Record, ReleasedRecord)


@dataclass(frozen=True)
class Room:
    """What the indexes of a tenant take up, and the disk they lie on; in bytes."""

    used: int
    free: int
    disk: int


@dataclass(frozen=True)
class _ItemResult:
    """What one index said about one record."""

    result: WriteResult
    index_is_gone: bool = False


def writer_of(settings: SharedSettings, versions: IndexVersions) -> OpenSearchWriter:
    """Return the writer of an installation. Sends nothing yet."""
    model = settings.embedding
    return OpenSearchWriter(
        settings.opensearch, settings.tenants, versions, dimension=model.dimension, model=model.model
    )


class OpenSearchWriter:
    """RecordWriter on OpenSearch: every write goes to each index that the ledger names at that moment.

    What became of a record is what became of it in the live index; while another one has not taken it yet, it is to be
    sent again. An index that is not live and refuses a record is noted as unfit to become live, and the record stays.
    """

    def __init__(
        self,
        settings: OpenSearchSettings,
        tenants: Sequence[str],
        versions: IndexVersions,
        *,
        dimension: int,
        model: str | None = None,
    ) -> None:
        if settings.writer_password_file is None:
            raise ValueError("AKTENSUCHE_OPENSEARCH__WRITER_PASSWORD_FILE is not set; writing needs it")
        password = read_secret(settings.writer_password_file)
        self._client = engine_client(
            settings, timeout_seconds=settings.timeout_seconds, http_auth=(settings.writer_user, password)
        )
        self._tenants = frozenset(tenants)
        self._versions, self._dimension, self._model = versions, dimension, model

    def ensure_index(self, tenant: str) -> None:
        """Create the tenant's indexes if there are none, give them new fields if there are some; see RecordWriter."""
        self._known(tenant)
        if self._model is not None:
            self._versions.note_first(tenant, model=self._model, shape=shape(dimension=self._dimension))
        for version in self._written(tenant):
            self._ensure(index_name(tenant, version.number), index_body(dimension=self._dimension))
            self._ensure(released_index_name(tenant, version.number), released_index_body(dimension=self._dimension))

    def _ensure(self, name: str, body: dict[str, Any]) -> None:
        with engine_errors():
            try:
                self._client.indices.create(index=name, body=body)
            except TransportError as error:
                # with its disks nearly full the engine makes no index, and says so even of one that is there
                if error.error not in {"resource_already_exists_exception", *BLOCKED}:
                    raise
                blocked = error if error.error in BLOCKED else None
            else:
                return
            # made by an older version, it may lack fields, and would refuse every record that has them
            fields: dict[str, Any] = body["mappings"]["properties"]
            try:
                self._client.indices.put_mapping(index=name, body={"properties": fields})
            except NotFoundError as error:
                raise blocked or error from error
            except RequestError as error:
                _log.warning("%s has other fields than this version makes, a rebuild is due: %s", name, error.error)
                self._add_what_can_be_added(name, fields)

    def _add_what_can_be_added(self, name: str, fields: Mapping[str, Any]) -> None:
        for field, described in fields.items():
            with contextlib.suppress(RequestError):  # this field stays as it is until the index is rebuilt
                self._client.indices.put_mapping(index=name, body={"properties": {field: described}})

    # indexes that are not live

    def create(self, version: IndexVersion) -> None:
        """Create an index that nobody writes to yet; whatever had its name before is deleted."""
        self.delete(version)
        with engine_errors():
            for name, body in (
                (index_name(version.tenant, version.number), index_body(dimension=self._dimension)),
                (released_index_name(version.tenant, version.number), released_index_body(dimension=self._dimension)),
            ):
                self._client.indices.create(index=name, body=body)

    def delete(self, version: IndexVersion) -> None:
        """Delete an index that is not live, if it is there."""
        if version.state is VersionState.LIVE:
            raise ValueError(f"{version} is live")
        self._known(version.tenant)
        with engine_errors():
            for name in (
                index_name(version.tenant, version.number),
                released_index_name(version.tenant, version.number),
            ):
                self._client.indices.delete(index=name, params={"ignore_unavailable": "true"})

    def fill(self, version: IndexVersion, records: Sequence[Record]) -> tuple[WriteResult, ...]:
        """Write records to one index only; results as of `put`."""
        return self._put(records, [(version,)] * len(records))

    def remove_from(self, version: IndexVersion, removals: Sequence[Removal]) -> tuple[WriteResult, ...]:
        """Remove records from one index only; results as of `remove`."""
        return self._remove(removals, [(version,)] * len(removals), index_name)

    def room(self, tenant: str) -> Room:
        """Return how much the live indexes of a tenant take up, and what the engine's fullest disk has left."""
        live = self._versions.live(tenant)
        names = [index_name(tenant, live.number), released_index_name(tenant, live.number)]
        with engine_errors():
            stats = self._client.indices.stats(index=names, metric="store", params={"ignore_unavailable": "true"})
            nodes = self._client.nodes.stats(metric="fs")["nodes"].values()
        disks = [node["fs"]["total"] for node in nodes]
        fullest = min(disks, key=lambda disk: disk["available_in_bytes"] / disk["total_in_bytes"])
        return Room(
            stats["_all"]["total"].get("store", {}).get("size_in_bytes", 0),
            fullest["available_in_bytes"],
            fullest["total_in_bytes"],
        )

    # records and releases

    def put(self, records: Sequence[Record]) -> tuple[WriteResult, ...]:
        """Write records; see RecordWriter."""
        return self._put(records, self._targets([r.access.tenant for r in records]))

    def remove(self, removals: Sequence[Removal]) -> tuple[WriteResult, ...]:
        """Remove records; see RecordWriter."""
        return self._remove(removals, self._targets([r.tenant for r in removals]), index_name)

    def put_releases(self, releases: Sequence[ReleasedRecord]) -> tuple[WriteResult, ...]:
        """Write releases; see RecordWriter."""
        targets = self._targets([r.access.owner for r in releases])
        ids = [r.release_id for r in releases]
        lines = self._lines(releases, ids, targets, released_index_name, released_document)
        return self._judged(self._bulk(lines), ids, targets)

    def remove_releases(self, removals: Sequence[Removal]) -> tuple[WriteResult, ...]:
        """Remove releases; see RecordWriter."""
        return self._remove(removals, self._targets([r.tenant for r in removals]), released_index_name)

    def refresh(self, tenant: str) -> None:
        """Return when what was written is found; see RecordWriter."""
        numbers = [version.number for version in self._written(tenant)]
        names = [made(tenant, number) for number in numbers for made in (index_name, released_index_name)]
        with engine_errors():
            self._client.indices.refresh(index=names, params={"ignore_unavailable": "true"})

    # inside

    def _put(self, records: Sequence[Record], targets: Sequence[_Targets]) -> tuple[WriteResult, ...]:
        ids = [r.record_id for r in records]
        return self._judged(self._bulk(self._lines(records, ids, targets, index_name, to_document)), ids, targets)

    def _lines(
        self,
        written: Sequence[_Written],
        ids: Sequence[str],
        targets: Sequence[_Targets],
        named: Callable[[str, int], str],
        document: Callable[[_Written], dict[str, Any]],
    ) -> Iterator[tuple[bytes, bytes]]:
        for one, record_id, versions in zip(written, ids, targets, strict=True):
            made: dict[int, bytes] = {}  # most are the same for every index
            for version in versions:
                form = self._comparable(version, one)
                if form.version not in made:
                    made[form.version] = _line(document(form))
                action = _action("index", named(version.tenant, version.number), record_id, form.version)
                yield action, made[form.version]

    def _remove(
        self, removals: Sequence[Removal], targets: Sequence[_Targets], named: Callable[[str, int], str]
    ) -> tuple[WriteResult, ...]:
        lines = (
            (_action("delete", named(version.tenant, version.number), removal.record_id, removal.version), b"")
            for removal, versions in zip(removals, targets, strict=True)
            for version in versions
        )
        return self._judged(self._bulk(lines), [r.record_id for r in removals], targets)

    def _comparable(self, version: IndexVersion, one: _Written) -> _Written:
        """Return a record as an index can hold it: one of another model gets the words, under the words' version.

        It keeps the vectors it has, because they came with a higher version; what is new there is known by its words.
        """
        if one.vectors is None or self._model is None or version.compares(self._model):
            return one
        return replace(one, vectors=None, version=one.version - 1)

    def _targets(self, tenants: Sequence[str]) -> list[_Targets]:
        found = {tenant: self._written(tenant) for tenant in set(tenants)}
        return [found[tenant] for tenant in tenants]

    def _written(self, tenant: str) -> _Targets:
        self._known(tenant)
        return self._versions.written(tenant)

    def _known(self, tenant: str) -> None:
        # SECURITY: a write to a name that is not on the list would create a stray index, or reach a foreign one.
        if tenant not in self._tenants:
            raise ValueError(f"{tenant!r} is no tenant of this installation")

    def _judged(
        self, results: Sequence[_ItemResult], ids: Sequence[str], targets: Sequence[_Targets]
    ) -> tuple[WriteResult, ...]:
        """Make one result for each record of those of its indexes, and note the indexes that lack it for good."""
        expected = [
            (record_id, version) for record_id, versions in zip(ids, targets, strict=True) for version in versions
        ]
        if [r.result.record_id for r in results] != [record_id for record_id, _ in expected]:
            raise EngineUnavailableError("the engine's answer does not belong to what was sent")
        answers = iter(zip(results, expected, strict=True))
        judged: list[WriteResult] = []
        for versions in targets:
            of_live, *of_others = [next(answers) for _ in versions]
            result = of_live[0].result
            for item, (record_id, version) in of_others:
                if item.result.outcome is Outcome.REFUSED or item.index_is_gone:
                    _log.error("index %d of %s lacks %s: %s", version.number, version.tenant, record_id, item.result)
                    self._versions.spoil(version, f"record {record_id}: {item.result.reason}")
                elif item.result.outcome is Outcome.RETRY and result.outcome is not Outcome.REFUSED:
                    result = item.result
            judged.append(result)
        return tuple(judged)

    def _bulk(self, lines: Iterable[tuple[bytes, bytes]]) -> list[_ItemResult]:
        results: list[_ItemResult] = []
        batch: list[bytes] = []
        size = 0
        for action, document in lines:
            piece = action + document
            if batch and size + len(piece) > _BULK_BYTES:
                results += self._send(batch)
                batch, size = [], 0
            batch.append(piece)
            size += len(piece)
        if batch:
            results += self._send(batch)
        return results

    def _send(self, batch: Sequence[bytes]) -> list[_ItemResult]:
        with engine_errors():
            try:
                # An index that is missing must be an error, not a new index without our mapping.
                answer = self._client.bulk(
                    body=b"".join(batch), params={"require_alias": "false"}, request_timeout=_BULK_TIMEOUT
                )
            except TransportError as error:
                if error.status_code != _TOO_LARGE:
                    raise
                return self._send_less(batch)
        return [_result(*item.popitem()) for item in answer["items"]]

    def _send_less(self, batch: Sequence[bytes]) -> list[_ItemResult]:
        """Send in two halves what is too large; what is too large by itself is refused, and stops nobody else."""
        if len(batch) == 1:
            (action,) = json.loads(batch[0].partition(b"\n")[0]).values()
            return [_ItemResult(WriteResult(action["_id"], Outcome.REFUSED, "larger than the engine takes"))]
        half = len(batch) // 2
        return self._send(batch[:half]) + self._send(batch[half:])


def _action(kind: str, index: str, record_id: str, version: int) -> bytes:
    # The same version again is the same content again: at-least-once delivery stays without effect.
    return _line({kind: {"_index": index, "_id": record_id, "version": version, "version_type": "external_gte"}})


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def _result(kind: str, item: dict[str, Any]) -> _ItemResult:
    status, record_id, error = item["status"], item["_id"], item.get("error", {})
    gone = error.get("type") == "index_not_found_exception"
    if status in _OK or (kind == "delete" and status == _NOT_FOUND):
        return _ItemResult(WriteResult(record_id, Outcome.WRITTEN), index_is_gone=gone)
    reason = error.get("reason", "")[:300]
    if status == _CONFLICT:
        return _ItemResult(WriteResult(record_id, Outcome.SUPERSEDED, reason))
    if status in _NOT_NOW or status in _NOT_ADMITTED or status == _NOT_FOUND:
        return _ItemResult(WriteResult(record_id, Outcome.RETRY, reason), index_is_gone=gone)
    return _ItemResult(WriteResult(record_id, Outcome.REFUSED, reason))
