"""What `llmops baseline accept --from` refuses, before anything is written: each with its next step."""

from __future__ import annotations

import io
import json
import os
import stat
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.baselines.accept import unpack
from tests.cli.artifacts import FORGETS, PULL_REQUEST, REASON, merge_as_github, pull_request
from tests.cli.projects import CASES_PATH, MODEL, PROMPT_PATH, SUITE_PATH, commit, edit, git, llmops, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.artifacts import PullRequest
    from tests.cli.projects import Said

TITLE = f"capitals · capital@1.0.0 · {MODEL}"


@pytest.fixture
def made(tmp_path: Path) -> PullRequest:
    return pull_request(tmp_path)


@pytest.fixture
def judged(made: PullRequest) -> PullRequest:
    assert made.judge().code == 1
    return made


def refused(made: PullRequest, *phrases: str, artifact: str | Path = "") -> Said:
    """Accepting fails as a wrong file does, says this, and writes nothing."""
    before = made.baseline()
    said = made.accept("capitals", "--from", artifact or made.kept, *REASON)
    assert said.code == 2, said.both
    for phrase in phrases:
        assert phrase in said.err, said.err
    assert "\n    " in said.err, "there has to be a next step"
    assert made.baseline() == before
    return said


def test_a_score_that_was_edited(judged: PullRequest) -> None:
    path = judged.run / "cases.jsonl"
    write(path, path.read_text("utf-8").replace('"passed":false', '"passed":true', 1))
    refused(judged, f"run {judged.run.name} is not what the run wrote: cases.jsonl was cut short or edited")


@pytest.mark.parametrize(
    ("name", "phrase"), [("scores/0.jsonl", "is missing"), ("more.jsonl", "is no file of this run")]
)
def test_a_file_that_went_or_came(judged: PullRequest, name: str, phrase: str) -> None:
    path = judged.run / name
    if path.exists():
        path.unlink()
    else:
        write(path, "{}\n")
    refused(judged, f"{name} {phrase}", "download it again")


def test_a_header_that_was_edited(judged: PullRequest) -> None:
    header = {**judged.header(), "dirty": None}
    write(judged.run / "run.json", json.dumps(header))
    refused(judged, "run.json is not what the run wrote: it was edited")


