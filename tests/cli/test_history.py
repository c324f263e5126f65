"""`llmops baseline history`: the baseline over the commits that changed it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
    MODEL,
    PROMPT_PATH,
    SUITE_PATH,
    accepted,
    changed,
    commit,
    edit,
    git,
    llmops,
    project,
    repository,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path


HEADING = f"capitals · capital · {MODEL}"


def on(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit on this day from now on."""
    for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
        monkeypatch.setenv(name, f"{day}T12:00:00+01:00")


def accept_with(root: Path, reason: str) -> None:
    assert llmops(root, "eval").code in (0, 1)
    made = llmops(root, "baseline", "accept", "capitals", "--reason", reason)
    assert made.code == 0, made.both


def lived(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A baseline that was lowered and put right; the commits that changed it, newest first."""
    on("2026-01-05", monkeypatch)
    repository(root)
    accepted(root)
    commit(root, "first scores")
    on("2026-02-06", monkeypatch)
    for city, wrong in (("Paris", "Lyon"), ("Madrid", "Seville")):
        edit(root, CASES_PATH, city, wrong)
    accept_with(root, "The experts say so")
    commit(root, "other capitals")
    on("2026-03-07", monkeypatch)
    edit(root, CASES_PATH, "Lyon", "Paris")
    edit(root, PROMPT_PATH, "version: 1.0.0", "version: 1.1.0")
    accept_with(root, "An atlas says so")
    commit(root, "Paris after all")
    return git(root, "log", "--format=%H", "--", BASELINE_PATH).split()


@pytest.mark.usefixtures("provider")
def test_rows_and_sparkline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project(tmp_path)
    third, second, first = (name[:10] for name in lived(root, monkeypatch))
    said = llmops(root, "baseline", "history", "capitals")
    assert said.code == 0
    assert said.err == ""
    assert (
        said.out
        == f"""\
capitals: 3 states of 1 baseline, newest first

{HEADING}
  {BASELINE_PATH}

  pass_rate █▁▅ 80.0% to 100.0%

  date        commit      pass_rate    change  cases  prompt  accepted by, and why
  ──────────  ──────────  ─────────  ────────  ─────  ──────  ───────────────────────
  2026-03-07  {third}      90.0%  +10.0 pt     10  1.1.0   Ada: An atlas says so
  2026-02-06  {second}      80.0%  −20.0 pt     10  1.0.0   Ada: The experts say so
  2026-01-05  {first}     100.0%         –     10  1.0.0   Ada
"""
    )


@pytest.mark.usefixtures("provider")
def test_json_has_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project(tmp_path / "apps/bot")
    git(tmp_path, "init", "-q", "-b", "main")
    hashes = lived(root, monkeypatch)
    data = llmops(root, "baseline", "history", "capitals", "--format", "json").data
    assert data["suite"] == "capitals"
    (history,) = data["histories"]
    assert (history["path"], history["prompt"], history["model"]) == (BASELINE_PATH, "capital", MODEL)
    assert [entry["commit"] for entry in history["entries"]] == hashes
    assert history["entries"][1] == {
        "commit": hashes[1],
        "date": "2026-02-06T12:00:00+01:00",
        "author": "Ada <ada@example.com>",
        "subject": "other capitals",
        "problem": "",
        "prompt": "capital@1.0.0",
        "fingerprint": history["entries"][2]["fingerprint"],
        "resolved": ["gpt-4o-mini-2024-07-18"],
        "cases": 10,
        "repeats": 1,
        "metrics": {"pass_rate": 0.8, "equals": 0.8},
        "change": {"pass_rate": pytest.approx(-0.2)},
        "accepted": {
            "by": "Ada <ada@example.com>",
            "reason": "The experts say so",
            "verdict": history["entries"][1]["accepted"]["verdict"],
            "previous": {"equals": 1.0, "pass_rate": 1.0},
            "runs_looked_at": 1,
        },
    }


@pytest.mark.usefixtures("provider")
def test_what_is_on_the_disk_and_not_committed_comes_first(tmp_path: Path) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    said = llmops(root, "baseline", "history", "capitals").out
    assert "capitals: 1 state of 1 baseline" in said
    assert "  –     not committed     100.0%       –     10  1.0.0   Ada\n" in said
    assert "pass_rate ▄ 100.0%\n" in said
    commit(root)
    assert "not committed" not in llmops(root, "baseline", "history", "capitals").out
    (root / BASELINE_PATH).write_bytes((root / BASELINE_PATH).read_bytes().replace(b"\n", b"\r\n"))
    assert "not committed" not in llmops(root, "baseline", "history", "capitals").out
    (root / BASELINE_PATH).unlink()
    assert "not committed: the file was removed" in llmops(root, "baseline", "history", "capitals").out


@pytest.mark.usefixtures("provider")
def test_what_cannot_be_read_is_a_row_and_hides_nothing(tmp_path: Path) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    commit(root, "good")
    good = (root / BASELINE_PATH).read_text("utf-8")
    first, rest = good.split("\n", 1)
    header = json.loads(first)
    broken: dict[str, str | bytes] = {
        "cut": good[:300],
        "conflict": f"<<<<<<< ours\n{good}",
        "binary": b"\xff\xfe\x00\x01",
        "empty": "",
        "newer": json.dumps({**header, "schema": 99}) + f"\n{rest}",
        "no scores": json.dumps({**header, "schema": 1, "cases": {"count": 1, "hash": ""}})
        + '\n{"id": "a", "inputs": "", "scores": {"pass_rate": []}, "hashes": []}\n',
        "odd": json.dumps({**header, "schema": 1, "prompt": 7, "accepted": 3}) + f"\n{rest}",
    }
    for name, text in broken.items():
        write(root / BASELINE_PATH, text)
        commit(root, name)
    (root / BASELINE_PATH).unlink()
    commit(root, "gone")
    kept = {key: value for key, value in header.items() if key not in ("judges", "messages", "digest")}
    write(root / BASELINE_PATH, json.dumps({**kept, "schema": 1}) + f"\n{rest}")
    commit(root, "the first schema")
    found = llmops(root, "baseline", "history", "capitals", "--format", "json").data["histories"][0][
        "entries"
    ]
    by_name = {entry["subject"]: entry for entry in found}
    assert [entry["subject"] for entry in found] == ["the first schema", "gone", *reversed(broken), "good"]
    assert by_name["the first schema"]["metrics"]["pass_rate"] == 1.0
    assert by_name["the first schema"]["change"] == {"pass_rate": 0.0}
    assert by_name["gone"]["problem"] == "the file was removed"
    assert by_name["cut"]["problem"].startswith("cannot be read: line 1: not JSON")
    assert "schema must be 3 or lower" in by_name["newer"]["problem"]
    assert all(by_name[name]["problem"].startswith("cannot be read: ") for name in broken)
    said = llmops(root, "baseline", "history", "capitals").out
    assert said.count("cannot be read\n") == len(broken)
    assert "pass_rate ▄▄ 100.0%\n" in said
    assert "the file was removed\n" in said


@pytest.mark.usefixtures("provider")
def test_a_merge_that_changes_nothing_is_no_row(tmp_path: Path) -> None:
    root = repository(project(tmp_path))
    git(root, "checkout", "-q", "-b", "side")
    accepted(root)
    commit(root, "accept")
    git(root, "checkout", "-q", "main")
    write(root / "note", "x")
    commit(root, "note")
    git(root, "merge", "-q", "--no-ff", "--no-edit", "side")
    data = llmops(root, "baseline", "history", "capitals", "--format", "json").data
    assert [entry["subject"] for entry in data["histories"][0]["entries"]] == ["accept"]


@pytest.mark.usefixtures("provider")
def test_other_metrics_of_the_gate_have_a_table_of_their_own(tmp_path: Path) -> None:
    gate = changed(
        SUITE_PATH, "  pass_rate: {max_drop: 0.05}", "  cost_usd: {max_rise: 10%}\n  equals: {floor: 0.5}"
    )
    root = repository(project(tmp_path, gate))
    accepted(root)
    commit(root)
    short = git(root, "rev-parse", "HEAD")[:10]
    day = git(root, "log", "-1", "--format=%cs").strip()
    said = llmops(root, "baseline", "history", "capitals").out
    assert (
        f"""
  date        commit        cost_usd  change  equals  change
  ──────────  ──────────  ──────────  ──────  ──────  ──────
  {day}  {short}  $0.0000066       –   1.000       –
"""
        in said
    )


@pytest.mark.usefixtures("provider")
def test_each_model_has_a_section(tmp_path: Path) -> None:
    other = "openai/gpt-4o-2024-08-06"
    both = changed(SUITE_PATH, "prompt: capital\n", f"prompt: capital\nmodels: [{MODEL}, {other}]\n")
    root = repository(project(tmp_path, both))
    accepted(root)
    (root / f"baselines/capitals/{other}.jsonl").unlink()
    commit(root)
    said = llmops(root, "baseline", "history", "capitals").out
    assert f"{HEADING}\n" in said
    assert f"capitals · capital · {other}\n  no baseline, neither now nor in the git history\n" in said
    assert other not in llmops(root, "baseline", "history", "capitals", "--model", MODEL).out
    refused = llmops(root, "baseline", "history", "capitals", "--model", "openai/nope")
    assert refused.code == 2
    assert refused.err == (
        f"`capitals` never had a baseline of `openai/nope`\n    it is run on: {MODEL}, {other}\n"
    )


def test_no_baseline_says_what_to_do(tmp_path: Path) -> None:
    root = repository(project(tmp_path))
    said = llmops(root, "baseline", "history", "capitals")
    assert said.code == 2
    assert said.err == (
        "`capitals` has no baseline, neither now nor in the git history\n"
        "    make one: llmops eval capitals, then llmops baseline accept capitals\n"
    )
    unknown = llmops(root, "baseline", "history", "capitls")
    assert unknown.code == 2
    assert "did you mean `capitals`?" in unknown.err


def test_outside_git_says_so(tmp_path: Path) -> None:
    said = llmops(project(tmp_path), "baseline", "history", "capitals")
    assert said.code == 2
    assert "is not inside a git repository" in said.err


@pytest.mark.usefixtures("provider")
def test_a_repository_without_commits_shows_the_disk(tmp_path: Path) -> None:
    root = project(tmp_path)
    git(root, "init", "-q")
    git(root, "config", "user.name", "Ada")
    git(root, "config", "user.email", "ada@example.com")
    accepted(root)
    assert "not committed     100.0%" in llmops(root, "baseline", "history", "capitals").out


@pytest.mark.usefixtures("provider")
def test_a_shallow_clone_says_where_its_history_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project(tmp_path / "whole")
    lived(root, monkeypatch)
    git(tmp_path, "clone", "-q", "--depth", "1", root.as_uri(), "cut")
    said = llmops(tmp_path / "cut", "baseline", "history", "capitals")
    assert said.code == 0
    assert "capitals: 1 state" in said.out
    assert said.out.endswith("  history is cut here (shallow clone): git fetch --unshallow\n")


@pytest.mark.usefixtures("provider")
def test_a_long_history_shows_its_newest_bars(tmp_path: Path) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    good = (root / BASELINE_PATH).read_text("utf-8")
    for number in range(41):
        # Only who accepted it differs, as far as an older schema is concerned.
        first, rest = good.split("\n", 1)
        header = json.loads(first) | {"schema": 1, "accepted": {"by": f"Ada {number} <a@b.c>"}}
        write(root / BASELINE_PATH, json.dumps(header) + f"\n{rest}")
        commit(root, f"state {number}")
    said = llmops(root, "baseline", "history", "capitals").out
    assert f"pass_rate {'▄' * 40} 100.0% (the newest 40 of 41)\n" in said
