"""Which approvals of changed deciders count."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmops_cli.baselines.approvals import Approval, HeaderApprovals, read_approvals
from llmops_cli.baselines.places import APPROVALS, baseline_places, stored_place
from llmops_cli.baselines.read import accepted_in
from llmops_cli.gate.base.unmet import Unmet
from llmops_cli.gate.deciders.change import Effect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llmops_cli.evals.suite import Subject
    from llmops_cli.evals.workspace import Workspace
    from llmops_cli.gate.base.project import BaseProject
    from llmops_cli.gate.base.rules import Rules
    from llmops_cli.gate.deciders.change import DeciderChange


@dataclass(frozen=True)
class Header:
    """A baseline of a suite in whose header its changed deciders are accepted.

    `paths` are where it lies first, then where it may have lain before a renaming.
    """

    paths: tuple[str, ...]
    approvals: HeaderApprovals

    @property
    def path(self) -> str:
        """Where it lies."""
        return self.paths[0]


class Headers:
    """The baselines of suites, each looked up once."""

    def __init__(self, workspace: Workspace, base: BaseProject) -> None:
        self.workspace = workspace
        self.base = base
        self._by_suite: dict[str, list[Header]] = {}

    def of(self, suite_id: str) -> list[Header]:
        """Those of a suite; none for the project's own deciders, or where the suite has no baseline."""
        if suite_id not in self._by_suite:
            every = self.workspace.suites.values()
            named = (suite for suite in every if suite_id and suite_id in suite.ids)
            headers = (self._header(subject) for suite in named for subject in suite.subjects)
            self._by_suite[suite_id] = [header for header in headers if header is not None]
        return self._by_suite[suite_id]

    def _header(self, subject: Subject) -> Header | None:
        project, base = self.workspace.project, self.base
        path = stored_place(project, subject)
        if not path:
            return None
        every = (*base.subjects_of(subject), subject)  # a change may drop the `was` under which it lay
        places = [project.shown(place) for one in every for place in baseline_places(project, one)]
        earlier = next((place for place in places if base.tree.has(place)), "")
        before = accepted_in(base.tree.read(earlier)) if earlier and base.workspace is not None else {}
        paths = (path, *(place for place in places if place != path))
        return Header(paths, HeaderApprovals(accepted_in(project.tree.read(path)), before))


def with_approvals(
    workspace: Workspace, rules: Rules, changes: Iterable[DeciderChange]
) -> tuple[DeciderChange, ...]:
    """The same changes, each with the approval of its very step where one meets the base's policy.

    What stands at the base already was given for an earlier change. Raises InputError when a file of
    approvals is broken.
    """
    base = rules.base
    earlier = set(read_approvals(base.tree)) if base.workspace is not None else set()
    given: dict[tuple[str, str], list[Approval]] = defaultdict(list)
    for approval in read_approvals(workspace.project.tree):
        if approval not in earlier:
            given[approval.what, approval.hash].append(approval)

    headers = Headers(workspace, base)

    def places(change: DeciderChange) -> Iterator[tuple[tuple[str, ...], list[Approval]]]:
        for header in headers.of(change.suite):
            yield header.paths, header.approvals.of(change.what, change.hash)
        yield (APPROVALS,), given.get((change.what, change.hash), [])

    return tuple(_approved(rules, change, places(change)) for change in changes)


def _approved(
    rules: Rules, change: DeciderChange, places: Iterable[tuple[tuple[str, ...], list[Approval]]]
) -> DeciderChange:
    """The change with the first of some approvals, if those in one file are what the policy asks for.

    That of its author alone lets nothing pass that the gate stops: it counts where the change is but listed.
    """
    lacking, by_author = None, None
    for paths, approvals in places:
        if not approvals:
            continue
        here = [approval for approval in approvals if rules.given_here(approval.by, approval.at)]
        if not here:
            lacking = lacking or Unmet("elsewhere", approvals[0].at)
            continue
        names = [approval.by for approval in here]
        unmet = next(rules.unmet(change.suite, names, *paths), None)
        if unmet is not None:
            lacking = lacking or unmet
        elif rules.alone(names, *paths):
            by_author = by_author or replace(change, approval=here[0], alone=True)
        else:
            others = (one for one in here if not rules.alone([one.by], *paths))
            return replace(change, approval=next(others, here[0]))
    if by_author is not None:
        return by_author if change.effect is Effect.LISTED else by_author.uncounted()
    return change if lacking is None else replace(change, unmet=lacking)
