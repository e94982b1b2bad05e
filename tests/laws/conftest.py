"""What examples ask while the laws are tried: a chat model that answers by rule, at the address that pages name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.models.stand_in import serving

PORT = 18943


@pytest.fixture(scope="session", autouse=True)
def _stand_in() -> Iterator[None]:
    with serving(port=PORT):
        yield
