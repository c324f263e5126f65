"""What a change does to committed baselines: which it lowers, who accepted that, and whether they may.

The gate compares with the baseline as it is committed, so a change that lowers the baseline first would pass
it. This compares the baselines themselves, those at the merge base with those of the working tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from llmops_cli.baselines.compare.compare import compare_stored
from llmops_cli.baselines.compare.gate import ROUNDING
from llmops_cli.baselines.compare.verdict import Verdict
from llmops_cli.baselines.file import from_text
from llmops_cli.core.canonical import canonical_json
from llmops_cli.core.errors import InputError
from llmops_cli.core.git import GitTree
from llmops_cli.core.policy import Policy, policy_from, same_person
from llmops_cli.core.project import MARKER
from llmops_cli.core.source import read_yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from llmops_cli.baselines.baseline import Baseline
    from llmops_cli.baselines.compare.comparison import Comparison, MetricChange
    from llmops_cli.core.project import Project
    from llmops_cli.evals.suite import Suite

FOLDER = "baselines"
RECORDED = (FOLDER, "cassettes")
"""Folders whose files are made by llmops: who writes them is not an author of the change."""

Kind = Literal["lowered", "replaced", "removed", "raised", "added"]


@dataclass(frozen=True)
class BaselineChange:
    """One baseline file that a change touches.

    `lowered` says that a metric fell or a case went, `replaced` that the scorers are others, so that nobody
    can tell. `by` and `why` are who accepted it and the reason given; of a removed file, who removed it and
    the commit's title. `unmet` are the points of the policy that it does not meet.
    """

    path: str
    kind: Kind
    suite: str
    comparison: Comparison | None = None
    by: tuple[str, ...] = ()
    why: str = ""
    unmet: tuple[str, ...] = ()

    @property
    def loud(self) -> bool:
        """Whether a reviewer has to see it."""
        return self.kind in ("lowered", "replaced", "removed")

    @property
    def worse(self) -> tuple[MetricChange, ...]:
        """The metrics that fell."""
        metrics = self.comparison.metrics if self.comparison is not None else ()
        return tuple(change for change in metrics if _fell(change))


@dataclass(frozen=True)
class BaseComparison:
    """The committed baselines against those at a ref. `commit` is the merge base, in full."""

    reference: str
    commit: str
    changes: tuple[BaselineChange, ...]
    gates: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether a lowered baseline does not meet the policy."""
        return any(change.unmet for change in self.changes)

    @property
    def loud(self) -> tuple[BaselineChange, ...]:
        """What a reviewer has to see, what the policy refuses first."""
        return tuple(
            sorted((c for c in self.changes if c.loud), key=lambda change: (not change.unmet, change.path))
        )


def _fell(change: MetricChange) -> bool:
    if change.lower_is_better or change.before is None:
        return False
    return any(moved is not None and moved < -ROUNDING for moved in (change.change, _moved(change)))


def _moved(change: MetricChange) -> float | None:
    return None if change.now is None or change.before is None else change.now - change.before


def compare_with_base(
    project: Project, suites: Mapping[str, Suite], expected: Collection[str], reference: str
) -> BaseComparison:
    """Compare the baseline files of the working tree with those where the branch left `reference`.

    `expected` are the paths that suites of the project are compared with. Raises InputError when git does not
    know the ref, or a file on either side is broken.
    """
    commit = project.repository.merge_base(reference)
    base = GitTree(project.repository, commit)
    before = {path: base.read(path) for path in base.files(FOLDER) if path.endswith(".jsonl")}
    now = {path: project.tree.read(path) for path in project.tree.files(FOLDER) if path.endswith(".jsonl")}
    rules = _Rules(project, base, _authors(project, commit), suites)
    changes = []
    for path in sorted(before.keys() | now.keys()):
        if before.get(path) == now.get(path):
            continue
        old = from_text(before[path], f"{reference}:{path}") if path in before else None
        new = from_text(now[path], path) if path in now else None
        if new is not None:
            changes.append(_changed(rules, path, old, new))
        elif old is not None:
            changes.append(_removed(rules, path, old, still=path in expected))
    return BaseComparison(reference, commit, tuple(changes), tuple(rules.loosened()))


