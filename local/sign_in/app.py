"""The provider's addresses: discovery, authorize, sign-in, token, keys, introspection, revocation, end of session."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from local.sign_in.accounts import ACCOUNTS, Account
from local.sign_in.grants import CODE_SECONDS, RENEWAL_SECONDS, Grant, Grants, Sessions, Tries, matches
from local.sign_in.page import STYLE_HASH, message_page, sign_in_page
from local.sign_in.settings import SignInSettings
from local.sign_in.tokens import AUDIENCE, LIFETIME, Claims, Signer

#: what an authorization request is made of; it travels through the form and is checked again there
_ASKED = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "nonce",
    "code_challenge", "code_challenge_method",
)  # fmt: skip
_WRONG_CODE = "Der Anmeldecode stimmt nicht. Bitte vergleichen Sie ihn mit dem Code im Startfenster."
_TOO_MANY = "Zu viele Versuche. Bitte warten Sie eine Minute und geben Sie den Code dann noch einmal ein."
_NO_CLERK = "Bitte wählen Sie eine Person aus der Liste."
_CHALLENGE_LENGTH = 43


async def _form_fields(request: Request) -> dict[str, str]:
    # the framework offers the body of a form to asynchronous code only
    return {name: str(value) for name, value in (await request.form()).items()}


_Form = Annotated[dict[str, str], Depends(_form_fields)]
_Basic = Annotated[HTTPBasicCredentials | None, Depends(HTTPBasic(auto_error=False))]


class _Provider:
    """Answers the requests; one object for the life of the process."""

    def __init__(self, settings: SignInSettings) -> None:
        self._settings = settings
        self._signer = Signer(settings.issuer, settings.key_file)
        self._sign_in_code = settings.code_file.read_text(encoding="utf-8").strip()
        self._api_secret = settings.api_secret_file.read_text(encoding="utf-8").strip()
        self._codes, self._renewals, self._tries, self._sessions = Grants(), Grants(), Tries(), Sessions()
        self._client = urlsplit(settings.redirect_uri)

    def discovery(self) -> dict[str, Any]:
        """Describe this provider."""
        return {
            "issuer": self._settings.issuer,
            "authorization_endpoint": f"{self._settings.issuer}/authorize",
            "token_endpoint": f"{self._settings.issuer}/token",
            "jwks_uri": f"{self._settings.issuer}/jwks",
            "introspection_endpoint": f"{self._settings.issuer}/introspect",
            "introspection_endpoint_auth_methods_supported": ["client_secret_basic"],
            "revocation_endpoint": f"{self._settings.issuer}/revoke",
            "revocation_endpoint_auth_methods_supported": ["none"],
            "end_session_endpoint": f"{self._settings.issuer}/end-session",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "scopes_supported": ["openid"],
        }

    def jwks(self) -> dict[str, Any]:
        """Hand out the public key."""
        return self._signer.public_keys()

    def authorize(self, request: Request) -> Response:
        """Show the page to sign in on, if the request is in order."""
        asked = {name: request.query_params[name] for name in _ASKED if name in request.query_params}
        return _refusal(asked, self._settings) or HTMLResponse(sign_in_page(asked))

    def sign_in(self, form: _Form) -> Response:
        """Check the code that was typed and send the browser back."""
        asked = {name: form[name] for name in _ASKED if name in form}
        refused = _refusal(asked, self._settings)
        if refused is not None:
            return refused
        subject = form.get("subject", "")
        # SECURITY: used-up tries are refused before the code is looked at, or the right one would still get through.
        if self._tries.are_used_up():
            return HTMLResponse(sign_in_page(asked, chosen=subject, problem=_TOO_MANY), 429)
        typed = form.get("sign_in_code", "").strip().lower()
        if not secrets.compare_digest(typed.encode(), self._sign_in_code.encode()):
            self._tries.count_failure()
            return HTMLResponse(sign_in_page(asked, chosen=subject, problem=_WRONG_CODE), 403)
        if subject not in ACCOUNTS:
            return HTMLResponse(sign_in_page(asked, problem=_NO_CLERK), 422)
        grant = Grant(
            subject,
            asked["client_id"],
            asked["redirect_uri"],
            asked["code_challenge"],
            asked.get("nonce"),
            self._sessions.begin(),
        )
        code = self._codes.keep(grant, CODE_SECONDS)
        return _back(self._settings, {"code": code, "state": asked.get("state", ""), "iss": self._settings.issuer})

    def token(self, form: _Form) -> Response:
        """Exchange a code or a renewal for tokens."""
        kind = form.get("grant_type")
        if kind == "authorization_code":
            grant = self._codes.take(form.get("code", ""))
            # SECURITY: the code is spent by now, whatever the checks say: no second guess at the verifier.
            if grant is None or not (
                grant.redirect_uri == form.get("redirect_uri")
                and grant.client == form.get("client_id")
                and matches(form.get("code_verifier", ""), grant.challenge)
            ):
                return JSONResponse({"error": "invalid_grant"}, 400)
        elif kind == "refresh_token":
            grant = self._renewals.take(form.get("refresh_token", ""))
            if grant is None or grant.client != form.get("client_id") or not self._sessions.goes_on(grant.session):
                return JSONResponse({"error": "invalid_grant"}, 400)
        else:
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        claims = _claims(ACCOUNTS[grant.subject])
        return JSONResponse(
            {
                "access_token": self._signer.access_token(claims, client=grant.client, session=grant.session),
                "id_token": self._signer.id_token(
                    claims, client=grant.client, nonce=grant.nonce, session=grant.session
                ),
                "refresh_token": self._renewals.keep(grant, RENEWAL_SECONDS),
                "token_type": "Bearer",
                "expires_in": LIFETIME,
            }
        )

    def introspect(self, form: _Form, client: _Basic) -> Response:
        """Say whether a token still counts (RFC 7662), to the API alone."""
        # SECURITY: whoever could ask here could try tokens; only the API knows the secret.
        expected = f"{self._settings.api_client_id}:{self._api_secret}"
        given = f"{client.username}:{client.password}" if client else ""
        if not secrets.compare_digest(given.encode(), expected.encode()):
            return JSONResponse({"error": "invalid_client"}, 401, {"www-authenticate": 'Basic realm="introspect"'})
        claims = self._signer.claims_of(form.get("token", ""), audience=AUDIENCE)
        # SECURITY: a token of a session counts as long as the session; one without was made for the command line.
        if (
            claims is None
            or self._sessions.was_taken_back(str(claims.get("jti")))
            or ("sid" in claims and not self._sessions.goes_on(claims["sid"]))
        ):
            return JSONResponse({"active": False})
        return JSONResponse({"active": True, **{name: claims[name] for name in ("sub", "exp", "azp")}})

    def revoke(self, form: _Form) -> Response:
        """Take a token back (RFC 7009): a renewal with its whole session. What is unknown is answered the same."""
        token = form.get("token", "")
        grant = self._renewals.take(token)
        if grant is not None and grant.client == form.get("client_id"):
            self._sessions.end(grant.session)
        claims = self._signer.claims_of(token, audience=AUDIENCE)
        if claims is not None and claims.get("azp") == form.get("client_id"):
            self._sessions.take_back(claims["jti"], claims["exp"])
        return Response(status_code=200)

    def end_session(self, request: Request) -> Response:
        """End the session that the id token names, and send the browser back to where it may go."""
        hint = request.query_params.get("id_token_hint", "")
        named = self._signer.claims_of(hint, audience=self._settings.client_id, ended_ago=RENEWAL_SECONDS)
        if named is not None:
            self._sessions.end(named["sid"])
        wanted = request.query_params.get("post_logout_redirect_uri", "")
        target = urlsplit(wanted)
        if (target.scheme, target.netloc) == (self._client.scheme, self._client.netloc):
            return RedirectResponse(wanted, 303)
        return HTMLResponse(message_page("Abgemeldet", "Sie können dieses Fenster schließen."))


def create_app(settings: SignInSettings) -> FastAPI:
    """Wire the provider."""
    app = FastAPI(title="Aktensuche sign-in", docs_url=None, redoc_url=None, openapi_url=None)
    provider = _Provider(settings)
    # SECURITY: a page elsewhere that has its name pointed at this machine (DNS rebinding) is not answered.
    hosts = {f"{name}:{settings.port}" for name in ("localhost", "127.0.0.1", "[::1]")}
    client = urlsplit(settings.redirect_uri)
    form_targets = f"'self' {client.scheme}://{client.netloc}"

    @app.middleware("http")
    async def guard(request: Request, proceed: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.headers.get("host") not in hosts:
            return JSONResponse({"error": "only this machine is answered"}, 403)
        answer = await proceed(request)
        answer.headers.update(
            {
                "Cache-Control": "no-store",
                "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; "
                f"form-action {form_targets}; frame-ancestors 'none'; base-uri 'none'",
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
            }
        )
        return answer

    app.get("/.well-known/openid-configuration")(provider.discovery)
    app.get("/jwks")(provider.jwks)
    app.get("/authorize")(provider.authorize)
    app.post("/sign-in")(provider.sign_in)
    app.post("/token")(provider.token)
    app.post("/introspect")(provider.introspect)
    app.post("/revoke")(provider.revoke)
    app.get("/end-session")(provider.end_session)
    return app


def _refusal(asked: dict[str, str], settings: SignInSettings) -> Response | None:
    """Return why an authorization request is not followed, or None."""
    # SECURITY: never send a browser to an address that was not declared, not even with an error.
    if asked.get("client_id") != settings.client_id or asked.get("redirect_uri") != settings.redirect_uri:
        text = "Das Programm, das Sie hierher geschickt hat, ist hier nicht bekannt."
        return HTMLResponse(message_page("Anmeldung nicht möglich", text), 400)
    challenge = asked.get("code_challenge", "")
    wrong = (
        "unsupported_response_type"
        if asked.get("response_type") != "code"
        else "invalid_scope"
        if "openid" not in asked.get("scope", "").split()
        else "invalid_request"
        if asked.get("code_challenge_method") != "S256"
        or len(challenge) != _CHALLENGE_LENGTH
        or not challenge.isascii()
        else None
    )
    if wrong is None:
        return None
    return _back(settings, {"error": wrong, "state": asked.get("state", ""), "iss": settings.issuer})


def _back(settings: SignInSettings, answer: dict[str, str]) -> Response:
    return RedirectResponse(f"{settings.redirect_uri}?{urlencode(answer)}", 303)


def _claims(account: Account) -> Claims:
    return Claims(account.subject, account.tenant, account.groups, account.roles, account.name)
