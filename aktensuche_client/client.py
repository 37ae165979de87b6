"""The calls. What is sent again, and when: reads, and writes under a key, as long as the other side says "later"."""

from __future__ import annotations

import json
import ssl
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, Self, TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from aktensuche_client.problems import IncompleteError, problem_of

Json = dict[str, Any]
T = TypeVar("T")

_LATER = {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.CONFLICT}
_LONGEST_WAIT_SECONDS = 30.0
_DEFAULT_WAIT_SECONDS = 1.0


class _LaterError(Exception):
    """The other side cannot answer now."""

    def __init__(self, seconds: float, cause: Exception) -> None:
        super().__init__(str(cause))
        self.seconds, self.cause = seconds, cause


class Aktensuche:
    """One installation, asked with the tokens that `token` gives; it is called for each request.

    ProblemError where an answer is an error, NotThereError where it is 404. httpx errors where there is no answer.
    """

    def __init__(
        self,
        url: str,
        token: Callable[[], str],
        *,
        timeout: float = 60,
        tries: int = 4,
        trust: ssl.SSLContext | bool = True,
        http: httpx.Client | None = None,
    ) -> None:
        self._http = http or httpx.Client(base_url=url, timeout=timeout, verify=trust)
        self._token = token
        self._tries = Retrying(
            retry=retry_if_exception_type(_LaterError), stop=stop_after_attempt(tries), wait=_seconds, reraise=True
        )

    def search(self, query: str = "", *, purpose: str | None = None, **more: Any) -> Json:
        """Return one page of hits; `more` is what the body of `POST /v1/search` takes beside the query."""
        return self._json("POST", "/v1/search", {"query": query, **more}, purpose=purpose)

    def hits(self, query: str = "", *, purpose: str | None = None, **more: Any) -> Iterator[Json]:
        """Yield the hits of all pages, as far as paging reaches."""
        cursor: str | None = None
        while True:
            page = self.search(query, purpose=purpose, **more, **({"cursor": cursor} if cursor else {}))
            yield from page["hits"]
            cursor = page["cursor"]
            if cursor is None:
                return

    def suggest(self, query: str, *, size: int = 8) -> Json:
        """Return how a query could go on, and what may have been meant."""
        return self._json("POST", "/v1/suggest", {"query": query, "size": size})

    def precedents(
        self,
        text: str = "",
        *,
        purpose: str,
        fields: Mapping[str, Any] | None = None,
        filters: Mapping[str, Any] | None = None,
        size: int = 10,
    ) -> Json:
        """Return records like a draft, with what they share and how to cite them."""
        body = {"text": text, "fields": dict(fields or {}), "filters": dict(filters or {})}
        return self._json("POST", "/v1/precedents", {**body, "purpose": purpose, "size": size})

    def similar(
        self,
        record_id: str,
        *,
        filters: Mapping[str, Any] | None = None,
        size: int = 10,
        purpose: str | None = None,
    ) -> Json:
        """Return records like a record, with what they share."""
        body = {"filters": dict(filters or {}), "size": size}
        return self._json("POST", f"/v1/records/{record_id}/similar", body, purpose=purpose)

    def record(self, record_id: str, *, purpose: str | None = None) -> Json:
        """Return a record without its text."""
        return self._json("GET", f"/v1/records/{record_id}", purpose=purpose)

    def text(self, record_id: str, *, purpose: str | None = None) -> list[str]:
        """Return the text of each page."""
        told = self._json("GET", f"/v1/records/{record_id}/text", purpose=purpose)
        return str(told["text"]).split("\f")

    def page(self, record_id: str, number: int, *, purpose: str | None = None) -> Json:
        """Return the text of one page; pages count from 1."""
        return self._json("GET", f"/v1/records/{record_id}/pages/{number}", purpose=purpose)

    def original(self, record_id: str, into: BinaryIO, *, purpose: str | None = None) -> None:
        """Write the file that a record was made from."""
        self._file("GET", f"/v1/records/{record_id}/original", into, None, purpose)

    def export(self, query: str, form: str, into: BinaryIO, *, purpose: str | None = None, **more: Any) -> None:
        """Write everything that a search finds, as `csv`, `xlsx` or `jsonl`."""
        self._file("POST", "/v1/export", into, {"query": query, **more, "format": form}, purpose)

    def exported(self, query: str, *, purpose: str | None = None, **more: Any) -> Iterator[Json]:
        """Yield everything that a search finds, and go on where a connection breaks off.

        httpx.TransportError where it breaks off before anything new has come; IncompleteError where the other side says
        that there is more than it gives.
        """
        body = {"query": query, **more, "format": "jsonl"}
        while True:
            come = False
            try:
                for line in self._lines(body, purpose):
                    told: Json = json.loads(line)
                    if told.get("incomplete"):
                        raise IncompleteError(told["text"])
                    yield told
                    body["after"], come = told["record_id"], True
            except httpx.TransportError:
                if not come:
                    raise
            else:
                return

    def release(self, body: Mapping[str, Any], *, key: str | None = None) -> Json:
        """Give a release, once: sent again under its key it is the same one. For a records manager in person."""
        return self._json("POST", "/v1/releases", dict(body), key=key or str(uuid.uuid4()))

    def recall(self, release_id: str) -> Json:
        """Take a release back."""
        return self._json("DELETE", f"/v1/releases/{release_id}")

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _json(
        self, method: str, path: str, body: Json | None = None, *, purpose: str | None = None, key: str | None = None
    ) -> Json:
        def ask() -> Json:
            try:
                answer = self._http.request(method, path, json=body, headers=self._headers(purpose, key))
            except httpx.TransportError as error:
                # nothing that is asked here is done twice by being asked twice
                raise _LaterError(_DEFAULT_WAIT_SECONDS, error) from error
            _check(answer)
            told: Json = answer.json()
            return told

        return self._again(ask)

    def _file(self, method: str, path: str, into: BinaryIO, body: Json | None, purpose: str | None) -> None:
        def ask() -> None:
            with self._http.stream(method, path, json=body, headers=self._headers(purpose, None)) as answer:
                if answer.is_error:
                    answer.read()
                _check(answer)
                into.writelines(answer.iter_bytes())

        self._again(ask)

    def _lines(self, body: Json, purpose: str | None) -> Iterator[str]:
        def ask() -> httpx.Response:
            asked = self._http.build_request("POST", "/v1/export", json=body, headers=self._headers(purpose, None))
            answer = self._http.send(asked, stream=True)
            if answer.is_error:
                answer.read()
            _check(answer)
            return answer

        answer = self._again(ask)
        try:
            yield from answer.iter_lines()
        finally:
            answer.close()

    def _again(self, ask: Callable[[], T]) -> T:
        try:
            return self._tries.copy()(ask)
        except _LaterError as later:
            raise later.cause from None

    def _headers(self, purpose: str | None, key: str | None) -> dict[bytes, bytes]:
        headers = {b"authorization": f"Bearer {self._token()}".encode()}
        if purpose is not None:
            headers[b"aktensuche-purpose"] = purpose.encode()
        if key is not None:
            headers[b"idempotency-key"] = f'"{key}"'.encode()
        return headers


def _check(answer: httpx.Response) -> None:
    if not answer.is_error:
        return
    problem = problem_of(answer)
    if answer.status_code not in _LATER:
        raise problem
    said = answer.headers.get("retry-after", "")
    raise _LaterError(float(said) if said.isdigit() else _DEFAULT_WAIT_SECONDS, problem)


def _seconds(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return min(_LONGEST_WAIT_SECONDS, error.seconds) if isinstance(error, _LaterError) else 0.0
