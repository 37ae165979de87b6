"""The rights file of a folder: who may read what lies in it and below, where no sidecar says more.

`.aktensuche-rights.json` holds `readers`, `deny`, `confidentiality` and `privacy_class`, as a sidecar does. What it
does not say is said by the folder above; what a folder denies or calls confidential, nothing below takes back.
"""

# ruff: noqa: PTH118
# as in folder.py

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from indexer.sidecar import SidecarError, rights_of_folder
from indexer.sources.disk import read_small
from indexer.sources.protocol import fault_of
from records.ledger_values import Fault
from records.reasons import Reason

RIGHTS_FILE = ".aktensuche-rights.json"


@dataclass(frozen=True)
class Rights:
    """What a folder and those above it say, as in a sidecar; `fault` where that cannot be understood."""

    stated: Mapping[str, Any]
    fault: Fault | None = None

    @property
    def fingerprint(self) -> str:
        """Differs whenever the rights do."""
        said = json.dumps([self.stated, self.fault and self.fault.detail], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def rights_in(folder: str, above: Rights | None) -> Rights:
    """Read the rights file of a folder."""
    if above is not None and above.fault is not None:
        return above
    try:
        return Rights(rights_of_folder(read_small(os.path.join(folder, RIGHTS_FILE)), above.stated if above else {}))
    except SidecarError as error:
        return Rights({}, Fault(Reason.SIDECAR, f"{RIGHTS_FILE}: {error.fault.detail}"))
    except OSError as error:
        return Rights({}, Fault(Reason.SIDECAR, f"{RIGHTS_FILE}: {fault_of(error).reason}"))
