"""Prices of llmops.yaml: costs are reckoned with the new ones on both sides, and told at both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.compare.pricing import moved_text
from llmops_cli.core.project import MARKER
from llmops_cli.gate.deciders.change import DeciderChange
from llmops_cli.models.price import own_price

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.gate.deciders.sides import Sides


def find(sides: Sides) -> Iterator[DeciderChange]:
    """The models whose own price is another than at the base."""
    before = sides.base.project
    if before is None:
        return
    now = sides.now.project
    for model in sorted(before.prices.keys() | now.prices.keys()):
        was, becomes = own_price(model, before.prices), own_price(model, now.prices)
        if was != becomes:
            text = f"{MARKER}: the price of {model} {moved_text(was, becomes)}"
            old, new = (None if price is None else price.to_json() for price in (was, becomes))
            yield DeciderChange("price", model, "", MARKER, old, new, text)
