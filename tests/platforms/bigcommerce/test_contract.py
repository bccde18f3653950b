"""The BigCommerce adapter keeps the contract of all platforms."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from channels.errors import LeaseLost
from channels.platforms.bigcommerce.connect import spec as bigcommerce
from channels.platforms.bigcommerce.store import Store
from channels.ports import Connection, Platform, PlatformSpec
from tests.platforms.contract import PlatformContract


class TestBigCommerce(PlatformContract):
    @pytest.fixture
    def platform(self, store: Store) -> Platform:
        return store

    @pytest.fixture
    def spec(self) -> PlatformSpec:
        return bigcommerce

    @pytest.fixture
    def leaseless(self, store: Store, connection: Connection) -> Platform:
        def lose() -> None:
            raise LeaseLost(at=datetime.now(UTC))

        return Store(replace(connection, before_call=lose))
