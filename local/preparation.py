"""Makes the ledger and the indexes of the four towns ready for writing: `python -m local.preparation`, once a start."""

from __future__ import annotations

from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from records.errors import EngineUnavailableError
from records.ledger_tables import migrate
from records.opensearch import OpenSearchWriter
from records.settings import SharedSettings


def main() -> None:
    """Bring the ledger to the newest form and create the indexes that are missing."""
    settings = SharedSettings()  # from the environment
    migrate(settings.ledger)
    writer = OpenSearchWriter(settings.opensearch, settings.tenants, dimension=settings.embedding.dimension)
    for tenant in settings.tenants:
        _ensure_index(writer, tenant)


# The engine answers some seconds before its access control does.
@retry(
    retry=retry_if_exception_type(EngineUnavailableError), stop=stop_after_delay(90), wait=wait_fixed(1), reraise=True
)
def _ensure_index(writer: OpenSearchWriter, tenant: str) -> None:
    writer.ensure_index(tenant)


if __name__ == "__main__":
    main()
