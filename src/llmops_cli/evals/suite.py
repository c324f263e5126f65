"""A suite as data: which prompt, which cases, which scorers, and what the gate allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from llmops_cli.core.canonical import content_hash
from llmops_cli.evals.metric import PASSES, WEIGHTED_SCORE
from llmops_cli.evals.scorer_version import ScorerVersion, case_bases

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmops_cli.core.source import Source
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.metric import Metric
    from llmops_cli.prompts.prompt import Prompt
    from llmops_cli.scorers.base import Marking, Scorer

Tier = Literal["critical", "supporting", "advisory"]

GATE_SETTINGS = ("must_pass", "inconclusive", "alpha")
"""Keys of a gate that are no metrics."""


@dataclass(frozen=True)
class ScorerUse:
    """A scorer as a suite uses it.

    `metric` names what it measures. A negated scorer gives 1 minus its value. It decides over pass and fail
    where `threshold` is set (value ≥ threshold), or where the scorer decides by itself (value ≥ 1).
    `identity` changes whenever the same answer could be judged differently; `version` is that of the scorer,
    where it is not its first.
    """

    name: str
    metric: str
    scorer: Scorer
    fill: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    reads: frozenset[str]
    identity: str
    version: ScorerVersion | None = None
    negate: bool = False
    threshold: float | None = None
    weight: float = 1.0
    pointer: tuple[str | int, ...] = ()

    @property
    def markings(self) -> frozenset[Marking]:
        """Which markings of a case it can read: by a template of its option, or by its own code."""
        named: frozenset[Marking] = frozenset({"metadata"} if "metadata" in self.reads else ())
        return named | self.scorer.markings

    @property
    def decides(self) -> bool:
        """Whether it makes a case pass or fail."""
        return self.threshold is not None or self.scorer.decides


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a metric may move: in its own unit, or as a share of the baseline's value."""

    amount: float
    relative: bool = False

    def absolute(self, baseline: float) -> float:
        """The tolerance in the metric's unit."""
        return self.amount * abs(baseline) if self.relative else self.amount


@dataclass(frozen=True, slots=True)
class GateRule:
    """What is asked of one metric. Floors and ceilings are values, the others changes from the baseline."""

    metric: Metric
    floor: float | None = None
    ceiling: float | None = None
    max_drop: Tolerance | None = None
    max_rise: Tolerance | None = None
    tier: Tier = "critical"


DEFAULT_RULE = GateRule(PASSES, max_drop=Tolerance(0.05))
"""The rule for the pass rate where the `gate` of a suite has none."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate of a suite. `must_pass` holds `tag:x`, `id:glob` or `all`."""

    rules: tuple[GateRule, ...] = (DEFAULT_RULE,)
    must_pass: tuple[str, ...] = ()
    inconclusive: Literal["warn", "fail"] = "warn"
    alpha: float = 0.05


