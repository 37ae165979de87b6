"""`make eval`: how well searches find, with judged queries, through the product's own API.

Two sets of the project are always asked: `sample.jsonl` on the sample records, in classes of what clerks type, and
`german.jsonl`, 80 cases of German words. Where there are council papers (benchmarks.corpus), their queries and pairs
are asked as well, in keyword, semantic and hybrid mode, and five chains of other systems beside them.

The run fails if a class lost more than .01 against the last line of `history.jsonl`. `--keep` writes a new line.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from benchmarks import corpus, precedents, vector_cache, verdict
from benchmarks.chains import Chains
from benchmarks.verdict import HYBRID, KEYWORD, SEMANTIC, Results
from local.evaluation import Judged, Result
from local.layout import Layout
from local.processes import addresses, secret
from tests.stack import TREE, Stack, running

JUDGED = Path(__file__).parent / "judged"
RESULTS = Path(__file__).parent / "results"
HISTORY = Path(__file__).parent / "history.jsonl"
#: the town that holds the texts of our German cases, and that of the others'
TENANT, PAIRS_TENANT = "brombachtal", "michelstadt"
_SECONDS = 6 * 3600.0
#: how well something is found does not hang on how fast it starts
_START_SECONDS = 1800.0


def main() -> None:
    """Measure, or compare two runs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--compare", nargs=2, type=Path, metavar="RUN", help="two files of benchmarks/results")
    parser.add_argument("--own", action="store_true", help="only the project's own sets")
    parser.add_argument("--words", action="store_true", help="only keyword mode on the papers: no vectors are made")
    parser.add_argument("--keep", action="store_true", help="make this run the one that later runs are held against")
    asked = parser.parse_args()
    if asked.compare:
        print("\n".join(verdict.compared(*(Results(_read(file)) for file in asked.compare))))
        return
    began = time.monotonic()
    results = own()
    papers = None if asked.own else corpus.folder()
    if papers is None:
        print("only the project's own sets: " + ("asked so" if asked.own else "no council papers are here"))
    else:
        results += beside_chains(papers, modes=[KEYWORD] if asked.words else [KEYWORD, SEMANTIC, HYBRID])
    sys.exit(_report(results, keep=asked.keep, seconds=time.monotonic() - began))


def own() -> list[Result]:
    """Ask the project's own sets of a system with its sample records."""
    with (
        tempfile.TemporaryDirectory(prefix="aktensuche-eval-") as name,
        running(start_seconds=_START_SECONDS) as stack,
    ):
        cases = [json.loads(line) for line in (JUDGED / "german.jsonl").read_text(encoding="utf-8").splitlines()]
        _import_texts(stack, Path(name), cases, TENANT)
        stack.wait_vectors(seconds=_START_SECONDS)
        judged = [json.loads(line) for line in (JUDGED / "sample.jsonl").read_text(encoding="utf-8").splitlines()]
        answered = [query for query in judged if not query.get("nothing")]
        return [
            *_ask(stack, answered, "file_reference", [KEYWORD, SEMANTIC, HYBRID]),
            # the nearest in meaning is always there, however far it is
            *_ask(stack, [query for query in judged if query.get("nothing")], "file_reference", [KEYWORD]),
            *_ask(stack, [case | {"tenant": TENANT} for case in cases], "source_id", [KEYWORD]),
        ]


