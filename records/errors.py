"""The errors that cross a room's door. Their HTTP status is decided once, in search_api.

AktensucheError
├── InvalidInputError       what was handed in cannot be used; names the field
├── NotVisibleError         unknown or not for this principal: nobody may tell the two apart
├── EngineUnavailableError  the engine does not answer, or not in time
├── EngineRefusedError      the engine answered, and said no
├── EmbeddingUnavailableError  the process that holds the model does not answer
├── LedgerUnavailableError  the ledger does not answer
└── AuditUnavailableError   the audit log cannot be written: nothing may be shown
"""

from __future__ import annotations


class AktensucheError(Exception):
    """Something this software names itself."""


class InvalidInputError(AktensucheError):
    """A value cannot be used; `field` says which one."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class NotVisibleError(AktensucheError):
    """No such record for this principal."""


class EngineUnavailableError(AktensucheError):
    """The engine cannot be reached or is not ready."""


class EngineRefusedError(AktensucheError):
    """The engine refused a request that this software believed to be right."""


class EmbeddingUnavailableError(AktensucheError):
    """The model cannot be asked at the moment."""


class LedgerUnavailableError(AktensucheError):
    """The ledger cannot be asked at the moment."""


class AuditUnavailableError(AktensucheError):
    """The audit log cannot be written or read at the moment."""
