"""What a run says beside its terminal report: remarks at lines, files, summaries, errors, single cases."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from tests.cli.answering import (
    EQUALS,
    JUDGE,
    baseline_of,
    knows_all_but,
    lands,
    only,
    scoring,
    shown_with,
    with_answers,
)
from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    commit,
    edit,
    llmops,
    project,
    repository,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.projects import Said
    from tests.servers.provider import Provider

SMOKE = {CASES_PATH: lands(40, tags=lambda number: ["smoke"] if number in (0, 1) else None)}
GATE = "pass_rate: {max_drop: 0.05}\n  must_pass: [tag:smoke]"


def fallen(root: Path, *wrong: int, folder: str = "") -> Path:
    """A project whose prompt was edited, with a baseline from before."""
    baseline_of(root, knows_all_but({7}), {**SMOKE, **scoring(EQUALS, rule=GATE)})
    edit(root, PROMPT_PATH, "Answer with one word.", "Answer.")
    return root


def in_actions(patch: pytest.MonkeyPatch, folder: Path) -> Path:
    """The environment of a job of GitHub Actions; the file of its summary."""
    patch.setenv("GITHUB_ACTIONS", "true")
    patch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    return folder / "summary.md"


def commands(said: Said) -> list[str]:
    return [line for line in said.err.splitlines() if line.startswith("::")]


def properties(command: str) -> dict[str, str]:
    found = re.match(r"::(\w+) (.*?)::", command)
    assert found, command
    return {"level": found[1], **dict(pair.split("=", 1) for pair in found[2].split(","))}


def test_a_regression_is_remarked_where_it_comes_from(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = fallen(tmp_path / "p")
    summary = in_actions(monkeypatch, tmp_path)
    said = shown_with(knows_all_but(range(12)), root)
    assert said.code == 1
    found = [properties(command) for command in commands(said)]
    lines = (root / PROMPT_PATH).read_text("utf-8").splitlines()
    at = next(number for number, line in enumerate(lines, 1) if "role: system" in line)
    assert found[0] == {
        "level": "error",
        "file": PROMPT_PATH,
        "line": str(at),
        "col": "5",
        "title": "capitals%3A pass_rate fell",
    }
    assert [(each["level"], each["line"]) for each in found[1:3]] == [("error", "1"), ("error", "2")]
    assert {each["file"] for each in found[1:]} == {CASES_PATH}
    assert all(each["level"] == "warning" for each in found[3:])
    text = summary.read_text("utf-8")
    assert text.startswith("## REGRESSED: capitals 2 must-pass cases failed")
    assert "::" not in said.out


def test_places_are_those_of_the_repository(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = tmp_path / "mono"
    root = project(top / "services/my desk", {PROMPT_PATH: "id: capital\n"})
    repository(top)
    in_actions(monkeypatch, tmp_path)
    files = [tmp_path / name for name in ("r.sarif", "r.junit.xml", "r.csv", "r.json", "r.md")]
    said = llmops(root, "eval", *(word for file in files for word in ("-o", str(file))))
    assert said.code == 2
    assert properties(commands(said)[0])["file"] == f"services/my desk/{PROMPT_PATH}"
    sarif = json.loads(files[0].read_text("utf-8"))
    (result, *_) = sarif["runs"][0]["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == f"services/my%20desk/{PROMPT_PATH}"
    case = next(ElementTree.parse(files[1]).getroot().iter("testcase"))
    assert case.get("file") == f"services/my desk/{PROMPT_PATH}"
    assert case.find("error") is not None


@pytest.mark.parametrize(
    ("files", "arguments", "code", "headline"),
    [
        ({PROMPT_PATH: "id: [\n"}, (), 2, "WRONG: 1 problem in the project's files; nothing was called"),
        ({PROJECT_PATH: "nam: x\n"}, (), 2, "WRONG: 1 problem in the project's files; nothing was called"),
        ({}, ("nosuch",), 2, "WRONG: no suite has the id `nosuch`"),
        ({}, ("--base", "nowhere"), 2, "WRONG: "),
    ],
    ids=["prompt", "settings", "arguments", "base"],
)
def test_an_error_takes_the_place_of_the_report(
    tmp_path: Path,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str],
    arguments: tuple[str, ...],
    code: int,
    headline: str,
) -> None:
    root = repository(project(tmp_path / "p", files))
    summary = in_actions(monkeypatch, tmp_path)
    report = tmp_path / "report.md"
    report.write_text("## PASSED: of an earlier run\n", "utf-8")
    said = llmops(root, "eval", *arguments, "-o", str(report))
    assert (said.code, provider.count) == (code, 0)
    text = report.read_text("utf-8")
    assert text.replace("\\", "").startswith(f"## {headline}")
    assert text in summary.read_text("utf-8")
    assert commands(said)[0].startswith("::error ")


def test_check_is_reported_like_a_run(
    tmp_path: Path, idle: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path / "p", {PROMPT_PATH: "id: capital\nversion: one\n"})
    summary = in_actions(monkeypatch, tmp_path)
    report = tmp_path / "check.junit.xml"
    said = llmops(root, "check", "-o", str(report))
    assert said.code == 2
    assert len(commands(said)) == len(list(ElementTree.parse(report).getroot().iter("error"))) > 0
    assert summary.read_text("utf-8").startswith("## WRONG: ")


def test_nothing_is_said_to_actions_elsewhere(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = fallen(tmp_path / "p")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    assert commands(shown_with(knows_all_but(range(12)), root)) == []
    assert not (tmp_path / "summary.md").exists()


def test_remarks_stand_on_stdout_once_where_they_are_the_answer(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = fallen(tmp_path / "p")
    in_actions(monkeypatch, tmp_path)
    said = shown_with(knows_all_but(range(12)), root, form="github")
    assert commands(said) == []
    assert all(line.startswith("::") for line in said.out.splitlines())


def test_a_summary_that_cannot_be_written(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path / "p")
    in_actions(monkeypatch, tmp_path)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    said = llmops(root, "eval")
    assert (said.code, "the job's summary cannot be written" in said.err) == (3, True)


def cases_of(path: Path) -> dict[str, ElementTree.Element]:
    return {str(case.get("name")): case for case in ElementTree.parse(path).getroot().iter("testcase")}


def kind(case: ElementTree.Element) -> str:
    return next((tag for tag in ("failure", "error", "skipped") if case.find(tag) is not None), "passed")


def test_junit_fails_for_what_the_gate_forbids(tmp_path: Path, provider: Provider) -> None:
    root = fallen(tmp_path / "p")
    report = tmp_path / "r.junit.xml"
    green = shown_with(knows_all_but({7, 8}), root, "-o", str(report))
    found = cases_of(report)
    assert green.code == 0
    # Two of forty fail, one of them as before: the gate tolerates it, and so does the CI server.
    assert (kind(found["land-007"]), kind(found["land-008"])) == ("skipped", "skipped")
    assert not {kind(case) for case in found.values()} & {"failure", "error"}
    red = shown_with(knows_all_but(range(12)), root, "-o", str(report))
    found = cases_of(report)
    assert red.code == 1
    assert (kind(found["land-000"]), kind(found["gate: pass_rate"])) == ("failure", "failure")
    assert kind(found["land-007"]) == "skipped"
    assert (found["land-000"].get("file"), found["land-000"].get("line")) == (CASES_PATH, "1")


def test_junit_has_an_error_for_an_answer_that_failed(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path / "p")
    report = tmp_path / "r.junit.xml"
    provider.misbehave(500, times=None, headers={"retry-after": "0"})
    assert llmops(root, "eval", "--cache", "off", "-o", str(report)).code == 3
    assert {kind(case) for name, case in cases_of(report).items() if "gate" not in name} == {"error"}


def test_csv_has_a_row_for_each_case(tmp_path: Path, provider: Provider) -> None:
    root = fallen(tmp_path / "p")
    report = tmp_path / "r.csv"
    shown_with(knows_all_but(range(12)), root, "-o", str(report))
    rows = list(csv.DictReader(io.StringIO(report.read_text("utf-8"))))
    assert len(rows) == 40
    first = rows[0]
    assert (first["suite"], first["case"], first["state"], first["before"]) == (
        "capitals", "land-000", "failed", "passed",
    )  # fmt: skip
    assert (first["metric.pass_rate"], first["baseline.pass_rate"]) == ("0", "1")
    assert first["tags"] == "smoke"


def test_suites_that_passed_are_folded_and_those_that_stop_come_first(
    tmp_path: Path, provider: Provider
) -> None:
    second = (
        (project(tmp_path / "t") / SUITE_PATH).read_text("utf-8").replace("id: capitals", "id: a-quiet-one")
    )
    root = tmp_path / "p"
    files = {
        **SMOKE,
        **scoring(EQUALS, rule=GATE),
        "evalsets/quiet.yaml": second.replace("capitals.jsonl", "q.jsonl"),
    }
    baseline_of(root, knows_all_but({}), {**files, "evalsets/q.jsonl": lands(3)})
    drawn = shown_with(knows_all_but(range(10, 30)), root, form="markdown").out
    assert drawn.index("| capitals | **REGRESSED**") < drawn.index("| a-quiet-one | PASSED")
    assert drawn.index("### capitals ·") < drawn.index("<details><summary>a-quiet-one ·")
    assert drawn.count("<details>") == drawn.count("</details>")
    # Ten cases stand open, worst first; the others are folded, with their answers.
    opened, folded = drawn.split("<details><summary>10 more changed cases of capitals")
    assert len(re.findall(r"\*\*land-\d+ fails now", opened)) == 10
    assert len(re.findall(r"\*\*land-\d+ fails now.*Village \d+", folded)) == 10
    terminal = shown_with(knows_all_but(range(10, 30)), root).out
    assert "10 more changed cases of capitals" in terminal
    assert terminal.count("Village") == 2 * 10  # what is folded elsewhere is only named here


def test_how_to_go_on_from_a_comment(tmp_path: Path, provider: Provider) -> None:
    top = tmp_path / "mono"
    root = project(top / "desk", SMOKE)
    repository(top)
    with_answers(knows_all_but({}), root)
    assert llmops(root, "baseline", "accept", "--all").code == 0
    edit(root, PROMPT_PATH, "Answer with one word.", "Answer.")
    commit(top)
    drawn = shown_with(knows_all_but(range(10, 30)), root, "--filter", "id:land-*", form="markdown").out
    assert "- reproduce it: `llmops -C desk eval --filter 'id:land-*'`\n" in drawn
    assert "- see failing cases: `llmops -C desk runs show --failed`\n" in drawn
    assert (
        '- if the change is right, accept it: `llmops -C desk baseline accept capitals --reason "…"`' in drawn
    )


def test_a_new_model_stands_beside_the_one_before(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but({7}), SMOKE)
    edit(root, PROMPT_PATH, "gpt-4o-mini-2024-07-18", "gpt-4o-2024-08-06")
    said = with_answers(knows_all_but(range(10, 20)), root)
    assert (said.code, said.data["verdict"], only(said)["verdict"]) == (0, "NO_BASELINE", "NO_BASELINE")
    (beside,) = said.data["predecessors"]
    rate = beside["metrics"]["pass_rate"]
    assert (rate["baseline"], rate["now"], rate["verdict"]) == (0.975, 0.75, "REGRESSED")
    shown = " ".join(shown_with(knows_all_but(range(10, 20)), root).out.split())
    assert "beside openai/gpt-4o-mini-2024-07-18: pass_rate 97.5% → 75.0% (−22.5 pt)" in shown
    assert "For information: openai/gpt-4o-2024-08-06 has no baseline yet" in shown
    (root / BASELINE_PATH).unlink()
    assert with_answers(knows_all_but(range(10, 20)), root).data["predecessors"] == []


# One case of a run


def case_shown(root: Path, *arguments: str) -> Said:
    return llmops(root, "runs", "show", "--case", "land-003", *arguments)


def test_everything_about_one_case(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    files = {**SMOKE, **scoring(EQUALS, JUDGE)}

    def model(wrong: set[int]) -> Any:
        def answer(call: Any) -> str:
            if "grade" in str(call.body["messages"][0]["content"]):
                return json.dumps({"reason": "short and kind", "score": 0.8})
            return knows_all_but(wrong)(call)

        return answer

    root = baseline_of(tmp_path, model(set()), files)
    commit(root, "Baseline")
    assert with_answers(model({3}), root).code == 0
    said = case_shown(root)
    assert said.code == 0
    text = said.out
    assert text.startswith("case land-003 of run ")
    for wanted in (
        "- City 003",
        "+ Village 003",
        'expected "City 003", found "Village 003"',
        "short and kind",
        "judged by gpt-4o-2024-08-06",
        f"{CASES_PATH}:4",
        "    Answer with one word.",
        "    What is the capital of Land 003?",
        "Over the commits of the baseline",
    ):
        assert wanted in text, wanted
    assert all(len(line) <= 80 for line in text.splitlines())
    (subject,) = llmops(root, "runs", "show", "--case", "land-003", "--format", "json").data["subjects"]
    assert [message["role"] for message in subject["messages"]] == ["system", "user"]
    (point,) = subject["history"]
    assert (point["scores"]["pass_rate"], point["outputs"]) == ([1.0], ["City 003"])


def test_what_was_sent_stays_what_was_sent(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), SMOKE)
    edit(root, PROMPT_PATH, "Answer with one word.", "Answer in French.")
    text = case_shown(root).out
    assert "Answer with one word." in text
    assert "French" not in text


def test_a_case_over_the_commits(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), SMOKE)
    commit(root, "First")
    for wrong in ({3}, set()):
        with_answers(knows_all_but(wrong), root, "--repeats", "2")
        accepted = llmops(root, "baseline", "accept", "--all", "--reason", "so be it")
        assert accepted.code == 0, accepted.both
        commit(root, "Again")
    edit(root, CASES_PATH, '"City 003"', '"Town 003"')
    with_answers(knows_all_but(()), root)
    (subject,) = case_shown(root, "--format", "json").data["subjects"]
    assert [point["scores"]["pass_rate"] for point in subject["history"]] == [[1, 1], [0, 0], [1]]
    assert {point["same_inputs"] for point in subject["history"]} == {False}
    assert "failed 0 of 2, asked something else" in " ".join(case_shown(root).out.split())


def test_a_case_of_a_suite_that_is_gone(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), SMOKE)
    (root / SUITE_PATH).unlink()
    said = case_shown(root)
    assert said.code == 0
    assert "City 003" in said.out
    assert "What is the capital of Land 003?" in said.out


def test_a_run_of_an_older_llmops_kept_no_messages(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), SMOKE)
    (run,) = (root / ".llmops/runs").iterdir()
    (run / "messages.jsonl").unlink()
    assert "Messages sent" not in case_shown(root).out
    (run / "messages.jsonl").write_bytes(b'\xff{"case"')
    assert case_shown(root).code == 0


def test_an_unknown_case(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), SMOKE)
    said = llmops(root, "runs", "show", "--case", "land-0003")
    assert (said.code, "did you mean `land-003`?" in said.err) == (2, True)


def unfinished(root: Path, kept: int) -> str:
    """Make the newest run one that was interrupted after some answers; its name."""
    run = max((root / ".llmops/runs").iterdir())
    header = json.loads((run / "run.json").read_text("utf-8"))
    for key in ("finished", "cases_hash", "seconds", "resolved"):
        header.pop(key, None)
    (run / "run.json").write_text(json.dumps(header), "utf-8")
    lines = (run / "cases.jsonl").read_text("utf-8").splitlines(keepends=True)
    (run / "cases.jsonl").write_text("".join(lines[:kept]), "utf-8")
    return run.name


def test_an_unfinished_run_does_not_look_like_a_whole_one(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    assert llmops(root, "eval").code == 0
    name = unfinished(root, 4)
    text = " ".join(llmops(root, "runs", "show").out.split())
    assert text.startswith(f"UNFINISHED: run {name}: 4 of 4 answers passed so far")
    assert f"llmops eval --resume {name}" in text


def test_a_resumed_run_asks_live_where_it_was_begun_without_the_cache(
    tmp_path: Path, provider: Provider
) -> None:
    root = project(tmp_path)
    assert llmops(root, "eval").code == 0  # every answer is in the cache now
    assert llmops(root, "eval", "--cache", "off").code == 0
    name = unfinished(root, 4)
    before = provider.count
    assert llmops(root, "eval", "--resume", name).code == 0
    assert provider.count == before + 6


def test_the_first_line_says_what_is_not_compared(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), SMOKE)
    edit(root, CASES_PATH, '"City 003"', '"Town 003"')
    first = " ".join(shown_with(knows_all_but(()), root).out.partition("\n\n")[0].split())
    assert first.endswith("; 1 of 40 cases asks something else than before and cannot be compared")
