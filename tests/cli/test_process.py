"""The command as a process: exit codes, streams, Ctrl-C, imports, two at once."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from llmops_cli import __version__
from tests.cli.interrupting import interrupted
from tests.cli.projects import (
    CASES_PATH,
    CASSETTE_PATH,
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    accepted,
    cases,
    changed,
    edit,
    evaluated,
    llmops,
    process,
    project,
    repository,
    said,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

pytestmark = pytest.mark.processes

HEAVY = (
    "aiohttp",
    "asyncio",
    "genai_prices",
    "git",
    "jinja2",
    "jsonschema",
    "litellm",
    "numpy",
    "rich",
    "xllamacpp",
    "yaml",
)


def modules_after(*arguments: str, cwd: Path) -> set[str]:
    """The modules that are loaded when a command has ended."""
    script = (
        "import json, sys\n"
        "from llmops_cli.cli.app import run\n"
        "assert run(sys.argv[1:]) == 0\n"
        "sys.stdout.write('\\n' + json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=cwd, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_version_needs_nothing_heavy(tmp_path: Path) -> None:
    ran = process("--version")
    assert (ran.code, ran.out, ran.err) == (0, f"llmops {__version__}\n", "")
    assert modules_after("--version", cwd=tmp_path).isdisjoint(HEAVY)


def test_no_arguments_show_the_help(tmp_path: Path) -> None:
    ran = process(cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == process("--help", cwd=tmp_path).out


def test_a_cached_evaluation_loads_no_client(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    loaded = modules_after("eval", "--format", "json", cwd=root)
    assert loaded.isdisjoint({"aiohttp", "asyncio", "genai_prices", "jsonschema", "litellm", "xllamacpp"})
    assert provider.count == 10


def test_a_failing_gate_and_a_wrong_file_end_the_process_with_their_codes(
    tmp_path: Path, provider: Provider
) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    assert process("eval", cwd=root).code == 0
    (root / CASES_PATH).write_text(cases(France="Paris"))
    assert process("eval", cwd=root).code == 1
    edit(root, PROMPT_PATH, "model:", "modell:")
    ran = process("eval", cwd=root)
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err


def test_a_reader_that_leaves_is_no_crash(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    command = (
        f"'{sys.executable}' -m llmops_cli eval --format json | head -c 10; echo \" ${{PIPESTATUS[0]}}\""
    )
    done = subprocess.run(["bash", "-c", command], cwd=root, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.endswith(" 0\n")


def test_no_colour_where_nobody_looks(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    for env in ({}, {"NO_COLOR": "1"}, {"TERM": "dumb"}):
        ran = process("eval", cwd=root, env=env)
        assert ran.code == 0
        assert "\x1b" not in ran.both


def in_terminal(root: Path, **env: str) -> str:
    """What a terminal shows."""
    leader, follower = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "llmops_cli", "eval"],
        cwd=root,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={**os.environ, "TERM": "xterm-256color", **env},
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(leader)
    assert running.wait(30) == 0
    return shown.decode()


def test_colour_in_a_terminal_unless_the_user_says_no(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    assert "\x1b[3" in in_terminal(root) or "\x1b[1" in in_terminal(root)
    assert "\x1b[3" not in in_terminal(root, NO_COLOR="1")


def test_stdout_is_the_answer_even_with_warnings(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, changed(PROMPT_PATH, "    country:", "    city: {type: string}\n    country:"))
    ran = process("eval", "--format", "json", cwd=root)
    assert ran.code == 0
    assert [problem["message"] for problem in ran.data["warnings"]] == [
        "the input `city` is used by no message"
    ]
    assert ran.data["warnings"][0]["line"] == 9
    terminal = process("eval", cwd=root)
    assert "Warnings" in terminal.out
    markdown = process("eval", "--format", "markdown", cwd=root)
    assert markdown.out.startswith(("#", "**", ">"))


def test_reports_are_written_beside_the_answer(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path / "project")
    out = tmp_path / "out"
    out.mkdir()
    ran = llmops(root, "eval", "-o", str(out / "r.md"), "-o", str(out / "r.json"), "-o", str(out / "r.txt"))
    assert ran.code == 0
    assert json.loads((out / "r.json").read_text())["verdict"] == "NO_BASELINE"
    assert (out / "r.txt").read_text() == ran.out
    assert "NO_BASELINE" in (out / "r.md").read_text()


def test_the_folder_may_be_named_before_or_after_the_command(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    assert said("-C", str(root), "eval").code == 0
    assert said("eval", "-C", str(root)).code == 0
    assert said("eval", "-C", str(root / "prompts")).code == 0
    assert provider.count == 10


def test_a_missing_folder(tmp_path: Path, provider: Provider) -> None:
    missing = tmp_path / "nowhere"
    for arguments in (("-C", str(missing), "eval"), ("eval", "-C", str(missing))):
        ran = said(*arguments)
        assert ran.code == 2
        assert ran.err == f"{missing}: no such folder\n    name the project's folder with -C\n"


def test_no_project(tmp_path: Path, provider: Provider) -> None:
    ran = llmops(tmp_path, "eval")
    assert ran.code == 2
    assert ran.err == (
        f"no llmops.yaml in {tmp_path} or any folder above it\n"
        "    run `llmops init` here to start a project, or name its folder with -C\n"
    )


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["evl"], "No such command 'evl'. Did you mean 'eval'?"),
        (["baseline", "acept"], "No such command 'acept'. Did you mean 'accept'?"),
        (["eval", "--fromat", "json"], "No such option: --fromat"),
        (["eval", "--format"], "Option '--format' requires an argument"),
    ],
)
def test_a_command_line_that_is_wrong(arguments: list[str], wanted: str) -> None:
    ran = said(*arguments)
    assert ran.code == 2
    assert wanted in " ".join(ran.err.split())
    assert ran.out == ""


def test_local_state_that_cannot_be_written(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, {".llmops": "a file in the way"})
    for arguments in ((), ("--cache", "off")):
        ran = llmops(root, "eval", *arguments)
        assert ran.code == 3, ran.both
        assert ".llmops" in ran.err
        assert ran.out == ""
        assert "Traceback" not in ran.err
    assert provider.count == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_project(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    root.chmod(0o555)
    try:
        ran = llmops(root, "eval")
    finally:
        root.chmod(0o755)
    assert ran.code == 3
    assert provider.count == 0


def test_a_cache_that_is_broken_is_set_aside(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    assert evaluated(root).code == 0
    (root / ".llmops/answers.sqlite").write_bytes(b"not a database" * 1000)
    for leftover in (root / ".llmops").glob("answers.sqlite-*"):
        leftover.unlink()
    ran = evaluated(root)
    assert ran.code == 0
    assert "is broken" in ran.err
    assert provider.count == 20


def test_two_at_once(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    with ThreadPoolExecutor() as pool:
        both = list(pool.map(lambda _: process("eval", "--format", "json", cwd=root), range(2)))
    assert [ran.code for ran in both] == [0, 0], [ran.err for ran in both]
    assert len({ran.data["run"]["id"] for ran in both}) == 2
    assert 10 <= provider.count <= 20
    assert evaluated(root).code == 0


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    run = interrupted(root, "-o", "report.txt", cache="off")
    assert (root / "report.txt").read_text().startswith("INTERRUPTED: 3 of 10 are finished and kept\n")
    ran = evaluated(root, "--cache", "off", "--resume")
    assert ran.code == 0, ran.both
    assert f"resuming {run}: 3 of 10 are finished" in ran.err
    assert ran.data["run"]["id"] == run
    assert ran.data["subjects"][0]["outcomes"] == 10
    assert ran.data["subjects"][0]["metrics"]["pass_rate"]["now"] == 1
    assert provider.count == 7
    over = evaluated(root, "--resume")
    assert over.code == 2
    assert over.err == "there is no unfinished run in .llmops/runs/\n    `llmops eval` starts one\n"


def test_an_interrupted_run_by_its_name(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    run = interrupted(root)
    ran = evaluated(root, "--resume", run, "-j", "4")
    assert ran.code == 0
    assert provider.count == 7


def test_what_an_interrupted_run_answered_is_in_the_cache(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    interrupted(root)
    assert evaluated(root).code == 0
    assert provider.count == 7


def test_a_run_is_not_resumed_with_another_prompt(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    run = interrupted(root)
    edit(root, PROMPT_PATH, "one word", "a word")
    ran = evaluated(root, "--resume")
    assert ran.code == 2
    assert ran.err == (
        f"run {run} asked something else: prompts, cases or scorers have changed since\n"
        "    start a new run without --resume; what was answered is still in the cache\n"
    )
    assert provider.count == 0


def test_a_working_folder_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    script = (
        "import os, sys\n"
        "os.mkdir(sys.argv[1]); os.chdir(sys.argv[1]); os.rmdir(sys.argv[1])\n"
        "from llmops_cli.cli.app import run\n"
        "sys.exit(run(['eval']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(gone)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert ": no such folder" in done.stderr


def test_recording_may_not_be_stopped_by_a_file_in_the_way(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, {"cassettes": "a file in the way"})
    ran = llmops(root, "eval", "--record")
    assert ran.code == 3
    assert "cannot write" in ran.err
    assert f"{root / CASSETTE_PATH}" in ran.err


def test_an_empty_project_file_is_a_project(tmp_path: Path, provider: Provider) -> None:
    assert llmops(project(tmp_path, {PROJECT_PATH: ""}), "eval").code == 0


def test_a_broken_run_does_not_hide_the_others(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    for _ in range(2):
        assert llmops(root, "eval").code == 0
    first, second = sorted((root / ".llmops/runs").iterdir())
    (first / "run.json").write_text("{", "utf-8")
    said = llmops(root, "runs", "list")
    assert said.code == 0
    assert first.name in said.out
    assert "broken run.json" in said.out
    assert second.name in said.out


def test_a_list_of_runs_keeps_each_time_on_one_line(tmp_path: Path, provider: Provider) -> None:
    root = project(
        tmp_path, changed(SUITE_PATH, "id: capitals", "id: capitals-of-many-countries-of-the-world")
    )
    assert llmops(root, "eval").code == 0
    ran = process("runs", "list", cwd=root, env={"COLUMNS": "100"})
    assert re.search(r" \d{4}-\d\d-\d\d \d\d:\d\d ", ran.out), ran.out
