"""`llmops eval` on projects that are right: each verdict, each scorer's way, each source of answers."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.answering import EQUALS, RULE, only, scoring, with_answers, wrong
from tests.cli.projects import (
    BASELINE_PATH,
    CAPITALS,
    CASES,
    CASES_PATH,
    KEY,
    MODEL,
    PROJECT_PATH,
    PROMPT,
    PROMPT_PATH,
    SUITE_PATH,
    accepted,
    capital,
    cases,
    changed,
    commit,
    edit,
    evaluated,
    lines,
    llmops,
    project,
    repository,
    write,
)
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.provider import Call


def test_from_the_first_run_to_a_regression(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    first = evaluated(root)
    assert (first.code, first.data["verdict"]) == (0, "NO_BASELINE")
    assert provider.count == 10
    assert "accept as the baseline: llmops baseline accept capitals" in llmops(root, "eval").out

    made = llmops(root, "baseline", "accept", "capitals")
    assert made.code == 0
    assert BASELINE_PATH in made.out
    header = json.loads((root / BASELINE_PATH).read_text().splitlines()[0])
    assert header["accepted"] == {
        "by": "Ada <ada@example.com>",
        "reason": "",
        "verdict": "NO_BASELINE",
        "previous": {},
    }
    assert header["metrics"] == {"pass_rate": 1.0, "equals": 1.0}

    same = evaluated(root)
    assert (same.code, same.data["verdict"]) == (0, "PASSED")
    assert only(same)["changed_since_baseline"] == []
    assert provider.count == 10

    worse = with_answers(wrong(*list(CAPITALS)[:7]), root)
    assert (worse.code, worse.data["verdict"]) == (1, "REGRESSED")
    subject = only(worse)
    assert subject["forbidden"] is True
    rate = subject["metrics"]["pass_rate"]
    assert (rate["baseline"], rate["now"], rate["worse"], rate["better"]) == (1, pytest.approx(0.3), 7, 0)
    assert rate["p_value"] == pytest.approx(2 / 2**7)
    assert rate["reasons"] == ["significant, and more than is tolerated"]
    assert len(subject["flips"]) == 7
    flip = next(flip for flip in subject["flips"] if flip["case"] == "france")
    assert (flip["before"], flip["now"], flip["worse"]) == ("Paris", "Atlantis", True)
    assert flip["place"] == f"{CASES_PATH}:1"
    assert flip["reasons"][0].startswith("equals: ")
    assert llmops(root, "baseline", "accept", "capitals").code == 2


def test_the_terminal_shows_old_and_new_answers(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    with Provider(wrong(*CAPITALS)) as other, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", other.openai_url)
        shown = llmops(root, "eval", "--cache", "off").out
    assert shown.startswith("REGRESSED: capitals pass_rate 100.0% → 0.0% (")
    assert "Changed cases: 10 fail now that passed, 0 pass now that failed" in shown
    assert "france fails now" in shown
    assert "Paris" in shown
    assert "Atlantis" in shown
    assert 'llmops baseline accept capitals --reason "…"' in shown


def test_a_regression_is_accepted_with_a_reason_only(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    with_answers(wrong(*CAPITALS), root)
    refused = llmops(root, "baseline", "accept", "capitals")
    assert refused.code == 2
    assert refused.err == (
        f"capitals · capital@1.0.0 · {MODEL} is REGRESSED: accepting it needs a reason\n"
        '    llmops baseline accept … --reason "why this is right"\n'
    )
    assert llmops(root, "baseline", "accept", "capitals", "--reason", "Atlantis it is").code == 0
    header = json.loads((root / BASELINE_PATH).read_text().splitlines()[0])
    assert header["accepted"]["reason"] == "Atlantis it is"
    assert header["accepted"]["verdict"] == "REGRESSED"
    assert header["accepted"]["previous"] == {"pass_rate": 1.0, "equals": 1.0}


def test_a_few_worse_answers_are_inconclusive_and_may_be_forbidden(
    tmp_path: Path, provider: Provider
) -> None:
    for rule, code in ((RULE, 0), (f"{RULE}\n  inconclusive: fail", 1)):
        root = repository(project(tmp_path / str(code), changed(SUITE_PATH, RULE, rule)))
        accepted(root)
        said = with_answers(wrong("France"), root)
        assert (said.code, said.data["verdict"]) == (code, "INCONCLUSIVE")
        assert [flip["case"] for flip in only(said)["flips"]] == ["france"]


def test_better_answers(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    assert with_answers(wrong(*CAPITALS), root).code == 0
    assert llmops(root, "baseline", "accept", "--all").code == 0
    said = evaluated(root)
    assert (said.code, said.data["verdict"]) == (0, "IMPROVED")
    assert not any(flip["worse"] for flip in only(said)["flips"])


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("pass_rate: {floor: 0.95}", "below the floor of 0.95"),
        ("equals: {floor: 0.95}", "below the floor of 0.95"),
        ("input_tokens: {ceiling: 39}", "above the ceiling of 39"),
    ],
)
def test_limits_hold_without_a_baseline(rule: str, wanted: str, tmp_path: Path, provider: Provider) -> None:
    said = with_answers(wrong("France"), project(tmp_path, changed(SUITE_PATH, RULE, rule)))
    assert (said.code, said.data["verdict"]) == (1, "REGRESSED")
    reasons = [reason for metric in only(said)["metrics"].values() for reason in metric["reasons"]]
    assert reasons == [wanted]


def test_a_floor_that_holds_exactly(tmp_path: Path, provider: Provider) -> None:
    said = with_answers(
        wrong("France"), project(tmp_path, changed(SUITE_PATH, RULE, "pass_rate: {floor: 0.9}"))
    )
    assert said.code == 0


@pytest.mark.parametrize("entry", ["[tag:smoke]", "[id:fr*]", "all", "tag:smoke"])
def test_a_case_that_must_pass(entry: str, tmp_path: Path, provider: Provider) -> None:
    files = {
        **changed(SUITE_PATH, RULE, f"must_pass: {entry}"),
        **changed(CASES_PATH, '"id": "france"', '"tags": ["smoke"], "id": "france"'),
    }
    root = project(tmp_path, files)
    assert evaluated(root).code == 0
    said = with_answers(wrong("France"), root)
    assert (said.code, said.data["verdict"]) == (1, "REGRESSED")
    assert only(said)["must_pass_failed"] == ["france"]


def test_another_scorer_is_incomparable(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    edit(root, SUITE_PATH, EQUALS, '- icontains: "{{ expected }}"')
    said = evaluated(root)
    assert (said.code, said.data["verdict"]) == (1, "INCOMPARABLE")
    assert provider.count == 10
    assert only(said)["changed_since_baseline"] == ["scorer `equals` removed", "scorer `icontains` added"]
    assert only(said)["metrics"]["pass_rate"]["reasons"] == ["its scorers changed since the baseline"]
    assert llmops(root, "baseline", "accept", "--all").code == 2
    assert llmops(root, "baseline", "accept", "--all", "--reason", "case does not matter").code == 0
    assert evaluated(root).data["verdict"] == "PASSED"


def test_cases_that_go_come_and_change(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    write(
        root / CASES_PATH, CASES.replace('"expected": "Paris"', '"expected": "paris"') + cases(Chad="no idea")
    )
    said = evaluated(root)
    assert said.code == 0, said.both
    assert only(said)["cases_added"] == ["chad"]
    assert only(said)["cases_changed"] == ["france"]
    assert only(said)["metrics"]["pass_rate"]["pairs"] == 9

    write(root / CASES_PATH, "".join(CASES.splitlines(keepends=True)[1:]))
    lost = evaluated(root)
    assert (lost.code, lost.data["verdict"]) == (1, "REGRESSED")
    assert only(lost)["cases_removed"] == ["france"]
    assert "cases lost since the baseline: 1 (france)" in llmops(root, "eval").out


def test_an_unchanged_rerun_of_some_cases_has_passed(tmp_path: Path, provider: Provider) -> None:
    """A filter leaves few cases, too few for an interval, and yet nothing is other than it was."""
    root = repository(project(tmp_path))
    accepted(root)
    said = evaluated(root, "--filter", "id:france")
    assert (said.code, said.data["verdict"]) == (0, "PASSED")
    assert with_answers(wrong("France"), root, "--filter", "id:france").data["verdict"] == "INCONCLUSIVE"


def test_a_filter_does_not_lose_cases(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    said = evaluated(root, "--filter", "id:*n*", "--filter", "id:*a*")
    assert said.code == 0
    assert only(said)["cases_removed"] == []
    assert only(said)["cases"] == sum("n" in name.lower() and "a" in name.lower() for name in CAPITALS)
    assert said.data["run"]["filters"] == ["id:*n*", "id:*a*"]


def test_a_recorded_answer_needs_no_key_and_no_call(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    rows: list[dict[str, Any]] = [
        {"id": "a", "country": "France", "expected": "Paris", "output": "Paris"},
        {"id": "b", "country": "Spain", "expected": {"city": "Madrid"}, "output": {"city": "Madrid"}},
    ]
    said = evaluated(project(tmp_path, {CASES_PATH: lines(*rows)}))
    assert said.code == 0, said.both
    assert only(said)["metrics"]["pass_rate"]["now"] == 1
    assert (only(said)["calls"], only(said)["cost_usd"]) == (0, None)
    assert provider.count == 0


def test_repeats_are_asked_each_and_averaged_inside_a_case(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    seen: dict[str, int] = {}

    def wavering(call: Call) -> str:
        seen[call.user] = seen.get(call.user, 0) + 1
        return capital(call) if seen[call.user] < 3 else "Atlantis"

    said = with_answers(wavering, root, "--repeats", "3")
    assert said.code == 0
    assert only(said)["outcomes"] == 30
    assert only(said)["cases"] == 10
    assert only(said)["metrics"]["pass_rate"]["now"] == pytest.approx(2 / 3)
    assert llmops(root, "baseline", "accept", "--all").code == 0
    row = json.loads((root / BASELINE_PATH).read_text().splitlines()[1])
    assert len(row["hashes"]) == 3
    assert sorted(row["scores"]["pass_rate"]) == [0, 1, 1]


def test_another_model(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    other = "openai/gpt-4o-2024-08-06"
    said = evaluated(root, "--model", other, "--model", MODEL)
    assert said.code == 0
    assert [subject["model"] for subject in said.data["subjects"]] == [other, MODEL]
    assert provider.count == 20
    assert {call.model for call in provider.calls} == {"gpt-4o-2024-08-06", "gpt-4o-mini-2024-07-18"}


def test_a_matrix_of_models_has_a_baseline_each(tmp_path: Path, provider: Provider) -> None:
    other = "openai/gpt-4o-2024-08-06"
    root = repository(project(tmp_path, changed(SUITE_PATH, "cases:", f"models: [{MODEL}, {other}]\ncases:")))
    accepted(root)
    assert (root / BASELINE_PATH).is_file()
    assert (root / f"baselines/capitals/{other}.jsonl").is_file()
    assert evaluated(root).data["verdict"] == "PASSED"


def test_an_earlier_version_of_the_prompt(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    new = PROMPT.replace("1.0.0", "1.1.0").replace("one word", "one short word")
    write(root / PROMPT_PATH, new)
    commit(root)
    said = evaluated(root, "--prompt", "capital@1.0.0")
    assert said.code == 0, said.both
    assert only(said)["prompt"] == "capital@1.0.0"
    assert {call.body["messages"][0]["content"] for call in provider.calls} == {"Answer with one word."}
    missing = evaluated(root, "--prompt", "capital@9.0.0")
    assert missing.code == 2
    assert missing.err == (
        f"version 9.0.0 of `capital` is not in the git history of {PROMPT_PATH}\n    did you mean `1.0.0`?\n"
    )


def test_a_suite_may_pin_an_earlier_version(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    write(root / PROMPT_PATH, PROMPT.replace("1.0.0", "2.0.0").replace("one word", "a word"))
    edit(root, SUITE_PATH, "prompt: capital", "prompt: capital@1.0.0")
    commit(root)
    assert only(evaluated(root))["prompt"] == "capital@1.0.0"
    assert provider.calls[0].body["messages"][0]["content"] == "Answer with one word."


def test_negated_graded_and_weighted_scorers(tmp_path: Path, provider: Provider) -> None:
    files = scoring(
        EQUALS,
        "- not-contains: As an AI",
        '- levenshtein: "{{ expected }}x"\n    metric: near\n    threshold: 0.5\n    weight: 3',
    )
    said = evaluated(project(tmp_path, {**files, CASES_PATH: cases(France="Paris")}))
    assert said.code == 0, said.both
    metrics = {name: metric["now"] for name, metric in only(said)["metrics"].items()}
    near = 1 - 1 / 6
    assert metrics["near"] == pytest.approx(near)
    assert metrics["not-contains"] == 1
    assert metrics["pass_rate"] == 1
    assert metrics["score"] == pytest.approx((1 + 1 + 3 * near) / 5)


def test_a_gate_on_the_weighted_score(tmp_path: Path, provider: Provider) -> None:
    files = scoring(EQUALS, "- contains: a\n    weight: 2", rule="score: {floor: 0.99}")
    assert evaluated(project(tmp_path, files)).code == 1


def test_latency_and_cost(tmp_path: Path, provider: Provider) -> None:
    files = scoring(EQUALS, "- latency: 5", "- cost: 0.000001", rule="latency_p95: {ceiling: 5}")
    root = project(tmp_path, files)
    said = evaluated(root)
    assert said.code == 0, said.both
    metrics = only(said)["metrics"]
    assert (metrics["latency"]["now"], metrics["cost"]["now"], metrics["pass_rate"]["now"]) == (1, 0, 0)
    assert 0 < metrics["latency_p95"]["now"] < 5
    assert only(said)["cost_usd"] == pytest.approx(10 * metrics["cost_usd"]["now"])
    again = evaluated(root)
    cached = only(again)["metrics"]
    # The scorer judges by the time the answer took when it was asked for: a rerun says the same.
    assert (cached["latency"]["now"], cached["cost"]["now"]) == (1, 0)
    # The gate's latency is a measurement of live calls, and without one it cannot tell.
    assert cached["latency_p95"]["reasons"] == ["not measured: no answer was live"]
    assert cached["latency_p95"]["verdict"] == "INCONCLUSIVE"


def test_a_slow_answer_does_not_pass_when_it_is_read_again(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, scoring("- latency: 0.000001", rule="must_pass: all"))
    assert evaluated(root).code == 1
    assert provider.count == 20  # each failed must-pass case is asked again before it counts
    assert evaluated(root).code == 1
    assert provider.count == 20


def test_a_suite_in_which_nothing_decides_is_refused(tmp_path: Path, provider: Provider) -> None:
    said = evaluated(project(tmp_path, scoring("- levenshtein: Paris")))
    assert said.code == 2
    assert "no scorer decides, so every case would pass" in said.err
    assert provider.count == 0


def test_a_gate_on_a_cost_that_nobody_knows(tmp_path: Path, provider: Provider) -> None:
    files = {
        **changed(SUITE_PATH, RULE, "cost_usd: {ceiling: 1}"),
        **changed(PROMPT_PATH, MODEL, "mine/m"),
        PROJECT_PATH: f"providers:\n  mine: {{kind: openai, base_url: '{provider.openai_url}'}}\n",
    }
    said = evaluated(project(tmp_path, files))
    assert said.data["verdict"] == "ERROR"
    assert only(said)["cost_usd"] is None
    (reason,) = only(said)["metrics"]["cost_usd"]["reasons"]
    assert reason == "unknown for 10 of 10 cases: add the price under `prices:` in llmops.yaml"
    assert said.code != 0


PYTHON = "- python: scorers/tone.py:tone\n    threshold: 1"


def test_a_python_scorer_that_raises_is_an_error_and_never_a_zero(tmp_path: Path, provider: Provider) -> None:
    tone = (
        "def tone(output, case):\n    if output == 'Lima':\n        raise OSError('no Lima')\n    return 1\n"
    )
    root = project(tmp_path, {**scoring(EQUALS, PYTHON), "scorers/tone.py": tone})
    said = evaluated(root)
    assert said.code == 2
    assert said.data["verdict"] == "ERROR"
    (failure,) = only(said)["failures"]
    assert (failure["case"], failure["kind"]) == ("peru", "scorer")
    assert failure["error"] == "python: FunctionFailedError: scorers/tone.py:3: OSError: no Lima"
    assert only(said)["metrics"]["python"]["now"] == 1
    assert only(said)["metrics"]["pass_rate"]["now"] == 1
    assert only(said)["metrics"]["pass_rate"]["verdict"] == "ERROR"
    assert provider.count == 10
    edit(root, "scorers/tone.py", "raise OSError('no Lima')", "return 1")
    assert evaluated(root).code == 0
    assert provider.count == 10


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("return None", "TypeError: the function returned None; it returns True or False"),
        ("return float('nan')", "ValueError: the function returned nan"),
        ("return 7", "ValueError: the function returned 7"),
        ("import sys; sys.exit(0)", "SystemExit"),
    ],
)
def test_a_python_scorer_that_returns_nonsense(
    body: str, wanted: str, tmp_path: Path, provider: Provider
) -> None:
    files = {**scoring(PYTHON), "scorers/tone.py": f"def tone(output, case):\n    {body}\n"}
    said = evaluated(project(tmp_path, {**files, CASES_PATH: cases(Peru="Lima")}))
    assert said.code == 2, said.both
    assert wanted in only(said)["failures"][0]["error"]


JUDGED = (
    EQUALS,
    "- judge: {rubric: Is it polite?, model: openai/gpt-4o-2024-08-06}\n    metric: tone\n    threshold: 0.5",
)


def judging(reply: str) -> Callable[[Call], str]:
    return lambda call: reply if call.model == "gpt-4o-2024-08-06" else capital(call)


def test_a_judge(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, {**scoring(*JUDGED), CASES_PATH: cases(France="Paris", Spain="Madrid")})
    said = with_answers(judging('{"reason": "very kind", "score": 0.75}'), root)
    assert said.code == 0, said.both
    assert only(said)["metrics"]["tone"]["now"] == 0.75
    low = with_answers(judging('{"reason": "rude", "score": 0.25}'), root)
    assert low.code == 0
    assert only(low)["metrics"]["pass_rate"]["now"] == 0


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        ("quite polite", "tone: ValueError: the judge's reply is not JSON"),
        (
            '{"reason": "x", "score": 7}',
            "tone: ValueError: the judge gave the score 7, not a number from 0 to 1",
        ),
        ('{"score": 1}', "tone: ValueError: the judge gave no reason"),
        ("[]", "tone: ValueError: the judge's reply is not a JSON object"),
    ],
)
def test_a_judge_that_cannot_be_read(reply: str, wanted: str, tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, {**scoring(*JUDGED), CASES_PATH: cases(France="Paris")})
    said = with_answers(judging(reply), root)
    assert said.code != 0
    assert said.data["verdict"] == "ERROR"
    assert wanted in only(said)["failures"][0]["error"]
    assert only(said)["metrics"]["pass_rate"]["now"] is None


def test_a_judge_is_recorded_and_replayed(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path, {**scoring(*JUDGED), CASES_PATH: cases(France="Paris")})
    assert with_answers(judging('{"reason": "kind", "score": 1}'), root, "--record").code == 0
    monkeypatch.delenv("OPENAI_API_KEY")
    said = evaluated(root, "--cache", "replay")
    assert said.code == 0, said.both
    assert only(said)["metrics"]["tone"]["now"] == 1
    assert provider.count == 0


def test_the_json_answer(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    data = evaluated(root).data
    assert data["schema"] == 1
    assert data["exit_code"] == 0
    assert set(data) == {
        "schema", "verdict", "exit_code", "error", "run", "subjects", "predecessors", "loosened",
        "shard", "offline", "deciders", "base", "changed", "warnings",
    }  # fmt: skip
    assert data["run"]["cache"] == "auto"
    subject = data["subjects"][0]
    assert (subject["suite"], subject["prompt"], subject["model"]) == ("capitals", "capital@1.0.0", MODEL)
    assert subject["baseline"]["by"] == "Ada <ada@example.com>"
    rate = subject["metrics"]["pass_rate"]
    assert (rate["baseline"], rate["now"], rate["change"], rate["pairs"]) == (1, 1, 0, 10)
    assert rate["interval"][0] < 0 < rate["interval"][1]
    assert (rate["confidence"], rate["tier"], rate["verdict"]) == (0.95, "critical", "PASSED")
    assert KEY not in json.dumps(data)


def test_words_stay_words(tmp_path: Path, provider: Provider) -> None:
    rows = (
        "- {id: norway, country: no, expected: no}\n"
        "- {id: on, country: on, expected: on}\n"
        "- {id: day, country: 2024-01-01, expected: 2024-01-01}\n"
        "- {id: sexagesimal, country: '22:22', expected: 22:22}\n"
    )
    files = {**changed(SUITE_PATH, "capitals.jsonl", "cases.yaml"), "evalsets/cases.yaml": rows}
    root = project(tmp_path, files)
    said = with_answers(lambda call: call.user.removeprefix("What is the capital of ").rstrip("?"), root)
    assert said.code == 0, said.both
    assert only(said)["metrics"]["pass_rate"]["now"] == 1


@pytest.mark.parametrize("form", ["bom", "crlf"])
def test_files_of_other_editors(form: str, tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    write(root / "evalsets/more.csv", "id,country,expected\nchina,China,no idea\n")
    edit(root, SUITE_PATH, "capitals.jsonl", "[capitals.jsonl, more.csv]")
    plain = only(evaluated(root))
    for path in (PROJECT_PATH, PROMPT_PATH, SUITE_PATH, CASES_PATH, "evalsets/more.csv"):
        data = (root / path).read_bytes()
        (root / path).write_bytes(b"\xef\xbb\xbf" + data if form == "bom" else data.replace(b"\n", b"\r\n"))
    said = evaluated(root)
    assert said.code == 0, said.both
    assert only(said) == {**plain, "metrics": only(said)["metrics"]}
    assert provider.count == 11


def test_names_of_every_script(tmp_path: Path, provider: Provider) -> None:
    row = {"id": "日本/東京 🗼", "country": "Japan", "expected": "Tokyo", "tags": ["größe"]}
    files = {
        **changed(SUITE_PATH, "capitals.jsonl", "fälle-日本.jsonl"),
        "evalsets/fälle-日本.jsonl": lines(row),
    }
    root = repository(project(tmp_path / "projekt ü", files))
    accepted(root)
    assert "日本/東京 🗼" in (root / BASELINE_PATH).read_text("utf-8")
    said = with_answers(wrong("Japan"), root, "--filter", "tag:größe")
    assert [flip["case"] for flip in only(said)["flips"]] == ["日本/東京 🗼"]
    assert llmops(root, "runs", "show", "--case", "日本/東京 🗼").code == 0


def test_a_value_of_two_megabytes(tmp_path: Path, provider: Provider) -> None:
    row = {"id": "long", "country": "Japan" + "x" * 2_000_000, "expected": "Tokyo"}
    root = project(tmp_path, {CASES_PATH: lines(row)})
    assert evaluated(root).code == 0
    assert len(provider.calls[0].user) > 2_000_000
    assert len(llmops(root, "eval").out) < 5_000


def test_a_conversation(tmp_path: Path, provider: Provider) -> None:
    row = {
        "id": "turn",
        "country": "Japan",
        "expected": "Tokyo",
        "messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}],
    }
    assert evaluated(project(tmp_path, {CASES_PATH: lines(row)})).code == 0
    roles = [message["role"] for message in provider.calls[0].body["messages"]]
    assert roles == ["system", "user", "assistant", "user"]


def test_partials_and_params_reach_the_model(tmp_path: Path, provider: Provider) -> None:
    files = {
        **changed(PROMPT_PATH, "Answer with one word.", "\"{% include '_tone.j2' %}\""),
        "prompts/_tone.j2": "Be {# a note #}kind to {{ country }}.",
    }
    root = repository(project(tmp_path, files))
    accepted(root)
    body = provider.calls[0].body
    assert body["messages"][0]["content"].startswith("Be kind to ")
    assert body["temperature"] == 0
    edit(root, "prompts/_tone.j2", "kind", "nice")
    edit(root, PROMPT_PATH, "temperature: 0", "temperature: 1")
    said = evaluated(root)
    assert only(said)["changed_since_baseline"] == ["included partials", "params (temperature 0 → 1)"]
    assert provider.count == 20


def test_the_provider_changed_the_model(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)

    def renamed(call: Call) -> dict[str, Any]:
        message = {"role": "assistant", "content": capital(call)}
        return {"model": "gpt-4o-mini-2025-01-01", "choices": [{"message": message, "finish_reason": "stop"}]}

    said = with_answers(renamed, root)
    assert only(said)["changed_since_baseline"] == [
        "the provider changed the model: gpt-4o-mini-2024-07-18 → gpt-4o-mini-2025-01-01"
    ]


def test_two_suites_and_one_of_them(tmp_path: Path, provider: Provider) -> None:
    second = changed(SUITE_PATH, "id: capitals", "id: europe")[SUITE_PATH].replace(
        "capitals.jsonl", "europe.jsonl"
    )
    files = {"evalsets/europe.yaml": second, "evalsets/europe.jsonl": cases(France="Paris", Spain="Madrid")}
    root = project(tmp_path, files)
    assert only(evaluated(root, "europe"))["suite"] == "europe"
    assert provider.count == 2
    both = evaluated(root)
    assert [subject["suite"] for subject in both.data["subjects"]] == ["capitals", "europe"]
    assert provider.count == 10


def test_many_calls_at_once_and_one_at_a_time(tmp_path: Path) -> None:
    root = project(tmp_path)
    for jobs, most in (("1", 1), ("4", 4)):
        with Provider(capital, delay_s=0.02) as slow, pytest.MonkeyPatch.context() as patch:
            patch.setenv("OPENAI_BASE_URL", slow.openai_url)
            patch.setenv("OPENAI_API_KEY", KEY)
            assert evaluated(root, "--cache", "off", "-j", jobs).code == 0
            assert slow.most_at_once == most


# What a fresh pair of eyes got past the gate, and what has to stop it.


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("pass_rate: {tier: critical}", "the rule for `pass_rate` limits nothing"),
        ("pass_rate: {max_drop: 5}", "`max_drop` of `pass_rate` would tolerate any drop"),
        ("pass_rate: {max_drop: 100%}", "`max_drop` of `pass_rate` would tolerate any drop"),
    ],
)
def test_a_rule_that_cannot_fire_is_refused(rule: str, said: str, tmp_path: Path, provider: Provider) -> None:
    ran = llmops(project(tmp_path, scoring(EQUALS, rule=rule)), "eval")
    assert ran.code == 2
    assert said in ran.err
    assert provider.count == 0


def test_a_floor_alone_keeps_the_tolerated_drop(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path, scoring(EQUALS, rule="pass_rate: {floor: 0.1}")))
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "--all").code == 0
    edit(root, SUITE_PATH, EQUALS, f"{EQUALS}\n  - not-contains: zzz")
    assert llmops(root, "eval").code == 1


def test_most_cases_changed_is_not_a_pass(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "--all").code == 0
    path = root / CASES_PATH
    cases = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for case in cases[1:]:
        case["expected"] = "Atlantis"
    path.write_text("".join(json.dumps(case) + "\n" for case in cases), "utf-8")
    said = evaluated(root)
    assert said.code == 1
    assert only(said)["metrics"]["pass_rate"]["verdict"] == "INCOMPARABLE"
    assert only(said)["metrics"]["pass_rate"]["reasons"] == [
        "only 1 of 10 cases are the same as in the baseline"
    ]


def test_a_committed_baseline_that_is_deleted_is_missed(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "--all").code == 0
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    (baseline,) = (root / "baselines").rglob("*.jsonl")
    baseline.unlink()
    said = llmops(root, "eval")
    assert said.code == 2
    assert "the committed baseline is gone from the disk" in said.err


def test_scores_edited_by_hand_are_found(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    assert llmops(root, "eval").code == 0
    assert llmops(root, "baseline", "accept", "--all").code == 0
    (baseline,) = (root / "baselines").rglob("*.jsonl")
    text = baseline.read_text("utf-8")
    baseline.write_text(text.replace('"pass_rate": [1.0]', '"pass_rate": [0.0]', 1), "utf-8")
    said = llmops(root, "eval")
    assert said.code == 2
    assert "the header's metrics are not those of the cases" in said.err


def test_a_part_of_the_tokens_is_not_the_tokens(tmp_path: Path, provider: Provider) -> None:
    files = scoring("- cost: 0.000001", rule="pass_rate: {max_drop: 0.1}")
    files = {**files, **changed(PROMPT_PATH, MODEL, "mine/m")}
    files[PROJECT_PATH] = f"providers:\n  mine: {{kind: openai, base_url: '{provider.openai_url}'}}\n"
    said = evaluated(project(tmp_path, files))
    assert said.code == 3
    assert only(said)["metrics"]["pass_rate"]["reasons"] == ["no scorer that decides had anything to measure"]


def test_what_a_scorer_prints_does_not_reach_stdout(tmp_path: Path, provider: Provider) -> None:
    files = scoring(EQUALS, "- python: scorers/loud.py:loud")
    files["scorers/loud.py"] = (
        "print('loading')\n\n\ndef loud(output, case):\n    print('judging')\n    return 1\n"
    )
    said = llmops(project(tmp_path, files), "eval", "--format", "json")
    assert json.loads(said.out)["verdict"] == "NO_BASELINE"
    assert "judging" in said.err
