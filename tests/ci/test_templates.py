"""The files that a repository copies: they are valid, they call what exists, and their scripts run."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.ci.runner import ACTION, COMMENT
from tests.ci.template_files import (
    ACTIONS,
    GITLAB,
    SCRIPTS,
    TEMPLATES,
    WORKFLOWS,
    jobs,
    loaded,
    scripts,
    steps,
    triggers,
    with_tools,
)
from tests.docs.command_line import fault
from tests.docs.pages import DOCS, ROOT, blocks

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.workflows

OURS = "llmops-cli/llmops-cli"
RELEASES = {
    "actions/cache": "27d5ce7f107fe9357f9df03efb73ab90386fccae # v5.0.5",
    "actions/checkout": "d23441a48e516b6c34aea4fa41551a30e30af803 # v6.1.0",
    "actions/download-artifact": "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1",
    "actions/setup-python": "ece7cb06caefa5fff74198d8649806c4678c61a1 # v6.3.0",
    "actions/upload-artifact": "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0",
}
"""Releases that run on Node 24, by the commit of each."""
JUDGING = [path for path in WORKFLOWS if path.name != "github-comment.yml"]
TYPES = {"opened", "synchronize", "reopened", "edited"}
"""GitHub's own, and one more: a pull request that goes to another branch now is judged anew."""


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.github-actions", [*ACTIONS]),
        ("vendor.gitlab-ci", [GITLAB]),
    ],
)
def test_files_are_valid(schema: str, paths: list[Path]) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_used_action_is_pinned_by_the_commit_of_a_release() -> None:
    texts = [path.read_text("utf-8") for path in [*WORKFLOWS, *ACTIONS]]
    used = {use for text in texts for use in re.findall(r"uses: (\S+@\S+(?: # v\S+)?)", text)}
    own = {use for use in used if use.startswith(OURS)}
    assert own == {f"{OURS}@main", f"{OURS}/comment@main"}, "the reader names the release of ours"
    for use in used - own:
        name, _, release = use.partition("@")
        assert release == RELEASES["/".join(name.split("/")[:2])], use


def test_every_input_of_the_actions_that_a_workflow_gives_is_one() -> None:
    for action, name in ((ACTION, f"{OURS}@main"), (COMMENT, f"{OURS}/comment@main")):
        inputs = loaded(action)["inputs"].keys()
        given = [
            step.get("with", {}).keys()
            for path in WORKFLOWS
            for step in steps(path)
            if step.get("uses") == name
        ]
        assert given
        assert all(names <= inputs for names in given)


@pytest.mark.parametrize("path", ACTIONS, ids=["judge", "comment"])
def test_inputs_and_outputs_are_documented_and_used(path: Path) -> None:
    action, text = loaded(path), (DOCS / "ci.md").read_text("utf-8")
    body = path.read_text("utf-8").partition("\nruns:")[2]
    for name, one in action["inputs"].items():
        assert one["description"].endswith((".", "`")), name
        assert f"inputs.{name}" in body, f"no step uses `{name}`"
        assert f"| `{name}` |" in text, f"docs/ci.md does not describe the input `{name}`"
    for name in action["outputs"]:
        assert f"| `{name}` |" in text, f"docs/ci.md does not describe the output `{name}`"


def test_no_script_has_an_expression_in_it() -> None:
    """GitHub would fill it in before the shell reads it, whatever a pull request has written there."""
    assert len(list(scripts())) > 10
    assert not [(name, script) for name, script in scripts() if "${{" in script]


def command_lines(script: str) -> list[str]:
    """The calls of llmops in a script, without the options that it puts together itself."""
    text = re.sub(r"\\\n\s*", " ", script)
    text = re.sub(r'"[^"\n]*/bin/llmops"|"\$LLMOPS"', "llmops", text)
    text = re.sub(r'"\$@"|"\$\{\w+\[@\]\}"|\$\{(?:options|code_of_project)\[@\]\S*', "", text).replace(
        '"$CHANGE_ID"', "7"
    )
    return re.findall(r"\b(llmops (?:check|eval|merge|comment) [^|)>\n]*)", text)


def test_every_command_line_in_a_script_exists() -> None:
    found = [(name, line) for name, script in scripts() for line in command_lines(script)]
    assert {name for name, _ in found} >= {"comment.sh", "gitlab-ci.yml", "Jenkinsfile", "judge.sh"}
    faults = [f"{name}: {line}: {said}" for name, line in found if (said := fault(line))]
    assert not faults, "\n".join(faults)


def test_rights_are_the_least() -> None:
    for path in JUDGING:
        assert loaded(path)["permissions"] == {"contents": "read"}, path.name
        *before, comment = jobs(path).values()
        assert not [job for job in before if "permissions" in job], "where scorers run, no token writes"
        assert comment["permissions"] == {"pull-requests": "write"}
    comment_file = TEMPLATES / "github-comment.yml"
    assert loaded(comment_file)["permissions"] == {}
    (job,) = jobs(comment_file).values()
    assert job["permissions"] == {"actions": "read", "pull-requests": "write"}


def test_what_has_a_token_that_writes_runs_nothing_of_the_pull_request() -> None:
    for path in WORKFLOWS:
        for name, job in jobs(path).items():
            if job.get("permissions", {}).get("pull-requests") != "write":
                continue
            assert [step["uses"] for step in job["steps"]] == [f"{OURS}/comment@main"], (path.name, name)
            assert "secrets" not in str(job)
    judging = ACTION.read_text("utf-8")
    assert "github.token" not in judging
    assert "_TOKEN" not in judging
    assert not [step for step in steps(COMMENT) if "checkout" in step.get("uses", "")]


