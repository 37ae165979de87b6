"""Asks one address of a process and exits 0 if it answers well; the image has no other HTTP client."""  # noqa: INP001

from __future__ import annotations

import sys
import urllib.error
import urllib.request


def main(url: str) -> int:
    """Return 0 if `url` answers 200 within five seconds."""
    if not url.startswith("http://127.0.0.1:"):
        sys.stderr.write(f"{url} is not on this machine\n")
        return 2
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback only, checked above
            return 0 if answer.status == 200 else 1  # noqa: PLR2004
    except (urllib.error.URLError, OSError) as error:
        sys.stderr.write(f"{url} does not answer: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
