"""Finds the cases of a suite in the prompts that it judges: a model that was told them shows nothing."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from llmops_cli.prompts.render import template_names, template_problem
from llmops_cli.reports import numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmops_cli.core.problem import Problem
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.suite import Suite
    from llmops_cli.prompts.prompt import Prompt

LONG = 40
"""Characters of an input that nobody writes twice by chance."""
SHORT = 4
"""Characters of an input that counts where its expected answer stands with it."""
REACH = 60
"""Characters behind an input within which its expected answer begins."""
NAMED = 5
"""Cases that are named one by one."""
HINT = "take other examples, or take these cases out of the suite"
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Needle:
    """A text of a case as it is looked for, and what is expected with it."""

    case: Case
    text: str
    expected: Any


def leaks(suite: Suite) -> Iterator[Problem]:
    """A warning for each file of a prompt in which cases of the suite that judges it stand."""
    if not suite.prompts:
        return
    needles = _needles(suite.cases)
    for prompt in suite.prompts:
        for haystack in _haystacks(prompt):
            hits = list(haystack.hits(needles))
            if hits:
                yield _warning(suite, prompt, haystack, hits)


def _needles(cases: Sequence[Case]) -> list[Needle]:
    """Every text of the cases that tells one from the others."""
    texts = [list(dict.fromkeys(map(_plain, _leaves(_inputs(case))))) for case in cases]
    counted = Counter(text for several in texts for text in several)
    most = max(2, len(cases) / 2)
    return [
        Needle(case, text, case.expected if case.has_expected else None)
        for case, several in zip(cases, texts, strict=True)
        for text in several
        if len(text) >= SHORT and counted[text] <= most
    ]


def _inputs(case: Case) -> list[Any]:
    return [case.vars, case.context, [message.get("content") for message in case.messages]]


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _leaves(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _leaves(part)


def _plain(text: str) -> str:
    """A text without what layout and capitals make of it."""
    return " ".join(text.casefold().split())


class Haystack:
    """The text of one file of a prompt, as it is searched, and where each part of it stands."""

    def __init__(self, templates: Iterable[tuple[str, str]]) -> None:
        pieces: list[str] = []
        self.places: list[tuple[str, int]] = []
        for name, text in templates:
            # A comment does not reach the model; its lines stay, so that places do.
            bare = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text)
            for number, line in enumerate(bare.split("\n"), 1):
                plain = _plain(line)
                if plain:
                    pieces.append(plain)
                    self.places.append((name, number))
        self.text = " ".join(pieces)
        self.starts = [0, *accumulate(len(piece) + 1 for piece in pieces)][: len(pieces)]
        # A case is looked for only where its first letters stand somewhere.
        self.grams = {self.text[at : at + SHORT] for at in range(len(self.text) - SHORT + 1)}

    def hits(self, needles: Iterable[Needle]) -> Iterator[tuple[Case, tuple[str, int]]]:
        """Each case that stands here, once, with the template and its line."""
        seen = set()
        for needle in needles:
            if needle.text[:SHORT] not in self.grams or needle.case.id in seen:
                continue
            at = self._place_of(needle)
            if at >= 0:
                seen.add(needle.case.id)
                yield needle.case, self.places[bisect_right(self.starts, at) - 1]

    def _place_of(self, needle: Needle) -> int:
        """Where a case stands; -1 where it does not, or is so short that it may be chance."""
        at = self.text.find(needle.text)
        if len(needle.text) >= LONG:
            return at
        while at >= 0:
            end = at + len(needle.text)
            if self._is_whole(at, end) and self._answers(needle.expected, end):
                return at
            at = self.text.find(needle.text, at + 1)
        return -1

    def _is_whole(self, start: int, end: int) -> bool:
        """Whether no word goes on at either end."""
        before, after = self.text[start - 1 : start], self.text[end : end + 1]
        return not (before.isalnum() or after.isalnum())

    def _answers(self, expected: Any, after: int) -> bool:
        """Whether what is expected stands right behind a place."""
        if isinstance(expected, dict):
            told = [value for value in expected.values() if _tells(value)]
            return bool(told) and all(self._answers(value, after) for value in told)
        if isinstance(expected, list):
            return any(self._answers(value, after) for value in expected)
        if not _tells(expected):
            return False
        answer = _plain(str(expected))
        start = self.text.find(answer, after, after + REACH + len(answer))
        while start >= 0:
            if self._is_whole(start, start + len(answer)):
                return True
            start = self.text.find(answer, start + 1, after + REACH + len(answer))
        return False


def _tells(value: Any) -> bool:
    """Whether an expected value says something: yes, no and nothing stand everywhere."""
    return value not in (None, "") and not isinstance(value, bool)


def _haystacks(prompt: Prompt) -> Iterator[Haystack]:
    messages = prompt.environment.project_loader.messages
    yield Haystack((name, messages[name]) for name in template_names(prompt))
    for path, text in prompt.partials.items():
        yield Haystack([(path, text)])


def _warning(
    suite: Suite, prompt: Prompt, haystack: Haystack, hits: Sequence[tuple[Case, tuple[str, int]]]
) -> Problem:
    (_, (template, line)), *_ = hits
    at = {case.id: template_problem(prompt.source, *place, "").line for case, place in hits[:NAMED]}
    named = ", ".join(f"`{case.id}` ({case.place}, here line {at[case.id]})" for case, _ in hits[:NAMED])
    more = f" and {len(hits) - NAMED} more" if len(hits) > NAMED else ""
    stand = "stands" if len(hits) == 1 else "stand"
    count = f"{numbers.count(len(hits), 'case')} of {len(suite.cases)} of `{suite.id}`"
    message = f"{count} {stand} in the prompt that it judges: {named}{more}"
    return template_problem(prompt.source, template, line, message, HINT, severity="warning")
