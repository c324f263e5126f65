"""The runner of scorer cases, as authors of a project's own scorers use it."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmops_cli.core.errors import InputError
from llmops_cli.testing import ScorerCaseFailedError, run_scorer_case, scorer_cases

JUDGE = {"rubric": "good", "model": "gw/j-2024-08-06"}


def written(folder: Path, text: str, name: str = "equals.yaml") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def run(folder: Path, text: str, name: str = "equals.yaml") -> None:
    for case in scorer_cases(written(folder, text, name)):
        run_scorer_case(case)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("option: a, output: b, value: 1", 'gave 0, and 1 is wanted: expected "a", found "b"'),
        ("option: a, output: b, value: 0, reason: other", "without 'other'"),
        ("option: a, output: a, value: 0", "gave 1, and 0 is wanted"),
        ("option: {value: a, x: 1}, value: 1", "the option does not fit: unknown key `x`"),
        ("option: a, invalid: unknown key", "it is refused by its form, and says ''"),
        ("option: a, refused: never", "the scorer was to be refused, and it was made"),
        ('option: "{{ x }}", value: 1', "it raises UndefinedError: 'x' is undefined"),
        ("option: a, output: a, error: undefined", "`error` is wanted, and a value came out"),
        ("option: a, output: a, not-measured: time", "`not-measured` is wanted, and a value came out"),
        ('option: "{{ x }}", error: other', "without 'other'"),
        ('option: "{{ x }}", not-measured: x', "it raises UndefinedError"),
    ],
)
def test_what_comes_out_otherwise_fails_with_its_place(tmp_path: Path, case: str, said: str) -> None:
    with pytest.raises(ScorerCaseFailedError) as failed:
        run(tmp_path, f"- {{name: right, option: a, output: a, value: 1}}\n- {{name: wrong, {case}}}\n")
    assert str(failed.value).startswith(f"{tmp_path}/equals.yaml:2:3: wrong: ")
    assert said in str(failed.value)
    assert isinstance(failed.value, AssertionError)


@pytest.mark.parametrize(
    ("name", "case", "said"),
    [
        (
            "latency.yaml",
            "option: soon, value: 1",
            "the scorer cannot be made: `max_seconds` has to be a number",
        ),
        ("latency.yaml", "option: soon, refused: soonest", "it is refused, and says"),
        ("latency.yaml", "option: 2, value: 1", "nothing was measured: the call was not timed"),
        ("latency.yaml", "option: 2, error: timed", "nothing was measured: the call was not timed"),
        ("judge.yaml", f"option: {JUDGE}, asks: [never said]", "it does not ask 'never said'"),
        ("judge.yaml", f"option: {JUDGE}, asks: [], asks-not: [good]", "it asks 'good'"),
        ("judge.yaml", f"option: {JUDGE}, value: 1", "needs a `reply`"),
        ("judge.yaml", f"option: {JUDGE}, value: 1, reply: sure", "it raises ValueError: the judge's reply"),
    ],
)
def test_scorers_of_every_kind_fail_with_what_they_said(
    tmp_path: Path, name: str, case: str, said: str
) -> None:
    with pytest.raises(ScorerCaseFailedError) as failed:
        run(tmp_path, f"- {{name: wrong, {case}}}\n", name)
    assert said in str(failed.value)


def test_a_function_is_found_beside_the_cases_or_from_the_root(tmp_path: Path) -> None:
    written(tmp_path, "", "llmops.yaml")
    written(tmp_path, "def half(output, case): return 0.5\n", "scorers/half.py")
    written(tmp_path, "def tags(output, case): return len(case.tags) / 4\n", "tests/deep/tags.py")
    for file, function in (("half", "scorers/half.py:half"), ("tags", "tags.py:tags")):
        written(
            tmp_path,
            f"python: {function}\ncases:\n  - {{name: a, tags: [x, y], value: 0.5, reason: gave 0.5}}\n",
            f"tests/deep/{file}.yaml",
        )
    cases = scorer_cases(tmp_path / "tests/deep")
    assert [str(case) for case in cases] == ["half: a", "tags: a"]
    for case in cases:
        run_scorer_case(case)


def test_values_are_compared_as_numbers_that_were_calculated(tmp_path: Path) -> None:
    written(tmp_path, "def f(output, case): return 0.1 + 0.2\n", "f.py")
    run(tmp_path, "python: f.py:f\ncases: [{name: a, value: 0.3}]\n", "f.yaml")
    with pytest.raises(ScorerCaseFailedError):
        run(tmp_path, "python: f.py:f\ncases: [{name: a, value: 0.3001}]\n", "f.yaml")


def test_one_scorer_of_llmops_with_an_option_for_all_cases(tmp_path: Path) -> None:
    text = "scorer: regex\noption: ^a\ncases:\n  - {name: a, output: ab, value: 1}\n"
    more = '  - {name: own, option: "b$", output: ab, value: 1}\n'
    run(tmp_path, text + more, "any-name.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]\n", "the file holds no cases of a scorer"),
        ("a: 1\n", "the file holds no cases of a scorer"),
        ("text\n", "the file holds no cases of a scorer"),
        ("- {name: a, value: 1}\n", "the file is named after no scorer: `nearly`"),
        ("cases: [{name: a, value: 1}]\n", "either its `scorer` or its `python` function"),
        (
            "scorer: a\npython: b\ncases: [{name: a, value: 1}]\n",
            "either its `scorer` or its `python` function",
        ),
        ("scorer: 3\ncases: [{name: a, value: 1}]\n", "`scorer` is a name"),
        ("scorer: equls\ncases: [{name: a, value: 1}]\n", "nearly.yaml:1:9: unknown scorer `equls`"),
        ("scoer: equals\ncases: [{name: a, value: 1}]\n", "did you mean `scorer`?"),
        ("scorer: equals\ncases: [{name: a, vlaue: 1}]\n", "did you mean `value`?"),
        ("scorer: equals\ncases: [{name: a, output: x}]\n", "does not say what has to come out"),
        ("scorer: equals\ncases: [{name: a, value: true}]\n", "`value` must be a number, found `true`"),
        ("scorer: equals\ncases: [{name: a, args: {}, value: 1}]\n", "unknown key `args`"),
        ("scorer: equals\ncases: [{value: 1}]\n", "a case is a mapping with a `name`"),
        ("scorer: equals\ncases: [a]\n", "a case is a mapping with a `name`"),
    ],
)
def test_a_file_that_tests_nothing_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        scorer_cases(written(tmp_path, text, "nearly.yaml"))
    assert said in str(error.value)
    assert "nearly.yaml:" in str(error.value)


def test_a_folder_without_cases_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no cases of scorers"):
        scorer_cases(tmp_path)


def test_every_problem_of_a_folder_is_said_together(tmp_path: Path) -> None:
    written(tmp_path, "- {name: a, vlaue: 1}\n", "equals.yaml")
    written(tmp_path, "- {name: a, option: 1}\n", "contains.yaml")
    with pytest.raises(InputError) as error:
        scorer_cases(tmp_path)
    assert {Path(problem.path).name for problem in error.value.problems} == {"equals.yaml", "contains.yaml"}
