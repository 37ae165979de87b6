"""Settings of the indexer's processes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pydantic import BaseModel, Field

from records.settings import AuditSettings, BrokerSettings, ServiceUrl, SharedSettings

#: deep in the night, after the runs over sources of the evening
RECONCILE_AT = dt.time(1, 30)


class TikaSettings(BaseModel):
    """The server that turns files into text."""

    url: ServiceUrl
    #: seconds a single file may take, a first turn of `turns.FIRST_SECONDS` not counted
    timeout_seconds: float = 90.0
    #: how many files each process of a worker has in flight
    clients: int = Field(default=2, ge=1)


class LimitSettings(BaseModel):
    """What is taken in at most."""

    file_bytes: int = 200_000_000
    characters: int = 20_000_000
    passages: int = 50_000
    #: unpacked size, number and depth of the members of one archive or mail
    archive_bytes: int = 200_000_000
    archive_members: int = 1_000
    archive_depth: int = 3
    archive_ratio: int = 100


class IndexerSettings(SharedSettings):
    """What workers, and the command line that imports, need."""

    broker: BrokerSettings
    tika: TikaSettings
    limits: LimitSettings = Field(default_factory=LimitSettings)
    #: where each opening of the unfiltered door is written down; only where that door is opened
    audit: AuditSettings | None = None
    lease_seconds: float = 30.0
    #: when each day ledger and indexes are compared, in UTC, to the minute
    reconcile_at: dt.time = RECONCILE_AT
    #: the file that says where records come from; without, there are only imported folders
    sources_file: Path | None = None
    #: passages that go to the model in one go
    vector_passages: int = 64
    #: how long meaning waits while words are being read; 0 where the model has a machine of its own
    words_first_seconds: float = Field(default=600.0, ge=0)
