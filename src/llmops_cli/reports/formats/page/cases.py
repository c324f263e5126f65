"""Every check as compact JSON: what the table shows, and apart from it what opens on a click.

Both parts keep each distinct text once, in `strings`, and refer to it by its index; blocks that several cases
share (the messages of examples in a prompt) are kept once as well. The page reads the second part when the
first case is opened.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from llmops_cli.reports.document import Change, Chart, Code, Listing, Table, Text
from llmops_cli.reports.formats.page.blocks import compared
from llmops_cli.reports.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmops_cli.reports.document import Block, Check, Section

STATES = ("passed", "failed", "error", "skipped")
NONE = -1


def cases_json(checks: Sequence[Check]) -> tuple[str, str]:
    """The table and the details; neither can close the script element that holds it."""
    table, details = _Strings(), _Details()
    metrics = list(
        dict.fromkeys(visible(name) for check in checks for name in [*check.values, *check.before_values])
    )
    units = {visible(name): unit for check in checks for name, unit in check.units.items()}
    groups = list(dict.fromkeys((check.group, check.suite) for check in checks))
    metric_at = {name: at for at, name in enumerate(metrics)}
    group_at = {group: at for at, group in enumerate(groups)}
    rows = [
        [
            group_at[check.group, check.suite],
            int(check.kind == "gate"),
            table.at(check.name),
            STATES.index(check.state),
            NONE if check.before is None else STATES.index(check.before),
            int(check.blocking),
            table.at(check.message),
            table.at(check.place.path),
            check.place.line,
            _number(check.seconds),
            _values(check.values, metric_at),
            _values(check.before_values, metric_at),
            [table.at(words) for fact in check.facts.items() for words in fact],
            [details.section(section) for section in check.sections],
        ]
        for check in checks
    ]
    opened = [row.pop() for row in rows]
    shown = [[table.at(group), table.at(suite)] for group, suite in groups]
    counted = [units.get(name, "graded") for name in metrics]
    index = {"strings": table.all, "metrics": metrics, "units": counted, "groups": shown, "rows": rows}
    return _json(index), _json({"strings": details.strings.all, "blocks": details.blocks, "cases": opened})


class _Strings:
    """Each distinct text once, hidden characters shown."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._known: dict[str, int] = {}

    def at(self, text: str) -> int:
        index = self._known.get(text)
        if index is None:
            index = self._known[text] = len(self.all)
            self.all.append(visible(text))
        return index


class _Details:
    def __init__(self) -> None:
        self.strings = _Strings()
        self.blocks: list[list[Any]] = []
        self._known: dict[str, int] = {}

    def section(self, section: Section) -> list[int]:
        """`[title, folded, block, block, …]`."""
        return [self.strings.at(section.title), int(section.folded), *map(self._block, section.blocks)]

    def _block(self, block: Block) -> int:
        data = self._data(block)
        key = repr(data)
        if key not in self._known:
            self._known[key] = len(self.blocks)
            self.blocks.append(data)
        return self._known[key]

    def _data(self, block: Block) -> list[Any]:
        at = self.strings.at
        match block:
            case Text():
                return ["text", self._cell(block)]
            case Table():
                columns = [[at(column.name), int(column.align == "right")] for column in block.columns]
                return ["table", columns, [[self._cell(cell) for cell in row] for row in block.rows]]
            case Change():
                before, after, kind = compared(block)
                texts = [NONE if words is None else at(words) for words in (before, after)]
                return [
                    "change",
                    at(block.label),
                    *texts,
                    kind,
                    at(block.note),
                    block.tone,
                    at(block.place),
                    block.only,
                ]
            case Listing():
                return ["list", [self._cell(item) for item in block.items]]
            case Code():
                return ["code", at(block.text), int(block.language == "diff"), at(block.label)]
            case Chart():
                series = [
                    [at(one.name), list(map(_number, one.values)), list(map(at, one.texts))]
                    for one in block.series
                ]
                return ["chart", at(block.title), block.kind, list(map(at, block.labels)), series]

    def _cell(self, cell: Text) -> int | list[Any]:
        """The index of the text alone, or `[text, tone, command]`."""
        index = self.strings.at(cell.text)
        if cell.tone == "plain" and not cell.command:
            return index
        return [index, cell.tone, self.strings.at(cell.command)]


def _values(values: Mapping[str, float | None], at: Mapping[str, int]) -> list[float | int | None]:
    """`[metric, value, metric, value, …]`; None is unknown."""
    return [part for name, value in values.items() for part in (at[visible(name)], _number(value))]


def _number(value: float | None) -> float | int | None:
    """Six digits are more than anyone reads."""
    if value is None or not math.isfinite(value):
        return None
    short = float(f"{value:.6g}")
    return int(short) if short.is_integer() else short


def _json(data: Mapping[str, Any]) -> str:
    r"""JSON without `<`, which alone could end a script or begin a comment; `&` is for strict readers."""
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
