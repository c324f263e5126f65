from __future__ import annotations

import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from llmops_cli.core.errors import StorageError
from llmops_cli.models.answer import Answer, Usage
from llmops_cli.models.cache import AnswerCache
from llmops_cli.models.request import Request

if TYPE_CHECKING:
    from pathlib import Path

ANSWER = Answer(
    "é\u2028", "gw/m", "m-1", "stop", ({"id": "t"},), Usage(1, 2), cost_usd=0.1, latency_s=0.5, attempts=2
)


def request(number: int) -> Request:
    return Request("gw/m", ({"role": "user", "content": f"question {number}"},))


def test_answers_come_back_as_they_were_and_marked_as_cached(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "new" / "answers.sqlite")
    cache.put(request(1), 0, ANSWER)
    found = cache.get_many([(request(1), 0), (request(1), 1), (request(2), 0)])
    assert list(found) == [(request(1).key, 0)]
    (answer,) = found.values()
    assert answer.source == "cache"
    assert {**answer.to_json(), "source": "live"} == ANSWER.to_json()
    stats = cache.stats()
    assert stats.answers == 1
    assert stats.size_bytes > 0
    assert cache.prune(1) == 0
    assert cache.prune(-1) == 1
    cache.close()


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from llmops_cli.models.answer import Answer
from llmops_cli.models.cache import AnswerCache
from llmops_cli.models.request import Request
cache = AnswerCache(Path(sys.argv[1]))
for number in range(300):
    question = {"role": "user", "content": sys.argv[2] + str(number)}
    cache.put(Request("gw/m", (question,)), 0, Answer("x", "gw/m"))
cache.close()
"""
    path = tmp_path / "answers.sqlite"
    running = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in "ab"]
    assert [process.wait(60) for process in running] == [0, 0]
    cache = AnswerCache(path)
    assert cache.stats().answers == 600
    cache.close()


def test_a_broken_file_is_moved_aside_and_told(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    said: list[str] = []
    for number in (1, 2):
        path.write_bytes(b"not a database, but long enough to look like a file" * 100)
        cache = AnswerCache(path, said.append)
        cache.put(request(1), 0, ANSWER)
        cache.close()
        assert (tmp_path / f"answers.sqlite.broken-{number}").read_bytes().startswith(b"not a database")
    assert len(said) == 2
    assert "broken-1" in said[0]


def test_damage_found_later_is_moved_aside_too(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    cache = AnswerCache(path)
    for number in range(2000):
        cache.put(request(number), 0, ANSWER)
    cache.close()
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    path.write_bytes(data)
    said: list[str] = []
    cache = AnswerCache(path, said.append)
    cache.get_many([(request(number), 0) for number in range(2000)])
    cache.put(request(1), 0, ANSWER)
    assert len(cache.get_many([(request(1), 0)])) == 1
    cache.close()
    assert len(said) == 1


def test_a_newer_file_is_kept_and_told(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    said: list[str] = []
    AnswerCache(path, said.append).close()
    assert "newer" in said[0]
    assert (tmp_path / "answers.sqlite.broken-1").exists()


def test_a_place_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="has to be a folder that you may write to") as caught:
        AnswerCache(tmp_path / "file" / "answers.sqlite")
    assert "--cache off" not in str(caught.value), "it would fail too: runs are kept there"
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match="--cache off"):
        AnswerCache(tmp_path / "folder")
