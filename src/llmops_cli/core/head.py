"""HEAD and the index, asked of the git command itself: every run needs them.

Importing GitPython takes ten times as long.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class HeadState:
    """HEAD and the folder beside it: the commit, whether anything differs from it, None where git cannot say.

    `tracked` are the files of one folder that git has in its index, which does not count as a difference.
    `parents` are those of the commit, several where it is a merge.
    """

    commit: str | None = None
    dirty: bool | None = None
    tracked: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()


def head_state(folder: Path, watched: str) -> HeadState:
    """The state of HEAD, and the files below `watched` that git tracks, in whatever case they are written.

    It asks the git command itself, all questions side by side: every run needs this, and importing GitPython
    takes ten times as long.
    """
    commands = (
        ["git", "rev-list", "--parents", "--max-count=1", "HEAD", "--"],
        ["git", "status", "--porcelain", "--untracked-files=normal", "--", ".", f":(exclude){watched}"],
        ["git", "ls-files", "-z", "--", f":(icase){watched}"],
    )
    try:
        asked = [
            subprocess.Popen(  # noqa: S603 - fixed commands
                command,
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                errors="replace",
            )
            for command in commands
        ]
        (line, _), (changes, _), (tracked, _) = (process.communicate() for process in asked)
    except OSError:
        return HeadState()
    commits = line.split()
    dirty = bool(changes.strip()) if asked[1].returncode == 0 else None
    commit = commits[0] if commits else None
    return HeadState(commit, dirty, tuple(filter(None, tracked.split("\0"))), tuple(commits[1:]))


def is_tracked(folder: Path, path: str) -> bool:
    """Whether git has a file in its index; False where there is no repository."""
    command = ["git", "ls-files", "--error-unmatch", "--", path]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)  # noqa: S603
    except OSError:
        return False
    return done.returncode == 0
