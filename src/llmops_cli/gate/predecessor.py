"""The baseline that a subject leaves behind when its suite moves to another model.

A baseline belongs to one model, so under a new pin there is none yet. What the reviewer wants to know is how
the new model does beside the old one, on the same cases: that is compared too, and decides nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.baselines.places import FOLDER, baseline_places, under_present_ids
from llmops_cli.baselines.read import from_text
from llmops_cli.compare.compare import compare_stored
from llmops_cli.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.judged import Judged
    from llmops_cli.compare.scores import Scores
    from llmops_cli.core.project import Project
    from llmops_cli.core.tree import Tree
    from llmops_cli.evals.suite import Subject


def beside_predecessors(project: Project, fresh: Sequence[Judged], earlier: Tree | None) -> list[Comparison]:
    """Each subject beside the baseline of the one model that its suite no longer runs on, where there is one.

    `fresh` have no baseline of their own. `earlier` is the project at the base of the change, which may have
    a baseline that is removed by now.
    """
    comparisons = []
    for judged in fresh:
        subject = judged.result.subject
        old = _predecessor(project, subject, project.tree)
        if old is None and earlier is not None:
            old = _predecessor(project, subject, earlier)
        if old is not None and not judged.result.failures:
            (comparison,) = compare_stored([(old, judged.now, judged.suite)])
            names = (old.model, subject.model)
            comparisons.append(replace(comparison, names=names, since=old.model))
    return comparisons


def _predecessor(project: Project, subject: Subject, tree: Tree) -> Scores | None:
    """The only baseline of the suite and the prompt that belongs to no model it runs on now."""
    used = {
        project.shown(path) for other in subject.suite.subjects for path in baseline_places(project, other)
    }
    suite, prompt = subject.suite, subject.prompt
    every = (
        under_present_ids(baseline, subject)
        for name in suite.ids
        for baseline in _baselines(tree, f"{FOLDER}/{name}", used)
    )
    left = [baseline for baseline in every if (baseline.suite, baseline.prompt_id) == (suite.id, prompt.id)]
    return left[0] if len(left) == 1 else None


def _baselines(tree: Tree, folder: str, used: set[str]) -> Iterator[Scores]:
    for path in tree.files(folder):
        if path.endswith(".jsonl") and path not in used:
            try:
                yield from_text(tree.read(path), path)
            except InputError:
                continue
