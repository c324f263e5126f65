"""What changed since the baseline, as a line and as sections of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.reports import numbers
from llmops_cli.reports.document import Change, Section, Text

if TYPE_CHECKING:
    from collections.abc import Collection

    from llmops_cli.compare.attribution import Attribution, Noise, TextChange
    from llmops_cli.reports.document import Block

SHOWN_TEXTS = 6


def cause_line(attribution: Attribution, before: str, judges: Collection[str], *, sure: bool) -> Text:
    """What changed since `before`, or how large the noise is where nothing did.

    `judges` are the metrics that a model judges. `sure` says that a test takes the change for no noise.
    """
    if attribution.causes:
        causes = ", ".join(cause.text for cause in attribution.causes)
        return Text(f"Changed since {before}: {causes}")
    noise = attribution.noise
    if noise is None or not (noise.answers or noise.judged):
        return Text(f"Nothing changed since {before}", "muted")
    if sure:
        sentence = (
            f"Nothing here changed since {before}, and it is more than noise: {noise.answers} of "
            f"{noise.cases} answers differ. The model or the judge may have changed without a new name"
        )
        return Text(sentence, "muted")
    return Text(f"Nothing changed since {before}, so this is {_noise(noise, judges)}", "muted")


def _noise(noise: Noise, judges: Collection[str]) -> str:
    parts = []
    if noise.answers:
        parts.append(f"noise of the model: {noise.answers} of {noise.cases} answers differ")
    for metric, (cases, by) in noise.judged.items():
        who = "judge" if metric in judges else "scorer"
        same = numbers.count(cases, "answer that stayed the same", "answers that stayed the same")
        parts.append(f"noise of the {who}: `{metric}` of {same} moved by {numbers.graded(by)} on average")
    if noise.deviation:
        rerun = numbers.points(noise.deviation).lstrip("+")
        parts.append(f"a rerun moves the pass rate by about {rerun}")
    return "; ".join(parts)


def text_changes(attribution: Attribution | None) -> list[Section]:
    """The prompt before and now, message by message."""
    causes = attribution.causes if attribution is not None else ()
    texts = [text for cause in causes for text in cause.texts if text.before != text.after]
    if not texts:
        return []
    blocks: list[Block] = [_text_change(text) for text in texts[:SHOWN_TEXTS]]
    if len(texts) > SHOWN_TEXTS:
        more = numbers.count(len(texts) - SHOWN_TEXTS, "more text", "more texts")
        blocks.append(Text(f"and {more}; --format json has them all", "muted"))
    return [Section("Prompt changes", tuple(blocks), folded=True)]


def _text_change(text: TextChange) -> Change:
    if text.after is None:
        return Change(text.label, text.before, None, only="before")
    if text.before is not None and text.before.endswith("\n") and text.after.endswith("\n"):
        # The last line break of a file, which both have, would be drawn as an empty line of each.
        return Change(text.label, text.before[:-1], text.after[:-1])
    return Change(text.label, text.before, text.after, only="after" if text.before is None else "")
