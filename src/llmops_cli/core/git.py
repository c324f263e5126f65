"""What llmops needs of git, through GitPython; imported only when a command asks for it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmops_cli.core.errors import InputError
from llmops_cli.core.files import decode
from llmops_cli.core.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Identity:
    """Who commits: name and e-mail address as git knows them."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True, slots=True)
class Change:
    """One commit: its full hash, author, date of the commit (ISO 8601) and first line."""

    commit: str
    author: Identity
    date: str
    title: str


def head_state(folder: Path) -> tuple[str | None, bool | None]:
    """Hash of HEAD and whether anything below the folder differs from it; None where git cannot say.

    It asks the git command itself: every run needs this, and importing GitPython takes ten times as long.
    """
    commands = (
        ["git", "rev-parse", "--verify", "--quiet", "HEAD"],
        ["git", "status", "--porcelain", "--untracked-files=normal", "--", "."],
    )
    try:
        asked = [
            subprocess.Popen(  # noqa: S603 - fixed commands
                command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
            for command in commands
        ]
        (commit, _), (changes, _) = (process.communicate() for process in asked)
    except OSError:
        return None, None
    return commit.strip() or None, bool(changes.strip()) if asked[1].returncode == 0 else None


def is_tracked(folder: Path, path: str) -> bool:
    """Whether git has a file in its index; False where there is no repository."""
    command = ["git", "ls-files", "--error-unmatch", "--", path]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)  # noqa: S603
    except OSError:
        return False
    return done.returncode == 0


class Repository:
    """The git repository around a folder. Raises InputError where there is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._repo = _open(folder)

    @cached_property
    def root(self) -> Path:
        """The top folder of the working tree."""
        return Path(self._repo.working_tree_dir or self._folder)

    def commit(self) -> str | None:
        """Full hash of HEAD; None before the first commit."""
        try:
            return str(self._repo.head.commit.hexsha)
        except ValueError:
            return None

    def resolve(self, reference: str) -> str:
        """Full hash of the commit that a branch, tag or hash names. Raises InputError."""
        import git

        try:
            return str(
                self._repo.git.rev_parse("--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
            )
        except git.GitCommandError:
            hint = "git fetch brings the refs of the remote; CI checkouts often have one commit only"
            raise InputError(f"git knows no commit `{reference}`", hint) from None

    def merge_base(self, reference: str) -> str:
        """Full hash of the commit where the present branch left another. Raises InputError."""
        import git

        commit = self.resolve(reference)
        try:
            return str(self._repo.git.merge_base(commit, "HEAD")).split()[0]
        except (git.GitCommandError, IndexError):
            hint = "in CI, check out the whole history (fetch-depth: 0)"
            raise InputError(f"HEAD and `{reference}` have no commit in common", hint) from None

    def authors(self, since: str, *, path: str = ".", without: tuple[str, ...] = ()) -> list[Identity]:
        """Who wrote the commits since one that touch a project path, oldest first, each once.

        `without` are project folders whose commits do not count.
        """
        return list(dict.fromkeys(change.author for change in reversed(self.changes(since, path, without))))

    def changes(self, since: str, path: str = ".", without: tuple[str, ...] = ()) -> list[Change]:
        """The commits since one (none: all) that touch a project path, newest first; merges are left out."""
        specs = [self._spec(path), *(f":(exclude,top){self._spec(folder)}" for folder in without)]
        only = f"{since}..HEAD" if since else "HEAD"
        form = "--format=%H%x00%aN%x00%aE%x00%cI%x00%s"
        said = self._repo.git.log("--no-merges", form, only, "--", f":(top){specs[0]}", *specs[1:])
        rows = (line.split("\0", 4) for line in said.split("\n") if line)
        return [
            Change(commit, Identity(name, email), date, title) for commit, name, email, date, title in rows
        ]

    def _spec(self, path: str) -> str:
        spec = (self._folder / path).relative_to(self.root).as_posix()
        return "" if spec == "." else spec  # after `:(top)` git takes a dot for a name

    def identity(self) -> Identity:
        """Who commits here. Raises InputError when git does not know."""
        import git

        try:
            # Git itself knows every place: variables, includes, each level of its settings. It may not guess.
            said = self._repo.git(c="user.useConfigOnly=true").var("GIT_AUTHOR_IDENT")
        except git.GitCommandError:
            raise InputError(
                "git does not know who you are, and an accepted baseline records it",
                "git config user.name 'Your Name' && git config user.email you@example.com",
            ) from None
        name, _, rest = said.rpartition(">")[0].rpartition(" <")
        return Identity(name, rest)

    def setting(self, name: str) -> str | None:
        """A setting of this clone; None where it has none."""
        return self._repo.git.config("--local", "--get", name, with_exceptions=False) or None

    def configure(self, settings: Mapping[str, str]) -> bool:
        """Write settings of this clone; whether one of them is new. Raises InputError when git will not."""
        import git

        missing = {name: value for name, value in settings.items() if self.setting(name) != value}
        try:
            for name, value in missing.items():
                self._repo.git.config("--local", name, value)
        except git.GitCommandError as error:
            raise InputError(f"git cannot write its settings: {error.stderr.strip()}") from None
        return bool(missing)

    def versions(self, path: str) -> Iterator[GitTree]:
        """The project at each commit that touched a project file, newest first."""
        spec = (self._folder / path).relative_to(self.root).as_posix()
        for line in self._repo.git.log("--format=%H", "--", spec).split():
            yield GitTree(self, line)

    def blob(self, commit: str, path: str) -> bytes | None:
        """Contents of a project file at a commit; None when it is not there."""
        spec = (self._folder / path).relative_to(self.root).as_posix()
        try:
            blob = self._repo.commit(commit).tree / spec
        except (KeyError, ValueError):
            return None
        data: bytes = blob.data_stream.read()
        return data

    def listing(self, commit: str, folder: str) -> list[str]:
        """Paths of all project files below a folder at a commit, sorted."""
        prefix = self._folder.relative_to(self.root).as_posix()
        spec = (self._folder / folder).relative_to(self.root).as_posix()
        names = self._repo.git.ls_tree("-r", "--name-only", "-z", commit, "--", spec).split("\0")
        start = "" if prefix == "." else f"{prefix}/"
        return sorted(name.removeprefix(start) for name in names if name)


class GitTree:
    """The project's files as they were at one commit."""

    def __init__(self, repository: Repository, commit: str) -> None:
        self._repository = repository
        self.commit = commit

    def read(self, path: str) -> str:
        """Text of a file at this commit. Raises InputError when it was not there."""
        data = self._repository.blob(self.commit, path)
        if data is None:
            raise InputError(problems=[Problem(path, 0, 0, f"no such file at commit {self.commit[:10]}")])
        return decode(data, path)

    def files(self, folder: str) -> list[str]:
        """Paths of all files below a folder at this commit."""
        return self._repository.listing(self.commit, folder)

    def has(self, path: str) -> bool:
        """Whether the file was there."""
        return self._repository.blob(self.commit, path) is not None


def _open(folder: Path) -> Any:
    try:
        import git
    except ImportError as error:
        # GitPython looks for the git command when it is imported.
        raise InputError("the git command is not on the PATH", "install git") from error
    try:
        return git.Repo(folder, search_parent_directories=True)
    except (git.InvalidGitRepositoryError, git.NoSuchPathError):
        raise InputError(f"{folder} is not inside a git repository", "git init, then try again") from None
