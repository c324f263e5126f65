"""What may stand at one place of a pattern, as Python reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re

ASCII = "".join(map(chr, range(128)))
NOTHING = r"[^\x{0}-\x{10ffff}]"


@dataclass(frozen=True, slots=True)
class OneSign:
    """A set of characters, as a pattern of Python's that takes one of them.

    Which characters are digits, letters or the same in another case depends on the version of Unicode, and
    no two programs have the same one. So it is written for the characters of one text, and Python says which
    of them it takes.
    """

    takes: re.Pattern[str]

    def written(self, signs: str) -> str:
        """The set for RE2, as far as these characters go; each stands once among them, in their order."""
        codes = [ord(sign) for sign in self.takes.findall(signs)]
        if not codes:
            return NOTHING
        ranges: list[list[int]] = []
        for code in codes:
            if ranges and code == ranges[-1][1] + 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
        return "[" + "".join(rf"\x{{{low:x}}}-\x{{{high:x}}}" for low, high in ranges) + "]"


def signs_of(text: str) -> str:
    """Every character of ASCII, and the others of a text, each once and in order."""
    return ASCII if text.isascii() else ASCII + "".join(sorted({sign for sign in text if sign > "\x7f"}))
