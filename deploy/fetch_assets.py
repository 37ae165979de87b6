"""Fetches and unpacks KERN-UX and htmx while the image is built, each verified against local/artifacts.lock.json."""  # noqa: INP001

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from local import artifacts, assets


def main() -> int:
    """Fill `--into` with what the pages serve."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--into", type=Path, required=True)
    given = arguments.parse_args()
    wanted = [one for one in artifacts.pinned() if any(place.startswith("assets/") for place in one.places)]
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        fetched = artifacts.fetch(wanted, cache, lambda _done, _all, _name: None)
        assets.unpack(given.into, cache)
    sys.stdout.write(f"{len(wanted)} parts, {fetched} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
