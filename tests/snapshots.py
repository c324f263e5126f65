"""Whole outputs kept as files: `LLMOPS_UPDATE_SNAPSHOTS=1 pytest` rewrites them, reviewers read the diff."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

UPDATE = "LLMOPS_UPDATE_SNAPSHOTS"


def assert_snapshot(text: str, path: Path) -> None:
    if os.environ.get(UPDATE):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return
    assert path.is_file(), f"{path.name} is missing; {UPDATE}=1 pytest writes it"
    assert text == path.read_bytes().decode(), f"{path.name} differs; {UPDATE}=1 pytest rewrites it"
