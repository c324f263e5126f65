"""Earlier versions of a prompt, from git history."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.prompts.load import FOLDER, load_prompts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.core.git import Repository
    from llmops_cli.prompts.prompt import Prompt


def prompt_at_version(repository: Repository, prompt: Prompt, version: str) -> Prompt:
    """The newest committed content of a version of this prompt, with the partials of that commit.

    It has the prompt's present id, whatever it was called then. Raises InputError when no commit holds it.
    """
    seen = {prompt.version}
    for committed in _committed(repository, prompt):
        if committed.version == version:
            return replace(committed, id=prompt.id, was=prompt.was)
        seen.add(committed.version)
    places = f"the git history of {prompt.path}"
    if prompt.was:
        names = " or ".join(f"`{name}`" for name in prompt.was)
        places = f"the git history of {FOLDER}/, nor as {names}"
    raise InputError(
        f"version {version} of `{prompt.id}` is not in {places}",
        did_you_mean(version, seen, noun="versions"),
    )


def _committed(repository: Repository, prompt: Prompt) -> Iterator[Prompt]:
    """The prompt at each commit that touched its file, newest first.

    One that was renamed may have lain elsewhere: it is looked for in every prompt file, by each id that it
    had.
    """
    names = list(prompt.ids)
    for tree in repository.versions(FOLDER if prompt.was else prompt.path):
        prompts = load_prompts(tree)[0]
        committed = next((prompts[name] for name in names if name in prompts), None)
        if committed is not None:
            names += (name for name in committed.was if name not in names)
            yield committed
