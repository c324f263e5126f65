"""Where a worker finds the files of its project, and what else is importable."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.scorers.call import Module


@contextmanager
def laid_out(module: Module) -> Iterator[tuple[Path, Path]]:
    """The folder of the project as a worker sees it, and one that it may write to; both hold meanwhile.

    Files of another commit are written to a folder of their own, and nothing else of the project is there.
    """
    with TemporaryDirectory(prefix="llmops-scorer-", ignore_cleanup_errors=True) as name:
        made = Path(name).resolve()
        writable = made / "tmp"
        writable.mkdir()
        if module.contents is None:
            yield module.root.resolve(), writable
            return
        root = made / "project"
        for path, data in module.contents.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        yield root, writable


def search_path(module: Module, root: Path) -> list[str]:
    """Where a worker finds modules: where this process does; what that finds in the project, in `root`."""
    project = module.root.resolve()
    places = []
    for place in filter(None, sys.path):
        path = Path(place).resolve()
        inside = path.is_relative_to(project) and not {"site-packages", "dist-packages"} & {*path.parts}
        places.append(str(root / path.relative_to(project)) if inside else place)
    return list(dict.fromkeys(places))


def package_folder() -> str:
    """The folder that holds this package."""
    return str(Path(__file__).parents[3])
