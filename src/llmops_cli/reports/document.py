"""What a report consists of, whatever it is about and however it is drawn.

Each room turns its own result into a `Document` (`report.py`); each format draws every `Document`. Texts are
plain: a format escapes what would mean something in it. A format for readers draws headline and sections: it
may fold, wrap or align, and leave out only what it counts ("… 300 characters …"). A format for machines draws
what it has a form for: the data, the checks or the annotations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from llmops_cli.reports.numbers import Unit

Tone = Literal["plain", "good", "bad", "warn", "muted"]
"""What a text means to the reader. Colour only repeats it: the words alone have to be enough."""


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph, a point of a listing, or a cell of a table. `command` is what to type, shown after it."""

    text: str
    tone: Tone = "plain"
    command: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    align: Literal["left", "right"] = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under named columns; every row has a cell for each column."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Text, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("a row has another number of cells than there are columns")


@dataclass(frozen=True, slots=True)
class Change:
    """A text that became another: an answer of a model before and now.

    `label` says whose (`case refund-double-charge`), `note` what follows from it. A text is None when it is
    not known. `only` says that the other text is not there at all: something that was added or removed.
    """

    label: str
    before: str | None
    after: str | None
    note: str = ""
    tone: Tone = "plain"
    place: str = ""
    only: Literal["", "before", "after"] = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines that belong together, one point each."""

    items: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Text to be shown exactly as it is: a prompt, a message, a unified diff. `label` says whose or what."""

    text: str
    language: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One line, or one set of bars, of a chart. `texts` are the values as people read them, in their unit."""

    name: str
    values: tuple[float | None, ...]
    texts: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.values) != len(self.texts):
            raise ValueError("a series has another number of texts than of values")


@dataclass(frozen=True, slots=True)
class Chart:
    """Values over labels: a metric over commits (`line`), how many cases have which score (`bars`).

    Every series has a value, or None, for each label. `low` and `high` are what the axis spans at the least,
    `unit` is what the values count; "" where they are plain numbers.
    """

    title: str
    kind: Literal["line", "bars"]
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    low: float | None = None
    high: float | None = None
    unit: Unit | Literal[""] = ""

    def __post_init__(self) -> None:
        if any(len(series.values) != len(self.labels) for series in self.series):
            raise ValueError("a series has another number of values than there are labels")


Block = Text | Table | Change | Listing | Code | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part. `folded` content is secondary: formats that can hide it do, behind its title.

    `brief` is what a terminal shows in its place: it cannot hide anything, and its reader has the run at
    hand. None is the same, and nothing at all leaves the section out.
    """

    title: str
    blocks: tuple[Block, ...]
    folded: bool = False
    brief: tuple[Block, ...] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a path in the project; lines and columns count from 1, and 0 is unknown."""

    path: str
    line: int = 0
    column: int = 0


Level = Literal["error", "warning", "notice"]


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark at a line of a file of the project, as a review shows it.

    An `error` is a reason why the answer is no, a `warning` something to look at. `rule` says in one word of
    which kind it is (`must-pass`, `regression`, `problem`): results of one kind are grouped by it.
    """

    level: Level
    rule: str
    title: str
    message: str
    place: Place


State = Literal["passed", "failed", "error", "skipped"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and what came of it: a case of a suite, or a rule of its gate.

    `group` is what it belongs to, and `suite` the short name of that. `blocking` says that it is a reason why
    the answer is no: of the cases that fail, most only count for a rate. `before` is its state in the
    baseline. `values` are its metrics now and `before_values` those of the baseline, raw: rates and scores
    from 0 to 1, US dollars, seconds; `units` says what each of them counts. `facts` are short texts by name
    (tags, model, …); `sections` is all that is known of it: answers, scores, messages.
    """

    group: str
    suite: str
    kind: Literal["case", "gate"]
    name: str
    state: State
    place: Place
    message: str = ""
    blocking: bool = False
    before: State | None = None
    seconds: float | None = None
    values: Mapping[str, float | None] = field(default_factory=dict)
    before_values: Mapping[str, float | None] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report. `headline` is the answer in one sentence; `data` is the same result for machines.

    `checks` makes every single result, when a format asks for them. `annotations` are remarks at lines of
    files, worst first. `folder` is the project's folder in the repository, which all places are relative to.
    `charts` are sections that only a page shows: numbers over time, distributions. `listing` is the table of
    a command that lists things, also where it has no rows.
    """

    headline: Text
    sections: tuple[Section, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    annotations: tuple[Annotation, ...] = ()
    checks: Callable[[], Sequence[Check]] = tuple
    charts: Callable[[], Sequence[Section]] = tuple
    folder: str = ""
    listing: Table | None = None
