"""Suites and llmops.yaml that are wrong: each fault at its place, with the next step, before any call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llmops_cli.reports.formats import ENDINGS, FORMATS
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

EQUALS = '- equals: "{{ expected }}"'


def scoring(entry: str, **files: str) -> dict[str, str]:
    """The suite with another scorer, and files `scorers/NAME.py`."""
    return {
        **changed(SUITE_PATH, EQUALS, entry),
        **{f"scorers/{name}.py": text for name, text in files.items()},
    }


def gating(rules: str) -> dict[str, str]:
    return changed(SUITE_PATH, "pass_rate: {max_drop: 0.05}", rules)


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
        "an unknown scorer",
        scoring('- equalls: "{{ expected }}"'),
        problems("evalsets/capitals.yaml:5:5: unknown scorer `equalls`\n    did you mean `equals`?"),
    ),
    Bad(
        "a scorer that nothing is like",
        scoring("- bleu"),
        problems(
            "evalsets/capitals.yaml:5:5: unknown scorer `bleu`\n"
            "    known scorers: contains, contains-all, contains-any, cost, equals, icontains, "
            "is-json, json-schema, judge, latency, levenshtein, numeric-close, python, regex, "
            "starts-with, word-count"
        ),
    ),
    Bad(
        "an unknown option of a scorer",
        scoring("- equals: {value: x, ignore-cases: true}"),
        problems(
            "evalsets/capitals.yaml:5:24: equals: unknown key `ignore-cases`\n    did you mean `ignore-case`?"
        ),
    ),
    Bad(
        "a misspelled setting of a scorer",
        scoring('- equals: "{{ expected }}"\n    threshhold: 0.5'),
        problems("evalsets/capitals.yaml:6:5: unknown key `threshhold`\n    did you mean `threshold`?"),
    ),
    Bad(
        "a weight of nothing",
        scoring('- equals: "{{ expected }}"\n    weight: 0'),
        problems(
            "evalsets/capitals.yaml:6:13: `weight` must be a number above 0, found the number "
            "`0`\n    remove the scorer if it should not count"
        ),
    ),
    Bad(
        "a threshold in percent",
        scoring('- equals: "{{ expected }}"\n    threshold: 90'),
        problems(
            "evalsets/capitals.yaml:6:16: `threshold` must be a number above 0 and at most 1, found the "
            "number `90`\n    values lie between 0 and 1, and 0 would let every answer pass"
        ),
    ),
    Bad(
        "two scorers in one entry",
        scoring('- equals: "{{ expected }}"\n    contains: x'),
        problems(
            "evalsets/capitals.yaml:5:5: an entry names one scorer, found the scorers `equals`, "
            "`contains`\n    one `- ` a scorer"
        ),
    ),
    Bad(
        "two scorers of one metric",
        scoring("- contains: a\n  - contains: b"),
        problems(
            "evalsets/capitals.yaml:6:5: the metric name `contains` is taken by another scorer of "
            "this suite\n    give this scorer its own name with `metric: …`"
        ),
    ),
    Bad(
        "a metric named as one of llmops",
        scoring("- contains: a\n    metric: pass_rate"),
        problems(
            "evalsets/capitals.yaml:5:5: the metric name `pass_rate` is taken by llmops itself\n"
            "    give this scorer its own name with `metric: …`"
        ),
    ),
    Bad(
        "a scorer without its option",
        scoring("- contains"),
        problems(
            "evalsets/capitals.yaml:5:5: contains: the key `value` is missing\n    the text to look for"
        ),
    ),
    Bad(
        "a bad regular expression",
        scoring("- regex: 'a(b'"),
        problems(
            "evalsets/capitals.yaml:5:12: regex: not a regular expression: missing ), unterminated "
            "subpattern at character 2 of `a(b`"
        ),
    ),
    Bad(
        "a template fault in a scorer",
        scoring('- equals: "{{ expected"'),
        problems(
            "evalsets/capitals.yaml:5:13: equals: template syntax: unexpected end of template, "
            "expected 'end of print statement'."
        ),
    ),
    Bad(
        "a scorer of a variable that is not there",
        scoring('- equals: "{{ expcted }}"'),
        problems(
            "evalsets/capitals.yaml:5:13: `equals` reads `expcted`, which no case has\n"
            "    did you mean `expected`?"
        ),
    ),
    Bad(
        "a schema file that is not there",
        scoring("- json-schema: schemas/none.json"),
        problems("evalsets/capitals.yaml:5:18: json-schema: no such file: `schemas/none.json`"),
    ),
    Bad(
        "not- without a threshold",
        scoring("- not-levenshtein: abc"),
        problems(
            "evalsets/capitals.yaml:5:5: `not-levenshtein` gives a graded value: `not-` needs a "
            "`threshold`\n    threshold: 0.8"
        ),
    ),
    Bad(
        "a judge without a model",
        scoring("- judge: polite?"),
        problems(
            "evalsets/capitals.yaml:5:12: judge: the judge needs a `model`, such as "
            "`openai/gpt-4o-2024-08-06`"
        ),
    ),
    Bad(
        "a judge of an unknown provider",
        scoring("- judge: {rubric: polite?, model: opnai/x}\n    threshold: 0.5"),
        problems(
            "evalsets/capitals.yaml:5:12: unknown provider `opnai` in `opnai/x`\n"
            "    did you mean `openai`? or add it to llmops.yaml: `providers: {opnai: {kind: "
            "openai, base_url: …}}` for an OpenAI-compatible server, `{kind: litellm}` for another "
            "provider that litellm knows"
        ),
    ),
    Bad(
        "a judge that moves",
        scoring("- judge: {rubric: polite?, model: openai/gpt-4o}\n    threshold: 0.5"),
        problems(
            "evalsets/capitals.yaml:5:12: `openai/gpt-4o` is a moving alias: scores of today would mean "
            "nothing tomorrow\n"
            "    write a dated version, such as `openai/gpt-4o-YYYY-MM-DD`; the provider's model page lists "
            "them; or allow it in llmops.yaml under models.allow_aliases"
        ),
    ),
    Bad(
        "a python file that is not there",
        scoring("- python: scorers/tone.py:polite"),
        problems("evalsets/capitals.yaml:5:13: python: no such file: `scorers/tone.py`"),
    ),
    Bad(
        "a python function that is not there",
        scoring("- python: scorers/tone.py:polit", tone="def polite(output, case): return 1\n"),
        problems(
            "evalsets/capitals.yaml:5:13: python: scorers/tone.py has no function `polit`; did you "
            "mean `polite`?"
        ),
    ),
    Bad(
        "a python file with a fault",
        scoring("- python: scorers/tone.py:polite", tone="def polite(output, case):\n    retrun 1\n"),
        problems(
            "evalsets/capitals.yaml:5:13: python: cannot be loaded: scorers/tone.py:2: "
            "SyntaxError: invalid syntax"
        ),
    ),
    Bad(
        "a python file outside",
        scoring("- python: ../../tone.py:polite"),
        problems("evalsets/capitals.yaml:5:13: python: `../../tone.py` lies outside the project"),
    ),
    Bad(
        "a gate on an unknown metric",
        gating("pass_rat: {floor: 0.9}"),
        problems(
            "evalsets/capitals.yaml:7:3: the gate names the metric `pass_rat`, which no scorer of "
            "this suite gives\n    did you mean `pass_rate`?"
        ),
    ),
    Bad(
        "a misspelled rule",
        gating("pass_rate: {flor: 0.9}"),
        problems("evalsets/capitals.yaml:7:15: unknown key `flor`\n    did you mean `floor`?"),
    ),
    Bad(
        "a misspelled setting of the gate",
        gating("aplha: 0.01"),
        problems(
            "evalsets/capitals.yaml:7:10: `gate.aplha` must be a mapping, found the number "
            "`0.01`\n    a rule is `METRIC: {max_drop: 0.05}`; the settings are must_pass, "
            "inconclusive and alpha"
        ),
    ),
    Bad(
        "a floor in percent",
        gating("pass_rate: {floor: 90}"),
        problems(
            "evalsets/capitals.yaml:7:22: `floor` must lie between 0 and 1, found the number "
            "`90`\n    0.9 means 90%"
        ),
    ),
    Bad(
        "a rule for the wrong direction",
        gating("cost_usd: {max_drop: 0.1}"),
        problems(
            "evalsets/capitals.yaml:7:14: `max_drop` says nothing about `cost_usd`, where lower is "
            "better\n    did you mean `max_rise`?"
        ),
    ),
    Bad(
        "a rule without its value",
        gating("pass_rate:"),
        problems(
            "evalsets/capitals.yaml:7:13: `gate.pass_rate` must be a mapping, found nothing\n"
            "    a rule is `METRIC: {max_drop: 0.05}`; the settings are must_pass, inconclusive "
            "and alpha"
        ),
    ),
    Bad(
        "a tolerance that is none",
        gating("pass_rate: {max_drop: a bit}"),
        problems(
            "evalsets/capitals.yaml:7:25: `gate.pass_rate.max_drop` must be a number, or a share "
            "such as 10%, found `a bit`"
        ),
    ),
    Bad(
        "must-pass of a tag that nobody has",
        gating("must_pass: [tag:smoek]"),
        problems(
            "evalsets/capitals.yaml:7:15: `tag:smoek` matches no case of this suite\n"
            "    there are no tags here yet"
        ),
    ),
    Bad(
        "must-pass of an id that nobody has",
        gating("must_pass: [id:frnace]"),
        problems(
            "evalsets/capitals.yaml:7:15: `id:frnace` matches no case of this suite\n"
            "    did you mean `france`?"
        ),
    ),
    Bad(
        "must-pass without a kind",
        gating("must_pass: [smoke]"),
        problems("evalsets/capitals.yaml:7:15: `smoke` names no cases\n    write tag:NAME, id:GLOB or all"),
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
        "an unknown suite",
        {},
        ("no suite has the id `capitols`\n    did you mean `capitals`?\n"),
        ("capitols",),
    ),
    Bad(
        "a filter of an unknown tag",
        changed(CASES_PATH, '"id": "france"', '"tags": ["smoke"], "id": "france"'),
        problems(
            "evalsets/capitals.yaml:3:8: the filter tag:smok matches none of 10 cases\n"
            "    did you mean `smoke`?"
        ),
        ("--filter", "tag:smok"),
    ),
    Bad(
        "a filter of a tag where there are none",
        {},
        problems(
            "evalsets/capitals.yaml:3:8: the filter tag:smoke matches none of 10 cases\n"
            "    there are no tags here yet"
        ),
        ("--filter", "tag:smoke"),
    ),
    Bad(
        "a filter of an unknown id",
        {},
        problems(
            "evalsets/capitals.yaml:3:8: the filter id:frnace matches none of 10 cases\n"
            "    did you mean `france`?"
        ),
        ("--filter", "id:frnace"),
    ),
    Bad(
        "a filter that is none",
        {},
        ("`smoke` is not a filter\n    write tag:NAME or id:GLOB\n"),
        ("--filter", "smoke"),
    ),
    Bad(
        "a filter of an unknown kind",
        {},
        ("`tags:smoke` is not a filter\n    write tag:NAME or id:GLOB\n"),
        ("--filter", "tags:smoke"),
    ),
    Bad(
        "an unknown model",
        {},
        problems(
            "unknown provider `opnai` in `opnai/gpt-4o-2024-08-06`\n"
            "    did you mean `openai`? or add it to llmops.yaml: `providers: {opnai: {kind: "
            "openai, base_url: …}}` for an OpenAI-compatible server, `{kind: litellm}` for another "
            "provider that litellm knows"
        ),
        ("--model", "opnai/gpt-4o-2024-08-06"),
    ),
    Bad(
        "a model that is none",
        {},
        problems("`gpt-4o` is not a model\n    write `provider/name`, for example `openai/NAME`"),
        ("--model", "gpt-4o"),
    ),
    Bad(
        "a moving model",
        {},
        problems(
            "`openai/gpt-4o` is a moving alias: scores of today would mean nothing tomorrow\n"
            "    write a dated version, such as `openai/gpt-4o-YYYY-MM-DD`; the provider's model "
            "page lists them; or allow it in llmops.yaml under models.allow_aliases"
        ),
        ("--model", "openai/gpt-4o"),
    ),
    Bad(
        "an unknown prompt to judge",
        {},
        ("no suite judges the prompt `capitol`\n    did you mean `capital`?\n"),
        ("--prompt", "capitol@1.0.0"),
    ),
    Bad(
        "an unknown cache mode",
        {},
        ("unknown cache mode `auot`\n    did you mean `auto`?\n"),
        ("--cache", "auot"),
    ),
    Bad(
        "an unknown format",
        {},
        f"unknown format `xml`\n    known formats: {', '.join(sorted(FORMATS))}\n",
        ("--format", "xml"),
    ),
    Bad(
        "an unknown ending",
        {},
        (
            "`-o report.xyz`: the ending says the format, and `.xyz` is none\n"
            f"    known endings: {', '.join(ENDINGS)}\n"
        ),
        ("-o", "report.xyz"),
    ),
    Bad(
        "an unknown option",
        {},
        (
            "Usage: llmops eval [OPTIONS] [SUITE]…\nTry 'llmops eval -h' for help.\n\n"
            "Error: No such option: --filtr (Possible options: --filter)\n"
        ),
        ("--filtr", "tag:x"),
    ),
    Bad(
        "no number",
        {},
        (
            "Usage: llmops eval [OPTIONS] [SUITE]…\nTry 'llmops eval -h' for help.\n\n"
            "Error: Invalid value for '--repeats': 'three' is not a valid int range.\n"
        ),
        ("--repeats", "three"),
    ),
    Bad(
        "a number out of range",
        {},
        (
            "Usage: llmops eval [OPTIONS] [SUITE]…\nTry 'llmops eval -h' for help.\n\n"
            "Error: Invalid value for '-j' / '--jobs': 0 is not in the range x>=1.\n"
        ),
        ("-j", "0"),
    ),
    Bad(
        "record and replay",
        {},
        ("--record and --cache replay exclude each other\n    drop one of them\n"),
        ("--record", "--cache", "replay"),
    ),
    Bad(
        "record and resume",
        {},
        "--record and --resume exclude each other\n"
        "    run `llmops eval --record`: what was answered is in the cache\n",
        ("--record", "--resume"),
    ),
    Bad(
        "nothing to resume",
        {},
        ("there is no unfinished run in .llmops/runs/\n    `llmops eval` starts one\n"),
        ("--resume",),
    ),
    Bad(
        "no such run",
        {},
        ("no run is called `20260101-000000-abcd`\n    there are no runs here yet\n"),
        ("--resume", "20260101-000000-abcd"),
    ),
    Bad(
        "no cassette",
        {},
        (
            "no cassette for capitals · capital@1.0.0 · openai/gpt-4o-mini-2024-07-18: "
            "cassettes/capitals/openai/gpt-4o-mini-2024-07-18.jsonl is not there\n"
            "    run `llmops eval --record` where the model can be called, and commit the "
            "cassette\n"
        ),
        ("--cache", "replay"),
    ),
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
