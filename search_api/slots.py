"""How much that is expensive one principal may have in hand at the same time. Counts in this process."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from records.access import Principal
from search_api.rates import TooManyRequestsError, key_of

_RETRY_SECONDS = 2


class Slots:
    """`at_once` places for each principal."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._taken: Counter[tuple[str, str, str]] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, principal: Principal) -> Iterator[None]:
        """Hold one place; TooManyRequestsError if this principal has them all."""
        key = key_of(principal)
        with self._lock:
            if self._taken[key] >= self._at_once:
                raise TooManyRequestsError(_RETRY_SECONDS)
            self._taken[key] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[key] -= 1
                if not self._taken[key]:
                    del self._taken[key]
