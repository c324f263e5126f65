"""Honest daily work is green, with a comment that a reviewer likes; its dishonest twins are red."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.other_llmops import later_equals
from tests.servers.provider import Provider
from tests.snapshots import assert_snapshot
from tests.story.daily_work import DAILY_WORK
from tests.story.judging import judged
from tests.story.repository import Model, Repo, example_cases

if TYPE_CHECKING:
    from tests.story.pull_requests import PullRequest

pytestmark = pytest.mark.workflows


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return later_equals(tmp_path_factory.mktemp("later"))


SNAPSHOTS = Path(__file__).parent / "snapshots/daily-work"


@pytest.mark.parametrize("request_", DAILY_WORK, ids=[request.name for request in DAILY_WORK])
def test_what_ci_says(
    repo: Repo, later: Path, request_: PullRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model = Model(example_cases())
    request_.model(model)
    with Provider(model) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.openai_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-story")
        repo.branch(request_.name)
        request_.write(repo)
        monkeypatch.setattr(repo, "program", later if request_.newer else None)
        code, comment, _ = judged(repo, request_, monkeypatch, tmp_path)
    assert code == request_.code, comment
    assert_snapshot(comment, SNAPSHOTS / f"{request_.name}.md")
