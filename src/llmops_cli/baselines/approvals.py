"""Who accepted a changed decider, and why: `baselines/approvals.jsonl`, one approval a line, sorted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from llmops_cli.baselines.places import APPROVALS as PATH
from llmops_cli.core.canonical import canonical_json
from llmops_cli.core.errors import InputError
from llmops_cli.core.files import write_text
from llmops_cli.core.problem import Problem
from llmops_cli.core.source import read_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmops_cli.core.project import Project
    from llmops_cli.core.tree import Tree


@dataclass(frozen=True, slots=True, order=True)
class Approval:
    """`by` accepts that `what` went from one value to another, which `hash` stands for, for a `reason`.

    `at` is the commit that it was given on: the same step, taken once more later, needs its own approval.
    """

    what: str
    hash: str
    by: str
    reason: str
    at: str


def read_approvals(tree: Tree) -> list[Approval]:
    """The approvals of a project. Raises InputError when the file is broken."""
    if not tree.has(PATH):
        return []
    approvals = []
    for number, line in enumerate(tree.read(PATH).splitlines(), start=1):
        if not line.strip():
            continue
        data = read_json(line, PATH, line=number).data
        names = set(Approval.__slots__)
        if (
            not isinstance(data, dict)
            or data.keys() != names
            or not all(isinstance(v, str) for v in data.values())
        ):
            said = f"an approval has {', '.join(sorted(names))}, all of them text"
            raise InputError(
                problems=[Problem(PATH, number, 0, said, "git checkout the file, and accept again")]
            )
        approvals.append(Approval(**data))
    return approvals


def write_approvals(project: Project, approvals: Iterable[Approval]) -> None:
    """Write the file: one approval for each value, sorted. Raises StorageError."""
    rows = sorted(set(approvals))
    text = "".join(f"{canonical_json(asdict(row))}\n" for row in rows)
    write_text(project.root / PATH, text)
