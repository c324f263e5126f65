"""A history of pull requests over the example project: what CI says of each, as a reviewer gets to see it.

Each pull request is checked and judged as the workflow of a repository does it, in the environment of GitHub
Actions. The exit code, the comment and the annotations are kept whole in `snapshots/`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.provider import Provider
from tests.snapshots import assert_snapshot
from tests.story.judging import judged
from tests.story.pull_requests import STORY
from tests.story.repository import Model, Repo, example_cases

pytestmark = pytest.mark.workflows

SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.mark.parametrize("number", range(len(STORY)), ids=[request.name for request in STORY])
def test_what_ci_says(repo: Repo, number: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    request = STORY[number]
    model = Model(example_cases())
    request.model(model)
    with Provider(model) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.openai_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-story")
        repo.branch(request.name)
        request.write(repo)
        if request.down:
            provider.misbehave(503, times=None, message="The server is overloaded")
        code, comment, annotations = judged(repo, request, monkeypatch, tmp_path)
    assert code == request.code, comment
    said = f"exit code {code}\n\n" + (annotations or "no annotations\n")
    assert_snapshot(said, SNAPSHOTS / f"{number + 1:02}-{request.name}.txt")
    assert_snapshot(comment, SNAPSHOTS / f"{number + 1:02}-{request.name}.md")