@pytest.mark.parametrize(
    ("changes", "phrases"),
    [
        ({"schema": 3}, ("its schema must be 2 or lower, found the number `3`", "upgrade llmops")),
        ({"finished": None}, ("was not finished", "llmops eval --resume")),
        ({"commit": None}, ("was made outside of git",)),
        ({"dirty": True}, ("with uncommitted changes", "`git status` there names them")),
        ({"commit": "0123456789" * 4}, ("commit 0123456789, which is not part of the history", "git fetch")),
        ({"baselines": {}}, ("was compared with another baseline of", "llmops eval capitals")),
        ({"subjects": []}, (f"did not judge {TITLE}; it judged nothing",)),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)  # fmt: skip
def test_a_run_that_does_not_fit(
    judged: PullRequest, changes: dict[str, Any], phrases: tuple[str, ...]
) -> None:
    judged.forge(**changes)
    refused(judged, *phrases)


def test_a_run_of_an_older_llmops_has_no_digest(judged: PullRequest) -> None:
    header = {name: value for name, value in judged.header().items() if name not in ("digest", "files")}
    write(judged.run / "run.json", json.dumps(header))
    refused(judged, "has no digest", "run the suites again with this llmops")


@pytest.mark.parametrize(
    "change",
    [
        lambda case: case["scores"][0].update(value=1e300),
        lambda case: case["scores"][0].update(metric="made-up"),
        lambda case: case["answer"].update(text=7),
        lambda case: case["answer"].update(cost_usd=-1),
        lambda case: case.update(again=["retry"]),
        lambda case: case.update(case="nobody"),
    ],
    ids=["score", "metric", "text", "cost", "again", "case"],
)
def test_scores_that_no_run_gives(judged: PullRequest, change: Callable[[dict[str, Any]], None]) -> None:
    judged.forge_case(change)
    refused(judged, "holds scores that no run of capitals gives")


def test_a_case_without_an_answer(judged: PullRequest) -> None:
    path = judged.run / "cases.jsonl"
    write(path, path.read_text("utf-8").partition("\n")[2])
    judged.forge()
    refused(judged, f"has no answer to some cases of {TITLE}")


def test_a_partial_run(made: PullRequest) -> None:
    made.judge("--filter", "id:land-00*")
    refused(made, "is partial: it was made with --filter", "without --filter")


def test_a_shard(made: PullRequest) -> None:
    made.judge("--shard", "1/2")
    refused(made, "is one shard of several: nothing is judged yet", "`llmops merge` joins all shards")


def test_failed_calls(made: PullRequest) -> None:
    made.judge(answer=lambda call: {"choices": []} if "Land 003" in call.user else FORGETS(call))
    refused(made, "1 of 60 answers have no verdict")


def test_a_dirty_checkout_in_ci(made: PullRequest) -> None:
    write(made.ci / "coverage.xml", "<coverage/>")
    made.judge()
    refused(made, "with uncommitted changes")


def test_local_state_makes_no_checkout_dirty(made: PullRequest) -> None:
    (made.ci / ".gitignore").unlink()
    git(made.ci, "commit", "-q", "-am", "no .gitignore")
    write(made.ci / ".llmops/report/report.md", "of the job before\n")
    made.judge()
    assert made.header()["dirty"] is False


@pytest.mark.parametrize(
    ("path", "old", "new", "different"),
    [
        (PROMPT_PATH, "One word.", "Just a word.", "different: the prompt capital@1.0.0\n"),
        (CASES_PATH, '"City 059"', '"City 59"', "different: the cases of capitals\n"),
        (SUITE_PATH, "- equals:", "- contains:", "different: the scorers of capitals\n"),
    ],
)
def test_files_that_changed_since(judged: PullRequest, path: str, old: str, new: str, different: str) -> None:
    edit(judged.root, path, old, new)
    said = refused(judged, f"judged other files than those here; {different}")
    commit = git(judged.ci, "rev-parse", "HEAD")[:10]
    assert f"check out commit {commit}" in said.err


def test_another_branch(judged: PullRequest) -> None:
    git(judged.root, "checkout", "-q", "main")
    refused(judged, "which is not part of the history here", "check out the branch that CI judged")


def test_a_merge_of_another_branch(made: PullRequest) -> None:
    git(made.root, "checkout", "-q", "main")
    write(made.root / "NOTES.md", "something else on main\n")
    commit(made.root, "notes")
    merge = merge_as_github(made)
    made.judge(job={"GITHUB_SHA": merge, **PULL_REQUEST})
    head = git(made.root, "rev-parse", "topic")[:10]
    refused(made, f"was made at commit {merge[:10]}, a merge of {head}")


def test_a_baseline_that_moved_on_the_target_branch(made: PullRequest) -> None:
    git(made.root, "checkout", "-q", "main")
    forgets_one = made.root / "baselines/capitals"
    assert forgets_one.is_dir()
    path = next(forgets_one.rglob("*.jsonl"))
    header, *rest = path.read_text("utf-8").splitlines()
    accepted = {**json.loads(header), "accepted": {"by": "Bo <bo@example.com>", "reason": "moved"}}
    accepted.pop("digest")
    accepted["schema"] = 1
    write(path, "\n".join([json.dumps(accepted), *rest, ""]))
    commit(made.root, "accepted again")
    git(made.root, "checkout", "-q", "topic")
    merge = merge_as_github(made)
    made.judge(job={"GITHUB_SHA": merge, **PULL_REQUEST})
    refused(
        made,
        "was compared with another baseline of",
        "CI judged this branch merged with the one that it goes to: merge that one",
    )
    git(made.root, "merge", "-q", "--no-gpg-sign", "-m", "main", "main")
    assert made.accept("--from", made.kept, *REASON).code == 0


@pytest.mark.parametrize("name", ["nowhere.zip", "nowhere/", ""])
def test_nothing_there(made: PullRequest, name: str) -> None:
    said = made.accept("--from", name)
    assert said.code == 2, said.both
    assert "no such file" in said.err or "no run is called" in said.err


def test_what_is_no_artifact(made: PullRequest, tmp_path: Path) -> None:
    write(made.kept / "report.md", "## PASSED\n")
    refused(made, "no run in", "this is no artifact of llmops", "include-hidden-files")
    refused(made, "this is no artifact of llmops", artifact=made.zipped())
    write(tmp_path / "notes.txt", "hello\n")
    refused(made, "neither a .zip nor a .tar", artifact=tmp_path / "notes.txt")
    write(made.kept / "run.json", "[]")
    refused(made, "run.json is broken", "download it again")


def test_two_runs_in_one_artifact(judged: PullRequest) -> None:
    first = judged.run
    (judged.kept / "again").mkdir()
    (judged.kept / "again" / "run.json").write_text('{"schema": 1, "id": "other"}', "utf-8")
    refused(judged, f"holds 2 runs: {first.name}, other", "name the folder of one")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no such files")
def test_what_is_neither_a_folder_nor_a_file(judged: PullRequest) -> None:
    os.mkfifo(judged.kept.parent / "pipe")
    refused(judged, "is neither a folder nor a file", artifact=judged.kept.parent / "pipe")
    os.mkfifo(judged.run / "pipe")
    refused(judged, f"holds what is no file: {judged.run.name}/pipe")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_no_json(judged: PullRequest, number: str) -> None:
    text = (judged.run / "run.json").read_text("utf-8")
    write(judged.run / "run.json", text.replace("{", f'{{"odd": {number}, ', 1))
    refused(judged, "run.json is broken", "download it again")


def test_a_link_in_a_folder(judged: PullRequest) -> None:
    (judged.run / "cases.jsonl").rename(judged.kept.parent / "cases.jsonl")
    (judged.run / "cases.jsonl").symlink_to(judged.kept.parent / "cases.jsonl")
    refused(judged, f"holds a link: {judged.run.name}/cases.jsonl")


@pytest.mark.parametrize("name", ["../evil.txt", "/tmp/evil.txt", "a/../../evil.txt", "a\\..\\evil.txt"])
@pytest.mark.parametrize("form", ["zip", "tar"])
def test_an_archive_that_leads_out(judged: PullRequest, name: str, form: str) -> None:
    archive = judged.zipped()
    if form == "zip":
        with zipfile.ZipFile(archive, "a") as zipped:
            zipped.writestr(zipfile.ZipInfo(name), "evil")
    else:
        archive = judged.kept.with_suffix(".tar")
        with tarfile.open(archive, "w") as tar:
            tar.add(judged.kept, ".")
            tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    refused(judged, "is not unpacked", "leads out of the archive", artifact=archive)


def test_a_link_in_an_archive(judged: PullRequest) -> None:
    archive, link = judged.zipped(), zipfile.ZipInfo("more/cases.jsonl")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "a") as zipped:
        zipped.writestr(link, "/etc/passwd")
    refused(judged, "`more/cases.jsonl` is a link or a device", artifact=archive)
    packed = judged.kept.with_suffix(".tar")
    hard = tarfile.TarInfo("more/cases.jsonl")
    hard.type, hard.linkname = tarfile.LNKTYPE, "/etc/passwd"
    with tarfile.open(packed, "w") as tar:
        tar.addfile(hard)
    refused(judged, "is a link or a device", artifact=packed)


