"""Prompts as Documents: all of them with the suites that judge them, one of them, and what a model gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import canonical_json
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Code, Document, Section, Text
from llmops_cli.reports.listing import listing_document
from llmops_cli.reports.problems import problem_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from llmops_cli.core.problem import Problem
    from llmops_cli.evals.suite import Suite
    from llmops_cli.prompts.prompt import Prompt
    from llmops_cli.reports.document import Block


def prompts_document(
    prompts: Mapping[str, Prompt], suites: Iterable[Suite], problems: Sequence[Problem]
) -> Document:
    """Every prompt with its version, model and suites; `problems` are those of suites that are left out."""
    suites_of: dict[str, list[str]] = {}
    for suite in suites:
        for prompt in suite.prompts:
            suites_of.setdefault(prompt.id, []).append(suite.id)
    listed = [prompts[name] for name in sorted(prompts)]
    none = "?" if problems else "–"  # a suite that is left out may judge it
    rows = [(p.id, p.version, p.model, ", ".join(suites_of.get(p.id, [none])), p.path) for p in listed]
    entries = [
        {**_prompt_data(prompt), "suites": suites_of.get(prompt.id, []), "fingerprint": prompt.fingerprint}
        for prompt in listed
    ]
    data = {"prompts": entries, "problems": [problem_data(problem) for problem in problems]}
    headline = numbers.count(len(listed), "prompt")
    return listing_document(headline, ("id", "version", "model", "suites", "file"), rows, data)


def _prompt_data(prompt: Prompt) -> dict[str, Any]:
    return {"id": prompt.id, "version": prompt.version, "model": prompt.model, "path": prompt.path}


def prompt_document(prompt: Prompt) -> Document:
    """One prompt as it stands in the repository."""
    parts = (prompt.path, prompt.model, prompt.owner, prompt.fingerprint)
    blocks: list[Block] = [Text(" · ".join(part for part in parts if part))]
    if prompt.description:
        blocks.append(Text(prompt.description))
    messages = [message.to_json() for message in prompt.messages]
    sections = [Section("", tuple(blocks)), *(_message(message) for message in messages)]
    sections += [Section(path, (Code(text),)) for path, text in prompt.partials.items()]
    data = {
        **_prompt_data(prompt),
        "fingerprint": prompt.fingerprint,
        "messages": messages,
        "partials": dict(prompt.partials),
        "params": dict(prompt.params),
        "variables": sorted(prompt.variables),
    }
    return Document(Text(prompt.ref), tuple(sections), data)


def rendered_document(prompt: Prompt, messages: Sequence[Mapping[str, Any]]) -> Document:
    """The messages that a model would get."""
    sections = tuple(_message(message) for message in messages)
    return Document(Text(f"{prompt.ref} for {prompt.model}"), sections, {"messages": list(messages)})


def _message(message: Mapping[str, Any]) -> Section:
    content = message["content"]
    text = content if isinstance(content, str) else canonical_json(content)
    return Section(str(message["role"]), (Code(text),))
