"""Suites and llmops.yaml that are wrong: each fault at its place, with the next step, before any call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.bad import Bad, assert_refused, problems
from tests.cli.projects import (
    CASES,
    CASES_PATH,
    MODEL,
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE,
    SUITE_PATH,
    changed,
    llmops,
    project,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

from tests.cli.bad import EQUALS

BAD = [
    Bad(
        "a misspelled key of the project",
        {PROJECT_PATH: "name: x\ntimout_s: 5\n"},
        problems("llmops.yaml:2:1: unknown key `timout_s`\n    did you mean `timeout_s`?"),
    ),
    Bad(
        "a misspelled key of a provider",
        {PROJECT_PATH: "providers:\n  mine: {kind: openai, base_ulr: http://127.0.0.1:1/v1}\n"},
        problems("llmops.yaml:2:24: unknown key `base_ulr`\n    did you mean `base_url`?"),
    ),
    Bad(
        "a key written into the project",
        {PROJECT_PATH: "providers:\n  mine: {kind: openai, api_key: sk-1}\n"},
        problems("llmops.yaml:2:24: unknown key `api_key`\n    did you mean `api_key_env`?"),
    ),
    Bad(
        "a provider of no known kind",
        {PROJECT_PATH: "providers:\n  mine: {kind: opnai}\n"},
        problems(
            "llmops.yaml:2:16: `providers.mine.kind` must be one of `openai`, `anthropic`, "
            "`litellm`, found `opnai`"
        ),
    ),
    Bad(
        "a provider that is nothing",
        {PROJECT_PATH: "providers:\n  mine:\n"},
        problems("llmops.yaml:2:8: `providers.mine` must be a mapping, found nothing"),
    ),
    Bad(
        "a misspelled price",
        {PROJECT_PATH: "prices:\n  a/b: {input_per_milion: 1, output_per_million: 2}\n"},
        problems(
            "llmops.yaml:2:8: the key `input_per_million` is missing in `a/b`",
            "llmops.yaml:2:9: unknown key `input_per_milion`\n    did you mean `input_per_million`?",
        ),
    ),
    Bad(
        "a price below zero, and one that is no number",
        {PROJECT_PATH: "prices:\n  a/b: {input_per_million: -1, output_per_million: much}\n"},
        problems(
            "llmops.yaml:2:28: `prices.a/b.input_per_million` must be at least 0, found the number `-1`",
            "llmops.yaml:2:52: `prices.a/b.output_per_million` must be a number, found `much`",
        ),
    ),
    Bad(
        "no attempts",
        {PROJECT_PATH: "max_attempts: 0\n"},
        problems("llmops.yaml:1:15: `max_attempts` must be at least 1, found the number `0`"),
    ),
    Bad(
        "a project that is a list",
        {PROJECT_PATH: "- name: x\n"},
        problems("llmops.yaml:1:1: the value must be a mapping, found a list of 1"),
    ),
    Bad(
        "a misspelled key",
        changed(SUITE_PATH, "cases:", "casses:"),
        problems(
            "evalsets/capitals.yaml:1:1: the key `cases` is missing\n"
            "    a path, a glob, a list of them, or the cases themselves",
            "evalsets/capitals.yaml:3:1: unknown key `casses`\n    did you mean `cases`?",
        ),
    ),
    Bad(
        "no prompt",
        changed(SUITE_PATH, "prompt: capital\n", ""),
        problems(
            "evalsets/capitals.yaml:1:1: the key `prompt` is missing\n"
            "    `prompt:` names the prompt to judge, `prompts:` several"
        ),
    ),
    Bad(
        "an unknown prompt",
        changed(SUITE_PATH, "prompt: capital", "prompt: capitol"),
        problems("evalsets/capitals.yaml:2:9: no prompt has the id `capitol`\n    did you mean `capital`?"),
    ),
    Bad(
        "prompt and prompts",
        changed(SUITE_PATH, "cases:", "prompts: [capital]\ncases:"),
        problems(
            "evalsets/capitals.yaml:1:1: both `prompt` and `prompts` are given\n"
            "    `prompt:` names the prompt to judge, `prompts:` several"
        ),
    ),
    Bad(
        "an id that is taken",
        {"evalsets/other.yaml": SUITE},
        problems(
            "evalsets/other.yaml:1:5: the id `capitals` is already taken by "
            "evalsets/capitals.yaml\n    ids are unique in a project"
        ),
    ),
    Bad(
        "no scorers",
        {SUITE_PATH: SUITE.replace(f"scorers:\n  {EQUALS}\n", "")},
        problems(
            "evalsets/capitals.yaml:1:1: the key `scorers` is missing\n"
            '    at least one scorer, such as `- equals: "{{ expected }}"`'
        ),
    ),
    Bad(
        "an empty list of scorers",
        {SUITE_PATH: SUITE.replace(f"scorers:\n  {EQUALS}", "scorers: []")},
        problems(
            "evalsets/capitals.yaml:4:10: `scorers` must not be empty, found an empty list\n"
            "    a suite without scorers would always pass"
        ),
    ),
    Bad(
        "no repeats",
        changed(SUITE_PATH, "prompt: capital", "prompt: capital\nrepeats: 0"),
        problems("evalsets/capitals.yaml:3:10: `repeats` must be at least 1, found the number `0`"),
    ),
    Bad(
        "a moving alias",
        changed(SUITE_PATH, "prompt: capital", "prompt: capital\nmodels: [openai/gpt-4o]"),
        problems(
            "evalsets/capitals.yaml:3:10: `openai/gpt-4o` is a moving alias: scores of today would "
            "mean nothing tomorrow\n"
            "    write a dated version, such as `openai/gpt-4o-YYYY-MM-DD`; the provider's model "
            "page lists them; or allow it in llmops.yaml under models.allow_aliases"
        ),
    ),
    Bad(
        "no case file",
        changed(SUITE_PATH, "capitals.jsonl", "capitols.jsonl"),
        problems(
            "evalsets/capitals.yaml:3:8: no such file: `capitols.jsonl`\n    did you mean `capitals.jsonl`?"
        ),
    ),
    Bad(
        "a glob that matches nothing",
        changed(SUITE_PATH, "capitals.jsonl", "cases/*.jsonl"),
        problems(
            "evalsets/capitals.yaml:3:8: `cases/*.jsonl` matches no file\n    did you mean `capitals.jsonl`?"
        ),
    ),
    Bad(
        "a case file of another kind",
        {**changed(SUITE_PATH, "capitals.jsonl", "capitals.txt"), "evalsets/capitals.txt": CASES},
        problems(
            "evalsets/capitals.yaml:3:8: cases are not read from `evalsets/capitals.txt`\n"
            "    one of .jsonl, .csv, .yaml, .yml, .json"
        ),
    ),
    Bad(
        "a case file outside",
        changed(SUITE_PATH, "capitals.jsonl", "../../capitals.jsonl"),
        problems(
            "evalsets/capitals.yaml:3:8: `../../capitals.jsonl` lies outside the project\n"
            "    cases are files of the project"
        ),
    ),
    Bad(
        "an empty list of cases",
        changed(SUITE_PATH, "capitals.jsonl", "[]"),
        problems("evalsets/capitals.yaml:3:8: `cases` must not be empty, found an empty list"),
    ),
    Bad("an empty suite", {SUITE_PATH: ""}, problems("evalsets/capitals.yaml:1: the file is empty")),
    Bad("no suites", {SUITE_PATH: None}, ("no suites in evalsets/\n    `llmops init` writes a first one\n")),
    Bad(
        "only one case decides",
        {
            **changed(SUITE_PATH, '- equals: "{{ expected }}"', "- levenshtein: Paris"),
            **changed(
                CASES_PATH, '"expected": "Paris"', '"expected": "Paris", "scorers": [{"equals": "Paris"}]'
            ),
        },
        problems(
            *(
                f"evalsets/capitals.jsonl:{line}:1: no scorer decides over case `{name}`, so it would always "
                f"pass{more}\n    give the case a scorer that decides, or the suite one for all cases"
                for line, name, more in (
                    (2, "spain", ""),
                    (3, "italy", ""),
                    (4, "norway", ""),
                    (5, "japan", ""),
                    (6, "peru", "; so it is with 4 more cases"),
                )
            )
        ),
    ),
    Bad(
        "tags that nobody is like",
        changed(CASES_PATH, '"id": "france"', '"tags": ["smoke"], "id": "france"'),
        problems(
            "evalsets/capitals.yaml:3:8: the filter tag:smoke and id:spain matches none of 10 cases\n"
            "    a case has to match every filter, and each of them matches others"
        ),
        ("--filter", "tag:smoke", "--filter", "id:spain"),
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_bad_suite(bad: Bad, tmp_path: Path, idle: Provider) -> None:
    assert_refused(bad, project(tmp_path, bad.files), idle)


def test_a_missing_key_is_named_by_its_variable(
    tmp_path: Path, idle: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    bad = Bad(
        "no key", {}, problems("prompts/capital.yaml:3:8: no API key for `openai`\n    set OPENAI_API_KEY")
    )
    assert_refused(bad, project(tmp_path), idle)


def test_a_version_of_the_prompt_needs_git(tmp_path: Path, idle: Provider) -> None:
    root = project(tmp_path, changed(SUITE_PATH, "prompt: capital", "prompt: capital@0.9.0"))
    said = llmops(root, "eval")
    assert said.code == 2
    assert said.err.startswith(f"{SUITE_PATH}:2:9: {root} is not inside a git repository\n    git init")
    assert idle.count == 0


def test_a_moving_alias_can_be_allowed(tmp_path: Path, idle: Provider) -> None:
    prompt = changed(PROMPT_PATH, MODEL, "openai/gpt-4o-mini")
    for allowed in ("true", "[openai/gpt-4o-mini]"):
        root = project(
            tmp_path / allowed, {**prompt, PROJECT_PATH: f"models: {{allow_aliases: {allowed}}}\n"}
        )
        assert llmops(root, "eval").code == 0
    assert idle.count == 20


def test_only_the_listed_aliases_are_allowed(tmp_path: Path, idle: Provider) -> None:
    files = {
        **changed(PROMPT_PATH, MODEL, "openai/gpt-4o-mini"),
        PROJECT_PATH: "models: {allow_aliases: [openai/gpt-4o]}\n",
    }
    said = llmops(project(tmp_path, files), "eval")
    assert said.code == 2
    assert f"{PROMPT_PATH}:3:8: `openai/gpt-4o-mini` is a moving alias" in said.err
    assert idle.count == 0
