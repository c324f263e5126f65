"""A baseline file over the commits that changed it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.history.commits import stands
from llmops_cli.baselines.places import baseline_path, stored_place
from llmops_cli.baselines.read import from_text
from llmops_cli.compare.scores import measured, overall
from llmops_cli.core.errors import InputError
from llmops_cli.core.files import decode
from llmops_cli.core.git_tree import GitTree
from llmops_cli.evals.metric import PASSES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmops_cli.compare.scores import Scores
    from llmops_cli.core.commit import Commit
    from llmops_cli.core.project import Project
    from llmops_cli.core.tree import Tree
    from llmops_cli.evals.metric import Metric
    from llmops_cli.evals.suite import Subject, Suite


@dataclass(frozen=True, slots=True)
class Summary:
    """What one state of a baseline file said. `metrics` are its own and those that the gate asks for."""

    prompt: str
    fingerprint: str
    resolved: tuple[str, ...]
    cases: int
    repeats: int
    metrics: Mapping[str, float]
    accepted: Mapping[str, Any]

    @property
    def version(self) -> str:
        """The prompt's version."""
        return self.prompt.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Entry:
    """The file after one commit. `commit` is None for what lies on the disk and is not committed.

    Where it is gone, or cannot be read, `summary` is None, `fault` says which, and `detail` where and why.
    """

    commit: Commit | None
    summary: Summary | None
    fault: str = ""
    detail: str = ""

    @property
    def problem(self) -> str:
        """Why there is no summary; empty where there is one."""
        return f"{self.fault}: {self.detail}" if self.detail else self.fault


@dataclass(frozen=True)
class History:
    """The baseline of one subject over time, newest first.

    `metrics` are those worth a column: the pass rate and what the gate has rules for. `cut` says that the
    repository is a shallow clone, which may hold only the end of it.
    """

    subject: Subject
    path: str
    metrics: tuple[Metric, ...]
    entries: tuple[Entry, ...]
    cut: bool = False

    def change(self, at: int, metric: Metric) -> float | None:
        """How much a metric differs from the entry before, passing over those that cannot be read."""
        now = self.value(at, metric)
        earlier = (self.value(number, metric) for number in range(at + 1, len(self.entries)))
        before = next((value for value in earlier if value is not None), None)
        return None if now is None or before is None else now - before

    def value(self, at: int, metric: Metric) -> float | None:
        """A metric at one entry."""
        summary = self.entries[at].summary
        return None if summary is None else summary.metrics.get(metric.name)

    def accepted_before(self, at: int) -> Mapping[str, Any]:
        """What the entry before said of its acceptance, passing over those that cannot be read."""
        earlier = (entry.summary for entry in self.entries[at + 1 :])
        return next((summary.accepted for summary in earlier if summary is not None), {})

    def series(self, metric: Metric) -> list[float]:
        """A metric from the oldest entry to the newest, where it is known."""
        values = [self.value(at, metric) for at in reversed(range(len(self.entries)))]
        return [value for value in values if value is not None]


def histories(project: Project, suite: Suite, model: str = "") -> list[History]:
    """The history of each baseline of a suite; `model` names one that it runs, or once ran, on.

    Raises InputError outside git, or when no commit and no file has a baseline.
    """
    asked = replace(suite, models=(model,)) if model else suite
    all_histories = [_history(project, subject) for subject in asked.subjects]
    if any(history.entries for history in all_histories):
        return all_histories
    if model:
        models = ", ".join(dict.fromkeys(subject.model for subject in suite.subjects))
        raise InputError(f"`{suite.id}` never had a baseline of `{model}`", f"it is run on: {models}")
    raise InputError(
        f"`{suite.id}` has no baseline, neither now nor in the git history",
        f"make one: llmops eval {suite.id}, then llmops baseline accept {suite.id}",
    )


def _history(project: Project, subject: Subject) -> History:
    shown = stored_place(project, subject) or project.shown(baseline_path(project, subject))
    metrics = tuple(dict.fromkeys([PASSES, *(rule.metric for rule in subject.suite.gate.rules)]))
    repository = project.repository
    entries = list(_uncommitted(project, shown, metrics))
    for commit, tree, path in stands(project, subject):
        entries.append(_entry(commit, _data(tree, path), path, metrics))
    return History(subject, shown, metrics, tuple(entries), repository.shallow)


def _uncommitted(project: Project, shown: str, metrics: tuple[Metric, ...]) -> Iterator[Entry]:
    """The file on the disk, where it is another than that of HEAD."""
    now = _data(project.tree, shown)
    head = project.repository.commit()
    committed = _data(GitTree(project.repository, head), shown) if head else None
    # Git may have written the same file with other line ends.
    if _plain(now) != _plain(committed):
        yield _entry(None, now, shown, metrics)


def _data(tree: Tree, path: str) -> bytes | None:
    return tree.data(path) if tree.has(path) else None


def _plain(data: bytes | None) -> bytes | None:
    return None if data is None else data.replace(b"\r\n", b"\n")


def _entry(commit: Commit | None, data: bytes | None, shown: str, metrics: tuple[Metric, ...]) -> Entry:
    if data is None:
        return Entry(commit, None, "the file was removed")
    try:
        return Entry(commit, _summary(from_text(decode(data, shown), shown), metrics))
    except InputError as error:
        first = error.problems[0]
        place = f"line {first.line}: " if first.line else ""
        return Entry(commit, None, "cannot be read", f"{place}{first.message}")


def _summary(baseline: Scores, metrics: tuple[Metric, ...]) -> Summary:
    gated = {metric.name: overall(metric, list(measured(baseline, metric).values())) for metric in metrics}
    return Summary(
        prompt=str(baseline.prompt),
        fingerprint=str(baseline.fingerprint),
        resolved=baseline.resolved,
        cases=len(baseline.cases),
        repeats=baseline.repeats,
        metrics=baseline.metrics | {name: value for name, value in gated.items() if value is not None},
        accepted=baseline.accepted,
    )
