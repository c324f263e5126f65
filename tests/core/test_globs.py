"""One dialect of globs, against a matcher that tries everything."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llmops_cli.core.globs import folder_of, is_glob, literal, matches_name, matches_path


def naive(text: str, glob: str, *, folders: bool = True, at_start: bool = True) -> bool:
    """Whether a glob takes a text, one sign after the other; `at_start` where a name of the path begins."""
    if not glob:
        return not text
    if folders and at_start and glob.startswith("**/"):
        rests = [text] + [text[i + 1 :] for i, sign in enumerate(text) if sign == "/"]
        return any(naive(rest, glob[3:]) for rest in rests)
    if glob.startswith("**"):
        return any(naive(text[i:], glob[2:], folders=folders, at_start=False) for i in range(len(text) + 1))
    if glob[0] == "*":
        most = text.find("/") if folders and "/" in text else len(text)
        return any(naive(text[i:], glob[1:], folders=folders, at_start=False) for i in range(most + 1))
    taken, rest = takes(text[:1], glob, folders=folders)
    return taken and naive(text[1:], rest, folders=folders, at_start=rest != glob and glob[0] == "/")


def takes(sign: str, glob: str, *, folders: bool) -> tuple[bool, str]:
    """Whether the first part of a glob takes one sign, and the glob after it."""
    free = sign != "" and not (folders and sign == "/")
    if glob[0] == "?":
        return free, glob[1:]
    if glob[0] == "[":
        others = glob[1:2] == "!"
        first = 2 if others else 1
        end = glob.find("]", first + 1)
        members = glob[first:end] if end > 0 else ""
        if members and not (folders and "/" in members):
            return free and (member_of(sign, members) is not others), glob[end + 1 :]
    return sign == glob[0], glob[1:]


def member_of(sign: str, members: str) -> bool:
    while members:
        if len(members) >= 3 and members[1] == "-":
            if members[0] <= sign <= members[2]:
                return True
            members = members[3:]
        elif members[0] == sign:
            return True
        else:
            members = members[1:]
    return False


SIGNS = "ab/.]^!-\n"
NAMES = st.text(SIGNS, max_size=8)
PATHS = st.lists(st.text("ab.[]!-\n", min_size=1, max_size=3), min_size=1, max_size=4).map("/".join)
GLOBS = st.lists(
    st.sampled_from(
        [
            "*",
            "?",
            "**",
            "**/",
            "/**/",
            "/",
            "[ab]",
            "[!a]",
            "[a-b]",
            "[",
            "]",
            "[]a]",
            "[!",
            "a",
            "b",
            ".",
            "-",
        ]
    ),
    max_size=6,
).map("".join)


@settings(max_examples=400)
@given(PATHS, GLOBS)
@example("made.jsonl", "**/de.jsonl")
@example("ab", "a**/b")
@example("a/b", "[!a]*")
def test_a_path_as_the_naive_matcher_says(path: str, glob: str) -> None:
    assert matches_path(path, glob) is naive(path, glob)


@settings(max_examples=400)
@given(NAMES, GLOBS)
def test_a_name_as_the_naive_matcher_says(name: str, glob: str) -> None:
    assert matches_name(name, glob) is naive(name, glob, folders=False)


@given(st.text("ab*?[]!/-", max_size=8), st.text("ab*?[]!/-", max_size=8))
def test_a_literal_means_itself(text: str, other: str) -> None:
    for matches in (matches_path, matches_name):
        assert matches(text, literal(text))
        assert matches(other, literal(text)) is (other == text)
    assert is_glob(text) or literal(text) == text


@given(PATHS, GLOBS)
def test_whatever_a_glob_takes_lies_in_its_folder(path: str, glob: str) -> None:
    folder = folder_of(glob)
    assert not matches_path(path, glob) or not folder or path.startswith(f"{folder}/")


@pytest.mark.parametrize(
    ("glob", "paths", "others"),
    [
        ("src/**", ["src/a", "src/a/b.py", "src/.a"], ["src", "srcs/a", "a/src/b"]),
        ("**/*.svg", ["a.svg", "a/b/c.svg"], ["a.svgz", "a.svg/b"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "axb", "a/xb"]),
        ("**/x/*.jsonl", ["x/a.jsonl", "y/x/a.jsonl"], ["x/y/a.jsonl", "yx/a.jsonl"]),
        ("docs/*", ["docs/a b", "docs/.hidden"], ["docs/a/b", "docs"]),
        ("a?.[x]", ["ab.x"], ["ab.[x]", "a/.x"]),
        ("[!a-c].[]x]", ["d.]", "d.x"], ["a.x", "/.x", "d.y"]),
        ("[[]x]", ["[x]"], ["x"]),
        ("[a/b]", ["[a/b]"], ["a", "b"]),
        ("[b-a]x", [], ["ax", "bx", "x"]),
        ("{a,b}\\!", ["{a,b}\\!"], ["a", "b"]),
        ("/a", [], ["a"]),
        ("A", ["A"], ["a"]),
        ("**", ["a", "a/b\nc"], []),
    ],
)
def test_paths(glob: str, paths: list[str], others: list[str]) -> None:
    assert [path for path in paths if not matches_path(path, glob)] == []
    assert [path for path in others if matches_path(path, glob)] == []


HARD = (
    ("*a" * 2500 + "b", "a" * 5000),
    ("**a" * 1600 + "b", "a" * 5000),
    ("**/a*" * 1000 + "b", "a/" * 2500),
    ("*[ab]?" * 800 + "[!a-c]", "ab" * 2500),
    ("**/" * 1600 + "b", "a/" * 2500),
)
"""Globs that take nothing of a long text, which most matchers find out in more steps than there is time."""


@pytest.mark.parametrize(("glob", "text"), HARD)
def test_no_glob_takes_longer_than_its_length(glob: str, text: str) -> None:
    code = (
        "import sys; from llmops_cli.core.globs import matches_name, matches_path; "
        "print(matches_path(*sys.argv[1:]), matches_name(*sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, text, glob]
    done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    assert done.stdout == "False False\n"
