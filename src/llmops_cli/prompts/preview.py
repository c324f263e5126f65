"""The messages that a prompt would send, without sending them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.core import schema
from llmops_cli.core.errors import InputError
from llmops_cli.core.limits import LimitError
from llmops_cli.core.source import read_yaml
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.prompts.render import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmops_cli.core.patterns.pattern import Search
    from llmops_cli.prompts.prompt import Prompt


def preview(
    prompt: Prompt, variables: Mapping[str, Any], history: Sequence[Mapping[str, Any]], search: Search
) -> tuple[dict[str, Any], ...]:
    """The messages for these variables; `history` are those of an earlier conversation.

    Raises InputError when a variable is missing, unknown or not what `inputs` asks for; its patterns are left
    to `search`.
    """
    unknown = sorted(set(variables) - prompt.variables - set((prompt.inputs or {}).get("properties", {})))
    if unknown:
        hint = did_you_mean(unknown[0], prompt.variables, noun="variables")
        raise InputError(f"`{prompt.id}` has no variable `{unknown[0]}`", hint)
    if prompt.inputs is not None:
        seconds = prompt.environment.limits.pattern_s
        try:
            faults = schema.faults(variables, schema.foreign_validator(prompt.inputs, search, seconds))
        except LimitError as error:
            raise InputError(f"inputs: {error.message}", error.hint) from None
        if faults:
            name, message = faults[0][0], faults[0][1]
            hint = "give it with --var NAME=VALUE, or take a case with --case SUITE/ID"
            raise InputError(f"inputs: {message}" + (f" (at {name[0]})" if name else ""), hint)
    return render(prompt, variables, history)


def assigned(prompt: Prompt, assignments: Sequence[str]) -> dict[str, Any]:
    """Variables that are given as `name=value`: text where `inputs` says so, else YAML.

    Raises InputError for any other form.
    """
    values: dict[str, Any] = {}
    properties = (prompt.inputs or {}).get("properties", {})
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name:
            raise InputError(f"`--var {assignment}` is not NAME=VALUE", "for example --var ticket='hello'")
        is_text = properties.get(name, {}).get("type", "string") == "string"
        values[name] = value if is_text else read_yaml(value, f"--var {name}").data
    return values
