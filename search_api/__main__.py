"""The API process: `python -m search_api`. Reads the settings, and serves."""

from __future__ import annotations

import logging

import uvicorn

from search_api.app import create_app
from search_api.settings import ApiSettings


def main() -> None:
    """Serve until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # What the engine's client has to say at this level, problems.py says in one line and without addresses.
    logging.getLogger("opensearch").setLevel(logging.ERROR)
    settings = ApiSettings()
    uvicorn.run(
        create_app(settings),
        host=settings.api.host,
        port=settings.api.port,
        access_log=False,
        # SECURITY: nobody tells this process another address than the one it sees.
        proxy_headers=False,
        server_header=False,
        limit_concurrency=1000,
        # a token with 500 groups is long
        h11_max_incomplete_event_size=1 << 16,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=10,
    )


if __name__ == "__main__":
    main()
