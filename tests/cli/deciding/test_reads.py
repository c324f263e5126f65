"""What a scorer of the project opens is named in the suite: an open that is not is an error."""

from __future__ import annotations

import py_compile
from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import lands, only, shown_with, with_answers, words
from tests.cli.deciding.changing import ALONE, LIST, READING, SCORER, USE, good, suite
from tests.cli.projects import CASES_PATH, SUITE_PATH, edit, llmops, project, repository, write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("idle")
LATER = """\
import multiprocessing, os, pathlib, sqlite3


def open_it(path):
    open(path).close()


FILE = __file__.replace("known.py", "known.json")


def known(output, case):
    return output.split()[0] in str({opened})
"""


def made(root: Path, scorer: str, use: str = USE, **files: str) -> Path:
    own = {SUITE_PATH: suite(use), CASES_PATH: lands(4), SCORER: scorer, LIST: '["good"]'}
    return repository(project(root, {**own, **files}))


NAMES = f"{SCORER} opened `{LIST}`, and the suite does not say that it reads it: add `reads: [{LIST}]`"


def test_a_file_opened_by_the_module_is_an_error_of_its_metric(tmp_path: Path) -> None:
    root = made(tmp_path, READING, f"{USE}\n  - word-count: {{min: 1}}\n    metric: length")
    judged = with_answers(good(4), root)
    assert judged.code == 2
    assert words(shown_with(good(4), root).out).startswith(f"ERROR: capitals known: {NAMES}")
    metrics = only(judged)["metrics"]
    assert (metrics["length"]["now"], metrics["pass_rate"]["now"]) == (1, 1)
    assert only(judged)["undeclared_reads"] == [{"metric": "known", "scorer": SCORER, "opened": [LIST]}]
    edit(root, SUITE_PATH, "threshold: 1", f"threshold: 1\n    reads: [{LIST}]")
    assert with_answers(good(4), root).code == 0


def test_the_rest_is_judged_and_a_definite_no_comes_first(tmp_path: Path) -> None:
    rule = "pass_rate: {floor: 0.9}\n  known: {max_drop: 0.01}"
    root = made(tmp_path, READING, **{SUITE_PATH: suite(USE, rule=rule)})
    judged = with_answers(good(2), root)
    assert judged.code == 1
    assert only(judged)["metrics"]["pass_rate"]["verdict"] == "REGRESSED"
    assert only(judged)["metrics"]["known"]["verdict"] == "ERROR"
    told = words(shown_with(good(2), root).out)
    assert told.startswith("REGRESSED: capitals pass_rate: below the floor of 0.9 (50.0%)")
    assert NAMES in told


def test_scores_that_rest_on_an_unnamed_file_are_no_baseline(tmp_path: Path) -> None:
    root = made(tmp_path, READING)
    with_answers(good(4), root)
    refused = llmops(root, "baseline", "accept", "--all")
    assert refused.code == 2
    assert NAMES in words(refused.err)
    assert not (root / "baselines").exists()


@pytest.mark.parametrize(
    "opened",
    [
        "os.read(os.open(FILE, os.O_RDONLY), 99)",
        "pathlib.Path(os.path.relpath(FILE)).read_bytes()",
        "pathlib.Path(FILE).read_text()",
        "[*map(str.strip, open(FILE))]",
        "os.open('known.json', os.O_RDONLY, dir_fd=os.open(os.path.dirname(FILE), os.O_RDONLY))",
        "os.waitpid(os.fork() or (open(FILE).close(), os.kill(os.getpid(), 9))[0], 0)",
        "multiprocessing.get_context('fork').Pool(1).map(open_it, [FILE])",
        "sqlite3.connect(FILE)",
        "sqlite3.connect('file:' + FILE.replace('k', '%6b') + '?mode=ro', uri=True)",
    ],
    ids=["os", "relative", "pathlib", "open", "folder", "fork", "pool", "sqlite", "sqlite-address"],
)
def test_a_file_opened_while_judging_is_an_error_of_its_metric(tmp_path: Path, opened: str) -> None:
    root = made(tmp_path, LATER.format(opened=opened))
    said = shown_with(good(4), root)
    assert said.code == 2
    assert NAMES in words(said.out)


def test_packages_temporary_files_and_files_that_are_not_there_do_not_count(tmp_path: Path) -> None:
    scorer = (
        "import json.tool, pytest, pathlib, tempfile\nROOT = pathlib.Path(__file__).parents[1]\n\n\n"
        "def known(output, case):\n    path = pathlib.Path(tempfile.mkdtemp(), 'x')\n"
        "    path.write_text('1')\n"
        "    return path.read_text() == '1' and not (ROOT / 'none').exists()\n"
    )
    root = made(tmp_path, scorer)
    assert with_answers(good(4), root).code == 0


def test_a_compiled_neighbour_is_not_what_runs(tmp_path: Path) -> None:
    scorer = "import sys\nsys.path.insert(0, __file__.rpartition('/')[0])\nfrom words import known\n"
    lax, strict = "def known(output, case):\n    return 1\n", "def known(output, case):\n    return 0\n"
    root = made(tmp_path, scorer, **{"scorers/words.py": lax})
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(str(root / "scorers/words.py"), invalidation_mode=mode)
    write(root / "scorers/words.py", strict)
    said = with_answers(good(4), root)
    assert said.data["subjects"][0]["metrics"]["known"]["now"] == 0


@pytest.mark.parametrize(
    ("reads", "problem"),
    [
        ("[scorers/none.json]", "reads: no such file: `scorers/none.json`"),
        ("[../outside.json]", "reads: ../outside.json: lies outside the repository"),
        ("['lists/*.txt']", "reads: `lists/*.txt` matches no file"),
        ("scorers/known.json", "`reads` must be a list of paths"),
    ],
)
def test_reads_that_name_nothing_are_a_problem(tmp_path: Path, reads: str, problem: str) -> None:
    root = made(tmp_path, READING, f"{USE}\n    reads: {reads}")
    said = llmops(root, "check")
    assert said.code == 2
    assert problem in said.both


def test_reads_are_for_scorers_of_the_project(tmp_path: Path) -> None:
    root = made(tmp_path, READING, f"- contains: x\n    reads: [{LIST}]")
    assert "`contains` reads no files" in llmops(root, "check").both


def test_loading_a_suite_runs_nothing_of_it(tmp_path: Path) -> None:
    root = made(tmp_path, f"print('it runs')\n\n\n{ALONE}")
    for command in (("prompts", "lock"), ("prompts", "list"), ("models", "list"), ("eval", "--explain")):
        assert "it runs" not in llmops(root, *command).both
    assert "it runs" in llmops(root, "check").err
