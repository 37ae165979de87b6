"""Finds out which new item of a source is a known one at another place. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from records.ledger_tables import State
from records.ledger_values import Known, Seen, metadata_to_json


class Moves:
    """Pairs new items with missing ones; each missing one is given away once."""

    def __init__(self, missing: Sequence[Known]) -> None:
        self._by_content: dict[str, list[Known]] = {}
        for known in missing:
            if known.sha256 is not None and known.state in {State.INDEXED, State.PENDING, State.QUARANTINED}:
                self._by_content.setdefault(known.sha256, []).append(known)

    def origin(self, seen: Seen) -> Known | None:
        """Return the missing item that this one was before; None where it is a new one."""
        if seen.sha256 is None or seen.fault is not None:
            return None
        # SECURITY: a record keeps its releases when it moves. The same form in another case is another record, so the
        # content alone proves nothing: the disk must say that it is the same file, or all that is said of it.
        candidates = self._by_content.get(seen.sha256, [])
        for same in (
            lambda k: seen.identity is not None and k.identity == seen.identity,
            lambda k: (k.file_name, k.metadata) == (seen.file_name, metadata_to_json(seen.metadata)) and _says(k),
        ):
            for known in candidates:
                if same(known):
                    candidates.remove(known)
                    return known
        return None


def _says(known: Known) -> bool:
    """Say whether enough is said about a file to know it by that."""
    return any(name in known.metadata for name in ("source_id", "file_reference", "case_reference"))
