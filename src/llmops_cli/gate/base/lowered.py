"""What a change does to committed baselines: which it lowers, who accepted that, and whether they may.

The gate compares with the baseline as it is committed, so a change that lowers the baseline first would pass
it. This compares the baselines themselves, those at the merge base with those of the working tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.baselines.approvals import of_scores
from llmops_cli.baselines.present_form import in_present_form
from llmops_cli.baselines.rescore.write import reproduces
from llmops_cli.baselines.write import to_text
from llmops_cli.compare.asks import told_by
from llmops_cli.compare.mended import with_new_ids
from llmops_cli.compare.pricing import at_price_of
from llmops_cli.compare.verdict import Verdict
from llmops_cli.gate.base.both_readings import compare_baselines
from llmops_cli.gate.base.change import (
    BaseComparison,
    BaselineChange,
    fell,
    lost_scores,
)
from llmops_cli.gate.base.hidden import is_drop, may_hide_a_drop
from llmops_cli.gate.base.lineage import Lineage
from llmops_cli.gate.base.unmet import Unmet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.scores import Scores
    from llmops_cli.gate.base.both_readings import BothReadings
    from llmops_cli.gate.base.change import Kind
    from llmops_cli.gate.base.rules import Rules

NEEDS_REASON = (Verdict.REGRESSED, Verdict.INCOMPARABLE, Verdict.ERROR)


def compare_with_base(rules: Rules) -> BaseComparison:
    """Compare the baseline files of the working tree with those at the base.

    Raises InputError when a baseline on either side is broken.
    """
    base = rules.base
    notes: tuple[str, ...] = ()
    if base.workspace is None:
        notes = (f"no project here at {base.at}: every baseline counts as a first one",)
    return BaseComparison(base.reference, base.commit, tuple(_Review(rules).changes()), notes, rules)


class _Review:
    """Goes through the baseline files of both sides."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.base = rules.base
        self.files = Lineage(rules)

    def changes(self) -> Iterator[BaselineChange]:
        """What happened to each file, in the order of their paths."""
        files = self.files
        for path in sorted(files.before.keys() | files.now.keys()):
            if path in files.lost:
                yield self._removed(path)
            if path in files.now and self._may_differ(path):
                old, new = files.origin(path), files.new(path)
                moved = files.origins.get(path) != path
                if old is None or moved or _without_approvals(old) != _without_approvals(new):
                    yield self._changed(path, old, new)

    def _may_differ(self, path: str) -> bool:
        """Whether a file of now is another than it goes on from; one that nobody uses any more is lost."""
        before, now = self.files.before, self.files.now
        if path in self.files.origins:
            return self.files.origins[path] != path or before[path] != now[path]
        return path not in before or (path in self.files.expected and before[path] != now[path])

    def _changed(self, path: str, old: Scores | None, new: Scores) -> BaselineChange:
        accepted, fresh = new.accepted, path not in self.files.before
        approvers = tuple(filter(None, (accepted.get("by", ""), *accepted.get("approved_by", ()))))
        why = str(accepted.get("reason", ""))
        if old is None:
            return BaselineChange(path, "added", new.suite, by=approvers, why=why, fresh=fresh)
        subject = self.files.expected.get(path)
        if subject is not None and reproduces(old, new, subject):
            return BaselineChange(path, "rescored", new.suite, by=approvers, why=why)
        suite = self.rules.suite(new.suite)
        before = self.base.suite_of(self.rules.suites[new.suite]) if suite is not None else None
        if before is not None:
            old, new = told_by(old, before.cases), told_by(new, before.cases)
        # Cases that were added lower nothing, whatever they score, and need nobody's acceptance.
        new = new.without(new.cases.keys() - with_new_ids(old, new.cases).cases.keys())
        readings = compare_baselines(at_price_of(old, new), new, suite, subject, before)
        comparison = readings.settled
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
            if self.rules.alone(approvers, path):
                unmet += self._alone(readings)
        return BaselineChange(path, kind, new.suite, comparison, approvers, why, tuple(unmet), fresh)

    def _alone(self, readings: BothReadings) -> Iterator[Unmet]:
        """Why it takes somebody else than the author of the change to accept this."""
        suite = self.rules.suites.get(readings.settled.now.suite)
        required = self.rules.must(suite) if suite is not None else frozenset()
        if any(is_drop(reading) for reading in readings.every):
            yield Unmet("alone")
        elif any(may_hide_a_drop(reading, required) for reading in readings.every):
            yield Unmet("hidden")

    def _removed(self, path: str) -> BaselineChange:
        kind: Kind = "unused" if path in self.files.now else "removed"
        suite, by, why = self.files.suite_now(path), self.rules.authors, ""
        if kind == "removed":
            commits = self.rules.project.repository.log(path, since=self.base.commit)
            by = (str(commits[0].author),) if commits else ()
            why = commits[0].subject if commits else ""
        unmet: tuple[Unmet, ...]
        if self._lacks_one(suite):
            unsaid = self.files.unsaid(path)
            unmet = (Unmet("unnamed", unsaid) if unsaid else Unmet("needed"),)
        elif by:
            unmet = tuple(self.rules.unmet(suite, by))
        else:
            unmet = (Unmet("removal" if kind == "removed" else "change"),)
        return BaselineChange(path, kind, suite, None, by, why, unmet)

    def _lacks_one(self, suite_id: str) -> bool:
        """Whether a suite is run on something that has no baseline."""
        return any(
            subject.suite.id == suite_id and path not in self.files.now
            for path, subject in self.files.expected.items()
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


def _without_approvals(baseline: Scores) -> str:
    """The text of a baseline without what it says of deciders: that is told with them."""
    return to_text(baseline.with_acceptance(of_scores(baseline.accepted)))


def _acceptance(baseline: Scores) -> dict[str, object]:
    accepted = of_scores(baseline.accepted)
    return {key: value for key, value in accepted.items() if key not in ("approved_by", "rescored")}
