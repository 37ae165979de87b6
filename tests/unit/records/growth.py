"""How the work on a text grows with its length: a matter of the code, whatever the machine is busy with."""

from __future__ import annotations

import time
from collections.abc import Callable

_TIMES_LONGER = 8
#: what grows with the length takes 8 times as long, what grows with its square 64 times
_AT_MOST = 24
#: shorter times say nothing
_SHORTEST_SECONDS = 0.002


def assert_grows_with_length(work: Callable[[str], object], text: str) -> None:
    """Fail where `work` takes more than in proportion longer on `text` than on the first eighth of it."""
    short = max(_least_seconds(work, text[: len(text) // _TIMES_LONGER]), _SHORTEST_SECONDS)
    long = _least_seconds(work, text)
    assert long < _AT_MOST * short, f"an eighth takes {short:.3f} s, the whole text {long:.3f} s"


def _least_seconds(work: Callable[[str], object], text: str) -> float:
    def once() -> float:
        begun = time.process_time()
        work(text)
        return time.process_time() - begun

    return min(once() for _ in range(3))
