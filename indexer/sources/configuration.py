"""The one file of an installation that says where records come from (TOML). Nothing in it is taken for granted.

[sources.council]
kind = "oparl"
tenant = "erbach"
url = "https://council.example.org/oparl/v1.1/system"
every = "1h"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from indexer.sources.kinds import KINDS
from indexer.sources.settings import SourceSettings
from records.errors import InvalidInputError

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
#: names that the ledger gives look like this
_GIVEN = re.compile(r"[a-z]+-\d+")


class ConfigurationError(InvalidInputError):
    """The file cannot be used; the sentence names the place and the way out."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__("sources", f"{path}: {problem}")


def load(path: Path | None, tenants: Sequence[str]) -> dict[str, SourceSettings]:
    """Return the sources by name; none where there is no file, ConfigurationError where it cannot be used."""
    if path is None:
        return {}
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigurationError(
            path, f"cannot be read: {error.strerror}; give the indexer's user the right"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(path, "is not UTF-8; save it as UTF-8") from error
    try:
        stated = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(path, f"{error}; texts need quotes, lists square brackets") from error
    problems = list(_outside(stated))
    made: dict[str, SourceSettings] = {}
    if not problems:
        for name, said in stated.get("sources", {}).items():
            found, wrong = _source(name, said, tenants)
            problems += [
                f"line {_line_of(text, name, field)}: sources.{name}{field and '.' + field}: {what}"
                for field, what in wrong
            ]
            if found is not None:
                made[name] = found
        problems += _twice(made)
    if problems:
        raise ConfigurationError(path, "; ".join(problems))
    return made


def _outside(stated: Mapping[str, Any]) -> Iterator[str]:
    for name in stated:
        if name != "sources":
            yield f"{name!r} is unknown; the file holds [sources.NAME] tables only"
    if not isinstance(stated.get("sources", {}), dict):
        yield "sources: expected are tables, [sources.NAME]"


def _source(name: str, said: Any, tenants: Sequence[str]) -> tuple[SourceSettings | None, list[tuple[str, str]]]:
    if _NAME.fullmatch(name) is None or _GIVEN.fullmatch(name):
        return None, [("", "a name is 1 to 40 letters, digits and -, begins with a letter and is not like folder-3")]
    if not isinstance(said, dict):
        return None, [("", "expected is a table, [sources.NAME]")]
    kinds = {str(kind.model_fields["kind"].default): kind for kind in KINDS}
    kind = kinds.get(str(said.get("kind")))
    if kind is None:
        return None, [("kind", f"{said.get('kind')!r} is unknown; choose one of {', '.join(sorted(kinds))}")]
    try:
        made = kind.model_validate(said)
    except ValidationError as error:
        return None, [(".".join(map(str, e["loc"])), _sentence(e["type"], e["msg"], kind)) for e in error.errors()]
    if made.tenant not in tenants:
        # SECURITY: a tenant that is not on the closed list has no index, no role and no token.
        return None, [("tenant", f"{made.tenant!r} is unknown; choose one of {', '.join(tenants)}")]
    return made, []


def _sentence(problem: str, message: str, kind: type[SourceSettings]) -> str:
    if problem == "extra_forbidden":
        return f"is unknown; known are {', '.join(sorted(kind.model_fields))}"
    if problem == "missing":
        return "is missing; add it"
    return message.removeprefix("Value error, ")


def _twice(made: Mapping[str, SourceSettings]) -> Iterator[str]:
    seen: dict[tuple[str, str, str], str] = {}
    for name, source in made.items():
        key = (source.tenant, source.kind, source.location)
        if key in seen:
            yield f"sources.{name} and sources.{seen[key]} are the same place; keep one of them"
        seen[key] = name


def _line_of(text: str, name: str, field: str) -> int:
    """Return the line of a field, or that of its source's table where the field is not there."""
    table = field_line = 0
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if words.startswith("["):
            inside = re.fullmatch(rf"\[\s*sources\s*\.\s*\"?{re.escape(name)}\"?\s*(\..*)?\].*", words)
            if inside is None and table:
                break
            table = table or (number if inside else 0)
        elif table and not field_line and re.match(rf"\"?{re.escape(field.partition('.')[0])}\"?\s*(=|\.)", words):
            field_line = number
    return field_line or table or 1
