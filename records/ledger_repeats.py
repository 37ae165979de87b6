"""Writes that carry a key: done once, however often they are sent within a day.

What is kept is the name of what came of a write, never its answer: answers hold words of records, which a day later
may be erased, or hidden from whoever asks. Keys and bodies are kept as hashes.
"""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from records.access import Principal
from records.errors import AktensucheError
from records.ledger_connection import LedgerConnection
from records.repeat_tables import repeats

KEPT_SECONDS = 24 * 3600.0
#: longer than a write takes: whoever began it then has died, and it may be tried again
IN_HAND_SECONDS = 60.0


class KeyReusedError(AktensucheError):
    """The key was sent before, with something else."""


class InHandError(AktensucheError):
    """What was sent with this key is being done at this moment."""


class LedgerRepeats(LedgerConnection):
    """Remembers what came of writes, for each principal by itself."""

    def begin(self, principal: Principal, key: str, sent: str) -> str | None:
        """Take a write in hand: None if it is to be done now, or the name of what came of it when it was done.

        KeyReusedError if the key came with something else before, InHandError while somebody else has it in hand.
        """
        mine = _of(principal, key)
        sent_hash = _hash(sent)
        with self._writing() as connection:
            now = float(connection.execute(sa.select(self._clock)).scalar_one())
            connection.execute(repeats.delete().where(repeats.c.begun_at < now - KEPT_SECONDS))
            row = {**mine, "sent_hash": sent_hash, "begun_at": now}
            if connection.execute(self._insert().values(**row).on_conflict_do_nothing()).rowcount:
                return None
            known = connection.execute(sa.select(repeats).where(_is(mine))).one()
            if known.sent_hash != sent_hash:
                raise KeyReusedError("the key was sent before, with something else; take a new one for each write")
            if known.outcome is not None:
                return str(known.outcome)
            left = (
                repeats.update()
                .where(_is(mine) & repeats.c.outcome.is_(None) & (repeats.c.begun_at < now - IN_HAND_SECONDS))
                .values(begun_at=now)
            )
            if not connection.execute(left).rowcount:
                raise InHandError("what was sent with this key is being done at this moment; ask again shortly")
        return None

    def done(self, principal: Principal, key: str, outcome: str) -> None:
        """Keep the name of what came of a write."""
        with self._writing() as connection:
            connection.execute(repeats.update().where(_is(_of(principal, key))).values(outcome=outcome))

    def failed(self, principal: Principal, key: str) -> None:
        """Forget a write that came to nothing: sent again it is tried again."""
        with self._writing() as connection:
            connection.execute(repeats.delete().where(_is(_of(principal, key)) & repeats.c.outcome.is_(None)))

    def _insert(self) -> Any:
        return (postgresql.insert if self.engine.dialect.name == "postgresql" else sqlite.insert)(repeats)


def _of(principal: Principal, key: str) -> dict[str, str]:
    # SECURITY: a key means nothing to anybody else; the same one of two people is two.
    software = principal.software.name if principal.software else ""
    return {
        "tenant": principal.tenant,
        "subject": principal.subject,
        "software": software,
        "key_hash": _hash(key),
    }


def _is(mine: dict[str, str]) -> sa.ColumnElement[bool]:
    return sa.and_(*(repeats.c[name] == value for name, value in mine.items()))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
