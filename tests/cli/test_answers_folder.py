"""`LLMOPS_ANSWERS_DIR`: the answer cache outside of the checkout, where no change can bring its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.projects import llmops, project, repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

NAME = "LLMOPS_ANSWERS_DIR"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(project(tmp_path / "project", {".gitignore": ".llmops/\n"}))


def test_answers_are_kept_where_the_variable_says(
    root: Path, tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, str(tmp_path / "answers"))
    assert llmops(root, "eval").code == 0
    asked = provider.count
    assert (tmp_path / "answers/answers.sqlite").is_file()
    assert not (root / ".llmops/answers.sqlite").exists()
    assert llmops(root, "eval").code == 0
    assert provider.count == asked, "they answer the next run"
    assert "10 answers" in llmops(root, "cache", "stats").out


def test_answers_beside_the_runs_are_not_read_then(
    root: Path, tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert llmops(root, "eval").code == 0
    asked = provider.count
    monkeypatch.setenv(NAME, str(tmp_path / "answers"))
    assert llmops(root, "eval").code == 0
    assert provider.count == 2 * asked


def test_a_folder_below_the_state_will_do(
    root: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, str(root / ".llmops/kept"))
    assert llmops(root, "eval").code == 0
    assert (root / ".llmops/kept/answers.sqlite").is_file()


@pytest.mark.parametrize("place", ["answers", "evalsets", ".", "link"])
def test_a_folder_of_the_checkout_is_refused(
    root: Path, tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (tmp_path / "link").symlink_to(root / "evalsets")
    monkeypatch.setenv(NAME, str((tmp_path if place == "link" else root) / place))
    for command in (("eval",), ("cache", "stats")):
        ran = llmops(root, *command)
        assert ran.code == 2, ran.both
        assert f"{NAME}: " in ran.err
        assert "name a folder outside of it, or one below .llmops/" in ran.err
    assert provider.count == 0
