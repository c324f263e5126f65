"""Which suites a changed file reaches, whatever happened to it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.changed import BOTH, GREETINGS, MORE, append, explained, refused, suites, two_suites
from tests.cli.projects import (
    CASES_PATH,
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    commit,
    edit,
    git,
    lines,
    llmops,
    repository,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


pytestmark = pytest.mark.usefixtures("idle")  # a provider that could answer, were it asked


@pytest.fixture(scope="module")
def _laid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_suites(tmp_path_factory.mktemp("laid"))


@pytest.fixture
def laid(_laid: Path) -> Iterator[Path]:
    """One repository for many tests, put back after each."""
    yield _laid
    git(_laid, "checkout", "-q", ".")
    git(_laid, "clean", "-qfd")


@pytest.mark.parametrize(
    ("path", "reached", "why"),
    [
        (PROJECT_PATH, [], "no setting of a suite has another value"),
        (PROMPT_PATH, ["capitals"], "prompt capital"),
        ("prompts/greet/greeting.yaml", ["greetings"], "prompt greeting"),
        ("prompts/_tone.j2", ["greetings"], "partial of greeting"),
        ("prompts/deep/_base.j2", ["greetings"], "partial of greeting"),
        ("prompts/_unused.j2", [], "no prompt includes it"),
        ("prompts/spare.yaml", [], "no suite judges this prompt"),
        (SUITE_PATH, ["capitals"], "the suite"),
        (CASES_PATH, ["capitals"], "cases"),
        ("evalsets/people/second.jsonl", ["greetings"], "cases"),
        ("schemas/thing.json", ["greetings"], "scorer"),
        ("schemas/own.json", ["greetings"], "scorer"),
        ("scorers/tone.py", ["greetings"], "scorer"),
        ("scorers/words.txt", BOTH, "lies beside a scorer, which may read it"),
        ("data/lookup.bin", BOTH, "nothing says what depends on it"),
        ("README.md", [], "documentation"),
        ("LICENSE", [], "documentation"),
        (".gitignore", [], "documentation"),
    ],
)
def test_a_changed_file_reaches_the_suites_that_read_it(
    laid: Path, path: str, reached: list[str], why: str
) -> None:
    append(laid, path)
    found = explained(laid)
    assert found["suites"] == {"run": reached, "skipped": [name for name in BOTH if name not in reached]}
    (file,) = found["files"]
    assert (file["path"], file["reaches"], file["why"]) == (path, reached, why)


@pytest.mark.parametrize(
    ("path", "text", "reached"),
    [
        ("models.yaml", "[]", BOTH),
        (f"baselines/capitals/{'x/y.jsonl'}", "", ["capitals"]),
        ("cassettes/greetings/x/y.jsonl", "", ["greetings"]),
        ("baselines/gone-suite/x.jsonl", "", []),
        ("baselines/loose.jsonl", "", BOTH),
        ("evalsets/people/third.jsonl", lines({"id": "cy", "name": "Cy"}), ["greetings"]),
        ("evalsets/people/fourth.txt", "x", BOTH),
        ("evalsets/more.jsonl", lines({"id": "cy", "name": "Cy"}), BOTH),
        ("evalsets/_draft.yaml", "x: 1", BOTH),
        ("evalsets/third.yaml", GREETINGS.replace("id: greetings", "id: third"), ["third"]),
        ("prompts/notes.txt", "x", []),
        ("prompts/greet/_tone.j2", "Shadows the other.", ["greetings"]),
        ("evalsets/schemas/thing.json", '{"type": "object"}', ["greetings"]),
        ("docs/guide.rst", "x", []),
        ("scorers/guide.md", "x", BOTH),
        ("evalsets/scorers/guide.md", "x", []),
        ("scorers/deep/other.py", "x", BOTH),
        (".github/workflows/ci.yml", "x", BOTH),
        ('with space/ünï\n"code.bin', "x", BOTH),
        ("prompts/ünï\nco de.txt", "x", []),
    ],
)
def test_a_new_file_counts_before_it_is_added(laid: Path, path: str, text: str, reached: list[str]) -> None:
    write(laid / path, text)
    found = explained(laid)
    assert found["suites"]["run"] == reached
    assert [file["path"] for file in found["files"]] == [path]


def test_local_state_is_no_change(tmp_path: Path) -> None:
    root = two_suites(tmp_path, {".gitignore": "", ".llmops/cache.txt": ""})
    write(root / ".llmops/cache.txt", "other")
    assert explained(root)["no_change"]
    write(root / "README.md", "other")
    assert [file["path"] for file in explained(root)["files"]] == ["README.md"]


@pytest.mark.parametrize(
    ("path", "reached"),
    [
        ("prompts/spare.yaml", []),
        ("prompts/_unused.j2", []),
        ("evalsets/greetings.yaml", []),
        ("evalsets/people/first.jsonl", ["greetings"]),
        ("data/lookup.bin", BOTH),
        ("scorers/words.txt", BOTH),
        ("README.md", []),
    ],
)
def test_a_deleted_file_counts(laid: Path, path: str, reached: list[str]) -> None:
    (laid / path).unlink()
    found = explained(laid)
    assert found["suites"]["run"] == reached
    assert [file["path"] for file in found["files"]] == [path]


def test_a_partial_that_is_gone_counts_where_another_takes_its_place(tmp_path: Path) -> None:
    root = two_suites(tmp_path, {"prompts/greet/_tone.j2": "Be loud.", "prompts/other/_tone.j2": "Be odd."})
    (root / "prompts/greet/_tone.j2").unlink()
    assert suites(root) == ["greetings"]


def test_a_schema_that_is_gone_counts_where_another_takes_its_place(tmp_path: Path) -> None:
    root = two_suites(tmp_path, {"evalsets/schemas/thing.json": '{"type": "array"}'})
    (root / "evalsets/schemas/thing.json").unlink()
    assert suites(root) == ["greetings"]


def test_cases_that_are_gone_count_where_others_take_their_place(tmp_path: Path) -> None:
    root = two_suites(tmp_path, {"capitals.jsonl": lines({"country": "Peru", "expected": "Lima"})})
    (root / CASES_PATH).unlink()
    assert suites(root) == ["capitals"]


def test_a_renamed_suite_runs_under_its_new_name(tmp_path: Path) -> None:
    root = two_suites(tmp_path)
    git(root, "mv", "evalsets/greetings.yaml", "evalsets/hellos.yaml")
    edit(root, "evalsets/hellos.yaml", "id: greetings", "id: hellos")
    found = explained(root)
    assert found["suites"] == {"run": ["hellos"], "skipped": ["capitals"]}
    assert {file["path"]: file["why"] for file in found["files"]} == {
        "evalsets/greetings.yaml": "gone: no suite, and no cases of one",
        "evalsets/hellos.yaml": "the suite",
    }


def test_both_names_of_renamed_cases_count(tmp_path: Path) -> None:
    root = two_suites(tmp_path)
    git(root, "mv", CASES_PATH, "evalsets/people/capitals.jsonl")
    edit(root, SUITE_PATH, "capitals.jsonl", "people/capitals.jsonl")
    edit(root, "evalsets/greetings.yaml", "people/*.jsonl", "[people/first.jsonl, people/second.jsonl]")
    commit(root)
    git(root, "branch", "-f", "main")
    git(root, "mv", "evalsets/people/capitals.jsonl", CASES_PATH)
    edit(root, SUITE_PATH, "people/capitals.jsonl", "capitals.jsonl")
    found = explained(root)
    assert found["suites"]["run"] == ["capitals"]
    assert len(found["files"]) == 3


def test_the_lock_reaches_the_prompts_whose_entries_changed(tmp_path: Path) -> None:
    root = two_suites(tmp_path)
    assert llmops(root, "prompts", "lock").code == 0
    assert suites(root) == BOTH
    commit(root)
    git(root, "branch", "-f", "main")
    append(root, "prompts/prompts.lock", "# a remark\nspare@0.9.0 0123456789abcdef\n")
    assert suites(root) == []
    append(root, "prompts/prompts.lock", "capital@0.9.0 0123456789abcdef\n")
    assert suites(root) == ["capitals"]


def test_files_that_the_project_ignores_reach_nothing(tmp_path: Path) -> None:
    settings = "changed: {ignore: ['src/**', '*.bin', '**/*.svg', 'scorers/*.txt', 'schemas/**']}\n"
    root = two_suites(tmp_path, {PROJECT_PATH: settings, "src/.keep": "", "src/a/b.py": ""})
    for path in ("src/a/b.py", "src/.keep", "x.bin", "a.svg", "img/b.svg", "scorers/words.txt"):
        write(root / path, "other")
    assert suites(root) == []
    assert {file["why"] for file in explained(root)["files"]} == {
        f"ignored by `{glob}` in llmops.yaml" for glob in ("src/**", "*.bin", "**/*.svg", "scorers/*.txt")
    }
    append(root, "schemas/thing.json", " ")
    assert suites(root) == ["greetings"], "what a suite names is not ignored"
    write(root / "data/x.bin", "`*` stays inside a folder")
    assert suites(root) == BOTH
    (root / "data/x.bin").unlink()
    write(root / "scorers/deep/words.txt", "and so here")
    assert suites(root) == BOTH


@pytest.mark.parametrize("glob", ["/src/**", "./src/**", "../src/**", "src/", "", " src"])
def test_globs_that_could_match_nothing_are_refused(tmp_path: Path, glob: str) -> None:
    root = two_suites(tmp_path, {PROJECT_PATH: f"changed: {{ignore: ['{glob}']}}\n"})
    said = refused(root)
    assert "a glob of files, from the folder of llmops.yaml" in said.err


def test_files_that_git_ignores_may_have_changed(tmp_path: Path) -> None:
    root = two_suites(tmp_path, {".gitignore": ".llmops/\nsecond.jsonl\n"})
    found = explained(root, "--base", "HEAD")
    assert found["no_change"]
    write(root / "README.md", "other")
    found = explained(root)
    assert found["suites"]["run"] == ["greetings"]
    assert found["files"][1] == {
        "path": "evalsets/people/second.jsonl",
        "reaches": ["greetings"],
        "why": "git ignores it, so it may have changed",
        "placed": True,
        "changed": False,
    }
    said = llmops(root, "eval", "--changed", "--explain")
    assert said.out.startswith("1 of 2 suites, by 1 changed file since main (")


def test_links_count_by_both_names(tmp_path: Path) -> None:
    root = two_suites(tmp_path, {CASES_PATH: None, "shared/lands.md": (MORE["README.md"])})
    write(root / "shared/lands.md", lines({"country": "Peru", "expected": "Lima"}))
    (root / CASES_PATH).symlink_to("../shared/lands.md")
    commit(root)
    git(root, "branch", "-f", "main")
    append(root, "shared/lands.md")
    assert suites(root) == ["capitals"]
    git(root, "checkout", "-q", ".")
    (root / CASES_PATH).unlink()
    write(root / CASES_PATH, lines({"country": "Cuba", "expected": "Havana"}))
    assert suites(root) == ["capitals"]


def test_a_link_to_a_folder_cannot_be_placed(tmp_path: Path) -> None:
    root = two_suites(
        tmp_path, {"vendor/a.txt": "", "vendor/b.txt": "", PROJECT_PATH: "changed: {ignore: [l]}\n"}
    )
    (root / "link").symlink_to("vendor")
    found = explained(root)
    assert found["suites"]["run"] == BOTH
    assert found["files"][0]["why"] == "a folder that git sees as one thing: a submodule or a link"
    (root / "link").rename(root / "l")
    assert suites(root) == []
    (root / "evalsets/people/l.jsonl").symlink_to("../../vendor")
    assert suites(root) == BOTH, "a glob of cases that fits its name does not say what is in it"


def test_a_submodule_in_a_project_folder_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "inner/x.jsonl", MORE["evalsets/people/second.jsonl"])
    inner = repository(tmp_path / "inner")
    root = two_suites(tmp_path / "outer")
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "evalsets/people/sub")
    commit(root)
    for command in (["eval", "--changed", "--explain"], ["check"]):
        said = llmops(root, *command)
        assert said.code == 2
        assert "evalsets/people/sub: lies in a submodule, and is not read" in said.both


def test_a_name_that_is_not_text(tmp_path: Path) -> None:
    root = two_suites(tmp_path)
    try:
        (root / os.fsdecode(b"prompts/\xff.txt")).write_text("x")
    except OSError:
        pytest.skip("this file system takes only text")
    assert suites(root) == []
    assert explained(root)["files"][0]["path"] == "prompts/\udcff.txt"
    assert llmops(root, "eval", "--changed").code == 0


def test_an_earlier_version_that_a_suite_names_is_reached_by_its_prompt(tmp_path: Path) -> None:
    root = two_suites(tmp_path)
    edit(root, PROMPT_PATH, "version: 1.0.0", "version: 1.1.0")
    edit(root, SUITE_PATH, "prompt: capital", "prompt: capital@1.0.0")
    commit(root)
    git(root, "branch", "-f", "main")
    append(root, PROMPT_PATH)
    assert suites(root) == ["capitals"]
