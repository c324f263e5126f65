"""A file of the project, or a module by its name: imported when first needed, apart from other scorers'."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from llmops_cli.core.canonical import content_hash
from llmops_cli.scorers.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from types import ModuleType


class ProjectModule:
    """A file of the project, and what it imports of the project; with a `name` it is imported by it.

    It may import its neighbours: what lies in `folders`. Two files may have neighbours of one name: while the
    code of one runs, `sys.modules` and `sys.path` have what it imported and added, and nothing of the
    others. Compiled files are neither read nor written: they would lie beside the project's files and may be
    stale.
    """

    def __init__(self, file: Path, watch: Watch, folders: Sequence[str], name: str = "") -> None:
        self.file = file
        self.watch = watch
        self.folders = folders
        self.name = name
        self._module: ModuleType | None = None
        self._at_load: list[str] = []
        self._neighbours: dict[str, ModuleType] = {}
        self._path: list[str] = []
        self._finder = _Finder(watch)

    def function(self, name: str) -> Any:
        """What has a name in it. Raises whatever the file raises, and AttributeError."""
        if self._module is None:
            try:
                with self.running():
                    self._module = self._load()
            finally:
                self._at_load = self.watch.take_beyond()
        return getattr(self._module, name)

    def beyond(self) -> list[str]:
        """The files that were opened when it was loaded, or since this was last asked, and are not named.

        What was opened when it was loaded is part of all that its functions say.
        """
        return list(dict.fromkeys([*self._at_load, *self.watch.take_beyond()]))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let its code run; what it prints is no answer of the program."""
        before, leave = sys.path[:], os._exit
        os._exit = _refuse_to_leave(os.getpid(), leave)
        sys.path[:] = self._path or with_neighbours(before, self.folders)
        sys.modules.update(self._neighbours)
        many = len(sys.modules)
        sys.meta_path.insert(0, self._finder)
        try:
            with self.watch.watching(), redirect_stdout(sys.stderr):
                yield
        finally:
            os._exit = leave
            sys.meta_path.remove(self._finder)
            if len(sys.modules) != many:
                self._neighbours |= {
                    name: module for name, module in sys.modules.items() if self._is_own(module)
                }
            for name in self._neighbours:
                sys.modules.pop(name, None)
            self._path, sys.path[:] = sys.path[:], before

    def _is_own(self, module: ModuleType) -> bool:
        # Some modules import others when they are asked for an attribute.
        loader = getattr(getattr(module, "__dict__", {}).get("__spec__"), "loader", None)
        return isinstance(loader, _Loader) and loader.watch is self.watch

    def _load(self) -> ModuleType:
        if self.name:
            return import_module(self.name)
        name = f"llmops_scorer_{self.file.stem}_{content_hash([str(self.file), id(self)])}"
        spec = spec_from_file_location(name, self.file, loader=_Loader(name, str(self.file), self.watch))
        if spec is None or spec.loader is None:
            raise ImportError(f"{self.file} is not a Python file")
        module = sys.modules[name] = module_from_spec(spec)  # dataclasses look their module up there
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
        return module


def _refuse_to_leave(process: int, leave: Callable[[int], NoReturn]) -> Any:
    """An `os._exit` that raises SystemExit here: the run would end with no verdict, and maybe as a success.

    Processes that the code forks may end with it.
    """

    def leave_a_fork(status: int) -> NoReturn:
        if os.getpid() != process:
            leave(status)
        raise SystemExit(f"os._exit({status}) would end the run")

    return leave_a_fork


class _Loader(SourceFileLoader):
    """Reads no `.pyc` and writes none."""

    def __init__(self, name: str, path: str, watch: Watch) -> None:
        super().__init__(name, path)
        self.watch = watch

    def path_stats(self, path: Any) -> Mapping[str, Any]:
        raise OSError(path)


class _Finder(MetaPathFinder):
    """Finds modules where Python does, and loads those of the project from their text."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None or type(spec.loader) is not SourceFileLoader:
            return None
        if not self.watch.is_own(spec.origin):
            return None
        spec.loader = _Loader(fullname, spec.origin, self.watch)
        return spec


class OnlyHere(MetaPathFinder):
    """Refuses modules of a project that lies elsewhere: the files of another commit are what is to run.

    An editable install finds a project's modules in its working tree, wherever their importer lies.
    """

    def __init__(self, elsewhere: str) -> None:
        self._elsewhere = Watch(Path(elsewhere), ())

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the other finders find. Raises ImportError where that lies elsewhere."""
        others = [finder for finder in sys.meta_path if not isinstance(finder, OnlyHere)]
        for finder in others:
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(fullname, path, target) if find is not None else None
            if spec is None:
                continue
            places = [spec.origin, *(spec.submodule_search_locations or ())]
            if any(isinstance(place, str) and self._elsewhere.is_own(place) for place in places):
                raise ImportError(f"`{fullname}` is that of the working tree, not of the commit that judges")
            return spec
        return None


def neighbours(file: str, root: str, name: str = "", folder: str | None = "") -> list[str]:
    """The folders that a file of the project may import from; without a `folder` it is an installed one.

    A module that is imported by a `name` has its own folder as a package.
    """
    if folder is None:
        return []
    return [os.path.join(root, folder) if name else os.path.dirname(file), root]  # noqa: PTH118, PTH120


def with_neighbours(places: list[str], folders: Iterable[str]) -> list[str]:
    """A search path with some folders of the project, after Python's own modules.

    A file that is called like one of the standard library does not stand in for it.
    """
    folders = [place for place in dict.fromkeys(folders) if place not in places]
    packages = (at for at, place in enumerate(places) if place.endswith(("site-packages", "dist-packages")))
    at = next(packages, len(places))
    return [*places[:at], *folders, *places[at:]]
