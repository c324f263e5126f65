"""Finds scores that were edited by hand: what recorded answers allow is judged again and compared."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.left_out import LeftOut, Why
from llmops_cli.baselines.places import require_kept, require_own, stored_place, under_present_ids
from llmops_cli.baselines.read import examined
from llmops_cli.baselines.stored import stored_answer, why_not
from llmops_cli.compare.scores import SCORE_PLACES
from llmops_cli.compare.snapshot import bases
from llmops_cli.core.errors import InputError
from llmops_cli.evals.bench import judge
from llmops_cli.evals.metric import PASS_RATE, WEIGHTED_SCORE, metric_of
from llmops_cli.evals.result import Outcome, ScoreResult
from llmops_cli.scorers.base import AskingScorer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from llmops_cli.compare.scores import CaseScores, Scores
    from llmops_cli.core.problem import Problem
    from llmops_cli.core.project import Project
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.result import Told
    from llmops_cli.evals.suite import ScorerUse, Subject, Suite
    from llmops_cli.scorers.sample import Sample

ROUNDING = 10.0**-SCORE_PLACES
"""Stored scores are rounded to this."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A stored score that does not follow from the stored answer; empty where one side has none."""

    case_id: str
    metric: str
    stored: tuple[float, ...]
    recomputed: tuple[float, ...]
    place: str


@dataclass(frozen=True)
class Verified:
    """One baseline file and what became of it.

    `problems` are signs that the file is not as it was written. `cases` counts the cases of the file,
    `recomputed` those of which a score could be recomputed, `metrics` in how many cases each metric was.
    `skipped` counts, by metric and reason, the cases where it was not; `left_out` the cases of which nothing
    was, by reason. `stripped` counts the cases without the answers that the project's settings keep: without
    them nobody can tell whether their scores were edited.
    """

    path: str
    suite: str
    problems: tuple[Problem, ...]
    cases: int
    recomputed: int = 0
    metrics: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[tuple[str, LeftOut], int] = field(default_factory=dict)
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)
    mismatches: tuple[Mismatch, ...] = ()
    stripped: int = 0

    @property
    def sound(self) -> bool:
        """Whether nothing speaks against the file."""
        return not self.problems and not self.mismatches and not self.stripped


def verify(project: Project, suites: Iterable[Suite]) -> list[Verified]:
    """Every baseline of some suites, checked. Calls no model.

    Raises InputError when a file is no baseline or another subject's, and when there is nothing to verify.
    """
    files = []
    for suite in suites:
        for subject in suite.subjects:
            require_kept(project, subject)
            shown = stored_place(project, subject)
            if shown:
                verified = _verified(subject, project.tree.read(shown), shown)
                if not project.store_outputs:
                    verified = replace(verified, stripped=0)
                files.append(verified)
    if not files:
        raise InputError("no baseline to verify", "`llmops eval`, then `llmops baseline accept`, make one")
    return files


def _verified(subject: Subject, text: str, shown: str) -> Verified:
    baseline, problems = examined(text, shown)
    baseline = under_present_ids(baseline, subject)
    require_own(baseline, subject, shown)
    rows = [json.loads(line) if line.strip() else {} for line in text.split("\n")]
    places = {row["id"]: f"{shown}:{number}" for number, row in enumerate(rows, start=1) if "id" in row}
    cases = {case.id: case for case in subject.suite.cases}
    metrics: Counter[str] = Counter()
    skipped: Counter[tuple[str, LeftOut]] = Counter()
    left_out: Counter[LeftOut] = Counter()
    mismatches: list[Mismatch] = []
    recomputed = 0
    conditions = _conditions(subject, baseline)
    judgeable: list[tuple[Case, CaseScores]] = []
    for case_id, stored in baseline.cases.items():
        case = cases.get(case_id)
        reads = subject.suite.read_of(case) if case is not None else frozenset()
        reason = why_not(case, stored, baseline, reads)
        if reason is not None:
            left_out[LeftOut(reason)] += 1
            continue
        judgeable.append((cases[case_id], stored))
    results = conditions.judged(judgeable)
    for case, stored in judgeable:
        again = _Recomputed(conditions, case, stored, results)
        metrics.update(again.metrics)
        skipped.update({**again.skipped, **again.resting}.items())
        recomputed += bool(again.metrics)
        mismatches += again.mismatches(places[case.id])
    return Verified(
        path=shown,
        suite=baseline.suite,
        problems=tuple(problems),
        cases=len(baseline.cases),
        recomputed=recomputed,
        metrics=metrics,
        skipped=skipped,
        left_out=left_out,
        mismatches=tuple(mismatches),
        stripped=sum(1 for stored in baseline.cases.values() if None in stored.outputs),
    )