def beside_chains(folder: Path, *, modes: Sequence[str]) -> list[Result]:
    """Ask the queries about council papers of the product and of the chains, with the same candidates."""
    judged = corpus.queries(folder)
    cases = corpus.german_pairs(folder)
    papers = corpus.papers(folder, judged)
    hidden = [corpus.masked(paper) for paper in papers]
    with (
        tempfile.TemporaryDirectory(prefix="aktensuche-eval-") as name,
        running("--no-sample", start_seconds=_START_SECONDS) as stack,
    ):
        layout = Layout(stack.data, Layout.from_environment().cache)
        print(f"{len(papers)} papers; {vector_cache.bring(layout)} vectors are known", flush=True)
        _import_texts(stack, Path(name), cases, PAIRS_TENANT)
        for tenant, some in ((corpus.MASKED_TOWN, hidden), (corpus.TOWN, papers)):
            place = Path(name) / tenant
            corpus.write(place, some)
            _readable(Path(name))
            wait = ["--wait"] if len(modes) > 1 and tenant == corpus.MASKED_TOWN else []
            try:
                stack.json("import", str(place), "--tenant", tenant, *wait, timeout=_SECONDS)
            finally:
                print(f"{tenant}: imported; {vector_cache.keep(layout)} vectors are new", flush=True)
        with administrator(stack, layout) as admin:
            chains = Chains(admin)
            chains.fill(papers, hidden)
            beside = [*chains.ask_all([Judged.model_validate(query) for query in judged]), *chains.german(cases)]
        numbers = [query for query in judged if query["tenant"] == corpus.TOWN]
        others = [query for query in judged if query["tenant"] != corpus.TOWN]
        return [
            *_ask(stack, others, "source_id", modes),
            *(precedents.ask_all(stack, others) if SEMANTIC in modes else ()),
            *_ask(stack, numbers, "source_id", [mode for mode in modes if mode != SEMANTIC]),
            *_ask(stack, [case | {"tenant": PAIRS_TENANT} for case in cases], "source_id", [KEYWORD]),
            *beside,
        ]


def _import_texts(stack: Stack, folder: Path, cases: Sequence[dict[str, Any]], tenant: str) -> None:
    place = folder / tenant
    place.mkdir()
    for case in cases:
        file = place / f"{case['query_id']}.txt"
        file.write_text(case["text"] + "\n", encoding="utf-8")
        # the title says nothing, so that the text alone decides
        meta = {"source_id": case["query_id"], "title": f"Schriftstück {case['query_id']}", "readers": ["bauamt"]}
        file.with_name(file.name + ".meta.json").write_text(json.dumps(meta), encoding="utf-8")
    _readable(folder)
    stack.cli("import", str(place), "--tenant", tenant, timeout=_START_SECONDS)


def _readable(folder: Path) -> None:
    folder.chmod(0o755)


def _ask(stack: Stack, judged: Sequence[dict[str, Any]], match: str, modes: Sequence[str]) -> list[Result]:
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps(query) + "\n" for query in judged)
        file.flush()
        answer = stack.json("eval", file.name, "--match", match, "--mode", ",".join(modes), timeout=_SECONDS)
    return [Result.model_validate(one) for one in answer["queries"]]


def administrator(stack: Stack, layout: Layout) -> httpx.Client:
    """Return a client of the engine with the administrator's certificate."""
    trust = ssl.create_default_context(cafile=str(secret(layout, "ca.crt")))
    trust.load_cert_chain(secret(layout, "admin.crt"), secret(layout, "admin.key"))
    url = addresses(stack.state["ports"])["engine"]
    return httpx.Client(verify=trust, base_url=url, timeout=120, trust_env=False)


def _report(results: list[Result], *, keep: bool, seconds: float) -> int:
    """Print what was found, keep it, and return the exit code."""
    found = Results(results)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=TREE, capture_output=True, text=True, check=True
    ).stdout.strip()
    run = {"at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "commit": commit}
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"eval-{run['at'].replace(':', '')}.json"
    file.write_text(json.dumps(run | {"queries": [one.model_dump() for one in results]}), encoding="utf-8")
    print("\n".join([*verdict.table(found), "", *verdict.as_lines(verdict.must_hold(found)), ""]))
    lost = verdict.gate(found, _history())
    print("\n".join(f"LOST   {sentence}" for sentence in lost) or "nothing lost more than .01 against the history")
    print(f"{seconds:.0f} s; every query: {file.relative_to(TREE)}")
    if keep:
        with HISTORY.open("a", encoding="utf-8") as history:
            history.write(json.dumps(run | {"sets": found.summary()}) + "\n")
        return 0
    return 1 if lost else 0


def _history() -> dict[str, dict[str, float]]:
    """Return what was last kept of each set: a run without the papers says nothing about them."""
    known: dict[str, dict[str, float]] = {}
    if HISTORY.exists():
        for line in HISTORY.read_text(encoding="utf-8").splitlines():
            known |= json.loads(line)["sets"]
    return known


def _read(file: Path) -> list[Result]:
    return [Result.model_validate(one) for one in json.loads(file.read_text(encoding="utf-8"))["queries"]]


if __name__ == "__main__":
    main()
