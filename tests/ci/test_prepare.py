"""The first steps of the action: what kind of event it is, what may be done then, and the install."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.ci.runner import ACTION, COMMENT, Ran, Runner
from tests.ci.shop import pull_request
from tests.cli.projects import write
from tests.docs.pages import ROOT
from tests.servers.forge import NUMBER, REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.workflows


def prepared(folder: Path, event_name: str, event: dict[str, Any], **inputs: str) -> Ran:
    """The first step alone."""
    return Runner(folder, folder / "temp", event_name, event).only("prepare").run({}, **inputs)


def decided(ran: Ran) -> tuple[str, str, str]:
    """What it decided: offline, restore, save."""
    outputs = ran.steps["prepare"]["outputs"]
    return outputs["offline"], outputs["restore"], outputs["save"]


def test_a_pull_request_restores_answers_and_saves_none(tmp_path: Path) -> None:
    ran = prepared(tmp_path, "pull_request", pull_request())
    assert decided(ran) == ("false", "true", "false")


@pytest.mark.parametrize("event_name", ["push", "schedule", "workflow_dispatch"])
def test_a_branch_restores_answers_and_saves_its_own(tmp_path: Path, event_name: str) -> None:
    assert decided(prepared(tmp_path, event_name, {})) == ("false", "true", "true")


def test_a_merge_queue_saves_none(tmp_path: Path) -> None:
    ran = prepared(tmp_path, "merge_group", {"merge_group": {"base_sha": "0" * 40}})
    assert decided(ran) == ("false", "true", "false")


@pytest.mark.parametrize("event_name", ["pull_request", "push"])
def test_a_job_that_asks_nothing_has_no_cache(tmp_path: Path, event_name: str) -> None:
    event = pull_request() if event_name == "pull_request" else {}
    assert decided(prepared(tmp_path, event_name, event, offline="true"))[1:] == ("false", "false")
    assert decided(prepared(tmp_path, event_name, event, merge="shards"))[1:] == ("false", "false")


def test_an_own_branch_of_a_repository_that_is_a_fork_is_no_fork(tmp_path: Path) -> None:
    own = {"full_name": REPOSITORY, "fork": True}
    ran = prepared(tmp_path, "pull_request", {"pull_request": {"number": NUMBER, "head": {"repo": own}}})
    assert decided(ran) == ("false", "true", "false")


@pytest.mark.parametrize("offline", ["auto", "false"])
def test_a_fork_restores_nothing_however_it_is_judged(tmp_path: Path, offline: str) -> None:
    ran = prepared(tmp_path, "pull_request", pull_request("stranger/app"), offline=offline)
    assert decided(ran)[1:] == ("false", "false")


def test_a_fork_that_was_deleted_is_a_fork(tmp_path: Path) -> None:
    ran = prepared(tmp_path, "pull_request", {"pull_request": {"number": NUMBER, "head": {"repo": None}}})
    assert decided(ran) == ("true", "false", "false")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"changed": "yes"}, "the input `changed` has to be true or false"),
        ({"project_code": "1", "merge": "x"}, "the input `project-code` has to be true or false"),
        ({"project_code": "false"}, "`project-code: false` is for a job with `merge`"),
        ({"offline": "sometimes"}, "the input `offline` has to be auto, true or false"),
        ({"shard": "1/2", "merge": "shards"}, "the inputs `shard` and `merge` are for two jobs"),
    ],
)
def test_inputs_that_mean_nothing_are_refused(tmp_path: Path, given: dict[str, str], said: str) -> None:
    ran = prepared(tmp_path, "push", {}, **given)
    assert ran.code == 2
    assert said in ran.log


def test_pull_request_target_is_refused(tmp_path: Path) -> None:
    event = {"pull_request": {"number": NUMBER}}
    ran = Runner(tmp_path, tmp_path / "temp", "pull_request_target", event).run({})
    assert ran.code == 2
    assert "Use pull_request" in ran.log
    assert list(ran.uses) == []
    last = len(yaml.safe_load(ACTION.read_text("utf-8"))["runs"]["steps"]) - 1
    assert list(ran.steps) == ["prepare", f"step{last}"]


@pytest.mark.parametrize("action", [ACTION, COMMENT], ids=["judge", "comment"])
def test_llmops_is_installed_from_the_checkout_of_the_action(tmp_path: Path, action: Path) -> None:
    """A python that only notes what it is asked: the install itself needs a package index."""
    noted = tmp_path / "noted"
    python = tmp_path / "a python/python3"
    write(
        python,
        "#!/bin/bash\n"
        f'printf "%s\\n" "$@" -- >> "{noted}"\n'
        'if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi\n',
    )
    python.chmod(stat.S_IRWXU)
    temp = tmp_path / "temp"
    write(temp / "llmops-venv/bin/python", "what a step before has left there")
    runner = Runner(tmp_path, temp, "push", {}, action)
    skip = {"prepare": {"folder": str(tmp_path)}, "python": {"python-path": str(python)}}
    runner.only("prepare", "python", "install")
    inputs = {"extras": "local", "requirements": "my scorers.txt"} if action == ACTION else {}
    ran = runner.run(skip, **inputs)
    assert ran.code == 0, ran.log
    calls = noted.read_text("utf-8").split("--\n")
    assert calls[1].split("\n")[:3] == ["-m", "venv", str(temp / "llmops-venv")]
    wanted = (f"{ROOT}[local]", "--requirement", "my scorers.txt") if inputs else (str(ROOT),)
    assert calls[2].splitlines() == [
        "-m", "pip", "install", "--disable-pip-version-check",
        "--constraint", f"{ROOT}/constraints.txt", *wanted,
    ]  # fmt: skip
    assert ran.steps["install"]["outputs"]["llmops"] == str(temp / "llmops-venv/bin/llmops")
