"""`make eval`: the judged queries of the project, through the product's own API; a table and JSON lines.

Two sets, both about invented records: `sample.jsonl` on the sample records, in classes of what clerks type, and
`german.jsonl`, 80 cases of German words, each with the one text it must find or must not find.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from local.evaluation import Score, as_lines
from tests.stack import TREE, Stack, running

JUDGED = Path(__file__).parent / "judged"
HISTORY = Path(__file__).parent / "results" / "eval.jsonl"
#: the town that holds the texts of the German cases beside its sample records
TENANT = "brombachtal"


def main() -> None:
    """Start the system with its sample, measure, stop it."""
    with tempfile.TemporaryDirectory(prefix="aktensuche-eval-") as name, running() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        _write_texts(folder)
        stack.cli("import", str(folder), "--tenant", TENANT, "--wait")
        scores = [
            *_scores(stack, "sample.jsonl", "--match", "file_reference"),
            *_scores(stack, "german.jsonl", "--match", "source_id", "--tenant", TENANT),
        ]
    for line in as_lines(scores):
        print(line)
    _remember(scores)


def _write_texts(folder: Path) -> None:
    for line in (JUDGED / "german.jsonl").read_text(encoding="utf-8").splitlines():
        case: dict[str, Any] = json.loads(line)
        file = folder / f"{case['query_id']}.txt"
        file.write_text(case["text"] + "\n", encoding="utf-8")
        # the title says nothing, so that the text alone decides
        meta = {"source_id": case["query_id"], "title": f"Schriftstück {case['query_id']}", "readers": ["bauamt"]}
        file.with_name(file.name + ".meta.json").write_text(json.dumps(meta), encoding="utf-8")


def _scores(stack: Stack, file: str, *words: str) -> list[Score]:
    answer = stack.json("eval", str(JUDGED / file), *words)
    return [Score.model_validate(score) for score in answer["scores"]]


def _remember(scores: list[Score]) -> None:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=TREE, capture_output=True, text=True, check=True
    )
    HISTORY.parent.mkdir(exist_ok=True)
    run = {"at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "commit": commit.stdout.strip()}
    with HISTORY.open("a", encoding="utf-8") as history:
        history.write(json.dumps({**run, "scores": [score.model_dump() for score in scores]}) + "\n")


if __name__ == "__main__":
    main()
