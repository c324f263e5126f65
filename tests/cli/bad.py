"""A project with one fault, and what the command has to say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.cli.projects import SUITE_PATH, changed, llmops

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.servers.provider import Provider

EQUALS = '- equals: "{{ expected }}"'


@dataclass(frozen=True)
class Bad:
    """A fault: the files that differ from the valid project, the whole of stderr, the arguments of eval."""

    name: str
    files: Mapping[str, str | bytes | None]
    said: str
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def assert_refused(bad: Bad, root: Path, provider: Provider) -> None:
    """The command names the fault, exits with 2, answers nothing, and asks and writes nothing."""
    before = sorted(root.rglob("*"))
    said = llmops(root, "eval", *bad.arguments)
    assert (said.code, said.err, said.out) == (2, bad.said, "")
    assert provider.count == 0
    assert sorted(root.rglob("*")) == before


def problems(*texts: str) -> str:
    """The whole of stderr for these problems."""
    count = len(texts)
    return (
        "".join(f"{text}\n" for text in texts)
        + f"\n{count} problem{'s' if count > 1 else ''}; nothing was called.\n"
    )


def scoring(entry: str, **files: str) -> dict[str, str]:
    """The suite with another scorer, and files `scorers/NAME.py`."""
    return {
        **changed(SUITE_PATH, EQUALS, entry),
        **{f"scorers/{name}.py": text for name, text in files.items()},
    }


def gating(rules: str) -> dict[str, str]:
    return changed(SUITE_PATH, "pass_rate: {max_drop: 0.05}", rules)
