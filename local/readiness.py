"""Decides when the system calls itself ready: `python -m local.readiness [--sample]`, once, at the end of a start.

With the sample, it is ready when each town finds its own dog tax statute in all three modes. It searches through the
API like everybody else.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from local.layout import TENANTS, Layout
from local.processes import addresses, secret
from local.sign_in.tokens import Claims, Signer
from local.state import State, read_state, ready_file

_MODES = ("keyword", "semantic", "hybrid")
_SECONDS = 1200.0
_QUESTION = "Was kostet die Hundesteuer für den zweiten Hund?"
_ANSWER = "Hundesteuersatzung"
_GROUP = "kaemmerei"


@dataclass(frozen=True)
class _Check:
    """One search that has to find one record, or only has to be answered."""

    tenant: str
    mode: str
    query: str
    source_id: str | None


def main() -> int:
    """Load the sample if asked to, wait until searches work, say so."""
    layout = Layout.from_environment()
    state = read_state(layout)
    sample = "--sample" in sys.argv[1:]
    if sample:
        _load_sample(layout, state)
    open_checks = list(_sample_checks(layout) if sample else _plain_checks())
    signer = Signer(addresses(state.ports)["sign_in"], secret(layout, "sign-in.key"))
    until = time.monotonic() + _SECONDS
    while open_checks:
        if time.monotonic() > until:
            _say(f"searches do not find what they should: {open_checks[0]}")
            return 1
        # one at a time, and seldom: each question takes the model away from the passages that are waited for
        if _holds(open_checks[0], state, signer):
            open_checks.pop(0)
        else:
            time.sleep(2)
    ready_file(layout).touch(mode=0o600)
    return 0


def _load_sample(layout: Layout, state: State) -> None:
    # seconds of imports that an empty system does without
    from local.importing import import_as_caller  # noqa: PLC0415
    from local.samples import generate  # noqa: PLC0415

    count = generate(layout.sample)
    _say(f"sample: {count} files")
    for tenant in TENANTS:
        told = import_as_caller(layout, state.ports, layout.sample / tenant, tenant=tenant, wait=False)
        _say(f"sample: {tenant}: {told.indexed} indexed, {told.unchanged} unchanged, {told.quarantined} in quarantine")


def _sample_checks(layout: Layout) -> Iterator[_Check]:
    for tenant in TENANTS:
        sidecar = next(iter(sorted((layout.sample / tenant).rglob(f"{_ANSWER}*.meta.json"))))
        source_id = str(json.loads(sidecar.read_text(encoding="utf-8"))["source_id"])
        yield from (_Check(tenant, mode, _QUESTION, source_id) for mode in _MODES)


def _plain_checks() -> Iterator[_Check]:
    yield from (_Check(tenant, mode, "Prüfung", None) for tenant in TENANTS for mode in _MODES)


def _holds(check: _Check, state: State, signer: Signer) -> bool:
    token = signer.access_token(Claims("readiness", check.tenant, (_GROUP,)))
    try:
        answer = httpx.post(
            f"{state.api_url}/v1/search",
            json={"query": check.query, "mode": check.mode, "size": 20},
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            trust_env=False,
        )
    except httpx.HTTPError:
        return False
    if not answer.is_success:
        return False
    found = {hit["source_id"] for hit in answer.json()["hits"]}
    return check.source_id is None or check.source_id in found


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
