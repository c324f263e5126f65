"""What a scorer does to its process is an error of its answer: never a verdict, never the end of the run."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from llmops_cli.scorers.workers import confine
from tests.cli.answering import lands, only, shown_with, with_answers, words
from tests.cli.deciding.changing import SCORER, good, suite
from tests.cli.projects import (
    CASES_PATH,
    SUITE_PATH,
    commit,
    edit,
    git,
    llmops,
    project,
    repository,
    write,
)
from tests.reports.github_runner import runner_sees

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


pytestmark = [pytest.mark.usefixtures("idle"), pytest.mark.processes]
CASES = 12
BEGINS = "import ctypes, os, signal, subprocess, sys, tempfile, threading, time\n\n\n"
LIMITS = "timeout_s: 1"


def made(root: Path, *body: str, limits: str = LIMITS, before: str = "") -> Path:
    """A project whose scorer does this for the fourth case."""
    lines = "\n        ".join(body)
    scorer = (
        f"{BEGINS}{before}\ndef known(output, case):\n    if case.id == 'land-003':\n        {lines}\n"
        "    return output.startswith('good')\n"
    )
    use = f"- python: {{path: {SCORER}:known, {limits}}}\n    metric: known\n    threshold: 1"
    files = {SUITE_PATH: suite(use), CASES_PATH: lands(CASES), SCORER: scorer}
    return repository(project(root, files))


def errors(root: Path) -> dict[str, str]:
    """By case, why its answer has no verdict; all the others have one."""
    judged = with_answers(good(CASES), root)
    subject = only(judged)
    failures = {failure["case"]: failure["error"] for failure in subject["failures"]}
    if failures:
        assert judged.code == 2
        assert subject["verdict"] == "ERROR"
    assert subject["metrics"]["known"]["now"] == 1
    return failures


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("os._exit(0)", r"known: scorers/known.py:7: SystemExit: os._exit\(0\) would end the run"),
        ("sys.exit(0)", "known: scorers/known.py:7: SystemExit: 0"),
        ("ctypes.CDLL(None)._exit(0)", "known: scorers/known.py: its process ended with exit code 0"),
        ("ctypes.string_at(0)", "known: scorers/known.py: its process ended by SIGSEGV"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "known: scorers/known.py: its process ended by SIGKILL"),
        ("time.sleep(60)", r"known: scorers/known.py: it took more than 1 s \(`timeout_s`\)"),
        ("while True: pass", r"known: scorers/known.py: it took more than 1 s \(`timeout_s`\)"),
        ("os.closerange(0, 99)", "known: scorers/known.py: its process ended .*"),
        ("return {'score': 1, 'reason': 'x' * 20_000_000}", "known: .*said more than 16,777,216 bytes"),
        ("raise KeyboardInterrupt", "known: scorers/known.py:7: KeyboardInterrupt"),
        (
            "raise type('E', (Exception,), {'__str__': lambda self: 1 / 0})",
            "known: scorers/known.py:7: E: .*",
        ),
        ("raise ValueError('x' * 9000)", "known: scorers/known.py:7: ValueError: x{500}…"),
        ("return None", "known: scorers/known.py:5: TypeError: the function returned None; .*"),
    ],
    ids=[
        "os._exit",
        "exit",
        "_exit",
        "segfault",
        "killed",
        "hangs",
        "spins",
        "closes",
        "floods",
        "interrupts",
        "mute",
        "long",
        "none",
    ],
)
def test_what_it_does_is_the_error_of_one_case(tmp_path: Path, body: str, error: str) -> None:
    failures = errors(made(tmp_path, body))
    assert list(failures) == ["land-003"]
    assert re.fullmatch(error, failures["land-003"])


@pytest.mark.parametrize(
    "body",
    [
        "threading.Thread(target=time.sleep, args=(600,)).start()",
        "subprocess.Popen(['sleep', '600'])",
        "os.fork()",
        "os.fork() or time.sleep(600)",
    ],
    ids=["thread", "child", "fork", "sleeping-fork"],
)
def test_what_it_leaves_running_ends_with_the_command(tmp_path: Path, body: str) -> None:
    began = time.monotonic()
    assert errors(made(tmp_path, body)) == {}
    assert time.monotonic() - began < 60


def test_what_it_and_its_children_print_is_no_answer_of_the_program(tmp_path: Path) -> None:
    body = (
        "print('printed')",
        "os.write(1, b'written\\n')",
        "subprocess.run(['echo', 'of a child'])",
        "subprocess.Popen(['sh', '-c', 'sleep 0.2; echo late; sleep 60'])",
    )
    judged = with_answers(good(CASES), made(tmp_path, *body))
    assert only(judged)["failures"] == []
    told = judged.err.splitlines()
    assert {f"{SCORER}: {text}" for text in ("printed", "written", "of a child")} <= {*told}


def test_what_it_prints_is_no_command_of_a_ci_system_and_steers_no_terminal(tmp_path: Path) -> None:
    body = ("print('::stop-commands::x\\n ##[group]y\\n\\x1b[2J' + 'naïve')", "print('z' * 200_000)")
    judged = with_answers(good(CASES), made(tmp_path, *body))
    assert [line for line in judged.err.splitlines() if runner_sees(line)] == []
    assert "##[" not in judged.err
    assert "\x1b" not in judged.err
    assert "naïve\n" in judged.err
    assert f"{SCORER}: … it prints more, which is left out\n" in judged.err
    assert len(judged.err) < 150_000


def test_what_it_changes_of_llmops_stays_in_its_process(tmp_path: Path) -> None:
    before = (
        "import json, llmops_cli.evals.judge, llmops_cli.compare.verdict as verdict\n"
        "llmops_cli.evals.judge.guarded = lambda use, measure: 1\n"
        "verdict.worst = lambda verdicts: verdict.Verdict.PASSED\n"
    )
    root = made(tmp_path, "pass", before=before)
    assert only(with_answers(good(0), root))["metrics"]["known"]["now"] == 0


def test_one_that_forges_what_its_process_says_has_measured_nothing(tmp_path: Path) -> None:
    root = made(tmp_path, "pass", before="import json\njson.dumps = lambda *_, **__: '{\"value\": 7}'\n")
    judged = shown_with(good(CASES), root)
    assert judged.code == 2
    assert "its process said something that is no measurement" in words(judged.out)


def test_one_that_never_answers_is_given_up(tmp_path: Path) -> None:
    root = made(tmp_path, "pass", limits="timeout_s: 0.2")
    write(root / SCORER, "import time\n\n\ndef known(output, case):\n    time.sleep(60)\n")
    judged = shown_with(good(CASES), root)
    assert judged.code == 2
    told = words(judged.out)
    assert "scorer known: scorers/known.py: it took more than 0.2 s (`timeout_s`) – cases: " in told
    assert "no answer in 10 times `timeout_s`, so its process is not started again – cases: " in told


def test_many_that_hang_cost_no_healthy_answer_its_score(tmp_path: Path) -> None:
    root = made(tmp_path, "pass", limits="timeout_s: 0.2")
    hangs = "int(case.id.removeprefix('land-')) < 8"
    scorer = f"import time\n\n\ndef known(output, case):\n    {hangs} and time.sleep(60)\n    return 1\n"
    write(root / SCORER, scorer)
    failures = only(with_answers(good(CASES), root))["failures"]
    assert len(failures) == 8
    assert all("took more than 0.2 s" in failure["error"] for failure in failures)


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is limited on Linux")
def test_memory_is_limited_and_the_error_names_the_key(tmp_path: Path) -> None:
    root = made(tmp_path, "bytes = bytearray(1024 ** 3)", limits="memory_mb: 512")
    failures = errors(root)
    error = "known: scorers/known.py:7: MemoryError: it may take 512 MiB (`memory_mb`)"
    assert failures == {"land-003": error}


def test_it_gets_no_variables_but_those_that_the_suite_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    monkeypatch.setenv("TONE_LEVEL", "high")
    monkeypatch.setenv("HIDDEN", "yes")
    body = "return os.environ.get('TONE_LEVEL') == 'high' and 'sk-' not in str(os.environ)"
    for limits, share in (("env: [TONE_LEVEL]", 1), ("timeout_s: 30", 11 / 12)):
        root = made(tmp_path / str(share), body + " and 'HIDDEN' not in os.environ", limits=limits)
        assert only(with_answers(good(CASES), root))["metrics"]["known"]["now"] == pytest.approx(share)


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
def test_it_cannot_look_into_the_process_that_gives_the_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    failures = errors(made(tmp_path, "open(f'/proc/{os.getppid()}/environ').read()"))
    assert "PermissionError" in failures["land-003"]


def confines() -> bool:
    code = f"import sys; from {confine.__name__} import *; sys.exit(not confine_writes('/tmp'))"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif(not confines(), reason="this system has no Landlock")
def test_it_writes_to_temporary_files_only(tmp_path: Path) -> None:
    where = tmp_path / "project"
    body = "open(os.path.join(os.path.dirname(__file__), 'known.py'), 'a').write('#')"
    failures = errors(made(where, "tempfile.TemporaryFile().write(b'x')", body))
    (error,) = failures.values()
    assert error.startswith("known: scorers/known.py:8: PermissionError: ")
    assert error.endswith(" (a scorer writes to files of `tempfile` only)")


def test_it_may_be_async_and_import_its_neighbours(tmp_path: Path) -> None:
    root = made(tmp_path, "pass")
    write(root / "scorers/words.py", "async def begins(text, word):\n    return text.startswith(word)\n")
    scorer = (
        "import words\n\n\nasync def known(output, case):\n    return await words.begins(output, 'good')\n"
    )
    write(root / SCORER, scorer)
    assert only(with_answers(good(9), root))["metrics"]["known"]["now"] == 0.75


def test_a_slow_scorer_makes_no_answer_late(tmp_path: Path) -> None:
    root = made(tmp_path, "pass", limits="timeout_s: 30")
    write(root / SCORER, "import time\n\n\ndef known(output, case):\n    time.sleep(0.3)\n    return 1\n")
    judged = with_answers(good(CASES), root, "-j", str(CASES))
    subject = only(judged)
    assert subject["failures"] == []
    assert subject["metrics"]["latency_p95"]["now"] < 0.3


@pytest.mark.parametrize(
    ("ending", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -signal.SIGKILL)],
    ids=["ctrl-c", "terminated", "hung-up", "killed"],
)
def test_workers_end_with_the_command_that_started_them(
    tmp_path: Path, ending: signal.Signals, code: int
) -> None:
    note = tmp_path / "pid"
    root = made(tmp_path / "project", "time.sleep(60)", limits="timeout_s: 60")
    cases = "\n".join(f'{{"id": "land-{n:03}", "country": "x", "output": "good"}}' for n in range(CASES))
    write(root / CASES_PATH, cases)
    write(
        root / SCORER,
        (root / SCORER).read_text().replace("time.sleep(60)", "print(os.getpid()); time.sleep(60)"),
    )
    with note.open("w") as talk:
        report, temporary = tmp_path / "report.md", tmp_path / "temporary"
        temporary.mkdir()
        command = [sys.executable, "-m", "llmops_cli", "-C", str(root), "eval", "-o", str(report)]
        env = {**os.environ, "TMPDIR": str(temporary)}
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=talk, env=env)
        worker = int(_soon(lambda: note.read_text().strip()).removeprefix(f"{SCORER}: "))
        _soon(lambda: "kept" if _kept(root) == 3 else "")
        process.send_signal(ending)
        assert process.wait(20) == code
    if ending is not signal.SIGKILL:
        assert "`llmops eval --resume " in note.read_text()
        assert "INTERRUPTED: 3 of 12 are finished" in report.read_text()
        assert list(temporary.iterdir()) == []
    _soon(lambda: "" if _runs(worker) else "gone")


def _kept(root: Path) -> int:
    """How many answers the project's only run has written."""
    (cases,) = (root / ".llmops/runs").glob("*/cases.jsonl")
    return len(cases.read_text().splitlines())


