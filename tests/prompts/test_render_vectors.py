"""The Jinja vectors of another project, through a prompt file on disk. Skipped where they are not there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmops_cli.core.errors import InputError
from llmops_cli.core.tree import WorkingTree
from llmops_cli.prompts.load import load_prompts
from llmops_cli.prompts.render import render

VECTORS = Path(__file__).parents[3] / "shared/vectors/prompty_render_RenderVectors.json"

STRICTER = {"missing_variable_renders_empty": "an undefined variable is an error here"}
OTHER_FEATURES = {"thread_nonce_injection": "threads are the case's `messages` here, not a variable"}


def _vectors() -> list[Any]:
    if not VECTORS.is_file():
        return [pytest.param(None, marks=pytest.mark.skip(reason="the vectors are not on this machine"))]
    found = json.loads(VECTORS.read_text("utf-8"))
    return [pytest.param(v, id=v["name"]) for v in found if v["input"]["engine"] == "jinja2"]


@pytest.mark.parametrize("vector", _vectors())
def test_vector(vector: dict[str, Any], tmp_path: Path) -> None:
    data = {"id": "v", "version": "1.0.0", "model": "local/x", "prompt": vector["input"]["template"]}
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/v.yaml").write_text(json.dumps(data), encoding="utf-8")
    prompts, problems = load_prompts(WorkingTree(tmp_path))
    assert problems == []
    if vector["name"] in OTHER_FEATURES:
        pytest.skip(OTHER_FEATURES[vector["name"]])
    if vector["name"] in STRICTER:
        with pytest.raises(InputError, match="'name' is undefined"):
            render(prompts["v"], vector["input"]["inputs"])
        return
    (message,) = render(prompts["v"], vector["input"]["inputs"])
    assert message == {"role": "user", "content": vector["expected"]["rendered"]}
