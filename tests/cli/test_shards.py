"""`llmops eval --shard` and `llmops merge`: a run in parts is the run in one piece."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.evals.shards.shard import shard_of
from tests.cli.answering import (
    EQUALS,
    JUDGE,
    knows_all_but,
    lands,
    number_of,
    only,
    scoring,
    with_answers,
    words,
)
from tests.cli.projects import (
    BASELINE_PATH,
    CAPITALS,
    CASES_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    changed,
    commit,
    edit,
    evaluated,
    git,
    llmops,
    point_at,
    project,
    repository,
)
from tests.cli.shards import SEVERAL, edit_header, merged, newest_run, run_shards, upload
from tests.servers.provider import Provider
from tests.snapshots import assert_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.projects import Said
    from tests.servers.provider import Call

SNAPSHOTS = Path(__file__).parent / "snapshots"


@dataclass
class Lands:
    """A model that knows all capitals but `wrong` ones; of `flaky` ones it is wrong when first asked."""

    provider: Provider
    wrong: set[int] = field(default_factory=set)
    flaky: set[int] = field(default_factory=set)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lands]:
    def answer(call: Call) -> str:
        number = number_of(call)
        bad = number in found.wrong or number in found.flaky
        found.flaky.discard(number)
        return f"{'Village' if bad else 'City'} {number:03}"

    with Provider(answer) as running:
        found = Lands(running)
        point_at(running, monkeypatch)
        yield found


def steady(report: str) -> str:
    """A report without its section on the run, whose times and names are others each time."""
    before, after = report.split("\nRun\n")
    return before + "\nNext\n" + after.partition("\nNext\n")[2]


def without_run(said: Said) -> dict[str, Any]:
    """What an evaluation says, the run itself aside."""
    return {key: value for key, value in said.data.items() if key != "run"}


@pytest.mark.parametrize("of", [1, 2, 5, 40])
def test_shards_that_are_merged_say_what_one_whole_run_says(tmp_path: Path, model: Lands, of: int) -> None:
    root = repository(project(tmp_path / "repo", SEVERAL))
    assert evaluated(root).code == 0
    assert llmops(root, "baseline", "accept", "--all").code == 0
    commit(root)
    # Five cases get worse, one of them must pass; another that must pass flickers.
    model.wrong, model.flaky = {1, 2, 4, 6, 7}, {9}
    edit(root, PROMPT_PATH, "one word", "a word")
    options = ("--retry-flips", "2")
    whole = evaluated(root, *options)
    assert (whole.code, whole.data["verdict"]) == (1, "REGRESSED")
    subject = whole.data["subjects"][0]
    assert subject["must_pass_failed"] == ["land-006"]
    assert subject["asked_again"] > 0
    # The same answers come from the cache: latencies of live calls would differ from run to run.
    again = evaluated(root, *options)
    # The shards are run where nobody has looked at that one.
    assert llmops(root, "runs", "rm", whole.data["run"]["id"]).code == 0
    calls = model.provider.count
    assert llmops(root, "baseline", "accept", "--all", "--reason", "so it is").code == 0
    accepted = {
        path: (root / path).read_bytes()
        for path in (BASELINE_PATH, BASELINE_PATH.replace("capitals", "second"))
    }
    git(root, "checkout", "-q", "baselines")

    artifacts = run_shards(root, of, *options)
    joined = merged(root, artifacts)
    assert model.provider.count == calls
    assert joined.code == 1, joined.both
    assert without_run(joined) == without_run(again)
    assert [run["shard"] for run in joined.data["run"]["merged_from"]] == [[i, of] for i in range(1, of + 1)]
    shown = llmops(root, "runs", "show", "--format", "json").data
    asked_again = sum(each["asked_again"] for each in again.data["subjects"])
    assert len(shown["outcomes"]) == 2 * 12 + 12 + asked_again
    made = llmops(root, "baseline", "accept", "--all", "--reason", "so it is")
    assert made.code == 0, made.both
    assert {path: (root / path).read_bytes() for path in accepted} == accepted


def test_live_shards_are_measured_and_their_costs_summed(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path / "repo")
    artifacts = run_shards(root, 3)
    assert provider.count == len(CAPITALS)
    joined = merged(root, artifacts)
    assert joined.code == 0, joined.both
    assert provider.count == len(CAPITALS)
    subject = only(joined)
    assert subject["cost_usd"] == pytest.approx(10 * subject["metrics"]["cost_usd"]["now"])
    assert subject["metrics"]["latency_p95"]["now"] > 0
    seconds = [run["seconds"] for run in joined.data["run"]["merged_from"]]
    assert joined.data["run"]["seconds"] == max(seconds)
    shown = llmops(root, "merge", str(artifacts)).out
    assert "merged from 3 shards, the slowest took" in shown
    assert "10 live calls" in shown


def test_one_shard_asks_its_cases_and_judges_nothing(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    root = project(tmp_path, changed(SUITE_PATH, "max_drop: 0.05", "floor: 1"))
    mine = {name.lower() for name in CAPITALS if shard_of(name.lower(), 3) == 1}
    ran = llmops(root, "eval", "--shard", "1/3")
    assert ran.code == 0
    assert provider.count == len(mine)
    first = words(ran.out.split("\n\n")[0])
    assert first == (
        f"SHARD 1 of 3: {len(mine)} of 10 cases asked, nothing is judged yet; "
        "llmops merge judges all shards together"
    )
    assert_snapshot(steady(ran.out), SNAPSHOTS / "shard.txt")
    assert "llmops merge .llmops/runs/" in " ".join(ran.out.split())
    data = evaluated(root, "--shard", "1/3").data
    assert (data["verdict"], data["exit_code"], data["subjects"]) == ("NOT_JUDGED", 0, [])
    shard = data["shard"]
    assert (shard["number"], shard["of"], shard["cases"], shard["cases_of_all_shards"]) == (
        1,
        3,
        len(mine),
        10,
    )
    shown = llmops(root, "runs", "show", "--format", "json").data
    assert {outcome["case"] for outcome in shown["outcomes"]} == mine
    monkeypatch.setenv("COLUMNS", "120")
    assert "capitals (shard 1 of 3)" in llmops(root, "runs", "list").out


def test_an_empty_shard_is_fine_and_says_so(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    taken = {shard_of(name.lower(), 5000) for name in CAPITALS}
    ran = llmops(root, "eval", "--shard", f"{next(n for n in range(1, 12) if n not in taken)}/5000")
    assert (ran.code, provider.count) == (0, 0)
    assert "none of 10 cases falls into it, so nothing was asked" in ran.out


def test_a_shard_whose_calls_failed_is_red_and_can_be_run_again(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    root = project(tmp_path / "repo")
    artifacts = run_shards(root, 2, only=(1,))
    provider.misbehave(500, times=None, headers={"retry-after": "0"})
    failed = llmops(root, "eval", "--shard", "2/2")
    assert failed.code == 3
    assert_snapshot(steady(failed.out), SNAPSHOTS / "shard-failed.txt")
    remarks = llmops(root, "eval", "--shard", "2/2", "--format", "github").out
    assert remarks.startswith(f"::error file={CASES_PATH},line=3,")
    shutil.rmtree(newest_run(root))
    upload(root, artifacts / "shard-2")
    # It is a run like any other: merged as it is, nobody can tell.
    joined = merged(root, artifacts)
    assert (joined.code, joined.data["verdict"]) == (3, "ERROR")
    said = words(llmops(root, "merge", str(artifacts)).out)
    assert "run the shards with failed answers again, then merge all of them again" in said
    provider.behave()
    run_shards(root, 2, only=(2,))
    assert merged(root, artifacts).code == 0


def test_a_shard_whose_scorer_breaks_ends_with_2(tmp_path: Path, provider: Provider) -> None:
    files = {
        **scoring("- python: scorers/own.py:broken\n    threshold: 0.5"),
        "scorers/own.py": "def broken(output, case):\n    raise ValueError('no')\n",
    }
    ran = llmops(project(tmp_path, files), "eval", "--shard", "1/2")
    assert ran.code == 2
    assert "ValueError: no" in ran.out


def test_runs_of_everything_in_the_same_folder_are_left_out(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    assert evaluated(root).code == 0
    whole = newest_run(root).name
    names = []
    for number in (1, 2):
        assert llmops(root, "eval", "--shard", f"{number}/2").code == 0
        names.append(newest_run(root).name)
    assert merged(root, root / ".llmops/runs").code == 0
    assert merged(root, *names).code == 0
    assert merged(root, ".llmops/runs/").code == 0, "as the report of a shard writes it"
    said = merged(root, whole, *names)
    assert said.code == 2
    assert "this is no run of a shard" in said.err


def test_options_are_those_of_the_shards(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path / "repo", SEVERAL | {CASES_PATH: lands(12, tags=lambda _: ["vip"])})
    with Provider(knows_all_but(())) as other, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", other.openai_url)
        options = (
            "capitals",
            "--filter",
            "id:land-00*",
            "--repeats",
            "3",
            "--model",
            "openai/gpt-4o-2024-08-06",
        )
        artifacts = run_shards(root, 2, *options)
        assert other.count == 30
        joined = merged(root, artifacts)
    assert joined.code == 0, joined.both
    subject = only(joined)
    assert (subject["model"], subject["cases"], subject["outcomes"]) == ("openai/gpt-4o-2024-08-06", 10, 30)
    assert joined.data["run"]["filters"] == ["id:land-00*"]


def test_the_base_that_shards_were_given_is_that_of_the_merge(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path / "repo"))
    assert evaluated(root).code == 0
    assert llmops(root, "baseline", "accept", "--all").code == 0
    commit(root)
    git(root, "checkout", "-q", "-b", "topic")
    assert with_answers(lambda _: "Atlantis", root).code == 1
    assert llmops(root, "baseline", "accept", "--all", "--reason", "it is so").code == 0
    commit(root)
    artifacts = run_shards(root, 2, "--base", "main")
    joined = merged(root, artifacts)
    assert joined.data["base"]["reference"] == "main", joined.both
    assert merged(root, artifacts, "--base", "HEAD").data["base"]["reference"] == "HEAD"
    said = merged(root, artifacts, "--base", "")
    assert (said.code, "--base is empty" in said.err) == (2, True)


def test_shards_of_what_changed(tmp_path: Path, provider: Provider) -> None:
    files = {
        "evalsets/second.yaml": SEVERAL["evalsets/second.yaml"].replace("capitals.jsonl", "second.jsonl")
    }
    files["evalsets/second.jsonl"] = lands(3)
    root = repository(project(tmp_path / "repo", files))
    git(root, "checkout", "-q", "-b", "topic")
    edit(root, CASES_PATH, '"Oslo"', '"Bergen"')
    commit(root)
    options = ("--changed", "--base", "main")
    artifacts = run_shards(root, 2, *options)
    joined = merged(root, artifacts)
    assert [subject["suite"] for subject in joined.data["subjects"]] == ["capitals"]
    assert joined.data["changed"] is not None
    # Nothing is reached: every shard says so, and so does the merge.
    edit(root, CASES_PATH, '"Bergen"', '"Oslo"')
    (root / "README.md").write_text("phrase\n")
    commit(root)
    run_shards(root, 2, *options)
    nothing = merged(root, artifacts)
    assert (nothing.code, nothing.data["verdict"]) == (0, "UNAFFECTED"), nothing.both


def test_a_shard_goes_on_after_an_interruption(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path / "repo")
    run_shards(root, 2, only=(1,))
    provider.misbehave(500, times=None, headers={"retry-after": "0"})
    assert llmops(root, "eval", "--shard", "2/2").code == 3
    run = newest_run(root)
    asked = {outcome["case"] for outcome in map(json.loads, (run / "cases.jsonl").read_text().splitlines())}
    # Killed while it wrote: half a line, and no end.
    with (run / "cases.jsonl").open("a") as stream:
        stream.write('{"suite": "capi')
    edit_header(run, finished=None)
    provider.behave()
    whole = llmops(root, "eval", "--shard", "1/2", "--resume", run.name)
    assert whole.code == 2
    assert "was begun with --shard 2/2, not with --shard 1/2" in whole.err
    before = provider.count
    header = (run / "run.json").read_text()
    edit_header(run, shard=[0, 0])
    broken = llmops(root, "eval", "--resume", run.name)
    assert (broken.code, "its shard is [0, 0]" in broken.err) == (2, True), broken.both
    assert "(a broken shard)" in llmops(root, "runs", "show", run.name).out
    (run / "run.json").write_text(header)
    again = llmops(root, "eval", "--resume")
    assert again.code == 0, again.both
    assert provider.count == before + len(asked)
    assert "SHARD 2 of 2" in again.out
    upload(root, tmp_path / "artifacts/shard-2")
    assert merged(root, tmp_path / "artifacts").code == 0


def test_judges_are_asked_in_the_shards_and_never_by_the_merge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(call: Call) -> str:
        if "gpt-4o-2024" in call.model:
            return '{"reason": "fine", "score": 1}'
        return f"City {number_of(call):03}"

    files = {**scoring(EQUALS, JUDGE), CASES_PATH: lands(6)}
    root = project(tmp_path / "repo", files)
    with Provider(answer) as judged:
        monkeypatch.setenv("OPENAI_BASE_URL", judged.openai_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-loopback")
        artifacts = run_shards(root, 3)
        assert judged.count == 12
        joined = merged(root, artifacts)
        assert judged.count == 12
    assert only(joined)["metrics"]["tone"]["now"] == 1


def test_replayed_shards(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path / "repo")
    assert llmops(root, "eval", "--record").code == 0
    artifacts = run_shards(root, 3, "--cache", "replay")
    assert provider.count == 10
    joined = merged(root, artifacts)
    assert (joined.code, joined.data["run"]["cache"]) == (0, "replay")


def test_a_folder_that_links_to_itself_ends(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path / "repo")
    artifacts = run_shards(root, 2)
    subprocess.run(["ln", "-s", "..", str(artifacts / "shard-1/loop")], check=True)
    assert merged(root, artifacts).code == 0
