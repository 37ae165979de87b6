"""What a benchmark says: one JSON line a figure, and a table for people."""

from __future__ import annotations

import json
import platform
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """One ratio: ours divided by what stands beside it."""

    name: str
    ours: float
    beside: float
    unit: str
    target: str
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours divided by what stands beside it."""
        return self.ours / self.beside


def write(figures: list[Figure]) -> None:
    """Print the table and add the lines to the history of this machine."""
    RESULTS.mkdir(exist_ok=True)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    about = {
        "at": round(time.time()),
        "commit": commit.stdout.strip(),
        "machine": platform.processor() or platform.machine(),
    }
    with (RESULTS / "bench.jsonl").open("a", encoding="utf-8") as out:
        for figure in figures:
            line = json.dumps({**about, **asdict(figure), "ratio": round(figure.ratio, 3)}, ensure_ascii=False)
            out.write(line + "\n")
            print(line)
    print()
    print(f"{'figure':44} {'ours':>9} {'beside':>9} {'unit':10} {'ratio':>6}  target")
    for f in figures:
        print(f"{f.name:44} {f.ours:9.2f} {f.beside:9.2f} {f.unit:10} {f.ratio:6.2f}  {f.target}  {f.note}")
