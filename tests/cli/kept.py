"""What many tests begin with is made once, by the front door, and copied for each of them.

    @made_once
    def started(root: Path, settings: str = "") -> Path: ...

What such a function makes is kept for as long as the process runs, and written out again where it is called
with equal arguments in equal surroundings. So it may depend on nothing but those.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

P = ParamSpec("P")
OTHER_EACH_TIME = ("PYTEST_CURRENT_TEST", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL")
"""What tells tests apart and says nothing about what they make."""


@dataclass(frozen=True)
class Kept:
    """A folder with all that is in it."""

    folders: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...]

    @classmethod
    def of(cls, root: Path) -> Kept:
        below = [(str(path.relative_to(root)), path) for path in sorted(root.rglob("*"))]
        return cls(
            tuple(name for name, path in below if path.is_dir()),
            tuple((name, path.read_bytes()) for name, path in below if path.is_file()),
        )

    def write(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        for name in self.folders:
            os.mkdir(f"{root}/{name}")  # noqa: PTH102 - a hundred paths for each of a thousand tests
        for name, content in self.files:
            with open(f"{root}/{name}", "wb") as stream:  # noqa: PTH123
                stream.write(content)


_KEPT: dict[Hashable, Kept] = {}


def made_once(make: Callable[Concatenate[Path, P], Path]) -> Callable[Concatenate[Path, P], Path]:
    """Make a folder with these arguments only once: `make` gets a new or empty one, and returns it."""

    @wraps(make)
    def begin(root: Path, /, *arguments: P.args, **named: P.kwargs) -> Path:
        assert not root.exists() or not any(root.iterdir()), "a beginning needs a folder of its own"
        key = (make, _hashable(arguments), _hashable(named), _surroundings())
        if key in _KEPT:
            _KEPT[key].write(root)
        else:
            assert make(root, *arguments, **named) == root
            _KEPT[key] = Kept.of(root)
        return root

    return begin


def _hashable(value: Any) -> Hashable:
    if isinstance(value, Mapping):
        return tuple((key, _hashable(item)) for key, item in value.items())
    return tuple(map(_hashable, value)) if isinstance(value, list | tuple) else value


def _surroundings() -> Hashable:
    return tuple(sorted(item for item in os.environ.items() if item[0] not in OTHER_EACH_TIME))
