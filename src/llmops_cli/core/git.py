"""What llmops needs of git, through GitPython; imported only when a command asks for it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import threading
import weakref
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmops_cli.core.errors import InputError, StorageError
from llmops_cli.core.tree import Kind, Tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SHORT = 10
"""Hex digits of a commit that are shown."""
_HEAD, _NO_COMMIT = "# branch.oid ", "(initial)"
"""What `git status` says before the hash of HEAD, and in its place where nothing is committed yet."""
_FIELDS = "%H%x1f%cI%x1f%aN%x1f%aE%x1f%s"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who commits: name and e-mail address as git knows them."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: its full hash, when it was made (ISO, with the offset), who wrote it, its first line."""

    hash: str
    date: str
    author: Identity
    subject: str

    @property
    def short(self) -> str:
        """The hash as it is shown."""
        return self.hash[:SHORT]

    @property
    def day(self) -> str:
        """The date as it is shown."""
        return self.date[:10]


@dataclass(frozen=True, slots=True)
class HeadState:
    """HEAD and the folder beside it: the commit, whether anything differs from it, None where git cannot say.

    `tracked` are the files of one folder that git has in its index.
    """

    commit: str | None = None
    dirty: bool | None = None
    tracked: tuple[str, ...] = ()


def head_state(folder: Path, watched: str) -> HeadState:
    """The state of HEAD, and the files below `watched` that git tracks, in whatever case they are written.

    It asks the git command itself, all questions side by side: every run needs this, and importing GitPython
    takes ten times as long.
    """
    commands = (
        ["git", "status", "--porcelain=v2", "--branch", "--no-ahead-behind", "-unormal", "--", "."],
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
        (status, _), (tracked, _) = (process.communicate() for process in asked)
    except OSError:
        return HeadState()
    lines = status.removesuffix("\n").split("\n")
    commits = [line.removeprefix(_HEAD) for line in lines if line.startswith(_HEAD)]
    commit = commits[0] if commits and commits[0] != _NO_COMMIT else None
    dirty = any(not line.startswith("#") for line in lines) if commits else None
    return HeadState(commit, dirty, tuple(filter(None, tracked.split("\0"))))


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

    @property
    def shallow(self) -> bool:
        """Whether the history is cut: a clone of the last commits only."""
        return str(self._repo.git.rev_parse("--is-shallow-repository")) == "true"

    def resolve(self, reference: str) -> Commit:
        """The commit that a branch, a tag or a hash names. Raises InputError when there is none."""
        import git

        try:
            found = self._repo.git.rev_parse(
                "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}"
            )
        except git.GitCommandError:
            hint = "git log --oneline lists them; a CI checkout often has one commit only (fetch-depth: 0)"
            raise InputError(f"git knows no commit `{reference}`", hint) from None
        return self._log([found, "-1"])[0]

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
        said = self._repo.git.log("-z", "--no-show-signature", f"--format={form}", *arguments)
        rows = (record.split("\x1f") for record in said.split("\0") if record)
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

    def changed_files(self, commit: Commit) -> list[str]:
        """Project files that a commit changed against its first parent, sorted."""
        options = ["-1", "-m", "--first-parent", "--no-renames", "--name-only", "--format=", "-z"]
        said = self._repo.git.log(*options, commit.hash, "--", self._spec(""))
        start = f"{self.prefix}/" if self.prefix else ""
        return sorted(name.lstrip("\n").removeprefix(start) for name in said.split("\0") if name.strip())

    def require_readable(self) -> None:
        """Raise InputError where git will not read the repository: in a container another user may own it."""
        import git

        try:
            self._repo.git.rev_parse("--git-dir")
        except git.GitCommandError as error:
            lines = [line.strip(" \t'") for line in str(error.stderr).partition("stderr: ")[2].splitlines()]
            said = [line.removeprefix("fatal: ") for line in lines if line]
            hint = next(
                (line for line in said if line.startswith("git config")), "does `git status` work here?"
            )
            raise InputError(
                f"git will not read the repository: {said[0] if said else error}", hint
            ) from None

    def knows(self, reference: str) -> bool:
        """Whether a branch, a tag or a hash names a commit here."""
        try:
            self.resolve(reference)
        except InputError:
            return False
        return True

    def differing(self, commit: str) -> tuple[list[str], int]:
        """Project files that lie otherwise on the disk than at a commit, sorted, and how many others do.

        Both names of a file that moved count, and new files that git neither knows nor ignores; of those
        outside the project's folder only files that git knows. A folder is another repository.
        """
        form = ("--name-only", "-z", "--no-renames", "--ignore-submodules=none")
        said = self._repo.git.diff(*form, commit, "--")
        new = self._repo.git.ls_files("--others", "--exclude-standard", "-z", "--", self._spec(""))
        start = f"{self.prefix}/" if self.prefix else ""
        names = {name.rstrip("/") for name in f"{said}\0{new}".split("\0") if name}
        inside = sorted(name.removeprefix(start) for name in names if name.startswith(start))
        return inside, len(names) - len(inside)

    def tracked(self) -> frozenset[str]:
        """Project files that git knows, those of submodules included."""
        said = self._repo.git.ls_files("--recurse-submodules", "-z", "--", self._spec(""))
        start = f"{self.prefix}/" if self.prefix else ""
        return frozenset(name.removeprefix(start) for name in said.split("\0") if name)

    @contextmanager
    def checkout(self, commit: Commit, without: str) -> Iterator[Path]:
        """The project's folder at a commit, in a temporary worktree that is always gone afterwards.

        The project's folder `without` is taken out, also for git. There may be no project at all at the
        commit. Raises StorageError when git cannot write the worktree.
        """
        holder = Path(tempfile.mkdtemp(prefix="llmops-worktree-")).resolve()
        try:
            self._add_worktree(holder / "tree", commit, without)
            yield holder / "tree" / self.prefix
        finally:
            with _undisturbed():
                self._remove_worktree(holder)

    def _add_worktree(self, folder: Path, commit: Commit, without: str) -> None:
        import git

        # A hook that runs on a checkout is meant for the user's own worktree.
        command = self._repo.git(c="core.hooksPath=/dev/null")
        try:
            command.worktree("add", "--detach", str(folder), commit.hash)
            git.Git(str(folder)).rm("-r", "-q", "-f", "--ignore-unmatch", "--", self._spec(without))
        except git.GitCommandError as error:
            said = str(error.stderr).strip().removeprefix("stderr: ").strip("'").strip()
            raise StorageError(f"git cannot check out {commit.short}: {said}") from error

    def _remove_worktree(self, holder: Path) -> None:
        import git

        try:
            with suppress(git.GitCommandError):
                self._repo.git.worktree("remove", "--force", "--force", str(holder / "tree"))
        finally:
            shutil.rmtree(holder, ignore_errors=True)
            with suppress(git.GitCommandError):
                self._repo.git.worktree("prune")

    @cached_property
    def prefix(self) -> str:
        """The project's folder in the repository; "" where it is the top."""
        found = self._folder.relative_to(self.root).as_posix()
        return "" if found == "." else found

    def _spec(self, path: str, magic: str = "") -> str:
        """How git is told of a project path: from the top, and nothing in it is a pattern."""
        found = (Path(self.prefix) / path).as_posix()
        return f":({magic}top,literal){'' if found == '.' else found}"

    def _log(self, arguments: Sequence[str]) -> list[Commit]:
        said = self._repo.git.log("-z", "--no-show-signature", f"--format={_FIELDS}", *arguments)
        rows = (record.split("\x1f", 4) for record in said.split("\0") if record)
        return [Commit(key, date, Identity(name, email), title) for key, date, name, email, title in rows]

    def named(self, commit: str, name: str) -> list[str]:
        """Every file of the repository with this name at a commit, as a path from its top, sorted."""
        listing = str(self._repo.git.ls_tree("-r", "--full-tree", "--name-only", "-z", commit))
        return sorted(path for path in listing.split("\0") if path.rpartition("/")[2] == name)

    def tree(self, commit: str) -> Any:
        """The top folder of the repository at a commit, as GitPython has it."""
        return self._repo.commit(commit).tree


class GitTree(Tree):
    """The project's files as they were at one commit.

    `folder` is where the project lay then, in the repository; without it, where it lies now.
    """

    def __init__(self, repository: Repository, commit: str, folder: str | None = None) -> None:
        self._repository = repository
        self.commit = commit
        self.folder = repository.prefix if folder is None else folder
        self._folders: dict[str, dict[str, Any]] = {}

    def kind(self, place: str) -> Kind:
        """What was there."""
        if not place:
            return Kind.FOLDER
        item = self._item(place)
        return Kind.NOTHING if item is None else _kind(item.mode)

    def entries(self, place: str) -> Mapping[str, Kind]:
        """What was in a folder."""
        return {name: _kind(item.mode) for name, item in self._items(place).items()}

    def target(self, place: str) -> str:
        """The text of a link."""
        return self.content(place).decode("utf-8", "replace")

    def content(self, place: str) -> bytes:
        """Bytes of a file, or the text of a link."""
        item = self._item(place)
        if item is None:
            return b""
        data: bytes = item.data_stream.read()
        return data

    def _item(self, place: str) -> Any:
        """What git has there, by its name in its folder; None where there is nothing."""
        above, _, name = place.rpartition("/")
        return self._items(above).get(name)

    def _items(self, place: str) -> dict[str, Any]:
        if place not in self._folders:
            tree = self._item(place) if place else self._repository.tree(self.commit)
            is_folder = tree is not None and _kind(tree.mode) is Kind.FOLDER
            items = tree if is_folder else ()
            self._folders[place] = {str(item.path).rpartition("/")[2]: item for item in items}
        return self._folders[place]


_KINDS = {0o040000: Kind.FOLDER, 0o120000: Kind.LINK, 0o160000: Kind.SUBMODULE, 0o100000: Kind.FILE}


def _kind(mode: int) -> Kind:
    return _KINDS.get(mode & 0o170000, Kind.NOTHING)


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
