"""What each part of the search adds, and what it costs: `python -m benchmarks.ablation`.

Our judged queries are asked of a system with its sample records through the API, each part switched off in turn as any
caller may switch it off (`readings_off`, `mode`). Quality is nDCG@10 by class; time is the median of searches that the
variants ask in turns, on one connection; bytes are what an index of the same records weighs without the fields that
the part needs, each merged into one segment.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.askers import Askers
from benchmarks.finding import JUDGED, administrator
from local import evaluation
from local.evaluation import Judged, Result
from local.layout import Layout
from mappings import Field, index_name
from tests.stack import running

_TENANT = "erbach"
_START_SECONDS = 1800.0
_TIMED, _ROUNDS = 24, 5


@dataclass(frozen=True)
class Variant:
    """The search without a part of it."""

    name: str
    mode: str = "hybrid"
    off: tuple[str, ...] = ()


VARIANTS = (
    Variant("all of it"),
    Variant("without parts of compounds", off=("parts",)),
    Variant("without synonyms", off=("synonyms",)),
    Variant("without numbers as keys", off=("numbers",)),
    Variant("without corrections", off=("correction",)),
    Variant("without meaning", mode="keyword"),
    Variant("without words", mode="semantic"),
)
#: what a part needs in the index; a name in dots is a field within another one
FIELDS = {
    "parts of compounds": (Field.TITLE_PARTS, f"{Field.PAGES}.parts"),
    "numbers as keys": (Field.NUMBERS, Field.FIRST_NUMBERS, Field.NUMBER_PARTS),
    "words as written": (f"{Field.TITLE}.exact", f"{Field.PAGES}.text.exact"),
    "citations": (Field.CITES, Field.CITED, f"{Field.PAGES}.cites"),
    "texts of passages": (Field.PASSAGES,),
}


def main() -> None:
    """Measure and print."""
    judged = [Judged.model_validate_json(line) for line in (JUDGED / "sample.jsonl").read_text("utf-8").splitlines()]
    answered = [query for query in judged if query.relevant]
    with (
        running(start_seconds=_START_SECONDS) as stack,
        httpx.Client(base_url=stack.api, timeout=60, trust_env=False) as http,
    ):
        for tenant in sorted({query.tenant for query in answered if query.tenant}):
            stack.wait_vectors(tenant, seconds=_START_SECONDS)
        askers = Askers(stack, http)
        results = {}
        for variant in VARIANTS:
            began = time.monotonic()
            results[variant.name] = _quality(askers, variant, answered)
            print(f"{variant.name}: {len(answered)} asked in {time.monotonic() - began:.0f} s", flush=True)
        times = _times(askers, answered)
        print("\n".join(_table(results, times)), flush=True)
        with administrator(stack, Layout(stack.data, Layout.from_environment().cache)) as engine:
            print("\n".join(_weights(engine)), flush=True)


def _ask(
    askers: Askers, variant: Variant, tenant: str, groups: Sequence[str], body: Mapping[str, Any]
) -> dict[str, Any]:
    return askers.of(tenant, groups).search(**{**body, "mode": variant.mode, "readings_off": list(variant.off)})


def _quality(askers: Askers, variant: Variant, judged: Sequence[Judged]) -> list[Result]:
    return list(
        evaluation.ask_all(
            judged,
            match="file_reference",
            modes=[variant.mode],
            tenants=(),
            groups=(),
            ask=lambda tenant, groups, body: _ask(askers, variant, tenant, groups, body),
            on_progress=lambda _: None,
        )
    )


def _times(askers: Askers, judged: Sequence[Judged]) -> dict[str, float]:
    """Return the median milliseconds of each variant; all of them ask the same in turns."""
    some = judged[:: max(1, len(judged) // _TIMED)]
    taken: dict[str, list[float]] = {variant.name: [] for variant in VARIANTS}
    for turn in range(-1, _ROUNDS):
        for query in some:
            for variant in VARIANTS:
                began = time.perf_counter()
                body = {"query": query.query, "size": 20}
                _ask(askers, variant, query.tenant or _TENANT, query.groups or (), body)
                if turn >= 0:
                    taken[variant.name].append(1000 * (time.perf_counter() - began))
    return {name: statistics.median(values) for name, values in taken.items()}


def _table(results: Mapping[str, Sequence[Result]], times: Mapping[str, float]) -> list[str]:
    sets = list(dict.fromkeys(one.set for rows in results.values() for one in rows))
    lines = [" | ".join(["", *sets, "ms"]), "|".join(["---"] * (len(sets) + 2))]
    for name, rows in results.items():
        means = [statistics.fmean(r.measures["ndcg10"] for r in rows if r.set == one and r.measures) for one in sets]
        lines.append(" | ".join([name, *(f"{mean:.3f}" for mean in means), f"{times[name]:.0f}"]))
    return [f"| {line} |" for line in lines]


def _weights(engine: httpx.Client) -> list[str]:
    """Copy the index without the fields of a part; return what each copy lacks in bytes."""
    live = index_name(_TENANT)
    shape = next(iter(engine.get(f"/{live}").raise_for_status().json().values()))
    whole = _merged(engine, live)
    # the stored document is without the vectors, so a copy of it is, too
    copy = _copied(engine, live, shape, ())
    lacking = {part: copy - _copied(engine, live, shape, fields) for part, fields in FIELDS.items()}
    counted = {"size": 0, "aggs": {"passages": {"nested": {"path": Field.PASSAGES}}}}
    answer = engine.post(f"/{live}/_search", json=counted).raise_for_status().json()
    vectors = f"{answer['aggregations']['passages']['doc_count']:,} vectors of passages"
    rows = [f"| {part} | {size:,} | {size / whole:.0%} |" for part, size in {vectors: whole - copy, **lacking}.items()]
    return [f"| of {whole:,} bytes | bytes | share |", "|---|---|---|", *rows]


def _copied(engine: httpx.Client, live: str, shape: Mapping[str, Any], fields: Sequence[str]) -> int:
    name = "ablation"
    mappings = json.loads(json.dumps(shape["mappings"]))
    for one in fields:
        *outer, last = one.split(".")
        place = mappings
        for step in outer:
            place = place["properties"][step]
        (place["properties"] if last in place.get("properties", {}) else place["fields"]).pop(last)
    own = ("creation_date", "uuid", "version", "provided_name", "replication")
    settings = {key: value for key, value in shape["settings"]["index"].items() if key not in own}
    engine.delete(f"/{name}", params={"ignore_unavailable": "true"}).raise_for_status()
    mappings["dynamic"] = False
    engine.put(f"/{name}", json={"settings": {"index": settings}, "mappings": mappings}).raise_for_status()
    source = {"index": live, "_source": {"excludes": list(fields)}}
    asked = {"source": source, "dest": {"index": name}}
    answer = engine.post("/_reindex", json=asked, params={"refresh": "true"}, timeout=600).raise_for_status().json()
    if answer["failures"] or not answer["created"]:
        raise RuntimeError(f"{live} was not copied: {answer}")
    size = _merged(engine, name)
    engine.delete(f"/{name}").raise_for_status()
    return size


def _merged(engine: httpx.Client, name: str) -> int:
    """Merge an index into one segment; return its bytes."""
    engine.post(f"/{name}/_forcemerge", params={"max_num_segments": "1"}, timeout=600).raise_for_status()
    engine.post(f"/{name}/_flush", params={"force": "true"}).raise_for_status()
    told = engine.get(f"/{name}/_stats/store").raise_for_status().json()
    return int(told["_all"]["primaries"]["store"]["size_in_bytes"])


if __name__ == "__main__":
    main()
