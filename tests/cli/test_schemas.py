"""Schemas for editors: printed, committed by `init`, renewed by `check`, and no reason to run a suite."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.core import schema
from llmops_cli.core.source import read_yaml
from tests.cli.projects import edit, git, llmops, project, repository, said

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

FOLDER = "schemas/llmops"
SUITE_COPY = f"{FOLDER}/suite.schema.json"
COPIES = {f"{kind}.schema.json": kind for kind in ("project", "prompt", "suite")}
LINE = re.compile(r"# yaml-language-server: \$schema=(\S+)\n")


def started(root: Path) -> Path:
    assert said("init", str(root)).code == 0
    return root


def aged(root: Path, path: str = SUITE_COPY) -> None:
    """The copy as another llmops would have written it."""
    data = json.loads((root / path).read_text("utf-8"))
    del data["description"]
    (root / path).write_text(json.dumps(data), "utf-8")


def copy_of(root: Path, path: str = SUITE_COPY) -> Any:
    return json.loads((root / path).read_text("utf-8"))


@pytest.mark.parametrize("name", schema.NAMES)
def test_each_is_printed(name: str) -> None:
    made = said("schema", name)
    assert (made.code, made.err) == (0, "")
    assert made.data == schema.published(name)


def test_they_are_listed_without_a_name() -> None:
    listed = said("schema", "--format", "json").data["schemas"]
    assert [entry["name"] for entry in listed] == list(schema.NAMES)
    assert all(f"  {name} " in said("schema").out for name in schema.NAMES)


def test_an_unknown_name_has_a_nearest_one() -> None:
    made = said("schema", "suit")
    assert (made.code, made.out) == (2, "")
    assert made.err == "there is no schema `suit`\n    did you mean `suite`?\n"


def test_a_fresh_clone_has_what_its_files_point_to(tmp_path: Path) -> None:
    root = repository(started(tmp_path / "new"))
    git(tmp_path, "clone", "-q", str(root), "clone")
    clone = tmp_path / "clone"
    pointing = {path: LINE.match(path.read_text("utf-8")) for path in clone.rglob("*.yaml")}
    assert len(pointing) == 3
    for path, line in pointing.items():
        assert line is not None, f"{path} names no schema"
        target = (path.parent / line[1]).resolve()
        kind = COPIES[target.name]
        assert target == clone.resolve() / FOLDER / target.name
        assert json.loads(target.read_text("utf-8")) == schema.published(kind)
        source = read_yaml(path.read_text("utf-8"), path.name)
        assert schema.faults(source.data or {}, schema.validator(schema.published(kind))) == []
    assert {path.name for path in (clone / FOLDER).iterdir()} == set(COPIES)


def test_check_renews_what_another_llmops_wrote(tmp_path: Path) -> None:
    root = started(tmp_path)
    quiet = llmops(root, "check")
    assert (quiet.code, quiet.err) == (0, "")
    aged(root)
    made = llmops(root, "check")
    assert (made.code, made.err) == (0, f"renewed {SUITE_COPY}, which editors check with: commit it\n")
    assert "warning" not in made.out
    assert copy_of(root) == schema.published("suite")
    assert llmops(root, "check").err == ""


def test_check_in_ci_says_it_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = started(tmp_path)
    aged(root)
    before = copy_of(root)
    monkeypatch.setenv("CI", "true")
    made = llmops(root, "check", "--format", "json")
    assert (made.code, made.err) == (0, "")
    assert [(p["path"], p["severity"], p["message"]) for p in made.data["problems"]] == [
        (SUITE_COPY, "warning", "editors check with the schema of another llmops")
    ]
    assert copy_of(root) == before


def test_check_writes_anew_what_files_point_to(tmp_path: Path) -> None:
    root = started(tmp_path)
    (root / SUITE_COPY).unlink()
    made = llmops(root, "check")
    assert (made.code, made.err) == (0, f"renewed {SUITE_COPY}, which editors check with: commit it\n")
    assert "warning" not in made.out
    assert copy_of(root) == schema.published("suite")


def test_check_in_ci_names_the_line_that_points_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = started(tmp_path)
    (root / FOLDER).rename(root / "schemas/theirs")
    edit(root, "llmops.yaml", "./schemas/llmops", "https://example.com/schemas/llmops")
    edit(root, "evalsets/reviews-sentiment.yaml", "schemas/llmops", "schemas/moved")
    monkeypatch.setenv("CI", "true")
    problems = llmops(root, "check", "--format", "json").data["problems"]
    assert [(p["path"], p["line"], p["severity"]) for p in problems] == [
        ("evalsets/reviews-sentiment.yaml", 1, "warning"),
        ("prompts/reviews/sentiment.yaml", 1, "warning"),
    ]
    moved = "schemas/moved/suite.schema.json"
    assert problems[0]["message"] == f"editors look for the schema {moved}, and it is not there"
    assert problems[0]["hint"] == f"mend the line, or `llmops schema NAME > {moved}`"
    monkeypatch.delenv("CI")
    assert (
        llmops(root, "check").err
        == f"renewed {FOLDER}/prompt.schema.json, which editors check with: commit it\n"
    )


def test_check_of_a_disk_that_takes_nothing_says_it(tmp_path: Path) -> None:
    root = started(tmp_path)
    aged(root)
    script = (
        "import sys, tempfile\n"
        "def refuse(*_, **__): raise OSError(30, 'Read-only file system')\n"
        "tempfile.mkstemp = refuse\n"
        "from llmops_cli.cli.app import run\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    (root / "read_only.py").write_text(script, "utf-8")
    made = process_of(root / "read_only.py", "check", "-C", str(root))
    assert made[0] == 0, made
    assert "editors check with the schema of another llmops" in made[1]
    assert copy_of(root) != schema.published("suite")


def process_of(script: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(script), *arguments], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("text", ['{"$id": "shop:suite"}', "[]", "not JSON", "[" * 100_000])
def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path, text: str) -> None:
    root = started(tmp_path)
    (root / SUITE_COPY).write_text(text, "utf-8")
    made = llmops(root, "check")
    assert (made.code, made.err) == (0, "")
    assert (root / SUITE_COPY).read_text("utf-8") == text


def test_a_project_without_copies_gets_none(tmp_path: Path) -> None:
    root = project(tmp_path)
    llmops(root, "check")
    assert not (root / "schemas").exists()
    assert said("init", str(root)).code == 0
    assert {path.name for path in (root / FOLDER).iterdir()} == set(COPIES)


def test_other_copies_that_a_project_keeps_are_renewed_too(tmp_path: Path) -> None:
    root = started(tmp_path)
    path = f"{FOLDER}/report.schema.json"
    (root / path).write_text(said("schema", "report").out, "utf-8")
    assert llmops(root, "check").err == ""
    aged(root, path)
    assert llmops(root, "check").err == f"renewed {path}, which editors check with: commit it\n"
    assert copy_of(root, path) == schema.published("report")


def test_line_ends_of_windows_are_no_other_schema(tmp_path: Path) -> None:
    root = started(tmp_path)
    (root / SUITE_COPY).write_bytes((root / SUITE_COPY).read_bytes().replace(b"\n", b"\r\n"))
    assert llmops(root, "check").err == ""


def test_a_renewed_schema_reaches_no_suite(tmp_path: Path, idle: Provider) -> None:
    root = project(tmp_path)
    assert said("init", str(root)).code == 0
    aged(root)
    repository(root)
    git(root, "checkout", "-q", "-b", "change")
    assert llmops(root, "check").err != ""
    made = llmops(root, "eval", "--changed", "--explain", "--base", "main")
    assert made.code == 0
    assert "for editors only" in made.out
    ran = llmops(root, "eval", "--changed", "--base", "main")
    assert ran.code == 0
    assert "UNAFFECTED" in ran.out
    assert idle.calls == []


def test_a_misspelled_scorer_is_named_by_llmops_as_before(tmp_path: Path) -> None:
    root = started(tmp_path)
    edit(root, "evalsets/reviews-sentiment.yaml", "word-count:", "word-cout:")
    made = llmops(root, "check")
    assert made.code == 2
    assert "unknown scorer `word-cout`" in made.out
    assert "did you mean `word-count`?" in made.out
