"""The issuer of tokens as this process asks it: for its published keys, and whether a token still counts."""

from __future__ import annotations

import hashlib
import logging
import ssl
import threading
import time
from typing import Any

import httpx
from joserfc.jwk import KeySet
from pydantic import TypeAdapter, ValidationError

from records.errors import AktensucheError
from records.settings import ServiceUrl, read_secret
from search_api.settings import IntrospectionSettings, SignInSettings

_log = logging.getLogger(__name__)

_KEYS_FOR_SECONDS = 600
_UNKNOWN_KEY_PAUSE_SECONDS = 10
#: what the issuer takes back stops working within five seconds; one of them is left for the asking itself
_COUNTS_FOR_SECONDS = 4
_MOST_ANSWERS = 20_000
#: so many tokens are asked about at the same time
_TURNS = 64


class NotSignedInError(AktensucheError):
    """There is no token, or none that is believed."""


class SignInUnavailableError(AktensucheError):
    """The sign-in does not answer: its keys cannot be fetched, or it cannot be asked whether a token still counts."""


class Issuer:
    """Speaks to one issuer; its addresses come from its discovery document, asked once."""

    def __init__(self, settings: SignInSettings) -> None:
        self._issuer = settings.issuer
        verify = ssl.create_default_context(cafile=str(settings.ca_file)) if settings.ca_file else True
        self.http = httpx.Client(timeout=httpx.Timeout(4, connect=2), verify=verify, trust_env=False)
        self._known: dict[str, Any] | None = None

    def address(self, name: str) -> str:
        """Return the address that the discovery document gives under `name`; ValueError if it gives none."""
        if self._known is None:
            document = self.ask(f"{self._issuer}/.well-known/openid-configuration")
            # SECURITY: a document that speaks for another issuer is not believed.
            if str(document.get("issuer", "")).rstrip("/") != self._issuer:
                raise ValueError("the discovery document names another issuer")
            self._known = document
        try:
            return TypeAdapter(ServiceUrl).validate_python(self._known.get(name))
        except ValidationError as error:
            raise ValueError(f"the discovery document names no usable {name}") from error

    def ask(self, url: str) -> dict[str, Any]:
        """Return the object at `url`."""
        return _object(self.http.get(url))


class Keys:
    """The issuer's public keys: fetched when needed, kept for ten minutes, fetched again for a key not known yet."""

    def __init__(self, issuer: Issuer, url: str | None) -> None:
        self._issuer = issuer
        self._url = url
        self._lock = threading.Lock()
        self._by_id: dict[str, dict[str, Any]] = {}
        self._fetched = self._tried = float("-inf")

    def find(self, key_id: str | None) -> KeySet:
        """Return the key with this id; NotSignedInError if the issuer has none."""
        with self._lock:
            now = time.monotonic()
            stale = now - self._fetched > _KEYS_FOR_SECONDS
            unknown = key_id is not None and key_id not in self._by_id
            # SECURITY: made-up key ids must not turn this process into a flood on the sign-in.
            if (stale or unknown) and (not self._by_id or now - self._tried > _UNKNOWN_KEY_PAUSE_SECONDS):
                self._tried = now
                self._fetch(now)
            found = self._by_id if key_id is None and len(self._by_id) == 1 else {}
            key = self._by_id.get(key_id) if key_id is not None else next(iter(found.values()), None)
        if key is None:
            raise NotSignedInError("the token is signed with a key that the sign-in does not publish")
        return KeySet.import_key_set({"keys": [key]})

    def _fetch(self, now: float) -> None:
        try:
            published = self._issuer.ask(self._url or self._issuer.address("jwks_uri"))
        except (httpx.HTTPError, ValueError) as error:
            if self._by_id:
                # A sign-in that is away for a while locks nobody out whose key is known.
                _log.warning("keys of the sign-in were not renewed: %s", type(error).__name__)
                return
            raise SignInUnavailableError("the keys of the sign-in cannot be fetched") from error
        usable = [
            key
            for key in published.get("keys", [])
            if isinstance(key, dict) and key.get("kty") in {"EC", "RSA"} and key.get("use", "sig") == "sig"
        ]
        self._by_id = {str(key.get("kid", "")): key for key in usable}
        self._fetched = now


class _Turn:
    """Whose turn it is to ask about some of the tokens, and when somebody last got no answer about them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.in_vain = float("-inf")


class Introspection:
    """Asks the issuer whether a token still counts (RFC 7662); an answer holds for four seconds.

    Of requests that want to know the same at the same time one asks, and the others take its answer: else each four
    seconds as many ask as there are, and a silent sign-in is waited for by each in turn.
    """

    def __init__(self, issuer: Issuer, settings: IntrospectionSettings) -> None:
        self._issuer = issuer
        self._url = settings.url
        self._auth = (settings.client_id, read_secret(settings.client_secret_file))
        self._lock = threading.Lock()
        self._turns = tuple(_Turn() for _ in range(_TURNS))
        #: digest of a token: when the issuer was asked, and what it said
        self._answers: dict[bytes, tuple[float, bool]] = {}

    def check(self, token: str) -> None:
        """Return if the token still counts; NotSignedInError if it was taken back."""
        digest = hashlib.sha256(token.encode("ascii")).digest()
        counts = self._fresh(digest)
        if counts is None:
            came, turn = time.monotonic(), self._turns[digest[0] % _TURNS]
            with turn.lock:
                counts = self._fresh(digest)
                if counts is None:
                    # SECURITY: whoever waited while another asked in vain is not let in either.
                    if turn.in_vain > came:
                        raise SignInUnavailableError("the sign-in was asked a moment ago and did not answer")
                    try:
                        counts = self._ask(digest, token)
                    except SignInUnavailableError:
                        turn.in_vain = time.monotonic()
                        raise
        if not counts:
            raise NotSignedInError("the token was taken back; sign in again")

    def _fresh(self, digest: bytes) -> bool | None:
        """Return what the issuer said lately; None if it has to be asked."""
        with self._lock:
            asked, counts = self._answers.get(digest, (float("-inf"), False))
        return counts if time.monotonic() - asked <= _COUNTS_FOR_SECONDS else None

    def _ask(self, digest: bytes, token: str) -> bool:
        # counted from before the question: how long the answer takes must not lengthen what it is good for
        asked = time.monotonic()
        try:
            url = self._url or self._issuer.address("introspection_endpoint")
            form = {"token": token, "token_type_hint": "access_token"}
            answer = _object(self._issuer.http.post(url, data=form, auth=self._auth))
        except (httpx.HTTPError, ValueError) as error:
            # SECURITY: closed while the issuer is silent; nobody is let in because nobody could be asked.
            _log.warning("the sign-in does not say whether a token still counts: %s", type(error).__name__)
            raise SignInUnavailableError("the sign-in cannot be asked whether the token still counts") from error
        counts = answer.get("active") is True
        with self._lock:
            if len(self._answers) >= _MOST_ANSWERS:
                fresh = ((d, a) for d, a in self._answers.items() if asked - a[0] <= _COUNTS_FOR_SECONDS)
                self._answers = dict(fresh)
            self._answers[digest] = (asked, counts)
        return counts


def _object(answer: httpx.Response) -> dict[str, Any]:
    found = answer.raise_for_status().json()
    if not isinstance(found, dict):
        raise ValueError(f"{answer.url} did not answer with an object")  # noqa: TRY004
    return found
