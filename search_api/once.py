"""Writes that are sent again because their answer was lost: done once, answered again.

A caller that sends `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) may send the same write as often as it
likes for a day. The first one is done; the others are answered with what became of it meanwhile, read anew under the
rights of whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import Header
from pydantic import BaseModel

from records.access import Principal
from records.errors import LedgerUnavailableError
from search_api.problems import documented

T = TypeVar("T")

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x20-\x7e]+$",
        description=(
            "A value of your own for this one write, such as a UUID. Sent again with the same body within 24 hours, "
            "nothing is done twice, and the answer tells what became of it"
        ),
        examples=['"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
    ),
]

#: for a route that takes a key
REPEATABLE: dict[int | str, dict[str, Any]] = {409: documented("A write with this key is being done at this moment")}


class Repeats(Protocol):
    """Remembers what came of writes."""

    def begin(self, principal: Principal, key: str, sent: str) -> str | None:
        """Take a write in hand: None if it is to be done now, or the name of what came of it when it was done."""
        ...

    def done(self, principal: Principal, key: str, outcome: str) -> None:
        """Keep the name of what came of a write."""
        ...

    def failed(self, principal: Principal, key: str) -> None:
        """Forget a write that came to nothing."""
        ...


@dataclass(frozen=True)
class Sent:
    """A write as it was sent: to which operation, with which key and body."""

    operation: str
    key: str | None
    body: BaseModel

    @property
    def said(self) -> str:
        """What must be the same for it to be the same write."""
        return f"{self.operation}\0{self.body.model_dump_json()}"


class Once:
    """Does each write once."""

    def __init__(self, repeats: Repeats) -> None:
        self._repeats = repeats

    def do(
        self,
        principal: Principal,
        sent: Sent,
        work: Callable[[], T],
        *,
        name: Callable[[T], str],
        again: Callable[[str], T],
    ) -> T:
        """Return what `work` does, or, if this was done before, what `again` reads under the name it was given."""
        key = sent.key.strip('" ') if sent.key is not None else ""
        if not key:
            return work()
        before = self._repeats.begin(principal, key, sent.said)
        if before is not None:
            return again(before)
        try:
            made = work()
        except BaseException:
            # the ledger gives it free by itself after a minute
            with suppress(LedgerUnavailableError):
                self._repeats.failed(principal, key)
            raise
        self._repeats.done(principal, key, name(made))
        return made
