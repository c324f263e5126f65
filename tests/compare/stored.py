"""Scores as they are stored, for what compares them."""

from __future__ import annotations

from dataclasses import replace

from llmops_cli.compare.scores import CaseScores, Scores

KEY = "0" * 16


def case(number: int, *passes: float, metric: str = "pass_rate", **more: object) -> CaseScores:
    hashes = (KEY,) * max(len(passes), 1)
    scores = {metric: passes} if passes else {}
    made = CaseScores(f"c{number:03}", KEY, scores, hashes, (None,) * len(hashes))
    return replace(made, **more)  # type: ignore[arg-type]


def baseline(*cases: CaseScores) -> Scores:
    return Scores(
        suite="s",
        prompt="p@1.0.0",
        fingerprint=KEY,
        parts={},
        model="m/n",
        resolved=(),
        params={},
        scorers={},
        repeats=max(len(case.hashes) for case in cases),
        cases={case.id: case for case in cases},
    )
