"""Globs of project files as settings write them."""

from __future__ import annotations

import re
from functools import cache


def matches_glob(path: str, glob: str) -> bool:
    """Whether a glob names a path.

    `*` and `?` stay inside a folder, `**` crosses folders, nothing else is special: `docs/**` is everything
    below `docs`, `**/*.svg` every such file.
    """
    return _compiled(glob).fullmatch(path) is not None


@cache
def _compiled(glob: str) -> re.Pattern[str]:
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    return re.compile("".join(signs.get(part) or re.escape(part) for part in parts), re.DOTALL)
