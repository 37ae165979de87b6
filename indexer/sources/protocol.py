"""What a source of records has to tell, whatever it is: a folder, a council's server, a hand-over package.

A new kind of source is one module beside this one, with a `Connector` and its settings, and one line in kinds.py. It
knows nothing of ledger, queue or engine: indexer.sync compares what it tells with what is known, decides what may be
removed, and keeps the order. A connector tells a stream of steps:

    PassBegins()                  from here on everything is listed
    Item, Item, …                 something is there (new, changed or as before: that is found out elsewhere)
    Gone(path)                    the source says itself that something is no longer there
    Within(prefix, paths)         of what begins with the prefix, only these are there
    Reached(checkpoint)           everything before this is told; a run that is cut off goes on from here
    PassEnds()                    everything was listed: what was not is missing

Only `Gone`, what `Within` leaves out, and what was not told between `PassBegins` and `PassEnds`, may be removed: only
below the brake, and only after `Connector.is_gone` has said so once more. Whatever goes wrong on the way is raised as
`SourceUnavailableError`: then nothing is removed by this run at all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from records.access import ReadAccess
from records.ledger_tables import AccessSource
from records.ledger_values import Fault
from records.reasons import Reason
from records.record import Metadata

#: what a connector remembers from run to run: JSON, in its own words
Checkpoint = Mapping[str, Any]


class SourceUnavailableError(Exception):
    """The source cannot be listed, or not to its end; the sentence tells people why."""


class ItemError(Exception):
    """One item cannot be taken in; the others can."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.reason}: {fault.detail}")
        self.fault = fault


@dataclass(frozen=True)
class Description:
    """What is said about an item, and who may read it. `metadata.title` is empty where the content has to give it."""

    metadata: Metadata
    access: ReadAccess
    access_source: AccessSource = AccessSource.SOURCE


@dataclass(frozen=True, kw_only=True)
class Item(ABC):
    """Something that a source shows and that becomes one record; how it is described and opened is its kind's."""

    #: what the item is called in its source: it decides which record it is. Without "!/", and without control signs.
    path: str
    #: the name for people; its ending helps to read the content
    file_name: str
    #: differs whenever content, description or rights differ; None: only reading tells
    fingerprint: str | None = None
    #: bytes, where the source tells
    size: int | None = None
    #: seconds since 1970
    modified_at: float | None = None
    #: only where `path` changes when the item is moved: what then stays the same (an inode and its time, for example).
    #: A move counts as one only with the same content.
    identity: str | None = None
    #: why it cannot be taken in; it goes to quarantine without being read
    fault: Fault | None = None
    #: somebody may be writing it still: it is neither read now nor missed
    unsettled: bool = False
    #: a folder, or a branch, that cannot be looked into: nothing is known of what lies under `path` + "/"
    closed: bool = False

    @abstractmethod
    def describe(self) -> Description:
        """Say what the item is and who may read it; ItemError, OSError, SourceUnavailableError."""

    @abstractmethod
    def open(self) -> BinaryIO:
        """Open the content for reading, once; ItemError, OSError, SourceUnavailableError."""


@dataclass(frozen=True)
class Gone:
    """The source says that this is no longer there."""

    path: str


@dataclass(frozen=True)
class Within:
    """The source says all that there is of a part of it, such as the files of one paper."""

    prefix: str
    paths: frozenset[str]


@dataclass(frozen=True)
class PassBegins:
    """A full listing begins."""


@dataclass(frozen=True)
class PassEnds:
    """The full listing that began has come to its end, however many runs it took."""


@dataclass(frozen=True)
class Reached:
    """How far the listing has come."""

    checkpoint: Checkpoint


Step = Item | Gone | Within | PassBegins | PassEnds | Reached


class Connector(Protocol):
    """One configured source."""

    def listing(self, checkpoint: Checkpoint | None) -> Iterator[Step]:
        """Tell what there is, or what has changed since the checkpoint; SourceUnavailableError."""
        ...

    def is_gone(self, path: str) -> bool:
        """Look once more, and closely, whether this is no longer there; SourceUnavailableError where nobody can say."""
        ...

    def close(self) -> None:
        """Give back what the connector holds."""
        ...


def fault_of(error: OSError) -> Fault:
    """Return the reason for quarantine that an error of the disk, or of the network below it, amounts to."""
    if isinstance(error, PermissionError):
        return Fault(Reason.NO_PERMISSION)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Fault(Reason.VANISHED)
    return Fault(Reason.UNREADABLE, error.strerror or "")
