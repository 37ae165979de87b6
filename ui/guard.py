"""What holds for every answer and every request, before any page is asked: headers, size, host; knows no page."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.settings import UiSettings

LARGEST_FORM = 256 * 1024


class ForeignFormError(Exception):
    """A form did not come from our own pages, or from a session that has ended."""


class Guard:
    """Sets the security headers, refuses large bodies and leads a loopback browser to the one public address."""

    def __init__(self, app: ASGIApp, settings: UiSettings) -> None:
        self._app = app
        self._public = settings.public_url
        self._host = urlsplit(settings.public_url).netloc
        self._secure = settings.secure
        issuer = urlsplit(settings.issuer)
        # SECURITY: nothing inline, nothing from elsewhere. Signing out posts here and is sent on to the provider,
        # which browsers count as a form target too.
        self._policy = (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; "
            f"connect-src 'self'; form-action 'self' {issuer.scheme}://{issuer.netloc}; "
            "frame-ancestors 'none'; base-uri 'none'"
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(MutableHeaders(scope=message), scope)
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if scope["method"] == "POST" and (not length.isdigit() or int(length) > LARGEST_FORM):
            return PlainTextResponse("form too large", status_code=413)
        if scope["method"] == "POST" and "transfer-encoding" in headers:
            return PlainTextResponse("length required", status_code=411)
        # SECURITY: on one machine another name for it would split sessions and let a foreign name rebind to it.
        elsewhere = not self._secure and headers.get("host") != self._host
        if elsewhere and not scope["path"].startswith("/health/"):
            return RedirectResponse(f"{self._public}/", status_code=303)
        return None

    def _add_headers(self, headers: MutableHeaders, scope: Scope) -> None:
        headers.setdefault("content-security-policy", self._policy)
        headers["x-content-type-options"] = "nosniff"
        headers["referrer-policy"] = "no-referrer"
        headers["cross-origin-opener-policy"] = "same-origin"
        headers["cross-origin-resource-policy"] = "same-origin"
        headers["permissions-policy"] = "camera=(), geolocation=(), microphone=()"
        if self._secure:
            headers["strict-transport-security"] = "max-age=31536000"
        fixed = scope["path"].startswith(("/assets/", "/static/"))
        headers["cache-control"] = "public, max-age=3600" if fixed else "no-store"
        for cookie in scope.get("state", {}).get("cookies", ()):
            headers.append("set-cookie", cookie)


def check_same_origin(request: Request, public_url: str) -> bool:
    """Refuse a form that another site made this browser send; return whether the browser says it is from here."""
    # SECURITY: browsers state where a request comes from; `Origin` is "null" under our own referrer policy, so it
    # only counts where it names somebody.
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "null")
    if site is not None and site != "same-origin":
        raise ForeignFormError
    if site is None and origin not in {"null", public_url}:
        raise ForeignFormError
    return site is not None or origin == public_url
