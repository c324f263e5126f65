"""Shards that do not belong together, are broken or edited: refused, by name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from llmops_cli.evals.journal import cases_hash
from llmops_cli.evals.shards.shard import shard_of
from tests.cli.answering import knows_all_but, lands
from tests.cli.broken_lines import signed
from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    commit,
    edit,
    git,
    llmops,
    project,
    repository,
)
from tests.cli.shards import SEVERAL, edit_header, merged, newest_run, run_of, run_shards
from tests.servers.provider import Provider


def test_a_missing_shard_is_named(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path / "repo")
    artifacts = run_shards(root, 8, only=(1, 3, 7))
    said = merged(root, artifacts)
    assert said.code == 2
    assert "shards 2, 4–6, 8 of 8 are missing" in said.err
    assert "llmops eval --shard 2/8" in said.err
    assert not (root / ".llmops/runs").exists()


def test_a_doubled_shard_is_an_error_and_a_copy_of_a_run_is_not(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path / "repo")
    artifacts = run_shards(root, 2)
    shutil.copytree(artifacts / "shard-1", artifacts / "again")
    assert merged(root, artifacts).code == 0
    assert merged(root, artifacts, run_of(artifacts, 1), artifacts / "shard-2/.llmops").code == 0
    assert llmops(root, "eval", "--shard", "1/2").code == 0
    other = newest_run(root)
    said = merged(root, artifacts, other.name)
    assert said.code == 2
    assert "shard 1 of 2 is there 2 times; this is its newest run" in said.err
    assert f".llmops/runs/{other.name}: shard 1" in said.err
    assert f"leave out or remove {run_of(artifacts, 1)}" in said.err.replace("again", "shard-1")


def test_what_has_nothing_to_merge(tmp_path: Path, idle: Provider) -> None:
    root = project(tmp_path)
    for argument, phrase in (
        ("nonsense", "neither a run nor a folder"),
        (str(root / "prompts"), "include-hidden-files: true"),
        (str(root / PROMPT_PATH), "is a file, and a folder is wanted"),
        ("", "neither a run nor a folder"),
    ):
        said = merged(root, argument)
        assert (said.code, phrase in said.err) == (2, True), said.both


def test_shards_of_other_files_are_refused_and_what_differs_is_named(
    tmp_path: Path, provider: Provider
) -> None:
    root = repository(project(tmp_path / "repo"))
    artifacts = run_shards(root, 2)
    ran_at = git(root, "rev-parse", "HEAD")[:10]
    for path, old, new, phrase in (
        (PROMPT_PATH, "one word", "a word", "the prompt capital@1.0.0"),
        (CASES_PATH, '"Oslo"', '"Bergen"', "the cases of capitals"),
        (SUITE_PATH, "equals:", "contains:", "the scorers of capitals"),
        (SUITE_PATH, "id: capitals", "id: towns", "towns · capital@1.0.0"),
        (SUITE_PATH, "scorers:", "repeats: 2\nscorers:", "repeats, or what is sent"),
    ):
        edit(root, path, old, new)
        commit(root)
        said = merged(root, artifacts)
        assert said.code == 2
        assert "shards 1, 2 of 2: something else was asked than the files here say" in said.err
        assert phrase in said.err
        assert f"it ran at commit {ran_at}" in said.err
        assert said.err.count("something else") == 1
        edit(root, path, new, old)
    assert merged(root, artifacts).code == 0


def test_a_new_suite_is_missed_in_older_shards(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path / "repo")
    artifacts = run_shards(root, 2)
    (root / "evalsets/second.yaml").write_text(SEVERAL["evalsets/second.yaml"])
    said = merged(root, artifacts)
    assert said.code == 2
    assert "second · capital@1.0.0" in said.err


def test_shards_with_other_options_are_refused(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path / "repo")
    artifacts = run_shards(root, 3)
    run_shards(root, 3, "--repeats", "2", only=(3,))
    run_shards(root, 3, "--filter", "id:*a*", only=(2,))
    said = merged(root, artifacts)
    assert said.code == 2
    assert "shard 3 of 3: run otherwise than shard 1 of 3: repeats `2`, not `None`" in said.err
    assert "shard 2 of 3: run otherwise than shard 1 of 3: filters `id:*a*`, not none" in said.err


def test_shards_of_another_number_are_refused(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path / "repo")
    artifacts = run_shards(root, 2)
    run_shards(root, 3, only=(3,))
    said = merged(root, artifacts)
    assert said.code == 2
    assert "shard 3 of 3, beside shards of " in said.err
    assert "name the runs that belong together: llmops merge RUN RUN" in said.err


def test_a_broken_artifact_is_an_error_with_its_name(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path / "repo")
    good = run_shards(root, 2)
    bad = tmp_path / "bad"

    def fresh() -> Path:
        shutil.rmtree(bad, ignore_errors=True)
        shutil.copytree(good, bad)
        return run_of(bad, 1)

    cases = fresh() / "cases.jsonl"
    cases.write_bytes(cases.read_bytes()[:-20])
    said = merged(root, bad)
    assert said.code == 2
    assert f"{run_of(bad, 1)}: shard 1 of 2 is not what the run wrote" in said.err
    (fresh() / "cases.jsonl").unlink()
    assert "is not what the run wrote" in merged(root, bad).err
    for text in ("", "[]", "{", "\x00"):
        (fresh() / "run.json").write_text(text)
        said = merged(root, bad)
        assert (said.code, str(run_of(bad, 1)) in said.err) == (2, True), said.both
    for changes, phrase in (
        ({"finished": None}, "is not finished"),
        ({"schema": 1}, "schema 1 is not 2"),
        ({"shard": [3, 2]}, "run.json is broken"),
        ({"shard": "1/2"}, "run.json is broken"),
        ({"shard": [True, 2]}, "run.json is broken"),
        ({"shard": [1, 10**12]}, "run.json is broken"),
        ({"plan": "0"}, "something else was asked"),
        ({"subjects": "x", "plan": None}, "something else was asked"),
        ({"options": None}, "suites"),
        ({"options": {"suites": [1]}}, "suites"),
        ({"cache": "sometimes"}, "run.json is broken: cache cannot be read"),
        ({"cache": "off"}, "run otherwise"),
        ({"llmops": "0.0.0"}, "run otherwise"),
        ({"offline": True}, "run otherwise"),
    ):
        edit_header(fresh(), **changes)
        said = merged(root, bad)
        assert (said.code, phrase in said.err) == (2, True), (changes, said.both)
    assert not (root / ".llmops/runs").exists()


@pytest.mark.parametrize(
    ("edited", "phrase"),
    [
        (lambda line: None, "lacks 1 of"),
        (lambda line: {**line, "case": "atlantis"}, "holds answers that it was not asked for: atlantis"),
        (lambda line: {**line, "case": ["x"]}, "lacks 1 of"),
        (lambda line: {**line, "suite": "other"}, "holds answers that it was not asked for"),
        (lambda line: {**line, "repeat": 7}, "holds answers that it was not asked for"),
        (lambda line: {**line, "again": "retry"}, "holds answers that it was not asked for"),
        (lambda line: {**line, "again": "why"}, "holds"),
        (lambda line: {**line, "scores": []}, "holds scores that no run of this suite gives"),
        (lambda line: {**line, "scores": [{**line["scores"][0], "value": 2}]}, "holds scores that no run"),
        (lambda line: {**line, "scores": [{**line["scores"][0], "value": float("nan")}]}, "lacks 1 of"),
        (lambda line: {**line, "answer": {**line["answer"], "cost_usd": "much"}}, "holds scores"),
        (lambda line: {**line, "answer": {**line["answer"], "text": 7}}, "holds scores"),
        (lambda line: {k: v for k, v in line.items() if k != "answer"}, "holds scores"),
    ],
)
def test_edited_answers_are_refused(tmp_path: Path, provider: Provider, edited: Any, phrase: str) -> None:
    root = project(tmp_path / "repo")
    artifacts = run_shards(root, 2)
    folder = run_of(artifacts, 1)
    first, *rest = map(json.loads, (folder / "cases.jsonl").read_text().splitlines())
    found = [signed(line) for line in (edited(first), *rest) if line is not None]
    (folder / "cases.jsonl").write_text("".join(json.dumps(line) + "\n" for line in found))
    edit_header(folder, cases_hash=cases_hash(folder))
    said = merged(root, artifacts)
    assert (said.code, phrase in said.err) == (2, True), said.both
    assert not (root / ".llmops/runs").exists()


def test_a_broken_baseline_leaves_no_merged_run(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path / "repo")
    artifacts = run_shards(root, 2)
    (root / BASELINE_PATH).parent.mkdir(parents=True)
    (root / BASELINE_PATH).write_text("no baseline\n")
    assert merged(root, artifacts).code == 2
    assert not (root / ".llmops/runs").exists()


def test_where_nothing_can_be_written_merging_says_so(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path / "repo")
    artifacts = run_shards(root, 2)
    shutil.rmtree(root / ".llmops")
    (root / ".llmops").write_text("in the way")
    said = merged(root, artifacts)
    assert said.code == 3
    assert "cannot be written" in said.err


def test_a_shard_is_neither_accepted_nor_compared(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path / "repo"))
    # One case: its shard has all of the suite.
    (root / CASES_PATH).write_text(lands(1))
    with Provider(knows_all_but(())) as other, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", other.openai_url)
        number = shard_of("land-000", 2)
        assert llmops(root, "eval", "--shard", f"{number}/2").code == 0
    name = newest_run(root).name
    for arguments in ((), ("--run", name)):
        said = llmops(root, "baseline", "accept", "--all", *arguments)
        assert said.code == 2
        assert "nothing is judged yet" in said.err
        assert "`llmops merge` joins all shards" in said.err
    said = llmops(root, "diff", "latest", name)
    assert (said.code, "one shard of several" in said.err) == (2, True), said.both
    assert not (root / "baselines").exists()


@pytest.mark.parametrize(("option", "phrase"), [("--record", "record in one run")])
def test_options_that_no_shard_has(tmp_path: Path, idle: Provider, option: str, phrase: str) -> None:
    said = llmops(project(tmp_path), "eval", "--shard", "1/2", option)
    assert (said.code, phrase in said.err) == (2, True), said.both
    assert idle.count == 0
