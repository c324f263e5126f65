"""A pattern matches in the texts that Python's `re` finds it in; what RE2 cannot say so is left to Python."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from llmops_cli.core.patterns import NotLinearError
from llmops_cli.core.patterns.pattern import Pattern

PARTS = some.sampled_from(
    [
        *(
            "a",
            "b",
            "A",
            "é",
            "ß",
            "ı",
            "I",
            "K",
            "k",
            "s",
            "ſ",
            "1",
            "٣",
            "_",
            " ",
            ".",
            "^",
            "$",
            "é+",
            "(?:)",
        ),
        *(r"\s", r"\d", r"\w", r"\W", r"\D", r"\S", r"\n", r"\b", r"\B", r"\A", r"\Z"),
        *("[a-c]", "[^a]", r"[^\d\s]", r"[a\w-]", r"[\x1c-\x20]", "[^I]", "[i-k]", "[à-ü]"),
        *("(?i:k)", "(?-i:a)", "(?s:.)", "(?m:^a$)", r"(?a:\w)", "(?P<name>a)", "(?=a)", r"(a)\1"),
    ]
)
PATTERNS = some.recursive(
    PARTS,
    lambda part: (
        some.tuples(part, part).map("".join)
        | some.tuples(part, part).map(lambda pair: f"(?:{pair[0]}|{pair[1]})")
        | some.tuples(part, some.sampled_from(["*", "+", "?", "{2}", "{1,3}", "*?", "{2,}"])).map(
            lambda pair: f"({pair[0]}){pair[1]}"
        )
    ),
    max_leaves=6,
)
FLAGS = some.sampled_from(["", "", "(?i)", "(?m)", "(?s)", "(?im)", "(?a)", "(?ia)", "(?x)"])
TEXTS = some.text("abABKkKsſiIıİéÉßẞ1٣_ \n\t\x1c.-²五\u200b🙂", max_size=7)


@settings(max_examples=120)
@given(FLAGS, PATTERNS, some.lists(TEXTS, min_size=3, max_size=6))
def test_it_matches_where_python_finds_it(flags: str, inner: str, texts: list[str]) -> None:
    try:
        python = re.compile(flags + inner)
    except re.error:
        with pytest.raises(ValueError, match="not a regular expression"):
            Pattern(flags + inner)
        return
    pattern = Pattern(flags + inner)
    for text in texts:
        try:
            matches = pattern.matches(text)
        except NotLinearError:
            continue
        assert matches is (python.search(text) is not None), (flags + inner, text)


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"^(\w+\s?)*$", "a" * 5000 + "!", False),
        (r"^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 5000, False),
        (r"(a|aa)+$", "a" * 5000 + "b", False),
        (r"\bende\b", "Das „Ende“ ende.", True),
        (r"^\d{2}$", "٣٣\n", True),
        (r"(?i)^straße$", "STRAßE", True),
        (r"(?i)^kelvin$", "Kelvin", True),
        (r"(?x) a  b # with a remark", "ab", True),
        (r"(?P<year>\d{4})-(?P<month>\d\d)", "2026-11", True),
        (r"^\s+$", "\x1c\x1f\u3000", True),
        (r"a{3}|x{1000}", "aaa", True),
        ("[^\x00-\x7f]", "\U0001f642", True),
    ],
)
def test_what_is_usual_is_searched_in_this_process(pattern: str, text: str, matches: bool) -> None:
    assert Pattern(pattern).matches(text) is matches


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(?=a)", "a"),
        ("(?<!a)b", "b"),
        (r"(a)\1", "aa"),
        ("(?>a)b", "ab"),
        ("a*+b", "b"),
        ("(a)?(?(1)b|c)", "ab"),
        ("(a*)*b", "a"),
        ("a{1001}", "a"),
        ("(?i)[\x00-\U0010ffff]", "a"),
        (r"\bä", "ä"),
        (r"\B", ""),
        ("a$b", "a\n"),
        ("a", "\ud800"),
        ("(?:[ab]{500}){500}", "a"),
    ],
)
def test_what_re2_cannot_say_as_python_is_left_to_it(pattern: str, text: str) -> None:
    with pytest.raises(NotLinearError):
        Pattern(pattern).matches(text)
