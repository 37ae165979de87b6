"""One way to speak to the engine: TLS against our own authority, and errors in this software's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConnectionError as EngineConnectionError
from opensearchpy.exceptions import OpenSearchException, TransportError

from records.errors import EngineRefusedError, EngineUnavailableError
from records.settings import OpenSearchSettings

_NOT_NOW = {429, 502, 503, 504}
#: the engine says no as long as its disks are nearly full
BLOCKED = frozenset({"index_create_block_exception", "cluster_block_exception"})


def engine_client(settings: OpenSearchSettings, *, timeout_seconds: float, **identity: Any) -> OpenSearch:
    """Return a client that trusts our authority and nothing else; `identity` says who it is, if anybody."""
    return OpenSearch(
        hosts=[settings.url],
        ca_certs=str(settings.ca_file),
        verify_certs=True,
        timeout=timeout_seconds,
        max_retries=0,
        http_compress=False,
        pool_maxsize=32,
        **identity,
    )


@contextmanager
def engine_errors() -> Iterator[None]:
    """Turn the client's errors into ours; what the engine was asked stays out of the sentence."""
    try:
        yield
    except EngineConnectionError as error:  # also timeouts and TLS faults
        raise EngineUnavailableError(f"the engine does not answer ({type(error).__name__})") from error
    except TransportError as error:
        if error.status_code in _NOT_NOW:
            raise EngineUnavailableError(f"the engine is not ready ({error.status_code})") from error
        if error.error in BLOCKED:
            raise EngineUnavailableError(f"the engine is blocked, its disk may be full ({error.error})") from error
        raise EngineRefusedError(f"the engine refused a request ({error.status_code}, {error.error})") from error
    except OpenSearchException as error:
        raise EngineUnavailableError(f"the engine cannot be used ({type(error).__name__})") from error


def check_item(answer: dict[str, Any]) -> dict[str, Any]:
    """Return one answer of several; raise for an item error, which the engine sends under status 200."""
    status = answer.get("status", 200)
    if "error" in answer:
        kind = answer["error"].get("type", "unknown")
        if status in _NOT_NOW:
            raise EngineUnavailableError(f"the engine is not ready ({status}, {kind})")
        raise EngineRefusedError(f"the engine refused a sub-query ({status}, {kind})")
    shards = answer.get("_shards", {})
    if answer.get("timed_out") or shards.get("failed"):
        # A part of an answer would look like "there is no more".
        raise EngineUnavailableError("the engine answered only in part")
    return answer
