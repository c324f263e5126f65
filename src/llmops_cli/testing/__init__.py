"""Testing what a project writes for its evals: cases of scorers as data, run by whatever runs its tests."""

from __future__ import annotations

from llmops_cli.testing.run import ScorerCaseFailedError, run_scorer_case
from llmops_cli.testing.scorer_case import ScorerCase, scorer_cases

__all__ = ["ScorerCase", "ScorerCaseFailedError", "run_scorer_case", "scorer_cases"]
