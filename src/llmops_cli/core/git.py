"""What llmops needs of git, through GitPython; imported only when a command asks for it."""

from __future__ import annotations

import posixpath
import weakref
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmops_cli.core.commit import SHORT, Commit, Identity
from llmops_cli.core.errors import InputError
from llmops_cli.core.git_tree import GitTree
from llmops_cli.core.worktree import worktree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_FIELDS = "%H%x1f%cI%x1f%aN%x1f%aE%x1f%s"
_WITH_COMPLAINT = {"with_extended_output": True, "with_exceptions": False}
"""What makes GitPython hand back git's exit status, its output and its complaint, word for word."""


class Repository:
    """The git repository around a folder. Raises InputError where there is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._repo = _open(folder)
        # It keeps a git process that reads objects: left to the collector, its pipes would stay open.
        weakref.finalize(self, self._repo.close)

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

    def merge_base(self, reference: str) -> str:
        """Full hash of the commit where the present branch left another. Raises InputError."""
        import git

        commit = self.resolve(reference).hash
        try:
            return str(self._repo.git.merge_base(commit, "HEAD")).split()[0]
        except (git.GitCommandError, IndexError):
            hint = "in CI, check out the whole history (fetch-depth: 0)"
            raise InputError(f"HEAD and `{reference}` have no commit in common", hint) from None

    def identity(self) -> Identity:
        """Who commits here. Raises InputError when git does not know."""
        import git

        try:
            # Git itself knows every place: variables, includes, each level of its settings. It may not guess.
            signature = self._repo.git(c="user.useConfigOnly=true").var("GIT_AUTHOR_IDENT")
        except git.GitCommandError:
            raise InputError(
                "git does not know who you are, and an accepted baseline records it",
                "git config user.name 'Your Name' && git config user.email you@example.com",
            ) from None
        name, _, rest = signature.rpartition(">")[0].rpartition(" <")
        return Identity(name, rest)

    def setting(self, name: str) -> str | None:
        """A setting of this clone; None where it has none."""
        return self._repo.git.config("--local", "--get", name, with_exceptions=False) or None

    def configure(self, settings: Mapping[str, str]) -> bool:
        """Write settings of this clone; whether one of them is new. Raises InputError when git will not."""
        missing = {name: value for name, value in settings.items() if self.setting(name) != value}
        for name, value in missing.items():
            status, _, complaint = self._repo.git.config("--local", name, value, **_WITH_COMPLAINT)
            if status:
                raise InputError(f"git cannot write its settings: {complaint}")
        return bool(missing)

    def versions(self, path: str) -> Iterator[GitTree]:
        """The project at each commit that touched a project file, newest first."""
        spec = (self._folder / path).relative_to(self.root).as_posix()
        for line in self._repo.git.log("--format=%H", "--", spec).split():
            yield GitTree(self, line)

    @property
    def shallow(self) -> bool:
        """Whether the history is cut: a clone of the last commits only."""
        return str(self._repo.git.rev_parse("--is-shallow-repository")) == "true"

    def resolve(self, reference: str) -> Commit:
        """The commit that a branch, a tag or a hash names. Raises InputError when there is none."""
        import git

        try:
            revision = self._repo.git.rev_parse(
                "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}"
            )
        except git.GitCommandError:
            hint = "git log --oneline lists them; a CI checkout often has one commit only (fetch-depth: 0)"
            raise InputError(f"git knows no commit `{reference}`", hint) from None
        return self._log([revision, "-1"])[0]

    def log(self, path: str = "", *, since: str = "", without: Sequence[str] = ()) -> list[Commit]:
        """The commits that changed project files at or below a path, newest first.

        A merge is one of them where it made something that neither side had. `since` is a commit that the
        range begins after, `without` are folders that do not count.
        """
        if self.commit() is None:
            return []
        specs = [self._spec(path), *(self._spec(folder, "exclude,") for folder in without)]
        return self._log(["--date-order", f"{since}..HEAD" if since else "HEAD", "--", *specs])

    def authors(
        self,
        since: str,
        paths: Sequence[str] = ("",),
        without: Sequence[str] = (),
        without_names: Sequence[str] = (),
    ) -> list[Identity]:
        """Who wrote the commits after one that changed files at or below paths.

        Who merely merged did not; who changed something in the merge itself did: it has what neither git nor
        a parent put there. `without` are folders, `without_names` patterns of names that do not count. Where
        .mailmap gives somebody another name, both are there: the file is part of what is judged.
        """
        specs = [self._spec(path) for path in paths]
        specs += [self._spec(folder, "exclude,") for folder in without]
        # The project's folder may have signs in its name that mean something in a pattern.
        start = "".join(f"\\{sign}" if sign in "*?[\\" else sign for sign in self.prefix)
        start = f"{start}/" if start else ""
        specs += [f":(exclude,top,glob,icase){start}**/{name}" for name in without_names]
        fields, span = ("%an", "%ae", "%aN", "%aE"), f"{since}..HEAD"
        people = self._people(fields, "--no-merges", span, "--", *specs)
        for merge in str(self._repo.git.rev_list("--merges", "--full-history", span)).split():
            if self._adds_to_merge(merge, specs):
                people += self._people(fields, "--no-walk", merge)
        return list(dict.fromkeys(people))

    def _adds_to_merge(self, merge: str, specs: Sequence[str]) -> bool:
        """Whether a merge is another in some files than git makes by itself, conflicts included."""
        import git

        options = ("--remerge-diff", "--format=", "--name-only", "--no-show-signature")
        try:
            return bool(self._repo.git.show(*options, merge, "--", *specs).strip())
        except git.GitCommandError:
            # Git before 2.35 cannot tell: what is in no parent, file by file, is taken for added.
            return bool(self._repo.git.show("--cc", "--format=", "--name-only", merge, "--", *specs).strip())

    def hands(self, since: str, path: str) -> list[Identity]:
        """Authors and committers of the commits after one that touched a file, as the commits name them."""
        fields = ("%an", "%ae", "%cn", "%ce")
        return self._people(fields, "--full-history", f"{since}..HEAD", "--", self._spec(path))

    def is_changed(self, path: str) -> bool:
        """Whether a file is not as HEAD has it, or HEAD has none."""
        return bool(self._repo.git.status("--porcelain", "--untracked-files=all", "--", self._spec(path)))

    def _people(self, fields: Sequence[str], *arguments: str) -> list[Identity]:
        form = "%x1f".join(fields)
        log = self._repo.git.log("-z", "--no-show-signature", f"--format={form}", *arguments)
        rows = (record.split("\x1f") for record in log.split("\0") if record)
        pairs = (Identity(*row[at : at + 2]) for row in rows for at in range(0, len(fields), 2))
        return list(dict.fromkeys(pairs))

    def mainline(self, revisions: str, paths: Sequence[str], without: Sequence[str] = ()) -> list[Commit]:
        """First-parent commits of a range that changed project files at or below `paths`, newest first.

        A merge counts as one change: all that it brought. `without` are folders that do not count.
        """
        specs = [self._spec(path) for path in paths] + [self._spec(path, "exclude,") for path in without]
        return self._log(["--first-parent", revisions, "--", *specs])

    def is_ancestor(self, older: Commit, newer: Commit) -> bool:
        """Whether one commit is part of the history of another."""
        import git

        try:
            self._repo.git.merge_base("--is-ancestor", older.hash, newer.hash)
        except git.GitCommandError:
            return False
        return True

    def is_since(self, key: str, since: str) -> bool:
        """Whether the start of a hash is that of a commit, or of one between it and HEAD."""
        span = [since, *str(self._repo.git.rev_list(f"{since}..HEAD")).split()]
        return len(key) >= SHORT and any(commit.startswith(key) for commit in span)

    def changed_files(self, commit: Commit) -> list[str]:
        """Project files that a commit changed against its first parent, sorted."""
        options = ["-1", "-m", "--first-parent", "--no-renames", "--name-only", "--format=", "-z"]
        listing = self._repo.git.log(*options, commit.hash, "--", self._spec(""))
        start = f"{self.prefix}/" if self.prefix else ""
        return sorted(name.lstrip("\n").removeprefix(start) for name in listing.split("\0") if name.strip())

    def require_readable(self) -> None:
        """Raise InputError where git will not read the repository: in a container another user may own it."""
        status, _, complaint = self._repo.git.rev_parse("--git-dir", **_WITH_COMPLAINT)
        if status:
            lines = [line.strip().removeprefix("fatal: ") for line in complaint.splitlines() if line.strip()]
            # Of a folder that another user owns git writes the command that helps, in a line of its own.
            commands = [line for line in lines if line.startswith("git config")]
            reason = lines[0] if lines else f"it ended with the status {status}"
            hint = commands[0] if commands else "does `git status` work here?"
            raise InputError(f"git will not read the repository: {reason}", hint)

    def knows(self, reference: str) -> bool:
        """Whether a branch, a tag or a hash names a commit here."""
        try:
            self.resolve(reference)
        except InputError:
            return False
        return True

    def differing(self, commit: str) -> tuple[list[str], list[str]]:
        """Project files that lie otherwise on the disk than at a commit, and others beside it, both sorted.

        Both names of a file that moved count, and new files that git neither knows nor ignores; of those
        outside the project's folder only files that git knows. A folder is another repository.
        """
        form = ("--name-only", "-z", "--no-renames", "--ignore-submodules=none")
        changed = self._repo.git.diff(*form, commit, "--")
        new = self._repo.git.ls_files("--others", "--exclude-standard", "-z", "--", self._spec(""))
        start = f"{self.prefix}/" if self.prefix else ""
        names = {name.rstrip("/") for name in f"{changed}\0{new}".split("\0") if name}
        inside = sorted(name.removeprefix(start) for name in names if name.startswith(start))
        beside = sorted(self._from_project(name) for name in names if not name.startswith(start))
        return inside, beside

    def tracked(self, beside: Iterable[str] = ()) -> frozenset[str]:
        """Project files that git knows, those of submodules included, and which of some beside it."""
        specs = [self._spec(""), *map(self._spec, beside)]
        listing = self._repo.git.ls_files("--recurse-submodules", "-z", "--", *specs)
        return frozenset(self._from_project(name) for name in listing.split("\0") if name)

    def _from_project(self, name: str) -> str:
        """The project path of a file of the repository; `../lib/x` for one beside the project."""
        return posixpath.relpath(f"/{name}", f"/{self.prefix}")

    @contextmanager
    def checkout(self, commit: Commit, without: str) -> Iterator[Path]:
        """The project's folder at a commit, in a temporary worktree that is always gone afterwards.

        The project's folder `without` is taken out, also for git. There may be no project at all at the
        commit. Raises StorageError when git cannot write the worktree.
        """
        with worktree(self._repo.git, commit, self._spec(without)) as folder:
            yield folder / self.prefix

    @cached_property
    def prefix(self) -> str:
        """The project's folder in the repository; "" where it is the top."""
        inside = self._folder.relative_to(self.root).as_posix()
        return "" if inside == "." else inside

    def _spec(self, path: str, magic: str = "") -> str:
        """How git is told of a project path: from the top, and nothing in it is a pattern."""
        from_top = posixpath.normpath(posixpath.join(self.prefix, path))
        return f":({magic}top,literal){'' if from_top == '.' else from_top}"

    def _log(self, arguments: Sequence[str]) -> list[Commit]:
        log = self._repo.git.log("-z", "--no-show-signature", f"--format={_FIELDS}", *arguments)
        rows = (record.split("\x1f", 4) for record in log.split("\0") if record)
        return [Commit(key, date, Identity(name, email), title) for key, date, name, email, title in rows]

    def named(self, commit: str, name: str) -> list[str]:
        """Every file of the repository with this name at a commit, as a path from its top, sorted."""
        listing = str(self._repo.git.ls_tree("-r", "--full-tree", "--name-only", "-z", commit))
        return sorted(path for path in listing.split("\0") if path.rpartition("/")[2] == name)

    def tree(self, commit: str) -> Any:
        """The top folder of the repository at a commit, as GitPython has it."""
        return self._repo.commit(commit).tree


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
