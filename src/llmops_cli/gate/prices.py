"""Suites whose model costs something else than when their baselines were accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmops_cli.compare.metric_change import MetricChange
    from llmops_cli.compare.pricing import PriceMove


@dataclass(frozen=True, slots=True)
class Repriced:
    """A suite whose model has another price: the cost at the price before and now, None where no rule is."""

    suite: str
    move: PriceMove
    before: MetricChange | None
    now: MetricChange | None
