"""Which suites and which of their cases a command is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from llmops_cli.core.errors import InputError
from llmops_cli.core.globs import matches_name
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.prompts.history import prompt_at_version
from llmops_cli.reports import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.core.project import Project
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.suite import Suite


def select(suites: Mapping[str, Suite], names: list[str]) -> list[Suite]:
    """The suites asked for by id, or all. Raises InputError for an unknown one, or when there is none."""
    if not suites:
        raise InputError("no suites in evalsets/", "`llmops init` writes a first one")
    unknown = [name for name in names if name not in suites]
    if unknown:
        raise InputError(
            f"no suite has the id `{unknown[0]}`", did_you_mean(unknown[0], suites, noun="suites")
        )
    return [suites[name] for name in dict.fromkeys(names)] if names else list(suites.values())


def with_version(project: Project, suites: list[Suite], reference: str) -> list[Suite]:
    """The suites that judge a prompt, with `id@version` of it in the place of the present one.

    Raises InputError when no suite judges it, or the version is not in git history.
    """
    name, _, version = reference.partition("@")
    judged = {prompt.id: prompt for suite in suites for prompt in suite.prompts}
    if name not in judged:
        raise InputError(f"no suite judges the prompt `{name}`", did_you_mean(name, judged, noun="prompts"))
    wanted = judged[name]
    if version and version != wanted.version:
        wanted = prompt_at_version(project.repository, wanted, version)
    return [
        replace(suite, prompts=tuple(wanted if p.id == name else p for p in suite.prompts))
        for suite in suites
        if any(prompt.id == name for prompt in suite.prompts)
    ]


def parse_filters(filters: list[str]) -> list[tuple[str, str]]:
    """`tag:x` and `id:glob`, each as kind and pattern. Raises InputError for any other form."""
    parsed: list[tuple[str, str]] = []
    for text in filters:
        kind, _, pattern = text.partition(":")
        if kind not in ("tag", "id") or not pattern:
            raise InputError(f"`{text}` is not a filter", "write tag:NAME or id:GLOB")
        parsed.append((kind, pattern))
    return parsed


def matches_filter(case: Case, kind: str, pattern: str) -> bool:
    """Whether a case has the tag, or an id that fits the glob."""
    names = case.tags if kind == "tag" else (case.id,)
    return any(matches_name(name, pattern) for name in names)


def apply_filters(suites: list[Suite], filters: list[str]) -> list[Suite]:
    """The suites with only the cases that match every filter; suites left empty go.

    Raises InputError, with the cases of each suite as the place, when nothing is left.
    """
    parsed = parse_filters(filters)
    if not parsed:
        return suites
    kept = []
    for suite in suites:
        cases = tuple(c for c in suite.cases if all(matches_filter(c, kind, text) for kind, text in parsed))
        if cases:
            kept.append(replace(suite, cases=cases, skipped=len(suite.cases) - len(cases)))
    if not kept:
        hint = _near(suites, parsed)
        message = f"the filter {' and '.join(filters)} matches none of "
        raise InputError(
            problems=[
                suite.source.problem(("cases",), f"{message}{numbers.count(len(suite.cases), 'case')}", hint)
                for suite in suites
            ]
        )
    return kept


def require_counting(suites: list[Suite]) -> None:
    """Raise InputError for the suites whose every case is in quarantine: nothing of them would be judged."""
    today = datetime.now(UTC).date()
    message = "every case that would be asked is in quarantine, so nothing would be judged"
    problems = [
        suite.source.problem(("cases",), message, "end a quarantine, or add cases")
        for suite in suites
        if all(case.in_quarantine(today) for case in suite.cases)
    ]
    if problems:
        raise InputError(problems=problems)


def _near(suites: list[Suite], filters: list[tuple[str, str]]) -> str:
    """What the first filter that nothing matches may have meant."""
    cases = [case for suite in suites for case in suite.cases]
    for kind, pattern in filters:
        if not any(matches_filter(case, kind, pattern) for case in cases):
            names = {tag for case in cases for tag in case.tags} if kind == "tag" else {c.id for c in cases}
            return did_you_mean(pattern, names, noun=f"{kind}s")
    return "a case has to match every filter, and each of them matches others"
