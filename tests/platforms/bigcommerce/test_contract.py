"""The BigCommerce adapter keeps the contract of all platforms."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from channels.errors import LeaseLost
from channels.platforms.bigcommerce.connect import spec as bigcommerce
from channels.platforms.bigcommerce.store import Store
from channels.platforms.bigcommerce.webhooks import SECRET_HEADER
from channels.ports import Connection, Platform, PlatformSpec
from tests.platforms.contract import PlatformContract


class TestBigCommerce(PlatformContract):
    def a_notice(self, platform: Platform) -> tuple[dict[str, str], bytes]:
        assert isinstance(platform, Store)
        body = {"scope": "store/order/updated", "data": {"type": "order", "id": 117}, "hash": "a" * 40}
        return {SECRET_HEADER: platform.webhooks._secret}, json.dumps(body).encode()

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
