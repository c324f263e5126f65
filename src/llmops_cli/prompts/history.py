"""Earlier versions of a prompt, from git history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.prompts.load import load_prompts

if TYPE_CHECKING:
    from llmops_cli.core.git import Repository
    from llmops_cli.prompts.prompt import Prompt


def prompt_at_version(repository: Repository, prompt: Prompt, version: str) -> Prompt:
    """The newest committed content of a version of this prompt, with the partials of that commit.

    Raises InputError when no commit holds it.
    """
    seen = {prompt.version}
    for tree in repository.versions(prompt.path):
        committed = load_prompts(tree)[0].get(prompt.id)
        if committed is not None and committed.version == version:
            return committed
        if committed is not None:
            seen.add(committed.version)
    raise InputError(
        f"version {version} of `{prompt.id}` is not in the git history of {prompt.path}",
        did_you_mean(version, seen, noun="versions"),
    )
