"""The one process of a machine that holds the model: `python -m indexer.embedding_service`.

Speaks to our own processes only. Passages are computed in small batches, one core each, by threads that step back
behind everything else on the machine; a question does not queue behind them.
"""

from __future__ import annotations

import ctypes
import gc
import hmac
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import numpy.typing as npt
import uvicorn
from fastapi import FastAPI, Header, HTTPException, Response
from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from records.settings import read_secret

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

_log = logging.getLogger(__name__)

#: a batch holds at most this many texts and, filled up to its longest, this many characters
_BATCH, _BATCH_CHARACTERS = 32, 8_000
#: how far passages step back behind questions, the engine and the reading of files
_NICE = 5
#: of the GNU C library; another one has no such calls and needs none
_LIBC = ctypes.CDLL(None)
_ARENAS, _M_ARENA_MAX = 2, -8
#: the most that glibc lets a program keep of a freed piece (mallopt(3), DEFAULT_MMAP_THRESHOLD_MAX)
_KEPT, _M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = 32 << 20, -3, -1
_IDLE_SECONDS = 5.0
_PROBE = "Der Antrag auf Fällung der Kastanie wird abgelehnt, weil der Baum gesund ist. " * 8
_MAX_TEXTS = 1_024


class ModelSettings(BaseModel):
    """Which model, and where it is asked."""

    folder: Path
    secret_file: Path
    host: str = "127.0.0.1"
    port: int
    #: the name that callers must ask for
    name: str = "multilingual-e5-small"


class ServiceSettings(BaseSettings):
    """What this process reads from the environment."""

    model_config = SettingsConfigDict(
        env_prefix="AKTENSUCHE_", env_nested_delimiter="__", frozen=True, extra="ignore", protected_namespaces=()
    )

    model: ModelSettings


class Question(BaseModel):
    """Texts to be turned into vectors."""

    kind: Literal["query", "passage"]
    texts: list[Annotated[str, Field(max_length=20_000)]] = Field(max_length=_MAX_TEXTS)
    model: str


#: turns a few texts into one row of numbers each; called by several threads at once
Compute = Callable[[str, Sequence[str]], npt.NDArray[np.float32]]


class Model:
    """Shares the cores among passages, and lets questions pass them."""

    def __init__(self, compute: Compute, cores: int) -> None:
        self._compute = compute
        # One core a batch, several batches at a time: cores that share a batch wait for each other at every step of
        # it, and much longer as soon as something else runs on the machine.
        self._passages = ThreadPoolExecutor(cores, thread_name_prefix="passages", initializer=_step_back)
        self._questions = threading.BoundedSemaphore(cores)
        self._idle = _later(_give_back_memory)

    def embed(self, kind: str, texts: Sequence[str]) -> bytes:
        """Return float32 vectors of length 1, one after the other."""
        groups = list(_groups(texts))
        batches = [[texts[i] for i in group] for group in groups]
        if kind == "query":
            with self._questions:
                made = [self._compute(kind, batch) for batch in batches]
        else:
            made = list(self._passages.map(lambda batch: self._compute(kind, batch), batches))
            self._idle.cancel()
            self._idle = _later(_give_back_memory)
        out: list[bytes] = [b""] * len(texts)
        for group, numbers in zip(groups, made, strict=True):
            unit = numbers / np.linalg.norm(numbers, axis=1, keepdims=True)
            for place, vector in zip(group, unit, strict=True):
                out[place] = vector.astype("<f4").tobytes()
        return b"".join(out)


