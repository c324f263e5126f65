"""What a change does to committed baselines, as part of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.baselines.accept.change import NEEDED
from llmops_cli.baselines.report.metric_text import change_text, interval_text, value_text
from llmops_cli.core.git import SHORT
from llmops_cli.evals.suite import PASS_RATE
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Listing, Section, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.baselines.accept.change import BaseComparison, BaselineChange

NAMED = 8
"""Cases that are named one by one."""


def base_sections(base: BaseComparison) -> list[Section]:
    """The baselines that the change lowers, with old, new, who and why; then what else it touches."""
    at = f"{base.reference} ({base.commit[:SHORT]})"
    sections = []
    if base.loud:
        blocks = tuple(Listing(tuple(_lines(change))) for change in base.loud)
        sections.append(Section(f"This change lowers baselines of {at}", blocks))
    quiet = [Text(said, "warn") for said in base.gates]
    quiet += [Text(f"{change.path}: {_quiet(change)}") for change in base.changes if not change.loud]
    if quiet:
        sections.append(Section(f"Changed since {at}", (Listing(tuple(quiet)),)))
    return sections


def refusal(base: BaseComparison) -> str:
    """The first thing that the policy refuses, in half a sentence; empty where nothing is refused."""
    refused = [change for change in base.loud if change.unmet]
    if not refused:
        return ""
    first = refused[0]
    more = f", and {len(refused) - 1} more" if len(refused) > 1 else ""
    against = " against the policy" if first.kind != "unused" else f" ({first.path})"
    return f"{first.suite} baseline {_done(first)}{against}: {first.unmet[0]}{more}"


def _done(change: BaselineChange) -> str:
    """What happened to a baseline, as one participle and its numbers."""
    if change.kind == "removed":
        return "removed"
    if change.kind == "unused":
        return "is no longer used"
    if change.kind == "replaced":
        return "replaced"
    if change.worse:
        worst = change.worse[0]
        name = "" if worst.metric == PASS_RATE else f"in {worst.metric} "
        was, now = (value_text(worst.metric, value) for value in (worst.before, worst.now))
        return f"lowered {name}from {was} to {now}"
    return "lowered" if change.kind == "lowered" else "edited"


def base_sentence(base: BaseComparison) -> str:
    """What the first line of a report has to say of it; empty where nothing is lowered."""
    if not base.loud:
        return ""
    first = base.loud[0]
    names = f"{first.suite} {_moved(first)}"
    more = f" and {len(base.loud) - 1} more" if len(base.loud) > 1 else ""
    by = f", {_who(first)}" if first.by else ""
    return f"this change lowers a baseline: {names}{by}{more}"


def base_steps(base: BaseComparison) -> list[str]:
    """What would make the policy met, a step for each refused baseline."""
    return list(dict.fromkeys(_step(base, change) for change in base.loud if change.unmet))


def _step(base: BaseComparison, change: BaselineChange) -> str:
    accept = f'llmops eval {change.suite} && llmops baseline accept {change.suite} --reason "…"'
    if change.has_old_scores:
        # The scores are there already, so that accepting them again would change nothing.
        back = f"git checkout {base.commit[:SHORT]} -- {change.path}"
        back = f"git rm {change.path}" if change.fresh else back
        return f"put back what was there, and accept with a reason: {back} && {accept}"
    if change.kind in ("unused", "removed") and NEEDED not in change.unmet:
        return f"somebody who may has to remove it on this branch: git rm {change.path}"
    return f"somebody who may has to accept the lower scores on this branch: {accept}"


def _moved(change: BaselineChange) -> str:
    """The metric that fell most plainly, before and now."""
    if change.kind == "removed":
        return "has no baseline any more"
    if change.kind == "unused":
        return "is compared with by no suite any more"
    if change.kind == "replaced" and change.rescored:
        return "is scored by other rules"
    comparison = change.comparison
    if not change.worse and comparison is not None:
        for ids, said in (
            (comparison.removed, "lost {}"),
            (change.lost, "lost scores of {}"),
            (comparison.changed, "asks something else in {}"),
        ):
            if ids:
                return said.format(numbers.count(len(ids), "case"))
        return "was edited, and no metric is lower"
    worst = change.worse[0]
    return f"{worst.metric} {value_text(worst.metric, worst.before)} → {value_text(worst.metric, worst.now)}"


def _lines(change: BaselineChange) -> Iterator[Text]:
    tone = "bad" if change.unmet else "warn"
    yield Text(f"{change.path}: {_moved(change)}", tone)  # type: ignore[arg-type]
    comparison = change.comparison
    if comparison is not None:
        for metric in comparison.metrics:
            if metric in change.worse and metric.change is not None:
                interval = interval_text(metric.metric, metric.interval, metric.reference)
                moved = change_text(metric.metric, metric.change, metric.reference)
                yield Text(f"{metric.metric}: {moved} over {metric.pairs} cases, {interval}")
        for ids, said in (
            (comparison.removed, "cases that are gone"),
            (change.lost, "cases that lost a score"),
            (comparison.changed, "cases with other inputs"),
        ):
            if ids:
                more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
                yield Text(f"{said}: {', '.join(ids[:NAMED])}{more}", "warn")
        if comparison.causes:
            yield Text(f"changed with it: {', '.join(comparison.causes)}")
    yield Text(_who(change))
    yield Text(f"why: {change.why or 'no reason given'}")
    for said in change.unmet:
        yield Text(f"policy not met: {said}", "bad")


def _quiet(change: BaselineChange) -> str:
    by = " and ".join(change.by) or "nobody"
    said = "a first baseline" if change.kind == "added" else "accepted anew, no metric is lower"
    return f"{said}, accepted by {by}" + (f": {change.why}" if change.why else "")


def _who(change: BaselineChange) -> str:
    first, *others = change.by or ("nobody",)
    also = f", approved by {' and '.join(others)}" if others else ""
    if change.kind == "unused":
        return f"changed by {' and '.join(change.by) or 'nobody'}"
    return f"{'removed' if change.kind == 'removed' else 'accepted'} by {first}{also}"
