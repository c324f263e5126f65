"""The scores of a run, kept beside it in the form of baselines, so that any two runs can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.baselines.read import from_text
from llmops_cli.baselines.write import to_text
from llmops_cli.core.errors import InputError
from llmops_cli.core.files import read_text, write_text
from llmops_cli.evals.journal import read_header

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from llmops_cli.compare.scores import Scores

FOLDER = "scores"


def save_scores(folder: Path, subjects: Iterable[Scores]) -> None:
    """Write the scores of each subject into the run's folder. Raises StorageError."""
    for number, scores in enumerate(subjects):
        write_text(folder / FOLDER / f"{number}.jsonl", to_text(scores))


def load_scores(folder: Path) -> list[Scores]:
    """The scores of each subject of a finished run. Raises InputError when it has none."""
    paths = sorted((folder / FOLDER).glob("*.jsonl"), key=lambda path: int(path.stem))
    if not paths:
        if "shard" in read_header(folder):
            message = f"run {folder.name} is one shard of several, and has no scores of its own"
            raise InputError(message, "`llmops merge` judges all shards together")
        raise InputError(
            f"run {folder.name} has no scores: it was not finished", f"llmops eval --resume {folder.name}"
        )
    return [from_text(read_text(path, str(path)), str(path)) for path in paths]
