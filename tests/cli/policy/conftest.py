"""A provider that is worse where it is asked to guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import asking, guessing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.provider import Provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    with asking(guessing) as running:
        yield running
