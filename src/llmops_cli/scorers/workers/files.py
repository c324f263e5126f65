"""Where a worker finds the files of its project, and what else is importable."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.scorers.call import Module


@contextmanager
def laid_out(module: Module) -> Iterator[tuple[Path, Path, Path]]:
    """The repository and the project in it as a worker sees them, and a folder that it may write to.

    All hold meanwhile. Files of another commit are written to a folder of their own, and nothing else of the
    project is there.
    """
    with TemporaryDirectory(prefix="llmops-scorer-", ignore_cleanup_errors=True) as name:
        made = Path(name).resolve()
        writable = made / "tmp"
        writable.mkdir()
        if module.contents is None:
            yield module.top.resolve(), module.root.resolve(), writable
            return
        top = made / "repository"
        root = top / module.root.resolve().relative_to(module.top.resolve())
        root.mkdir(parents=True)
        for path, data in module.contents.items():
            place = Path(os.path.normpath(root / path))
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        yield top, root, writable


def search_path(module: Module, top: Path) -> list[str]:
    """Where a worker finds modules: where this process does; what that finds in the repository, in `top`."""
    repository = module.top.resolve()
    places = []
    for place in filter(None, sys.path):
        path = Path(place).resolve()
        inside = path.is_relative_to(repository) and not {"site-packages", "dist-packages"} & {*path.parts}
        places.append(str(top / path.relative_to(repository)) if inside else place)
    return list(dict.fromkeys(places))


def package_folder() -> str:
    """The folder that holds this package."""
    return str(Path(__file__).parents[3])
