"""A sign-in on the loopback: publishes its keys, signs what it is told to, and forges what it must not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from joserfc import jwt
from joserfc.jwk import ECKey

from tests.leaks.world import Asker

AUDIENCE = "aktensuche"


def _part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


class Issuer:
    """Started by `with`."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig"})
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer: dict[str, Any] = {"keys": [issuer.key.as_dict(private=False)]}
                if self.path != "/keys":
                    answer = {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/keys"}
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def claims(self, asker: Asker, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": asker.subject,
            "iat": now,
            "exp": now + 300,
            "azp": "aktensuche-ui",
            "tenant": asker.tenant,
            "groups": sorted(asker.groups),
            "roles": sorted(asker.roles),
        }
        if asker.software is not None:
            claims["act"] = {"sub": "fachverfahren", "groups": sorted(asker.software)}
        return {name: value for name, value in {**claims, **changes}.items() if value is not None}

    def token(self, asker: Asker, **changes: Any) -> str:
        return self.sign(self.claims(asker, **changes))

    def sign(self, claims: dict[str, Any], key: ECKey | None = None, **header: Any) -> str:
        return jwt.encode({"alg": "ES256", "kid": "k1", **header}, claims, key or self.key)

    def unsigned(self, asker: Asker) -> str:
        return f"{self._head('none')}.{_part(json.dumps(self.claims(asker)).encode())}."

    def by_public_key(self, asker: Asker) -> str:
        """Return a token signed with the published key as if it were a shared secret."""
        body = f"{self._head('HS256')}.{_part(json.dumps(self.claims(asker)).encode())}"
        return f"{body}.{_part(hmac.new(self.key.as_pem(private=False), body.encode(), hashlib.sha256).digest())}"

    @staticmethod
    def _head(algorithm: str) -> str:
        return _part(json.dumps({"alg": algorithm, "kid": "k1"}).encode())
