"""Baselines drawn at random, for `benchmarks.simulate`: what changed between the two is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from llmops_cli.compare.scores import CaseScores, Scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

INPUTS = "0" * 16


def null_suite(
    rng: np.random.Generator, shape: tuple[int, int, int], *, clusters: int = 1, churn: float = 0.0
) -> tuple[Scores, Scores]:
    """Two runs of one suite between which nothing changed; `shape` is cases, metrics, repeats.

    A case has its own chance of passing, near 0 or 1 for most, and its own level of every metric, which go
    together. Half of the metrics are yes or no, the others graded in hundredths. An answer that is good is
    good in several metrics at once. With `clusters` the cases of a cluster share what a run makes of them, as
    questions about one document do. In each run the share `churn` of the cases leaves its level for another:
    cases get better and worse, the suite on the whole does not change.
    """
    n, metrics, repeats = shape
    labels = [f"group {index // clusters}" for index in range(n)] if clusters > 1 else None
    level = _levels(rng, n, metrics)
    sides = []
    for name in ("before", "now"):
        moved = rng.random(n) < churn
        own = np.where(moved[:, None], _levels(rng, n, metrics), level)
        if clusters > 1:
            shared = 1.5 * rng.normal(size=(n // clusters + 1, 1))
            own = own + np.repeat(shared, clusters, axis=0)[:n]
        sides.append(baseline(name, _scores(rng, own, repeats), labels))
    return sides[0], sides[1]


def uneven_null(rng: np.random.Generator, n: int, repeats: tuple[int, int]) -> tuple[Scores, Scores]:
    """Two runs between which nothing changed, with another number of repeats; nearly every answer passes."""
    passed = [(rng.random((n, 1, times)) < 0.95).astype(float) for times in repeats]
    return baseline("before", passed[0]), baseline("now", passed[1])


def rare_falls(rng: np.random.Generator, n: int, drop: float, *, clusters: int = 1) -> tuple[Scores, Scores]:
    """A graded metric that falls by `drop` on the whole because few cases, or clusters, fall by 0.8."""
    labels = [f"group {index // clusters}" for index in range(n)] if clusters > 1 else None
    units = -(-n // clusters)
    fell = np.repeat(rng.random(units) < drop / 0.8, clusters)[:n]
    before = np.round(0.9 + 0.02 * rng.normal(size=n), 3).clip(0, 1)
    now = np.round(before + 0.02 * rng.normal(size=n) - 0.8 * fell, 3).clip(0, 1)
    sides = [
        baseline(name, values[:, None, None], labels, first="quality")
        for name, values in (("before", before), ("now", now))
    ]
    return sides[0], sides[1]


def rate_drop(rng: np.random.Generator, n: int, discordance: float, drop: float) -> tuple[Scores, Scores]:
    """A pass rate that falls by `drop` while the share `discordance` of the cases flips."""
    lost, won = (discordance + drop) / 2, (discordance - drop) / 2
    kind = rng.choice(4, size=n, p=[lost, won, 0.8 * (1 - discordance), 0.2 * (1 - discordance)])
    before = np.isin(kind, (0, 2)).astype(float)
    now = np.isin(kind, (1, 2)).astype(float)
    return baseline("before", before[:, None, None]), baseline("now", now[:, None, None])


def graded_drop(rng: np.random.Generator, n: int, deviation: float, drop: float) -> tuple[Scores, Scores]:
    """A graded metric that falls by `drop`; its differences have that deviation."""
    before = rng.normal(0.5, 0.05, size=n)
    now = before + rng.normal(-drop, deviation, size=n)
    sides = [
        baseline(name, values[:, None, None], first="quality")
        for name, values in (("before", before), ("now", now))
    ]
    return sides[0], sides[1]


def _levels(rng: np.random.Generator, n: int, metrics: int) -> Array:
    """Each case's level in each metric, as a logit."""
    chance = np.clip(rng.beta(0.6, 0.25, size=(n, 1)), 1e-4, 1 - 1e-4)
    levels: Array = np.log(chance / (1 - chance)) + 0.7 * rng.normal(size=(n, metrics))
    return levels


def _scores(rng: np.random.Generator, level: Array, repeats: int) -> Array:
    """Scores of every answer: case, metric, repeat."""
    n, metrics = level.shape
    answer = rng.normal(size=(n, 1, repeats))
    share = 1.0 / (1.0 + np.exp(-(level[:, :, None] + 0.5 * answer)))
    noise = rng.normal(size=(n, metrics, repeats))
    graded = np.round(np.clip(share + 0.15 * noise, 0.0, 1.0), 2)
    passed = (rng.random((n, metrics, repeats)) < share).astype(float)
    binary = np.arange(metrics) % 2 == 0
    return np.where(binary[None, :, None], passed, graded)


def baseline(
    name: str, scores: Array, labels: Sequence[str] | None = None, *, first: str = "pass_rate"
) -> Scores:
    """Scores (case, metric, repeat) as a baseline; `first` is what the first metric is called."""
    _, metrics, repeats = scores.shape
    names = [first, *(f"m{number:02}" for number in range(1, metrics))]
    hashes, outputs = (INPUTS,) * repeats, (None,) * repeats
    cases = {}
    for index, values in enumerate(scores.tolist()):
        id_ = f"c{index:04}"
        by_metric = dict(zip(names, map(tuple, values), strict=True))
        cluster = labels[index] if labels is not None else None
        cases[id_] = CaseScores(id_, INPUTS, by_metric, hashes, outputs, cluster)
    return Scores(
        suite="simulated",
        prompt="simulated@1.0.0",
        fingerprint=name,
        parts={},
        model="simulated/model",
        resolved=(),
        params={},
        scorers=dict.fromkeys(names, INPUTS),
        repeats=repeats,
        cases=cases,
    )
