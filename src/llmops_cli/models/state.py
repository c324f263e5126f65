"""Whether a model's name is pinned, and whether it could be called from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.models.diagnose import faults_of
from llmops_cli.models.pins import is_pinned

if TYPE_CHECKING:
    from llmops_cli.models.fault import ModelFault
    from llmops_cli.models.settings import ModelSettings


@dataclass(frozen=True, slots=True)
class ModelState:
    """One model by its name; without `faults` it can be called."""

    model: str
    pinned: bool
    faults: tuple[ModelFault, ...]


def model_state(model: str, settings: ModelSettings) -> ModelState:
    """The state of one model. Nothing is called."""
    return ModelState(model, is_pinned(model), tuple(faults_of(model, settings)))
