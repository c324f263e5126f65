"""Shells complete commands, options, and the names that a project has; a broken project is silent."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.cli import shells
from tests.cli.projects import (
    MODEL,
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    changed,
    llmops,
    process,
    project,
    said,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

JUDGE = "openai/gpt-4o-2024-08-06"
JUDGED = {
    **changed(SUITE_PATH, "scorers:\n", f"scorers:\n  - judge: {{rubric: Is it short?, model: {JUDGE}}}\n"),
    "prompts/prompts.lock": "capital@0.9.0 0123456789abcdef\ncapital@1.0.0 0123456789abcdef\n",
}


@pytest.fixture(autouse=True)
def _no_shell_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("_LLMOPS_COMPLETE", raising=False)


def offered(line: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a shell that wants no help texts is answered, of this process."""
    monkeypatch.setenv("_LLMOPS_COMPLETE", "complete_lines")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", f"llmops {line}")
    ran = said()
    assert (ran.code, ran.err) == (0, "")
    return [answer.partition("\t")[0] for answer in ran.out.splitlines()]


def test_bash_completes_what_a_project_has(tmp_path: Path, idle: Provider) -> None:
    root = project(tmp_path, JUDGED)
    commands, suites, options, values, versions, formats = shells.bash(
        root,
        "llmops ba",
        "llmops eval ",
        "llmops eval --mod",
        "llmops eval --model=open",
        "llmops prompts show capital@",
        "llmops runs show --format ",
    )
    assert (commands, suites, options) == (["baseline"], ["capitals"], ["--model"])
    assert values == [MODEL, JUDGE]
    assert versions == ["capital@0.9.0", "capital@1.0.0"]
    assert formats == ["terminal", "markdown", "json", "html", "csv"]


def test_runs_are_completed_and_only_unfinished_ones_can_be_resumed(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path)
    assert llmops(root, "eval").code == 0
    (run,) = (root / ".llmops/runs").iterdir()
    assert offered(f"-C {root} runs show ", monkeypatch) == [run.name]
    assert offered(f"baseline accept -C {root} --from ", monkeypatch) == [run.name]
    assert offered(f"diff -C {root} ", monkeypatch) == [".", "HEAD:", "latest", run.name]
    assert offered(f"eval -C {root} --resume ", monkeypatch) == []
    (run / "run.json").write_text('{"id": "x"}')
    assert offered(f"eval -C {root} --resume ", monkeypatch) == [run.name]
    (run / "run.json").write_text("{")
    assert offered(f"eval -C {root} --resume ", monkeypatch) == []


@pytest.mark.parametrize(
    ("files", "suites"),
    [
        ({PROJECT_PATH: "name: [\n"}, ["capitals"]),
        ({PROMPT_PATH: b"\xff\xfe"}, ["capitals"]),
        ({SUITE_PATH: "id: capitals\nprompt: [\n"}, ["capitals"]),
        ({SUITE_PATH: None}, []),
        ({SUITE_PATH: "id: $(touch${IFS}x)\n"}, []),
    ],
)
def test_a_broken_project_is_silent(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str | bytes | None],
    suites: list[str],
) -> None:
    root = project(tmp_path, files)
    assert offered(f"eval -C {root} ", monkeypatch) == suites
    for line in (f"eval -C {root} --model ", f"prompts show -C {root} ", f"runs show -C {root} "):
        offered(line, monkeypatch)


def test_nothing_is_said_where_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for line in (
        f"eval -C {tmp_path} ",
        "eval -C /nowhere ",
        "eval --no-such ",
        "eval 'a",
    ):
        assert offered(line, monkeypatch) == []
    monkeypatch.setenv("_LLMOPS_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "llmops ev")
    monkeypatch.setenv("COMP_CWORD", "many")
    assert said() == said("eval")  # whatever was asked, a shell gets no traceback
    assert (said().code, said().both) == (0, "")


def test_the_script_is_printed_for_this_shell_or_the_one_that_is_named() -> None:
    for shell, line in (
        ("bash", "complete -o default -F"),
        ("zsh", "#compdef llmops"),
        ("fish", "complete --"),
    ):
        ran = said("--show-completion", shell)
        assert (ran.code, ran.err) == (0, "")
        assert line in ran.out
    ran = said("--show-completion", "csh")
    assert (ran.code, ran.out) == (2, "")
    assert "there is no completion for `csh`" in ran.err
    assert "bash, zsh, fish" in ran.err


def test_the_completion_is_installed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".bashrc").write_text("alias ll='ls -l'")
    for _ in range(2):
        ran = said("--install-completion", "bash")
        assert (ran.code, ran.err) == (0, "")
    assert (tmp_path / ".bashrc").read_text() == "alias ll='ls -l'\nsource ~/.bash_completions/llmops.sh\n"
    assert (tmp_path / ".bash_completions/llmops.sh").read_text() == said("--show-completion", "bash").out


def test_every_command_that_takes_a_format_offers_those_that_it_can_show(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "junit" in offered("eval --format ", monkeypatch)
    assert offered("bisect --format ", monkeypatch) == ["terminal", "markdown", "json", "html"]
    assert offered("baseline history --format j", monkeypatch) == ["json"]


@pytest.mark.workflows
@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_completes_what_a_project_has(tmp_path: Path) -> None:
    root = project(tmp_path / "project", JUDGED)
    lines = ("llmops eval ", "llmops eval --mod", "llmops prompts show cap", "llmops comment evals")
    offers = [["capitals"], ["--model"], ["capital", "capital@0.9.0", "capital@1.0.0"], ["evalsets/"]]
    assert shells.fish(root, *lines) == offers
    installed = process("--install-completion", "fish", env={"HOME": str(tmp_path)})
    assert (installed.code, installed.err) == (0, "")
    assert shells.fish(root, *lines, home=tmp_path) == offers


@pytest.mark.workflows
@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_completes_what_a_project_has(tmp_path: Path) -> None:
    root = project(tmp_path / "project", JUDGED)
    sourced = "autoload -Uz compinit; compinit -u; source <(llmops --show-completion zsh)"
    assert "llmops eval capitals" in shells.zsh(root, tmp_path, sourced, "llmops eval cap", "capitals")
    described = shells.zsh(root, tmp_path, sourced, "llmops prompts l", "Write prompts")
    assert "List every prompt" in described
    installed = process("--install-completion", "zsh", env={"HOME": str(tmp_path)})
    assert (installed.code, installed.err) == (0, "")
    shown = shells.zsh(root, tmp_path, "true", "llmops prompts show capital@0", "0.9.0")
    assert "llmops prompts show capital@0.9.0" in shown
