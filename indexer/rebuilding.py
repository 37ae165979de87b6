"""Rebuilds from within a container: `python -m indexer.rebuilding [--rollback | --drop] TENANT...`."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable

from indexer.rebuild import RebuildProgress, rebuild_of
from indexer.settings import IndexerSettings
from records.errors import AktensucheError

_log = logging.getLogger("indexer.rebuild")
_EVERY_SECONDS = 10.0


def main() -> int:
    """Do what the arguments say for each tenant; 1 with a sentence in the log if one could not be done."""
    parser = argparse.ArgumentParser(prog="python -m indexer.rebuilding", description=__doc__)
    parser.add_argument("tenants", nargs="+", metavar="TENANT")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--rollback", action="store_true", help="go back to the index that was live before")
    what.add_argument("--drop", action="store_true", help="delete indexes that are not live")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    settings = IndexerSettings()  # from the environment
    if unknown := set(asked.tenants) - set(settings.tenants):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; choose from {', '.join(settings.tenants)}")
    try:
        with rebuild_of(settings, by="indexer.rebuilding") as make:
            for tenant in asked.tenants:
                one = make(_teller(tenant))
                do = one.roll_back if asked.rollback else one.drop if asked.drop else one.rebuild
                _log.info("%s: %s", tenant, do(tenant))
    except AktensucheError as error:
        _log.error("%s", error)
        return 1
    return 0


def _teller(tenant: str) -> Callable[[RebuildProgress], None]:
    told = time.monotonic()

    def tell(progress: RebuildProgress) -> None:
        nonlocal told
        if time.monotonic() - told > _EVERY_SECONDS:
            told = time.monotonic()
            left = (progress.total - progress.done) / progress.rate if progress.rate else 0.0
            said = (tenant, progress.phase, progress.done, progress.total, progress.rate, left)
            _log.info("%s: %s %d of %d, %.0f a second, %.0f s left", *said)

    return tell


if __name__ == "__main__":
    sys.exit(main())
