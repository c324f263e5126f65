"""What models say in these tests, and projects whose cases are many enough for statistics."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.kept import made_once
from tests.cli.projects import (
    CASES_PATH,
    SUITE_PATH,
    capital,
    changed,
    evaluated,
    lines,
    llmops,
    point_at,
    project,
    repository,
)
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from tests.cli.projects import Said
    from tests.servers.provider import Call

    Answering = Callable[[Call], str | dict[str, Any]]

WORSE = "Answer with one word. Guess."
"""What the system message of a worse prompt says."""
LOST = ("France", "Spain", "Italy", "Norway", "Japan", "Peru", "Kenya")
EQUALS = '- equals: "{{ expected }}"'
RULE = "pass_rate: {max_drop: 0.05}"
JUDGE_MODEL = "openai/gpt-4o-2024-08-06"
JUDGE = f"- judge: {{rubric: Is it polite?, model: {JUDGE_MODEL}}}\n    metric: tone\n    threshold: 0.5"


@contextmanager
def asking(answer: Answering) -> Iterator[Provider]:
    """Let every command talk to a provider that answers so, and to no other."""
    with Provider(answer) as other, pytest.MonkeyPatch.context() as patch:
        point_at(other, patch)
        yield other


def with_answers(answer: Answering, root: Path, *arguments: str) -> Said:
    """Evaluate against a provider that answers otherwise; everything is asked again."""
    with asking(answer):
        return evaluated(root, "--cache", "off", *arguments)


def guessing(call: Call) -> str:
    """A model that gets seven capitals wrong when it is told to guess."""
    told = any("Guess" in str(message["content"]) for message in call.body["messages"])
    return "Atlantis" if told and any(name in call.user for name in LOST) else capital(call)


def wrong(*countries: str) -> Callable[[Call], str]:
    """A model that does not know these capitals."""
    return lambda call: "Atlantis" if any(name in call.user for name in countries) else capital(call)


def only(said: Said) -> dict[str, Any]:
    """The one subject of an evaluation."""
    (subject,) = said.data["subjects"]
    found: dict[str, Any] = subject
    return found


def scoring(*entries: str, rule: str = RULE) -> dict[str, str]:
    text = changed(SUITE_PATH, EQUALS, "\n  ".join(entries))[SUITE_PATH]
    return {SUITE_PATH: text.replace(RULE, rule)}


def lands(count: int, **more: Callable[[int], Any]) -> str:
    """Case lines of countries that no map shows; `more` adds a key to each case by its number."""
    rows = [
        {
            "id": f"land-{number:03}",
            "country": f"Land {number:03}",
            "expected": f"City {number:03}",
            **{key: value for key, of in more.items() if (value := of(number)) is not None},
        }
        for number in range(count)
    ]
    return lines(*rows)


SIXTY = {CASES_PATH: lands(60)}


def number_of(call: Call) -> int:
    """The number of the country that is asked about."""
    found = re.search(r"Land (\d+)", call.user)
    assert found, call.user
    return int(found[1])


@dataclass(frozen=True)
class KnowsAllBut:
    """A model that knows these capitals wrong."""

    wrong: frozenset[int]
    word: str

    def __call__(self, call: Call) -> str:
        number = number_of(call)
        return f"{'Village' if number in self.wrong else self.word} {number:03}"


def knows_all_but(wrong: Collection[int], word: str = "City") -> KnowsAllBut:
    """The model that knows these capitals wrong."""
    return KnowsAllBut(frozenset(wrong), word)


def resolved_as(model: str, text: str) -> dict[str, Any]:
    """An answer of a model that its provider names otherwise."""
    message = {"role": "assistant", "content": text}
    return {"model": model, "choices": [{"message": message, "finish_reason": "stop"}]}


@made_once
def baseline_of(root: Path, answer: Answering, files: Mapping[str, str], *arguments: str) -> Path:
    """A repository whose baseline is what this model scored."""
    repository(project(root, files))
    ran = with_answers(answer, root, *arguments)
    assert ran.data["verdict"] in ("NO_BASELINE", "REGRESSED"), ran.both
    reason = () if ran.code == 0 else ("--reason", "as it is")
    made = llmops(root, "baseline", "accept", "--all", *reason)
    assert made.code == 0, made.both
    return root


def shown_with(answer: Answering, root: Path, *arguments: str, form: str = "terminal") -> Said:
    """Evaluate against a model and draw the report for 80 columns; everything is asked again."""
    with asking(answer), pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        return llmops(root, "eval", "--cache", "off", "--format", form, *arguments)


def words(text: str) -> str:
    """A text without its line breaks and indents."""
    return " ".join(text.split())
