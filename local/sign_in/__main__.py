"""Starts the one-machine sign-in: `python -m local.sign_in`."""

from __future__ import annotations

import uvicorn

from local.sign_in.app import create_app
from local.sign_in.settings import SignInSettings


def main() -> None:
    """Serve until told to stop."""
    settings = SignInSettings()
    # SECURITY: the loopback is not a setting: whoever reaches this page can try to be any clerk.
    uvicorn.run(
        create_app(settings),
        host="127.0.0.1",
        port=settings.port,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )


if __name__ == "__main__":
    main()
