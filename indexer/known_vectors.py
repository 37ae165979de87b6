"""Vectors are kept by the text they were made of: a record whose texts are all known gets them at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from records.ledger_vectors import LedgerVectors
from records.record import Record


def name_of(text: str) -> str:
    """Return the name under which the vector of a text is kept."""
    return hashlib.sha256(text.encode()).hexdigest()


class KnownVectors:
    """The vectors of one model."""

    def __init__(self, ledger: LedgerVectors, model: str) -> None:
        self._ledger, self._model = ledger, model

    def given(self, records: Sequence[Record]) -> tuple[Record, ...]:
        """Return the records; those whose vectors are all known have them, and the version that goes with them.

        A record that is written again, because its rights changed, is then never lost to meaning search.
        """
        begins = {name_of(r.passages[0].text) for r in records if r.passages}
        # most records of a first import are told apart by one text
        begun = self._ledger.vectors_of(self._model, sorted(begins))
        promising = [r for r in records if r.passages and name_of(r.passages[0].text) in begun]
        names = {name_of(p.text) for r in promising for p in r.passages}
        known = begun | self._ledger.vectors_of(self._model, sorted(names - begun.keys()))
        return tuple(self._with_vectors(r, known) for r in records)

    @staticmethod
    def _with_vectors(record: Record, known: dict[str, bytes]) -> Record:
        made = tuple(known[name] for p in record.passages if (name := name_of(p.text)) in known)
        if not made or len(made) < len(record.passages):
            return record
        return replace(record, vectors=made, version=record.version + 1)
