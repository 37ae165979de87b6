"""The engine's administrator of a running system: for harm that no part of the product could do."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from typing import Any

import httpx

from local.layout import Layout
from local.processes import addresses, indexer_settings, secret, system_settings
from tests.stack import Stack


@contextlib.contextmanager
def administrator(stack: Stack) -> Iterator[httpx.Client]:
    """Give a client that the engine lets do everything."""
    layout = layout_of(stack)
    trust = ssl.create_default_context(cafile=str(secret(layout, "ca.crt")))
    trust.load_cert_chain(secret(layout, "admin.crt"), secret(layout, "admin.key"))
    url = addresses(stack.state["ports"])["engine"]
    with httpx.Client(base_url=url, verify=trust, timeout=30, trust_env=False) as client:
        yield client


def layout_of(stack: Stack) -> Layout:
    """Return where the system keeps its things."""
    return Layout(stack.data, Layout.from_environment().cache)


def settings_of(stack: Stack) -> dict[str, str]:
    """Return what the system's workers are told, and what opens the unfiltered door."""
    layout = layout_of(stack)
    return indexer_settings(layout, stack.state["ports"]) | system_settings(layout)


def documents(client: httpx.Client, index: str) -> dict[str, tuple[int, Any]]:
    """Return id, version and readers of everything in an index."""
    found: dict[str, tuple[int, Any]] = {}
    after: list[Any] = []
    client.post(f"/{index}/_refresh").raise_for_status()
    while True:
        body: dict[str, Any] = {
            "size": 1000,
            "version": True,
            "sort": [{"record_id": "asc"}],
            "_source": ["reader_ids", "deny_ids", "confidential", "unassigned"],
        }
        if after:
            body["search_after"] = after
        rows = client.post(f"/{index}/_search", json=body).raise_for_status().json()["hits"]["hits"]
        if not rows:
            return found
        found |= {row["_id"]: (row["_version"], row["_source"]) for row in rows}
        after = rows[-1]["sort"]
