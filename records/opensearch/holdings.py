"""What a tenant's index holds, as ids, versions and rights: the engine's half of the unfiltered door.

Only records.system may use this. The account it asks under sees no word of any record (mappings/security.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mappings import Field, index_name
from mappings.security import SYSTEM_SEES, system_account
from records.opensearch.client import check_item, engine_client, engine_errors
from records.opensearch.rights import digest_of_values
from records.settings import OpenSearchSettings, read_secret
from records.system_account import system_password

_PAGE = 5_000
_TIMEOUT = 60
#: a question for so many ids at a time stays below the engine's limits
_IDS = 1_000


@dataclass(frozen=True)
class Held:
    """One record or release as the index holds it: its version, and a digest of who may read it."""

    record_id: str
    version: int
    rights: str


class Holdings:
    """One index of a tenant, of its records or of its releases, past all rights of reading."""

    def __init__(
        self,
        settings: OpenSearchSettings,
        tenant: str,
        *,
        index: str | None = None,
        sees: Sequence[Field] = SYSTEM_SEES,
    ) -> None:
        if settings.system_secret_file is None:
            raise ValueError("AKTENSUCHE_OPENSEARCH__SYSTEM_SECRET_FILE is not set; looking past all rights needs it")
        identity = (system_account(tenant), system_password(read_secret(settings.system_secret_file), tenant))
        self._client = engine_client(settings, timeout_seconds=settings.timeout_seconds, http_auth=identity)
        self._index, self._sees = index or index_name(tenant), sees

    def __iter__(self) -> Iterator[Held]:
        """Yield everything, in the order of the ids; what is written meanwhile may or may not be there."""
        after: list[Any] = []
        while True:
            page = self._ask({"match_all": {}}, _PAGE, after)
            yield from (held for held, _ in page)
            if len(page) < _PAGE:
                return
            after = page[-1][1]

    def within(self, first: str, beyond: str) -> Iterator[Held]:
        """Yield what has an id from `first` on and before `beyond`, in the order of the ids."""
        after: list[Any] = []
        while True:
            page = self._ask({"range": {Field.RECORD_ID: {"gte": first, "lt": beyond}}}, _PAGE, after)
            yield from (held for held, _ in page)
            if len(page) < _PAGE:
                return
            after = page[-1][1]

    def of(self, record_ids: Sequence[str]) -> dict[str, Held]:
        """Return those of these records that are there."""
        found: dict[str, Held] = {}
        for start in range(0, len(record_ids), _IDS):
            some = list(record_ids[start : start + _IDS])
            found |= {held.record_id: held for held, _ in self._ask({"terms": {Field.RECORD_ID: some}}, _IDS, [])}
        return found

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, query: dict[str, Any], size: int, after: list[Any]) -> list[tuple[Held, list[Any]]]:
        body: dict[str, Any] = {
            "query": query,
            "size": size,
            "sort": [{Field.RECORD_ID: "asc"}],
            "version": True,
            "_source": False,
            "docvalue_fields": [str(field) for field in self._sees],
            "track_total_hits": False,
        }
        if after:
            body["search_after"] = after
        with engine_errors():
            answer = check_item(self._client.search(index=self._index, body=body, request_timeout=_TIMEOUT))
        return [(self._held(hit), hit["sort"]) for hit in answer["hits"]["hits"]]

    def _held(self, hit: dict[str, Any]) -> Held:
        # the id of the engine's document, not the field: it is the one that a write or a removal goes by
        return Held(hit["_id"], hit["_version"], digest_of_values(hit.get("fields", {}), self._sees))
