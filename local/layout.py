"""Where things lie on one machine: the folder of data and the cache of what was fetched."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

#: the tree this software runs from
TREE = Path(__file__).resolve().parent.parent

#: the municipalities of the one-machine system
TENANTS = ("erbach", "michelstadt", "oberzent", "brombachtal")


@dataclass(frozen=True)
class Layout:
    """Paths below the data folder (`AKTENSUCHE_DATA`) and the cache (`AKTENSUCHE_CACHE`)."""

    data: Path
    cache: Path

    @classmethod
    def from_environment(cls) -> Layout:
        """Read both folders from the environment; the defaults are those of the design."""
        data = os.environ.get("AKTENSUCHE_DATA") or TREE / ".aktensuche"
        cache = os.environ.get("AKTENSUCHE_CACHE") or Path.home() / ".cache" / "aktensuche"
        return cls(Path(data).absolute(), Path(cache).absolute())

    @property
    def secrets(self) -> Path:
        """Keys and passwords of this installation; only its user may enter."""
        return self.data / "secrets"

    @property
    def engine_home(self) -> Path:
        """The OpenSearch home put together from its parts."""
        return self.data / "engine"

    @property
    def engine_data(self) -> Path:
        """What OpenSearch keeps."""
        return self.data / "engine-data"

    @property
    def tika_jar(self) -> Path:
        """The Tika server."""
        return self.data / "tika" / "tika-server.jar"

    @property
    def model(self) -> Path:
        """The sentence-transformers folder of the model."""
        return self.data / "model"

    @property
    def assets(self) -> Path:
        """KERN-UX and htmx, as the pages serve them."""
        return self.data / "assets"

    @property
    def files(self) -> Path:
        """Kept originals and extracted texts."""
        return self.data / "files"

    @property
    def sources(self) -> Path:
        """The file that says where records come from, beside imported folders."""
        return self.data / "sources.toml"

    @property
    def ledger(self) -> Path:
        """The SQLite file of the ledger."""
        return self.data / "ledger.sqlite"

    @property
    def audit(self) -> Path:
        """The SQLite file of the audit log."""
        return self.data / "audit.sqlite"

    @property
    def audit_witness(self) -> Path:
        """Where the ends of the audit log's chains are noted."""
        return self.data / "audit-witness"

    @property
    def report_templates(self) -> Path:
        """The installation's own templates of ready-made reports."""
        return self.data / "reports"

    @property
    def synonyms(self) -> Path:
        """The towns' own lists of synonyms."""
        return self.data / "synonyms"

    @property
    def sample(self) -> Path:
        """The generated sample records."""
        return self.data / "sample"

    @property
    def run(self) -> Path:
        """What describes the running system: ports, process ids, sockets."""
        return self.data / "run"

    @property
    def logs(self) -> Path:
        """One log file a process."""
        return self.data / "logs"
