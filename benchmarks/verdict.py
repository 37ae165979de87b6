"""What the results of a run say: the table, the lines that must hold, and the gate against the history. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.chains import CHAINS, GERMAN
from benchmarks.resampling import SIGNIFICANT, interval, p_value
from local.evaluation import MEASURES, Result

KEYWORD, SEMANTIC, HYBRID = "keyword", "semantic", "hybrid"
#: asked of `POST /v1/precedents`, which shows 50 at most: its recall at 100 is that of 50
PRECEDENTS = "precedents"
#: a class may lose so much against the history and no more
GATE = 0.01
MAIN_MEASURE = "ndcg10"
#: drafts whose precedents are known
PRECEDENT_SETS = ("b-title", "b-lead")
_IDENTIFIERS = ("identifier", "c-identifier", "c-spaced", "c-unslashed")
_QUESTIONS = "question"
_HYBRID_SLACK = 0.01
_KEYWORD_GAIN, _HYBRID_GAIN = 0.02, 0.03
_QUESTION_RECALL = 0.90


@dataclass(frozen=True)
class Line:
    """One thing that must hold, with the figures that say whether it does."""

    name: str
    holds: bool
    figures: str


class Results:
    """The results of a run, by set and mode, each in the order of the queries."""

    def __init__(self, results: Iterable[Result]) -> None:
        self._of: dict[tuple[str, str], list[Result]] = {}
        for one in results:
            self._of.setdefault((one.set, one.mode), []).append(one)

    @property
    def sets(self) -> tuple[str, ...]:
        """Return the names of the sets, in the order in which they came."""
        return tuple(dict.fromkeys(name for name, _ in self._of))

    def modes(self, name: str) -> tuple[str, ...]:
        """Return the modes, and chains, in which a set was asked."""
        return tuple(mode for of, mode in self._of if of == name)

    def values(self, name: str, mode: str, measure: str) -> list[float]:
        """Return a measure of each query, or whether it was right; empty where nothing of it was measured."""
        rows = self._of.get((name, mode), [])
        if measure == "right":
            return [float(row.right) for row in rows]
        return [row.measures[measure] for row in rows if row.measures]

    def mean(self, name: str, mode: str, measure: str) -> float:
        """Return the average."""
        return statistics.fmean(self.values(name, mode, measure))

    def best_chain(self, name: str, measure: str = MAIN_MEASURE) -> str | None:
        """Return the chain that does best on a set; None where none was asked."""
        asked = [chain for chain in CHAINS if self.values(name, chain, measure)]
        return max(asked, key=lambda chain: self.mean(name, chain, measure), default=None)

    def summary(self) -> dict[str, dict[str, float]]:
        """Return every average under "set mode", as the history keeps it."""
        kept = {}
        for (name, mode), rows in self._of.items():
            measures = [m for m in (*MEASURES, "right") if self.values(name, mode, m)]
            kept[f"{name} {mode}"] = {"n": len(rows)} | {m: round(self.mean(name, mode, m), 4) for m in measures}
        return kept


def table(results: Results) -> list[str]:
    """Return the averages with the 95 % interval of nDCG@10 and, beside chains, the p against the best one."""
    measures = " ".join(f"{name:>5}" for name in ("R@5", "R@10", "R@100", "MRR", "hit@1", "right"))
    lines = [f"{'set':22} {'mode':13} {'n':>4} {'nDCG@10':>7} {'95 %':>11} {measures}"]
    for name in results.sets:
        for mode in results.modes(name):
            right = results.values(name, mode, "right")
            start = f"{name:22} {mode:13} {len(right):4}"
            end = f"{statistics.fmean(right):5.3f}"
            values = results.values(name, mode, MAIN_MEASURE)
            if not values:
                lines.append(f"{start} {'':7} {'':11} {'':5} {'':5} {'':5} {'':5} {'':5} {end}")
                continue
            low, high = interval(values)
            rest = (results.mean(name, mode, m) for m in ("recall5", "recall10", "recall100", "mrr", "hit1"))
            shown = " ".join(f"{value:5.3f}" for value in rest)
            lines.append(f"{start} {statistics.fmean(values):7.3f} {low:5.3f}-{high:5.3f} {shown} {end}")
    return lines


def must_hold(results: Results) -> list[Line]:
    """Return the lines that the project has set itself, for the sets that were asked."""
    lines = []
    for name in results.sets:
        if name in _IDENTIFIERS:
            lines += [
                _at_least(f"{name} {mode}: hit@1 = 1.000", statistics.fmean(values), 1.0)
                for mode in (KEYWORD, HYBRID)
                if (values := results.values(name, mode, "hit1"))
            ]
        elif name == "c-part":
            lines.append(_at_least("c-part keyword: R@100 = 1.000", results.mean(name, KEYWORD, "recall100"), 1.0))
        else:
            lines += _beside_chains(results, name)
            lines += _joined(results, name)
            lines += _found_as_precedents(results, name)
        if name == _QUESTIONS and results.values(name, HYBRID, "recall5"):
            share = results.mean(name, HYBRID, "recall5")
            lines.append(_at_least(f"{name} hybrid: R@5 >= .90", share, _QUESTION_RECALL))
    lines += _pairs(results, "german-") + _pairs(results, "pairs-")
    return lines


def gate(results: Results, history: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Return a sentence for each class that lost more than it may against what the history keeps of it."""
    lost = []
    for name, now in results.summary().items():
        before = history.get(name)
        if before is None:
            continue
        measure = MAIN_MEASURE if MAIN_MEASURE in now and MAIN_MEASURE in before else "right"
        if before[measure] - now[measure] > GATE + 1e-9:
            lost.append(f"{name}: {measure} {before[measure]:.3f} -> {now[measure]:.3f}")
    return lost


