"""The one dialect of globs: for files that settings name, and for ids and tags of cases.

`*` is any text and `?` any sign, both inside a folder. `**` crosses folders: `docs/**` is everything below
`docs`, `**/de.jsonl` is `de.jsonl` in the folder itself or below. `[ab]` is one of the signs, `[a-c]` one of
a range, `[!ab]` any other; a `]` that stands first is one of them. Everything else means itself, also a `[`
without its `]`. Capitals count, and names that begin with a dot are names like any other.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache

_SIGNS = re.compile(r"(?:^|(?<=/))\*\*/|\*\*|\*|\?|\[!?+[^/][^]/]*\]", re.DOTALL)
_NAME_SIGNS = re.compile(r"\*\*|\*|\?|\[!?+.[^]]*\]", re.DOTALL)


def matches_path(path: str, glob: str) -> bool:
    """Whether a glob names a file. Both begin at the same folder, without a `/` in front."""
    return _path_pattern(glob).fullmatch(path) is not None


def matches_name(name: str, glob: str) -> bool:
    """Whether a glob names an id or a tag, which has no folders: a `/` in it is a sign like any other."""
    return _name_pattern(glob).fullmatch(name) is not None


def is_glob(text: str) -> bool:
    """Whether the text may mean more than itself."""
    return any(sign in text for sign in "*?[")


def literal(text: str) -> str:
    """The glob that means this text only."""
    return re.sub(r"[*?[]", r"[\g<0>]", text)


def folder_of(glob: str) -> str:
    """The folder below which every file lies that a glob can name; "" for the folder that it begins at."""
    return posixpath.dirname(re.split(r"[*?[]", glob, maxsplit=1)[0])


@cache
def _path_pattern(glob: str) -> re.Pattern[str]:
    return _pattern(glob, _SIGNS, {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}, "(?!/)")


@cache
def _name_pattern(glob: str) -> re.Pattern[str]:
    return _pattern(glob, _NAME_SIGNS, {"**": ".*", "*": ".*", "?": "."}, "")


def _pattern(glob: str, signs: re.Pattern[str], meanings: dict[str, str], but: str) -> re.Pattern[str]:
    parts, start = [], 0
    for sign in signs.finditer(glob):
        parts.append(re.escape(glob[start : sign.start()]))
        parts.append(meanings.get(sign[0]) or but + _one_of(sign[0][1:-1]))
        start = sign.end()
    return re.compile("".join(parts) + re.escape(glob[start:]), re.DOTALL)


def _one_of(signs: str) -> str:
    """A set of signs as the part of a regular expression; a range that runs backwards holds none."""
    others = signs.startswith("!")
    ranges = re.findall(r"(.)-(.)|(.)", signs.removeprefix("!"), re.DOTALL)
    members = "".join(
        re.escape(one) if one else f"{re.escape(first)}-{re.escape(last)}"
        for first, last, one in ranges
        if one or first <= last
    )
    if others:
        return f"[^{members}]" if members else "."
    return f"[{members}]" if members else "(?!)"
