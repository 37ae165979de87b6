"""What the groups of a sign-in are called here: a file of the administrator, from group path to group of a tenant.

    {"/erbach/bauamt": "erbach/bauamt", "/erbach/bauamt/hochbau": "erbach/hochbau"}

Whoever is in a nested group is in those above it as well. What the file does not name gives nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from records.access import Reader
from records.errors import InvalidInputError

_FILE = TypeAdapter(dict[str, str])


class GroupMap:
    """Turns the groups in a token into readers of one tenant."""

    def __init__(self, readers: Mapping[str, Reader]) -> None:
        self._readers = readers

    @classmethod
    def load(cls, path: Path, tenants: Iterable[str]) -> GroupMap:
        """Read the file; ValueError names what cannot be used in it."""
        known = frozenset(tenants)
        readers: dict[str, Reader] = {}
        for group, name in _read(path).items():
            tenant, slash, bare = name.partition("/")
            try:
                reader = Reader(tenant, bare)
            except InvalidInputError as error:
                raise ValueError(f"group map {path}: {group!r} stands for {name!r}: {error}") from error
            # SECURITY: a group never means anything without its tenant, and only those of the closed list exist.
            if not slash or tenant not in known:
                raise ValueError(f"group map {path}: {group!r} stands for {name!r}, whose tenant is not known here")
            readers[_trimmed(group)] = reader
        return cls(readers)

    def readers(self, tenant: str, groups: Iterable[str]) -> frozenset[Reader]:
        """Return what these groups, and those above them, are called in `tenant`."""
        found = (self._readers.get(name) for group in groups for name in _upwards(_trimmed(group)))
        # SECURITY: somebody of one town who stands in another town's group gets nothing from it.
        return frozenset(reader for reader in found if reader is not None and reader.tenant == tenant)


def _read(path: Path) -> dict[str, str]:
    try:
        return _FILE.validate_json(path.read_bytes())
    except OSError as error:
        raise ValueError(f"group map {path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise ValueError(f"group map {path} is not a JSON object of group paths and `tenant/group`") from error


def _trimmed(group: str) -> str:
    return group.rstrip("/")


def _upwards(group: str) -> Iterable[str]:
    """Return the group and those above it: `/a/b/c`, `/a/b`, `/a`."""
    yield group
    while group.startswith("/") and (above := group.rpartition("/")[0]):
        group = above
        yield group
