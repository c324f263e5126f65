"""Cassettes: recorded answers, committed, so that CI and forks need no key."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmops_cli.core.errors import ReplayMissError, StorageError
from llmops_cli.core.redact import NO_SECRETS
from llmops_cli.core.spelling import nearest
from llmops_cli.models.cassette_lines import Entry, Slot, parse, write_lines

if TYPE_CHECKING:
    from llmops_cli.core.problem import Problem
    from llmops_cli.core.redact import Secrets
    from llmops_cli.models.answer import Answer
    from llmops_cli.models.request import Request

_RECORD = "run `llmops eval --record` and commit the cassette"
_SHOWN = 80


class Cassette:
    """The recorded answers of one suite and one model.

    Made empty, or with `load`. Answers of cases that were not asked stay, so that a filtered run does not
    lose the others; `save(prune=True)` drops them. Two sessions on one file: the last to save wins.
    """

    def __init__(self, path: Path, *, model: str, suite: str, secrets: Secrets = NO_SECRETS) -> None:
        self.path = path
        self._left: Path | None = None
        self.model = model
        self.suite = suite
        self._secrets = secrets
        self.faults: tuple[Problem, ...] = ()
        self._entries: dict[Slot, Entry] = {}
        self._touched: set[Slot] = set()
        self._recorded: set[tuple[str, str, int]] = set()
        self._earlier: dict[tuple[str, str, int], list[Slot]] | None = None
        self._same: dict[tuple[str, int], Slot] | None = None
        self._asked: set[tuple[str, str]] | None = None

    @classmethod
    def load(cls, path: Path, *, root: Path | None = None, secrets: Secrets = NO_SECRETS) -> Cassette:
        """Read a cassette; lines that are not as they were recorded are its `faults`, and hold no answer.

        `root` is the project's folder: places in problems are relative to it. Raises InputError where it is
        no cassette, and StorageError when it cannot be read.
        """
        try:
            text = path.read_bytes().decode("utf-8", "replace")
        except OSError as error:
            raise StorageError(f"cannot read {path}: {error.strerror or error}", _RECORD) from error
        shown = path.relative_to(root) if root is not None and path.is_relative_to(root) else path
        lines = parse(text, shown.as_posix())
        cassette = cls(path, model=lines.model, suite=lines.suite, secrets=secrets)
        cassette._entries, cassette.faults = lines.entries, lines.faults
        return cassette

    def move(self, path: Path, suite: str) -> None:
        """From the next time that it is saved, it lies elsewhere and names another suite."""
        self._left = self.path if self.path != path else None
        self.path, self.suite = path, suite

    def __len__(self) -> int:
        return len(self._entries)

    def answer(self, request: Request, repeat: int, case: str, label: str = "") -> Answer:
        """Return the recorded answer (source "replay"). Raises ReplayMissError naming what is recorded."""
        answer = self.find(request, repeat, case, label)
        if answer is None:
            raise self._miss(request, Slot(case, label, repeat, request.key))
        return answer

    def find(self, request: Request, repeat: int, case: str, label: str = "") -> Answer | None:
        """Return the recorded answer (source "replay"), or None where this very question has none."""
        slot = Slot(case, label, repeat, request.key)
        if slot not in self._entries:
            # The same question under another case id: a renamed case keeps its answer.
            same = self._same_question().get((slot.key, repeat))
            if same is None:
                return None
            slot = same
        self._touched.add(slot)
        return self._entries[slot].read(request.model).without(self._secrets)

    def has_other(self, case: str, label: str = "") -> bool:
        """Whether another question of this case is recorded: asked with another prompt, params or model."""
        if self._asked is None:
            self._asked = {(slot.case, slot.label) for slot in self._entries}
        return (case, label) in self._asked

    def _same_question(self) -> dict[tuple[str, int], Slot]:
        """The first slot of each question and repeat, whatever its case."""
        if self._same is None:
            self._same = {(slot.key, slot.repeat): slot for slot in sorted(self._entries, reverse=True)}
        return self._same

    def put(self, request: Request, repeat: int, answer: Answer, *, case: str, label: str = "") -> None:
        """Record an answer. What an earlier session recorded for this case, label and repeat is replaced."""
        place = (case, label, repeat)
        if place not in self._recorded:
            self._recorded.add(place)
            for old in self._places().pop(place, ()):
                self._entries.pop(old, None)
        slot = Slot(case, label, repeat, request.key)
        self._touched.add(slot)
        self._same = self._asked = None
        self._entries[slot] = Entry.made(last_user_text(request), answer, self._secrets)

    def _places(self) -> dict[tuple[str, str, int], list[Slot]]:
        """What earlier sessions recorded, by case, label and repeat: looked for once, not at every answer."""
        if self._earlier is None:
            self._earlier = {}
            for slot in self._entries:
                self._earlier.setdefault((slot.case, slot.label, slot.repeat), []).append(slot)
        return self._earlier

    def save(self, *, prune: bool = False) -> None:
        """Write the file in one step; the same answers always give the same bytes. Raises StorageError.

        `prune` drops the answers that were neither asked for nor recorded since the cassette was opened.
        """
        if prune:
            self._entries = {slot: entry for slot, entry in self._entries.items() if slot in self._touched}
        data = write_lines(self.model, self.suite, self._entries).encode("utf-8")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _replace(self.path, data)
            if self._left is not None:
                self._left.unlink(missing_ok=True)
        except OSError as error:
            hint = "check free space and permissions"
            raise StorageError(f"cannot write {self.path}: {error.strerror or error}", hint) from error

    def _miss(self, request: Request, slot: Slot) -> ReplayMissError:
        what = f"case `{slot.case}`" + (f" ({slot.label})" if slot.label else "")
        same_key = sorted(other.repeat for other in self._entries if other.key == slot.key)
        if same_key:
            message = f"{what} is recorded for {len(same_key)} repeat(s), and repeat {slot.repeat} was asked"
            return ReplayMissError(message, _RECORD)
        if self.has_other(slot.case, slot.label):
            return ReplayMissError(f"{what} was recorded with another prompt, params or model", _RECORD)
        asks = {entry.ask: other.case for other, entry in self._entries.items()}
        near_text = nearest(last_user_text(request), asks)
        if near_text is None:
            return ReplayMissError(f"{what} is not recorded in {self.path.name}", _RECORD)
        near = f"; the nearest recorded one is case `{asks[near_text]}`: {near_text[:_SHOWN]!r}"
        return ReplayMissError(f"{what} is not recorded in {self.path.name}{near}", _RECORD)


def last_user_text(request: Request) -> str:
    """Return the text of the last user message, its parts joined; "" when there is none."""
    for message in reversed(request.messages):
        if message.get("role") == "user":
            return _text(message.get("content"))
    return ""


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return " ".join(
        str(part.get("text", "")) for part in parts if isinstance(part, dict) and part.get("text")
    )


def _replace(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        # mkstemp makes files private; a committed file is as readable as any other.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
