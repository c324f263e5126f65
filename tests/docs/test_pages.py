"""What the pages name exists: commands, options, links."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.projects import said
from tests.docs.command_line import fault
from tests.docs.pages import PAGES, ROOT, anchors, command_lines, links

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_line_is_one_that_exists(page: Path) -> None:
    faults = [f"{line}: {said}" for line in command_lines(page) if (said := fault(line))]
    assert not faults, "\n".join(faults)


def test_the_pages_have_command_lines() -> None:
    assert sum(len(command_lines(page)) for page in PAGES) > 50


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("llmops evaluate", "no command `evaluate`"),
        ("llmops prompts lists", "no command `lists`"),
        ("llmops eval --budget 3", "No such option: --budget"),
        ("llmops eval -j many", "not a valid int"),
        ("llmops --verbose eval", "No such option: --verbose"),
    ],
)
def test_a_command_line_that_does_not_exist_is_found(line: str, said: str) -> None:
    assert said in fault(line)


@pytest.mark.parametrize(
    "line",
    [
        "llmops",
        "llmops --version",
        "llmops -C examples eval triage --resume",
        "llmops eval --cache replay | tee log",
        "llmops prompts bump",
    ],
)
def test_a_command_line_that_exists_is_not(line: str) -> None:
    assert fault(line) == ""


def test_looking_at_a_command_line_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", "/bin/bash")
    for line in ("llmops --install-completion", "llmops --install-completion bash", "llmops --version"):
        assert fault(line) == ""
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().out == ""
    assert said("--version").out.startswith("llmops "), "the program itself still does it"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    faults = []
    for link in links(page):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or not target.is_relative_to(ROOT):
            faults.append(f"{link}: no such file")
        elif anchor and anchor not in anchors(target):
            faults.append(f"{link}: no such heading")
    assert not faults, "\n".join(faults)
