"""Settings and servers that the tests of this room share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator


# A socket that only the garbage collector closes, seen in this folder on a busy machine, would fail whichever
# test runs then. An unclosed client session is another message, and still an error here as everywhere.
COLLECTED = (
    "ignore:Exception ignored in. <function _SelectorTransport:pytest.PytestUnraisableExceptionWarning",
    "ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            for collected in COLLECTED:
                item.add_marker(pytest.mark.filterwarnings(collected))


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as running:
        yield running
