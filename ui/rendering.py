"""Turns values into pages: the template environment and what templates may call; fetches nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from ui.session import Session
from ui.texts import LANGUAGES, Language, say, say_date, say_moment, say_number, say_size

HERE = Path(__file__).resolve().parent
LANGUAGE_COOKIE = "aktensuche-language"


def language_of(request: Request) -> Language:
    """Return the language this browser has chosen; German until it has."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return next((known for known in LANGUAGES if known == chosen), "de")


def address(*segments: object, **query: str | None) -> str:
    """Build a local address; every segment stays one segment."""
    path = "".join(f"/{quote(str(segment), safe='')}" for segment in segments) or "/"
    given = {k: v for k, v in query.items() if v}
    return f"{path}?{urlencode(given)}" if given else path


#: keys that had to do without umlauts
_WRITTEN_OUT = {"kaemmerei": "Kämmerei", "buergerbuero": "Bürgerbüro"}


def readable(value: object) -> str:
    """Write a bare key such as `bauamt` or `eingang_am` as a word; what is written already stays."""
    text = str(value)
    if text in _WRITTEN_OUT:
        return _WRITTEN_OUT[text]
    words = text.replace("_", " ") if text.islower() else text
    return words[:1].upper() + words[1:]


class Pages:
    """Renders the templates."""

    def __init__(self) -> None:
        # SECURITY: everything is escaped; no template marks anything as safe (a test looks for it).
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["address"] = address
        self._environment.globals["town"] = lambda tenant: str(tenant).capitalize()
        self._environment.filters["readable"] = readable

    def render(
        self, request: Request, template: str, *, status: int = 200, session: Session | None = None, **values: Any
    ) -> HTMLResponse:
        """Return `template` as an answer in the language of this browser."""
        language = language_of(request)

        def t(key: str, **numbers: object) -> str:
            return say(language, key, **numbers)

        def day(value: dt.date | str) -> str:
            try:
                known = dt.date.fromisoformat(value) if isinstance(value, str) else value
            except ValueError:
                # what a source wrote into a field is shown as it is
                return str(value)
            return say_date(language, known)

        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        body = self._environment.get_template(template).render(
            t=t,
            day=day,
            number=lambda n: say_number(language, n),
            size=lambda n: say_size(language, n),
            moment=lambda value: say_moment(language, value),
            language=language,
            other_language="en" if language == "de" else "de",
            session=session,
            here=here if request.method == "GET" else "/",
            **values,
        )
        return HTMLResponse(body, status_code=status)
