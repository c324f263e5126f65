"""The messages that a prompt would send, without sending them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.core import schema
from llmops_cli.core.errors import InputError
from llmops_cli.core.source import read_yaml
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.evals.select import select
from llmops_cli.evals.workspace import open_workspace, require_sound
from llmops_cli.prompts.find import find_prompt
from llmops_cli.prompts.render import render

if TYPE_CHECKING:
    from llmops_cli.core.project import Project
    from llmops_cli.evals.case import Case
    from llmops_cli.prompts.prompt import Prompt


def preview(
    project: Project, reference: str, assignments: list[str], case: str
) -> tuple[Prompt, tuple[dict[str, Any], ...]]:
    """A prompt and its messages for the variables given as `name=value`, or for a case `suite/id`.

    Raises InputError when a variable is missing, unknown or not what `inputs` asks for.
    """
    prompt = find_prompt(project, reference)
    history: tuple[Any, ...] = ()
    variables: dict[str, Any] = {}
    if case:
        found = _case(project, case)
        variables, history = found.template_values, found.messages
    variables |= _assigned(prompt, assignments)
    unknown = sorted(set(variables) - prompt.variables - set((prompt.inputs or {}).get("properties", {})))
    if unknown:
        hint = did_you_mean(unknown[0], prompt.variables, noun="variables")
        raise InputError(f"`{prompt.id}` has no variable `{unknown[0]}`", hint)
    if prompt.inputs is not None:
        faults = schema.faults(variables, schema.validator(prompt.inputs))
        if faults:
            name, message = faults[0][0], faults[0][1]
            hint = "give it with --var NAME=VALUE, or take a case with --case SUITE/ID"
            raise InputError(f"inputs: {message}" + (f" (at {name[0]})" if name else ""), hint)
    return prompt, render(prompt, variables, history)


def _assigned(prompt: Prompt, assignments: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    properties = (prompt.inputs or {}).get("properties", {})
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name:
            raise InputError(f"`--var {assignment}` is not NAME=VALUE", "for example --var ticket='hello'")
        is_text = properties.get(name, {}).get("type", "string") == "string"
        values[name] = value if is_text else read_yaml(value, f"--var {name}").data
    return values


def _case(project: Project, name: str) -> Case:
    suite_id, _, case_id = name.partition("/")
    suite = select(require_sound(open_workspace(project)).suites, [suite_id])[0]
    cases = {case.id: case for case in suite.cases}
    if case_id not in cases:
        raise InputError(
            f"suite `{suite_id}` has no case `{case_id}`", did_you_mean(case_id, cases, noun="cases")
        )
    return cases[case_id]
