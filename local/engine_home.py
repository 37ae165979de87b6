"""The OpenSearch home, put together from its parts: there is no archive of this line with k-NN and Security.

Everything in it is a copy, because it must be readable by the user that the engine runs as, which may not be able to
enter the cache. `config/` is not made here.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

from local.artifacts import Artifact, pin_digest, pinned, verify
from local.engine_parts import ENGINE_VERSION, MODULES, PLUGINS, Module

#: counts changes of how the home is put together
_RECIPE = 1
_MODULE_DESCRIPTOR = """\
description={name}
version={version}
name={name}
classname={classname}
java.version=21
opensearch.version={version}
extended.plugins={extends}
has.native.controller=false
"""


def assemble(home: Path, cache: Path) -> bool:
    """Put the home together unless it is there and current; return whether there was something to do."""
    stamp = home / "stamp"
    said = f"{_RECIPE} {pin_digest()}\n"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == said:
        return False
    unfinished = home.with_name(f"{home.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for artifact in pinned():
        _place(artifact, cache, unfinished)
    for module in MODULES:
        _describe(unfinished / "modules" / module.name, module)
    for plugin in PLUGINS:
        if plugin.extends is not None:
            _change_extends(unfinished / "plugins" / plugin.name / "plugin-descriptor.properties", plugin.extends)
    (unfinished / "stamp").write_text(said, encoding="utf-8")
    shutil.rmtree(home, ignore_errors=True)
    unfinished.rename(home)
    return True


def _place(artifact: Artifact, cache: Path, home: Path) -> None:
    source = artifact.path(cache)
    for place in artifact.places:
        kind, _, where = place.partition("/")
        if kind == "engine":
            verify(artifact, source)
            target = home / where
            target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / artifact.name)
        elif kind == "zip":
            verify(artifact, source)
            with zipfile.ZipFile(source) as archive:
                # zipfile keeps every member below the folder
                archive.extractall(home / "plugins" / where)


def _describe(folder: Path, module: Module) -> None:
    text = _MODULE_DESCRIPTOR.format(
        name=module.name, version=ENGINE_VERSION, classname=module.classname, extends=module.extends
    )
    (folder / "plugin-descriptor.properties").write_text(text, encoding="utf-8")


def _change_extends(descriptor: Path, extends: str) -> None:
    # modules that are not published cannot be extended; the engine would refuse to start
    text = descriptor.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^extended\.plugins=.*$", "", text)
    descriptor.write_text(f"{text.rstrip()}\nextended.plugins={extends}\n", encoding="utf-8")
