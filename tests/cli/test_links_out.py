"""Folders that llmops writes to and that a link leads out of the repository: refused, and nothing is done."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.cli.projects import (
    BASELINE_PATH,
    CASSETTE_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    accepted,
    commit,
    edit,
    git,
    llmops,
    project,
    repository,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.projects import Said
    from tests.servers.provider import Provider

COMMANDS = (
    ("check",),
    ("eval",),
    ("eval", "--record"),
    ("eval", "--cache", "replay"),
    ("eval", "--base", "HEAD"),
    ("baseline", "accept", "--all", "--reason", "x"),
)


@pytest.fixture
def recorded(tmp_path: Path, provider: Provider) -> Path:
    """A project with a baseline and recorded answers, all of it committed."""
    root = repository(project(tmp_path / "project", {".gitignore": ".llmops/\n"}))
    assert llmops(root, "prompts", "lock").code == 0
    accepted(root, "--record")
    commit(root)
    return root


def told(ran: Said) -> str:
    """What a command said, without the ends of its lines."""
    return " ".join(ran.both.split())


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("place", ["baselines", "cassettes", ".llmops"])
def test_a_folder_that_leads_out_is_refused_by_every_command(
    recorded: Path, tmp_path: Path, provider: Provider, place: str
) -> None:
    out = tmp_path / "elsewhere"
    (recorded / place).rename(out)
    (recorded / place).symlink_to(out)
    if place != ".llmops":
        commit(recorded, "Keep it elsewhere")
    before, asked = contents(out), provider.count
    # Accepting reads and writes no cassette.
    for command in COMMANDS[: 5 if place == "cassettes" else None]:
        ran = llmops(recorded, *command)
        assert ran.code == 2, (command, ran.both)
        assert place in ran.both
        assert f"a link that leads out of the repository, to `{out}`" in told(ran), command
    assert contents(out) == before
    assert provider.count == asked


@pytest.mark.parametrize("depth", [1, 2, 3], ids=["folder of the suite", "folder of the provider", "file"])
@pytest.mark.parametrize("path", [BASELINE_PATH, CASSETTE_PATH])
def test_a_link_deeper_down_is_refused_and_named(
    recorded: Path, tmp_path: Path, provider: Provider, path: str, depth: int
) -> None:
    link = "/".join(path.split("/")[: depth + 1])
    out = tmp_path / "elsewhere"
    (recorded / link).rename(out)
    (recorded / link).symlink_to(out)
    before = out.read_bytes() if out.is_file() else contents(out)
    command = ("eval", "--record") if path == CASSETTE_PATH else ("eval",)
    for ran in (llmops(recorded, "check"), llmops(recorded, *command)):
        assert ran.code == 2, ran.both
        assert link in ran.both
        assert f"a link that leads out of the repository, to `{out}`" in told(ran)
    assert (out.read_bytes() if out.is_file() else contents(out)) == before


@pytest.mark.parametrize("what", ["baselines", "cassettes"])
def test_a_project_without_a_run_is_told_of_the_link_first(
    recorded: Path, tmp_path: Path, idle: Provider, what: str
) -> None:
    shutil.rmtree(recorded / ".llmops")
    (recorded / what).rename(tmp_path / "elsewhere")
    (recorded / what).symlink_to(tmp_path / "elsewhere")
    accepting = ("baseline", "accept", "--all", "--reason", "x")
    for command in (accepting,) if what == "baselines" else (("eval", "--offline"), ("eval", "--record")):
        ran = llmops(recorded, *command)
        assert ran.code == 2, ran.both
        assert f"a link that leads out of the repository, to `{tmp_path / 'elsewhere'}`" in told(ran)


def test_state_that_leads_out_is_not_read_by_the_commands_about_it(recorded: Path, tmp_path: Path) -> None:
    (recorded / ".llmops").rename(tmp_path / "elsewhere")
    (recorded / ".llmops").symlink_to("../elsewhere")
    for command in (("runs", "list"), ("cache", "stats"), ("doctor",), ("eval", "--resume")):
        ran = llmops(recorded, *command)
        assert ran.code == 2, (command, ran.both)
        assert "`.llmops` is a link" in ran.both or ".llmops: is a link" in ran.both


def test_a_link_at_the_base_is_refused_too(recorded: Path, tmp_path: Path) -> None:
    (recorded / "baselines").rename(tmp_path / "elsewhere")
    (recorded / "baselines").symlink_to("../elsewhere")
    git(recorded, "branch", "base", "HEAD")
    commit(recorded, "Keep it elsewhere")
    git(recorded, "branch", "-f", "base", "HEAD")
    (recorded / "baselines").unlink()
    (tmp_path / "elsewhere").rename(recorded / "baselines")
    commit(recorded, "Bring it back")
    ran = llmops(recorded, "eval", "--base", "base")
    assert ran.code == 2, ran.both
    assert "baselines" in ran.both
    assert "is a link that leads out of the repository, to `../elsewhere`" in ran.both


def test_a_link_inside_of_the_repository_is_followed(recorded: Path, provider: Provider) -> None:
    (recorded / "baselines").rename(recorded / "approved")
    (recorded / "baselines").symlink_to("approved")
    commit(recorded, "Move the baselines")
    ran = llmops(recorded, "eval")
    assert ran.code == 0, ran.both
    assert "PASSED" in ran.out


def test_reports_go_wherever_the_user_says(recorded: Path, tmp_path: Path, provider: Provider) -> None:
    (tmp_path / "elsewhere").mkdir()
    (recorded / "reports").symlink_to(tmp_path / "elsewhere")
    ran = llmops(recorded, "eval", "-o", str(recorded / "reports/report.md"))
    assert ran.code == 0, ran.both
    assert "PASSED" in (tmp_path / "elsewhere/report.md").read_text("utf-8")


@pytest.mark.parametrize("target", ["../.git/config", "../.GIT/config", "../.llmops/token", "../.git"])
def test_what_is_part_of_no_commit_is_not_sent(recorded: Path, provider: Provider, target: str) -> None:
    """In CI git's folder holds a token: an include of it would go to the provider."""
    write(recorded / ".llmops/token", "SECRET")
    link = recorded / "prompts/_x.j2"
    link.symlink_to(target)
    included = "_x.j2" if "/" in target[3:] else "_x.j2/config"
    edit(recorded, PROMPT_PATH, "Answer with one word.", f"{{% include '{included}' %}}")
    commit(recorded, "Include it")
    asked = provider.count
    for command in COMMANDS:
        ran = llmops(recorded, *command)
        assert ran.code == 2, (command, ran.both)
    assert f"leads into `{target.split('/')[1]}`, which is part of no commit" in told(
        llmops(recorded, "check")
    )
    assert provider.count == asked


def test_a_scorer_names_nothing_of_git(recorded: Path) -> None:
    scorer = "def known(output, case):\n    return True\n"
    write(recorded / "scorers/known.py", scorer)
    use = "scorers:\n  - python: scorers/known.py:known\n    reads: [.git/config]\n"
    edit(recorded, SUITE_PATH, "scorers:\n", use)
    assert "leads into `.git`, which is part of no commit" in told(llmops(recorded, "check"))
