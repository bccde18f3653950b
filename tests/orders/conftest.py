"""The shop of the tests of capturing, processing and the log."""

import pytest

from tests.orders.shop import Shop, new_shop


@pytest.fixture
def shop(db: None) -> Shop:
    return new_shop()
