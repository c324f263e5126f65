"""A prompt that renders differently from one time to the next is refused at its place, before any call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import words
from tests.cli.bad import Bad, assert_refused, problems
from tests.cli.projects import CASES_PATH, PROMPT_PATH, changed, lines, llmops, project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

ASK = '"What is the capital of {{ country }}?"'
OPEN = """\
  properties:
    country: {type: string, minLength: 1}
"""
BY_A_CASE = "the same case has to give the same text each time: let the case bring it as a variable"
AS_TEXT = "add `| join(', ')` or `| list`"
VALUES = "print the values that are meant: `| join(', ')`, `| list`, or a call `()`"
ONE = {CASES_PATH: lines({"id": "france", "country": "France", "lands": ["a", "b"], "expected": "Paris"})}


def asking(template: str, **partials: str) -> dict[str, str]:
    """A prompt with open inputs and another user message, in a block that begins at line 13."""
    prompt = changed(PROMPT_PATH, ASK, "|\n      " + template.replace("\n", "\n      "))[PROMPT_PATH]
    files = {f"prompts/_{name}.j2": text for name, text in partials.items()}
    return {PROMPT_PATH: prompt.replace(OPEN, ""), **ONE, **files}


def lazy(name: str) -> str:
    return f"`{name}` gives an iterator, and printed it is an address\n    {AS_TEXT}"


SEEN = [
    (
        "a random item",
        "{{ country }}\n{{ ['a', 'b'] | random }}",
        f"2 the filter `random` picks another item each time\n    {BY_A_CASE}",
    ),
    (
        "random items",
        "{{ [lands] | map('random') | join }} {{ country }}",
        f"1 the filter `random` picks another item each time\n    {BY_A_CASE}",
    ),
    (
        "text that fills",
        "{{ country }}\n\n{{ lipsum(1) }}",
        f"3 `lipsum` writes another text each time\n    {BY_A_CASE}",
    ),
    ("an iterator", "{{ country }} {{ lands | map('upper') }}", f"1 {lazy('map')}"),
    (
        "an iterator of a branch",
        "{{ country }}\n{% if country == 'Peru' %}{{ lands | select }}{% endif %}",
        f"2 {lazy('select')}",
    ),
    ("an iterator in a text", "{{ country ~ (lands | unique) | upper }}", f"1 {lazy('unique')}"),
    (
        "an iterator behind a name",
        "{% set upper = lands | map('upper') %}{{ country }}{{ upper }}",
        f"1 {lazy('map')}",
    ),
    (
        "a macro",
        "{% macro ask(x) %}{{ x }}{% endmacro %}{{ country }}\n{{ ask }}",
        "2 `ask` is a macro, and its own text is printed\n    call it: `ask(…)`",
    ),
    (
        "a namespace",
        "{% set ns = namespace(x=1) %}{{ country }}\n{{ ns }}",
        "2 a `namespace` is printed, and not what it holds\n    print a value of it",
    ),
    (
        "a cycler",
        "{{ country }} {{ cycler('a', 'b') }}",
        "1 a `cycler` is printed, and not what it holds\n    print a value of it",
    ),
]


@pytest.mark.parametrize(("name", "template", "said"), SEEN, ids=[row[0].replace(" ", "-") for row in SEEN])
def test_what_can_be_seen_without_rendering(
    tmp_path: Path, idle: Provider, name: str, template: str, said: str
) -> None:
    line, _, message = said.partition(" ")
    root = project(tmp_path, asking(template))
    assert_refused(Bad(name, {}, problems(f"{PROMPT_PATH}:{int(line) + 12}: {message}")), root, idle)
    told = words(llmops(root, "check").out)
    assert f"{PROMPT_PATH}:{int(line) + 12}: {message.partition(chr(10))[0]}" in told, "check says it too"


RENDERED = [
    ("a method", "{{ country }} {{ lands | length }}\n{{ country.upper }}", 14, "builtin function or method"),
    (
        "an iterator that depends on the value",
        "{{ country }}\n{{ lands | reverse }}",
        14,
        "list reverseiterator",
    ),
    ("an iterator in a list", "{{ country }} {{ [lands | reverse] }}", 13, "list reverseiterator"),
    (
        "a block",
        "{{ lands | length }}{% block b %}{{ country }}{% endblock %}{{ self.b }}",
        13,
        "BlockReference",
    ),
]


@pytest.mark.parametrize(
    ("name", "template", "line", "kind"), RENDERED, ids=[row[0].replace(" ", "-") for row in RENDERED]
)
def test_what_only_a_case_shows(
    tmp_path: Path, idle: Provider, name: str, template: str, line: int, kind: str
) -> None:
    root = project(tmp_path, asking(template))
    said = (
        f"{PROMPT_PATH}:{line}: it prints the address of an object ({kind}), which is another each time "
        f"(case `france`, {CASES_PATH}:1)\n    {VALUES}"
    )
    assert_refused(Bad(name, {}, problems(said)), root, idle)


def test_an_address_inside_of_a_text(tmp_path: Path, idle: Provider) -> None:
    root = project(tmp_path, asking("{{ country }} {{ 'lands: %s' | format(lands | reverse) }}"))
    said = (
        f"{PROMPT_PATH}:12:14: its text holds the address of an object, which is another each time "
        f"(case `france`, {CASES_PATH}:1)\n    {VALUES}"
    )
    assert_refused(Bad("a text", {}, problems(said)), root, idle)


def test_a_partial_is_named_with_its_line(tmp_path: Path, idle: Provider) -> None:
    root = project(
        tmp_path, asking("{{ country }} {% include '_tone.j2' %}", tone="Be kind.\n{{ ['a', 'b'] | random }}")
    )
    said = f"prompts/_tone.j2:2: the filter `random` picks another item each time\n    {BY_A_CASE}"
    assert_refused(Bad("a partial", {}, problems(said)), root, idle)
    (root / "prompts/_tone.j2").write_text("Be kind.\n{{ lands | reverse }}", "utf-8")
    said = (
        "prompts/_tone.j2:2: it prints the address of an object (list reverseiterator), which is another "
        f"each time (case `france`, {CASES_PATH}:1)\n    {VALUES}"
    )
    assert_refused(Bad("a partial", {}, problems(said)), root, idle)


STEADY = [
    "{{ lands | map('upper') | join(', ') }}",
    "{{ lands | map('upper') | list }} {{ lands | reverse | first }}",
    "{% for land in lands | unique %}{{ land }}{{ loop.index }}{% endfor %}",
    "{% set ns = namespace(n=0) %}{% for land in lands %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
    "{% macro ask(x) %}{{ x }}{% endmacro %}{{ ask(country) }}",
    "{% set turn = cycler('a', 'b') %}{{ turn.next() }}{{ turn.next() }}",
    "{% set comma = joiner(', ') %}{% for land in lands %}{{ comma() }}{{ land }}{% endfor %}",
    "{% set up = lands | map('upper') %}{% set up = up | join %}{{ up }}",
    "{% set x = lands | select %}{% for x in lands %}{{ x }}{% endfor %}",
    "{{ lands }} {{ lands | sort | first ~ '!' }} {{ {'a': 1}.items() }}",
    "<Request object at 0x7f00> {{ lands[0] }}",
]


@pytest.mark.parametrize("template", STEADY)
def test_what_renders_the_same_each_time_stays(tmp_path: Path, provider: Provider, template: str) -> None:
    root = project(tmp_path, asking(f"{template} {{{{ country }}}} {{{{ lands | length }}}}"))
    said = llmops(root, "eval")
    assert said.code == 0, said.both


def test_a_case_may_bring_what_looks_like_an_address_or_has_the_name_of_a_global(
    tmp_path: Path, provider: Provider
) -> None:
    case = {
        "id": "crash",
        "country": "<France object at 0x7f12ab>",
        "lipsum": "text",
        "lands": ["x at 0xAB>"],
        "expected": "Paris",
    }
    root = project(
        tmp_path, {**asking("{{ country | trim }} {{ lipsum }} {{ lands }}"), CASES_PATH: lines(case)}
    )
    said = llmops(root, "eval")
    assert said.code == 0, said.both
