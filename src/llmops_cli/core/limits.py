"""How much a project's files, templates and patterns may take, so that none of them takes the machine."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1024 * 1024
DEEPEST = 200
"""Levels that `depth` may allow at most: beyond, Python itself gives up on nested data."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one project; `limits` in llmops.yaml changes some.

    `file_mb` and `cell_mb` are MiB of one file, and of one cell of CSV, line of JSON Lines or text in YAML.
    `cases` counts those of a file, `values` everything in one file that has a place of its own, `depth` its
    levels, `aliases` what YAML aliases repeat. `render_s` are seconds of computing and `render_mb` MiB that
    one rendering takes, `pattern_s` seconds that a pattern or a JSON Schema takes on one text.
    """

    file_mb: float = 128
    cell_mb: float = 16
    cases: int = 200_000
    values: int = 2_000_000
    depth: int = 100
    aliases: int = 10_000
    render_s: float = 2
    render_mb: float = 16
    pattern_s: float = 5

    @property
    def file_bytes(self) -> int:
        """Bytes of a file."""
        return int(self.file_mb * MB)

    @property
    def cell_bytes(self) -> int:
        """Bytes of a cell."""
        return int(self.cell_mb * MB)

    @property
    def render_bytes(self) -> int:
        """Bytes of what a template makes."""
        return int(self.render_mb * MB)

    def has_room(self, text: str) -> bool:
        """Whether a text fits into a cell."""
        most = self.cell_bytes
        return 4 * len(text) <= most or len(text.encode("utf-8", "surrogatepass")) <= most


def more(key: str) -> str:
    """The next step for whoever meets a limit."""
    return f"where it is meant, `limits: {{{key}: …}}` in llmops.yaml allows more"