def test_a_pull_request_that_goes_to_another_branch_is_judged_anew() -> None:
    for path in JUDGING:
        events = triggers(path)
        assert set(events["pull_request"]["types"]) == TYPES, path.name
        assert events["push"] == {"branches": ["main"]}
        # A job that is skipped counts as passed: one for which a condition could be false is no check.
        required = [job for name, job in jobs(path).items() if name in ("eval", "judge")]
        assert [job.get("if", "!cancelled()") for job in required] == ["!cancelled()"]


def test_the_history_is_there_and_the_token_is_not() -> None:
    for path in WORKFLOWS:
        for step in steps(path):
            if step.get("uses", "").startswith("actions/checkout"):
                assert step["with"] == {"fetch-depth": 0, "persist-credentials": False}


def test_the_workflow_that_comments_follows_the_one_that_judges() -> None:
    comment = TEMPLATES / "github-comment.yml"
    names = triggers(comment)["workflow_run"]["workflows"]
    assert [names] == [[loaded(path)["name"]] for path in JUDGING[:1]]
    assert {loaded(path)["name"] for path in JUDGING} == set(names)
    uploads, downloads = (loaded(action)["inputs"]["artifact"]["default"] for action in ACTIONS)
    assert uploads == downloads


def test_a_shard_that_failed_does_not_skip_the_judge() -> None:
    shard, judge, comment = jobs(TEMPLATES / "github-shards.yml").values()
    assert judge["needs"] == "shard"
    assert judge["if"] == "!cancelled()"
    assert comment["needs"] == "judge"
    numbers = shard["strategy"]["matrix"]["shard"]
    given = shard["steps"][-1]["with"]
    assert given["shard"] == f"${{{{ matrix.shard }}}}/{len(numbers)}"
    download = judge["steps"][1]["with"]
    assert given["artifact"].startswith(download["pattern"].removesuffix("*"))
    assert judge["steps"][2]["with"]["merge"] == download["path"]


def test_the_job_that_trusts_no_scorer_gets_rows_and_no_key() -> None:
    ask, judge, comment = jobs(TEMPLATES / "github-two-jobs.yml").values()
    assert ask["steps"][-1]["with"]["shard"] == "1/1"
    assert (judge["needs"], judge["if"], comment["needs"]) == ("ask", "!cancelled()", "judge")
    _, download, judging = judge["steps"]
    assert download["with"]["name"] == ask["steps"][-1]["with"]["artifact"]
    assert judging["with"] == {"merge": download["with"]["path"], "project-code": False}
    assert "secrets" not in str(judge)


def test_actionlint_has_nothing_to_say() -> None:
    done = subprocess.run(
        ["actionlint", *map(str, WORKFLOWS)], capture_output=True, text=True, check=False, env=with_tools()
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_has_nothing_to_say() -> None:
    """What it would say of a line that it is told to ignore has its reason behind it there."""
    paths = [str(path) for path in (*WORKFLOWS, *ACTIONS)]
    done = subprocess.run(
        ["zizmor", "--offline", "--persona=pedantic", "--no-progress", *paths],
        capture_output=True, text=True, check=False, env=with_tools(),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings to report" in done.stdout + done.stderr
    for path in (*WORKFLOWS, *ACTIONS):
        for ignored in re.findall(r"# zizmor: ignore\[[\w-]+\](.*)", path.read_text("utf-8")):
            assert ignored.strip(), f"{path.name}: say why"


def test_zizmor_would_find_what_is_wrong(tmp_path: Path) -> None:
    text = (TEMPLATES / "github.yml").read_text("utf-8")
    broken = text.replace(RELEASES["actions/checkout"], "v6")
    assert broken != text
    (tmp_path / "broken.yml").write_text(broken, "utf-8")
    command = ["zizmor", "--offline", "--persona=pedantic", "--no-progress", str(tmp_path / "broken.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=with_tools())
    assert done.returncode != 0
    assert "unpinned-uses" in done.stdout


def test_pages_show_the_templates_as_they_are() -> None:
    shown = [
        (page.name, info, block.text)
        for page in (ROOT / "README.md", DOCS / "ci.md")
        for block in blocks(page)
        for info in block.info
        if info.startswith("templates/")
    ]
    names = {f"templates/{path.name}" for path in [*WORKFLOWS, GITLAB]}
    assert {info for _, info, _ in shown} == names
    assert ("README.md", "templates/github.yml") in {(page, info) for page, info, _ in shown}
    for page, name, text in shown:
        assert text == (ROOT / name).read_text("utf-8"), f"{page} shows another {name}"


def test_scripts_pass_shellcheck(tmp_path: Path) -> None:
    paths = [str(path) for path in SCRIPTS]
    for number, (name, script) in enumerate(scripts()):
        if not name.endswith(".sh"):
            path = tmp_path / f"{name}-{number}.sh"
            path.write_text(f"#!/bin/{'sh' if name == GITLAB.name else 'bash'}\n{script}\n", "utf-8")
            paths.append(str(path))
    done = subprocess.run(
        ["shellcheck", *paths], capture_output=True, text=True, check=False, env=with_tools()
    )
    assert done.returncode == 0, done.stdout + done.stderr
