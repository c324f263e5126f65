"""`llmops diff`: the working tree, baselines at a git ref, runs, and two models of one run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.answering import LOST, WORSE, asking, guessing
from tests.cli.beginnings import IGNORED
from tests.cli.kept import made_once
from tests.cli.projects import (
    BASELINE_PATH,
    MODEL,
    PROMPT_PATH,
    SUITE_PATH,
    accepted,
    changed,
    commit,
    edit,
    evaluated,
    git,
    llmops,
    project,
    repository,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.projects import Said
    from tests.servers.provider import Call, Provider

OTHER = "openai/gpt-4.1-nano-2025-04-14"


def answers(call: Call) -> str:
    """Wrong where the prompt says so, and for the second model only about Cuba."""
    return "Atlantis" if call.model in OTHER and "Cuba" in call.user else guessing(call)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with asking(answers) as running:
        yield running


def diffed(root: Path, *arguments: str) -> Said:
    return llmops(root, "diff", *arguments, "--format", "json")


def only(said: Said) -> dict[str, Any]:
    (subject,) = said.data["subjects"]
    found: dict[str, Any] = subject
    return found


@pytest.fixture
def story(tmp_path: Path, provider: Provider) -> Path:
    """A good baseline, tagged, and a worse one after it; nothing else may be asked from here on."""
    return lowered_since_v1(tmp_path)


@made_once
def lowered_since_v1(root: Path) -> Path:
    repository(project(root, IGNORED))
    with asking(answers):
        accepted(root)
        commit(root, "Good")
        git(root, "tag", "v1")
        edit(root, PROMPT_PATH, "Answer with one word.", WORSE)
        assert llmops(root, "eval").code == 1
        assert llmops(root, "baseline", "accept", "capitals", "--reason", "cheaper").code == 0
    return root


def test_what_is_committed_and_the_working_tree(story: Path, provider: Provider) -> None:
    said = diffed(story)
    assert said.code == 0
    assert (said.data["before"], said.data["now"]) == ("HEAD", "working tree")
    assert said.data["verdict"] == "REGRESSED"
    subject = only(said)
    assert subject["metrics"]["pass_rate"]["change"] == pytest.approx(-0.7)
    assert [flip["case"] for flip in subject["flips"]] == sorted(name.lower() for name in LOST)
    assert subject["flips"][0]["place"].startswith("evalsets/capitals.jsonl:")
    assert subject["attribution"]["causes"][0]["texts"] == [
        {
            "label": "system message",
            "before": "Answer with one word.",
            "now": "Answer with one word. Guess.",
        }
    ]
    assert provider.count == 0


def test_the_terminal_names_both_sides(story: Path, provider: Provider) -> None:
    text = llmops(story, "diff", "v1:", ".").out
    assert " ".join(text.split("\n\n")[0].split()).endswith("changed since v1: prompt text (system message)")
    assert "metric" in text
    header = next(line for line in text.splitlines() if line.strip().startswith("metric "))
    assert header.split()[:4] == ["metric", "v1", "working", "tree"]
    assert "cuba" not in text


def test_the_exit_code_is_asked_for(story: Path, provider: Provider) -> None:
    assert llmops(story, "diff", "v1:").code == 0
    assert llmops(story, "diff", "v1:", "--exit-code").code == 1
    commit(story)
    assert llmops(story, "diff", "--exit-code").code == 0
    assert llmops(story, "diff", "v1:", "HEAD:", "--exit-code").code == 1
    # The other way round it is an improvement.
    assert diffed(story, "HEAD:", "v1:").data["verdict"] == "IMPROVED"


def test_two_runs(story: Path, provider: Provider) -> None:
    runs = [run["id"] for run in json.loads(llmops(story, "runs", "list", "--format", "json").out)["runs"]]
    newest, oldest = runs[0], runs[-1]
    said = diffed(story, oldest, newest)
    assert (said.code, said.data["verdict"]) == (0, "REGRESSED")
    assert said.data["before"] == f"run {oldest}"
    assert diffed(story, "v1:", "latest").data["verdict"] == "REGRESSED"


def test_two_models_of_one_run(tmp_path: Path, provider: Provider) -> None:
    root = repository(
        project(
            tmp_path, changed(SUITE_PATH, "prompt: capital", f"prompt: capital\nmodels: [{MODEL}, {OTHER}]")
        )
    )
    assert evaluated(root).code == 0
    said = diffed(root, f"latest:{MODEL}", f"latest:{OTHER}")
    assert (said.data["before"], said.data["now"]) == (MODEL, OTHER)
    subject = only(said)
    assert [flip["case"] for flip in subject["flips"]] == ["cuba"]
    assert subject["changed_since_baseline"] == [f"model {MODEL} → {OTHER}"]
    unknown = llmops(root, "diff", "latest:openai/gpt-4.1-nano", f"latest:{MODEL}")
    assert unknown.code == 2
    assert "did you mean `openai/gpt-4.1-nano-2025-04-14`?" in unknown.err


def test_what_stands_on_one_side_only(story: Path, provider: Provider) -> None:
    second = (story / SUITE_PATH).read_text().replace("id: capitals", "id: cities")
    write(story / "evalsets/cities.yaml", second)
    assert llmops(story, "eval", "cities").code == 0
    assert llmops(story, "baseline", "accept", "cities").code == 0
    said = diffed(story, "v1:")
    assert said.data["not_compared"] == [f"only in working tree: cities · capital@1.0.0 · {MODEL}"]
    assert llmops(story, "diff", "v1:", "--suite", "cities").code == 2
    assert only(diffed(story, "v1:", "--suite", "capitals"))["suite"] == "capitals"


def test_a_suite_that_is_gone_can_still_be_compared(story: Path, provider: Provider) -> None:
    (story / SUITE_PATH).unlink()
    subject = only(diffed(story))
    assert subject["verdict"] == "REGRESSED"
    assert subject["flips"][0]["place"] == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["main"], "did you mean `main:`?"),
        (["nonsense"], "`nonsense` names no scores"),
        (["nonsense:"], "git knows no commit `nonsense`"),
        (["v1:", "--suite", "capitls"], "did you mean `capitals`?"),
        (["v1:", "latest", "--suite", "x"], "no side has scores of the suite `x`"),
        ([":"], "`:` names no scores"),
        ([""], "`` names no scores"),
    ],
)
def test_names_that_stand_for_nothing(
    story: Path, provider: Provider, arguments: list[str], message: str
) -> None:
    said = llmops(story, "diff", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err


def test_a_broken_baseline_is_named_with_its_ref(story: Path, provider: Provider) -> None:
    write(story / BASELINE_PATH, "{}\n")
    commit(story, "Broken")
    write(story / BASELINE_PATH, git(story, "show", f"v1:{BASELINE_PATH}"))
    said = llmops(story, "diff", "HEAD:", ".")
    assert said.code == 2
    assert f"HEAD:{BASELINE_PATH}:1:1: not a baseline file" in said.err


def test_an_unfinished_run_has_no_scores(story: Path, provider: Provider) -> None:
    newest = max((story / ".llmops/runs").iterdir())
    for path in (newest / "scores").iterdir():
        path.unlink()
    said = llmops(story, "diff", "v1:", newest.name)
    assert said.code == 2
    assert "has no scores: it was not finished" in said.err


def test_outside_git_runs_can_be_compared(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    assert evaluated(root).code == evaluated(root).code == 0
    runs = [run["id"] for run in json.loads(llmops(root, "runs", "list", "--format", "json").out)["runs"]]
    assert diffed(root, *runs).data["verdict"] == "PASSED"
    assert "is not inside a git repository" in llmops(root, "diff", "HEAD:").err


@pytest.mark.parametrize("command", ["diff", "eval"])
def test_a_report_into_a_folder_that_is_not_there(command: str, story: Path, provider: Provider) -> None:
    asked = provider.count
    ran = llmops(story, command, "-o", str(story / "reprots" / "x.md"))
    assert (ran.code, ran.out) == (2, "")
    assert f"cannot be written: there is no folder {story / 'reprots'}" in ran.err
    assert not (story / "reprots").exists()
    assert provider.count == asked


def test_a_branch_called_baseline_is_no_baseline(story: Path) -> None:
    git(story, "branch", "baseline", "HEAD")
    for side, name in (("baseline:", "baseline"), (".", "the working tree")):
        said = llmops(story, "diff", side, "HEAD:")
        assert f"changed since {name}" in said.both.replace("\n", " ").lower(), said.both
