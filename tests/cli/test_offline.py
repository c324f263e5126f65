"""`llmops eval --offline`: recorded answers and local models, no provider, and no pass without an answer."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.models.weights import locate
from tests.cli.answering import EQUALS, JUDGE, RULE, only, scoring, words
from tests.cli.projects import (
    CASES,
    CASES_PATH,
    CASSETTE_PATH,
    MODEL,
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    accepted,
    capital,
    changed,
    edit,
    evaluated,
    lines,
    llmops,
    point_at,
    project,
    repository,
)
from tests.cli.shards import merged, newest_run, run_shards
from tests.servers.provider import Provider
from tests.snapshots import assert_snapshot

if TYPE_CHECKING:
    from tests.servers.provider import Call

SNAPSHOTS = Path(__file__).parent / "snapshots"
LOCAL = "local/smollm2-135m-instruct-q4_1"


@pytest.fixture
def recorded(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a baseline and cassettes, in a clone: no cache, no key."""
    root = repository(project(tmp_path))
    accepted(root, "--record")
    return as_fork(root, provider, monkeypatch)


def as_fork(root: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.rmtree(root / ".llmops", ignore_errors=True)
    monkeypatch.delenv("OPENAI_API_KEY")
    provider.calls.clear()
    return root


def cut_cassette(root: Path, *, keep: Any) -> None:
    """Leave only some lines of the cassette."""
    header, *rest = (root / CASSETTE_PATH).read_text("utf-8").splitlines()
    kept = [line for line in rest if keep(json.loads(line))]
    assert len(kept) < len(rest)
    (root / CASSETTE_PATH).write_text("\n".join([header, *kept]) + "\n", "utf-8")


def test_what_is_recorded_is_judged_and_the_report_says_that_nobody_was_called(
    recorded: Path, provider: Provider
) -> None:
    assert "no API key" in llmops(recorded, "eval").err
    said = llmops(recorded, "eval", "--offline")
    assert said.code == 0, said.both
    assert "offline: 10 answers from cassettes; no provider was called" in said.out
    assert "PASSED" in said.out
    assert "offline: 10 answers" in llmops(recorded, "eval", "--offline", "--format", "markdown").out
    data = evaluated(recorded, "--offline").data
    assert data["offline"] == {"cassettes": 10, "cache": 0, "local": 0, "cases": 0, "not_recorded": 0}
    assert llmops(recorded, "runs", "show", "--format", "json").data["run"]["offline"] is True
    assert provider.count == 0


def test_nothing_recorded_is_no_pass(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    as_fork(root, provider, monkeypatch)
    said = evaluated(root, "--offline")
    assert (said.code, said.data["verdict"]) == (3, "ERROR")
    assert only(said)["forbidden"] is False
    assert {failure["kind"] for failure in only(said)["failures"]} == {"offline"}
    assert said.data["offline"]["not_recorded"] == 10
    monkeypatch.setenv("COLUMNS", "80")
    shown = llmops(root, "eval", "--offline")
    assert shown.code == 3
    body = shown.out.split("\nRun\n")
    assert_snapshot(body[0] + "\nNext\n" + body[1].split("\nNext\n")[1], SNAPSHOTS / "offline-nothing.txt")
    assert provider.count == 0
    # A key does not change that.
    monkeypatch.setenv("OPENAI_API_KEY", "sk-loopback")
    assert llmops(root, "eval", "--offline").code == 3
    assert provider.count == 0


def test_some_recorded_answers_are_no_pass(recorded: Path, provider: Provider) -> None:
    cut_cassette(recorded, keep=lambda line: line["case"] not in ("italy", "peru"))
    said = llmops(recorded, "eval", "--offline")
    assert said.code == 3
    assert words(said.out).startswith(
        "ERROR: capitals has no verdict: 2 of 10 answers are not recorded, and this run calls no provider"
    )
    assert "offline: 8 answers from cassettes, 2 not recorded; no provider was called" in said.out
    assert provider.count == 0


def test_a_cassette_of_another_prompt_does_not_answer(recorded: Path, provider: Provider) -> None:
    edit(recorded, PROMPT_PATH, "one word", "a word")
    said = llmops(recorded, "eval", "--offline")
    assert said.code == 3
    assert "the answer was recorded for another prompt, params or model" in words(said.out)
    edit(recorded, PROMPT_PATH, "a word", "one word")
    edit(recorded, PROMPT_PATH, "temperature: 0", "temperature: 1")
    assert llmops(recorded, "eval", "--offline").code == 3
    assert provider.count == 0


def test_the_cache_answers_before_the_cassettes(
    recorded: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(provider, monkeypatch)
    assert llmops(recorded, "eval", "--filter", "id:*a").code == 0
    known = provider.count
    assert 0 < known < 10
    said = llmops(recorded, "eval", "--offline")
    line = f"offline: {10 - known} answers from cassettes, {known} from the cache; no provider was called"
    assert line in said.out
    shutil.rmtree(recorded / "cassettes")
    said = llmops(recorded, "eval", "--offline")
    assert (said.code, f"offline: {known} answers from the cache, {10 - known} not recorded" in said.out) == (
        3,
        True,
    )
    said = llmops(recorded, "eval", "--offline", "--cache", "off")
    assert (said.code, "offline: 10 answers not recorded" in said.out) == (3, True)
    assert provider.count == known


def test_offline_and_replayed(recorded: Path, provider: Provider) -> None:
    said = llmops(recorded, "eval", "--offline", "--cache", "replay")
    assert (said.code, "offline: 10 answers from cassettes" in said.out) == (0, True)
    cut_cassette(recorded, keep=lambda line: line["case"] != "italy")
    said = llmops(recorded, "eval", "--offline", "--cache", "replay")
    assert (said.code, "`italy` is not recorded" in said.err) == (2, True)
    assert provider.count == 0


def test_offline_records_nothing(recorded: Path, provider: Provider) -> None:
    said = llmops(recorded, "eval", "--offline", "--record")
    assert (said.code, "--record and --offline exclude each other" in said.err) == (2, True)


def test_answers_in_the_cases_are_counted(tmp_path: Path, idle: Provider) -> None:
    cases = lines({"id": "a", "country": "France", "expected": "Paris", "output": "Paris"})
    said = llmops(project(tmp_path, {CASES_PATH: cases}), "eval", "--offline")
    assert said.code == 0, said.both
    assert "offline: 1 answer recorded in the cases; no provider was called" in said.out
    assert idle.count == 0


def test_many_answers_in_the_cases_are_counted_as_numbers_are_written(tmp_path: Path, idle: Provider) -> None:
    made = [
        {"id": f"case-{number}", "country": "France", "expected": "Paris", "output": "Paris"}
        for number in range(1200)
    ]
    said = llmops(project(tmp_path, {CASES_PATH: lines(*made)}), "eval")
    assert "1,200 cases · 1,200 recorded in the cases" in said.out
    assert idle.count == 0


def test_a_regression_that_is_recorded_is_a_no_also_where_other_answers_are_missing(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        **changed(SUITE_PATH, RULE, "pass_rate: {floor: 1}"),
        "evalsets/second.yaml": changed(SUITE_PATH, "id: capitals", "id: second")[SUITE_PATH],
    }
    root = project(tmp_path, files)
    with Provider(lambda _: "Atlantis") as other, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", other.openai_url)
        assert llmops(root, "eval", "capitals", "--record").code == 1
    as_fork(root, provider, monkeypatch)
    said = evaluated(root, "--offline")
    assert (said.code, said.data["verdict"]) == (1, "REGRESSED")
    assert [each["verdict"] for each in said.data["subjects"]] == ["REGRESSED", "ERROR"]
    assert "10 not recorded" in llmops(root, "eval", "--offline").out
    assert provider.count == 0


def judging(call: Call) -> str:
    return '{"reason": "polite", "score": 1}' if "polite" in str(call.body) else capital(call)


def test_judges_answer_from_the_same_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project(tmp_path, scoring(EQUALS, JUDGE))
    with Provider(judging) as provider:
        point_at(provider, monkeypatch)
        assert llmops(root, "eval", "--record").code == 0
        assert provider.count == 20
        # From the cache.
        provider.calls.clear()
        assert llmops(root, "eval", "--offline").code == 0
        as_fork(root, provider, monkeypatch)
        assert llmops(root, "eval", "--offline").code == 0
        cut_cassette(root, keep=lambda line: line["label"] == "" or line["case"] != "peru")
        said = evaluated(root, "--offline")
        # The judge is not broken: exit 3, not 2.
        assert (said.code, said.data["verdict"]) == (3, "ERROR")
        (failure,) = only(said)["failures"]
        assert (failure["case"], failure["kind"]) == ("peru", "offline")
        assert failure["error"].startswith("the answer of judge:tone is not recorded")
        shown = llmops(root, "eval", "--offline").out
        assert "offline: 9 answers from cassettes, 1 not recorded" in shown
        assert provider.count == 0


def test_must_pass_cases_are_asked_again_only_where_the_answers_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["Atlantis", "Paris", "Paris"]
    must = changed(SUITE_PATH, RULE, "must_pass: all")
    root = project(tmp_path, {CASES_PATH: CASES.splitlines(keepends=True)[0]})
    with Provider(lambda _: answers.pop(0)) as provider:
        point_at(provider, monkeypatch)
        llmops(root, "eval")
        assert provider.count == 1
        # Wrong in the cache, and nobody can be asked whether it stays so: the failure counts.
        (root / SUITE_PATH).write_text(must[SUITE_PATH])
        said = evaluated(root, "--offline")
        assert (said.code, only(said)["must_pass_failed"]) == (1, ["france"])
        assert only(said)["failures"] == []
        # Where it was confirmed to flicker, that is known, too.
        assert llmops(root, "eval").code == 0
        assert provider.count == 3
        said = evaluated(root, "--offline", "--retry-flips", "2")
        assert (said.code, only(said)["must_pass_flaky"]) == (0, ["france"])
        assert provider.count == 3


def test_a_local_model_is_asked(tmp_path: Path, idle: Provider) -> None:
    files = {**changed(PROMPT_PATH, MODEL, "local/own.gguf"), "own.gguf": "no weights"}
    said = evaluated(project(tmp_path, files), "--offline")
    # It was tried, and what it lacks is no matter of recorded answers.
    assert said.code == 3, said.both
    failures = only(said)["failures"]
    assert len(failures) == 10
    assert "offline" not in {failure["kind"] for failure in failures}
    assert said.data["offline"]["not_recorded"] == 0


@pytest.mark.live
@pytest.mark.skipif(find_spec("xllamacpp") is None, reason="pip install 'llmops-cli[local]'")
@pytest.mark.skipif(locate("smollm2-135m-instruct-q4_1") is None, reason=f"llmops models pull {LOCAL}")
def test_a_local_model_answers(tmp_path: Path, idle: Provider) -> None:
    root = project(tmp_path, changed(PROMPT_PATH, MODEL, LOCAL))
    said = llmops(root, "eval", "--offline")
    assert "offline: 10 answers from the local model; no provider was called" in said.out, said.both


def test_a_provider_that_is_called_local_is_not(tmp_path: Path, idle: Provider) -> None:
    mine = f"providers:\n  local: {{kind: openai, base_url: '{idle.openai_url}'}}\n"
    files = {**changed(PROMPT_PATH, MODEL, "local/m-2024-01-01"), PROJECT_PATH: mine}
    said = llmops(project(tmp_path, files), "eval", "--offline")
    assert (said.code, idle.count) == (3, 0), said.both


def test_a_run_goes_on_as_it_was_begun(recorded: Path, provider: Provider) -> None:
    cut_cassette(recorded, keep=lambda line: line["case"] != "italy")
    assert llmops(recorded, "eval", "--offline").code == 3
    run = newest_run(recorded).name
    for options in ((), ("--offline",)):
        said = llmops(recorded, "eval", "--resume", run, *options)
        assert (said.code, "offline: " in said.out) == (3, True), said.both
    said = llmops(recorded, "eval", "--resume", run, "--cache", "replay")
    assert said.code == 2
    assert f"run {run} was begun without --cache, not with --cache replay" in said.err
    assert f"`llmops eval --resume {run}` goes on with it" in said.err
    assert provider.count == 0


def test_offline_shards_are_merged_as_an_offline_run(recorded: Path, provider: Provider) -> None:
    artifacts = run_shards(recorded, 2, "--offline")
    said = merged(recorded, artifacts)
    assert said.code == 0, said.both
    assert said.data["offline"]["cassettes"] == 10
    assert "offline: 10 answers from cassettes" in llmops(recorded, "merge", str(artifacts)).out
    run_shards(recorded, 2, "--cache", "replay", only=(2,))
    said = merged(recorded, artifacts)
    assert (said.code, "offline `False`, not `True`" in said.err) == (2, True)
    assert provider.count == 0


def test_a_run_that_is_not_offline_says_nothing_of_it(recorded: Path, provider: Provider) -> None:
    said = evaluated(recorded, "--cache", "replay")
    assert (said.code, said.data["offline"]) == (0, None)
    assert "offline" not in llmops(recorded, "eval", "--cache", "replay").out
