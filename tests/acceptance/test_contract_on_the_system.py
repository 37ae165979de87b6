"""schemathesis over the whole document, on the running system: no fault of the server, no undocumented answer."""

from __future__ import annotations

import pytest
import schemathesis

from tests.any_request import FULL, ask_everything
from tests.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(7200 if FULL else 600)]

ROLES = ("records-manager", "privacy", "reports")


def test_every_answer_is_documented(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    schema = schemathesis.openapi.from_url(f"{stack.api}/openapi.json")
    # a town of its own for what is given, held and agreed to here
    tokens = [stack.token("brombachtal", ("bauamt",), ROLES)]
    asked = 0

    def headers() -> dict[str, str]:
        nonlocal asked
        asked += 1
        if asked % 2000 == 0:
            tokens.append(stack.token("brombachtal", ("bauamt",), ROLES))
        return {"authorization": f"Bearer {tokens[-1]}"}

    tally = ask_everything(schema, headers)
    with capsys.disabled():
        print(f"\n{tally.told()}")
    assert not tally.faults, "\n\n".join(f"{name}\n{said}" for name, said in tally.faults.items())
    assert tally.by_status[200]
    assert not FULL or tally.cases >= 5_000
