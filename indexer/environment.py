"""Whether this process has every package that its tasks need: a worker that lacks one refuses to start.

Most is imported when the worker starts. What is imported only when it is first needed would else be missed in the
middle of a task, at a file that has nothing to do with it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celery import Celery

#: what tasks import only when they need it (a test looks for all such places)
IMPORTED_LATER = ("PIL", "py3langid.langid", "pypdfium2")


def worker_app() -> Celery:
    """Return the application of a worker whose environment is complete; SystemExit with what is missing otherwise."""
    try:
        # in here, so that what is missing is told in one sentence and not in fifty lines
        from indexer.app import create_app  # noqa: PLC0415
        from indexer.settings import IndexerSettings  # noqa: PLC0415

        for name in IMPORTED_LATER:
            importlib.import_module(name)
        return create_app(IndexerSettings())  # every value comes from the environment; drivers are loaded here
    except ImportError as error:
        raise SystemExit(refusal(error)) from error


def refusal(error: ImportError) -> str:
    """Return what a worker says that cannot work."""
    what = f"the Python package {error.name.partition('.')[0]!r}" if error.name else "a Python package"
    return (
        f"this worker does not start: {what} is missing or broken ({error}); install the packages anew as uv.lock "
        "names them ('make setup', in production the image), then start the worker again"
    )
