"""What a clerk has asked for, as a value: read from a form, sealed into an address, sent to the API."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.datastructures import FormData

MODES = ("hybrid", "keyword", "semantic")
SORTS = ("relevance", "-date", "date", "title")
#: in the order a clerk reads them
FACETS = ("document_type", "department", "year", "case_type", "file_plan", "tenant")
FORMATS = ("csv", "xlsx", "jsonl")
#: ways to read a question that can be switched off, as the API names them
READINGS = (
    *("quotes", "heading", "exclusion", "hyphens", "or", "and", "near", "fields", "wildcard", "numbers"),
    *("parts", "synonyms", "correction"),
)
#: what goes beyond the words as they stand there
BEYOND_WRITTEN = ("parts", "synonyms", "correction")
PAGE = 20
LONGEST = 8000


@dataclass(frozen=True)
class Asked:
    """One search with its narrowing, its order and how far it has been read."""

    query: str = ""
    mode: str = "hybrid"
    sort: str = "relevance"
    chosen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    date_from: str = ""
    date_to: str = ""
    #: readings that are not wanted for these words
    off: tuple[str, ...] = ()
    cursor: str | None = None
    #: hits shown on the pages before this one
    before: int = 0

    @property
    def empty(self) -> bool:
        """Nothing has been asked yet."""
        return not (self.query or self.chosen or self.date_from or self.date_to)

    @property
    def narrowed(self) -> bool:
        """Something beside the words limits what is found."""
        return bool(self.chosen or self.date_from or self.date_to)

    @property
    def written_only(self) -> bool:
        """Words are looked for only as they stand there."""
        return set(BEYOND_WRITTEN) <= set(self.off)

    @classmethod
    def from_form(cls, form: FormData) -> Asked:
        """Read the search form; what it cannot hold is left out, not guessed."""
        chosen: dict[str, tuple[str, ...]] = {}
        for pair in form.getlist("chosen"):
            name, _, value = str(pair).partition("=")
            chosen = _with(chosen, name, value)
        asked = cls(
            query=_text(form, "correct") or _text(form, "q"),
            mode=_one_of(MODES, _text(form, "mode")),
            sort=_one_of(SORTS, _text(form, "sort")),
            chosen=chosen,
            date_from=_day(_text(form, "date_from")),
            date_to=_day(_text(form, "date_to")),
        )
        asked = replace(asked, off=_readings_off(form, asked.query))
        add, remove = _text(form, "add"), _text(form, "remove")
        if add:
            name, _, value = add.partition("=")
            asked = replace(asked, chosen=_with(asked.chosen, name, value))
        if remove == "all":
            asked = replace(asked, chosen={}, date_from="", date_to="")
        elif remove == "dates":
            asked = replace(asked, date_from="", date_to="")
        elif remove:
            name, _, value = remove.partition("=")
            asked = replace(asked, chosen=_without(asked.chosen, name, value))
        return asked

    @classmethod
    def from_sealed(cls, value: dict[str, Any]) -> Asked:
        """Return what `to_seal` was made of."""
        chosen = {k: tuple(v) for k, v in value.get("chosen", {}).items()}
        return cls(**{**value, "chosen": chosen, "off": tuple(value.get("off", ()))})

    def to_seal(self) -> dict[str, Any]:
        """Return the parts that differ from an empty search: an address stays short."""
        blank = Asked()
        return {k: getattr(self, k) for k in self.__dataclass_fields__ if getattr(self, k) != getattr(blank, k)}

    def pairs(self) -> list[tuple[str, str]]:
        """Return each chosen field and value."""
        return [(name, value) for name, values in self.chosen.items() for value in values]

    def to_api(self) -> dict[str, Any]:
        """Return the body of a search."""
        body: dict[str, Any] = {
            **self.to_export(),
            "sort": self.sort,
            "size": PAGE,
            "facets": list(FACETS),
        }
        if self.cursor is not None:
            body["cursor"] = self.cursor
        return body

    def to_export(self) -> dict[str, Any]:
        """Return the parts of a search that an export understands too."""
        filters: dict[str, Any] = {name: list(values) for name, values in self.chosen.items()}
        if self.date_from:
            filters["date_from"] = self.date_from
        if self.date_to:
            filters["date_to"] = self.date_to
        body: dict[str, Any] = {"query": self.query, "mode": self.mode, "filters": filters}
        return {**body, "readings_off": list(self.off)} if self.off else body


def _with(chosen: dict[str, tuple[str, ...]], name: str, value: str) -> dict[str, tuple[str, ...]]:
    if name not in FACETS or not value or value in chosen.get(name, ()):
        return chosen
    return {**chosen, name: (*chosen.get(name, ()), value)}


def _without(chosen: dict[str, tuple[str, ...]], name: str, value: str) -> dict[str, tuple[str, ...]]:
    rest = {**chosen, name: tuple(v for v in chosen.get(name, ()) if v != value)}
    return {k: v for k, v in rest.items() if v}


def _readings_off(form: FormData, query: str) -> tuple[str, ...]:
    # other words are read in every way again
    kept = {str(one) for one in form.getlist("off")} if _text(form, "off_for") == query else set()
    switched = _text(form, "switch_off")
    kept |= set(BEYOND_WRITTEN) if switched == "beyond_written" else {switched}
    return tuple(reading for reading in READINGS if reading in kept - {_text(form, "switch_on")})


def _text(form: FormData, name: str) -> str:
    return " ".join(str(form.get(name, "")).split())


def _one_of(allowed: tuple[str, ...], value: str) -> str:
    return value if value in allowed else allowed[0]


def _day(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    try:
        # a browser without a date field sends what the clerk typed
        return dt.datetime.strptime(text, "%d.%m.%Y").replace(tzinfo=dt.UTC).date().isoformat()
    except ValueError:
        return ""
