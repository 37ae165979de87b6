"""What the pages share: built once in `app.py`, handed to each group of routes; keeps nothing of a clerk."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass

import httpx
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import StreamingResponse

from ui.api import Api
from ui.guard import ForeignFormError, check_same_origin
from ui.provider import Provider, RefusedError
from ui.rendering import Pages
from ui.sealing import Sealer
from ui.session import NotSignedInError, Session, SessionCookies, csrf_matches
from ui.settings import UiSettings

#: a token about to end would end on its way
_SOON = 20
#: an export stops when its token ends; providers give tokens of five minutes
_LONG = 240


@dataclass(frozen=True)
class Parts:
    """The clients, keys and templates of this process."""

    settings: UiSettings
    api: Api
    provider: Provider
    cookies: SessionCookies
    pages: Pages
    #: closes searches into addresses
    searches: Sealer
    #: closes what is to be marked on a page into addresses
    marks: Sealer
    #: closes what is to be cited into addresses
    citations: Sealer
    #: closes a sign-in that is under way into its cookie
    attempts: Sealer

    def session(self, request: Request) -> Session:
        """Return who is signed in, with a token that still holds; a renewed one goes back with the answer."""
        return self._session(request, _SOON)

    def session_for_long(self, request: Request) -> Session:
        """Return who is signed in, with a token that holds for an answer of some minutes."""
        return self._session(request, _LONG)

    def _session(self, request: Request, seconds: float) -> Session:
        session = self.cookies.read(request)
        if session.token_ends - time.time() > seconds:
            return session
        try:
            session = self.provider.renew(session)
        except RefusedError as error:
            raise NotSignedInError(expired=True) from error
        request.state.cookies = self.cookies.write(session)
        return session

    def check_question(self, request: Request, session: Session, csrf: str) -> None:
        """Refuse a question that another site made this browser ask.

        A form of ours that stands open since before the last sign-in is answered: nobody loses what they typed.
        """
        # SECURITY: the browser says that the form is ours, or the token in it does; the answer is written to the
        # audit log under the clerk's name.
        if not check_same_origin(request, self.settings.public_url) and not csrf_matches(session, csrf):
            raise ForeignFormError

    def check_form(self, request: Request, session: Session, csrf: str) -> None:
        """Refuse a form that was not made by our pages for this session."""
        check_same_origin(request, self.settings.public_url)
        # SECURITY: the token in the form is what another site cannot know.
        if not csrf_matches(session, csrf):
            raise ForeignFormError


def passed_on(
    opened: AbstractContextManager[httpx.Response], headers: dict[str, str], media_types: tuple[str, ...] = ()
) -> StreamingResponse | None:
    """Stream an answer of the API through without keeping it; None when it is of none of `media_types`."""
    stack = ExitStack()
    answer = stack.enter_context(opened)
    media_type = answer.headers.get("content-type", "application/octet-stream")
    if media_types and media_type.partition(";")[0] not in media_types:
        stack.close()
        return None
    given = {"content-type": media_type, **headers}
    if "content-length" in answer.headers and "content-encoding" not in answer.headers:
        given["content-length"] = answer.headers["content-length"]
    # SECURITY: the file comes from outside; should a browser show it after all, it may do nothing there.
    given.setdefault("content-security-policy", "default-src 'none'; sandbox")
    disposition = answer.headers.get("content-disposition", "")
    if "content-disposition" in given and disposition.lower().startswith("attachment"):
        given["content-disposition"] = disposition
    return StreamingResponse(answer.iter_bytes(65536), headers=given, background=BackgroundTask(stack.close))
