"""Takes away what a removed record leaves behind beside the index: the kept file, its text, its vectors, its title.

It may be stopped at any point and run again: the ledger forgets last.
"""

from __future__ import annotations

import logging

from indexer import passages
from indexer.extraction import Extractor
from indexer.known_vectors import name_of
from indexer.settings import LimitSettings
from records.files import FileStore
from records.ledger_erasure import LedgerErasure, Leftover

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
        """Erase what was removed; returns how many records are tombstones now and nothing else."""
        done = [left.id for left in self._ledger.left_behind(_MANY) if self._erased(left)]
        self._ledger.forget(done)
        return len(done)

    def _erased(self, left: Leftover) -> bool:
        if left.sha256 is None or not left.alone:
            return True
        if self._files.kept_within(left.sha256, self._quiet):
            return False
        extraction = self._extractor.kept(left.sha256)
        if extraction is not None:
            pieces = passages.split(extraction.pages, limit=self._limits.passages)
            self._ledger.forget_vectors(sorted({name_of(piece.text) for piece in pieces}))
        self._files.forget(left.sha256)
        _log.info("content of entry %d is erased", left.id)
        return True
