"""A provider on loopback that every command of these tests talks to, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.projects import capital, point_at
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def _shared_provider() -> Iterator[Provider]:
    with Provider(capital) as running:
        yield running


@pytest.fixture
def idle(_shared_provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """A provider that could answer, for tests in which nobody may ask; one for all of them."""
    _shared_provider.calls.clear()
    point_at(_shared_provider, monkeypatch)
    return _shared_provider


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with Provider(capital) as running:
        point_at(running, monkeypatch)
        yield running
