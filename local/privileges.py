"""Who the programs on one machine run as, and what that user can reach. Nothing here starts a program.

A start as root is the rule in containers and CI. The engine refuses root, and nothing else here needs it: the
supervisor prepares the data folder as root and then becomes the service user for good (`become`). The command
line stays the caller's, so that files to import are read with the caller's rights; what it writes into the data
folder belongs to the service user (`writing_as`).
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.abc
import os
import pwd
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

#: stands in no user list: owns nothing but the data folder
SERVICE_UID = 61733

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Identity:
    """A user by number; the groups matter for what it can reach."""

    uid: int
    gid: int
    groups: tuple[int, ...] = ()
    name: str = "aktensuche"


class UnreachableError(Exception):
    """The service user cannot get to something it needs; the text says what to do."""


def service_identity() -> Identity | None:
    """Return the user to step down to, or None where we are not root and stay who we are."""
    if os.geteuid() != 0:
        return None
    sudo_uid = os.environ.get("SUDO_UID", "")
    if sudo_uid.isdigit() and int(sudo_uid) != 0:
        uid = int(sudo_uid)
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            return Identity(uid, uid)
        return Identity(uid, entry.pw_gid, tuple(os.getgrouplist(entry.pw_name, entry.pw_gid)), entry.pw_name)
    return Identity(SERVICE_UID, SERVICE_UID)


def owner_of(folder: Path) -> Identity | None:
    """Return the owner of `folder` if we are root and it belongs to somebody else."""
    if os.geteuid() != 0:
        return None
    found = folder.stat()
    return None if found.st_uid == 0 else Identity(found.st_uid, found.st_gid)


def become(identity: Identity) -> None:
    """Give up root for good; there is no way back."""
    # SECURITY: groups first, then the group, then the user; afterwards root must be out of reach.
    os.setgroups(list(identity.groups))
    os.setresgid(identity.gid, identity.gid, identity.gid)
    os.setresuid(identity.uid, identity.uid, identity.uid)
    if 0 in os.getresuid() or 0 in os.getresgid():
        raise PermissionError("still root after stepping down")


def allows(mode: os.stat_result, identity: Identity, wanted: int) -> bool:
    """Say whether the mode bits give `identity` all of `wanted` (4 read, 2 write, 1 enter)."""
    if mode.st_uid == identity.uid:
        granted = mode.st_mode >> 6
    elif mode.st_gid == identity.gid or mode.st_gid in identity.groups:
        granted = mode.st_mode >> 3
    else:
        granted = mode.st_mode
    return granted & wanted == wanted


def first_closed(path: Path, identity: Identity) -> Path | None:
    """Return the first folder on the way to `path`, or `path` itself, that `identity` cannot enter or read."""
    for whole in dict.fromkeys((path.absolute(), path.resolve())):
        for step in (*reversed(whole.parents), whole):
            found = step.stat()
            is_folder = stat.S_ISDIR(found.st_mode)
            wanted = 1 if is_folder and step != whole else 5 if is_folder else 4
            if not allows(found, identity, wanted):
                return step
    return None


def require_reachable(path: Path, purpose: str, identity: Identity) -> None:
    """Raise a sentence that names the folder in the way, and the way out."""
    closed = first_closed(path, identity)
    if closed is None:
        return
    way_out = (
        f"run 'chmod o+rX {closed}'"
        if closed == path or path in closed.parents
        else f"run 'chmod o+x {closed}', or move {purpose} to a folder that everybody can enter"
    )
    raise UnreachableError(
        f"the user {identity.uid}, which runs everything that root starts, cannot enter {closed} "
        f"on the way to {purpose} ({path}): {way_out}"
    )


def hand_over(folder: Path, identity: Identity) -> int:
    """Make `identity` the owner of `folder` and all below it; return how many things changed hands."""
    changed = 0
    for place, folders, files in os.walk(folder):
        for name in (".", *folders, *files):
            target = Path(place, name) if name != "." else Path(place)
            found = target.lstat()
            # SECURITY: a file with a second name (a hard link into the cache, or one planted to point at a file
            # of root) never changes hands, and links are not followed.
            if stat.S_ISREG(found.st_mode) and found.st_nlink > 1:
                continue
            if (found.st_uid, found.st_gid) != (identity.uid, identity.gid):
                os.chown(target, identity.uid, identity.gid, follow_symlinks=False)
                changed += 1
    return changed


class _CallersLibrary(importlib.abc.MetaPathFinder):
    """Finds modules of Python itself with the caller's rights: its folder may be closed to the service user."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find as Python does, and load with the same rights."""
        if fullname.partition(".")[0] not in sys.stdlib_module_names:
            return None
        with as_caller():
            spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            for step in ("create_module", "exec_module"):
                setattr(spec.loader, step, as_caller()(getattr(spec.loader, step)))
        return spec


@contextlib.contextmanager
def writing_as(identity: Identity | None) -> Iterator[None]:
    """Within this block the whole process works as `identity`; None changes nothing."""
    if identity is None:
        yield
        return
    groups = os.getgroups()
    library = _CallersLibrary()
    sys.meta_path.insert(0, library)
    os.setgroups(list(identity.groups))
    os.setegid(identity.gid)
    os.seteuid(identity.uid)
    try:
        yield
    finally:
        os.seteuid(os.getuid())
        os.setegid(os.getgid())
        os.setgroups(groups)
        sys.meta_path.remove(library)


@contextlib.contextmanager
def as_caller() -> Iterator[None]:
    """Within this block, and in this thread only, files open with the rights of whoever typed the command.

    Linux keeps the user for file access per thread (setfsuid), so other threads go on writing as the service user.
    """
    caller, service = os.getuid(), os.geteuid()
    if caller == service:
        yield
        return
    # What was is restored, not what usually is: within such a block an import of Python's own opens a second one.
    user_before, group_before = _libc.setfsuid(-1), _libc.setfsgid(-1)
    _file_user(_libc.setfsuid, caller)
    _file_user(_libc.setfsgid, os.getgid())
    try:
        yield
    finally:
        _file_user(_libc.setfsgid, group_before)
        _file_user(_libc.setfsuid, user_before)


def _file_user(change: ctypes._NamedFuncPointer, number: int) -> None:
    change(number)
    # the call reports no error; asking for an impossible number returns the present one
    if change(-1) != number:
        raise PermissionError(f"cannot open files as user or group {number}")