def _authors(project: Project, commit: str) -> tuple[str, ...]:
    """Who wrote the change: its prompts, suites and settings; its baselines where it has nothing else."""
    repository = project.repository
    found = repository.authors(commit, without=RECORDED) or repository.authors(commit)
    return tuple(str(author) for author in found)


def _changed(rules: _Rules, path: str, old: Baseline | None, new: Baseline) -> BaselineChange:
    accepted = new.accepted
    approvers = tuple(filter(None, (accepted.get("by", ""), *accepted.get("approved_by", ()))))
    why = str(accepted.get("reason", ""))
    if old is None:
        return BaselineChange(path, "added", new.suite, by=approvers, why=why)
    (comparison,) = compare_stored([(old, new, rules.suites.get(new.suite))])
    kind = _kind(comparison)
    unmet: list[str] = []
    if kind in ("lowered", "replaced"):
        if old.accepted == accepted:
            unmet.append("nobody accepted it: who and why are those of the earlier file")
        elif not why and comparison.verdict in (Verdict.REGRESSED, Verdict.INCOMPARABLE):
            unmet.append("no reason is given")
        unmet += rules.unmet(new.suite, approvers)
    return BaselineChange(path, kind, new.suite, comparison, approvers, why, tuple(unmet))


def _kind(comparison: Comparison) -> Kind:
    if any(change.verdict is Verdict.INCOMPARABLE for change in comparison.metrics):
        return "replaced"
    scored = [change for change in comparison.metrics if not change.lower_is_better]
    return "lowered" if comparison.removed or any(_fell(change) for change in scored) else "raised"


def _removed(rules: _Rules, path: str, old: Baseline, *, still: bool) -> BaselineChange:
    commits = rules.project.repository.log(path, since=rules.base.commit)
    by = (str(commits[0].author),) if commits else ()
    unmet: tuple[str, ...] = ("the removal is not committed",)
    if still:
        unmet = ("the suite still runs and needs one: accept its scores anew",)
    elif by:
        unmet = tuple(rules.unmet(old.suite, by))
    return BaselineChange(path, "removed", old.suite, None, by, commits[0].subject if commits else "", unmet)


class _Rules:
    """What is asked of a change: by the policy and the owners at the base, which the change cannot loosen."""

    def __init__(
        self, project: Project, base: GitTree, authors: tuple[str, ...], suites: Mapping[str, Suite]
    ) -> None:
        self.project = project
        self.base = base
        self.authors = authors
        self.suites = suites
        self.policy = policy_from(self._earlier(MARKER)) if base.has(MARKER) else project.policy
        if self.policy == Policy():
            self.policy = project.policy

    def _earlier(self, path: str) -> Mapping[str, Any]:
        """A YAML mapping as it was at the base; empty where it was not there or cannot be read."""
        try:
            data = read_yaml(self.base.read(path), path).data
        except InputError:
            return {}
        return data if isinstance(data, dict) else {}

    def _owners(self, suite_id: str) -> tuple[str, ...]:
        suite = self.suites.get(suite_id)
        if suite is None:
            return ()
        return tuple(self._earlier(suite.path).get("owners", suite.owners))

    def unmet(self, suite_id: str, approvers: Sequence[str]) -> Iterator[str]:
        """The points of the policy that these approvers do not meet."""
        owners = self._owners(suite_id)
        if not any(self.policy.allows(who, owners) for who in approvers):
            names = ", ".join(self.policy.acceptors(owners)) or "the owners of the suite, which names none"
            yield f"none of those who may accept has: {names}"
        others = [who for who in approvers if not any(same_person(who, author) for author in self.authors)]
        if not self.policy.author_may_accept and not others:
            yield "nobody but the author of the change accepted it"

    def loosened(self) -> Iterator[str]:
        """Gates and policies that are others than at the base, in the words of the files."""
        for suite in self.suites.values():
            earlier, now = self._earlier(suite.path), suite.source.data
            if earlier:
                yield from _differences(f"{suite.path}: gate", earlier.get("gate", {}), now.get("gate", {}))
        earlier = self._earlier(MARKER)
        now = read_yaml(self.project.tree.read(MARKER), MARKER).data or {}
        if earlier:
            yield from _differences(f"{MARKER}: policy", earlier.get("policy", {}), now.get("policy", {}))


def _differences(name: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            was, becomes = (canonical_json(each[key]) if key in each else "none" for each in (before, now))
            yield f"{name} `{key}` {was} → {becomes}"
