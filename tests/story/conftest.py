"""The repository that pull requests go to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.provider import Provider
from tests.story.repository import ADA, GRACE, Model, Repo, example_cases

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repo]:
    """The main branch: every suite has a baseline that Grace accepted."""
    with pytest.MonkeyPatch.context() as patch, Provider(Model(example_cases())) as provider:
        patch.setenv("OPENAI_BASE_URL", provider.openai_url)
        patch.setenv("OPENAI_API_KEY", "sk-story")
        made = Repo(tmp_path_factory.mktemp("story"))
        assert made.llmops("prompts", "lock").code == 0
        made.commit("The prompts and their suites", ADA)
        made.identify(GRACE)
        ran = made.llmops("eval")
        assert ran.code == 0, ran.both
        assert made.llmops("baseline", "accept", "--all").code == 0
        made.commit("First baselines", GRACE)
        made.main_line()
        yield made
