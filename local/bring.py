"""Everything one machine needs, brought and built: fetched parts, secrets, engine, Tika, model, page assets.

Doing it again does only what is missing; with everything there it needs no network.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from dataclasses import dataclass

from local import artifacts, assets, certificates, engine_config, engine_home, engine_security, model, secrets
from local.artifacts import ArtifactError, OnProgress
from local.layout import Layout
from local.secrets import SecretError
from records import lexicon


class BringError(Exception):
    """Something could not be brought or built; the text says what to do."""


@dataclass(frozen=True)
class Brought:
    """What it took."""

    bytes_fetched: int
    seconds: float


def bring_everything(layout: Layout, on_progress: OnProgress) -> Brought:
    """Fetch and build what is missing; start nothing."""
    began = time.monotonic()
    try:
        fetched = artifacts.fetch(artifacts.pinned(), layout.cache, on_progress)
        for folder in (layout.data, layout.run, layout.run / "tmp", layout.logs, layout.engine_data):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        secrets.ensure_all(layout.secrets)
        certificates.ensure(layout.secrets)
        engine_home.assemble(layout.engine_home, layout.cache)
        engine_config.configure(layout)
        engine_security.note_first_start(layout)
        _place_tika(layout)
        assets.unpack(layout.assets, layout.cache)
        model.build(layout.model)
        # the folder of the packages may be another user's; then each process makes its own
        with contextlib.suppress(PermissionError):
            lexicon.keep()
    except (ArtifactError, SecretError) as error:
        raise BringError(str(error)) from error
    return Brought(fetched, time.monotonic() - began)


def _place_tika(layout: Layout) -> None:
    (jar,) = (artifact for artifact in artifacts.pinned() if "tika" in artifact.places)
    target = layout.tika_jar
    stamp = target.with_name("stamp")
    if target.is_file() and stamp.is_file() and stamp.read_text(encoding="ascii") == jar.sha256:
        return
    artifacts.verify(jar, jar.path(layout.cache))
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".new")
    shutil.copyfile(jar.path(layout.cache), unfinished)
    unfinished.rename(target)
    stamp.write_text(jar.sha256, encoding="ascii")
