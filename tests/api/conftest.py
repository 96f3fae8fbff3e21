"""Each test has a server of its own."""

from __future__ import annotations

import pytest
from server_world import ServerWorld


@pytest.fixture
def world() -> ServerWorld:
    return ServerWorld()