def _soon(what: Callable[[], str]) -> str:
    until = time.monotonic() + 20
    while not (value := what()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return value


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_limits_are_no_other_scorer(tmp_path: Path) -> None:
    root = made(tmp_path, "pass")
    with_answers(good(CASES), root)
    assert llmops(root, "baseline", "accept", "--all").code == 0
    text = (root / SUITE_PATH).read_text()
    write(root / SUITE_PATH, text.replace(LIMITS, "timeout_s: 9, memory_mb: 2048"))
    judged = with_answers(good(CASES), root)
    assert judged.code == 0
    assert only(judged)["changed_since_baseline"] == []


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        ("timeout_s: 0", "python: `timeout_s` must be more than 0, found the number `0`"),
        ("memory_mb: 1", "python: `memory_mb` must be at least 64"),
        ("env: [A-B]", "python: `env[0]`"),
    ],
)
def test_limits_that_make_no_sense_are_a_problem(tmp_path: Path, limits: str, problem: str) -> None:
    told = llmops(made(tmp_path, "pass", limits=limits), "check")
    assert told.code == 2
    assert problem in told.both


def test_a_change_gives_no_variable_to_a_scorer_before_somebody_accepts_it(tmp_path: Path) -> None:
    root = made(tmp_path, "pass", limits="timeout_s: 5")
    with_answers(good(CASES), root)
    llmops(root, "baseline", "accept", "--all")
    commit(root, "baseline")
    git(root, "checkout", "-q", "-b", "change")
    edit(root, SUITE_PATH, "timeout_s: 5", "timeout_s: 5, env: [OPENAI_API_KEY]")
    write(
        root / SCORER, (root / SCORER).read_text().replace("\ndef known", "print('it runs')\n\n\ndef known")
    )
    commit(root, "a key for the scorer")
    judged = shown_with(good(CASES), root, "--base", "main")
    assert judged.code == 1
    assert "it runs" not in judged.err
    assert words(judged.out).startswith(
        f"REFUSED: {SUITE_PATH}: the scorer `known` gets the value of OPENAI_API_KEY; nothing was sent"
    )
    assert "it runs" not in llmops(root, "check").both
