"""Takes away what a removed record, or an older version of a file, leaves behind beside the index.

That is the kept file, its text, its vectors, and what the ledger knows of it.

It may be stopped at any point and run again: the ledger forgets last.
"""

from __future__ import annotations

import logging

from indexer import passages
from indexer.extraction import Extractor
from indexer.known_vectors import name_of
from indexer.settings import LimitSettings
from records.files import FileStore
from records.ledger_erasure import LedgerErasure

_log = logging.getLogger(__name__)

#: removed records taken at a time
_MANY = 500
#: an import keeps a file a while before it notes it; a content that was kept anew so lately is left for later
QUIET_SECONDS = 600.0


class Erasure:
    """The step with what it needs."""

    def __init__(
        self,
        *,
        ledger: LedgerErasure,
        files: FileStore,
        extractor: Extractor,
        limits: LimitSettings,
        quiet_seconds: float = QUIET_SECONDS,
    ) -> None:
        self._ledger, self._files, self._extractor = ledger, files, extractor
        self._limits, self._quiet = limits, quiet_seconds

    def erase(self) -> int:
        """Erase what was removed or replaced; returns how many records are tombstones now and nothing else."""
        # before the removed ones: they must not be forgotten while an older content of them is left
        older = [
            one
            for one in self._ledger.replaced(_MANY)
            if self._erased(one.entry_id, one.sha256, alone=one.alone, by=one.by)
        ]
        self._ledger.forget_replaced(older)
        removed = self._ledger.left_behind(_MANY)
        done = [
            left.id for left in removed if left.sha256 is None or self._erased(left.id, left.sha256, alone=left.alone)
        ]
        self._ledger.forget(done)
        return len(done)

    def _erased(self, entry_id: int, sha256: str, *, alone: bool, by: str | None = None) -> bool:
        if not alone:
            return True
        if self._files.kept_within(sha256, self._quiet):
            return False
        # what stands in the newer version too keeps its vectors
        self._ledger.forget_vectors(sorted(self._texts(sha256) - (self._texts(by) if by else set())))
        self._files.forget(sha256)
        _log.info("a content of entry %d is erased", entry_id)
        return True

    def _texts(self, sha256: str) -> set[str]:
        """Return the names of the passages of a kept content."""
        extraction = self._extractor.kept(sha256)
        if extraction is None:
            return set()
        return {name_of(piece.text) for piece in passages.split(extraction.pages, limit=self._limits.passages)}
