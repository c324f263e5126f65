"""From a prompt and variables to the messages that are sent."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError, TemplateSyntaxError

from llmops_cli.core.errors import InputError
from llmops_cli.core.problem import Problem
from llmops_cli.prompts.meter import TooMuchError
from llmops_cli.prompts.template import MESSAGE
from llmops_cli.prompts.varying import VaryingError, addresses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Template

    from llmops_cli.core.problem import Severity
    from llmops_cli.core.source import Source
    from llmops_cli.prompts.prompt import Message, Prompt


PRINT_VALUES = "print the values that are meant: `| join(', ')`, `| list`, or a call `()`"


class UnaffordableError(InputError):
    """A prompt cannot be rendered within the limits; other cases would take as long to say so."""


def render(
    prompt: Prompt, variables: Mapping[str, Any], history: Sequence[Mapping[str, Any]] = ()
) -> tuple[dict[str, Any], ...]:
    """The messages with every template filled in.

    `history` holds earlier messages of a conversation; they stand before the prompt's last user message.
    Raises InputError with the place in the prompt file when a template fails.
    """
    rendered = [
        {"role": message.role, "content": _content(prompt, index, message, variables), **message.extra}
        for index, message in enumerate(prompt.messages)
    ]
    if history:
        last_user = max(
            (index for index, message in enumerate(prompt.messages) if message.role == "user"),
            default=len(rendered),
        )
        rendered[last_user:last_user] = [dict(message) for message in history]
    return tuple(rendered)


def _content(prompt: Prompt, index: int, message: Message, variables: Mapping[str, Any]) -> Any:
    if isinstance(message.content, str):
        return _text(prompt, f"{prompt.path}{MESSAGE}{index}", variables)
    parts = []
    for number, part in enumerate(message.content):
        made = dict(part)
        if "text" in part:
            made["text"] = _text(prompt, f"{prompt.path}{MESSAGE}{index}.{number}.text", variables)
        if "image_url" in part:
            url = _text(prompt, f"{prompt.path}{MESSAGE}{index}.{number}.url", variables)
            made["image_url"] = {**part["image_url"], "url": url}
        parts.append(made)
    return parts


@cache
def _template(environment: Any, name: str) -> Template:
    template: Template = environment.get_template(name)
    return template


def _text(prompt: Prompt, name: str, variables: Mapping[str, Any]) -> str:
    try:
        template = _template(prompt.environment, name)
        with prompt.environment.meter:
            text = template.render(variables)
    except TooMuchError as error:
        message = f"the template is too much: {error.message}"
        problem = _problem_at_line(prompt, name, error, message, error.hint)
        raise UnaffordableError(problems=[problem]) from None
    except VaryingError as error:
        problem = _problem_at_line(prompt, name, error, error.message or "", PRINT_VALUES)
        raise InputError(problems=[problem]) from None
    except TemplateSyntaxError as error:
        message = f"template syntax: {error.message}"
        raise InputError(problems=[template_problem(prompt.source, name, error.lineno, message)]) from None
    except TemplateError as error:
        raise InputError(problems=[_fault(prompt, name, f"the template failed: {error.message}")]) from None
    except RecursionError:
        message = "the template failed: it includes or calls itself without an end"
        raise InputError(problems=[_fault(prompt, name, message)]) from None
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # An expression of the template failed on these values: `{{ 1 / n }}`, `{{ a + b }}`.
        message = f"{type(error).__name__}: {error}"
        raise InputError(problems=[_fault(prompt, name, f"the template failed: {message}")]) from None
    if addresses(text, [prompt.environment.project_loader.messages[name], prompt.partials, variables]):
        message = "its text holds the address of an object, which is another each time"
        raise InputError(problems=[_fault(prompt, name, message, PRINT_VALUES)])
    return text


def _problem_at_line(prompt: Prompt, name: str, error: TemplateError, message: str, hint: str) -> Problem:
    """The problem at the line of the template that raised it."""
    place, traceback = (name, 1), error.__traceback__
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if file == name or file in prompt.partials:
            place = (file, traceback.tb_lineno)
        traceback = traceback.tb_next
    return template_problem(prompt.source, *place, message, hint)


def _fault(prompt: Prompt, name: str, message: str, hint: str = "") -> Problem:
    return prompt.source.problem(pointer_of(prompt.source.data, name), message, hint)


def template_problem(
    source: Source, template: str, line: int, message: str, hint: str = "", severity: Severity = "error"
) -> Problem:
    """A problem at a line of a template: of a message in the prompt's file, or of a partial."""
    if MESSAGE not in template:
        return Problem(template, line, 0, message, hint, severity=severity)
    place = source.place_in_text(pointer_of(source.data, template), line)
    return Problem(source.path, *place, message, hint, severity=severity)


def template_names(prompt: Prompt) -> list[str]:
    """The names under which the texts of a prompt's messages are compiled, in their order."""
    names = []
    for index, message in enumerate(prompt.messages):
        name = f"{prompt.path}{MESSAGE}{index}"
        if isinstance(message.content, str):
            names.append(name)
            continue
        for number, part in enumerate(message.content):
            names += [f"{name}.{number}.text"] if "text" in part else []
            names += [f"{name}.{number}.url"] if "image_url" in part else []
    return names


def pointer_of(data: Mapping[str, Any], name: str) -> tuple[str | int, ...]:
    """Where in the prompt file the template called `name` stands."""
    if "prompt" in data:
        return ("prompt",)
    index, *part = name.rpartition(MESSAGE)[2].split(".")
    pointer: tuple[str | int, ...] = ("messages", int(index), "content")
    if part:
        pointer += (int(part[0]), "text") if part[1] == "text" else (int(part[0]), "image_url", "url")
    return pointer
