"""Deciders: what decides over a change and stands in files that the change may edit, one kind a file.

To add one: write `gate/deciders/x.py` with `find(sides)`, which yields a `DeciderChange` for each value that
is another than at the base, and add its name below. Values are the parsed and effective ones of both sides,
read by the same code; layout, comments and defaults written out are no change.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmops_cli.gate.deciders.change import DeciderChange
    from llmops_cli.gate.deciders.sides import Sides

DECIDERS = (
    "providers",
    "variables",
    "suites",
    "pins",
    "scorers",
    "packages",
    "cassettes",
    "prices",
    "gates",
    "must_pass",
    "quarantines",
    "policy",
)
"""In the order in which they are told: what blocks first."""


def changed_deciders(sides: Sides) -> tuple[DeciderChange, ...]:
    """Everything that decides and is another than at the base."""
    return tuple(
        change
        for name in DECIDERS
        for change in import_module(f"llmops_cli.gate.deciders.{name}").find(sides)
    )
