"""Case files that are wrong, and texts that are no text: each fault at its place, before any call."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pytest

from tests.cli.bad import Bad, assert_refused, problems
from tests.cli.projects import (
    CASES,
    CASES_PATH,
    PROJECT_PATH,
    PROMPT,
    PROMPT_PATH,
    SUITE,
    SUITE_PATH,
    changed,
    project,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

TOO_DEEP = (
    "nested too deeply: more than 100 levels (`depth`)\n"
    "    where it is meant, `limits: {depth: …}` in llmops.yaml allows more"
)
LINE = '{"id": "france", "country": "France", "expected": "Paris"}'


def case(line: str) -> dict[str, str]:
    """The cases with another first line."""
    return changed(CASES_PATH, LINE, line)


def csv(text: str | bytes) -> dict[str, str | bytes | None]:
    return {**changed(SUITE_PATH, ".jsonl", ".csv"), "evalsets/capitals.csv": text, CASES_PATH: None}


def yaml(text: str) -> dict[str, str | bytes | None]:
    return {
        **changed(SUITE_PATH, "capitals.jsonl", "cases.yaml"),
        "evalsets/cases.yaml": text,
        CASES_PATH: None,
    }


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

BAD = [
    Bad(
        "a misspelled key beside vars",
        case('{"id": "a", "vars": {"country": "France"}, "expcted": "Paris"}'),
        problems(
            "evalsets/capitals.jsonl:1:44: unknown key `expcted` in a case\n    did you mean `expected`?"
        ),
    ),
    Bad(
        "a misspelled bare key",
        case('{"id": "a", "country": "France", "expcted": "Paris"}'),
        problems(
            "evalsets/capitals.jsonl:1:34: unknown key `expcted`: no variable of the prompt\n"
            "    did you mean `expected`?"
        ),
    ),
    Bad(
        "a misspelled variable",
        case('{"id": "a", "contry": "France", "expected": "Paris"}'),
        problems(
            "evalsets/capitals.jsonl:1:13: unknown key `contry`: no variable of the prompt\n"
            "    did you mean `country`?"
        ),
    ),
    Bad(
        "a misspelled variable in vars",
        case('{"id": "a", "vars": {"contry": "France"}, "expected": "Paris"}'),
        problems(
            "evalsets/capitals.jsonl:1:22: unknown key `contry`: no variable of the prompt\n"
            "    did you mean `country`?"
        ),
    ),
    Bad(
        "a variable missing",
        case('{"id": "a", "expected": "Paris"}'),
        problems("evalsets/capitals.jsonl:1:1: inputs: the key `country` is missing"),
    ),
    Bad(
        "a variable missing without a schema",
        {
            PROMPT_PATH: PROMPT.replace(PROMPT[PROMPT.index("inputs:") : PROMPT.index("messages:")], ""),
            **case('{"id": "a", "vars": {}, "expected": "Paris"}'),
        },
        problems("evalsets/capitals.jsonl:1:1: the variable `country`, which the prompt reads, is missing"),
    ),
    Bad(
        "a variable of another type",
        case('{"id": "a", "country": 7, "expected": "Paris"}'),
        problems("evalsets/capitals.jsonl:1:24: inputs: `country` must be text, found the number `7`"),
    ),
    Bad(
        "an empty variable",
        case('{"id": "a", "country": "", "expected": "Paris"}'),
        problems("evalsets/capitals.jsonl:1:24: inputs: `country` must not be empty, found an empty text"),
    ),
    Bad(
        "nothing expected",
        case('{"id": "a", "country": "France"}'),
        problems(
            "evalsets/capitals.jsonl:1:1: case `a` has no `expected`, and `equals` reads it\n"
            "    add what is expected"
        ),
    ),
    Bad(
        "an id that is taken",
        case('{"id": "spain", "country": "France", "expected": "Paris"}'),
        problems(
            "evalsets/capitals.jsonl:2:8: the case id `spain` is already taken at "
            "evalsets/capitals.jsonl:1\n    ids are unique in a suite"
        ),
    ),
    Bad(
        "an id that is taken in another file",
        {
            **changed(SUITE_PATH, "capitals.jsonl", "[capitals.jsonl, more.jsonl]"),
            "evalsets/more.jsonl": LINE,
        },
        problems(
            "evalsets/more.jsonl:1:8: the case id `france` is already taken at "
            "evalsets/capitals.jsonl:1\n    ids are unique in a suite"
        ),
    ),
    Bad(
        "the same case twice",
        case('{"country": "France", "expected": "Paris"}\n{"country": "France", "expected": "Paris"}'),
        problems(
            "evalsets/capitals.jsonl:2:1: the case id `case-6948fc8aa9` is already taken at "
            "evalsets/capitals.jsonl:1\n    the same case stands twice"
        ),
    ),
    Bad(
        "a key that stands twice",
        case('{"id": "a", "country": "France", "country": "Spain", "expected": "x"}'),
        problems("evalsets/capitals.jsonl:1: the key `country` stands twice"),
    ),
    Bad(
        "a line that is not JSON",
        case('{"id": "a", "country": "France", "expected": Paris}'),
        problems("evalsets/capitals.jsonl:1:46: not JSON: expecting value, found `Paris}`"),
    ),
    Bad(
        "a line that is no mapping",
        case('["France", "Paris"]'),
        problems("evalsets/capitals.jsonl:1:1: a case must be a mapping, found a list of 2"),
    ),
    Bad(
        "not a number",
        case('{"id": "a", "country": NaN, "expected": "Paris"}'),
        problems("evalsets/capitals.jsonl:1: NaN is not a JSON value"),
    ),
    Bad(
        "a merge conflict",
        case("<<<<<<< ours\n" + LINE + "\n=======\n" + LINE + "\n>>>>>>> theirs"),
        problems(
            "evalsets/capitals.jsonl:1:1: not JSON: expecting value, found `<<<<<<< ours`\n"
            "    this is the marker of a merge conflict: resolve it first",
            "evalsets/capitals.jsonl:3:1: not JSON: expecting value, found `=======`\n"
            "    this is the marker of a merge conflict: resolve it first",
            "evalsets/capitals.jsonl:5:1: not JSON: expecting value, found `>>>>>>> theirs`\n"
            "    this is the marker of a merge conflict: resolve it first",
        ),
    ),
    Bad(
        "an empty id",
        case('{"id": "", "country": "France", "expected": "Paris"}'),
        problems("evalsets/capitals.jsonl:1:8: `id` must not be empty, found an empty text"),
    ),
    Bad(
        "tags of a wrong type",
        case('{"id": "a", "tags": 7, "country": "France", "expected": "Paris"}'),
        problems("evalsets/capitals.jsonl:1:21: `tags` must be a list or text, found the number `7`"),
    ),
    Bad(
        "a history with a wrong role",
        case(
            '{"id": "a", "messages": [{"role": "bot", "content": "x"}], "country": "France", "expected": "x"}'
        ),
        problems(
            "evalsets/capitals.jsonl:1:35: `messages[0].role` must be one of `system`, "
            "`developer`, `user`, `assistant`, `tool`, found `bot`"
        ),
    ),
    Bad(
        "an unknown scorer in a case",
        case('{"id": "a", "scorers": [{"equalls": "x"}], "country": "France", "expected": "Paris"}'),
        problems("evalsets/capitals.jsonl:1:26: unknown scorer `equalls`\n    did you mean `equals`?"),
    ),
    Bad("an empty file", {CASES_PATH: ""}, problems("evalsets/capitals.jsonl: the file holds no cases")),
    Bad(
        "a file of empty lines",
        {CASES_PATH: "\n\n"},
        problems("evalsets/capitals.jsonl: the file holds no cases"),
    ),
    Bad(
        "an empty YAML file",
        yaml(""),
        problems(
            "evalsets/cases.yaml:1: the file holds no cases", "evalsets/cases.yaml:1: the file is empty"
        ),
    ),
    Bad("an empty YAML list", yaml("[]\n"), problems("evalsets/cases.yaml:1:1: the file holds no cases")),
    Bad(
        "a YAML mapping",
        yaml("id: a\n"),
        problems(
            "evalsets/cases.yaml:1:1: must be a list of cases, found a mapping",
            "evalsets/cases.yaml:1:1: the key `cases` is missing\n"
            "    a path, a glob, a list of them, or the cases themselves",
            "evalsets/cases.yaml:1:1: the key `scorers` is missing\n"
            '    at least one scorer, such as `- equals: "{{ expected }}"`',
        ),
    ),
    Bad(
        "a misspelled key in YAML",
        yaml("- id: a\n  country: France\n  expcted: Paris\n"),
        problems(
            "evalsets/cases.yaml:3:3: unknown key `expcted`: no variable of the prompt\n"
            "    did you mean `expected`?"
        ),
    ),
    Bad("an empty CSV file", csv(""), problems("evalsets/capitals.csv: the file holds no cases")),
    Bad(
        "a CSV header alone",
        csv("id,country,expected\n"),
        problems("evalsets/capitals.csv:1: the file holds a header and no cases"),
    ),
    Bad(
        "a misspelled column",
        csv("id,country,expcted\na,France,Paris\nb,Spain,Madrid\n"),
        problems(
            "evalsets/capitals.csv:1: unknown column `expcted`: no variable of the prompt\n"
            "    did you mean `expected`?"
        ),
    ),
    Bad(
        "a column that stands twice",
        csv("id,country,country\na,France,Spain\n"),
        problems(
            "evalsets/capitals.csv:1: the column `country` stands twice\n    name each column once in line 1"
        ),
    ),
    Bad(
        "a cell too many",
        csv("id,country,expected\na,France,Paris, of course\n"),
        problems(
            "evalsets/capitals.csv:2: 4 cells under 3 columns\n    put a cell that holds a comma in quotes"
        ),
    ),
    Bad(
        "a quote that is not closed",
        csv('id,country,expected\na,"France,Paris\n'),
        problems("evalsets/capitals.csv:2: not CSV: unexpected end of data\n    is every quote closed?"),
    ),
    Bad(
        "an empty required cell",
        csv("id,country,expected\na,,Paris\n"),
        problems("evalsets/capitals.csv:2: inputs: `country` must not be empty, found an empty text"),
    ),
    Bad(
        "a bomb of aliases",
        {PROJECT_PATH: BOMB},
        problems(
            "llmops.yaml:1:29: aliases multiply into more than a file should hold: "
            "10,000 values (`aliases`)\n"
            "    where it is meant, `limits: {aliases: …}` in llmops.yaml allows more"
        ),
    ),
    Bad(
        "an alias that contains itself",
        {PROJECT_PATH: "name: &x [*x]\n"},
        problems("llmops.yaml:1:7: an alias that contains itself"),
    ),
    Bad(
        "an unknown alias",
        {PROJECT_PATH: "name: *x\n"},
        problems(
            "llmops.yaml:1:7: not YAML: found undefined alias, found `name: *x`\n"
            "    a text that begins with `*` needs quotes"
        ),
    ),
    Bad(
        "a python tag",
        {PROJECT_PATH: "name: !!python/object/apply:os.system [echo]\n"},
        problems(
            "llmops.yaml:1:7: the tag `!!python/object/apply:os.system` is not supported\n    remove the tag"
        ),
    ),
    Bad(
        "deep nesting",
        {PROJECT_PATH: "name: " + "[" * 5000 + "]" * 5000 + "\n"},
        problems(f"llmops.yaml:1:106: {TOO_DEEP}"),
    ),
    Bad(
        "deep nesting of JSON",
        case('{"id": "a", "country": ' + "[" * 100_000 + "]" * 100_000 + "}"),
        problems(f"evalsets/capitals.jsonl:1:123: {TOO_DEEP}"),
    ),
    Bad(
        "deep nesting of one line of blocks",
        {PROJECT_PATH: "name:\n  " + "- " * 5000 + "x\n"},
        problems(f"llmops.yaml:2:201: {TOO_DEEP}"),
    ),
    Bad(
        "a tab that indents",
        changed(SUITE_PATH, "  - equals", "\t- equals"),
        problems("evalsets/capitals.yaml:5:1: a tab indents this line\n    YAML is indented with spaces"),
    ),
    Bad(
        "a template without quotes",
        changed(SUITE_PATH, '"{{ expected }}"', "{{ expected }}"),
        problems(
            "evalsets/capitals.yaml:5:14: a key has to be text\n"
            "    a text that begins with `{` or `[` needs quotes"
        ),
    ),
    Bad(
        "two documents",
        {PROJECT_PATH: "name: x\n---\nname: y\n"},
        problems(
            "llmops.yaml:2:1: not YAML: expected a single document in the stream: but found "
            "another document, found `---`\n    one document a file: remove the `---` in the middle"
        ),
    ),
    Bad(
        "a conflict in YAML",
        {SUITE_PATH: SUITE.replace("prompt:", "<<<<<<< ours\nprompt:")},
        problems(
            "evalsets/capitals.yaml:3:1: a merge conflict is not resolved: its marker stands in "
            "line 2\n    resolve it first"
        ),
    ),
    Bad(
        "UTF-16",
        {SUITE_PATH: codecs.BOM_UTF16_LE + SUITE.encode("utf-16-le")},
        problems(
            "evalsets/capitals.yaml:1:1: not UTF-8 text: 0xff 0xfe 0x69 0x00\n"
            "    the file is UTF-16: save it as UTF-8"
        ),
    ),
    Bad(
        "a byte of Latin-1",
        {CASES_PATH: CASES.encode().replace(b"Madrid", b"Madri\xe9")},
        problems(
            "evalsets/capitals.jsonl:2:55: not UTF-8 text: 0xe9 0x22 0x7d 0x0a\n    save the file as UTF-8"
        ),
    ),
    Bad(
        "a byte of Latin-1 in CSV",
        csv("id,country,expected\na,España,Madrid\n".encode("latin-1")),
        problems(
            "evalsets/capitals.csv:2:7: not UTF-8 text: 0xf1 0x61 0x2c 0x4d\n    save the file as UTF-8"
        ),
    ),
    Bad(
        "a NUL",
        {SUITE_PATH: SUITE.replace("capitals.jsonl", "capitals\0.jsonl")},
        problems("evalsets/capitals.yaml:3: a NUL character: this is not a text file"),
    ),
    Bad(
        "a control character",
        {SUITE_PATH: SUITE.replace("capitals.jsonl", "capitals\x07.jsonl")},
        problems(
            "evalsets/capitals.yaml:3:16: not YAML: unacceptable character #x0007: control "
            'characters are not allowed in "<unicode string>", position 44'
        ),
    ),
    Bad(
        "an escape in a message",
        case('{"id": "a", "\\u001b[2Jcountry": "France", "expected": "Paris"}'),
        problems(
            "evalsets/capitals.jsonl:1:13: unknown key `\\u001b[2Jcountry`: no variable of the "
            "prompt\n    did you mean `country`?"
        ),
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_bad_cases(bad: Bad, tmp_path: Path, idle: Provider) -> None:
    assert_refused(bad, project(tmp_path, bad.files), idle)