@dataclass(frozen=True, slots=True)
class _Conditions:
    """What all cases of a file share, worked out once: it takes a walk over all of them.

    `shared` are the suite's own scorers, `bases` what each metric depends on now.
    """

    subject: Subject
    scorers: Mapping[str, str]
    shared: Sequence[ScorerUse]
    bases: Mapping[str, str]

    def uses(self, case: Case) -> tuple[ScorerUse, ...]:
        """The scorers of a case."""
        return self.subject.suite.uses_for(case, self.subject.prompt)

    def cannot(self, use: ScorerUse) -> Why | None:
        """Why a scorer cannot be run again; None when it can be tried."""
        if isinstance(use.scorer, AskingScorer):
            return Why.JUDGE
        if use not in self.shared:
            # Its option is part of the inputs, which are the same; a file behind it may be another.
            if self.scorers.get(use.metric) == self.bases.get(use.metric):
                return None
            return Why.OWN_FILE if use.scorer.files and use.metric not in self.scorers else Why.OTHER_SCORER
        if use.metric not in self.scorers:
            return Why.NEW_SCORER
        return None if self.scorers[use.metric] == use.identity else Why.OTHER_SCORER

    def judged(self, cases: Iterable[tuple[Case, CaseScores]]) -> dict[Told, ScoreResult]:
        """What the scorers that can be run again say of stored answers."""
        wanted: dict[Told, tuple[ScorerUse, Sample]] = {}
        for case, stored in cases:
            uses = [use for use in self.uses(case) if self.cannot(use) is None]
            for repeat in range(len(stored.outputs)):
                sample = case.sample(stored_answer(stored, repeat, self.subject.model))
                wanted |= {(case.id, use.metric, repeat): (use, sample) for use in uses}
        return dict(zip(wanted, judge(wanted.values()), strict=True))


def _conditions(subject: Subject, baseline: Scores) -> _Conditions:
    shared = subject.suite.shared_uses(subject.prompt)
    unmeasured = set(baseline.scorers) - set(baseline.metric_names)
    return _Conditions(subject, baseline.scorers, shared, bases(subject, unmeasured))


class _Recomputed:
    """The scores of one case, judged again from its stored answers.

    `skipped` says why a metric cannot be recomputed. A scorer that cannot be run again keeps its stored
    value: sums of it (`resting`) are not recomputed, but they still may not contradict it.
    """

    def __init__(
        self,
        conditions: _Conditions,
        case: Case,
        stored: CaseScores,
        results: Mapping[Told, ScoreResult],
    ) -> None:
        self.case = case
        self.stored = stored
        self.results = results
        self.scorers, self.bases = conditions.scorers, conditions.bases
        self.skipped: dict[str, LeftOut] = {}
        self.resting: dict[str, LeftOut] = {}
        uses = conditions.uses(case)
        for use in uses:
            cannot = conditions.cannot(use)
            if cannot is not None:
                self._skip(use.metric, cannot)
        outcomes = [
            self._judged(uses, repeat, conditions.subject.model) for repeat in range(len(stored.outputs))
        ]
        self.values: dict[str, list[float]] = {}
        for outcome in outcomes:
            for metric, value in outcome.values.items():
                self.values.setdefault(metric, []).append(value)
        self._sums(conditions.bases, uses)
        for metric in stored.scores:
            if not metric_of(metric).is_sum and all(use.metric != metric for use in uses):
                self._skip(metric, Why.NO_SCORER)

    @property
    def metrics(self) -> list[str]:
        """What was recomputed."""
        without = self.skipped.keys() | self.resting.keys()
        return [metric for metric in {**self.values, **self.stored.scores} if metric not in without]

    def mismatches(self, place: str) -> Iterator[Mismatch]:
        """Stored scores that are not the recomputed ones."""
        for metric in sorted({*self.values, *self.stored.scores}):
            stored = tuple(self.stored.scores.get(metric, ()))
            again = tuple(round(value, SCORE_PLACES) for value in self.values.get(metric, ()))
            if metric not in self.skipped and not _agree(stored, again):
                yield Mismatch(self.case.id, metric, stored, again, place)

    def _skip(self, metric: str, why: Why, about: str = "") -> None:
        self.skipped.setdefault(metric, LeftOut(why, about))

    def _judged(self, uses: Iterable[ScorerUse], repeat: int, model: str) -> Outcome:
        answer = stored_answer(self.stored, repeat, model)
        scores = tuple(self._score(use, repeat) for use in uses)
        return Outcome(self.case.id, repeat, answer, scores)

    def _score(self, use: ScorerUse, repeat: int) -> ScoreResult:
        if use.metric not in self.skipped:
            again = self.results[self.case.id, use.metric, repeat]
            if again.value is not None:
                return again
            self._skip(use.metric, Why.RAISES if again.error else Why.MORE_THAN_TEXT, again.error)
        values = self.stored.scores.get(use.metric, ())
        if len(values) != len(self.stored.outputs):
            return ScoreResult(use.metric, weight=use.weight)
        value, threshold = values[repeat], 1 if use.threshold is None else use.threshold
        if use.decides and value != round(value, SCORE_PLACES - 1) and abs(value - threshold) <= ROUNDING:
            self._skip(PASS_RATE, Why.ON_THRESHOLD, use.metric)
        passed = value >= threshold if use.decides else None
        return ScoreResult(use.metric, value, passed, weight=use.weight)

    def _sums(self, now: Mapping[str, str], uses: Iterable[ScorerUse]) -> None:
        """Say of the pass rate and the weighted score what they rest on that is not known."""
        for metric, parts in (
            (PASS_RATE, [use.metric for use in uses if use.decides]),
            (WEIGHTED_SCORE, [use.metric for use in uses]),
        ):
            given = {part: self.stored.scores.get(part, ()) for part in parts if part in self.skipped}
            rests = ", ".join(given)
            if self.scorers.get(metric) != now.get(metric):
                self._skip(metric, Why.OTHER_SCORERS)
            elif any(len(values) not in (0, len(self.stored.outputs)) for values in given.values()):
                self._skip(metric, Why.RESTS_ON, rests)
            elif any(given.values()) and metric in self.values:
                self.resting[metric] = LeftOut(Why.RESTS_ON, rests)


def _agree(stored: tuple[float, ...], again: tuple[float, ...]) -> bool:
    pairs: list[Any] = list(zip(stored, again, strict=False))
    return len(stored) == len(again) and all(abs(one - other) <= ROUNDING for one, other in pairs)
