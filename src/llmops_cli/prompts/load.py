"""Reads every prompt file of a project and finds what is wrong with it without rendering."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateNotFound, TemplateSyntaxError

from llmops_cli.core import schema
from llmops_cli.core.earlier_ids import earlier_id_problems, earlier_ids
from llmops_cli.core.errors import InputError
from llmops_cli.core.problem import Problem
from llmops_cli.core.source import read_yaml
from llmops_cli.core.spelling import did_you_mean, nearest
from llmops_cli.prompts.prompt import Message, Prompt
from llmops_cli.prompts.render import pointer_of, template_problem
from llmops_cli.prompts.template import (
    MESSAGE,
    MissingIncludeError,
    ProjectEnvironment,
    includes,
    unsteady,
    uses,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.core.source import Source
    from llmops_cli.core.tree import Tree
    from llmops_cli.prompts.varying import Varying

FOLDER = "prompts"

KNOWN_PARAMS = (
    *("temperature", "top_p", "top_k", "min_p", "seed", "stop", "stop_sequences", "n"),
    *("max_tokens", "max_completion_tokens", "presence_penalty", "frequency_penalty", "repeat_penalty"),
    *("logprobs", "top_logprobs", "logit_bias", "response_format", "tool_choice", "parallel_tool_calls"),
    *("reasoning_effort", "verbosity", "thinking", "service_tier", "user", "metadata", "store"),
)
"""Sampling parameters that providers share; others are sent as written."""
NOT_PARAMS = {
    "model": "the prompt's `model` says it",
    "messages": "the prompt's `messages` say it",
    "tools": "the prompt's `tools` say it",
    "stream": "answers are read whole",
}

FROM_CASE = frozenset({"context"})
"""Variables that the case gives besides its `vars`."""


def load_prompts(tree: Tree) -> tuple[dict[str, Prompt], list[Problem]]:
    """Every prompt by id, and every problem found; a file with a problem that matters gives no prompt."""
    environment = ProjectEnvironment(tree)
    prompts: dict[str, Prompt] = {}
    paths, problems = tree.listing(FOLDER)
    for path in paths:
        if not is_prompt_file(path):
            continue
        try:
            prompt, prompt_problems = _load(tree, path, environment)
        except InputError as error:
            problems += error.problems
            continue
        problems += prompt_problems
        if prompt is None:
            continue
        if prompt.id in prompts:
            first = prompts[prompt.id].path
            problems.append(
                prompt.source.problem(
                    ("id",),
                    f"the id `{prompt.id}` is already taken by {first}",
                    "ids are unique in a project",
                )
            )
        else:
            prompts[prompt.id] = prompt
    return prompts, [*problems, *earlier_id_problems(prompts, "prompt")]


def require_prompts(tree: Tree) -> dict[str, Prompt]:
    """Every prompt by id. Raises InputError with every problem when one of them is an error."""
    prompts, problems = load_prompts(tree)
    if any(problem.severity == "error" for problem in problems):
        raise InputError(problems=problems)
    return prompts


def is_prompt_file(path: str) -> bool:
    """Whether a file of `prompts/` holds a prompt: YAML whose name does not begin with `_`."""
    return path.lower().endswith((".yaml", ".yml")) and not posixpath.basename(path).startswith("_")


def _load(tree: Tree, path: str, environment: ProjectEnvironment) -> tuple[Prompt | None, list[Problem]]:
    source = read_yaml(tree.read(path), path, tree.limits)
    problems = schema.check(source, "prompt") or list(_cross_key_problems(source))
    if problems:
        return None, problems
    data: dict[str, Any] = source.data
    messages = _messages(data)
    names = _register(environment, path, messages)
    partials: dict[str, str] = {}
    used: list[str] = []
    for name in names:
        try:
            partials |= includes(environment, name)
            varying = list(_varying(source, unsteady(environment, name, partials)))
            problems += varying
            if varying:
                continue
            for use in uses(environment, name, partials):
                used.append(use.name)
                problems += _undeclared(source, use.name, use.template, use.line)
        except (TemplateSyntaxError, TemplateNotFound, MissingIncludeError) as error:
            problems.append(_template_problem(environment, source, name, error))
    if problems:
        return None, sorted(set(problems))
    problems += _unused(source, used)
    keys = ("description", "owner", "labels", "params", "inputs", "output")
    prompt = Prompt(
        id=data["id"],
        version=data["version"],
        model=data["model"],
        messages=messages,
        source=source,
        environment=environment,
        partials=dict(sorted(partials.items())),
        variables=frozenset(used),
        was=earlier_ids(data),
        tools=tuple(data.get("tools", ())),
        **{key: data[key] for key in keys if key in data},
    )
    return prompt, problems


def _cross_key_problems(source: Source) -> Iterator[Problem]:
    data = source.data
    if ("prompt" in data) == ("messages" in data):
        both = "prompt" in data
        yield source.problem(
            ("prompt",) if both else (),
            "both `prompt` and `messages` are given" if both else "neither `prompt` nor `messages` is given",
            "`prompt: |` is the short form of one user message; keep one of the two",
            key=both,
        )
    for key in ("inputs", "output"):
        fault = schema.schema_fault(data[key]) if key in data else ""
        if fault:
            yield source.problem((key,), f"`{key}` is {fault}", "see json-schema.org, draft 2020-12")
    for name in data.get("params", {}):
        if name in NOT_PARAMS:
            message = f"`{name}` is not a sampling parameter"
            yield source.problem(("params", name), message, NOT_PARAMS[name], key=True)
            continue
        # A parameter that is not known here may be the provider's own; one that is nearly known is a slip.
        meant = nearest(name, KNOWN_PARAMS, cutoff=0.85) if name not in KNOWN_PARAMS else None
        if meant is not None:
            message = f"unknown parameter `{name}`"
            yield source.problem(("params", name), message, f"did you mean `{meant}`?", key=True)
    for index, message in enumerate(data.get("messages", ())):
        for number, part in enumerate(message["content"] if isinstance(message["content"], list) else ()):
            if part["type"] not in part:
                at = ("messages", index, "content", number)
                yield source.problem(at, f"a part of type `{part['type']}` needs the key `{part['type']}`")


def _messages(data: dict[str, Any]) -> tuple[Message, ...]:
    if "prompt" in data:
        return (Message("user", data["prompt"]),)
    return tuple(
        Message(
            entry["role"],
            entry["content"] if isinstance(entry["content"], str) else tuple(entry["content"]),
            {key: value for key, value in entry.items() if key not in ("role", "content")},
        )
        for entry in data["messages"]
    )


def _register(environment: ProjectEnvironment, path: str, messages: tuple[Message, ...]) -> list[str]:
    """Give each template of the messages a name in the loader."""
    texts: dict[str, str] = {}
    for index, message in enumerate(messages):
        name = f"{path}{MESSAGE}{index}"
        if isinstance(message.content, str):
            texts[name] = message.content
            continue
        for number, part in enumerate(message.content):
            if "text" in part:
                texts[f"{name}.{number}.text"] = part["text"]
            if "image_url" in part:
                texts[f"{name}.{number}.url"] = part["image_url"]["url"]
    environment.project_loader.messages.update(texts)
    return list(texts)


def _declared(source: Source) -> set[str] | None:
    """Names that `inputs` declares; None when it leaves them open."""
    inputs = source.data.get("inputs")
    if inputs is None or "properties" not in inputs:
        return None
    return set(inputs["properties"]) | FROM_CASE


def _undeclared(source: Source, name: str, template: str, line: int) -> Iterator[Problem]:
    declared = _declared(source)
    if declared is None or name in declared:
        return
    message = f"undefined variable `{name}`: it is not among the prompt's inputs"
    hint = did_you_mean(name, declared - FROM_CASE, noun="inputs")
    if MESSAGE not in template:
        yield Problem(template, line, 0, f"{message} ({source.path})", hint)
        return
    pointer = pointer_of(source.data, template)
    text = source.data
    for step in pointer:
        text = text[step]
    on_line = re.split(r"\r\n|\r|\n", text)[line - 1]
    match = re.search(rf"\b{re.escape(name)}\b", on_line)
    column = match.start() + 1 if match else 0
    yield Problem(source.path, *source.place_in_text(pointer, line, column), message, hint)


def _varying(source: Source, places: list[tuple[str, Varying]]) -> Iterator[Problem]:
    for template, varying in places:
        yield template_problem(source, template, varying.line, varying.message, varying.hint)


def _unused(source: Source, used: list[str]) -> Iterator[Problem]:
    for name in sorted((_declared(source) or set()) - FROM_CASE - set(used)):
        yield source.problem(
            ("inputs", "properties", name),
            f"the input `{name}` is used by no message",
            "remove it from `inputs`, or use it",
            key=True,
            severity="warning",
        )


def _template_problem(
    environment: ProjectEnvironment,
    source: Source,
    name: str,
    error: TemplateSyntaxError | TemplateNotFound | MissingIncludeError,
) -> Problem:
    if isinstance(error, MissingIncludeError):
        return _missing_include(environment, source, error)
    if isinstance(error, TemplateNotFound):
        return source.problem(pointer_of(source.data, name), f"`{error.name}` is not in prompts/")
    template = error.name or name
    message = f"template syntax: {error.message}"
    unknown = re.match(r"No (filter|test) named '(.+)'", error.message or "")
    builtins = environment.tests if unknown and unknown[1] == "test" else environment.filters
    hint = did_you_mean(unknown[2], builtins, noun=f"{unknown[1]}s") if unknown else ""
    return template_problem(source, template, error.lineno, message, hint)


def _missing_include(environment: ProjectEnvironment, source: Source, error: MissingIncludeError) -> Problem:
    outside = error.path.startswith(("../", "/")) or not error.path.startswith("prompts/")
    message = f"include outside the project's prompts: `{error.reference}`" if outside else error.message
    paths, _ = environment.project_loader.tree.listing(FOLDER)
    partials = [path for path in paths if not is_prompt_file(path)]
    names = [posixpath.basename(path) for path in partials]
    hint = (
        "includes come from prompts/ only"
        if outside
        else did_you_mean(error.reference, names, noun="partials")
    )
    return template_problem(source, error.template, error.line, message, hint)
