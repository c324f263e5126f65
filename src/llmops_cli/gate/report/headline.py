"""The first line of a report: what happened, in one sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.compare.report.headline import headline, predecessor_sentence
from llmops_cli.compare.verdict import Verdict, worst
from llmops_cli.core.errors import ExitCode
from llmops_cli.evals.affected.report import unaffected_headline
from llmops_cli.gate.base.report import base_sentence, lowered_baseline, refusal
from llmops_cli.gate.deciders.change import Effect
from llmops_cli.gate.report.offline import authors_sentence
from llmops_cli.gate.report.price_report import repriced_sentence
from llmops_cli.gate.report.shard_report import shard_headline
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Text

if TYPE_CHECKING:
    from llmops_cli.gate.base.change import BaseComparison
    from llmops_cli.gate.deciders.change import DeciderChange
    from llmops_cli.gate.evaluation import Evaluation


def evaluation_headline(evaluation: Evaluation) -> Text:
    """The verdict in one sentence. What judges the run, and changed, is the answer before the run itself."""
    if evaluation.shard is not None:
        return shard_headline(evaluation, evaluation.shard)
    first = _judges_changed(evaluation) or _verdict(evaluation)
    if evaluation.partial is None:
        return first
    tone = "warn" if first.tone == "good" else first.tone
    if evaluation.exit_code is ExitCode.NO and first.tone != "bad":
        return Text(f"{evaluation.partial} cases, and a change is judged by all of them: {first.text}", "bad")
    return Text(f"{evaluation.partial} cases: {first.text}", tone)


def _judges_changed(evaluation: Evaluation) -> Text | None:
    """What a change does to its judges and may not; None where it does nothing of the kind."""
    base = evaluation.base
    if base is None:
        return None
    if any(decider.is_sent for decider in evaluation.stopping):
        return _stopped(evaluation)
    forbidden = any(comparison.forbidden for comparison in evaluation.comparisons)
    if base.refused and not forbidden:
        return _refused(evaluation, base)
    if evaluation.stopping:
        return _stopped(evaluation)
    if evaluation.loosened:
        by_base = headline(evaluation.loosened)
        return Text(f"LOOSENED: by the rules of {base.reference} it is {by_base.text}", "bad")
    return None


def _verdict(evaluation: Evaluation) -> Text:
    """What the run says, with what the change does to baselines."""
    first = headline(evaluation.comparisons)
    affected, base, beside = evaluation.affected, evaluation.base, evaluation.predecessors
    if affected is not None and evaluation.unaffected:
        first = unaffected_headline(affected)
    elif beside:
        first = replace(first, text=f"{first.text}; {predecessor_sentence(beside[0])}")
    if base is not None and first.tone != "bad" and (waived := _waived(evaluation, base)):
        lowered = f"; LOWERED: baseline of {lowered_baseline(base)}" if base.loud else ""
        first = Text(f"{waived}{lowered} (the run itself: {first.text})", "warn")
    elif base is not None and base.loud and first.tone != "bad":
        first = Text(f"LOWERED: baseline of {lowered_baseline(base)} (the run itself: {first.text})", "warn")
    elif base is not None and (moved := base_sentence(base)):
        first = Text(f"{first.text}; {moved}", first.tone)
    if affected is not None and affected.skipped and not evaluation.unaffected:
        skipped = numbers.count(len(affected.skipped), "suite")
        first = replace(first, text=f"{first.text}; the change does not reach {skipped}")
    if rests := [repriced for repriced in evaluation.repriced if repriced.now is not None]:
        first = replace(first, text=f"{first.text}; {repriced_sentence(rests)}")
    if told := authors_sentence(evaluation):
        first = replace(first, text=f"{first.text}; {told}")
    return first


def _waived(evaluation: Evaluation, base: BaseComparison) -> str:
    """What the rules of the base forbid and somebody accepted, with who and why; "" where nothing is."""
    if not evaluation.waiving:
        return ""
    first, *rest = evaluation.waiving
    if not evaluation.waived:
        more = f"; and {len(rest)} more" if rest else ""
        return f"{_word(first)}: {first.told}{more}"
    by_base = headline(evaluation.waived)
    who = " and ".join(dict.fromkeys(one.accepted for one in evaluation.waiving))
    return f"LOOSENED: by the rules of {base.reference} it is {by_base.text}; accepted by {who}"


def _stopped(evaluation: Evaluation) -> Text:
    """What nobody can compute, or may not be sent, until somebody accepts it."""
    first, *rest = sorted(evaluation.stopping, key=lambda change: not change.is_sent)
    more = f"; and {len(rest)} more" if rest else ""
    if first.is_sent:
        return Text(f"REFUSED: {first.text}; nothing was sent{more}", "bad")
    return Text(f"{_word(first)}: {first.text}{more} ({_itself(evaluation)})", "bad")


def _word(change: DeciderChange) -> str:
    """What a change of a decider does to the gate, in one word."""
    return Verdict.INCOMPARABLE if change.effect is Effect.INCOMPARABLE else "LOOSENED"


def _refused(evaluation: Evaluation, base: BaseComparison) -> Text:
    """What the policy of the base refuses."""
    beside = evaluation.predecessors
    if beside and base.leaves(beside[0].now.suite):
        old, new = beside[0].names
        moved = f"{beside[0].now.suite} moves from {old} to {new} and brings no baseline"
        return Text(f"REFUSED: {moved}; {predecessor_sentence(beside[0])}", "bad")
    return Text(f"REFUSED: {refusal(base)} ({_itself(evaluation)})", "bad")


def _itself(evaluation: Evaluation) -> str:
    """What the run says apart from what the change does to its judges."""
    if evaluation.unaffected:
        return "the change reaches no suite"
    return f"the run itself: {worst([comparison.verdict for comparison in evaluation.comparisons])}"
