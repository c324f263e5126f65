"""The cases that may never fail, by id: a tag that goes takes its case out of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.compare.compare import must_pass
from llmops_cli.gate.deciders.change import DeciderChange
from llmops_cli.reports import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.gate.deciders.sides import Sides

NAMED = 5


def find(sides: Sides) -> Iterator[DeciderChange]:
    """Cases that had to pass and need not any more; at the base's rules they still have to."""
    for before, now in sides.suites:
        still = {case.id for case in now.cases}
        freed = sorted((must_pass(before) - must_pass(now)) & still)
        if freed:
            names = ", ".join(freed[:NAMED]) + (" …" if len(freed) > NAMED else "")
            text = f"{now.path}: {numbers.count(len(freed), 'case')} may fail now: {names}"
            kept = sorted(must_pass(now))
            yield DeciderChange("must_pass", "", now.id, now.path, sorted(must_pass(before)), kept, text)
