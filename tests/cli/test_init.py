"""A start that fails half-way says what it wrote, and the next one writes the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.projects import edit, llmops, repository, said, write

if TYPE_CHECKING:
    from pathlib import Path

PROMPT = "prompts/reviews/sentiment.yaml"
LOCK = "prompts/prompts.lock"


def started(root: Path) -> Path:
    assert said("init", str(root)).code == 0
    return root


@pytest.mark.parametrize(
    ("in_the_way", "before"),
    [
        (".llmops", "nothing was written before"),
        ("cassettes", "written before: .gitattributes, .gitignore"),
        ("prompts", "written before: .gitattributes, .gitignore, cassettes/"),
        ("schemas", f"{PROMPT}\n"),
    ],
)
def test_what_stops_it_and_the_next_try(tmp_path: Path, in_the_way: str, before: str) -> None:
    (tmp_path / in_the_way).write_text("a file in the way")
    ran = said("init", str(tmp_path))
    assert (ran.code, ran.out) == (3, "")
    assert before in ran.err
    assert "nothing was changed" not in ran.err
    (tmp_path / in_the_way).unlink()
    assert said("init", str(tmp_path)).code == 0
    assert llmops(tmp_path, "check").code == 0
    assert (tmp_path / LOCK).is_file()


@pytest.mark.parametrize("lock", [None, "# nothing yet\n", "reviews.sentiment@1.0.0 0123456789abcdef\n"])
def test_a_missing_or_stale_lock_of_the_starter_is_written(tmp_path: Path, lock: str | None) -> None:
    root = started(tmp_path)
    complete = (root / LOCK).read_text()
    (root / LOCK).unlink()
    repository(root)
    if lock is not None:
        write(root / LOCK, lock)
    ran = said("init", str(root))
    assert (ran.code, f"  • {LOCK}\n" in ran.out) == (0, True)
    assert (root / LOCK).read_text() == complete
    assert f"  • {LOCK}\n" not in said("init", str(root)).out


def test_a_committed_lock_with_other_content_stays(tmp_path: Path) -> None:
    root = started(tmp_path)
    write(root / LOCK, "reviews.sentiment@1.0.0 0123456789abcdef\n")
    repository(root)
    ran = said("init", str(root))
    assert (ran.code, LOCK in ran.out) == (0, False)
    assert llmops(root, "check").code == 2


def test_a_lock_for_other_content_is_the_users(tmp_path: Path) -> None:
    started(tmp_path)
    edit(tmp_path, PROMPT, "temperature: 0", "temperature: 1")
    (tmp_path / LOCK).unlink()
    assert said("init", str(tmp_path)).code == 0
    assert not (tmp_path / LOCK).exists()
