"""How the metrics of a baseline went over its commits: only the first line of each state is read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.case_line import case_of
from llmops_cli.baselines.history.commits import stands
from llmops_cli.compare.asks import asks_the_same
from llmops_cli.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmops_cli.core.commit import Commit
    from llmops_cli.core.project import Project
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.suite import Subject

MOST = 50
"""States of a baseline that are looked at: the newest."""


@dataclass(frozen=True, slots=True)
class Point:
    """A state of a baseline: the commit that made it, and its metrics over all cases."""

    commit: Commit
    prompt: str
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class CasePoint:
    """One case in a state of a baseline: its scores by metric and repeat, and its answers where kept."""

    commit: Commit
    prompt: str
    scores: Mapping[str, tuple[float, ...]]
    outputs: tuple[str | None, ...]
    same_inputs: bool


def trend(project: Project, subject: Subject) -> list[Point]:
    """The states of a subject's baseline, oldest first; those that cannot be read are passed over.

    Empty outside git, and where nothing is committed.
    """
    points = []
    for commit, text in _states(project, subject):
        header = _object(text.partition("\n")[0])
        metrics = header.get("metrics")
        if isinstance(metrics, dict):
            values = {str(name): float(value) for name, value in metrics.items() if _is_number(value)}
            points.append(Point(commit, str(header.get("prompt", "")), values))
    return points[::-1]


def case_trend(project: Project, subject: Subject, case_id: str, now: Case | None) -> list[CasePoint]:
    """One case over the commits of its baseline, newest first; commits that do not have it are left out.

    `now` is the case as it stands, None where it is gone: the same id may have asked something else.
    """
    start = f'{{"id": {json.dumps(case_id, ensure_ascii=False)}, '
    points = []
    for commit, text in _states(project, subject):
        at = text.find("\n" + start)
        if at < 0:
            continue
        case = _object(text[at + 1 :].partition("\n")[0])
        stored = case_of(case)
        if stored is None:
            continue
        prompt = str(_object(text.partition("\n")[0]).get("prompt", ""))
        outputs = stored.as_texts().outputs if "outputs" in case else ()
        same = now is not None and asks_the_same(stored, now)
        points.append(CasePoint(commit, prompt, stored.scores, outputs, same))
    return points


def _states(project: Project, subject: Subject) -> Iterator[tuple[Commit, str]]:
    try:
        newest = list(islice(stands(project, subject), MOST))
    except InputError:
        return
    for commit, tree, path in newest:
        if tree.has(path):
            yield commit, tree.data(path).decode("utf-8", "replace").replace("\r\n", "\n")


def _object(line: str) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
