"""KERN-UX and htmx, unpacked to where the pages serve them from. Nothing of them is changed or committed."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

from local.artifacts import Artifact, pinned, verify

#: what is kept of each package, below its folder
_KEPT = {"kern": ("dist/", "LICENSE"), "htmx": ("dist/htmx.min.js", "LICENSE")}


def unpack(target: Path, cache: Path) -> bool:
    """Unpack the page assets unless the pinned ones are there; return whether there was something to do."""
    packages = {
        place.partition("/")[2]: artifact
        for artifact in pinned()
        for place in artifact.places
        if place.startswith("assets/")
    }
    said = "".join(f"{name} {artifact.sha256}\n" for name, artifact in sorted(packages.items()))
    stamp = target / "stamp"
    if stamp.is_file() and stamp.read_text(encoding="ascii") == said:
        return False
    unfinished = target.with_name(f"{target.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    for name, artifact in packages.items():
        _unpack_one(artifact, cache, unfinished / name, _KEPT[name])
    (unfinished / "stamp").write_text(said, encoding="ascii")
    shutil.rmtree(target, ignore_errors=True)
    unfinished.rename(target)
    return True


def _unpack_one(artifact: Artifact, cache: Path, target: Path, kept: tuple[str, ...]) -> None:
    verify(artifact, artifact.path(cache))
    target.mkdir(parents=True)
    with tarfile.open(artifact.path(cache)) as archive:
        for member in archive:
            inner = member.name.removeprefix("package/")
            if not member.isfile() or not inner.startswith(kept):
                continue
            # the pages ask for kern/… and htmx/…, without the package's own build folder
            member.name = inner.removeprefix("dist/")
            # SECURITY: the filter refuses members that leave the folder.
            archive.extract(member, target, filter="data")
