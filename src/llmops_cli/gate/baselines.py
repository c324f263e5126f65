"""What a run is judged by: the committed baselines of its subjects, and what the change does to them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from llmops_cli.baselines.file import load, stored_hash
from llmops_cli.baselines.places import require_kept
from llmops_cli.compare.asks import told_by
from llmops_cli.compare.judged import Judged
from llmops_cli.compare.pricing import at_price, price_move, result_at_price
from llmops_cli.evals.rows import SubjectKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.compare.pricing import PriceMove
    from llmops_cli.compare.scores import Scores
    from llmops_cli.evals.result import RunResult
    from llmops_cli.evals.suite import Suite
    from llmops_cli.gate.base.change import BaseComparison
    from llmops_cli.gate.base.project import BaseProject
    from llmops_cli.gate.deciders.change import DeciderChange
    from llmops_cli.gate.job import Job

    Prices = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Baselines:
    """The baselines of a run's subjects; one without a baseline is left out.

    `hashes` say which file of every subject that was, or that there was none.
    `prices` are those of subjects whose model has another price than when the baseline was accepted. Where a
    base was named, `change` is what the change since then does to committed baselines, and `deciders`
    what else that decides is another.
    """

    committed: Mapping[SubjectKey, Scores]
    hashes: Mapping[SubjectKey, str] = field(default_factory=dict)
    prices: Mapping[SubjectKey, PriceMove] = field(default_factory=dict)
    change: BaseComparison | None = None
    deciders: tuple[DeciderChange, ...] = ()
    _beside: dict[int, Judged] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def may_send(self) -> bool:
        """Whether questions may be sent: not to an address that a change brings and nobody accepted."""
        return not any(decider.is_sent and decider.stops for decider in self.deciders)

    @cached_property
    def required(self) -> dict[str, frozenset[str]]:
        """The cases of each suite that have to pass by the rules of the base."""
        rules = self.change.rules if self.change is not None else None
        return {} if rules is None else {suite.id: rules.required(suite) for suite in rules.suites.values()}

    @property
    def base(self) -> BaseProject | None:
        """The project at the base, where one was named."""
        rules = self.change.rules if self.change is not None else None
        return None if rules is None else rules.base

    @property
    def verify(self) -> int:
        """How many recorded answers the policy of the base, or of the change, wants to be asked again."""
        rules = self.change.rules if self.change is not None else None
        return 0 if rules is None else max(rules.policy.verify_recorded, rules.project.policy.verify_recorded)

    def accepts(self, suite: str) -> bool:
        """Whether a suite's rules are others than at the base, and every change of them is accepted.

        By somebody else than the author of the change, or by a policy that lets its author.
        """
        rules = [decider for decider in self.deciders if decider.suite == suite]
        return bool(rules) and all(rule.approval is not None and not rule.alone for rule in rules)

    def suite_at_base(self, suite: Suite) -> Suite | None:
        """What a suite was at the base whose scorers judge the run as well; None where there is none.

        Nor do they where somebody accepted what changed in the suite's rules.
        """
        rules = self.change.rules if self.change is not None else None
        return None if rules is None or self.accepts(suite.id) else rules.base.suite_of(suite)

    def beside(self, run: RunResult) -> list[Judged]:
        """Each result of a run with its baseline, both at the price of today; once for each result."""
        for result in run.subjects:
            if id(result) not in self._beside:  # its number is its own: it is kept here
                self._beside[id(result)] = Judged(result, self._priced(SubjectKey.of(result.subject)))
        return [self._beside[id(result)] for result in run.subjects]

    def at_earlier_prices(self, run: RunResult) -> list[Judged]:
        """Each result whose model has another price than before, with its baseline, both at that before."""
        keys = {SubjectKey.of(result.subject): result for result in run.subjects}
        return [
            Judged(result_at_price(result, self.prices[key].before), self.committed[key])
            for key, result in keys.items()
            if key in self.prices
        ]

    def _priced(self, key: SubjectKey) -> Scores | None:
        baseline, move = self.committed.get(key), self.prices.get(key)
        return baseline if baseline is None or move is None else at_price(baseline, move.before, move.now)


def read_baselines(job: Job) -> Baselines:
    """The baselines that a job is compared with.

    Raises InputError for a broken or a foreign one, for one that git knows and that is gone from the disk,
    and when the base cannot be read.
    """
    committed, hashes = {}, {}
    for subject in job.plan.subjects:
        require_kept(job.project, subject)
        hashes[SubjectKey.of(subject)] = stored_hash(job.project, subject)
        baseline = load(job.project, subject)
        if baseline is not None:
            committed[SubjectKey.of(subject)] = baseline
    if job.options.base:
        return replace(_beside_base(job, committed), hashes=hashes)
    return Baselines(committed, hashes, _price_moves(committed, job.project.prices))


def _beside_base(job: Job, committed: Mapping[SubjectKey, Scores]) -> Baselines:
    from llmops_cli.gate.base.lowered import compare_with_base
    from llmops_cli.gate.base.project import open_base
    from llmops_cli.gate.base.rules import Rules
    from llmops_cli.gate.deciders import changed_deciders
    from llmops_cli.gate.deciders.approved import with_approvals
    from llmops_cli.gate.deciders.sides import Sides

    base = open_base(job.workspace, job.options.base)
    committed = dict(committed)
    for subject in job.plan.subjects:
        key, before = SubjectKey.of(subject), base.suite_of(subject.suite)
        if key in committed and before is not None:
            committed[key] = told_by(committed[key], before.cases, tags=True)
    rules = Rules(job.workspace, base)
    changes = changed_deciders(Sides(job.workspace, base))
    prices = base.project.prices if base.project is not None else {}
    return Baselines(
        committed,
        prices=_price_moves(committed, job.project.prices, prices),
        change=compare_with_base(rules),
        deciders=with_approvals(job.workspace, rules, changes),
    )


def _price_moves(
    committed: Mapping[SubjectKey, Scores], now: Prices, before: Prices | None = None
) -> dict[SubjectKey, PriceMove]:
    """The subjects whose model costs something else than in the baseline."""
    moves = {key: price_move(baseline, now, before) for key, baseline in committed.items()}
    return {key: move for key, move in moves.items() if move is not None}
