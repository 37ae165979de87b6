"""Makes ledger, audit log and the towns' indexes ready for writing, once a start: `python -m local.preparation`."""

from __future__ import annotations

from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from records.audit_tables import migrate_audit
from records.errors import EngineUnavailableError
from records.ledger_indexes import LedgerIndexes
from records.ledger_tables import migrate
from records.opensearch import OpenSearchWriter, writer_of
from records.settings import AuditSettings, SharedSettings


class PreparationSettings(SharedSettings):
    """What preparing needs."""

    audit: AuditSettings


def main() -> None:
    """Bring ledger and audit log to the newest form and create the indexes that are missing."""
    settings = PreparationSettings()  # from the environment
    migrate(settings.ledger)
    migrate_audit(settings.audit)
    indexes = LedgerIndexes(settings.ledger)
    writer = writer_of(settings, indexes)
    for tenant in settings.tenants:
        _ensure_index(writer, tenant)
    indexes.close()


# The engine answers some seconds before its access control does.
@retry(
    retry=retry_if_exception_type(EngineUnavailableError), stop=stop_after_delay(90), wait=wait_fixed(1), reraise=True
)
def _ensure_index(writer: OpenSearchWriter, tenant: str) -> None:
    writer.ensure_index(tenant)


if __name__ == "__main__":
    main()