def load(folder: Path) -> Compute:
    """Return the model of a sentence-transformers folder, ready to compute."""
    if hasattr(_LIBC, "mallopt"):
        _LIBC.mallopt(_M_ARENA_MAX, _ARENAS)  # else each thread keeps a heap of its own
        # Else every step of a batch gets its memory from the system, page by page, and gives it back: half the time.
        _LIBC.mallopt(_M_MMAP_THRESHOLD, _KEPT)
        _LIBC.mallopt(_M_TRIM_THRESHOLD, 16 * _KEPT)
    # else it keeps a thousand kernels, one for every length of text
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")
    import torch  # noqa: PLC0415  seconds of loading, for this process only
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    torch.set_num_threads(1)
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True, model_kwargs={"dtype": "bfloat16"})
    model.eval()
    kind = _faster_of_both(model)
    prompts = {
        "query": model.prompts.get("query"),
        "passage": next((model.prompts[n] for n in ("document", "passage", "corpus") if n in model.prompts), None),
    }
    tokenizer = threading.Lock()  # its settings are not made for several threads

    def compute(kind: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        torch.set_num_threads(1)  # counts for the thread that says it
        with tokenizer:
            features = model.preprocess(list(texts), prompt=prompts[kind])
        with torch.inference_mode():
            numbers: npt.NDArray[np.float32] = model.forward(features)["sentence_embedding"].float().numpy()
        return numbers

    compute("query", ["Probe"])
    gc.collect()
    _give_back_memory()
    _log.info("model of %s loaded as %s", folder, kind)
    return compute


def _groups(texts: Sequence[str]) -> Iterator[list[int]]:
    """Yield the places of texts of about the same length, the longest first."""
    group: list[int] = []
    longest = 0
    for place in sorted(range(len(texts)), key=lambda i: -len(texts[i])):
        if group and (len(group) == _BATCH or longest * (len(group) + 1) > _BATCH_CHARACTERS):
            yield group
            group = []
        longest = longest if group else len(texts[place])
        group.append(place)
    if group:
        yield group


def _later(work: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(_IDLE_SECONDS, work)
    timer.daemon = True
    timer.start()
    return timer


def _give_back_memory() -> None:
    """Return to the system what was needed for the passages; while they come, that would cost more than it brings."""
    if hasattr(_LIBC, "malloc_trim"):
        _LIBC.malloc_trim(0)


def _step_back() -> None:
    if sys.platform == "linux":  # where a thread can be nicer than its process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


def create_app(model: Model, settings: ModelSettings) -> FastAPI:
    """Return the service."""
    app = FastAPI(openapi_url=None)
    expected = f"Bearer {read_secret(settings.secret_file)}".encode()

    @app.get("/health/ready")
    def ready() -> dict[str, str]:
        return {"model": settings.name}

    @app.post("/embed")
    def embed(question: Question, authorization: Annotated[str, Header()] = "") -> Response:
        # SECURITY: compared in constant time; another user of the machine must not use the model.
        if not hmac.compare_digest(authorization.encode(), expected):
            raise HTTPException(401, "the secret of the embedding service is wrong")
        if question.model != settings.name:
            raise HTTPException(409, f"this service holds {settings.name!r}, not {question.model[:60]!r}")
        return Response(model.embed(question.kind, question.texts), media_type="application/octet-stream")

    return app


def _faster_of_both(model: SentenceTransformer) -> str:
    """Leave the model in the kind of numbers that this processor is faster with, and name it.

    No flag of the processor tells: bfloat16 was twice as fast on one with AVX512-BF16, and a third slower on another.
    Weights are stored in bfloat16, so there and back changes nothing.
    """
    import torch  # noqa: PLC0415  seconds of loading, for this process only

    if not _has_bf16():
        model.float()
        return "float32"
    probe = [_PROBE] * 4
    seconds: dict[torch.dtype, float] = {}
    for kind in (torch.bfloat16, torch.float32):
        model.to(kind)
        for _ in range(2):  # the first time prepares kernels
            began = time.perf_counter()
            with torch.inference_mode():
                model.forward(model.preprocess(probe))
            seconds[kind] = time.perf_counter() - began
    best = min(seconds, key=lambda kind: seconds[kind])
    model.to(best)
    return str(best).removeprefix("torch.")


def _has_bf16() -> bool:
    try:
        about = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_bf16" in about or "amx_bf16" in about


def main() -> None:
    """Load the model and answer until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = ServiceSettings().model
    cores = len(os.sched_getaffinity(0))
    app = create_app(Model(load(settings.folder), cores), settings)
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