def compared(first: Results, second: Results) -> list[str]:
    """Return what changed from one run to another: averages, their difference and the p of the paired test."""
    lines = [f"{'set':22} {'mode':13} {'measure':9} {'first':>6} {'second':>6} {'change':>7} {'p':>6}"]
    for name in first.sets:
        for mode in first.modes(name):
            for measure in (MAIN_MEASURE, "recall100", "right"):
                before, after = first.values(name, mode, measure), second.values(name, mode, measure)
                if not before or len(before) != len(after):
                    continue
                a, b = statistics.fmean(before), statistics.fmean(after)
                p = p_value(after, before)
                lines.append(f"{name:22} {mode:13} {measure:9} {a:6.3f} {b:6.3f} {b - a:+7.3f} {p:6.3f}")
    return lines


def _held_against(ours: Sequence[float], beside: Sequence[float], what: str) -> tuple[float, float, str]:
    """Return the difference of the averages, the p of the paired test, and both in words."""
    mean, other = statistics.fmean(ours), statistics.fmean(beside)
    p = p_value(ours, beside)
    return mean - other, p, f"{mean:.3f} : {other:.3f} ({what}), {mean - other:+.3f}, p {p:.3f}"


def _at_least(name: str, value: float, wanted: float) -> Line:
    return Line(name, value >= wanted - 1e-9, f"{value:.3f}")


def _beside_chains(results: Results, name: str) -> list[Line]:
    best = results.best_chain(name)
    if best is None:
        return []
    chain = results.values(name, best, MAIN_MEASURE)
    lines = []
    for mode, gain in ((KEYWORD, _KEYWORD_GAIN), (HYBRID, _HYBRID_GAIN)):
        ours = results.values(name, mode, MAIN_MEASURE)
        if len(ours) != len(chain):
            continue
        difference, p, figures = _held_against(ours, chain, best)
        if name in PRECEDENT_SETS:
            lines.append(Line(f"{name} {mode}: best chain + {gain}", difference >= gain, figures))
        elif mode == KEYWORD:
            lines.append(Line(f"{name} {mode}: not below the best chain", difference >= 0 or p >= SIGNIFICANT, figures))
    return lines


def _joined(results: Results, name: str) -> list[Line]:
    hybrid = results.values(name, HYBRID, MAIN_MEASURE)
    halves = [mode for mode in (KEYWORD, SEMANTIC) if results.values(name, mode, MAIN_MEASURE)]
    if not hybrid or not halves:
        return []
    better = max(halves, key=lambda mode: results.mean(name, mode, MAIN_MEASURE))
    best = results.values(name, better, MAIN_MEASURE)
    difference, p, figures = _held_against(hybrid, best, better)
    held = difference >= -_HYBRID_SLACK and (difference >= 0 or p >= SIGNIFICANT)
    deep = results.mean(name, HYBRID, "recall100")
    deepest = max(results.mean(name, mode, "recall100") for mode in halves)
    return [
        Line(f"{name} hybrid: the better half - .01", held, figures),
        Line(f"{name} hybrid: R@100 of both halves", deep >= deepest - 1e-9, f"{deep:.3f} : {deepest:.3f}"),
    ]


def _found_as_precedents(results: Results, name: str) -> list[Line]:
    ours = results.values(name, PRECEDENTS, MAIN_MEASURE)
    halves = [mode for mode in (GERMAN, SEMANTIC) if results.values(name, mode, MAIN_MEASURE)]
    if not ours or not halves:
        return []
    better = max(halves, key=lambda mode: results.mean(name, mode, MAIN_MEASURE))
    beside = results.values(name, better, MAIN_MEASURE)
    difference, p, figures = _held_against(ours, beside, better)
    title = f"{name} precedents: the better of {GERMAN} and meaning + {_HYBRID_GAIN}"
    return [Line(title, difference >= _HYBRID_GAIN and p < SIGNIFICANT, figures)]


def _pairs(results: Results, beginning: str) -> list[Line]:
    sets = [name for name in results.sets if name.startswith(beginning)]
    if not sets:
        return []
    wrong = {name: results.values(name, KEYWORD, "right").count(0.0) for name in sets}
    n = sum(len(results.values(name, KEYWORD, "right")) for name in sets)
    right = n - sum(wrong.values())
    misses = ", ".join(f"{name.removeprefix(beginning)} {count}" for name, count in wrong.items() if count)
    lines = [
        Line(
            f"{beginning}*: 74 of 80, at most one miss in a category",
            right >= 74 * n / 80 and all(count <= 1 for count in wrong.values()),
            f"{right} of {n}; missed: {misses or 'none'}",
        )
    ]
    friends = f"{beginning}false-friend"
    chains = {c: results.values(friends, c, "right") for c in CHAINS if results.values(friends, c, "right")}
    if friends in sets and chains:
        best = max(statistics.fmean(values) for values in chains.values())
        ours = results.mean(friends, KEYWORD, "right")
        lines.append(_at_least(f"{friends}: kept out as the best chain does ({best:.3f})", ours, best))
        counts = {c: sum(sum(results.values(name, c, "right")) for name in sets) for c in chains}
        shown = ", ".join(f"{c} {count:.0f}" for c, count in counts.items())
        lines.append(Line(f"{beginning}*: more than any chain", right > max(counts.values()), f"{right} : {shown}"))
    return lines


def as_lines(lines: Sequence[Line]) -> list[str]:
    """Return the lines for people."""
    return [f"{'holds' if line.holds else 'FAILS':5}  {line.name:50} {line.figures}" for line in lines]
