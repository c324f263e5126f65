"""How large the results of operators, methods and filters get that make much of little, before they are made.

What is not named here gives about as much as it takes, and is weighed afterwards.
"""

from __future__ import annotations

import re
from itertools import chain
from string import Formatter
from typing import TYPE_CHECKING, Any

from jinja2 import Undefined

from llmops_cli.prompts.meter import A_VALUE, PLAIN, TooMuchError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from llmops_cli.prompts.meter import Meter

    Size = Callable[[Meter, Any, Sequence[Any]], int]

MOST_BITS = 15_000
"""Bits of a whole number: Python writes no more than 4,300 digits of one."""
_AGAIN = 16
"""How much more a text costs that is looked at again and again."""
_LISTING = frozenset(
    {
        *(
            "attr",
            "batch",
            "count",
            "d",
            "default",
            "dictsort",
            "first",
            "groupby",
            "items",
            "last",
            "length",
        ),
        *("list", "map", "max", "min", "reject", "rejectattr", "reverse", "select", "selectattr", "slice"),
        *("sort", "sum", "unique"),
    }
)
"""Filters that look at a list, and write none of it."""
_FIELD = re.compile(r"%(?:\(\w*\))?[#0 +-]*(\*|\d*)(?:\.(\*|\d*))?")


def before_operator(meter: Meter, operator: str, left: Any, right: Any) -> None:
    """Raise TooMuchError where `left operator right` is too much; no other operator makes much of little."""
    if operator == "%" and isinstance(left, str):
        meter.fit(_filled(meter, left, [right]))
    elif isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * max(right, 0) if operator == "**" else 0
        if operator == "*":
            bits = left.bit_length() + right.bit_length()
        if bits > MOST_BITS:
            raise TooMuchError("it makes a number of more than 4,300 digits, and Python writes none of them")
    elif operator == "*":
        times, many = (left, right) if isinstance(left, int) else (right, left)
        if isinstance(times, int) and isinstance(many, str | bytes | list | tuple):
            meter.fit(max(times, 0) * max(meter.weigh(many), 1))


def before_call(meter: Meter, call: Any, args: Sequence[Any], named: Mapping[str, Any]) -> list[Any]:
    """What a method of a text or a number gets. Raises TooMuchError where it makes too much."""
    given = list(args)
    call = getattr(call, "__wrapped__", call)  # the sandbox wraps `format`
    text, name = getattr(call, "__self__", None), getattr(call, "__name__", "")
    if isinstance(text, str | bytes | int) and name in _METHODS:
        given = [_as_list(meter, value) for value in given]
        meter.fit(_METHODS[name](meter, text, [*given, *named.values()]))
    return given


def before_filter(meter: Meter, name: str, args: Sequence[Any], named: Mapping[str, Any]) -> list[Any]:
    """What a filter gets. Raises TooMuchError where that, or what it makes of it, is too much."""
    given = list(args)
    if given and isinstance(given[0], Undefined):
        return given  # what is made of nothing is said by the filter
    if name not in _LISTING:
        given[:1] = [_as_list(meter, value) for value in given[:1]]
        for value in chain(given, named.values()):
            if type(value) not in PLAIN:
                meter.weigh(value)
    elif given and hasattr(given[0], "__len__"):
        meter.fit(A_VALUE * len(given[0]))
    if name in _FILTERS and given:
        meter.fit(_FILTERS[name](meter, given[0], [*given[1:], *named.values()]))
    return given


def _as_list(meter: Meter, value: Any) -> Any:
    """What comes out of a generator, to be looked at before it is written."""
    return list(meter.each(value)) if hasattr(value, "__next__") else value


def _number(values: Sequence[Any], otherwise: int = 0) -> int:
    """The first of the values where it is a number."""
    first = values[0] if values else None
    return abs(int(first)) if isinstance(first, int | float) else otherwise


def _texts(values: Sequence[Any]) -> int:
    return sum(len(value) for value in values if isinstance(value, str | bytes))


