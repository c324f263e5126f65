"""The prompts that a suite names, at the version that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError
from llmops_cli.prompts.find import name_hint
from llmops_cli.prompts.history import prompt_at_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.core.problem import Problem
    from llmops_cli.core.project import Project
    from llmops_cli.core.source import Source
    from llmops_cli.prompts.prompt import Prompt


def judged_prompts(
    project: Project, prompts: Mapping[str, Prompt], suite: Source, *, broken_prompts: bool
) -> tuple[tuple[Prompt, ...], list[Problem]]:
    """What `prompt` or `prompts` of a suite names, and every problem found.

    With `broken_prompts` one that is not among `prompts` may be one that could not be read: it is no problem.
    """
    data = suite.data
    if ("prompt" in data) == ("prompts" in data):
        both = "prompt" in data
        message = "both `prompt` and `prompts` are given" if both else "the key `prompt` is missing"
        return (), [suite.problem((), message, "`prompt:` names the prompt to judge, `prompts:` several")]
    references: list[tuple[tuple[str | int, ...], str]] = []
    if "prompt" in data:
        references.append((("prompt",), data["prompt"]))
    references += [(("prompts", index), reference) for index, reference in enumerate(data.get("prompts", ()))]
    judged: list[Prompt] = []
    problems: list[Problem] = []
    for pointer, reference in references:
        name, _, version = reference.partition("@")
        if name not in prompts:
            if not broken_prompts:
                hint = name_hint(name, prompts)
                problems.append(suite.problem(pointer, f"no prompt has the id `{name}`", hint))
            continue
        try:
            judged.append(_at_version(project, prompts[name], version))
        except InputError as error:
            problems.append(suite.problem(pointer, error.message, error.hint))
    return tuple(judged), problems


def _at_version(project: Project, prompt: Prompt, version: str) -> Prompt:
    if not version or version == prompt.version:
        return prompt
    return prompt_at_version(project.repository, prompt, version)
