"""How often one principal may ask. Counts in this process; holds nothing but names and times."""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from records.access import Principal
from records.errors import AktensucheError


class TooManyRequestsError(AktensucheError):
    """This principal asked too often; `retry_after` seconds later it may ask again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many requests; try again in {retry_after} s")
        self.retry_after = retry_after


class Rates:
    """A moving window for each principal: `requests` in `seconds`, in one burst if they like."""

    def __init__(self, requests: int, seconds: int) -> None:
        self._item = RateLimitItemPerSecond(requests, seconds)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

        self._policy = f'"requests";q={requests};w={seconds}'

    def count(self, principal: Principal) -> dict[str, str]:
        """Count one request; returns the headers that say how many are left, TooManyRequestsError if none was."""
        key = key_of(principal)
        counted = self._limiter.hit(self._item, *key)
        window = self._limiter.get_window_stats(self._item, *key)
        seconds = max(1, math.ceil(window.reset_time - time.time()))
        if not counted:
            raise TooManyRequestsError(seconds)
        # draft-ietf-httpapi-ratelimit-headers
        return {"ratelimit-policy": self._policy, "ratelimit": f'"requests";r={window.remaining};t={seconds}'}


def key_of(principal: Principal) -> tuple[str, str, str]:
    """Return who this is where limits are counted: a clerk, or a software acting for them."""
    return principal.tenant, principal.subject, principal.software.name if principal.software else ""
