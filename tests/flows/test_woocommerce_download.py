"""A download of a large WooCommerce store, worked off in slices, each with an adapter of its own."""

from datetime import timedelta

import pytest

from channels.services import drain
from inventory.enums import RunState
from inventory.models import Product, Run
from tests.flows import setting, steps
from tests.sandbox.woo_client import WooClient

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def platform() -> str:
    return "woocommerce"


def test_slices_take_no_more_calls_than_one_download(store: WooClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """600 products with 1,200 variations from 10.3 on: 6 + 12 pages are the least that the API allows."""
    store.control("PATCH", f"/stores/{store.store}", {"version": "10.3.0"})
    channel = setting.connect(store.store)
    bulk = {"count": 600, "families": 300, "variations_each": 4}
    store.control("POST", f"/stores/{store.store}/products/bulk", bulk)
    monkeypatch.setattr(drain, "SLICE", timedelta(milliseconds=100))
    store.control("DELETE", "/requests")
    steps.download(channel)
    assert Run.objects.get(kind="catalog.download").state == RunState.DONE
    assert Product.objects.filter(sku__startswith="BULK").count() == 300 + 1200
    asked = [entry["path"] for entry in store.control("GET", "/requests")["requests"] if entry["method"] == "GET"]
    lists = [path for path in asked if path in ("/wc/v3/products", "/wc/v3/variations")]
    assert len(lists) <= 7 + 13 + 1
    assert asked.count("/wc/v3/products/categories") <= 1
    assert asked.count("/wc/v3/settings/products") <= 1
