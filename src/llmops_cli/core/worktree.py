"""A temporary worktree of git, which is always gone afterwards."""

from __future__ import annotations

import shutil
import signal
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmops_cli.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.core.commit import Commit


@contextmanager
def worktree(git: Any, commit: Commit, without: str) -> Iterator[Path]:
    """The top folder of a temporary worktree at a commit; what `without` names is taken out, also for git.

    `git` is the command of a repository as GitPython has it, `without` a path as git is told of it. Raises
    StorageError when git cannot write the worktree.
    """
    holder = Path(tempfile.mkdtemp(prefix="llmops-worktree-")).resolve()
    try:
        _add(git, holder / "tree", commit, without)
        yield holder / "tree"
    finally:
        with _undisturbed():
            _remove(git, holder)


def _add(git: Any, folder: Path, commit: Commit, without: str) -> None:
    from git import Git

    # A hook that runs on a checkout is meant for the user's own worktree.
    unhooked = git(c="core.hooksPath=/dev/null")
    removal = ("-r", "-q", "-f", "--ignore-unmatch", "--", without)
    complaints = {"with_extended_output": True, "with_exceptions": False}
    status, _, complaint = unhooked.worktree("add", "--detach", str(folder), commit.hash, **complaints)
    if not status:
        status, _, complaint = Git(str(folder)).rm(*removal, **complaints)
    if status:
        raise StorageError(f"git cannot check out {commit.short}: {complaint}")


def _remove(git: Any, holder: Path) -> None:
    from git import GitCommandError

    try:
        with suppress(GitCommandError):
            git.worktree("remove", "--force", "--force", str(holder / "tree"))
    finally:
        shutil.rmtree(holder, ignore_errors=True)
        with suppress(GitCommandError):
            git.worktree("prune")


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C counts for nothing meanwhile, for git neither: a second one may not stop the tidying up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)
