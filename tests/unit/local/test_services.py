"""What the programs of others are started with on one machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from local import python_runtime, services
from local.layout import TREE, Layout
from local.services import tika_command


def test_no_file_makes_tika_write_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout(tmp_path, tmp_path)
    layout.run.mkdir()
    runtime = python_runtime.Runtime(Path("/usr/bin/python3"), {})
    monkeypatch.setattr(services.python_runtime, "present", lambda _: runtime)
    monkeypatch.setattr(services, "java", lambda: Path("/usr/bin/java"))
    command = tika_command(layout, 9998)
    (said,) = (word for word in command.argv if word.startswith("-Dlog4j2.configurationFile="))
    # both of its processes: the one that listens, and the one that opens files
    config = (layout.run / "tika-config.xml").read_text("utf-8")
    assert re.findall(r"<arg>(-Dlog4j2[^<]*)</arg>", config) == [said]
    written = Path(said.partition("=")[2]).read_bytes()
    assert written == (TREE / "deploy" / "tika" / "log4j2.xml").read_bytes()
