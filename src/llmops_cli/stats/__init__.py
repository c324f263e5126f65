"""Pure mathematics for paired evaluations: tests, intervals, corrections, quantiles and power."""

from __future__ import annotations

from llmops_cli.stats.bootstrap import bootstrap_mean_interval, bootstrap_ratio_interval
from llmops_cli.stats.holm import holm
from llmops_cli.stats.interval import Interval
from llmops_cli.stats.mcnemar import mcnemar_exact
from llmops_cli.stats.normal import normal_quantile
from llmops_cli.stats.permutation import sign_flip_test
from llmops_cli.stats.power import (
    cases_to_rule_out,
    detectable_drop_binary,
    detectable_drop_continuous,
    power_binary,
    required_cases_binary,
    required_cases_continuous,
)
from llmops_cli.stats.proportion import paired_difference_interval, wilson_interval
from llmops_cli.stats.quantile import quantile, quantile_difference
from llmops_cli.stats.repeated import pass_at_k, pass_hat_k

__all__ = [
    "Interval",
    "bootstrap_mean_interval",
    "bootstrap_ratio_interval",
    "cases_to_rule_out",
    "detectable_drop_binary",
    "detectable_drop_continuous",
    "holm",
    "mcnemar_exact",
    "normal_quantile",
    "paired_difference_interval",
    "pass_at_k",
    "pass_hat_k",
    "power_binary",
    "quantile",
    "quantile_difference",
    "required_cases_binary",
    "required_cases_continuous",
    "sign_flip_test",
    "wilson_interval",
]
