"""In which language a text is written. Pure; it says nothing where it could only guess."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from records.record import Page

#: those that the letters of a German town hall come in
_LANGUAGES = ("de", "en", "fr", "it", "es", "nl", "pl", "cs", "tr", "ro", "bg", "hr", "hu", "ru", "uk", "ar", "fa")
_ENOUGH = 120
_LOOKED_AT = 3_000
_SURE = 0.9


def language_of(pages: Iterable[Page]) -> str | None:
    """Return the ISO 639-1 code of the language that most of the text is in; None for little text or a doubtful one."""
    sample = ""
    for page in pages:
        sample += page.text[: _LOOKED_AT - len(sample)] + "\n"
        if len(sample) >= _LOOKED_AT:
            break
    if sum(c.isalpha() for c in sample) < _ENOUGH:
        return None
    language, sure = _identifier().classify(sample)
    return str(language) if sure >= _SURE else None


def load_languages() -> None:
    """Load what languages are told apart by, which takes a moment; else it is loaded when it is first needed."""
    _identifier()


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  its model takes a second to load

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(_LANGUAGES))
    return identifier
