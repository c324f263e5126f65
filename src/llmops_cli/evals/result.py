"""Results as data: scores of an answer, answers of a subject, subjects of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, get_args

from llmops_cli.core.canonical import content_hash
from llmops_cli.evals.metric import PASS_RATE, WEIGHTED_SCORE
from llmops_cli.models.answer import Answer
from llmops_cli.models.checks import is_amount

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from llmops_cli.evals.metric import Metric
    from llmops_cli.evals.suite import Subject


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """What one scorer said of one answer.

    `value` is 0 to 1, or None with an `error` (the scorer broke) or a `reason` (there was nothing to measure,
    such as the latency of a cached answer). `passed` is None where the scorer does not decide. `judge` is the
    model that judged, as its provider names it. `opened` are files of the project that its scorer opened
    beyond those that the suite names. Of an error, `decides` says that no verdict on the answer is left
    without this score, and `outside` that a judge could not be asked or read: asking again may help.
    """

    metric: str
    value: float | None = None
    passed: bool | None = None
    reason: str = ""
    error: str = ""
    weight: float = 1.0
    judge: str = ""
    opened: tuple[str, ...] = ()
    decides: bool = True
    outside: bool = False

    def to_json(self) -> dict[str, Any]:
        """A JSON object of what is known, which `from_json` reads back."""
        data: dict[str, Any] = {"metric": self.metric, "value": self.value, "passed": self.passed}
        data |= {"reason": self.reason, "error": self.error, "weight": self.weight, "judge": self.judge}
        if self.opened:
            data["opened"] = list(self.opened)
        if self.error:
            data |= {"decides": self.decides, "outside": self.outside}
        return {key: value for key, value in data.items() if value not in (None, "")}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ScoreResult:
        """Read what `to_json` wrote. Raises TypeError or ValueError when it was something else."""
        score = cls(**{**data, "opened": tuple(data.get("opened", ()))})
        texts = (score.metric, score.reason, score.error, score.judge, *score.opened)
        if not (
            all(type(text) is str for text in texts)
            and (score.value is None or (is_amount(score.value) and score.value <= 1))
            and (score.passed is None or type(score.passed) is bool)
            and is_amount(score.weight)
            and {type(score.decides), type(score.outside)} == {bool}
        ):
            raise ValueError("a score is none that a run gives")
        return score


Again = Literal["", "confirm", "retry", "verify"]
"""Why a case was asked once more: to confirm that a must-pass case fails, because it flipped, or because its
answer was recorded by the author of a change."""
_AGAIN = frozenset(get_args(Again))


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case asked once: the answer and its scores, or the error that took their place."""

    case_id: str
    repeat: int
    answer: Answer | None
    scores: tuple[ScoreResult, ...] = ()
    error_kind: str = ""
    error: str = ""
    judge_cost_usd: float | None = 0.0
    again: Again = ""

    @property
    def failed(self) -> bool:
        """Whether something of it is missing: the call or a scorer failed."""
        return bool(self.error) or any(score.error for score in self.scores)

    @property
    def undecided(self) -> bool:
        """Whether there is no verdict on this answer: the call or a scorer that decides failed."""
        return bool(self.error) or any(score.error and score.decides for score in self.scores)

    @property
    def outside(self) -> bool:
        """Whether the model or a judge is why something is missing: asking again may help."""
        return bool(self.error) or any(score.error and score.outside for score in self.scores)

    def lacks(self, metric: Metric) -> bool:
        """Whether the answer has no value of a metric because something failed."""
        if self.undecided or metric.rests_on == "weighted":
            return self.failed
        return any(score.error and score.metric == metric.name for score in self.scores)

    @property
    def passed(self) -> bool | None:
        """Whether every deciding scorer passed; None when the call or one of those scorers failed."""
        if self.undecided:
            return None
        return all(score.passed for score in self.scores if score.passed is not None)

    @property
    def values(self) -> dict[str, float]:
        """Every metric that has a value, pass rate and weighted score included."""
        if self.undecided:
            return {}
        values = {PASS_RATE: float(bool(self.passed))}
        measured = [score for score in self.scores if score.value is not None]
        values |= {score.metric: score.value for score in measured if score.value is not None}
        total = sum(score.weight for score in measured)
        if total and not self.failed and any(score.weight != 1 for score in measured):
            values[WEIGHTED_SCORE] = sum((score.value or 0) * score.weight for score in measured) / total
        return values

    @property
    def result(self) -> list[Any]:
        """What was answered and scored, as data; nothing of when, how fast and at what cost."""
        answer = None if self.answer is None else [self.answer.text, self.answer.tool_calls]
        return [self.case_id, self.repeat, answer, [[score.metric, score.value] for score in self.scores]]

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        data: dict[str, Any] = {"case": self.case_id, "repeat": self.repeat}
        if self.answer is not None:
            data["answer"] = self.answer.to_json()
        if self.error:
            data |= {"error_kind": self.error_kind, "error": self.error}
        data["scores"] = [score.to_json() for score in self.scores]
        if self.judge_cost_usd != 0:
            data["judge_cost_usd"] = self.judge_cost_usd
        if self.again:
            data["again"] = self.again
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Outcome:
        """Read what `to_json` wrote. Raises KeyError, TypeError or ValueError when it was something else."""
        outcome = cls(
            case_id=data["case"],
            repeat=data["repeat"],
            answer=Answer.from_json(data["answer"]) if "answer" in data else None,
            scores=tuple(ScoreResult.from_json(score) for score in data["scores"]),
            error_kind=data.get("error_kind", ""),
            error=data.get("error", ""),
            judge_cost_usd=data.get("judge_cost_usd", 0.0),
            again=data.get("again", ""),
        )
        texts = (outcome.case_id, outcome.error_kind, outcome.error)
        judged = outcome.judge_cost_usd
        if not (
            all(type(text) is str for text in texts)
            and (type(outcome.repeat) is int and outcome.repeat >= 0)
            and (judged is None or is_amount(judged))
            and (type(outcome.again) is str and outcome.again in _AGAIN)
        ):
            raise ValueError("an outcome is none that a run gives")
        return outcome


