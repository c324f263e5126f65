"""What is judged is what ships: the present version of a prompt, on the model that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.gate.deciders.change import DeciderChange, Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.evals.suite import Suite
    from llmops_cli.evals.workspace import Workspace
    from llmops_cli.gate.deciders.sides import Sides
    from llmops_cli.prompts.prompt import Prompt


def find(sides: Sides) -> Iterator[DeciderChange]:
    """Suites that judged the shipped version on its shipped model at the base, and do not now."""
    earlier = sides.base.workspace
    if earlier is None:
        return
    for before, now in sides.suites:
        for prompt_id in sorted(_shipped(before, earlier)):
            shipped = _called_now(prompt_id, sides)
            if shipped is None or shipped.id in _shipped(now, sides.now):
                continue
            judged = [f"{subject.prompt.ref} on {subject.model}" for subject in now.subjects]
            text = (
                f"{now.path}: `{shipped.ref}` on {shipped.model} is what ships, and the suite judges "
                f"{' and '.join(judged)}"
            )
            ships = [shipped.ref, shipped.model, judged]
            yield DeciderChange("pin", prompt_id, now.id, now.path, None, ships, text, Effect.BLOCKS)


def _called_now(prompt_id: str, sides: Sides) -> Prompt | None:
    """The prompt that had an id at the base, whatever it is called now."""
    named = (now for now, before in sides.base.prompts_now.items() if before == prompt_id)
    return sides.now.prompts.get(next(named, ""))


def _shipped(suite: Suite, workspace: Workspace) -> set[str]:
    """The prompts that a suite judges as they ship."""
    return {
        subject.prompt.id
        for subject in suite.subjects
        if (shipped := workspace.prompts.get(subject.prompt.id)) is not None
        and subject.prompt.fingerprint == shipped.fingerprint
        and subject.model == shipped.model
    }
