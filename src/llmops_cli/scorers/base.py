"""What a scorer is: it looks at one answer and gives a value from 0 (bad) to 1 (good)."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from llmops_cli.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from llmops_cli.core.tree import Tree
    from llmops_cli.models.answer import Answer
    from llmops_cli.models.request import Request
    from llmops_cli.scorers.sample import Sample

Marking = Literal["metadata", "tags"]
"""What a case says of itself beside what it asks and is compared with."""


class OptionError(ValueError):
    """A scorer that cannot work with its option, for any case; `hint` is the next step for the reader."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NotMeasuredError(Exception):
    """What the scorer would judge was not measured: the message says what and why.

    The case then has no value for this metric; it is neither a zero nor an error.
    """


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a scorer found: a value from 0 to 1, and one sentence that says why.

    `opened` are files of the project that it opened and that its identity does not know: the value may rest
    on them.
    """

    value: float
    reason: str = ""
    opened: tuple[str, ...] = ()


def check(ok: bool, reason: str = "") -> Measurement:
    """The measurement of a yes or no; the reason is for the no."""
    return Measurement(1.0 if ok else 0.0, "" if ok else reason)


def has_template(value: Any) -> bool:
    """Whether a part of an option, as written, is filled in for each case."""
    if isinstance(value, str):
        return "{{" in value or "{%" in value
    if isinstance(value, dict):
        return any(has_template(part) for part in value.values())
    return isinstance(value, list) and any(has_template(part) for part in value)


def as_text(value: Any, key: str, *, or_empty: bool = False) -> str:
    """A filled-in value as text; numbers and booleans as JSON writes them. Raises ValueError."""
    if isinstance(value, bool | int | float):
        value = json.dumps(value)
    if not isinstance(value, str):
        raise ValueError(f"`{key}` has to be text, it came out as {_kind(value)}")  # noqa: TRY004
    if not value and not or_empty:
        raise ValueError(f"`{key}` came out empty, and every answer would do")
    return value


def as_number(value: Any, key: str) -> float:
    """A filled-in value as a finite number that is not negative. Raises ValueError."""
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or number < 0:
        shown = value if isinstance(value, bool | int | float | str) else _kind(value)
        raise ValueError(f"`{key}` has to be a number, 0 or more; it came out as {shown}")
    return number


def _kind(value: Any) -> str:
    kinds = {dict: "a mapping", list: "a list", tuple: "a list", type(None): "nothing"}
    return kinds.get(type(value), type(value).__name__)


def first_difference(one: str, other: str) -> int:
    """How many characters two texts share at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))


