"""How a `Change` is shown in little space: short texts whole, long ones by what differs, the rest counted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from llmops_cli.reports.document import Text, Tone
from llmops_cli.reports.layout import Span, wrap
from llmops_cli.reports.numbers import count
from llmops_cli.reports.visible import visible, visible_space

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.reports.document import Change

Mark = Literal["-", "+", "=", "~", " "]
_TONES: dict[str, Tone] = {"-": "bad", "+": "good"}
_AROUND = 60  # characters of unchanged text to show on each side of a difference
_MOST_PAIRS = 90_000  # of words to compare, so that a report of many long answers stays instant
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = rf"(?s)[{_CJK}]|[^\W{_CJK}]+|\s+|."  # compiled on first use: it takes 4 ms


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an excerpt: what it was (`-`), is (`+`), both are (`=`), both merged (`~`), or our words."""

    mark: Mark
    pieces: tuple[Text, ...]
    first: bool = True


def excerpt(change: Change, width: int, most: int = 6) -> list[Line]:
    """The change in lines of at most `width` cells, about `most` of them for each side."""
    before, after = change.before, change.after
    if change.only:
        return _side("-", before, width, most) if change.only == "before" else _side("+", after, width, most)
    if before is None or after is None or not before or not after:
        return [*_side("-", before, width, most), *_side("+", after, width, most)]
    if before == after:
        return [*_side("=", after, width, most), _words("the text is the same")]
    lines = []
    if before.split() == after.split():
        before, after = visible_space(before), visible_space(after)
        lines.append(_words("only white space differs (· ⇥ ⏎)"))
    else:
        before, after = visible(before).expandtabs(4), visible(after).expandtabs(4)
    long = all(len(text) > 2 * width or text.count("\n") > 1 for text in (before, after))
    if long and (merged := _merged(before, after, width, most + 2)):
        return [*lines, *merged]
    same = _same_start(before, after, width * most)
    return [*lines, *_side("-", before, width, most, same), *_side("+", after, width, most, same)]


def _side(mark: Mark, text: str | None, width: int, most: int, skipped: int = 0) -> list[Line]:
    """One text, its middle left out when it is long."""
    if not text:
        when = "before" if mark == "-" else "now"
        return [_words(f"{when}: {'not known' if text is None else 'an empty text'}")]
    text = visible(text).expandtabs(4)[skipped:]
    pieces = (Text(text, _TONES.get(mark, "plain")),)
    spans = wrap(text, width)
    lines = [Line(mark, _cut(pieces, span), span.first) for span in spans]
    if skipped:
        lines.insert(0, _words(f"… {count(skipped, 'character')} unchanged …"))
    if len(spans) > most + 1:
        head, tail = most // 2 + bool(skipped), most - most // 2 - 1
        left_out = spans[-tail].start - spans[head - 1 - bool(skipped)].end
        lines[head:-tail] = [_words(f"… {count(left_out, 'character')} …")]
    return lines


def _words(text: str) -> Line:
    return Line(" ", (Text(text, "muted"),))


def _cut(pieces: Sequence[Text], span: Span) -> tuple[Text, ...]:
    """What of the pieces lies in a span of their joined text."""
    cut = []
    at = 0
    for piece in pieces:
        text = piece.text[max(0, span.start - at) : max(0, span.end - at)]
        if text:
            cut.append(Text(text, piece.tone))
        at += len(piece.text)
    return tuple(cut)


def _same_start(before: str, after: str, enough: int) -> int:
    """How much of two long texts to skip because both begin with it."""
    if min(len(before), len(after)) <= enough:
        return 0
    same = next(
        (at for at, (old, new) in enumerate(zip(before, after, strict=False)) if old != new),
        min(len(before), len(after)),
    )
    start = before.rfind(" ", 0, max(0, same - _AROUND)) + 1
    return start if start > _AROUND else 0


def _merged(before: str, after: str, width: int, most: int) -> list[Line] | None:
    """Both texts as one with the differences marked; None when that is not the shorter way to say it."""
    if any(mark in text for text in (before, after) for mark in ("[-", "-]", "{+", "+}")):
        return None
    parts = differences(before, after)
    if sum(len(text) for mark, text in parts if mark != "=") > 0.4 * max(len(before), len(after)):
        return None
    pieces = _with_little_around(parts)
    spans = wrap("".join(piece.text for piece in pieces), width)
    if len(spans) > most:
        return None
    return [Line("~", _cut(pieces, span), span.first) for span in spans]


def _with_little_around(parts: Sequence[tuple[str, str]]) -> list[Text]:
    pieces = []
    for at, (mark, text) in enumerate(parts):
        if mark == "-":
            pieces.append(Text(f"[-{text}-]", "bad"))
        elif mark == "+":
            pieces.append(Text("{+" + text + "+}", "good"))
        else:
            pieces.extend(_shortened(text, first=at == 0, last=at == len(parts) - 1))
    return pieces


def _shortened(text: str, *, first: bool, last: bool) -> list[Text]:
    """Unchanged text, with only what lies next to a difference."""
    head = 0 if first else text.find(" ", _AROUND)
    tail = len(text) if last else text.rfind(" ", 0, max(0, len(text) - _AROUND))
    if head < 0 or tail - head < _AROUND:
        return [Text(text)]
    start, end = text[:head], "" if last else text[tail + 1 :]
    left_out = len(text) - len(start) - len(end)
    gap = f"… {count(left_out, 'character')} …".replace(" ", "\xa0")  # stays on one line
    return [Text(start + " " * bool(start)), Text(gap, "muted"), Text(" " * bool(end) + end)]


def differences(before: str, after: str) -> list[tuple[str, str]]:
    """Parts that stayed (`=`), went (`-`) or came (`+`), word by word."""
    old, new = re.findall(_WORD, before), re.findall(_WORD, after)
    head = _shared(old, new)
    tail = min(_shared(old[::-1], new[::-1]), len(old) - head, len(new) - head)
    middle = _opcodes(old[head : len(old) - tail], new[head : len(new) - tail])
    parts = [("=", "".join(old[:head])), *middle, ("=", "".join(old[len(old) - tail :]))]
    return [(mark, text) for mark, text in parts if text]


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    for at, (one, other) in enumerate(zip(old, new, strict=False)):
        if one != other:
            return at
    return min(len(old), len(new))


def _opcodes(old: list[str], new: list[str]) -> list[tuple[str, str]]:
    if len(old) * len(new) > _MOST_PAIRS:
        return [("-", "".join(old)), ("+", "".join(new))]
    from difflib import SequenceMatcher

    parts: list[tuple[str, str]] = []
    went = came = ""
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[i:j]), "".join(new[k:m])
        if tag == "equal" and not gone.isspace():
            parts += [("-", went), ("+", came), ("=", gone)]
            went = came = ""
        else:  # a single space between two differences belongs to both
            went, came = went + gone, came + come
    return [*parts, ("-", went), ("+", came)]
