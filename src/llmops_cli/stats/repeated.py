"""Chances of passing when a case is asked several times."""

from __future__ import annotations

from math import comb


def pass_at_k(n: int, passed: int, k: int) -> float:
    """Probability that at least one of `k` answers passes, when `passed` of `n` did.

    The unbiased estimate 1 − C(n − passed, k) / C(n, k), as in Chen et al., "Evaluating Large Language Models
    Trained on Code" (2021). Raises ValueError unless 0 ≤ passed ≤ n and 1 ≤ k ≤ n.
    """
    _check(n, passed, k)
    return 1.0 - comb(n - passed, k) / comb(n, k)


def pass_hat_k(n: int, passed: int, k: int) -> float:
    """Probability that all of `k` answers pass, when `passed` of `n` did.

    The unbiased estimate C(passed, k) / C(n, k), as in Yao et al., "τ-bench" (2024). Raises ValueError as
    `pass_at_k` does.
    """
    _check(n, passed, k)
    return comb(passed, k) / comb(n, k)


def _check(n: int, passed: int, k: int) -> None:
    if not 0 <= passed <= n:
        raise ValueError(f"{passed} of {n} answers cannot have passed")
    if not 1 <= k <= n:
        raise ValueError(f"k is at least 1 and at most the {n} answers, not {k}")
