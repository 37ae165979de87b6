"""What is written down about a source, whatever its kind, and what a connector gets from the process it runs in."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from indexer.sources.protocol import Connector
from records.release import Grounds
from records.settings import read_secret

_DURATION = re.compile(r"(\d{1,6}) ?(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _duration(value: object) -> object:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('a time is a number and a unit, such as "30s", "15m", "6h" or "1d"')
    return dt.timedelta(**{_UNITS[found.group(2)]: int(found.group(1))})


#: A span of time, written as "15m".
Duration = Annotated[dt.timedelta, BeforeValidator(_duration)]


@dataclass(frozen=True)
class Surroundings:
    """What the process gives to a connector."""

    #: as whom files of this machine are read
    caller: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext


class SourceSettings(BaseModel, ABC):
    """A source as the installation's file describes it; each kind adds its own fields, and a fixed `kind`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    #: the municipality whose records these are
    tenant: str
    #: how often it is brought up to date by itself; without, only by `aktensuche sync`
    every: Duration | None = Field(default=None, ge=dt.timedelta(seconds=30))

    @property
    @abstractmethod
    def location(self) -> str:
        """How the ledger calls it; another location is another source."""

    @property
    def public(self) -> Grounds | None:
        """Why every other municipality may see what comes from here; None where they may not."""
        return None

    @abstractmethod
    def connect(self, surroundings: Surroundings) -> Connector:
        """Make the connector; ValueError where a secret cannot be read."""


class Credentials(BaseModel):
    """How a source is signed in to. The secret itself never stands in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user: str | None = None
    #: a file with the password or token
    secret_file: Path | None = None
    #: the environment variable that holds it
    secret_env: str | None = Field(default=None, pattern=r"AKTENSUCHE_[A-Z0-9_]+")

    @model_validator(mode="after")
    def _one_place(self) -> Credentials:
        if (self.secret_file is None) == (self.secret_env is None):
            raise ValueError("name either secret_file or secret_env")
        return self

    def secret(self) -> str:
        """Read the secret; ValueError names where it should be."""
        if self.secret_file is not None:
            return read_secret(self.secret_file)
        secret = os.environ.get(self.secret_env or "", "")
        if not secret:
            raise ValueError(f"the environment variable {self.secret_env} is empty")
        return secret
