"""What tests of CI jobs share: a checkout, and a provider that knows its capitals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ci.checkout import Checkout, answer, make_judged
from tests.ci.shop import Shop
from tests.cli.projects import point_at
from tests.servers.forge import ForgeServer
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_judged(tmp_path_factory.mktemp("judged"))


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with Provider(answer) as running:
        point_at(running, monkeypatch)
        yield running


@pytest.fixture
def checkout(judged: Path, tmp_path: Path, provider: Provider) -> Checkout:
    return Checkout(judged, tmp_path)


@pytest.fixture
def shop(checkout: Checkout, tmp_path: Path) -> Shop:
    return Shop(checkout, tmp_path)


@pytest.fixture
def forge() -> Iterator[ForgeServer]:
    with ForgeServer() as running:
        yield running
