"""What a change does to committed baselines: which it lowers, who accepted that, and whether they may.

The gate compares with the baseline as it is committed, so a change that lowers the baseline first would pass
it. This compares the baselines themselves, those at the merge base with those of the working tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.baselines.file import baseline_path, from_text, in_present_form, to_text
from llmops_cli.compare.compare import compare_stored
from llmops_cli.compare.verdict import Verdict
from llmops_cli.core.git import GitTree
from llmops_cli.gate.base.change import (
    BaseComparison,
    BaselineChange,
    fell,
    lost_scores,
)
from llmops_cli.gate.base.earlier import EarlierProject
from llmops_cli.gate.base.rules import Rules
from llmops_cli.gate.base.unmet import Unmet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.scores import Scores
    from llmops_cli.core.project import Project
    from llmops_cli.core.tree import Tree
    from llmops_cli.evals.suite import Suite
    from llmops_cli.gate.base.change import Kind

FOLDER = "baselines"
NEEDS_REASON = (Verdict.REGRESSED, Verdict.INCOMPARABLE, Verdict.ERROR)


def compare_with_base(project: Project, suites: Mapping[str, Suite], reference: str) -> BaseComparison:
    """Compare the baseline files of the working tree with those where the branch left `reference`.

    Raises InputError when git does not know the ref, or a baseline on either side is broken.
    """
    commit = project.repository.merge_base(reference)
    earlier = EarlierProject(GitTree(project.repository, commit), reference)
    rules = Rules(project, earlier, suites)
    changes = tuple(_Review(rules).changes())
    return BaseComparison(reference, commit, changes, tuple(rules.loosened()), rules)


def _texts(tree: Tree) -> dict[str, str]:
    return {path: tree.read(path) for path in tree.files(FOLDER) if path.endswith(".jsonl")}


class _Review:
    """Goes through the baseline files of both sides.

    `gone` are those of the base that are not there, or that no suite is compared with any more; `instead`
    the new files that took their places, by the path of the old one.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.base = rules.earlier.tree
        self.before, self.now = _texts(self.base), _texts(rules.project.tree)
        self.expected = {
            rules.project.shown(baseline_path(rules.project, subject)): subject
            for suite in rules.suites.values()
            for subject in suite.subjects
        }
        self.gone = dict(self._gone())
        self.added = {path: from_text(self.now[path], path) for path in self.now.keys() - self.before.keys()}
        self.instead = self._instead()

    def changes(self) -> Iterator[BaselineChange]:
        """What happened to each file, in the order of their paths."""
        took = {path: self.gone[old] for old, path in self.instead.items()}
        for path in sorted(self.before.keys() | self.now.keys()):
            if path in self.gone:
                if path not in self.instead:
                    yield self._removed(path, self.gone[path])
            elif path in self.added:
                yield self._changed(path, took.get(path), self.added[path])
            elif self.before[path] != self.now[path]:
                yield self._changed(path, self._old(path), from_text(self.now[path], path))

    def _old(self, path: str) -> Scores:
        return from_text(self.before[path], f"{self.rules.earlier.at}:{path}")

    def _gone(self) -> Iterator[tuple[str, Scores]]:
        for path in self.before:
            if path in self.now and path in self.expected:
                continue
            old = self._old(path)
            if path not in self.now or self.rules.earlier.used(self.rules.project, old, path):
                yield path, old

    def _instead(self) -> dict[str, str]:
        """A new file of the same suite and prompt takes the place of one that is gone: the model changed."""
        free = sorted(path for path in self.added if path in self.expected)
        instead: dict[str, str] = {}
        for path in sorted(self.gone.keys() - self.expected.keys()):
            old = self.gone[path]
            for other in free:
                new = self.added[other]
                if (new.suite, new.prompt_id) == (old.suite, old.prompt_id):
                    instead[path] = other
                    free.remove(other)
                    break
        return instead

    def _changed(self, path: str, old: Scores | None, new: Scores) -> BaselineChange:
        accepted, fresh = new.accepted, path not in self.before
        approvers = tuple(filter(None, (accepted.get("by", ""), *accepted.get("approved_by", ()))))
        why = str(accepted.get("reason", ""))
        if old is None:
            return BaselineChange(path, "added", new.suite, by=approvers, why=why, fresh=fresh)
        suite = self.rules.suite(new.suite, [*old.metric_names, *new.metric_names])
        (comparison,) = compare_stored([(old, new, suite)])
        kind = _kind(comparison)
        unmet: list[Unmet] = []
        loud = kind in ("lowered", "replaced")
        explain = loud and _needs_reason(comparison)
        if _under_old_acceptance(old, new, {} if fresh else old.metrics, strict=explain and not fresh):
            unmet.append(Unmet("old acceptance"))
        elif explain and not why.strip():
            unmet.append(Unmet("no reason"))
        if loud:
            unmet += self.rules.unmet(new.suite, approvers, path)
        return BaselineChange(path, kind, new.suite, comparison, approvers, why, tuple(unmet), fresh)

    def _removed(self, path: str, old: Scores) -> BaselineChange:
        kind: Kind = "unused" if path in self.now else "removed"
        by, why = self.rules.authors, ""
        if kind == "removed":
            commits = self.rules.project.repository.log(path, since=self.base.commit)
            by = (str(commits[0].author),) if commits else ()
            why = commits[0].subject if commits else ""
        if path in self.expected or self._lacks_one(old.suite):
            unmet: tuple[Unmet, ...] = (Unmet("needed"),)
        elif by:
            unmet = tuple(self.rules.unmet(old.suite, by))
        else:
            unmet = (Unmet("removal" if kind == "removed" else "change"),)
        return BaselineChange(path, kind, old.suite, None, by, why, unmet)

    def _lacks_one(self, suite_id: str) -> bool:
        """Whether a suite is run on something that has no baseline."""
        return any(
            subject.suite.id == suite_id and path not in self.now for path, subject in self.expected.items()
        )


def _kind(comparison: Comparison) -> Kind:
    if any(change.verdict is Verdict.INCOMPARABLE for change in comparison.metrics):
        return "replaced"
    worse = any(fell(change) for change in comparison.metrics)
    return (
        "lowered"
        if worse or comparison.removed or comparison.changed or lost_scores(comparison)
        else "raised"
    )


def _needs_reason(comparison: Comparison) -> bool:
    return bool(comparison.verdict in NEEDS_REASON or comparison.changed or comparison.removed)


def _under_old_acceptance(old: Scores, new: Scores, previous: Mapping[str, float], *, strict: bool) -> bool:
    """Whether other content stands under the acceptance of the earlier file.

    The same person may accept much the same scores twice without a reason, and then both acceptances read
    alike: `previous`, the scores that a new one names as those before, tells it. With `strict` that is no
    excuse.
    """
    if _acceptance(old) != _acceptance(new):
        return False
    old = in_present_form(old, new)
    if to_text(old.with_acceptance({})) == to_text(new.with_acceptance({})):
        return False
    return strict or new.accepted.get("previous") != previous


def _acceptance(baseline: Scores) -> dict[str, object]:
    return {key: value for key, value in baseline.accepted.items() if key != "approved_by"}
