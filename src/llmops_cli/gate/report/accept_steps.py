"""How the scores of a run are accepted: where it was made, or from what CI keeps of it."""

from __future__ import annotations

import posixpath
import shlex
from typing import TYPE_CHECKING

from llmops_cli.compare.verdict import Verdict
from llmops_cli.core.environment import variables
from llmops_cli.core.tree import STATE
from llmops_cli.forges.kept import kept_run
from llmops_cli.reports.document import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.forges.kept import Kept
    from llmops_cli.gate.evaluation import Evaluation

REASON = ' --reason "…"'


def accept_steps(evaluation: Evaluation, program: str) -> list[Text]:
    """A step for each kind of suites that can be accepted: from what CI keeps of the run, where it does."""
    # Accepting would not help where a must-pass case fails or a floor is broken.
    curable = [c for c in evaluation.comparisons if not c.broken and not c.beyond_limits]
    stopped = [c for c in curable if c.forbidden and c.before is not None]
    fresh = [c for c in curable if c.before is None]
    better = [c for c in curable if c.verdict is Verdict.IMPROVED]
    grown = [c for c in curable if c.added and c.before is not None and c not in better and not c.forbidden]
    kept = _kept(evaluation)
    steps = []
    for comparisons, words, more in (
        (fresh, "accept as the baseline", ""),
        (better, "keep the better scores: accept them, so that the next change is compared with them", ""),
        (stopped, "if the change is right, accept it", REASON),
        (grown, "add the new cases to the baseline", " --new-cases"),
    ):
        if suites := _suites(comparisons):
            steps.append(_step(words, f"{program} baseline accept {suites}", more, kept))
    if steps and kept is not None and kept.address:
        steps.insert(0, Text("to accept scores of this run, first download it", command=kept.address))
    return steps


def _suites(comparisons: Iterable[Comparison]) -> str:
    return " ".join(dict.fromkeys(c.now.suite for c in comparisons if not c.failures))


def _kept(evaluation: Evaluation) -> Kept | None:
    """What CI keeps of the run; None where it does not, or where nobody could accept it from there."""
    made = evaluation.run.provenance
    if not evaluation.run.id or not made.get("commit") or made.get("dirty") is not False:
        return None
    return kept_run(variables(), posixpath.join(evaluation.project.folder, STATE))


def _step(words: str, accept: str, more: str, kept: Kept | None) -> Text:
    if kept is None:
        return Text(words, command=f"{accept}{more}")
    bring = f"{kept.command} && " if kept.command else ""
    accept = f"{accept} --from {shlex.quote(kept.path)}{more}"
    return Text(f"{words}; no model is called", command=f"{bring}{accept}")
