"""The answer cache: local state, safe with two processes at once, and nothing is lost silently."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from llmops_cli.core.canonical import data_hash
from llmops_cli.core.errors import StorageError
from llmops_cli.core.json_text import JsonTextError, read_json_text
from llmops_cli.core.redact import NO_SECRETS
from llmops_cli.models.answer import Answer
from llmops_cli.models.cache_place import cache_path
from llmops_cli.models.checks import NotAnAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from llmops_cli.core.project import Project
    from llmops_cli.core.redact import Secrets
    from llmops_cli.models.request import Request

SCHEMA = 2
"""Since 2 each answer has a checksum; answers of 1 are not used."""
MB = 1_000_000
MOST_ESCAPED = 4
"""How many times as long a text may be in a row as in a reply, where a letter takes two to four bytes."""
_TABLE = (
    "CREATE TABLE answers (key TEXT NOT NULL, repeat INTEGER NOT NULL, model TEXT NOT NULL,"
    " answer TEXT NOT NULL, created REAL NOT NULL, sum TEXT NOT NULL, PRIMARY KEY (key, repeat))"
    " WITHOUT ROWID"
)
BUSY_S = 30.0
_DAY_S = 86_400.0
_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class CacheStats:
    """Size of the cache: answers, and bytes on disk."""

    answers: int
    size_bytes: int


class _NewerSchemaError(Exception):
    """The file was written by a later llmops."""


class AnswerCache:
    """Answers by request and repeat, in one SQLite file (WAL).

    A file that is broken or of a newer schema is moved aside to `NAME.broken-N` and `report` is told; the
    cache begins anew. Every method raises StorageError when the disk is full, read-only or locked for 30 s.
    Rows that are not as they were written count as not there, and `close` tells how many there were; no
    `secrets` come out of it, and no answer of a reply with more than `most_mb` millions of bytes. Use it from
    one thread.
    """

    def __init__(
        self,
        path: Path,
        report: Callable[[str], None] = print,
        *,
        secrets: Secrets = NO_SECRETS,
        most_mb: float = 16.0,
    ) -> None:
        self._path = path
        self._report = report
        self._secrets = secrets
        self._longest = int(most_mb * MB * MOST_ESCAPED)
        self._wrong: set[tuple[str, int]] = set()
        self._connection = self._open()

    def get_many(self, pairs: Iterable[tuple[Request, int]]) -> dict[tuple[str, int], Answer]:
        """Return the cached answers to (request, repeat) pairs, by (request.key, repeat)."""
        wanted = [(request.key, repeat) for request, repeat in pairs]

        def read() -> list[tuple[tuple[str, int], Any, Any]]:
            find = self._connection.cursor()
            query = "SELECT answer, sum FROM answers WHERE key = ? AND repeat = ?"
            rows = ((pair, find.execute(query, pair).fetchone()) for pair in wanted)
            return [(pair, row[0], row[1]) for pair, row in rows if row is not None]

        answers = {}
        for pair, raw, checksum in self._guarded(read):
            answer = self._answer_in(pair, raw, checksum)
            if answer is None:
                self._wrong.add(pair)
            else:
                answers[pair] = answer
        return answers

    def _answer_in(self, pair: tuple[str, int], raw: Any, checksum: Any) -> Answer | None:
        """The answer in a row; None where the row is not as it was written."""
        if type(raw) is not bytes or len(raw) > self._longest or checksum != _checksum(pair, raw):
            return None
        try:
            text = raw.decode("utf-8")
            answer = Answer.from_json(read_json_text(text), source="cache")
        except (UnicodeDecodeError, JsonTextError, NotAnAnswerError):
            return None
        return answer.without(self._secrets) if self._secrets.are_in(text) else answer

    def put(self, request: Request, repeat: int, answer: Answer) -> None:
        """Store one answer; a second one for the same request and repeat replaces the first."""
        text = json.dumps(answer.to_json(), separators=(",", ":"))
        checksum = _checksum((request.key, repeat), text.encode())
        row = (request.key, repeat, request.model, text, time.time(), checksum.decode())
        self._guarded(
            lambda: self._connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)", row)
        )

    def stats(self) -> CacheStats:
        """How much is in the cache."""
        query = "SELECT count(*) FROM answers"
        (count,) = self._guarded(lambda: self._connection.execute(query).fetchone())
        size = sum(part.stat().st_size for part in self._parts() if part.exists())
        return CacheStats(count, size)

    def prune(self, older_than_days: float) -> int:
        """Delete answers older than the given number of days and give the space back; returns how many."""
        before = time.time() - older_than_days * _DAY_S

        def work() -> int:
            count = self._connection.execute("DELETE FROM answers WHERE created < ?", (before,)).rowcount
            self._connection.execute("VACUUM")
            return count

        return self._guarded(work)

    def close(self) -> None:
        """Close the file, and tell of rows that were not as they had been written."""
        if self._wrong:
            one = len(self._wrong) == 1
            rows = "1 row is not as it was" if one else f"{len(self._wrong)} rows are not as they were"
            self._report(f"the answer cache {self._path}: {rows} written, and counted as not there")
            self._wrong.clear()
        self._connection.close()

    def _parts(self) -> list[Path]:
        return [self._path.with_name(self._path.name + end) for end in ("", "-wal", "-shm")]

    def _open(self) -> sqlite3.Connection:
        try:
            return self._patiently()
        except _NewerSchemaError:
            self._move_aside("was written by a newer llmops")
        except sqlite3.DatabaseError as error:
            if not _is_broken(error):
                raise self._storage_error(error) from error
            self._move_aside(f"is broken ({error})")
        try:
            return self._patiently()
        except sqlite3.DatabaseError as error:
            raise self._storage_error(error) from error

    def _patiently(self) -> sqlite3.Connection:
        """Connect, waiting while another process makes the file: SQLite's own wait leaves that out."""
        deadline = time.monotonic() + BUSY_S
        while True:
            try:
                return self._connect()
            except sqlite3.OperationalError as error:
                busy = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() > deadline:
                    raise
            time.sleep(0.02)

    def _connect(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._storage_error(error) from error
        # Autocommit: every put is its own short transaction, so two writers never wait long for each other.
        connection = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)
        try:
            version = _schema_of(connection)
            connection.execute("PRAGMA journal_mode = WAL")
            # NORMAL: a power cut may lose the last answers, which is a few calls asked again.
            connection.execute("PRAGMA synchronous = NORMAL")
            # What a row holds is read as it is: text that is no UTF-8 is a wrong row, and not a broken file.
            connection.text_factory = bytes
            if version < SCHEMA:
                self._begin_table(connection)
            connection.execute("SELECT sum FROM answers LIMIT 1").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection

    def _begin_table(self, connection: sqlite3.Connection) -> None:
        """Make the table of answers, and drop one of an older llmops: its rows have no checksums."""
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have been here meanwhile.
            if _schema_of(connection) < SCHEMA:
                older = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'answers'").fetchone()
                count = connection.execute("SELECT count(*) FROM answers").fetchone()[0] if older else 0
                connection.execute("DROP TABLE IF EXISTS answers")
                connection.execute(_TABLE)
                connection.execute(f"PRAGMA user_version = {SCHEMA}")
                if count:
                    self._report(
                        f"the answer cache {self._path} is of an older llmops: its answers ({count}) have no"
                        " checksums, and are asked for again"
                    )
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _guarded(self, work: Callable[[], _T]) -> _T:
        try:
            return work()
        except sqlite3.DatabaseError as error:
            if not _is_broken(error):
                raise self._storage_error(error) from error
            self._connection.close()
            self._move_aside(f"is broken ({error})")
        self._connection = self._open()
        return work()

    def _move_aside(self, why: str) -> None:
        number = 1
        while (aside := self._path.with_name(f"{self._path.name}.broken-{number}")).exists():
            number += 1
        try:
            for part in self._parts():
                if part.exists():
                    part.rename(aside.with_name(aside.name + part.name.removeprefix(self._path.name)))
        except OSError as error:
            raise self._storage_error(error) from error
        self._report(f"the answer cache {self._path} {why}; moved to {aside.name}, and a new one begun")

    def _storage_error(self, error: Any) -> StorageError:
        folder = self._path.parent
        hint = "check free space and permissions, or run with `--cache off`"
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            # Where runs are kept there too, the next thing would fail without the cache.
            hint = f"{folder} has to be a folder that you may write to"
        return StorageError(f"cannot use the answer cache {self._path}: {error}", hint)


@contextmanager
def open_cache(project: Project, report: Callable[[str], None]) -> Iterator[AnswerCache]:
    """The project's answer cache, closed at the end. Raises StorageError."""
    cache = AnswerCache(cache_path(project), report)
    try:
        yield cache
    finally:
        cache.close()


def _checksum(pair: tuple[str, int], answer: bytes) -> bytes:
    """Stands for an answer to this very question: the request's hash, which repeat, and the answer."""
    return data_hash(f"{pair[0]} {pair[1]} ".encode() + answer).encode()


def _schema_of(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA:
        raise _NewerSchemaError
    return version


def _is_broken(error: sqlite3.DatabaseError) -> bool:
    # Extended codes keep the primary code in their low byte.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _BROKEN
