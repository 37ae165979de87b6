"""Who is signed in, kept in an encrypted cookie and nowhere else; decides nothing about records.

The access token lies in the cookie, closed for the browser too. A token with hundreds of groups is longer than one
cookie may be, so the sealed session is spread over as many cookies as it needs.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict, dataclass, field, replace
from http.cookies import SimpleCookie
from typing import Any

from starlette.requests import Request

from ui.sealing import Sealer, SealError
from ui.settings import UiSettings

_CHUNK = 3800
_CHUNKS = 6


class NotSignedInError(Exception):
    """Nobody is signed in, or no longer: the clerk signs in and comes back to the page asked for."""

    def __init__(self, *, expired: bool = False) -> None:
        super().__init__("not signed in")
        self.expired = expired


@dataclass(frozen=True)
class Session:
    """One clerk at one browser."""

    subject: str
    name: str
    tenant: str
    access_token: str
    #: when the access token ends, in seconds since 1970
    token_ends: float
    refresh_token: str | None = None
    #: tells the provider whose session to end
    id_token: str | None = None
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    started: float = field(default_factory=time.time)

    def renewed(self, access_token: str, token_ends: float, refresh_token: str | None) -> Session:
        """Return the same session with a new access token."""
        return replace(
            self,
            access_token=access_token,
            token_ends=token_ends,
            refresh_token=refresh_token or self.refresh_token,
        )


class SessionCookies:
    """Writes and reads sessions as cookies."""

    def __init__(self, settings: UiSettings) -> None:
        self._sealer = Sealer(settings.session_key(), "session")
        self._secure = settings.secure
        self._seconds = settings.session_hours * 3600
        # SECURITY: the prefix makes browsers refuse this cookie from a neighbouring host or without TLS.
        self.name = "__Host-aktensuche" if settings.secure else "aktensuche"

    def read(self, request: Request) -> Session:
        """Return the session of this browser, or raise NotSignedInError."""
        parts = [request.cookies.get(self._chunk_name(n), "") for n in range(_CHUNKS)]
        sealed = "".join(parts)
        if not sealed:
            raise NotSignedInError
        try:
            return Session(**self._sealer.open(sealed))
        except (SealError, TypeError) as error:
            raise NotSignedInError(expired=True) from error

    def write(self, session: Session) -> list[str]:
        """Return the Set-Cookie headers that keep `session`; its end does not move by being written again."""
        left = session.started + self._seconds - time.time()
        sealed = self._sealer.seal(asdict(session), seconds=left)
        if len(sealed) > _CHUNK * _CHUNKS and session.id_token is not None:
            # sign-out then asks the provider's own question instead of naming the session
            return self.write(replace(session, id_token=None))
        if len(sealed) > _CHUNK * _CHUNKS:
            raise ValueError(f"session of {len(sealed)} bytes does not fit into cookies; give the account fewer groups")
        chunks = [sealed[n * _CHUNK : (n + 1) * _CHUNK] for n in range(_CHUNKS)]
        return [self.cookie(self._chunk_name(n), chunk) for n, chunk in enumerate(chunks)]

    def end(self) -> list[str]:
        """Return the Set-Cookie headers that forget the session."""
        return [self.cookie(self._chunk_name(n), "") for n in range(_CHUNKS)]

    def cookie(self, name: str, value: str, *, max_age: int | None = None, path: str = "/") -> str:
        """Return one Set-Cookie header; an empty value removes the cookie."""
        jar: SimpleCookie = SimpleCookie()
        jar[name] = value
        attributes: dict[str, Any] = {"path": path, "httponly": True, "samesite": "Lax", "secure": self._secure}
        if not value:
            max_age = 0
        if max_age is not None:
            attributes["max-age"] = max_age
        for key, setting in attributes.items():
            jar[name][key] = setting
        return jar[name].OutputString()

    def _chunk_name(self, number: int) -> str:
        return self.name if number == 0 else f"{self.name}-{number}"


def csrf_matches(session: Session, token: str) -> bool:
    """Tell whether a form was made for this session."""
    return secrets.compare_digest(session.csrf.encode(), token.encode())
