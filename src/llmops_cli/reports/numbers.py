"""Numbers as people read them, formatted once for every report.

None is "unknown", never 0. Rounding never hides anything: a change that is not zero is not shown as none,
and a rate below 100% is not shown as 100%.
"""

from __future__ import annotations

import math
from typing import Literal

Unit = Literal["rate", "graded", "usd", "seconds", "tokens"]
"""What numbers count: a share from 0 to 1, a score from 0 to 1, US dollars, seconds, tokens."""

UNKNOWN = "unknown"
MINUS = "−"
_NOISE = 1e-9  # differences below it are the arithmetic of floats, not a measurement


def count(number: int, noun: str = "", plural: str = "") -> str:
    """`1,234`; with a noun `1 case`, `1,234 cases`."""
    text = f"{number:,}".replace("-", MINUS)
    if not noun:
        return text
    return f"{text} {noun if number == 1 else plural or noun + 's'}"


def part(number: int, whole: int, noun: str = "", plural: str = "") -> str:
    """`1,234 of 20,000`; with a noun `0 of 1 case`, `3 of 1,234 cases`."""
    return f"{count(number)} of {count(whole, noun, plural)}"


def rate(value: float | None, digits: int = 1) -> str:
    """A share as a percentage: `87.5%`. Near the ends `<0.1%` and `>99.9%`, because 0 and all are claims."""
    if value is None or not math.isfinite(value):
        return _not_finite(value)
    percent, step = value * 100, 10.0**-digits
    if _NOISE < percent < step / 2:
        return f"<{step:.{digits}f}%"
    if 100 - step / 2 <= percent < 100 - _NOISE:
        return f">{100 - step:.{digits}f}%"
    return f"{_signless_zero(percent, digits)}%"


def points(value: float | None, digits: int = 1) -> str:
    """A change of a share in percentage points: `−4.3 pt`, `±0.0 pt`, `−<0.1 pt`."""
    if value is None or not math.isfinite(value):
        return _not_finite(value)
    return f"{_signed(value * 100, digits)} pt"


def points_interval(low: float, high: float, digits: int = 1) -> str:
    """An interval of a change of a share, in points: `[−6.1, +2.4]`."""
    return _interval(low * 100, high * 100, digits)


def graded(value: float | None, digits: int = 3) -> str:
    """A mean of graded scores: `0.812`; short of 1 it never reads `1.000`, above 0 never `0.000`."""
    if value is None or not math.isfinite(value):
        return _not_finite(value)
    step = 10.0**-digits
    if _NOISE < value < step / 2:
        return f"<{step:.{digits}f}"
    if 1 - step / 2 <= value < 1 - _NOISE:
        return f">{1 - step:.{digits}f}"
    return _signless_zero(value, digits)


def graded_change(value: float | None, digits: int = 3) -> str:
    """A change of a graded mean: `−0.043`."""
    return _not_finite(value) if value is None or not math.isfinite(value) else _signed(value, digits)


def graded_interval(low: float, high: float, digits: int = 3) -> str:
    """An interval of a change of a graded mean: `[−0.061, +0.024]`."""
    return _interval(low, high, digits)


def relative(value: float | None, digits: int = 1) -> str:
    """A change in proportion, of a cost or a latency: `+12.5%`."""
    if value is None or not math.isfinite(value):
        return _not_finite(value)
    return f"{_signed(value * 100, digits)}%"


def cost(usd: float | None) -> str:
    """Money: `$1,234.50`, `$0.12`, `$0.0123`, `unknown`."""
    if usd is None or not math.isfinite(usd):
        return _not_finite(usd)
    sign = MINUS if usd < 0 else ""
    amount = abs(usd)
    if 0 < amount < 1e-9:
        return f"{sign}<$0.000000001"
    return f"{sign}${_dollars(amount)}"


def coverage(usd: float | None, priced: int, total: int) -> str:
    """A total with what it covers: `$0.12`, `$0.12 for 80 of 100 calls`, `unknown`, `no calls`."""
    if total == 0:
        return "no calls"
    if priced == 0 or usd is None:
        return UNKNOWN
    return cost(usd) if priced == total else f"{cost(usd)} for {count(priced)} of {count(total, 'call')}"


def tokens(number: int | None) -> str:
    """`840`, `12.3k`, `1.2M`."""
    if number is None:
        return UNKNOWN
    if number < 1_000:
        return count(number)
    if number < 999_950:
        return f"{number / 1_000:.1f}k"
    return f"{number / 1_000_000:,.1f}M" if number < 999_950_000 else f"{number / 1e9:,.1f}G"


def seconds(value: float | None) -> str:
    """`340 ms`, `2.4 s`, `1 min 05 s`, `2 h 03 min`."""
    if value is None or not math.isfinite(value):
        return _not_finite(value)
    if value < 0:
        return MINUS + seconds(-value)
    if value < 0.9995:
        return "<1 ms" if 0 < value < 0.0005 else f"{value * 1000:.0f} ms"
    if value < 59.95:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(value / 60)
    return f"{count(minutes // 60)} h {minutes % 60:02d} min"


def p_value(value: float | None) -> str:
    """`p = 0.003`, `p < 0.001`, `p > 0.999`."""
    if value is None or not math.isfinite(value):
        return f"p {_not_finite(value)}"
    if value < 0.001:
        return "p < 0.001"
    return "p > 0.999" if 0.9995 <= value < 1 else f"p = {value:.3f}"


def _interval(low: float, high: float, digits: int) -> str:
    return f"[{_bound(low, digits)}, {_bound(high, digits)}]"


def _bound(value: float, digits: int) -> str:
    if math.isinf(value):
        return "+∞" if value > 0 else f"{MINUS}∞"
    if math.isnan(value):
        return _not_finite(value)
    return _signed(value, digits).removeprefix("±")


def _signed(value: float, digits: int) -> str:
    if abs(value) < _NOISE:
        return f"±{0:.{digits}f}"
    sign = "+" if value > 0 else MINUS
    step = 10.0**-digits
    small = abs(value) < step / 2
    return f"{sign}<{step:.{digits}f}" if small else f"{sign}{abs(value):,.{digits}f}"


def _signless_zero(value: float, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    return f"{0:.{digits}f}" if not text.strip("-0.,") else text.replace("-", MINUS)


def _dollars(amount: float) -> str:
    """Two decimals, and below a dollar as many as three significant digits need."""
    if amount == 0 or amount >= 0.9995:
        return f"{amount:,.2f}"
    whole, _, decimals = f"{amount:.{2 - math.floor(math.log10(amount))}f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def _not_finite(value: float | None) -> str:
    if value is None:
        return UNKNOWN
    return "not a number" if math.isnan(value) else "infinite"
