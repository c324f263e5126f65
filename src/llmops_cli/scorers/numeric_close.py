"""`numeric-close`: the answer is a number near the expected one."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from llmops_cli.scorers.base import NUMBER, Measurement, Scorer, check, has_template, option_schema, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.scorers.base import Surroundings
    from llmops_cli.scorers.sample import Sample

_FIGURES = r"(?:\d{1,3}(?:[,\u00a0\u2009\u202f]\d{3})+(?!\d)|\d+)(?:\.\d*)?|\.\d+"
_NUMBER = (
    rf"(?P<sign>[-+−]?)[$€£¥₹]?(?P<sign_2>[-+−]?)(?P<figures>{_FIGURES})(?P<power>[eE][-+]?\d{{1,3}})?"
    r"(?:\s?(?P<unit>[%$€£¥₹]))?"
)
_WHOLE = re.compile(_NUMBER)
_ANYWHERE = re.compile(rf"(?<![A-Za-z0-9_])(?<!\d\.){_NUMBER}")
_SEPARATORS = re.compile(r"[,\u00a0\u2009\u202f]")


class NumericClose(Scorer):
    """The answer is one number, no further from `expected` than allowed.

    The allowed distance is the larger of `tolerance` and `relative` times `expected`; without either it is
    `relative: 1e-9`, which forgives rounding and nothing else. Numbers are compared as decimals, so that 1.1
    is within 0.1 of 1.

    The answer has to be the number and nothing else; `extract: true` takes the last number in the text.
    Thousands may be grouped by commas or narrow spaces (`1,234.5`; `3,14` is not a number), a currency
    sign before or after is passed over, and a percent sign means hundredths: 45% is 0.45, on both sides.
    """

    name = "numeric-close"
    does = "the answer is a number near enough"
    version = 1
    since = "0.1"
    shorthand = "expected"
    option = option_schema(
        "expected",
        expected={"type": ["number", "string"], "minLength": 1, "description": "the expected number"},
        tolerance={**NUMBER, "description": "allowed distance, in the number's own unit"},
        relative={**NUMBER, "description": "allowed distance as a share of the expected number: 0.05 or 5%"},
        extract={
            "type": "boolean",
            "default": False,
            "description": "take the last number in the answer; otherwise the whole answer has to be one",
        },
    )

    def __init__(self, option: Mapping[str, Any], surroundings: Surroundings) -> None:
        super().__init__(option, surroundings)
        for key in ("expected", "tolerance", "relative"):
            if key in option and not has_template(option[key]):
                _given(option, key)

    def measure(self, sample: Sample, option: Mapping[str, Any]) -> Measurement:
        """Read the answer's number and compare."""
        expected, allowed = _given(option, "expected"), _allowed(option)
        number = last_number(sample.output) if option.get("extract") else parse_number(sample.output)
        if number is None:
            what = "no number in" if option.get("extract") else "not one number:"
            return check(False, f"expected {_shown(expected)}, {what} {quoted(sample.output)}")
        near = abs(number - expected) <= allowed
        bounds = f"{_shown(expected)} ± {allowed.normalize():g}"
        return check(near, f"expected {bounds}, found {_shown(number)}")


def parse_number(text: str) -> Decimal | None:
    """The number that a text is, or None."""
    match = _WHOLE.fullmatch(text.strip())
    return None if match is None else _value(match)


def last_number(text: str) -> Decimal | None:
    """The last number in a text, or None; digits inside a word or a name do not count."""
    numbers = [value for match in _ANYWHERE.finditer(text) if (value := _value(match)) is not None]
    return numbers[-1] if numbers else None


def _value(match: re.Match[str]) -> Decimal | None:
    sign, second = match["sign"], match["sign_2"]
    if sign and second:
        return None
    figures = _SEPARATORS.sub("", match["figures"]) + (match["power"] or "")
    number = Decimal(figures)
    if match["unit"] == "%":
        number /= 100
    # `-number` would round to the 28 digits of decimal arithmetic.
    return number.copy_negate() if (sign or second) in ("-", "−") else number


def _given(option: Mapping[str, Any], key: str) -> Decimal:
    value = option[key]
    number = None if isinstance(value, bool) else parse_number(str(value))
    if number is None or (key != "expected" and number < 0):
        raise ValueError(f"`{key}` has to be a number{'' if key == 'expected' else ', 0 or more'}: {value!r}")
    return number


def _allowed(option: Mapping[str, Any]) -> Decimal:
    if "tolerance" not in option and "relative" not in option:
        option = {**option, "relative": "1e-9"}
    distances = [Decimal(0)]
    if "tolerance" in option:
        distances.append(_given(option, "tolerance"))
    if "relative" in option:
        distances.append(_given(option, "relative") * abs(_given(option, "expected")))
    return max(distances)


def _shown(number: Decimal) -> str:
    text = str(number)
    return text if len(text) <= 40 else f"{text[:39]}…"
