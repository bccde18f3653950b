"""Clients of freshly seeded stores."""

import pytest

from sandbox.server import SandboxServer
from tests.sandbox.client import StoreClient


@pytest.fixture
def store(sandbox: SandboxServer) -> StoreClient:
    return StoreClient(sandbox)


@pytest.fixture
def outlet(sandbox: SandboxServer) -> StoreClient:
    return StoreClient(sandbox, "outlet")
