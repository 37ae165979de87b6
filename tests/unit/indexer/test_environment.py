"""A package that is missing is the worker's fault: it does not start, and no file is blamed for it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.environment import IMPORTED_LATER
from records.ledger_tables import State
from tests.unit.indexer.test_folder_import import Town

TREE = Path(__file__).parents[3]
#: other processes than a worker, and what tests use
_NOT_IN_A_WORKER = {"indexer/embedding_service.py", "records/testing.py"}


def _only_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _later(node: ast.AST, *, inside: bool = False) -> Iterator[str]:
    """Yield the modules that are imported inside functions."""
    if _only_for_types(node):
        return
    inside = inside or isinstance(node, ast.FunctionDef)
    for child in ast.iter_child_nodes(node):
        if inside and isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif inside and isinstance(child, ast.ImportFrom):
            yield child.module or ""
        else:
            yield from _later(child, inside=inside)


def test_whatever_tasks_import_later_is_looked_at_when_the_worker_starts() -> None:
    found = set()
    for room in ("mappings", "records", "indexer"):
        for path in sorted((TREE / room).rglob("*.py")):
            if str(path.relative_to(TREE)) not in _NOT_IN_A_WORKER:
                found |= set(_later(ast.parse(path.read_text("utf-8"))))
    ours = ("indexer.", "records.")
    foreign = {n for n in found if not n.startswith(ours) and n.partition(".")[0] not in sys.stdlib_module_names}
    assert foreign == set(IMPORTED_LATER)


@pytest.mark.parametrize("package", ["py3langid", "lxml"])
def test_a_worker_that_lacks_a_package_says_so_and_does_not_start(package: str, tmp_path: Path) -> None:
    (tmp_path / f"{package}.py").write_text(f"raise ModuleNotFoundError('No module named {package}', name='{package}')")
    words = [sys.executable, "-m", "celery", "-A", "indexer.worker", "worker", "-Q", "text"]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AKTENSUCHE_")}
    env = kept | {"PYTHONPATH": f"{tmp_path}:{TREE}"}
    ended = subprocess.run(words, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    assert ended.returncode != 0
    (said,) = ended.stderr.splitlines()
    assert said.startswith(f"this worker does not start: the Python package '{package}' is missing or broken")


def test_no_file_is_blamed_for_a_package_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town(tmp_path)
    town.write("a.txt", "Gebührenbescheid")
    town.write("b.txt", "Bauantrag")
    sent: list[list[int]] = []
    monkeypatch.setattr(town, "send", lambda ids: sent.append(list(ids)))
    monkeypatch.setattr("indexer.arrival.Arrival.wait", lambda *_, **__: None)
    town.bring()
    ids = sorted(i for one in sent for i in one)

    def lacking(_path: Path, _seconds: float | None) -> None:
        raise ModuleNotFoundError("No module named 'py3langid'", name="py3langid")

    with monkeypatch.context() as without:
        without.setattr(town.extractor, "_read", lacking)
        for _ in range(5):  # more often than a file may bring a worker down
            town.pipeline.index(ids)
    assert town.reasons() == {}
    assert set(town.ledger.states(ids).values()) == {State.PENDING}
    assert town.ledger.suspects(ids) == ()
    town.pipeline.index(ids)
    assert town.shelf.titles() == {"a", "b"}
    town.pipeline.close()
    town.ledger.close()
