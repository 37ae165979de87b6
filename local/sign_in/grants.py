"""What the provider remembers: codes and renewals, each good for one use, and how often the code was mistyped."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass

CODE_SECONDS = 60
#: a working day
RENEWAL_SECONDS = 10 * 3600
_TRIES = 10
_TRIES_SECONDS = 60
_MOST = 10_000


@dataclass(frozen=True)
class Grant:
    """What somebody was granted when they signed in."""

    subject: str
    client: str
    redirect_uri: str
    challenge: str
    nonce: str | None


class Grants:
    """Codes (one minute) and renewals (a working day) by a secret value; taking one ends it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, Grant]] = {}

    def keep(self, grant: Grant, seconds: float) -> str:
        """Return a new secret value that stands for `grant`."""
        value, now = secrets.token_urlsafe(32), time.monotonic()
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if kept[0] > now}
            if len(self._kept) >= _MOST:
                self._kept.pop(next(iter(self._kept)))
            self._kept[value] = (now + seconds, grant)
        return value

    def take(self, value: str) -> Grant | None:
        """Return what `value` stands for, once."""
        with self._lock:
            ends, grant = self._kept.pop(value, (0.0, None))
        return grant if ends > time.monotonic() else None


class Tries:
    """Slows down guessing of the sign-in code: so many tries a minute on this machine, whoever tries."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed: deque[float] = deque()

    def are_used_up(self) -> bool:
        """Say whether a further try has to wait."""
        with self._lock:
            while self._failed and self._failed[0] < time.monotonic() - _TRIES_SECONDS:
                self._failed.popleft()
            return len(self._failed) >= _TRIES

    def count_failure(self) -> None:
        """Remember one wrong code."""
        with self._lock:
            self._failed.append(time.monotonic())


def matches(verifier: str, challenge: str) -> bool:
    """Say whether `verifier` is what `challenge` was made of (PKCE, S256)."""
    digest = hashlib.sha256(verifier.encode("utf-8")).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
    return secrets.compare_digest(made, challenge)
