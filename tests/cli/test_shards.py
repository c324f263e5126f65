"""`llmops eval --shard` and `llmops merge`: a run in parts is the run in one piece, or an error."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.evals.journal import cases_hash
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
from tests.cli.shards import edit_header, merged, newest_run, run_of, run_shards, upload
from tests.servers.provider import Provider
from tests.snapshots import assert_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.projects import Said
    from tests.servers.provider import Call

SNAPSHOTS = Path(__file__).parent / "snapshots"
SEVERAL = {
    CASES_PATH: lands(12, tags=lambda number: ["vip"] if number % 3 == 0 else None),
    SUITE_PATH: """\
id: capitals
prompt: capital
cases: capitals.jsonl
repeats: 2
scorers:
  - equals: "{{ expected }}"
  - levenshtein: "{{ expected }}"
    weight: 2
gate:
  pass_rate: {max_drop: 0.05}
  levenshtein: {max_drop: 0.1}
  must_pass: [tag:vip]
""",
    "evalsets/second.yaml": """\
id: second
prompt: capital
cases: capitals.jsonl
scorers:
  - contains: City
""",
}


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
        ({"schema": 2}, "schema 2 is not 1"),
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
        (lambda line: {**line, "scores": [{**line["scores"][0], "value": float("nan")}]}, "holds scores"),
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
    found = [line for line in (edited(first), *rest) if line is not None]
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
    assert "was begun as shard 2 of 2, and 1/2 is asked for" in whole.err
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


@pytest.mark.parametrize(("option", "phrase"), [("--record", "record in one run")])
def test_options_that_no_shard_has(tmp_path: Path, idle: Provider, option: str, phrase: str) -> None:
    said = llmops(project(tmp_path), "eval", "--shard", "1/2", option)
    assert (said.code, phrase in said.err) == (2, True), said.both
    assert idle.count == 0


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