def quoted(text: str, at: int = 0, width: int = 80) -> str:
    """A short excerpt of a text in quotes, from a little before `at`, with its white space visible."""
    start = max(at - width // 4, 0) if len(text) > width else 0
    before, after = "…" if start else "", "…" if len(text) > start + width else ""
    return f"{before}{json.dumps(text[start : start + width], ensure_ascii=False)}{after}"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a scorer may need of the project it is used in, as `tree` has it: now, or at a commit.

    `resolve` turns a path written in the suite into that of the project: beside the suite first, then from
    the project's root; it raises InputError when there is none or it lies outside. `root` is where the
    project lies; the files there are these ones where they are `on_disk`. `reads` are files, or globs of
    files, that the suite names for this use of the scorer; with `watched` false it may open any other.
    """

    tree: Tree
    resolve: Callable[[str], str]
    root: Path
    on_disk: bool = True
    reads: tuple[str, ...] = ()
    watched: bool = True

    def find(self, path: str) -> str:
        """The file of a path written in the suite, as the project names it. Raises OptionError."""
        try:
            return self.resolve(path)
        except InputError as error:
            raise unreadable(error) from None

    def read(self, path: str) -> str:
        """The text of a file of the project. Raises OptionError."""
        place = self.find(path)
        try:
            return self.tree.read(place)
        except InputError as error:
            raise unreadable(error) from None


def unreadable(error: InputError) -> OptionError:
    """What is wrong with a file that an option names, as a fault of the option."""
    if not error.problems:
        return OptionError(error.message, error.hint)
    first = error.problems[0]
    return OptionError(str(replace(first, hint="")), first.hint)


TEXT: Mapping[str, Any] = {"type": ["string", "number", "boolean"], "minLength": 1}
"""Schema of a text in an option; a number or a boolean stands for its JSON text."""
NUMBER: Mapping[str, Any] = {"type": ["number", "string"], "minimum": 0, "minLength": 1}
"""Schema of a number in an option, or of the template that gives it."""
IGNORE_CASE: Mapping[str, Any] = {
    "type": "boolean",
    "default": False,
    "description": "take upper and lower case as the same",
}


def folded(text: str, option: Mapping[str, Any]) -> str:
    """The text as `ignore-case` wants it compared."""
    return text.casefold() if option.get("ignore-case") else text


def option_schema(*required: str, **keys: Any) -> dict[str, Any]:
    """Schema of an option that knows these keys and no others; the required ones are named first."""
    return {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": keys,
    }


class Scorer(ABC):
    """One kind of scorer.

    `name` is the key in a suite. `option` is the JSON Schema of the value under that key, before its
    templates are filled in. A `decides` scorer makes a case pass or fail by itself; one that does not gives
    a graded value, and decides only where the suite sets a `threshold`. `shorthand` names the key that a
    bare value (`equals: "x"`) stands for. `does` says in a few words what it asks of an answer.

    One that `may_read` opens files beside those that its option names, where the suite names them in `reads`.

    `limits` are keys of its option that bound how it runs and tell nothing of what it gives.

    `version` counts the ways of scoring: it is raised when the same answer may get another score, and scores
    of two versions are never compared. `since` is the llmops that brought the version.
    """

    name: ClassVar[str]
    does: ClassVar[str]
    version: ClassVar[int]
    since: ClassVar[str]
    option: ClassVar[Mapping[str, Any]]
    decides: ClassVar[bool] = True
    may_read: ClassVar[bool] = False
    limits: ClassVar[tuple[str, ...]] = ()
    shorthand: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        """Refuse a scorer that inherits its version, or has none: TypeError."""
        super().__init_subclass__()
        stated = vars(cls)
        missing = [key for key in ("does", "version", "since") if key not in stated]
        if "name" in stated and missing:
            raise TypeError(f"the scorer `{cls.name}` does not state its own `{missing[0]}`")

    def __init__(self, option: Mapping[str, Any], surroundings: Surroundings) -> None:
        """Take the option as written, in its long form.

        Raises OptionError, or another ValueError with a message for the user, when it cannot work for any
        case: a bad regular expression, a file that is not there.
        """
        self.given = option
        self.surroundings = surroundings

    @property
    def markings(self) -> frozenset[Marking]:
        """Which markings of a case its code reads, whatever its option says."""
        return frozenset()

    @abstractmethod
    def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
        """Judge one answer; `option` is in its long form with its templates filled in for this case.

        Any exception becomes a scorer error on this case: it is not a zero and it stops nothing else.
        NotMeasuredError alone means that there is no value, and that nothing is wrong.
        """

    @property
    def identity(self) -> Any:
        """JSON that changes when this scorer would judge differently, beyond its option: a file's hash."""
        return None

    @property
    def files(self) -> tuple[str, ...]:
        """Paths of the files of the project that its scores rest on; globs stay as they are written."""
        return ()


class AskingScorer(Scorer):
    """A scorer that asks a model: it forms the question, the runner asks, it reads the answer."""

    decides = False

    @abstractmethod
    def models(self) -> tuple[str, ...]:
        """Every model that it may ask; a question to another one is an error and not sent.

        They are pinned, checked and named in the baseline like the models that are judged.
        """

    @abstractmethod
    def question(self, sample: Sample, option: Mapping[str, Any]) -> Request:
        """The request that the judge model gets; its `model` is one of `models`."""

    @abstractmethod
    def read(self, answer: Answer, option: Mapping[str, Any]) -> Measurement:
        """The judge's answer as a measurement. Raises ValueError when it cannot be read."""

    def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
        """Not used: a judge has to be asked."""
        raise TypeError(f"the scorer `{self.name}` asks a model and has to be run by the runner")
