"""A pattern of Python's `re` that is searched by RE2, in time that grows with the text alone."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from llmops_cli.core.patterns import NotLinearError
from llmops_cli.core.patterns.one_sign import OneSign, signs_of
from llmops_cli.core.patterns.translate import Boundary, End, Piece, Pieces, translated

if TYPE_CHECKING:
    from collections.abc import Callable

    Search = Callable[[str, str], bool]
    """Whether a pattern matches somewhere in a text."""

_KEPT = 64
"""Forms of one pattern that are kept, one for each set of characters beyond ASCII."""
_MOST_WORK = 100_000_000
"""Steps of RE2 that are done here; more of them take their time, which a worker has."""
_WORD = re.compile(r"[^\W\x00-\x7f]")


class Pattern:
    """A regular expression of Python's `re`: whether it matches somewhere in a text.

    Raises ValueError with what is wrong with it. Python's own engine never runs here.
    """

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern = pattern
        self.flags = flags
        self._forms: dict[tuple[str, bool], Any] = {}
        self._translated: Pieces | None = None
        try:
            self._translated = translated(pattern, flags)
        except NotLinearError:
            _require_valid(pattern, flags)
        except re.error as error:
            raise ValueError(_told(error, pattern)) from None
        except (OverflowError, RecursionError) as error:
            raise ValueError(f"not a usable regular expression: {error}") from None

    def matches(self, text: str) -> bool:
        """Whether it matches somewhere. Raises NotLinearError where RE2 cannot say it as Python would."""
        if self._translated is None or (self._translated.wide_words and _WORD.search(text)):
            raise NotLinearError
        if Boundary.NO_EDGE in self._translated.pieces and not (text and text.isascii()):
            raise NotLinearError  # Python finds none in an empty text, RE2 one inside of a character
        form = self._form(signs_of(text), text.endswith("\n"))
        try:
            data = text.encode()
        except UnicodeEncodeError:
            raise NotLinearError from None
        if form is None or form.programsize * len(data) > _MOST_WORK:
            raise NotLinearError
        return form.search(data) is not None

    def _form(self, signs: str, ends_with_break: bool) -> Any:
        """The pattern for texts of these characters; None where RE2 takes it as too large."""
        key = signs, ends_with_break
        if key not in self._forms:
            if len(self._forms) >= _KEPT:
                self._forms.clear()
            pieces = self._translated.pieces if self._translated else ()
            self._forms[key] = _compiled("".join(_written(piece, *key) for piece in pieces))
        return self._forms[key]


def _written(piece: Piece, signs: str, ends_with_break: bool) -> str:
    match piece:
        case OneSign():
            return piece.written(signs)
        case End():
            if not ends_with_break:
                return r"\z"
            if piece is End.INSIDE:
                raise NotLinearError
            return r"\n?\z"
        case Boundary():
            return piece.value
        case _:
            return piece


def _compiled(written: str) -> Any:
    try:
        import re2
    except ImportError:  # a platform without a wheel
        return None
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    try:
        return re2.compile(written.encode(), options)
    except re2.error:
        return None


@lru_cache(maxsize=256)
def pattern_of(pattern: str, flags: int = 0) -> Pattern:
    """The pattern of a text, made once. Raises ValueError with what is wrong with it."""
    return Pattern(pattern, flags)


def _require_valid(pattern: str, flags: int) -> None:
    """Raise ValueError where Python would not take a pattern that RE2 does not take."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern, flags)
    except re.error as error:
        raise ValueError(_told(error, pattern)) from None
    except (OverflowError, RecursionError) as error:
        raise ValueError(f"not a usable regular expression: {error}") from None


def _told(error: re.error, pattern: str) -> str:
    at = "" if error.pos is None else f" at character {error.pos + 1}"
    return f"not a regular expression: {error.msg}{at} of `{pattern}`"
