"""One prompt by its name, now or at an earlier version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError
from llmops_cli.core.files import write_text
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.prompts.history import prompt_at_version
from llmops_cli.prompts.load import load_prompts
from llmops_cli.prompts.lock import PARTS, bumped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.core.project import Project
    from llmops_cli.prompts.prompt import Prompt


def find_prompt(project: Project, reference: str) -> Prompt:
    """The prompt called `id` or `id@version`. Raises InputError when there is none."""
    name, _, version = reference.partition("@")
    prompts, problems = load_prompts(project.tree)
    if name not in prompts:
        if any(problem.severity == "error" for problem in problems):
            raise InputError(problems=problems)
        raise InputError(f"no prompt has the id `{name}`", name_hint(name, prompts))
    prompt = prompts[name]
    if version and version != prompt.version:
        return prompt_at_version(project.repository, prompt, version)
    return prompt


def name_hint(name: str, prompts: Mapping[str, Prompt]) -> str:
    """What could be meant by an id that no prompt has: the one that was called so, or the nearest."""
    renamed = next((prompt.id for prompt in prompts.values() if name in prompt.was), "")
    return f"it is called `{renamed}` now" if renamed else did_you_mean(name, prompts, noun="prompts")


def bump(project: Project, name: str, part: str) -> str:
    """Raise the version in the prompt's file, touching nothing else; what was done, in words."""
    if part not in PARTS:
        raise InputError(f"`{part}` is no part of a version", did_you_mean(part, PARTS))
    prompt = find_prompt(project, name)
    version = bumped(prompt.version, part)
    line, column = prompt.source.place(("version",))
    text = project.tree.read(prompt.path)
    lines = text.splitlines(keepends=True)
    before, after = lines[line - 1][: column - 1], lines[line - 1][column - 1 :]
    lines[line - 1] = before + after.replace(prompt.version, version, 1)
    write_text(project.on_disk(prompt.path), "".join(lines))
    return f"{prompt.path}: {prompt.id} {prompt.version} → {version}"
