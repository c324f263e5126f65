"""Cases that are in quarantine and were not, or not as long, whatever file they lay in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from llmops_cli.gate.deciders.change import DeciderChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.gate.deciders.sides import Sides


def find(sides: Sides) -> Iterator[DeciderChange]:
    """New quarantines that hold; by the base's rules their cases still count."""
    today = datetime.now(UTC).date()
    for before, now in sides.suites:
        marked = {case.id: case.quarantine for case in before.cases}
        for case in now.cases:
            quarantine, earlier = case.quarantine, marked.get(case.id)
            if quarantine is None or not quarantine.holds(today):
                continue
            if earlier is None or earlier.until < quarantine.until:
                text = f"{case.place}: case `{case.id}` is in quarantine until {quarantine.until}"
                until = None if earlier is None else earlier.until.isoformat()
                yield DeciderChange(
                    "quarantine",
                    case.id,
                    now.id,
                    case.place,
                    until,
                    quarantine.until.isoformat(),
                    f"{text}: {quarantine.reason}",
                )
