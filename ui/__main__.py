"""Starts the pages: `python -m ui`."""

from __future__ import annotations

import logging
import sys

import uvicorn
from pydantic import ValidationError

from ui.app import create_app
from ui.settings import UiSettings


def main() -> int:
    """Serve until told to stop; wrong settings end it with a sentence each and exit code 2."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        settings = UiSettings()
        app = create_app(settings)
    except ValidationError as error:
        for problem in error.errors():
            name = "__".join(str(part).upper() for part in problem["loc"])
            sys.stderr.write(f"AKTENSUCHE_UI__{name}: {problem['msg']}\n")
        return 2
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    # SECURITY: no access log: addresses and times of a clerk's searches are personal data; no proxy is believed.
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_config=None,
        timeout_graceful_shutdown=10,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
