"""Scores the stored answers of a baseline anew where its scorers are others now; no model is called."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.left_out import LeftOut, Why
from llmops_cli.baselines.stored import stored_answer, why_not
from llmops_cli.compare.rescored import Rescored
from llmops_cli.compare.scores import SCORE_PLACES
from llmops_cli.compare.snapshot import bases, scorer_versions
from llmops_cli.evals.bench import judge
from llmops_cli.evals.metric import PASS_RATE, WEIGHTED_SCORE, metric_of
from llmops_cli.evals.result import Outcome, ScoreResult
from llmops_cli.scorers.base import AskingScorer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llmops_cli.compare.scores import CaseScores, Scores
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.result import Told
    from llmops_cli.evals.scorer_version import ScorerVersion
    from llmops_cli.evals.suite import ScorerUse, Subject
    from llmops_cli.models.answer import Answer

    Judgeable = tuple[Case, CaseScores, tuple[ScorerUse, ...]]

ROUNDING = 10.0**-SCORE_PLACES
"""Stored scores are rounded to this."""
ASK = "a judge would have to be asked: --rejudge"
UNTOLD = (Why.NOT_IN_SUITE, Why.OTHER_INPUTS)
"""Cases that are not compared either."""


def rescore(baseline: Scores, subject: Subject, told: Mapping[Told, ScoreResult] | None = None) -> Rescored:
    """A baseline as the scorers of a subject judge its stored answers.

    Only those scorers judge that are not the ones that the baseline names. `told` is what judges
    that were asked already said. A metric of which one answer cannot be judged keeps its scores.
    """
    return _Rescoring(baseline, subject).made(told or {})


def needs_rescoring(baseline: Scores, subject: Subject) -> bool:
    """Whether some scorer of a subject is not the one that a baseline names."""
    rescoring = _Rescoring(baseline, subject)
    return bool(rescoring.anew) or any(
        rescoring.bases.get(name) != baseline.scorers.get(name) for name in (PASS_RATE, WEIGHTED_SCORE)
    )


def to_rejudge(baseline: Scores, subject: Subject) -> Iterator[tuple[Case, int, Answer]]:
    """The stored answers that a judge would have to be asked about: it is not the one that scored them."""
    rescoring = _Rescoring(baseline, subject)
    for case, stored, uses in rescoring.cases():
        if any(isinstance(use.scorer, AskingScorer) and use.metric in rescoring.anew for use in uses):
            for repeat in range(len(stored.outputs)):
                yield case, repeat, stored_answer(stored, repeat, subject.model)


class _Rescoring:
    """The rescoring of one baseline. `anew` are metrics whose scorers changed or are new."""

    def __init__(self, baseline: Scores, subject: Subject) -> None:
        self.baseline = baseline
        self.subject = subject
        unmeasured = set(baseline.scorers) - set(baseline.metric_names)
        self.bases = bases(subject, unmeasured)
        self.cannot: dict[str, LeftOut] = {}
        metrics = {use.metric: use for use in subject.suite.case_uses}
        metrics |= {use.metric: use for use in subject.suite.shared_uses(subject.prompt)}
        self.anew = {
            metric for metric in metrics if self.bases.get(metric, "") != baseline.scorers.get(metric, "")
        }

    def cases(self) -> Iterator[tuple[Case, CaseScores, tuple[ScorerUse, ...]]]:
        """The cases whose answers are judged, with the scorers of each."""
        suite = self.subject.suite
        for case in suite.cases:
            stored = self.baseline.cases.get(case.id)
            if stored is None:
                continue
            why = why_not(case, stored, self.baseline, suite.read_of(case))
            if why is None:
                yield case, stored, suite.uses_for(case, self.subject.prompt)
            elif why not in UNTOLD:
                self.cannot |= dict.fromkeys(self.anew, LeftOut(why))

    def made(self, told: Mapping[Told, ScoreResult]) -> Rescored:
        """The baseline with its new scores."""
        judged = list(self.cases())
        results = self._results(judged, told)
        uncertain = self._uncertain()
        cases = dict(self.baseline.cases)
        answers, moved, differing = 0, 0, []
        for case, stored, uses in judged:
            cases[case.id] = self._case(case.id, stored, uses, results, uncertain)
            differs = self._moved(stored, cases[case.id])
            answers += len(stored.hashes)
            moved += differs
            differing += [case.id] if differs else []
        return Rescored(
            scores=replace(
                self.baseline,
                cases=cases,
                scorers=self._scorers(uncertain),
                scorer_versions=self._versions(),
                judges={**self.baseline.judges, **self._judges(told)},
            ),
            metrics=tuple(sorted(self.anew - self.cannot.keys())),
            answers=answers,
            same=answers - moved,
            differing=tuple(differing),
            cannot={
                name: ASK if why.why is Why.JUDGE else str(why) for name, why in sorted(self.cannot.items())
            },
        )

    def _results(
        self, judged: Sequence[Judgeable], told: Mapping[Told, ScoreResult]
    ) -> dict[Told, ScoreResult]:
        """What the new scorers say of each answer."""
        results = dict(told)
        asked: list[Told] = []
        pairs = []
        for case, stored, uses in judged:
            for use in uses:
                if use.metric not in self.anew:
                    continue
                for repeat in range(len(stored.outputs)):
                    key = (case.id, use.metric, repeat)
                    if not isinstance(use.scorer, AskingScorer):
                        answer = stored_answer(stored, repeat, self.subject.model)
                        asked.append(key)
                        pairs.append((use, case.sample(answer)))
                    elif key not in told:
                        self.cannot[use.metric] = LeftOut(Why.JUDGE)
        results |= zip(asked, judge(pairs), strict=True)
        for (_, metric, _), result in results.items():
            if result.value is None:
                why = LeftOut(Why.RAISES, result.error) if result.error else LeftOut(Why.MORE_THAN_TEXT)
                self.cannot.setdefault(metric, why)
        return results

    def _judges(self, told: Mapping[Told, ScoreResult]) -> dict[str, dict[str, Any]]:
        """The judges that were asked about the stored answers."""
        suite = self.subject.suite
        judges: dict[str, dict[str, Any]] = {}
        for use in (*suite.shared_uses(self.subject.prompt), *suite.case_uses):
            resolved = {result.judge for (_, metric, _), result in told.items() if metric == use.metric}
            if isinstance(use.scorer, AskingScorer) and resolved and use.metric not in self.cannot:
                model = " + ".join(sorted(use.scorer.models()))
                judges[use.metric] = {"model": model, "resolved": sorted(resolved), "noise": None}
        return judges

    def _uncertain(self) -> set[str]:
        """Sums that rest on a metric that could not be scored anew."""
        kept = self.anew & self.cannot.keys()
        suite = self.subject.suite
        every = (*suite.shared_uses(self.subject.prompt), *suite.case_uses)
        uses = [use for use in every if use.metric in kept]
        names = {WEIGHTED_SCORE} if uses else set()
        return names | ({PASS_RATE} if any(use.decides for use in uses) else set())

    def _case(
        self,
        case_id: str,
        stored: CaseScores,
        uses: Sequence[ScorerUse],
        results: Mapping[Told, ScoreResult],
        uncertain: set[str],
    ) -> CaseScores:
        scores: dict[str, list[float]] = {}
        for repeat in range(len(stored.hashes)):
            given = []
            for use in uses:
                anew = use.metric in self.anew and use.metric not in self.cannot
                result = results[case_id, use.metric, repeat] if anew else _as_stored(use, stored, repeat)
                given.append(replace(result, weight=use.weight))
            for metric, value in Outcome(case_id, repeat, None, tuple(given)).values.items():
                scores.setdefault(metric, []).append(round(value, SCORE_PLACES))
        made = {metric: tuple(values) for metric, values in scores.items() if metric not in uncertain}
        gives = {PASS_RATE, WEIGHTED_SCORE, *(use.metric for use in uses)} - uncertain
        kept = {metric: values for metric, values in stored.scores.items() if metric not in gives}
        return replace(stored, scores={**made, **kept})

    def _moved(self, stored: CaseScores, now: CaseScores) -> int:
        """How many answers of a case have other scores now."""
        metrics = [name for name in ({*self.anew, PASS_RATE} & stored.scores.keys()) if name in now.scores]
        return sum(
            1
            for repeat in range(len(stored.hashes))
            if any(
                not _agree(stored.scores[name][repeat : repeat + 1], now.scores[name][repeat : repeat + 1])
                for name in metrics
            )
        )

    def _scorers(self, uncertain: set[str]) -> dict[str, str]:
        """What each metric rests on now."""
        before = self.baseline.scorers
        kept = uncertain | (self.anew & self.cannot.keys())
        scorers = {
            name: basis for name, basis in before.items() if name in kept or not metric_of(name).is_sum
        }
        return scorers | {name: basis for name, basis in self.bases.items() if name not in kept}

    def _versions(self) -> dict[str, ScorerVersion]:
        kept = self.anew & self.cannot.keys()
        before = self.baseline.scorer_versions
        versions = {name: version for name, version in before.items() if name in kept}
        now = scorer_versions(self.subject)
        return versions | {name: version for name, version in now.items() if name not in kept}


def _as_stored(use: ScorerUse, stored: CaseScores, repeat: int) -> ScoreResult:
    """What a scorer that is the same said of a stored answer; nothing where it had nothing to measure."""
    values = stored.scores.get(use.metric, ())
    if len(values) != len(stored.hashes):
        return ScoreResult(use.metric)
    threshold = 1 if use.threshold is None else use.threshold
    passed = values[repeat] >= threshold - ROUNDING if use.decides else None
    return ScoreResult(use.metric, values[repeat], passed)


def _agree(one: Sequence[float], other: Sequence[float]) -> bool:
    return len(one) == len(other) and all(
        abs(left - right) <= ROUNDING for left, right in zip(one, other, strict=True)
    )
