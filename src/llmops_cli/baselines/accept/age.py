"""Baselines that are older than the project's policy wants."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from llmops_cli.baselines.places import stored_place
from llmops_cli.core.errors import InputError
from llmops_cli.core.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llmops_cli.core.project import Project
    from llmops_cli.evals.suite import Subject


def old_baselines(project: Project, subjects: Iterable[Subject]) -> Iterator[Problem]:
    """A warning for each baseline whose last commit is older than `policy.max_age_days`.

    The age comes from git, so that the file itself holds no date. Nothing is asked of git without the policy.
    """
    limit = project.policy.max_age_days
    if limit is None:
        return
    try:
        repository = project.repository
    except InputError:
        return  # a copy without its git history has no ages
    for subject in subjects:
        path = stored_place(project, subject)
        changes = repository.log(path) if path else []
        if not changes:
            continue
        days = (datetime.now(UTC) - datetime.fromisoformat(changes[0].date)).days
        if days > limit:
            message = f"this baseline is {days} days old, and the policy wants {limit} at most"
            hint = f"llmops eval {subject.suite.id} --cache off && llmops baseline accept {subject.suite.id}"
            yield Problem(path, 0, 0, message, hint, "baseline-age", "warning")
