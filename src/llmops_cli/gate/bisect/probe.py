"""One commit of a bisection, judged as `llmops eval` would."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmops_cli.compare.metric_text import value_text
from llmops_cli.compare.verdict import Verdict, worst
from llmops_cli.core.errors import InputError, InterruptedRunError, OutsideError
from llmops_cli.core.project import MARKER, find_project
from llmops_cli.evals.journal import find_run, remove
from llmops_cli.gate.evaluate import evaluate
from llmops_cli.reports import numbers

if TYPE_CHECKING:
    from pathlib import Path

    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.core.commit import Commit
    from llmops_cli.evals.talk import Talk
    from llmops_cli.gate.evaluation import Evaluation
    from llmops_cli.gate.options import Options


@dataclass(frozen=True)
class Probe:
    """A judged commit. `skipped` says why it cannot be judged; `error` is what its files were refused with.

    `live` and `cached` count answers that were asked for now and known before.
    """

    commit: Commit
    comparisons: tuple[Comparison, ...] = ()
    live: int = 0
    cached: int = 0
    skipped: str = ""
    error: InputError | None = None

    @property
    def compared(self) -> tuple[Comparison, ...]:
        """The comparisons with a baseline. A subject without one says nothing of a regression."""
        return tuple(comparison for comparison in self.comparisons if comparison.before is not None)

    @property
    def verdict(self) -> Verdict:
        """The verdict of the commit."""
        return worst([comparison.verdict for comparison in self.compared or self.comparisons])

    @property
    def speaker(self) -> Comparison | None:
        """The comparison whose verdict it is."""
        speakers = (c for c in self.compared or self.comparisons if c.verdict is self.verdict)
        return next(speakers, None)

    @property
    def bad(self) -> bool:
        """Whether the suite is REGRESSED at the commit, or cases of its baseline went."""
        went = any(comparison.removed for comparison in self.compared)
        return (went or self.verdict is Verdict.REGRESSED) and not self.skipped


def probe_commit(commit: Commit, folder: Path, state_root: Path, options: Options, talk: Talk) -> Probe:
    """Judge the project in `folder`, with the local state of the project in `state_root`.

    Raises OutsideError when calls failed: what the commit is worth is not known then.
    """
    if not (folder / MARKER).is_file():
        return Probe(commit, skipped=f"there is no {MARKER}")
    try:
        project = replace(find_project(folder), state_root=state_root)
        evaluation = evaluate(project, options, talk)
    except InputError as error:
        return Probe(commit, skipped=str(error).splitlines()[0], error=error)
    except InterruptedRunError as error:
        # `llmops eval --resume` would take it for a run of the files on the disk; its answers are cached.
        remove(find_run(project, error.run))
        raise
    return _settled(commit, evaluation)


def _settled(commit: Commit, evaluation: Evaluation) -> Probe:
    sources = [answer.source for result in evaluation.run.subjects for answer in result.answers]
    probe = Probe(commit, evaluation.comparisons, sources.count("live"), sources.count("cache"))
    if probe.bad:
        return probe
    verdicts = {comparison.verdict for comparison in probe.compared}
    failed = [outcome for comparison in probe.compared for outcome in comparison.failures if outcome.error]
    if failed:
        answers = sum(comparison.answers for comparison in probe.compared)
        first = f"{failed[0].error_kind}: {failed[0].error}"
        raise OutsideError(
            f"{commit.short}: {len(failed)} of {answers} answers failed: {first}",
            "what was answered is kept: the same command again goes on from there",
        )
    if not verdicts:
        return replace(probe, skipped="there is no baseline for what it judges")
    for verdict in (Verdict.ERROR, Verdict.INCOMPARABLE):
        if verdict in verdicts:
            return replace(probe, skipped=_reason(probe, verdict))
    return probe


def _reason(probe: Probe, verdict: Verdict) -> str:
    comparison = next(c for c in probe.compared if c.verdict is verdict)
    broken = [score for outcome in comparison.failures for score in outcome.scores if score.error]
    if broken:
        return f"{verdict}, scorer {broken[0].metric}: {broken[0].error}"
    reasons = [reason for c in comparison.metrics if c.verdict is verdict for reason in c.why]
    return f"{verdict}, {reasons[0]}" if reasons else str(verdict)


def verdict_text(probe: Probe) -> str:
    """The verdict with its numbers: `REGRESSED (pass_rate 88.0% → 61.0%)`."""
    comparison = probe.speaker
    if probe.skipped or comparison is None:
        return f"cannot be judged: {probe.skipped}"
    spoken = [change for change in comparison.metrics if change.verdict is probe.verdict and change.counts]
    shown = spoken[:2] or [change for change in comparison.metrics if change.metric.is_pass_rate]
    parts = []
    for change in shown:
        before, now = value_text(change.metric, change.before), value_text(change.metric, change.now)
        parts.append(f"{change.metric} {before} → {now}")
    if comparison.broken:
        parts.append(f"{numbers.count(len(comparison.broken), 'must-pass case')} failed")
    if comparison.removed:
        parts.append(f"{numbers.count(len(comparison.removed), 'case')} of the baseline went")
    return f"{probe.verdict} ({', '.join(parts)})"


def calls_text(probe: Probe) -> str:
    """What judging it took: `, 12 live calls, 130 from the cache`."""
    if not probe.comparisons:
        return ""
    return f", {numbers.count(probe.live, 'live call')}, {numbers.count(probe.cached)} from the cache"
