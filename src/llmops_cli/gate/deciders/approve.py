"""Accepting changed deciders: which approvals count, and writing them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmops_cli.baselines.approvals import Approval, read_approvals, write_approvals
from llmops_cli.baselines.places import APPROVALS as PATH
from llmops_cli.core.errors import InputError
from llmops_cli.core.git import SHORT
from llmops_cli.gate.base.project import open_base
from llmops_cli.gate.deciders import changed_deciders
from llmops_cli.gate.deciders.sides import Sides

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmops_cli.core.project import Project
    from llmops_cli.evals.workspace import Workspace
    from llmops_cli.gate.base.rules import Rules
    from llmops_cli.gate.deciders.change import DeciderChange


def with_approvals(
    project: Project, rules: Rules, changes: Iterable[DeciderChange]
) -> tuple[DeciderChange, ...]:
    """The same changes, each with the approval of its very step where one meets the base's policy.

    What stands at the base already was given for an earlier change. Raises InputError when the file of
    approvals is broken.
    """
    earlier = set(read_approvals(rules.base.tree)) if rules.base.workspace is not None else set()
    given: dict[tuple[str, str], list[Approval]] = {}
    for approval in read_approvals(project.tree):
        if approval not in earlier:
            given.setdefault((approval.what, approval.hash), []).append(approval)
    return tuple(_approved(rules, change, given.get((change.what, change.hash), [])) for change in changes)


def _approved(rules: Rules, change: DeciderChange, approvals: list[Approval]) -> DeciderChange:
    """The change with the first of some approvals, if together they are what the policy asks for."""
    if not approvals:
        return change
    unmet = next(rules.unmet(change.suite, [approval.by for approval in approvals], PATH), None)
    return replace(change, unmet=unmet) if unmet is not None else replace(change, approval=approvals[0])


@dataclass(frozen=True)
class Approved:
    """What `llmops baseline accept --deciders` wrote: changes accepted now, and those that were before."""

    reference: str
    accepted: tuple[DeciderChange, ...]
    by: str
    reason: str


def approve(workspace: Workspace, reference: str, reason: str) -> Approved:
    """Accept every decider that is another than where the branch left a ref.

    Raises InputError without a reason, when nothing changed, and when git does not know who accepts;
    StorageError.
    """
    project = workspace.project
    if not reason.strip():
        raise InputError("accepting changed deciders needs a reason", '--reason "…" says why they changed')
    base = open_base(workspace, reference)
    changes = changed_deciders(Sides(workspace, base))
    if not changes:
        raise InputError(f"no decider is another than at {base.at}", "there is nothing to accept")
    by = str(project.repository.identity())
    at = (project.repository.commit() or "")[:SHORT]
    new = {
        (change.what, change.hash): Approval(change.what, change.hash, by, reason.strip(), at)
        for change in changes
    }
    earlier = set(read_approvals(base.tree)) if base.workspace is not None else set()
    kept = [
        approval
        for approval in read_approvals(project.tree)
        if approval in earlier or approval.by != by or (approval.what, approval.hash) not in new
    ]
    write_approvals(project, [*kept, *new.values()])
    return Approved(reference, changes, by, reason.strip())
