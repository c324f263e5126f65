"""Everything that is known of one case, as sections: answers, scores, inputs, what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.compare.metric_text import NONE, value_text
from llmops_cli.compare.one_text import answer_text
from llmops_cli.core.canonical import canonical_json
from llmops_cli.evals.metric import metric_of
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Change, Code, Column, Listing, Section, Table, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llmops_cli.compare.scores import CaseScores
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.result import Outcome, ScoreResult
    from llmops_cli.reports.document import Block, Tone

_STATES: dict[bool | None, tuple[str, Tone]] = {
    True: ("passed", "good"),
    False: ("failed", "bad"),
    None: ("no verdict", "bad"),
}


def case_sections(
    outcomes: Sequence[Outcome],
    before: CaseScores | None,
    case: Case | None,
    messages: Sequence[Mapping[str, Any]] | None,
) -> list[Section]:
    """The case in a run beside the baseline. None is what is not known: no baseline, a case that is gone."""
    sections = [section for outcome in outcomes for section in _answer(outcome, before, len(outcomes))]
    if case is not None:
        sections.append(_inputs(case))
    if messages is not None:
        sections.append(Section("Messages sent", tuple(map(message_block, messages)), folded=True))
    return sections


def _answer(outcome: Outcome, before: CaseScores | None, of: int) -> Iterator[Section]:
    number = outcome.repeat + 1
    which = f" {number} of {of}" if of > 1 else ""
    if outcome.again:
        which = " when it was asked again"
    word, tone = _STATES[outcome.passed]
    blocks: list[Block] = [Text(word, tone)]
    if outcome.error:
        blocks.append(Text(f"{outcome.error_kind}: {outcome.error}", "bad"))
    if outcome.answer is not None:
        blocks.append(_texts(outcome, before))
    yield Section(f"Answer{which}", tuple(blocks))
    if outcome.scores:
        yield Section(f"Scores{which}", (_scores(outcome, before),))
    if outcome.answer is not None:
        yield Section(f"Call{which}", (Listing(tuple(_call(outcome))),))


def _texts(outcome: Outcome, before: CaseScores | None) -> Change:
    now = answer_text(outcome.answer)
    if before is None or outcome.again or outcome.repeat >= len(before.outputs):
        return Change("what it said", None, now, only="after")
    return Change("what it said in the baseline, and says now", before.said(outcome.repeat), now)


def _scores(outcome: Outcome, before: CaseScores | None) -> Table:
    """A row for each scorer: its value in the baseline and now, whether it passed, and why."""
    rows = []
    for score in outcome.scores:
        metric = metric_of(score.metric, (score.metric,))
        old = before.value(metric) if before is not None else None
        rows.append(
            (
                Text(score.metric),
                Text(value_text(metric, old), "muted"),
                Text(value_text(metric, score.value)),
                _passed(score),
                Text(score.error or score.reason, "bad" if score.error else "plain"),
            )
        )
    columns = (Column("metric"), Column("baseline", "right"), Column("now", "right"), Column("verdict"))
    return Table((*columns, Column("why")), tuple(rows))


def _passed(score: ScoreResult) -> Text:
    if score.error:
        return Text("error", "bad")
    if score.passed is None:
        return Text(NONE, "muted")
    return Text("passed", "good") if score.passed else Text("failed", "bad")


def _call(outcome: Outcome) -> Iterator[Text]:
    answer = outcome.answer
    if answer is None:
        return
    sources = {"live": "asked now", "cache": "from the cache", "replay": "replayed", "recorded": "recorded"}
    yield Text(f"{answer.resolved or answer.requested}, {sources[answer.source]}")
    if answer.source != "recorded":
        usage = answer.usage
        counts = f"{numbers.tokens(usage.input_tokens)} tokens in, {numbers.tokens(usage.output_tokens)} out"
        took = "" if answer.latency_s is None else f", took {numbers.seconds(answer.latency_s)}"
        yield Text(f"{counts}, cost {numbers.cost(answer.cost_usd)}{took}")
    facts = [f"finished: {answer.finish_reason}"] if answer.finish_reason else []
    facts += [f"request {answer.request_id}"] if answer.request_id else []
    facts += [f"{answer.attempts} attempts"] if answer.attempts > 1 else []
    judges = dict.fromkeys(score.judge for score in outcome.scores if score.judge)
    facts += [f"judged by {', '.join(judges)}"] if judges else []
    if facts:
        yield Text(" · ".join(facts), "muted")


def _inputs(case: Case) -> Section:
    rows = [(Text(name), Text(as_text(value))) for name, value in case.vars.items()]
    if case.has_expected:
        rows.append((Text("expected", "muted"), Text(as_text(case.expected))))
    rows += [(Text("context", "muted"), Text(as_text(document))) for document in case.context]
    for name, words in (("tags", ", ".join(case.tags)), ("cluster", case.cluster or "")):
        if words:
            rows.append((Text(name, "muted"), Text(words)))
    if case.metadata:
        rows.append((Text("metadata", "muted"), Text(as_text(dict(case.metadata)))))
    return Section(
        "Case", (Text(case.place, "muted"), Table((Column("input"), Column("value")), tuple(rows)))
    )


def message_block(message: Mapping[str, Any]) -> Code:
    """A message under its role."""
    rest = {key: value for key, value in message.items() if key not in ("role", "content")}
    content = as_text(message.get("content"))
    if rest:
        content = "\n".join(filter(None, [content, canonical_json(rest)]))
    return Code(content, label=str(message.get("role")))


def as_text(value: Any) -> str:
    """A value as a reader wants it: texts as they are, everything else as JSON."""
    return value if isinstance(value, str) else canonical_json(value)


def failing(outcomes: Sequence[Outcome]) -> str:
    """Why a case did not pass, in one line: each scorer that said no, or the error."""
    reasons = dict.fromkeys(
        reason
        for outcome in outcomes
        for reason in (
            [f"{outcome.error_kind}: {outcome.error}"]
            if outcome.error
            else [
                f"{score.metric}: {score.error or score.reason or 'no'}"
                for score in outcome.scores
                if score.error or score.passed is False
            ]
        )
    )
    return "; ".join(reasons)
