"""A chart as inline SVG, with its values as a table for whoever cannot see it or wants them exactly."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from llmops_cli.reports import numbers
from llmops_cli.reports.formats.page.markup import element, line, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.reports.document import Chart, Series
    from llmops_cli.reports.numbers import Unit

WIDTH, HEIGHT = 440, 190
RIGHT, TOP, BOTTOM = 14, 12, 24
STYLES = 6
"""So many series have a look of their own, by dash and by mark as well as by colour."""
_LETTER = 6.2  # about the width of a character of the labels
_HUGE = 1e7  # steps from here on are written with an exponent
_LABEL = 10  # characters of a label below the axis; the rest is in its title

AXES: dict[Unit | Literal[""], tuple[int, str, str]] = {
    "": (1, "", ""),
    "rate": (100, "", "%"),
    "graded": (1, "", ""),
    "usd": (1, "$", ""),
    "seconds": (1, "", " s"),
    "tokens": (1, "", ""),
}
"""How an axis writes each unit: times what, and what stands before and behind."""


def figure(chart: Chart) -> str:
    """The chart under its title, a legend, and the values folded."""
    title = element("figcaption", line(chart.title))
    if not any(value is not None for series in chart.series for value in series.values):
        return element("figure", title + element("p", "no values yet", "muted"), "chart")
    return element("figure", title + _legend(chart) + _svg(chart) + _values(chart), "chart")


def _svg(chart: Chart) -> str:
    scale = _Scale(chart)
    marks = _bars(chart, scale) if chart.kind == "bars" else _lines(chart, scale)
    inner = "\n".join([*_axis(scale), *_labels(chart, scale), *marks])
    return element("svg", inner, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=_spoken(chart))


class _Scale:
    """Where a value stands, on an axis from one round number to another."""

    def __init__(self, chart: Chart) -> None:
        values = [value for series in chart.series for value in series.values if value is not None]
        low = min([*values, *([0.0] if chart.kind == "bars" else []), *_given(chart.low)])
        high = max([*values, *_given(chart.high)])
        if high - low <= 1e-9 * max(abs(low), abs(high), 1e-3):  # all the same, but for the arithmetic
            around = abs(low) / 2 if abs(low) > 1e-9 else 0.0
            low, high = (low - around, low + around) if around else (0.0, 1.0)
        whole = all(float(value).is_integer() for value in values)
        self.low, self.high, step = _round_ends(low, high, 1.0 if chart.kind == "bars" and whole else 0.0)
        count = round((self.high - self.low) / step)
        self.ticks = [float(f"{self.low + at * step:.9g}") for at in range(count + 1)]
        self.texts = [_tick(value, step, chart) for value in self.ticks]
        self.left = 14 + max(map(len, self.texts)) * _LETTER
        self.slot = (WIDTH - self.left - RIGHT) / max(1, len(chart.labels))

    def x(self, place: float) -> float:
        """The middle of a label."""
        return self.left + self.slot * (place + 0.5)

    def y(self, value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)


def _given(value: float | None) -> list[float]:
    return [] if value is None else [value]


def _round_ends(low: float, high: float, least: float) -> tuple[float, float, float]:
    """The ends of an axis and its step, all round, with three to six steps and little beyond the values.

    Numbers of cases have no step below 1, and so perhaps fewer of them.
    """
    power: float = 10.0 ** math.floor(math.log10(high - low))
    candidates = []
    for factor in (0.1, 0.2, 0.5, 1, 2):
        step = max(power * factor, least)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first <= 6 and (last - first >= 3 or step == least):
            candidates.append(((last - first) * step, first * step, last * step, step))
    _, start, end, step = min(candidates)
    return start, end, step


def _axis(scale: _Scale) -> Iterator[str]:
    for value, words in zip(scale.ticks, scale.texts, strict=True):
        y = _n(scale.y(value))
        yield f'<line class="grid" x1="{_n(scale.left)}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
        yield f'<text class="tick" x="{_n(scale.left - 6)}" y="{y}" dy="3.5">{text(words)}</text>'


def _tick(value: float, step: float, chart: Chart) -> str:
    """A value of the axis in the unit of the chart, with the decimals that the step has."""
    factor, before, after = AXES[chart.unit]
    value, step = value * factor, step * factor
    exponent = Decimal(f"{step:.6g}").normalize().as_tuple().exponent
    digits = max(0, -int(exponent))
    sign = numbers.MINUS if value < 0 else ""
    shown = f"{abs(value):,.{digits}f}" if step < _HUGE else f"{abs(value):.3g}"
    return f"{sign}{before}{shown}{after}"


def _labels(chart: Chart, scale: _Scale) -> Iterator[str]:
    """As many labels as have room, the last one always: it is now."""
    short = [_short(label) for label in chart.labels]
    every = math.ceil((max(map(len, short), default=0) * _LETTER + 8) / scale.slot) or 1
    last = len(short) - 1
    for at, label in enumerate(short):
        if (last - at) % every == 0:
            x = scale.x(at)
            room = len(label) * _LETTER / 2
            x = min(max(x, room), WIDTH - room)
            yield f'<text class="label" x="{_n(x)}" y="{HEIGHT - 7}">{text(label)}</text>'


def _short(label: str) -> str:
    """The label, or its first word: of a commit and its day, or of the ends of a bin."""
    words = label.split()
    label = " ".join(words)
    if len(label) > _LABEL and words:
        label = words[0]
    return label if len(label) <= _LABEL else label[: _LABEL - 1] + "…"


def _lines(chart: Chart, scale: _Scale) -> Iterator[str]:
    for at, series in enumerate(chart.series):
        path, pen = [], "M"
        for place, value in enumerate(series.values):
            if value is None:
                pen = "M"  # a gap: nothing is known there
                continue
            path.append(f"{pen}{_n(scale.x(place))} {_n(scale.y(value))}")
            pen = "L"
        yield f'<path class="line s{at % STYLES}" d="{" ".join(path)}"/>'
        for place, value in enumerate(series.values):
            if value is not None:
                x, y = scale.x(place), scale.y(value)
                yield _titled(
                    f'<path class="dot s{at % STYLES}" d="{_dot(at, x, y)}">', "path", chart, series, place
                )


def _bars(chart: Chart, scale: _Scale) -> Iterator[str]:
    width = scale.slot * 0.8 / max(1, len(chart.series))
    zero = scale.y(min(max(0.0, scale.low), scale.high))
    for at, series in enumerate(chart.series):
        look = _bar_look(chart, at)
        for place, value in enumerate(series.values):
            if value is None:
                continue
            y = scale.y(value)
            x = scale.x(place - 0.4) + width * at
            yield _titled(
                f'<rect class="bar b{look}" x="{_n(x)}" y="{_n(min(y, zero))}" width="{_n(width * 0.92)}" '
                f'height="{_n(max(abs(y - zero), 1 if value else 0))}">',
                "rect",
                chart,
                series,
                place,
            )


def _bar_look(chart: Chart, at: int) -> int:
    """Of several sets the first is hollow: what was before stands behind what is now."""
    return 1 if len(chart.series) == 1 else at % STYLES


def _titled(opening: str, tag: str, chart: Chart, series: Series, place: int) -> str:
    title = f"{chart.labels[place]} · {series.name}: {series.texts[place]}"
    return f"{opening}<title>{line(title)}</title></{tag}>"


def _dot(at: int, x: float, y: float) -> str:
    """A mark of its own for each series: circle, square, diamond, triangle."""
    match at % 4:
        case 0:
            return f"M{_n(x - 3)} {_n(y)}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z"
        case 1:
            return f"M{_n(x - 3)} {_n(y - 3)}h6v6h-6z"
        case 2:
            return f"M{_n(x)} {_n(y - 4)}l4 4l-4 4l-4 -4z"
        case _:
            return f"M{_n(x)} {_n(y - 4)}l4 7h-8z"


def _legend(chart: Chart) -> str:
    items = []
    for at, series in enumerate(chart.series):
        if chart.kind == "bars":
            key = f'<rect class="bar b{_bar_look(chart, at)}" x="5" y="1" width="12" height="10"/>'
        else:
            look = at % STYLES
            key = f'<path class="line s{look}" d="M0 6H22"/><path class="dot s{look}" d="{_dot(at, 11, 6)}"/>'
        label = element("bdi", line(series.name))
        drawn = [words for value, words in zip(series.values, series.texts, strict=True) if value is not None]
        if chart.kind == "line" and drawn:
            label += " " + element("strong", line(drawn[-1]))
        items.append(
            element("li", f'<svg class="key" viewBox="0 0 22 12" aria-hidden="true">{key}</svg>{label}')
        )
    return element("ul", "".join(items), "legend")


def _values(chart: Chart) -> str:
    names = "".join(element("th", line(series.name), "num", scope="col") for series in chart.series)
    heads = element("tr", element("th", "", scope="col", aria_label="label") + names)
    rows = []
    for at, label in enumerate(chart.labels):
        cells = [element("td", line(series.texts[at]), "num") for series in chart.series]
        rows.append(element("tr", element("th", line(label), scope="row") + "".join(cells)))
    caption = element("caption", line(chart.title), "hidden")
    table = element("table", caption + element("thead", heads) + element("tbody", "\n".join(rows)))
    return element("details", element("summary", "Values") + element("div", table, "wide"))


def _spoken(chart: Chart) -> str:
    """What the chart shows, for a reader that cannot see it."""
    sentences = []
    for series in chart.series:
        drawn = [words for value, words in zip(series.values, series.texts, strict=True) if value is not None]
        if chart.kind == "line" and len(drawn) > 1:
            sentences.append(f"{series.name} from {drawn[0]} to {drawn[-1]} over {len(drawn)} points")
        elif drawn:
            sentences.append(
                f"{series.name}: {len(drawn)} bars" if chart.kind == "bars" else f"{series.name} {drawn[0]}"
            )
    return f"{' '.join(chart.title.split())}. {'; '.join(sentences)}."


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
