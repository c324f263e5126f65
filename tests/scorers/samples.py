"""Samples and surroundings for scorers, made of data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from llmops_cli.core.errors import InputError
from llmops_cli.models.answer import Answer
from llmops_cli.scorers.base import Surroundings
from llmops_cli.scorers.sample import Sample


def made_sample(data: dict[str, Any]) -> Sample:
    return Sample(
        answer=Answer.from_json({"text": data["output"], "requested": "gw/m", **data.get("answer", {})}),
        id="a-case",
        vars=data.get("vars", {}),
        expected=data.get("expected"),
        has_expected="expected" in data,
        context=tuple(data.get("context", ())),
        messages=tuple(data.get("messages", ())),
        metadata=data.get("metadata", {}),
    )


def surroundings(root: Path, files: dict[str, str] | None = None) -> Surroundings:
    for path, text in (files or {}).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")

    def resolve(path: str) -> Path:
        if not (root / path).is_file():
            raise InputError(f"{path}: no such file")
        return root / path

    return Surroundings(root, resolve)
