"""Evals: suites of cases, run against models, judged by scorers."""
