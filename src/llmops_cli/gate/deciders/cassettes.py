"""Recorded answers: whoever edits one decides over a score without a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.core.canonical import content_hash
from llmops_cli.gate.deciders.change import DeciderChange, Effect
from llmops_cli.models.recorded import Answered, Recording
from llmops_cli.reports import numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llmops_cli.core.tree import Tree
    from llmops_cli.gate.deciders.sides import Sides

FOLDER = "cassettes"
NAMED = 8
"""Cases that are named one by one."""


def find(sides: Sides) -> Iterator[DeciderChange]:
    """Cassettes with another answer to a question that had one: nobody can tell who gave it.

    Raises InputError for a cassette that cannot be read on one of the sides.
    """
    for path in _cassette_paths(sides.now.project.tree):
        if _is_same(sides, path):
            continue
        now = Recording.of(sides.now.project.tree.read(path), path)
        before = answered_before(sides, path)
        others = before.contradicted(now, sides.now.project.prices)
        if not others:
            continue
        cases = list(dict.fromkeys(slot.case for slot in sorted(others)))
        named = ", ".join(cases[:NAMED]) + (f" and {len(cases) - NAMED} more" if len(cases) > NAMED else "")
        answers = numbers.count(len(others), "recorded answer")
        verb = "is another" if len(others) == 1 else "are others"
        text = f"{path}: {answers} to unchanged questions {verb}: {named}"
        value = {"cases": cases, "hash": content_hash([[*slot, others[slot]] for slot in sorted(others)])}
        yield DeciderChange("cassette", now.model, now.suite, path, None, value, text, Effect.INCOMPARABLE)


def authors_cassettes(sides: Sides, paths: Iterable[str]) -> dict[str, Answered]:
    """Those of some cassettes that the change brings or edits, each with what was answered before it."""
    return {path: answered_before(sides, path) for path in paths if not _is_same(sides, path)}


def answered_before(sides: Sides, path: str) -> Answered:
    """What a cassette had answered at the base, wherever it lay. Raises InputError."""
    base = sides.base
    paths = [path] if base.tree.has(path) else _earlier_paths(sides, path)
    return Answered(
        Recording.of(base.tree.read(earlier), f"{base.at}:{earlier}", whole=True) for earlier in paths
    )


def _is_same(sides: Sides, path: str) -> bool:
    """Whether a cassette is as it was."""
    before, now = sides.base.tree, sides.now.project.tree
    return before.has(path) and now.has(path) and before.read(path) == now.read(path)


def _earlier_paths(sides: Sides, path: str) -> list[str]:
    """Where the answers of a cassette that has a new place may have lain: with its suite, or what is gone."""
    suite = sides.now.suites.get(path.split("/")[1])
    before = sides.base.suite_of(suite) if suite is not None else None
    folders = tuple(f"{FOLDER}/{id_}/" for id_ in before.ids) if before is not None else ()
    now = set(_cassette_paths(sides.now.project.tree))
    return [
        earlier
        for earlier in _cassette_paths(sides.base.tree)
        if earlier not in now or earlier.startswith(folders)
    ]


def _cassette_paths(tree: Tree) -> list[str]:
    """The cassettes of a project."""
    return [path for path in tree.files(FOLDER) if path.endswith(".jsonl")]
