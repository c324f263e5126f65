"""`prompts/prompts.lock`: the content of each version, so that a change without a new version is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError
from llmops_cli.core.files import write_text
from llmops_cli.core.git_tree import GitTree
from llmops_cli.core.problem import Problem
from llmops_cli.prompts.load import require_prompts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from llmops_cli.core.project import Project
    from llmops_cli.core.tree import Tree
    from llmops_cli.prompts.prompt import Prompt

PATH = "prompts/prompts.lock"
CHECK = "lock"
PARTS = ("major", "minor", "patch")


def read_lock(tree: Tree) -> dict[str, tuple[str, int]]:
    """`id@version` -> fingerprint and line; empty when there is no lock. Raises InputError on bad lines."""
    if not tree.has(PATH):
        return {}
    entries: dict[str, tuple[str, int]] = {}
    problems = []
    for number, line in enumerate(tree.read(PATH).splitlines(), start=1):
        reference, _, fingerprint = line.strip().partition(" ")
        if not line.strip() or line.startswith("#"):
            continue
        if "@" not in reference or len(fingerprint) != 16:
            hint = "a line is `id@version fingerprint`; `llmops prompts lock` writes them"
            if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
                hint = "keep the lines of both sides and remove the markers of the merge conflict"
            problems.append(Problem(PATH, number, 1, f"not a line of a lock: `{line[:60]}`", hint, CHECK))
        elif reference in entries:
            problems.append(Problem(PATH, number, 1, f"`{reference}` stands twice", "keep one line", CHECK))
        else:
            entries[reference] = (fingerprint, number)
    if problems:
        raise InputError(problems=problems)
    return entries


def lock_text(entries: Mapping[str, str]) -> str:
    """The lock's text, sorted."""
    head = "# Written by `llmops prompts lock`: what each version of each prompt contains.\n"
    return head + "".join(f"{reference} {entries[reference]}\n" for reference in sorted(entries))


def updated(tree: Tree, published: Tree | None, prompts: Iterable[Prompt]) -> dict[str, str]:
    """The lock with the present prompts in it.

    A version that the lock of `published` holds keeps its content for ever; another may still change.
    Raises InputError for a published version whose content is another now.
    """
    fixed = read_lock(published) if published is not None else {}
    entries = {reference: fingerprint for reference, (fingerprint, _) in read_lock(tree).items()}
    problems = []
    for prompt in prompts:
        if is_locked_otherwise(prompt, fixed):
            problems.append(changed_problem(prompt))
        for reference in prompt.references:
            if reference not in fixed:
                entries.pop(reference, None)
        entries[prompt.ref] = prompt.fingerprint
    if problems:
        raise InputError(problems=problems)
    return entries


def write_lock(project: Project) -> list[str]:
    """Bring prompts.lock up to date; the `id@version` that were added or changed.

    Raises InputError when a committed version has other content now, or a prompt cannot be read.
    """
    prompts = require_prompts(project.tree)
    before = {reference: fingerprint for reference, (fingerprint, _) in read_lock(project.tree).items()}
    entries = updated(project.tree, _published(project), prompts.values())
    if entries != before or not project.tree.has(PATH):
        write_text(project.on_disk(PATH), lock_text(entries))
    return sorted(reference for reference in entries if entries[reference] != before.get(reference))


def _published(project: Project) -> Tree | None:
    """The files whose lock holds for ever; None where nothing is committed yet."""
    try:
        head = project.repository.commit()
        return GitTree(project.repository, head) if head else None
    except InputError:
        return project.tree  # outside git every version that is locked counts as published


def is_locked_otherwise(prompt: Prompt, locked: Mapping[str, tuple[str, int]]) -> bool:
    """Whether a lock holds other content of this version, by the prompt's id or by the one before."""
    entries = (locked[reference] for reference in prompt.references if reference in locked)
    return any(fingerprint != prompt.fingerprint for fingerprint, _ in entries)


def changed_problem(prompt: Prompt) -> Problem:
    """The content of a prompt changed and its version did not."""
    return prompt.source.problem(
        ("version",),
        f"the content of `{prompt.id}` changed and its version is still {prompt.version}",
        f"llmops prompts bump {prompt.id}",
        check=CHECK,
    )


def lock_problems(tree: Tree, prompts: Iterable[Prompt]) -> Iterator[Problem]:
    """Prompts that the lock does not know, or knows with other content."""
    locked = read_lock(tree)
    for prompt in prompts:
        if prompt.ref not in locked:
            yield prompt.source.problem(
                ("version",),
                f"`{prompt.ref}` is not in {PATH}",
                "llmops prompts lock",
                check=CHECK,
            )
        elif is_locked_otherwise(prompt, locked):
            yield changed_problem(prompt)


def bumped(version: str, part: str) -> str:
    """The next version: `part` is major, minor or patch. A pre-release or build suffix is dropped."""
    numbers = [int(number) for number in version.partition("+")[0].partition("-")[0].split(".")]
    index = PARTS.index(part)
    return ".".join(
        str(number + 1 if place == index else 0 if place > index else number)
        for place, number in enumerate(numbers)
    )
