"""What an offline run says of where its answers come from, and of those that nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.core.errors import OfflineError
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Section, Text

if TYPE_CHECKING:
    from llmops_cli.gate.evaluation import Evaluation
    from llmops_cli.models.answer import Source

SOURCES: dict[Source, tuple[str, str]] = {
    "replay": ("cassettes", "from cassettes"),
    "cache": ("cache", "from the cache"),
    "live": ("local", "from the local model"),
    "recorded": ("cases", "recorded in the cases"),
}
"""Source of an answer -> its name in JSON, and how it is said."""


def is_offline(evaluation: Evaluation) -> bool:
    """Whether the run was not to call a provider."""
    return bool(evaluation.run.provenance.get("offline"))


def unknown_answers(evaluation: Evaluation) -> int:
    """How many outcomes have no answer, or no judge's, because nobody may be asked."""
    outcomes = [outcome for result in evaluation.run.subjects for outcome in result.everything]
    return sum(1 for outcome in outcomes if outcome.error_kind == OfflineError.kind)


def offline_data(evaluation: Evaluation) -> dict[str, int]:
    """Answers by where they come from, and how many are not recorded."""
    sources = [
        outcome.answer.source
        for result in evaluation.run.subjects
        for outcome in result.everything
        if outcome.answer is not None and outcome.error_kind != OfflineError.kind
    ]
    counts = {name: sources.count(source) for source, (name, _) in SOURCES.items()}
    return {**counts, "not_recorded": unknown_answers(evaluation)}


def offline_sections(evaluation: Evaluation) -> list[Section]:
    """One line at the top of the report of an offline run, whatever its verdict."""
    if not is_offline(evaluation):
        return []
    counts = offline_data(evaluation)
    parts: list[str] = []
    for name, where in (*SOURCES.values(), ("not_recorded", "not recorded")):
        if counts[name]:
            parts.append(f"{numbers.count(counts[name], '' if parts else 'answer')} {where}")
    line = f"offline: {', '.join(parts) or 'no answers'}; no provider was called"
    return [Section("", (Text(line, "warn" if counts["not_recorded"] else "plain"),))]


def authors_sentence(evaluation: Evaluation) -> str:
    """Which answers rest on the word of whoever made the change; "" where none does."""
    authors, verified = evaluation.authors, evaluation.verified
    if authors is None or not authors.count:
        return ""
    count = f"{numbers.count(authors.count, 'answer')} of {authors.of}"
    which = f"{count} recorded by the author, not asked by CI"
    if verified is None:
        return which
    if verified.why_not:
        return f"{which}, nor asked again: {verified.why_not}"
    alike = verified.compared - len(verified.worse)
    return f"{which}; {alike} of {verified.compared} that were asked again score alike"


def authors_data(evaluation: Evaluation) -> dict[str, Any] | None:
    """The same for machines: how many, of how many, of which cases, and what asking again came to."""
    authors, verified = evaluation.authors, evaluation.verified
    if authors is None:
        return None
    cases = dict.fromkeys((key.subject.suite, key.case_id) for key in sorted(authors.keys))
    return {
        "answers": authors.count,
        "of": authors.of,
        "cases": [{"suite": suite, "id": case} for suite, case in cases],
        "asked_again": None if verified is None else verified.compared,
        "worse": [f"{suite} {case}" for suite, case in verified.worse] if verified is not None else [],
        "not_asked_again": verified.why_not or None if verified is not None else None,
    }


def offline_steps(evaluation: Evaluation, program: str) -> list[Text]:
    """What to do about answers that nobody knows: it takes somebody with a key."""
    lacking = dict.fromkeys(
        result.subject.suite.id
        for result in evaluation.run.subjects
        if any(outcome.error_kind == OfflineError.kind for outcome in result.everything)
    )
    if not lacking:
        return []
    command = f"{program} eval {' '.join(lacking)}"
    return [
        Text(
            "a maintainer who has the provider's key reads the change (scorers are code), records the "
            "missing answers on this branch and commits cassettes/",
            command=f"{command} --record",
        ),
        Text("or a maintainer runs it with the key, without --offline", command=command),
    ]