@dataclass(frozen=True)
class Suite:
    """One suite with everything it names resolved.

    `subjects` are what it judges: each prompt on each model. `was` are the ids that it had before, newest
    first, whose baselines it goes on with. `skipped` counts cases that a filter left out.
    `case_paths` and `scorer_paths` are where the files that it names were looked for, from the project's
    root; those of cases may be globs.
    """

    id: str
    source: Source = field(repr=False)
    prompts: tuple[Prompt, ...]
    models: tuple[str, ...]
    cases: tuple[Case, ...]
    scorers: tuple[ScorerUse, ...]
    gate: Gate = Gate()
    repeats: int = 1
    skipped: int = 0
    case_scorers: Mapping[str, tuple[ScorerUse, ...]] = field(default_factory=dict)
    output_scorers: Mapping[str, ScorerUse] = field(default_factory=dict)
    owners: tuple[str, ...] = ()
    was: tuple[str, ...] = ()
    case_paths: tuple[str, ...] = ()
    scorer_paths: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The file's path in the project."""
        return self.source.path

    @property
    def ids(self) -> tuple[str, ...]:
        """Its id, then those that it had before, newest first."""
        return (self.id, *self.was)

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Each prompt on each model: the suite's own models, else the prompt's."""
        return tuple(
            Subject(self, prompt, model)
            for prompt in self.prompts
            for model in (self.models or (prompt.model,))
        )

    def uses_for(self, case: Case, prompt: Prompt) -> tuple[ScorerUse, ...]:
        """Every scorer of one case: the suite's, the prompt's output schema, the case's own."""
        return (*self.shared_uses(prompt), *self.case_scorers.get(case.id, ()))

    def shared_uses(self, prompt: Prompt) -> tuple[ScorerUse, ...]:
        """The scorers that judge every case. A case's own are part of its inputs."""
        schema = (self.output_scorers[prompt.id],) if prompt.id in self.output_scorers else ()
        return (*self.scorers, *schema)

    @property
    def case_uses(self) -> tuple[ScorerUse, ...]:
        """Every scorer that some case alone has."""
        return tuple(use for uses in self.case_scorers.values() for use in uses)

    def read_of(self, case: Case) -> frozenset[Marking]:
        """Which markings of a case something that decides reads, so that it is another case with others."""
        more = self.case_scorers.get(case.id)
        return self._read_of_all.union(*map(self._read_by, more)) if more else self._read_of_all

    @cached_property
    def _read_of_all(self) -> frozenset[Marking]:
        read: frozenset[Marking] = frozenset()
        return read.union(*map(self._read_by, self.scorers))

    def _read_by(self, use: ScorerUse) -> frozenset[Marking]:
        gated = {rule.metric.name for rule in self.gate.rules}
        decides = use.decides or use.metric in gated or WEIGHTED_SCORE in gated
        return use.markings if decides else frozenset()

    def read_hash(self, case: Case) -> str:
        """Hash of all that the scores of a case may depend on."""
        return content_hash([case.whole, case.tags_hash]) if "tags" in self.read_of(case) else case.whole

    def metrics_of(self, prompt: Prompt) -> tuple[ScorerUse, ...]:
        """One use for each metric of a prompt in this suite, in the order of the file."""
        uses: dict[str, ScorerUse] = {}
        for case in self.cases:
            for use in self.uses_for(case, prompt):
                uses.setdefault(use.metric, use)
        return tuple(uses.values())


@dataclass(frozen=True)
class Subject:
    """What is judged: one prompt on one model, by one suite. It has one baseline."""

    suite: Suite
    prompt: Prompt
    model: str

    @property
    def baseline_prompt(self) -> str:
        """The prompt's part in file names: only suites with several prompts need one."""
        return self.prompt.id if len(self.suite.prompts) > 1 else ""

    @property
    def kept_under(self) -> tuple[tuple[str, str], ...]:
        """The suite and the prompt in the names of its files: by their ids of now, then by those before."""
        prompts = self.prompt.ids if self.baseline_prompt else ("",)
        return tuple((suite, prompt) for suite in self.suite.ids for prompt in prompts)

    @property
    def title(self) -> str:
        """How the subject is called in reports."""
        return f"{self.suite.id} · {self.prompt.ref} · {self.model}"

    @property
    def cases_hash(self) -> str:
        """Hash of all cases: ids, inputs and whatever else their scorers may read."""
        return content_hash({case.id: self.suite.read_hash(case) for case in self.suite.cases})

    @property
    def fingerprint(self) -> str:
        """The prompt's fingerprint on this model."""
        if self.model == self.prompt.model:
            return self.prompt.fingerprint
        return content_hash({**self.prompt.parts, "model": content_hash(self.model)})

    @property
    def scorer_identities(self) -> dict[str, str]:
        """For each metric, what would have to stay the same for two scores to be comparable."""
        shared = {use.metric: use.identity for use in self.suite.shared_uses(self.prompt)}
        return shared | case_bases(self.suite.case_uses)

    @property
    def identity(self) -> dict[str, Any]:
        """What a run says of a subject: enough to know whether its files have changed since."""
        return {
            "suite": self.suite.id,
            "prompt": self.prompt.ref,
            "model": self.model,
            "fingerprint": self.fingerprint,
            "cases": self.cases_hash,
            "scorers": self.scorer_identities,
        }
