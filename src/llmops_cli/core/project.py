"""The project: a folder with `llmops.yaml` at its root, and the places of everything in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from llmops_cli.core import schema
from llmops_cli.core.address import is_readable, without_login
from llmops_cli.core.errors import InputError
from llmops_cli.core.git import Repository
from llmops_cli.core.limits import Limits
from llmops_cli.core.policy import Policy, policy_from
from llmops_cli.core.source import read_yaml
from llmops_cli.core.tree import STATE, WorkingTree, on_disk, repository_top

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from llmops_cli.core.problem import Problem
    from llmops_cli.core.source import Source
    from llmops_cli.core.tree import Tree

MARKER = "llmops.yaml"
_INSTEAD = (
    "write the address without them, and name a variable: `api_key_env` for a key, "
    "`headers_env: {Authorization: VARIABLE}` for the whole value of a header (`Basic …`)"
)
KEPT = ("baselines", "cassettes", STATE)
"""The folders that llmops writes to."""
_DOTS = {"": "%", ".": "%2E", "..": "%2E%2E"}
"""Parts of a model's name that would lead to another folder, as parts of a path."""


@dataclass(frozen=True)
class Project:
    """One project. Every setting has a default; `llmops.yaml` changes some.

    `allow_aliases` is True, or the models whose moving names are accepted. `concurrency` counts calls at
    once, `timeout_s` is seconds for one call, `max_answer_mb` millions of bytes for one reply. With
    `store_outputs` false, baselines keep hashes only. `ignored` are globs of files that no suite depends on,
    `limits` how much its files may take.
    `state_root` is set where another checkout of the project shares this one's local state, `source` where
    its files are not those on the disk.
    """

    root: Path
    name: str = ""
    allow_aliases: bool | frozenset[str] = False
    concurrency: int = 16
    timeout_s: float = 60.0
    max_attempts: int = 5
    max_answer_mb: float = 16.0
    store_outputs: bool = True
    providers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    prices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    ignored: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    state_root: Path | None = None
    source: Tree | None = field(default=None, repr=False, compare=False)

    @cached_property
    def tree(self) -> Tree:
        """Its files: as they lie on the disk, or as they were at the commit that it was read from."""
        return (self.source or WorkingTree(self.root)).within(self.limits)

    @cached_property
    def repository(self) -> Repository:
        """The git repository around the project. Raises InputError where there is none."""
        return Repository(self.root)

    @cached_property
    def folder(self) -> str:
        """The project's folder in its git repository, as places in a review begin with; "" at the top."""
        return folder_in_repository(self.root)

    @property
    def state(self) -> Path:
        """Local state, never committed: the answer cache, runs. Raises InputError as `on_disk` does."""
        return self.state_path("")

    def state_path(self, name: str) -> Path:
        """A file or folder of the local state. Raises InputError as `on_disk` does."""
        return on_disk(self.state_root or self.root, f"{STATE}/{name}".rstrip("/"))

    def on_disk(self, path: str) -> Path:
        """A file of the project to be written. Raises InputError where a link leads out of the repository."""
        return on_disk(self.root, path)

    def baseline_path(self, suite: str, model: str, *, prompt: str = "") -> Path:
        """Where the baseline of one suite and model lies; `prompt` only for suites with several.

        Raises InputError where a link leads it out of the repository.
        """
        return self._per_model("baselines", suite, model, prompt)

    def cassette_path(self, suite: str, model: str, *, prompt: str = "") -> Path:
        """Where the recorded answers of one suite and model lie. Raises InputError as for baselines."""
        return self._per_model("cassettes", suite, model, prompt)

    def shown(self, path: Path) -> str:
        """A path as it is shown to the user: relative to the project where it can be."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return str(path)

    def _per_model(self, folder: str, suite: str, model: str, prompt: str) -> Path:
        # A model's name may hold what a file's name may not (`llama3:8b`); its slashes become folders.
        parts = [_DOTS.get(part) or quote(part, safe="@+ ") for part in model.split("/")]
        above = [folder, suite, prompt] if prompt else [folder, suite]
        path = "/".join([*above, *parts[:-1], f"{parts[-1]}.jsonl"])
        self.tree.place(path)
        return self.root / path


def _logins(source: Source) -> Iterator[Problem]:
    """Addresses that carry a user and a password: secrets, in a file that is committed."""
    for name, entry in source.data.get("providers", {}).items():
        address, login = without_login(entry.get("base_url", ""))
        if login is not None or ("@" in address and not is_readable(address)):
            message = f"the address of `{name}` holds a user or a password, which would be committed"
            yield source.problem(("providers", name, "base_url"), message, _INSTEAD)


def folder_in_repository(root: Path) -> str:
    """A folder as its git repository names it: with slashes, "" for the top and outside of any."""
    top = repository_top(root)
    inside = "" if top is None else root.relative_to(top).as_posix()
    return "" if inside == "." else inside


def find_project(start: Path) -> Project:
    """The project at `start` or in the nearest folder above it.

    Raises InputError when there is none or its `llmops.yaml` is wrong.
    """
    return read_project(find_root(start))


def find_root(start: Path) -> Path:
    """The folder of the project at `start` or in the nearest folder above it. Raises InputError."""
    try:
        folder = start.resolve(strict=True)
    except (OSError, RuntimeError):
        raise InputError(f"{start}: no such folder", "name the project's folder with -C") from None
    for candidate in (folder, *folder.parents):
        if (candidate / MARKER).is_file():
            return candidate
    raise InputError(
        f"no {MARKER} in {folder} or any folder above it",
        "run `llmops init` here to start a project, or name its folder with -C",
    )


def read_project(root: Path, tree: Tree | None = None) -> Project:
    """The project whose files a tree has, those on the disk where none is given.

    Raises InputError when its `llmops.yaml` is missing or wrong.
    """
    source = read_yaml((tree or WorkingTree(root)).read(MARKER), MARKER)
    if source.data is None:
        return Project(root, source=tree)
    problems = schema.check(source, "project")
    if tree is None and not problems:
        # What lies in history cannot be mended, and is asked nobody.
        problems = list(_logins(source))
    if problems:
        raise InputError(problems=problems)
    apart = ("schema", "models", "policy", "changed", "limits")
    settings = {key: value for key, value in source.data.items() if key not in apart}
    aliases = source.data.get("models", {}).get("allow_aliases", False)
    allowed = frozenset(aliases) if isinstance(aliases, list) else bool(aliases)
    ignored = tuple(source.data.get("changed", {}).get("ignore", ()))
    policy = policy_from(source.data)
    limits = Limits(**source.data.get("limits", {}))
    return Project(
        root,
        allow_aliases=allowed,
        policy=policy,
        ignored=ignored,
        limits=limits,
        source=tree,
        **settings,
    )
