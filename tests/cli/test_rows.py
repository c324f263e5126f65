"""Rows that llmops kept: one that was edited or cut counts as not there, and a run says so once."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from tests.cli.broken_lines import signed
from tests.cli.projects import edit, evaluated, lines, llmops, project, repository, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.provider import Provider

CACHE = ".llmops/answers.sqlite"


def changed_cache(root: Path, *statements: str) -> None:
    with sqlite3.connect(root / CACHE) as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement
    connection.close()


WRONG_ROWS = {
    "Paris": "answer = replace(answer, 'Paris', 'Lyon')",
    # The answer to another question, with its own checksum.
    "Madrid": "answer = (SELECT answer FROM answers WHERE answer LIKE '%Rome%'),"
    " sum = (SELECT sum FROM answers WHERE answer LIKE '%Rome%')",
    "Oslo": "answer = x'ff00'",
    "Tokyo": "answer = CAST(x'ff00' AS TEXT)",
    "Lima": "sum = ''",
    "Cairo": "answer = 7",
}


def test_wrong_rows_of_the_cache_are_asked_again_and_said_once(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    assert llmops(root, "eval").code == 0
    changes = [f"UPDATE answers SET {how} WHERE answer LIKE '%{city}%'" for city, how in WRONG_ROWS.items()]
    changed_cache(root, *changes)
    said = evaluated(root)
    assert said.code == 0, said.both
    assert said.data["subjects"][0]["metrics"]["pass_rate"]["now"] == 1
    assert provider.count == 16
    assert said.err.count("6 rows are not as they were written, and counted as not there") == 1
    assert (evaluated(root).err, provider.count) == ("", 16), "new answers took their place"


def test_answers_of_an_older_cache_are_asked_again_and_said_once(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    assert llmops(root, "eval").code == 0
    changed_cache(root, "ALTER TABLE answers DROP COLUMN sum", "PRAGMA user_version = 1")
    said = evaluated(root)
    assert said.code == 0, said.both
    assert said.err.count("is of an older llmops: its answers (10) have no checksums") == 1
    assert provider.count == 20
    assert (evaluated(root).err, provider.count) == ("", 20)


def stopped(root: Path, change: Callable[[list[str]], list[str]]) -> str:
    """A run that stopped at its end, with other rows; its name."""
    assert llmops(root, "eval", "--cache", "off").code == 0
    (run,) = (root / ".llmops/runs").iterdir()
    header = json.loads((run / "run.json").read_text("utf-8"))
    header.pop("finished")
    write(run / "run.json", json.dumps(header))
    rows = (run / "cases.jsonl").read_text("utf-8").splitlines()
    write(run / "cases.jsonl", "\n".join([*change(rows), ""]))
    return run.name


def test_a_resumed_run_asks_again_what_was_edited(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)

    def change(rows: list[str]) -> list[str]:
        first, second, third, *rest = rows
        of_another = signed({**json.loads(third), "request": "0123456789abcdef"})
        cut = second[: len(second) // 2]
        return [first.replace('"passed":true', '"passed":false'), cut, json.dumps(of_another), *rest]

    name = stopped(root, change)
    said = evaluated(root, "--resume", name)
    assert said.code == 0, said.both
    assert provider.count == 13
    assert (
        said.err.count("3 rows of cases.jsonl are not as this run wrote them, and counted as not there") == 1
    )
    assert said.data["subjects"][0]["metrics"]["pass_rate"]["now"] == 1
    assert "2 rows of cases.jsonl" in llmops(root, "runs", "show").err


def test_half_a_row_of_a_run_that_was_killed_is_none(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    name = stopped(root, lambda rows: rows[:4])
    journal = root / ".llmops/runs" / name / "cases.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"case":"peru","pro')
    said = evaluated(root, "--resume", name)
    assert (said.code, provider.count, "counted as not there" in said.err) == (0, 16, False)
    assert journal.read_bytes().startswith(whole)
    assert len(journal.read_bytes().splitlines()) == 10


def test_a_run_of_an_older_llmops_is_shown_and_not_resumed(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    name = stopped(root, lambda rows: rows[:4])
    folder = root / ".llmops/runs" / name
    edit(folder, "run.json", '"schema": 2', '"schema": 1')
    rows = [json.loads(row) for row in (folder / "cases.jsonl").read_text("utf-8").splitlines()]
    write(folder / "cases.jsonl", lines(*({k: v for k, v in r.items() if k != "sum"} for r in rows)))
    shown = llmops(root, "runs", "show", name)
    assert (shown.code, "4 of 4 answers passed" in shown.out) == (0, True), shown.both
    assert "it is of an older llmops, whose rows carry no checksums" in shown.err
    said = llmops(root, "eval", "--resume", name)
    assert said.code == 2
    assert said.err == (
        f"run {name} is of an older llmops: its rows carry no checksums\n"
        "    start a new run without --resume\n"
    )


def test_a_run_whose_rows_were_edited_is_not_accepted_and_no_older_one_is(
    tmp_path: Path, provider: Provider
) -> None:
    root = repository(project(tmp_path))
    assert llmops(root, "eval").code == 0
    assert llmops(root, "eval").code == 0
    newest = max((root / ".llmops/runs").iterdir())
    edit(newest, "cases.jsonl", '"text":"Paris"', '"text":"Lyon"')
    said = llmops(root, "baseline", "accept", "--all", "--reason", "x")
    assert said.code == 2
    assert f"run {newest.name}: 1 row of cases.jsonl is not as this run wrote it" in said.err