Told = tuple[str, str, int]
"""A case, a metric, and which answer of the case."""


@dataclass(frozen=True)
class Rejudged:
    """What judges said who were asked again about answers that are there.

    `stored` is what those of now say of the baseline's answers, `by_base` what those of the base say of the
    answers of this run. `asked` is what they answered, now or earlier.
    """

    stored: Mapping[Told, ScoreResult] = field(default_factory=dict)
    by_base: Mapping[Told, ScoreResult] = field(default_factory=dict)
    asked: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class SubjectResult:
    """All outcomes of one subject, in the order of its cases and repeats.

    Answers that were asked for once more stand apart. Only some cases get them, chosen by their first
    answers, so in a mean they would be a bias: `confirmations` of failed must-pass cases, `retries` of
    flipped cases, `verifications` of recorded answers. `rejudged` is what judges said who were asked again.
    """

    subject: Subject
    outcomes: tuple[Outcome, ...]
    confirmations: tuple[Outcome, ...] = ()
    retries: tuple[Outcome, ...] = ()
    verifications: tuple[Outcome, ...] = ()
    rejudged: Rejudged = field(default_factory=Rejudged, kw_only=True)

    def without(self, cases: Collection[str]) -> SubjectResult:
        """The same without the outcomes of some cases."""
        kept = (
            tuple(outcome for outcome in outcomes if outcome.case_id not in cases)
            for outcomes in (self.outcomes, self.confirmations, self.retries, self.verifications)
        )
        return SubjectResult(self.subject, *kept, rejudged=self.rejudged)

    @property
    def everything(self) -> tuple[Outcome, ...]:
        """Every outcome, those that were asked for once more included."""
        return (*self.outcomes, *self.confirmations, *self.retries, *self.verifications)

    @cached_property
    def by_case(self) -> dict[str, tuple[Outcome, ...]]:
        """The outcomes of each case, by repeat."""
        by_case: dict[str, list[Outcome]] = {}
        for outcome in self.outcomes:
            by_case.setdefault(outcome.case_id, []).append(outcome)
        return {case: tuple(outcomes) for case, outcomes in by_case.items()}

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """Outcomes of which something is missing, of those that a verdict rests on."""
        return tuple(outcome for outcome in (*self.outcomes, *self.confirmations) if outcome.failed)

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Every answer that came."""
        return tuple(outcome.answer for outcome in self.everything if outcome.answer is not None)

    @property
    def answers_hash(self) -> str:
        """Stands for what was answered and scored, whatever that took; "" where some of it failed."""
        if any(outcome.failed for outcome in self.outcomes):
            return ""
        asked = sorted(self.outcomes, key=attrgetter("case_id", "repeat"))
        return content_hash([outcome.result for outcome in asked])

    @property
    def resolved(self) -> tuple[str, ...]:
        """The models that the provider says gave the scored answers, sorted; usually one."""
        answers = (outcome.answer for outcome in self.outcomes if outcome.answer is not None)
        return tuple(sorted({answer.resolved for answer in answers if answer.resolved}))

    @property
    def costs(self) -> tuple[float | None, ...]:
        """US dollars of each asked answer with its judges, and of each that judges gave again.

        None where it is unknown.
        """
        answered = (o for o in self.everything if o.answer is not None and o.answer.source != "recorded")
        return (*map(_cost, answered), *(answer.cost_usd for answer in self.rejudged.asked))

    @property
    def spent(self) -> tuple[float | None, ...]:
        """The same for the answers that were asked now; cached ones were paid before."""
        live = (o for o in self.everything if o.answer is not None and o.answer.source == "live")
        again = (answer.cost_usd for answer in self.rejudged.asked if answer.source == "live")
        return (*map(_cost, live), *again)


def _cost(outcome: Outcome) -> float | None:
    answer = outcome.answer
    if answer is None or answer.cost_usd is None or outcome.judge_cost_usd is None:
        return None
    return answer.cost_usd + outcome.judge_cost_usd


def result_of(subject: Subject, outcomes: Iterable[Outcome]) -> SubjectResult:
    """The result that some outcomes of a subject make."""
    apart: dict[Again, list[Outcome]] = {"": [], "confirm": [], "retry": [], "verify": []}
    for outcome in outcomes:
        apart[outcome.again].append(outcome)
    return SubjectResult(subject, *(tuple(several) for several in apart.values()))


@dataclass(frozen=True)
class RunResult:
    """One run: its artifact's name and folder, what it was made with, and the result of each subject.

    `seconds` is how long it took, `recorded` the cassettes that it wrote. Where nothing was asked it has no
    name.
    """

    id: str
    folder: Path
    subjects: tuple[SubjectResult, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    recorded: tuple[str, ...] = ()
