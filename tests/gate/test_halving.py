"""Halving finds the place in few steps, and passes over what cannot be judged."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from llmops_cli.gate.bisect.halving import Halving

if TYPE_CHECKING:
    from collections.abc import Collection


def halved(count: int, bad: int, skipped: Collection[int] = ()) -> tuple[Halving, list[int]]:
    """A search to its end, and what was judged in turn."""
    halving = Halving.of(count)
    asked: list[int] = []
    while (at := halving.next) is not None:
        asked.append(at)
        halving = halving.told(at, bad=None if at in skipped else at >= bad)
    return halving, asked


@pytest.mark.parametrize("count", range(1, 40))
def test_halving_finds_every_place_in_few_steps(count: int) -> None:
    for bad in range(count):
        halving, asked = halved(count, bad)
        assert (halving.low, halving.high) == (bad - 1, bad)
        assert len(asked) <= math.ceil(math.log2(count))
        assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("count", range(1, 9))
def test_halving_passes_over_what_cannot_be_judged(count: int) -> None:
    for bad in range(count):
        for mask in range(2 ** (count - 1)):
            skipped = {at for at in range(count - 1) if mask >> at & 1}
            halving, _ = halved(count, bad, skipped)
            low, high = halving.low, halving.high
            assert low < bad <= high
            assert low not in skipped
            assert high not in skipped
            assert set(range(low + 1, high)) <= skipped
            assert all(after - before == 1 for before, after in pairwise(range(low + 1, high)))
