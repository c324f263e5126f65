"""The one dialect of globs: for files that settings name, and for ids and tags of cases.

`*` is any text and `?` any sign, both inside a folder. `**` crosses folders: `docs/**` is everything below
`docs`, `**/de.jsonl` is `de.jsonl` in the folder itself or below. `[ab]` is one of the signs, `[a-c]` one of
a range, `[!ab]` any other; a `]` that stands first is one of them. Everything else means itself, also a `[`
without its `]`. Capitals count, and names that begin with a dot are names like any other.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cache

_SIGNS = re.compile(r"(?:^|(?<=/))\*\*/|\*\*|\*|\?|\[!?+[^/][^]/]*\]", re.DOTALL)
_NAME_SIGNS = re.compile(r"\*\*|\*|\?|\[!?+.[^]]*\]", re.DOTALL)


def matches_path(path: str, glob: str) -> bool:
    """Whether a glob names a file. Both begin at the same folder, without a `/` in front."""
    return _Text(path, "/").is_taken_by(_steps(glob, _SIGNS))


def matches_name(name: str, glob: str) -> bool:
    """Whether a glob names an id or a tag, which has no folders: a `/` in it is a sign like any other."""
    return _Text(name, "").is_taken_by(_steps(glob, _NAME_SIGNS))


def is_glob(text: str) -> bool:
    """Whether the text may mean more than itself."""
    return any(sign in text for sign in "*?[")


def literal(text: str) -> str:
    """The glob that means this text only."""
    return re.sub(r"[*?[]", r"[\g<0>]", text)


def folder_of(glob: str) -> str:
    """The folder below which every file lies that a glob can name; "" for the folder that it begins at."""
    return posixpath.dirname(re.split(r"[*?[]", glob, maxsplit=1)[0])


@dataclass(frozen=True, slots=True)
class _Step:
    """A part of a glob: a sign of it, or text that means itself."""

    text: str
    is_sign: bool


@cache
def _steps(glob: str, signs: re.Pattern[str]) -> tuple[_Step, ...]:
    steps, start = [], 0
    for sign in signs.finditer(glob):
        steps += [_Step(glob[start : sign.start()], False), _Step(sign[0], True)]
        start = sign.end()
    return tuple(step for step in (*steps, _Step(glob[start:], False)) if step.text)


class _Text:
    """A text, and which of its places the beginning of a glob may reach: the bits of one number.

    Every step of the glob moves all places at once, so that nothing is tried twice: the work grows with the
    length of the glob times that of the text, whatever stands in either.
    """

    def __init__(self, text: str, divider: str) -> None:
        self.end = 1 << len(text)
        self.signs: dict[str, int] = {}
        for at, sign in enumerate(text):
            self.signs[sign] = self.signs.get(sign, 0) | 1 << at
        self.dividers = self.signs.get(divider, 0)
        self.inside = (self.end - 1) & ~self.dividers

    def is_taken_by(self, steps: tuple[_Step, ...]) -> bool:
        """Whether the steps lead from the first place to the last."""
        places = 1
        for step in steps:
            if step.is_sign:
                places = self._after(step.text, places)
            else:
                for sign in step.text:
                    places = (places & self.signs.get(sign, 0)) << 1
        return bool(places & self.end)

    def _after(self, sign: str, places: int) -> int:
        first = places & -places
        match sign:
            case "**":
                return -first & (2 * self.end - 1)
            case "**/":
                return places | (-first & ~first & (self.dividers << 1))
            case "*":
                # The carry of the sum runs from each place to where its folder ends.
                return places | (((places & self.inside) + self.inside) ^ self.inside)
            case "?":
                return (places & self.inside) << 1
            case _:
                return (places & self.inside & self._one_of(sign[1:-1])) << 1

    def _one_of(self, signs: str) -> int:
        """The places of a set of signs; a range that runs backwards holds none."""
        others = signs.startswith("!")
        ranges = re.findall(r"(.)-(.)|(.)", signs.removeprefix("!"), re.DOTALL)
        return sum(
            places
            for sign, places in self.signs.items()
            if any(sign == one if one else first <= sign <= last for first, last, one in ranges) is not others
        )