def test_a_file_that_is_twice_in_an_archive(judged: PullRequest) -> None:
    archive = judged.zipped()
    with zipfile.ZipFile(archive, "a") as zipped, pytest.warns(UserWarning, match="Duplicate name"):
        zipped.writestr(f"{judged.run.name}/cases.jsonl", "")
    refused(judged, "is there twice", artifact=archive)


def test_an_archive_that_is_cut_short(judged: PullRequest) -> None:
    archive = judged.zipped()
    data = archive.read_bytes()
    at = data.index(b"cases.jsonl") + 200
    archive.write_bytes(data[:at] + bytes(40) + data[at + 40 :])
    refused(judged, "cannot be unpacked", "download it again", artifact=archive)


def test_an_archive_that_is_too_large(judged: PullRequest) -> None:
    archive = judged.zipped()
    with zipfile.ZipFile(archive, "a") as zipped:
        for number in range(unpack.MOST_FILES):
            zipped.writestr(f"{number}", "")
    refused(judged, "holds more than 10,000 files or 1 GiB", artifact=archive)


def test_deciders_are_no_part_of_a_run(judged: PullRequest) -> None:
    said = llmops(judged.root, "baseline", "accept", "--deciders", "--from", str(judged.kept))
    assert (said.code, "--deciders and --from exclude each other" in said.err) == (2, True), said.both
