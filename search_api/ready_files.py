"""The templates of ready-made reports: those that come with the system, and those of the installation in their place.

A file `NAME.md`: a head in TOML between two lines `+++`, then Markdown with figures by name (ready_text). A file of
the installation's folder replaces the one of the same name, in force as soon as it is saved. One that cannot be used
is named with its line and what to do; the others are not touched by that.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from records.errors import AktensucheError, NotVisibleError

#: how the files that come with the system lie in this room
BUILT_IN = Path(__file__).parent / "ready_reports"
_NAME = re.compile(r"[a-z0-9-]{1,40}")
_FENCE = "+++"
_LARGEST = 64 * 1024


class TemplateError(AktensucheError):
    """A template that cannot be used; says the file, the line and the way out."""

    def __init__(self, file: str, line: int, what: str) -> None:
        super().__init__(f"{file}, Zeile {line}: {what}")


class Period(StrEnum):
    """Which months a report is about when nobody says so."""

    LAST_YEAR = "last-year"
    TWELVE_MONTHS = "twelve-months"


class Head(BaseModel):
    """What stands above the text of a template."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1, max_length=120)
    title_en: str = Field(min_length=1, max_length=120)
    description: str = Field(min_length=1, max_length=400)
    description_en: str = Field(min_length=1, max_length=400)
    period: Period = Period.TWELVE_MONTHS


@dataclass(frozen=True)
class Template:
    """A template: `text` begins at line `begins` of `file`."""

    name: str
    file: str
    head: Head
    text: str
    begins: int


class TemplateFiles:
    """The templates there are, read anew each time."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def names(self) -> tuple[str, ...]:
        """Return the names of all templates, usable or not."""
        return tuple(sorted(self._paths()))

    def template(self, name: str) -> Template:
        """Return a template; NotVisibleError if there is none of this name, TemplateError if it cannot be used."""
        # SECURITY: a name never becomes a path; it is looked up among the files there are.
        path = self._paths().get(name)
        if path is None:
            raise NotVisibleError("no such template")
        return _read(path)

    def _paths(self) -> dict[str, Path]:
        folders = [BUILT_IN, *([self._folder] if self._folder is not None else [])]
        return {
            path.stem: path
            for folder in folders
            if folder.is_dir()
            for path in folder.glob("*.md")
            if _NAME.fullmatch(path.stem)
        }


def _read(path: Path) -> Template:
    try:
        with path.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
        text = content.decode()
    except OSError as error:
        raise TemplateError(path.name, 1, f"ist nicht lesbar ({error.strerror}); Leserechte der Datei prüfen") from None
    except UnicodeDecodeError:
        raise TemplateError(path.name, 1, "ist nicht in UTF-8; bitte so speichern") from None
    if len(content) > _LARGEST:
        raise TemplateError(path.name, 1, f"ist größer als {_LARGEST // 1024} KiB; bitte kürzen")
    lines = text.splitlines()
    fences = [number for number, line in enumerate(lines) if line.strip() == _FENCE][:2]
    if fences[:1] != [0] or len(fences) < 2:  # noqa: PLR2004 - one above the head, one below
        raise TemplateError(path.name, 1, f"der Kopf fehlt; er steht zwischen zwei Zeilen {_FENCE} am Anfang der Datei")
    end = fences[1]
    return Template(path.stem, path.name, _head(path.name, lines[1:end]), "\n".join(lines[end + 1 :]), end + 2)


def _head(file: str, lines: list[str]) -> Head:
    try:
        return Head(**tomllib.loads("\n".join(lines)))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        # the first line of the file is the fence
        line = int(found[1]) + 1 if found else len(lines) + 1
        raise TemplateError(file, line, 'der Kopf ist nicht lesbar; jede Zeile hat die Form name = "Text"') from None
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0])
        line = next((n for n, text in enumerate(lines, 2) if re.match(rf"\s*{re.escape(name)}\s*=", text)), 1)
        raise TemplateError(file, line, _advice(name, fault["type"])) from None


def _advice(name: str, fault: str) -> str:
    if fault == "extra_forbidden":
        return f"„{name}“ kennt der Kopf nicht; möglich sind {', '.join(Head.model_fields)}"
    if fault == "missing":
        return f"im Kopf fehlt „{name}“; bitte ergänzen"
    if fault == "enum":
        return f"„{name}“ ist eines von {', '.join(Period)}"
    return f"„{name}“ ist ein Text, nicht leer und nicht zu lang"
