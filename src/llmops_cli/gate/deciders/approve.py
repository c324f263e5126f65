"""Accepting changed deciders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.baselines.approvals import Approval, read_approvals, write_approvals
from llmops_cli.baselines.file import load
from llmops_cli.baselines.places import APPROVALS, require_kept
from llmops_cli.baselines.write import with_accepted
from llmops_cli.core.commit import SHORT
from llmops_cli.core.errors import InputError
from llmops_cli.core.files import write_text
from llmops_cli.gate.base.project import open_base
from llmops_cli.gate.base.rules import Rules
from llmops_cli.gate.deciders import changed_deciders
from llmops_cli.gate.deciders.approved import Headers, with_approvals
from llmops_cli.gate.deciders.sides import Sides

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.baselines.approvals import HeaderApprovals
    from llmops_cli.core.project import Project
    from llmops_cli.evals.workspace import Workspace
    from llmops_cli.gate.base.project import BaseProject
    from llmops_cli.gate.base.unmet import Unmet
    from llmops_cli.gate.deciders.change import DeciderChange


@dataclass(frozen=True)
class Approved:
    """What `llmops baseline accept --deciders` wrote: the changes that are accepted, and into which files.

    Each change is as the policy of the base takes it now, and `unmet` says what keeps some from counting.
    """

    reference: str
    accepted: tuple[DeciderChange, ...]
    by: str
    reason: str
    paths: tuple[str, ...]

    @property
    def unmet(self) -> tuple[Unmet, ...]:
        """What keeps an approval from counting, or from letting pass what the gate stops; each once."""
        lacking = (change.uncounted().unmet for change in self.accepted)
        return tuple(dict.fromkeys(point for point in lacking if point is not None))


def approve(workspace: Workspace, reference: str, reason: str) -> Approved:
    """Accept every decider that is another than where the branch left a ref.

    Those of a suite are written into the headers of its baselines, the others, and those of a suite without a
    baseline, into `baselines/approvals.jsonl`. Raises InputError without a reason, when nothing changed, when
    a baseline is not as it was written, and when git does not know who accepts; StorageError.
    """
    project = workspace.project
    if not reason.strip():
        raise InputError("accepting changed deciders needs a reason", '--reason "…" says why they changed')
    _require_as_written(workspace)
    base = open_base(workspace, reference)
    changes = changed_deciders(Sides(workspace, base))
    if not changes:
        raise InputError(f"no decider is another than at {base.at}", "there is nothing to accept")
    by = str(project.repository.identity())
    at = (project.repository.commit() or "")[:SHORT]
    before = Headers(workspace, base)
    headers: dict[str, HeaderApprovals] = {}
    alone: dict[tuple[str, str], Approval] = {}
    for change in changes:
        approval = Approval(change.what, change.hash, by, reason.strip(), at)
        for header in before.of(change.suite):
            headers[header.path] = headers.get(header.path, header.approvals).with_more(approval)
        if not before.of(change.suite):
            alone[change.what, change.hash] = approval
    if alone:
        _write_apart(project, base, by, alone)
    for path, approvals in headers.items():
        write_text(project.on_disk(path), with_accepted(project.tree.read(path), approvals.now))
    paths = (*sorted(headers), *([APPROVALS] if alone else []))
    counted = with_approvals(workspace, Rules(workspace, base), changes)
    return Approved(reference, counted, by, reason.strip(), paths)


def _require_as_written(workspace: Workspace) -> None:
    """Raise InputError for a baseline that is broken or gone: a new digest would hide what was edited."""
    for suite in workspace.suites.values():
        for subject in suite.subjects:
            require_kept(workspace.project, subject)
            load(workspace.project, subject)


def _write_apart(
    project: Project, base: BaseProject, by: str, new: Mapping[tuple[str, str], Approval]
) -> None:
    """Write approvals that are no suite's; what the same person said of the same step is replaced."""
    earlier = set(read_approvals(base.tree)) if base.workspace is not None else set()
    kept = [
        approval
        for approval in read_approvals(project.tree)
        if approval in earlier or approval.by != by or (approval.what, approval.hash) not in new
    ]
    write_approvals(project, [*kept, *new.values()])
