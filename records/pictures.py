"""A page as a picture, drawn in a process of its own that may use little, write nothing and live half a minute."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

from records import picture_process
from records.errors import AktensucheError

_log = logging.getLogger(__name__)

_SECONDS = 30
_AT_ONCE = 2
_script = Path(picture_process.__file__)


class NoPictureError(AktensucheError):
    """There is no picture of this page."""


class PictureBusyError(AktensucheError):
    """Others are being drawn."""


_turns = threading.BoundedSemaphore(_AT_ONCE)


def draw(
    file: Path, media_type: str, page: int, dpi: int = picture_process.DPI, *, python: str = sys.executable
) -> bytes:
    """Return the page as PNG; NoPictureError if there is none, FileNotFoundError if the file is gone.

    `dpi` is dots per inch of a page of A4; larger pages get as many dots in all.
    """
    if media_type not in picture_process.MEDIA_TYPES:
        raise NoPictureError(f"no picture of {media_type}")
    with file.open("rb") as content:
        if not _turns.acquire(timeout=_SECONDS):
            raise PictureBusyError("no turn to draw a page")
        try:
            # SECURITY: files are hostile; what reads them has no secrets in its environment and limits on everything.
            drawn = subprocess.run(  # noqa: S603
                [python, "-P", "-s", "-B", str(_script), media_type, str(page), str(dpi)],
                stdin=content,
                capture_output=True,
                env=_environment(),
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise NoPictureError(f"page {page} was not drawn in {_SECONDS} s") from error
        finally:
            _turns.release()
    if drawn.returncode not in {0, picture_process.NO_SUCH_PAGE}:
        # the kind of error only: what it says may be out of the file
        kind = drawn.stderr.decode(errors="replace").strip().rpartition("\n")[2].partition(":")[0][:80]
        _log.warning("a page of %s was not drawn: exit code %d, %r", media_type, drawn.returncode, kind)
    if drawn.returncode != 0 or not drawn.stdout.startswith(b"\x89PNG"):
        raise NoPictureError(f"page {page} was not drawn (exit code {drawn.returncode})")
    return drawn.stdout


def _environment() -> dict[str, str]:
    """Return where the packages that draw lie, and the interpreter's own library; nothing else is inherited."""
    specs = (find_spec(name) for name in ("pypdfium2", "PIL"))
    folders = dict.fromkeys(str(Path(spec.origin).parent.parent) for spec in specs if spec and spec.origin)
    found = {"PYTHONPATH": os.pathsep.join(folders)}
    return found | {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
