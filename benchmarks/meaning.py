"""(b) Passages a second of the vector phase, beside the model alone at its fastest setting on this machine."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.report import Figure
from indexer.extraction import Extractor
from indexer.passages import split
from indexer.settings import LimitSettings, TikaSettings
from records.files import FileStore
from tests.stack import Stack

ALONE = 300


def _count(stack: Stack) -> int:
    with sqlite3.connect(f"file:{stack.data / 'ledger.sqlite'}?mode=ro", uri=True) as ledger:
        found: int = ledger.execute("select count(*) from vectors").fetchone()[0]
        return found


def _pending(stack: Stack) -> int:
    with sqlite3.connect(f"file:{stack.data / 'ledger.sqlite'}?mode=ro", uri=True) as ledger:
        found: int = ledger.execute("select count(*) from entries where vectors = 'pending'").fetchone()[0]
        return found


def vector_phase(stack: Stack) -> float:
    """Return passages a second from now until nothing is pending."""
    first, began = _count(stack), time.perf_counter()
    while _pending(stack):
        time.sleep(0.25)
    seconds = time.perf_counter() - began
    made = _count(stack) - first
    if made < ALONE // 2:
        raise SystemExit(f"only {made} passages were left to embed; the folder is too small for this figure")
    return made / seconds


def texts(stack: Stack) -> list[str]:
    """Return passages of the imported records, each text once, as the product splits them."""
    store = FileStore(stack.data / "files")
    reader = Extractor(TikaSettings(url="http://127.0.0.1:9"), LimitSettings(), store)
    found: dict[str, None] = {}
    for path in sorted((stack.data / "files").glob("??/*")):
        if "." not in path.name and (kept := reader.kept(path.name)) is not None:
            found.update(dict.fromkeys(p.text for p in split(kept.pages, limit=50_000)))
    return list(found)[: ALONE * 4 : 4]


def model_alone(stack: Stack, passages: list[str]) -> tuple[float, str]:
    """Return passages a second of sentence-transformers alone, and the setting that was fastest."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(passages, file)
        file.flush()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.meaning", str(stack.data / "model"), file.name],
            capture_output=True,
            text=True,
            check=True,
        )
    rates = json.loads(done.stdout.splitlines()[-1])
    name = max(rates, key=lambda key: rates[key])
    return rates[name], f"{name} of {rates}"


def measure(stack: Stack) -> Figure:
    """Return the ratio; call it when the words of an import are in and vectors are pending."""
    ours = vector_phase(stack)
    alone, setting = model_alone(stack, texts(stack))
    return Figure("(b) passages given vectors", ours, alone, "passages/s", ">= .93", setting)


def _alone(folder: str, file: str) -> None:
    import torch  # noqa: PLC0415  seconds of imports
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    passages = json.loads(Path(file).read_text(encoding="utf-8"))
    rates: dict[str, float] = {}
    for name in ("float32", "bfloat16"):
        model = SentenceTransformer(folder, device="cpu", model_kwargs={"dtype": getattr(torch, name)})
        for size in (16, 32):
            model.encode_document(passages[:32], batch_size=size)
            began = time.perf_counter()
            model.encode_document(passages, batch_size=size, show_progress_bar=False)
            rates[f"{name}, batch {size}"] = round(len(passages) / (time.perf_counter() - began), 1)
    print(json.dumps(rates))


if __name__ == "__main__":
    _alone(sys.argv[1], sys.argv[2])
