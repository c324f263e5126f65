"""Scorers of a suite that are wrong, each at its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.bad import Bad, assert_refused, problems
from tests.cli.projects import project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

from tests.cli.bad import scoring

BAD = [
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
]


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_bad_scorer(bad: Bad, tmp_path: Path, idle: Provider) -> None:
    assert_refused(bad, project(tmp_path, bad.files), idle)
