"""A provider that is worse where it is asked to guess."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.policy.changes import guessing
from tests.servers.provider import Provider


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Any:
    with Provider(guessing) as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.openai_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
        yield running
