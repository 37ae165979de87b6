"""What the provider remembers: codes and renewals, each good for one use; sessions; how often the code was mistyped.

All of it is memory: a provider that starts again has no session left, and everybody signs in again.
"""

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
    session: str


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


class Sessions:
    """Which sign-ins go on, and which single tokens were taken back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: session: when it ends by itself
        self._alive: dict[str, float] = {}
        #: a token taken back: when it would have ended by itself
        self._taken_back: dict[str, float] = {}

    def begin(self) -> str:
        """Return a new session."""
        session, now = secrets.token_urlsafe(16), time.time()
        with self._lock:
            self._alive = {s: ends for s, ends in self._alive.items() if ends > now}
            self._alive[session] = now + RENEWAL_SECONDS
        return session

    def goes_on(self, session: str) -> bool:
        """Say whether nobody has ended it."""
        with self._lock:
            return self._alive.get(session, 0.0) > time.time()

    def end(self, session: str) -> None:
        """End it; its tokens count no longer."""
        with self._lock:
            self._alive.pop(session, None)

    def take_back(self, token_id: str, ends: float) -> None:
        """Let one token count no longer."""
        with self._lock:
            self._taken_back = {t: e for t, e in self._taken_back.items() if e > time.time()}
            self._taken_back[token_id] = ends

    def was_taken_back(self, token_id: str) -> bool:
        """Say whether this token was taken back by itself."""
        with self._lock:
            return token_id in self._taken_back


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
