"""The Python that everything runs with on one machine: the virtual environment's, or a copy that its user can reach.

The interpreter of a virtual environment often lies in a home folder (pyenv, uv) that nobody but root may enter. Then
the interpreter and its standard library are copied once into the data folder. Packages are never copied: they stay
in the virtual environment.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from local.layout import TREE, Layout
from local.privileges import Identity, first_closed

#: parts of the standard library that no program here needs
_LEFT_OUT = ("site-packages", "test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3")


@dataclass(frozen=True)
class Runtime:
    """An interpreter and what has to stand in the environment for it to find our code and its packages."""

    executable: Path
    env: dict[str, str]


def provide(layout: Layout, identity: Identity | None) -> Runtime:
    """Return a Python that `identity` can run; None stands for ourselves."""
    own = Path(sys.executable)
    if identity is None or first_closed(own, identity) is None:
        return Runtime(own, {"PYTHONPATH": str(TREE)})
    return Runtime(_copied(layout.data / "python") / "bin" / _version(), _environment(layout))


def present(layout: Layout) -> Runtime:
    """Return the Python that this program itself runs with, for programs started by it."""
    if Path(sys.base_prefix) == layout.data / "python":
        return Runtime(Path(sys.executable), _environment(layout))
    return Runtime(Path(sys.executable), {"PYTHONPATH": str(TREE)})


def packages() -> Path:
    """Return the folder of the installed packages."""
    return Path(sysconfig.get_path("purelib"))


def venv_packages() -> Path:
    """Return the packages of the tree's virtual environment, also when a copied Python asks."""
    return TREE / ".venv" / "lib" / _version() / "site-packages"


def _environment(layout: Layout) -> dict[str, str]:
    return {
        "PYTHONPATH": f"{TREE}:{venv_packages()}",
        # the library's place is written into the binary; the copy lies elsewhere
        "LD_LIBRARY_PATH": str(layout.data / "python" / "lib"),
    }


def _version() -> str:
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def _copied(target: Path) -> Path:
    """Copy interpreter, library and standard library to `target`, unless the same one is there."""
    origin = Path(sys.base_prefix)
    stamp = target / "stamp"
    said = f"{sys.version}\n{origin}\n"
    with contextlib.suppress(FileNotFoundError):
        if stamp.read_text(encoding="utf-8") == said:
            return target
    unfinished = target.with_name(f"{target.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / "bin").mkdir(parents=True)
    shutil.copy2(Path(sys.executable).resolve(), unfinished / "bin" / _version())
    shutil.copytree(
        origin / "lib" / _version(),
        unfinished / "lib" / _version(),
        ignore=lambda folder, names: [
            name
            for name in names
            # only at the top: packages called `test` below others may be needed
            if (name in _LEFT_OUT and folder == str(origin / "lib" / _version()))
            or name.startswith("config-")
            or name.endswith(".a")
        ],
        symlinks=False,
    )
    library = sysconfig.get_config_var("INSTSONAME")
    if library and sysconfig.get_config_var("Py_ENABLE_SHARED"):
        found = Path(sysconfig.get_config_var("LIBDIR")) / library
        shutil.copy2(found, unfinished / "lib" / library)
    (unfinished / "stamp").write_text(said, encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    unfinished.rename(target)
    return target
