"""Cutting a report: it fits, whole parts are left out, and what is left out is counted."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.forges.cut import fit, parts

WORDS = st.text(alphabet="ab é漢`*_~<>&|#", min_size=1, max_size=30).map(
    lambda text: f"w{text.replace('`', '')}".rstrip().replace("<", "&lt;")
)
PARAGRAPHS = st.lists(WORDS, min_size=1, max_size=3).map("\n".join)
TABLES = st.lists(WORDS.map(lambda word: word.replace("|", "")), min_size=1, max_size=5).map(
    lambda rows: "\n".join(["| a | b |", "| :--- | ---: |", *(f"| {row} | 1 |" for row in rows)])
)
CODE = st.lists(
    st.sampled_from(["", "code", "```", "~~~", "</details>", "<details>", "| a |", "<!--"]), max_size=6
)


def fence(lines: list[str]) -> str:
    return "\n".join(["````diff", *(line if line != "````" else "" for line in lines), "````"])


FENCES = CODE.map(fence)
LISTS = st.lists(WORDS, min_size=1, max_size=3).map(
    lambda words: "\n".join(f"- {word}\n\n  ```\n  code\n\n  ```" for word in words)
)
FLAT = st.one_of(PARAGRAPHS, TABLES, FENCES, LISTS)
FOLDED = st.lists(FLAT, min_size=1, max_size=3).map(
    lambda inner: "\n\n".join(["<details><summary>more</summary>", *inner, "</details>"])
)
NESTED = st.lists(st.one_of(FLAT, FOLDED), min_size=1, max_size=2).map(
    lambda inner: "\n\n".join(["<details>", *inner, "</details>"])
)
HEADINGS = WORDS.map(lambda word: f"### {word}")
DOCUMENTS = st.lists(st.one_of(FLAT, FOLDED, NESTED, HEADINGS), min_size=1, max_size=8)

CUT = re.compile(
    r"\*\*Cut to fit a comment:\*\* ([\d,]+) of ([\d,]+) parts \(([\d,]+) of ([\d,]+) characters\) are left "
    r"out\. The whole report is in (.*)\.$"
)


@given(DOCUMENTS, st.integers(min_value=0, max_value=900))
def test_it_fits_and_only_whole_blocks_are_left_out(blocks: list[str], longest: int) -> None:
    text = "\n\n".join(blocks)
    fitted = fit(text, longest, "https://example.com/run/1")
    assert len(fitted.text) <= longest
    if len(text) <= longest:
        assert (fitted.text, fitted.parts, fitted.characters) == (text, 0, 0)
        return
    note = CUT.search(fitted.text)
    if note is None:
        assert longest < 200
        return
    head = fitted.text[: note.start()].rstrip()
    # What is kept is some of the blocks it was made of; a list may also end between two of its items.
    starts = {"\n\n".join(blocks[:count]).rstrip() for count in range(len(blocks) + 1)}
    between_items = any(
        head == f"{start}\n\n{inner}".strip()
        for start, block in ((("\n\n".join(blocks[:at])).rstrip(), block) for at, block in enumerate(blocks))
        for inner in _prefixes(block)
    )
    assert head in starts or between_items
    left, of, characters, whole = (int(group.replace(",", "")) for group in note.groups()[:4])
    assert (fitted.parts, fitted.characters, whole) == (left, characters, len(text))
    assert of == len(parts(text))
    assert characters == len(text) - len("".join(parts(text)[: of - left]))


def _prefixes(block: str) -> list[str]:
    """Where a list or the items of one may end, with what stands in their fences."""
    if not block.startswith("- "):
        return []
    items = re.split(r"\n(?=- )", block)
    found = ["\n".join(items[:count]) for count in range(1, len(items))]
    return found + [
        f"{start}\n{item.split(chr(10))[0]}".strip() for start, item in zip(["", *found], items, strict=True)
    ]


@given(
    st.text(alphabet=st.sampled_from("a \n`~<>!-/|#*\tdetailspr\r\u2028"), max_size=300), st.integers(-5, 300)
)
def test_no_text_is_too_strange(text: str, longest: int) -> None:
    assert "".join(parts(text)) == text
    assert len(fit(text, longest).text) <= max(longest, 0)


@pytest.mark.parametrize(
    "block",
    [
        "```text\none\n\ntwo\n```",
        "~~~~\none\n\n~~~\n\n```\n~~~~",
        "<details><summary>a</summary>\n\n```\n</details>\n\n```\n\n`</details>`\n\n</details>",
        "<details>\n\n<details>\n\na\n\n</details>\n\n</details>",
        "<!-- a\n\nb\n\n-->",
        "<pre>\na\n\nb\n</pre>",
        "| a |\n| - |\n| b |",
        "- a\n  ```\n  b\n\n  c\n  ```",
        "1. a\n    ```\n    b\n\n    c\n    ```",
        "- ```\n  b\n\n  c\n  ```",
    ],
)
def test_what_belongs_together_is_one_part(block: str) -> None:
    assert parts(f"before\n\n{block}\n\nafter\n") == ["before\n\n", f"{block}\n\n", "after\n"]


def test_code_by_indentation_opens_no_fence() -> None:
    assert len(parts("a\n\n    ```\n\nb\n\nc")) == 4


def test_a_title_does_not_stay_without_what_is_below_it() -> None:
    text = f"# Report\n\nverdict\n\n### Cases\n\n{'x' * 500}\n\nend"
    assert fit(text, 300).text == (
        "# Report\n\nverdict\n\n**Cut to fit a comment:** 3 of 5 parts (516 of 535 characters) are left out. "
        "The whole report is in the file that the comment was made from."
    )
