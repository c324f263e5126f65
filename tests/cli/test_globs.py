"""Globs as users write them: of cases, in filters and gates, and of files that a change does not reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.changed import MORE, explained, suites
from tests.cli.projects import (
    CAPITALS,
    CASES_PATH,
    PROJECT,
    PROJECT_PATH,
    SUITE,
    SUITE_PATH,
    cases,
    changed,
    edit,
    git,
    llmops,
    project,
    repository,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

FRANCE, OTHERS = cases(France="Paris"), cases(Spain="Madrid", Italy="Rome")


def with_cases(root: Path, glob: str, **texts: str) -> Path:
    """The project with the case files of `texts` beside the suite, which names them by a glob."""
    files = {f"evalsets/{name}": text for name, text in texts.items()}
    return project(root, {**changed(SUITE_PATH, "capitals.jsonl", f"'{glob}'"), CASES_PATH: None, **files})


def asked(root: Path, provider: Provider, *arguments: str) -> set[str]:
    """The countries that a run asks about."""
    provider.calls.clear()
    ran = llmops(root, "eval", *arguments)
    assert ran.code == 0, ran.both
    return {country for country in CAPITALS for call in provider.calls if country in call.user}


def test_two_stars_and_a_name_take_this_name_only(tmp_path: Path, provider: Provider) -> None:
    texts = {"de.jsonl": FRANCE, "made.jsonl": OTHERS, "deep/er/de.jsonl": cases(Japan="Tokyo")}
    root = with_cases(tmp_path, "**/de.jsonl", **texts)
    assert asked(root, provider) == {"France", "Japan"}


@pytest.mark.parametrize(
    ("glob", "countries"),
    [
        ("[ab].jsonl", {"France"}),
        ("[!ab].jsonl", {"Spain", "Italy"}),
        ("**/[!a].jsonl", {"Spain", "Italy", "Japan"}),
        ("?.jsonl", {"France", "Spain", "Italy"}),
        ("deep/*.jsonl", {"Japan"}),
        ("evalsets/*.jsonl", {"France", "Spain", "Italy", "Kenya"}),
    ],
)
def test_what_the_signs_take(glob: str, countries: set[str], tmp_path: Path, provider: Provider) -> None:
    texts = {
        "a.jsonl": FRANCE,
        "c.jsonl": OTHERS,
        "cc.jsonl": cases(Kenya="Nairobi"),
        "deep/d.jsonl": cases(Japan="Tokyo"),
        "deep/.e.jsonl": cases(Peru="Lima"),
    }
    assert asked(with_cases(tmp_path, glob, **texts), provider) == countries


def test_a_folder_with_a_bracket_in_its_name_is_no_glob(tmp_path: Path, provider: Provider) -> None:
    suite = SUITE.replace("capitals.jsonl", "'*.jsonl'")
    texts = {"[de]/capitals.yaml": suite, "[de]/a.jsonl": FRANCE, "d/a.jsonl": OTHERS}
    files = {f"evalsets/{name}": text for name, text in texts.items()}
    root = project(tmp_path, {SUITE_PATH: None, CASES_PATH: None, **files})
    assert asked(root, provider) == {"France"}


def test_a_file_whose_name_is_a_glob_is_that_file(tmp_path: Path, provider: Provider) -> None:
    root = with_cases(tmp_path, "[ab].jsonl", **{"[ab].jsonl": FRANCE, "a.jsonl": OTHERS})
    assert asked(root, provider) == {"France"}


def test_a_case_file_that_would_be_taken_is_a_change_and_no_other(tmp_path: Path, idle: Provider) -> None:
    root = project(tmp_path, {**MORE, **changed(SUITE_PATH, "capitals.jsonl", "'**/capitals.jsonl'")})
    git(repository(root), "checkout", "-qb", "topic")
    write(root / "evalsets/notcapitals.jsonl", FRANCE)
    (file,) = explained(root)["files"]
    assert file["placed"] is False, "it is no case file of a suite, and nobody knows what it is"
    (root / "evalsets/notcapitals.jsonl").unlink()
    write(root / "evalsets/deep/capitals.jsonl", cases(Chile="Santiago"))
    assert suites(root) == ["capitals"]


def test_files_that_are_ignored_by_a_set_of_characters(tmp_path: Path, idle: Provider) -> None:
    root = project(tmp_path, {PROJECT_PATH: f"{PROJECT}changed: {{ignore: ['src/[ab]/**']}}\n"})
    git(repository(root), "checkout", "-qb", "topic")
    write(root / "src/a/main.py", "pass\n")
    assert suites(root) == []
    write(root / "src/[ab]/main.py", "pass\n")
    assert suites(root) == ["capitals"]


@pytest.mark.parametrize(
    ("glob", "countries"),
    [
        ("id:*/fr*", {"France"}),
        ("id:*", {"France", "Spain", "Italy"}),
        ("id:eu/[!f]*", {"Spain", "Italy"}),
        ("id:eu?spain", {"Spain"}),
        ("tag:l[ao]*", {"Italy"}),
    ],
)
def test_an_id_has_no_folders(glob: str, countries: set[str], tmp_path: Path, provider: Provider) -> None:
    text = (
        (FRANCE + OTHERS).replace('"id": "', '"id": "eu/').replace('"Rome"', '"Rome", "tags": ["latin/old"]')
    )
    assert asked(project(tmp_path, {CASES_PATH: text}), provider, "--filter", glob) == countries


def test_what_must_pass_is_named_by_the_same_globs(tmp_path: Path, provider: Provider) -> None:
    rule = "pass_rate: {max_drop: 0.05}\n  must_pass: ['id:[fg]*']"
    root = project(tmp_path, changed(SUITE_PATH, "pass_rate: {max_drop: 0.05}", rule))
    edit(root, CASES_PATH, "Madrid", "Barcelona")
    assert llmops(root, "eval").code == 0
    edit(root, CASES_PATH, "Accra", "Kumasi")
    failed = llmops(root, "eval")
    assert failed.code == 1
    assert "ghana" in failed.out
