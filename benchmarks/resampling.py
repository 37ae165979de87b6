"""How sure a figure is: bootstrap intervals, and paired randomisation tests of two rankings of the same queries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

#: how often is drawn; the smallest p that can come out is 1 / (DRAWS + 1)
DRAWS = 2_000
#: below this a difference counts as one
SIGNIFICANT = 0.05
_SEED = 20240307


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of the mean; the mean itself where the values do not differ."""
    some = np.asarray(values, dtype=float)
    if some.size < 2 or np.ptp(some) == 0:  # noqa: PLR2004
        return float(some.mean()), float(some.mean())
    found = stats.bootstrap(
        (some,), np.mean, n_resamples=DRAWS, method="percentile", vectorized=True, rng=np.random.default_rng(_SEED)
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def p_value(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return how often chance alone would make a mean difference as large as this one; queries in the same order."""
    first, second = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    if np.array_equal(first, second):
        return 1.0

    def difference(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
        return np.asarray(np.mean(a, axis=axis) - np.mean(b, axis=axis))

    found = stats.permutation_test(
        (first, second),
        difference,
        permutation_type="samples",
        n_resamples=DRAWS,
        vectorized=True,
        rng=np.random.default_rng(_SEED),
    )
    return float(found.pvalue)
