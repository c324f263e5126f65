"""A pattern of Python's `re` as pieces of one of RE2 that matches in the same texts.

Whether a pattern matches somewhere is asked, and never where: greedy and lazy are the same then, and groups
are only brackets. What RE2 has no words for is refused: looking around, references, atoms.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from llmops_cli.core.patterns import NotLinearError
from llmops_cli.core.patterns.one_sign import OneSign

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_REPEATS = 1000
"""How often RE2 repeats a part."""

_KINDS = int(re.ASCII | re.LOCALE | re.UNICODE)
"""Of these a part has one."""


class End(Enum):
    """`$` without `(?m)`: the end, or before the line break that ends the text."""

    LAST = auto()
    """Nothing of the pattern follows it."""
    INSIDE = auto()


class Boundary(Enum):
    r"""`\b` and `\B`; RE2 knows the words of ASCII only."""

    EDGE = r"\b"
    NO_EDGE = r"\B"


Piece = str | OneSign | End | Boundary


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of a pattern; with `wide_words` its words may have letters beyond ASCII."""

    pieces: tuple[Piece, ...]
    wide_words: bool


def translated(pattern: str, flags: int) -> Pieces:
    """The pieces of a pattern. Raises NotLinearError, re.error, OverflowError and RecursionError."""
    # They have been there since 2000, and are what `re.compile` itself consists of; without them all is
    # searched by Python.
    try:
        from re import _compiler, _constants, _parser  # type: ignore[attr-defined]
    except ImportError:
        raise NotLinearError from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # syntax that a later Python may read differently
        tree = _parser.parse(pattern, flags)
    writer = _Writer(_compiler, _constants, _parser)
    pieces = tuple(writer.sequence(tree, tree.state.flags, last=True))
    return Pieces(pieces, writer.wide_words)


class _Writer:
    """Writes the parts of a parsed pattern."""

    def __init__(self, compiler: Any, constants: Any, parser: Any) -> None:
        self.compiler = compiler
        self.constants = constants
        self.parser = parser
        self.wide_words = False

    def sequence(self, parts: Any, flags: int, *, last: bool) -> Iterator[Piece]:
        """Parts that follow each other; the end of the last one is that of the pattern where it is `last`."""
        for index, (code, value) in enumerate(parts):
            write = getattr(self, f"_{str(code).lower()}", None)
            if write is None:
                raise NotLinearError
            yield from write(value, flags, last=last and index == len(parts) - 1)

    def _literal(self, value: int, flags: int, *, last: bool) -> Iterator[Piece]:
        if flags & re.IGNORECASE:
            yield self._one_sign(self.constants.LITERAL, value, flags)
        else:
            yield rf"\x{{{value:x}}}"

    def _not_literal(self, value: int, flags: int, *, last: bool) -> Iterator[Piece]:
        yield self._one_sign(self.constants.NOT_LITERAL, value, flags)

    def _any(self, value: None, flags: int, *, last: bool) -> Iterator[Piece]:
        yield "(?s:.)" if flags & re.DOTALL else r"[^\n]"

    def _in(self, value: Any, flags: int, *, last: bool) -> Iterator[Piece]:
        wide = any(code is self.constants.RANGE and part[1] > 0x7F for code, part in value)
        if wide and flags & re.IGNORECASE:
            raise NotLinearError  # Python goes through all of it, which takes long
        yield self._one_sign(self.constants.IN, value, flags)

    def _branch(self, value: Any, flags: int, *, last: bool) -> Iterator[Piece]:
        for index, branch in enumerate(value[1]):
            yield "|" if index else "(?:"
            yield from self.sequence(branch, flags, last=last)
        yield ")"

    def _subpattern(self, value: Any, flags: int, *, last: bool) -> Iterator[Piece]:
        _, added, removed, inner = value
        if added & _KINDS:
            flags &= ~_KINDS
        yield "(?:"
        yield from self.sequence(inner, (flags | added) & ~removed, last=last)
        yield ")"

    def _max_repeat(self, value: Any, flags: int, *, last: bool) -> Iterator[Piece]:
        least, most, inner = value
        # Python stops where a repeated part took nothing, which is not quite what the theory says.
        if most > 1 and inner.getwidth()[0] == 0:
            raise NotLinearError
        endless = most is self.constants.MAXREPEAT
        if least > MOST_REPEATS or (most > MOST_REPEATS and not endless):
            raise NotLinearError
        yield "(?:"
        yield from self.sequence(inner, flags, last=False)
        yield f"){{{least},{'' if endless else most}}}"

    _min_repeat = _max_repeat

    def _at(self, value: Any, flags: int, *, last: bool) -> Iterator[Piece]:
        lines = flags & re.MULTILINE
        if value is self.constants.AT_BEGINNING:
            yield "(?m:^)" if lines else r"\A"
        elif value is self.constants.AT_BEGINNING_STRING:
            yield r"\A"
        elif value is self.constants.AT_END_STRING:
            yield r"\z"
        elif value is self.constants.AT_END:
            if lines:
                yield "(?m:$)"
            else:
                yield End.LAST if last else End.INSIDE
        else:
            self.wide_words |= not flags & re.ASCII
            yield Boundary.EDGE if value is self.constants.AT_BOUNDARY else Boundary.NO_EDGE

    def _one_sign(self, code: Any, value: Any, flags: int) -> OneSign:
        state = self.parser.State()
        state.flags = flags
        return OneSign(self.compiler.compile(self.parser.SubPattern(state, [(code, value)]), flags))
