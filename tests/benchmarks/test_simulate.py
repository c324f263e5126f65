"""The gate raises no more false alarms than it says, and the check of that can fail."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from benchmarks.simulate import (
    SEED,
    graded_row,
    judged,
    main,
    missed_row,
    null_row,
    rate_row,
    simulate,
    table,
    uneven_row,
    wholly,
)

from llmops_cli.compare.compare import decide
from llmops_cli.stats import Interval

if TYPE_CHECKING:
    from benchmarks.simulate import Judge, Row

    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.scores import Scores
    from llmops_cli.evals.suite import Suite

pytestmark = pytest.mark.workflows


def test_every_bound_holds_in_the_quick_form(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--quick"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines[2:-1]] == ["ok"] * 7
    assert lines[-1].startswith("every bound holds")


def repeats_as_cases(before: Scores, now: Scores, suite: Suite) -> Comparison:
    """The mistake that other tools make: every repeat counts as a case of its own."""
    return judged(_split(before), _split(now), suite)


def _split(side: Scores) -> Scores:
    cases = [
        replace(case, id=f"{case.id}-{at}", scores={name: (v[at],) for name, v in case.scores.items()})
        for case in side.cases.values()
        for at in range(len(case.hashes))
    ]
    return replace(side, cases={case.id: replace(case, hashes=case.hashes[:1]) for case in cases})


def without_clusters(before: Scores, now: Scores, suite: Suite) -> Comparison:
    """Cases of one cluster count as if they were independent."""
    bare = [
        replace(side, cases={id_: replace(case, cluster=None) for id_, case in side.cases.items()})
        for side in (before, now)
    ]
    return judged(bare[0], bare[1], suite)


def with_all_repeats(before: Scores, now: Scores, suite: Suite) -> Comparison:
    """A mean of five answers is compared with a single one."""
    sides = [
        replace(
            side,
            cases={
                id_: replace(
                    case,
                    scores={name: (sum(v) / len(v),) for name, v in case.scores.items()},
                    hashes=case.hashes[:1],
                )
                for id_, case in side.cases.items()
            },
        )
        for side in (before, now)
    ]
    return judged(sides[0], sides[1], suite)


def with_certainty(before: Scores, now: Scores, suite: Suite) -> Comparison:
    """Every estimate is taken for the truth."""
    found = wholly(before, now, suite)
    metrics = tuple(
        replace(change, interval=Interval(change.change, change.change, 0.95))
        for change in found.metrics
        if change.change is not None
    )
    return decide([replace(found, metrics=metrics)])[0]


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (uneven_row(30, (1, 5)), with_all_repeats),
        (missed_row(12, 0.05), with_certainty),
        (null_row(60, 5, 1, churn=0.5), repeats_as_cases),
        (null_row(80, 5, 1, clusters=4), without_clusters),
    ],
)
def test_a_wrong_engine_breaks_the_bound(row: Row, wrong: Judge, capsys: pytest.CaptureFixture[str]) -> None:
    assert table([row], 200, SEED) == 0
    assert table([row], 200, SEED, wrong) == 1
    assert capsys.readouterr().out.splitlines()[-1].endswith("NOT")


def test_a_blind_engine_finds_too_few_drops() -> None:
    def blind(before: Scores, now: Scores, suite: Suite) -> Comparison:
        return judged(before, now, replace(suite, gate=replace(suite.gate, alpha=0.001)))

    assert simulate(rate_row(200, 0.2, 0.1), 100, SEED).holds
    assert simulate(graded_row(50, 0.2), 100, SEED).holds
    assert not simulate(rate_row(200, 0.2, 0.1), 100, SEED, blind).holds


def test_the_same_seed_gives_the_same_rates() -> None:
    row = null_row(30, 1, 2)
    assert simulate(row, 20, 1) == simulate(row, 20, 1)
