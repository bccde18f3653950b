"""The shops of the tests of capturing, processing and the log."""

import pytest

from tests.factories.channels import second_platform
from tests.orders.shop import Shop, new_shop


@pytest.fixture
def shop(db: None) -> Shop:
    return new_shop()


@pytest.fixture
def second_shop(db: None, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A store of the platform that puts companies first, taxes by rate, and changes orders without a date."""
    return new_shop(platform=second_platform(monkeypatch))
