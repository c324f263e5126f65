"""Prompt files that are wrong: each fault at its place, with the next step, before any call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.bad import Bad, assert_refused, problems
from tests.cli.projects import CASES_PATH, PROMPT, PROMPT_PATH, SUITE_PATH, cases, changed, project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

ASK = '"What is the capital of {{ country }}?"'


def asking(template: str, **partials: str) -> dict[str, str]:
    """The prompt with another user message, and partials `prompts/_NAME.j2`."""
    files = {f"prompts/_{name}.j2": text for name, text in partials.items()}
    return {**changed(PROMPT_PATH, ASK, template), **files}


BAD = [
    Bad(
        "a misspelled key",
        changed(PROMPT_PATH, "params:", "parms:"),
        problems("prompts/capital.yaml:4:1: unknown key `parms`\n    did you mean `params`?"),
    ),
    Bad(
        "a misspelled key of a message",
        changed(PROMPT_PATH, "role: system", "rolle: system"),
        problems(
            "prompts/capital.yaml:11:5: the key `role` is missing\n    who speaks",
            "prompts/capital.yaml:11:5: unknown key `rolle`\n    did you mean `role`?",
        ),
    ),
    Bad(
        "a role that is none",
        changed(PROMPT_PATH, "role: system", "role: sytem"),
        problems(
            "prompts/capital.yaml:11:11: `messages[0].role` must be one of `system`, `developer`, "
            "`user`, `assistant`, `tool`, found `sytem`"
        ),
    ),
    Bad(
        "no model",
        changed(PROMPT_PATH, "model: openai/gpt-4o-mini-2024-07-18\n", ""),
        problems(
            "prompts/capital.yaml:1:1: the key `model` is missing\n    provider/model, pinned to one version"
        ),
    ),
    Bad(
        "a version of two numbers",
        changed(PROMPT_PATH, "1.0.0", "1.4"),
        problems(
            "prompts/capital.yaml:2:10: `version` must be text, found the number `1.4`\n"
            "    write three numbers: major.minor.patch"
        ),
    ),
    Bad(
        "a version of two numbers in quotes",
        changed(PROMPT_PATH, "1.0.0", '"1.4"'),
        problems(
            "prompts/capital.yaml:2:10: `version` must be a semantic version such as 1.4.0, found "
            "`1.4`\n    write three numbers: major.minor.patch"
        ),
    ),
    Bad(
        "an id in upper case",
        changed(PROMPT_PATH, "id: capital", "id: Capital"),
        problems(
            "prompts/capital.yaml:1:5: `id` must be lower case letters, digits, `-` and `_`, in "
            "parts joined by dots, found `Capital`"
        ),
    ),
    Bad(
        "a key that stands twice",
        changed(PROMPT_PATH, "version:", "id: other\nversion:"),
        problems("prompts/capital.yaml:2:1: the key `id` stands twice\n    keep one of them"),
    ),
    Bad(
        "an id that is taken",
        {"prompts/europe/other.yaml": PROMPT},
        problems(
            "prompts/europe/other.yaml:1:5: the id `capital` is already taken by "
            "prompts/capital.yaml\n    ids are unique in a project"
        ),
    ),
    Bad(
        "prompt and messages",
        {PROMPT_PATH: PROMPT + "prompt: hello\n"},
        problems(
            "prompts/capital.yaml:15:1: both `prompt` and `messages` are given\n"
            "    `prompt: |` is the short form of one user message; keep one of the two"
        ),
    ),
    Bad(
        "neither prompt nor messages",
        {PROMPT_PATH: PROMPT.partition("messages:")[0]},
        problems(
            "prompts/capital.yaml:1:1: neither `prompt` nor `messages` is given\n"
            "    `prompt: |` is the short form of one user message; keep one of the two"
        ),
    ),
    Bad(
        "inputs that are no schema",
        changed(PROMPT_PATH, "type: string", "type: strin"),
        problems(
            "prompts/capital.yaml:6:3: `inputs` is not a JSON Schema: properties/country/type: "
            "'strin' is not valid under any of the given schemas\n"
            "    see json-schema.org, draft 2020-12"
        ),
    ),
    Bad("an empty file", {PROMPT_PATH: ""}, problems("prompts/capital.yaml:1: the file is empty")),
    Bad(
        "a list",
        {PROMPT_PATH: "- id: capital\n"},
        problems("prompts/capital.yaml:1:1: the value must be a mapping, found a list of 1"),
    ),
    Bad(
        "a part without its text",
        asking("[{type: text}]"),
        problems("prompts/capital.yaml:14:15: a part of type `text` needs the key `text`"),
    ),
    Bad(
        "an undefined variable",
        asking('"Hello {{ cuntry }}"'),
        problems(
            "prompts/capital.yaml:14:24: undefined variable `cuntry`: it is not among the prompt's "
            "inputs\n    did you mean `country`?"
        ),
    ),
    Bad(
        "an undefined variable in a block",
        asking("|\n      Hello,\n\n      dear {{ cuntry }}, {{ country }}"),
        problems(
            "prompts/capital.yaml:17:15: undefined variable `cuntry`: it is not among the prompt's "
            "inputs\n    did you mean `country`?"
        ),
    ),
    Bad(
        "an undefined variable behind a longer one",
        asking('"{{ country }} {{ count }}"'),
        problems(
            "prompts/capital.yaml:14:32: undefined variable `count`: it is not among the prompt's "
            "inputs\n    did you mean `country`?"
        ),
    ),
    Bad(
        "an undefined variable in a partial",
        asking("\"{% include '_tone.j2' %} {{ country }}\"", tone="Be kind.\nUse {{ langage }}.\n"),
        problems(
            "prompts/_tone.j2:2: undefined variable `langage`: it is not among the prompt's inputs "
            "(prompts/capital.yaml)\n    known inputs: country"
        ),
    ),
    Bad(
        "a template that does not end",
        asking('"Hello {{ country "'),
        problems(
            "prompts/capital.yaml:14:15: template syntax: unexpected end of template, expected "
            "'end of print statement'."
        ),
    ),
    Bad(
        "a template fault in a block",
        asking("|\n      Hello\n      {% if country %}\n      you\n      {% endfi %}\n"),
        problems(
            "prompts/capital.yaml:18: template syntax: Encountered unknown tag 'endfi'. Jinja was "
            "looking for the following tags: 'elif' or 'else' or 'endif'. The innermost block that "
            "needs to be closed is 'if'."
        ),
    ),
    Bad(
        "a template fault in a partial",
        asking("\"{% include '_tone.j2' %} {{ country }}\"", tone="One.\nTwo.\n{{ three\n"),
        problems(
            "prompts/_tone.j2:3: template syntax: unexpected end of template, expected 'end of "
            "print statement'."
        ),
    ),
    Bad(
        "an unknown filter",
        asking('"Hello {{ country | uper }}"'),
        problems(
            "prompts/capital.yaml:14:15: template syntax: No filter named 'uper'.\n    did you mean `upper`?"
        ),
    ),
    Bad(
        "a missing include",
        asking("\"{% include '_tonne.j2' %} {{ country }}\"", tone="Be kind."),
        problems(
            "prompts/capital.yaml:14:15: `_tonne.j2` is included and is not in prompts/\n"
            "    did you mean `_tone.j2`?"
        ),
    ),
    Bad(
        "a missing include in a block",
        asking("|\n      {{ country }}\n      {% include '_tonne.j2' %}\n", tone="Be kind."),
        problems(
            "prompts/capital.yaml:16: `_tonne.j2` is included and is not in prompts/\n"
            "    did you mean `_tone.j2`?"
        ),
    ),
    Bad(
        "a missing include of a partial",
        asking("\"{% include '_tone.j2' %} {{ country }}\"", tone="Be kind.\n{% include '_rules.j2' %}\n"),
        problems(
            "prompts/_tone.j2:2: `_rules.j2` is included and is not in prompts/\n    known partials: _tone.j2"
        ),
    ),
    Bad(
        "an include outside the project",
        asking("\"{% include '../../secret.txt' %} {{ country }}\""),
        problems(
            "prompts/capital.yaml:14:15: include outside the project's prompts: "
            "`../../secret.txt`\n    includes come from prompts/ only"
        ),
    ),
    Bad(
        "an include outside prompts",
        asking("\"{% include '../llmops.yaml' %} {{ country }}\""),
        problems(
            "prompts/capital.yaml:14:15: include outside the project's prompts: `../llmops.yaml`\n "
            "   includes come from prompts/ only"
        ),
    ),
    Bad(
        "an absolute include",
        asking("\"{% include '/etc/hostname' %} {{ country }}\""),
        problems(
            "prompts/capital.yaml:14:15: include outside the project's prompts: `/etc/hostname`\n"
            "    includes come from prompts/ only"
        ),
    ),
    Bad(
        "a computed include",
        asking('"{% include country %}"'),
        problems("prompts/capital.yaml:14:15: template syntax: the name of an include has to be written out"),
    ),
    Bad(
        "a missing macro file",
        asking("\"{% from '_macros.j2' import hello %}{{ hello(country) }}\""),
        problems(
            "prompts/capital.yaml:14:15: `_macros.j2` is included and is not in prompts/\n"
            "    there are no partials here yet"
        ),
    ),
    Bad(
        "partials in a circle",
        {
            **asking(
                "\"{% include '_a.j2' %} {{ country }}\"",
                a="{% include '_b.j2' %}",
                b="{% include '_a.j2' %}",
            ),
            CASES_PATH: cases(France="Paris"),
        },
        problems(
            "prompts/capital.yaml:14:14: the template failed: it includes or calls itself without "
            "an end (case `france`, evalsets/capitals.jsonl:1)"
        ),
    ),
    Bad(
        "a template that fails on the values",
        asking('"{{ country / 2 }}"'),
        problems(
            "prompts/capital.yaml:14:14: the template failed: TypeError: unsupported operand "
            "type(s) for /: 'str' and 'int' (case `france`, evalsets/capitals.jsonl:1, and 9 more "
            "cases)"
        ),
    ),
    Bad(
        "a method of a value that is not there",
        asking('"{{ country.captial }}"'),
        problems(
            "prompts/capital.yaml:14:14: the template failed: 'str object' has no attribute "
            "'captial' (case `france`, evalsets/capitals.jsonl:1, and 9 more cases)"
        ),
    ),
    Bad(
        "a model without a provider",
        changed(PROMPT_PATH, "openai/gpt-4o-mini-2024-07-18", "gpt-4o"),
        problems(
            "prompts/capital.yaml:3:8: `model` must be `provider/model`, found `gpt-4o`\n"
            "    for example openai/gpt-4o-mini-2024-07-18 or local/smollm2-135m-instruct-q4_1"
        ),
    ),
    Bad(
        "an unknown provider",
        changed(PROMPT_PATH, "openai/gpt", "opnai/gpt"),
        problems(
            "prompts/capital.yaml:3:8: unknown provider `opnai` in "
            "`opnai/gpt-4o-mini-2024-07-18`\n"
            "    did you mean `openai`? or add it to llmops.yaml: `providers: {opnai: {kind: "
            "openai, base_url: …}}` for an OpenAI-compatible server, `{kind: litellm}` for another "
            "provider that litellm knows"
        ),
    ),
    Bad(
        "an unknown local model",
        changed(PROMPT_PATH, "openai/gpt-4o-mini-2024-07-18", "local/smollm2-135m-instruct"),
        problems(
            "prompts/capital.yaml:3:8: unknown local model `smollm2-135m-instruct`\n"
            "    did you mean `smollm2-135m-instruct-q4_1`? or write the path of a .gguf file in "
            "the project"
        ),
    ),
    Bad(
        "a moving alias",
        changed(PROMPT_PATH, "gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        problems(
            "prompts/capital.yaml:3:8: `openai/gpt-4o-mini` is a moving alias: scores of today "
            "would mean nothing tomorrow\n"
            "    write a dated version, such as `openai/gpt-4o-mini-YYYY-MM-DD`; the provider's "
            "model page lists them; or allow it in llmops.yaml under models.allow_aliases"
        ),
    ),
    Bad(
        "a bad tool",
        {PROMPT_PATH: PROMPT + "tools: [{type: function}]\n"},
        problems("prompts/capital.yaml:15:9: the key `function` is missing"),
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_bad_prompt(bad: Bad, tmp_path: Path, idle: Provider) -> None:
    assert_refused(bad, project(tmp_path, bad.files), idle)


OUT = (
    "is a link that leads out of the repository, to `{}`\n"
    "    only files of the repository count: copy what it leads to into it, or remove the link"
)


def test_an_include_may_not_follow_a_link_out_of_the_project(tmp_path: Path, idle: Provider) -> None:
    (tmp_path / "secret.txt").write_text("the secret")
    root = project(tmp_path / "here", asking("\"{% include '_link.j2' %} {{ country }}\""))
    (root / "prompts/_link.j2").symlink_to(tmp_path / "secret.txt")
    bad = Bad("link", {}, problems(f"prompts/_link.j2: {OUT.format(tmp_path / 'secret.txt')}"))
    assert_refused(bad, root, idle)


def test_a_prompt_may_not_be_a_link_out_of_the_project(tmp_path: Path, idle: Provider) -> None:
    (tmp_path / "outside.yaml").write_text(PROMPT)
    root = project(tmp_path / "here", {PROMPT_PATH: None})
    (root / "prompts").mkdir()
    (root / PROMPT_PATH).symlink_to(tmp_path / "outside.yaml")
    bad = Bad("link", {}, problems(f"prompts/capital.yaml: {OUT.format(tmp_path / 'outside.yaml')}"))
    assert_refused(bad, root, idle)


def test_every_fault_of_every_file_is_named_at_once(tmp_path: Path, idle: Provider) -> None:
    files = {
        **changed(PROMPT_PATH, "params:", "parms:"),
        "prompts/other.yaml": "id: other\nversion: 2\nmodel: openai/gpt-4o-2024-08-06\nprompt: hi\n",
        **changed(SUITE_PATH, "scorers:", "scorrers:"),
    }
    bad = Bad(
        "several",
        {},
        problems(
            "evalsets/capitals.yaml:1:1: the key `scorers` is missing\n"
            '    at least one scorer, such as `- equals: "{{ expected }}"`',
            "evalsets/capitals.yaml:4:1: unknown key `scorrers`\n    did you mean `scorers`?",
            "prompts/capital.yaml:4:1: unknown key `parms`\n    did you mean `params`?",
            "prompts/other.yaml:2:10: `version` must be text, found the number `2`\n"
            "    write three numbers: major.minor.patch",
        ),
    )
    assert_refused(bad, project(tmp_path, files), idle)
