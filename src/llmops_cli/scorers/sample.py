"""What a scorer sees: one answer, and what the case says that it is judged by."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from llmops_cli.core.limits import LimitError
from llmops_cli.core.nesting import overflow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmops_cli.core.limits import Limits
    from llmops_cli.models.answer import Answer


@dataclass(frozen=True)
class Sample:
    """One answer to one question; knows neither suite nor file.

    `id` names the case, `vars` filled the prompt's template, `expected` is what to compare with where
    `has_expected`, `context` are retrieved documents, `messages` the history before the question.
    """

    answer: Answer
    id: str = ""
    vars: Mapping[str, Any] = field(default_factory=dict)
    expected: Any = None
    has_expected: bool = False
    tags: tuple[str, ...] = ()
    context: tuple[Any, ...] = ()
    messages: tuple[Mapping[str, Any], ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def output(self) -> str:
        """The text of the answer."""
        return self.answer.text

    @cached_property
    def json(self) -> Any:
        """The answer read as JSON. Raises NotJsonError when it is not."""
        return parse_json(self.answer.text)

    def json_within(self, limits: Limits) -> Any:
        """The answer read as JSON. Raises NotJsonError when it is not, LimitError when it holds too much."""
        excess = overflow(self.answer.text, limits)
        if excess is not None:
            at, message, hint = excess
            raise LimitError(f"the answer, read as JSON, is {message}, at character {at + 1}", hint)
        return self.json

    @cached_property
    def values(self) -> dict[str, Any]:
        """What a scorer's option can read."""
        expected = {"expected": self.expected} if self.has_expected else {}
        return option_values(self.vars, self.context, self.metadata, expected)


def option_values(
    variables: Mapping[str, Any],
    context: Sequence[Any],
    metadata: Mapping[str, Any],
    expected: Mapping[str, Any],
) -> dict[str, Any]:
    """What a scorer's option can read: the variables, `context`, `metadata`, and `expected` where given."""
    return {**variables, "context": list(context), "metadata": dict(metadata), **expected}


class NotJsonError(ValueError):
    """A text that is not one JSON value."""


def parse_json(text: str) -> Any:
    """One JSON value; NaN and Infinity are not JSON. Raises NotJsonError."""

    def refuse(constant: str) -> Any:
        raise NotJsonError(f"{constant} is not JSON")

    try:
        return json.loads(text, parse_constant=refuse)
    except NotJsonError:
        raise
    except json.JSONDecodeError as error:
        raise NotJsonError(f"not JSON: {error.msg} at character {error.pos + 1}") from None
    except RecursionError:
        raise NotJsonError("not JSON: nested too deeply") from None
    except ValueError as error:  # an integer of thousands of digits
        raise NotJsonError(f"not JSON that can be read: {error}") from None