def _filled(meter: Meter, text: str, values: Sequence[Any]) -> int:
    """At most so much comes of `text % values`."""
    widths = [width for match in _FIELD.finditer(text) for width in match.groups() if width]
    named = any(isinstance(value, dict) for value in values)
    return (
        len(text) + _widest(widths, "*", values) * len(widths) + _used(meter, text.count("%"), values, named)
    )


def _formatted(meter: Meter, text: str, values: Sequence[Any]) -> int:
    """At most so much comes of `text.format(values)`."""
    fields = [(name, spec or "") for _, name, spec, _ in Formatter().parse(text) if name is not None]
    widths = [width for _, spec in fields for width in re.findall(r"\d+|\{", spec)]
    named = any(name for name, _ in fields)
    return len(text) + _widest(widths, "{", values) * len(widths) + _used(meter, len(fields), values, named)


def _used(meter: Meter, fields: int, values: Sequence[Any], named: bool) -> int:
    """How much the values of the fields are: one that is named may be used in each."""
    weights = [meter.weigh(value) for value in values]
    return fields * max([0, *weights]) if named else sum(weights)


def _widest(widths: Sequence[str], from_value: str, values: Sequence[Any]) -> int:
    """The largest width that is written, or that one of the values may give."""
    written = [int(width) for width in widths if width.isdecimal()]
    if from_value in widths:
        flat = [part for value in values for part in (value if isinstance(value, tuple) else [value])]
        flat += [part for value in values if isinstance(value, dict) for part in value.values()]
        written += [int(part) for part in flat if str(part).isdecimal()]
    return max([0, *written])


def _padded(meter: Meter, value: Any, args: Sequence[Any]) -> int:
    return meter.weigh(value) + _number(args)


def _replaced(_: Meter, value: Any, args: Sequence[Any]) -> int:
    text = str(value)
    old, new = (str(args[0]), str(args[1])) if len(args) > 1 else ("", "")
    return len(text) + (text.count(old) if old else len(text) + 1) * len(new)


def _joined(meter: Meter, value: Any, args: Sequence[Any]) -> int:
    return len(value) * _texts(args) + meter.weigh(value) if hasattr(value, "__len__") else 0


def _indented(_: Meter, value: Any, args: Sequence[Any]) -> int:
    text = str(value)
    return len(text) + (text.count("\n") + 1) * (_number(args, 4) + _texts(args))


def _as_json(meter: Meter, value: Any, args: Sequence[Any]) -> int:
    weight = meter.weigh(value)
    return weight + 2 * (weight // A_VALUE) * _number(args)


def _looked_at_again(_: Meter, value: Any, args: Sequence[Any]) -> int:
    return len(str(value)) * (_AGAIN + _texts(args))


_METHODS: dict[str, Size] = {
    **dict.fromkeys(("center", "ljust", "rjust", "zfill", "to_bytes"), _padded),
    "expandtabs": lambda _, text, args: len(text) * max(_number(args, 8), 1),
    "replace": _replaced,
    "join": lambda meter, text, args: _joined(meter, args[0] if args else (), [text]),
    "translate": lambda meter, text, args: len(text) * max([1, *map(meter.weigh, args)]),
    "format": _formatted,
    "format_map": _formatted,
    "encode": lambda _, text, args: len(text) * (_AGAIN if args else 1),
}
_FILTERS: dict[str, Size] = {
    "center": _padded,
    "replace": _replaced,
    "join": _joined,
    "indent": _indented,
    "tojson": _as_json,
    "format": lambda meter, value, args: _filled(meter, str(value), args),
    "truncate": lambda meter, value, args: meter.weigh(value) + _texts(args),
    **dict.fromkeys(("wordwrap", "striptags", "urlize"), _looked_at_again),
    "batch": lambda _, value, args: A_VALUE * _number(args),
    "slice": lambda _, value, args: _AGAIN * A_VALUE * _number(args),
    "round": lambda _, value, args: _AGAIN * A_VALUE * _number(args),
}
