"""Support looks at orders and sales, and has an order read again (SPEC APP-2)."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from inventory.models import User
from orders.models import CapturedOrder
from tests.factories.remote import line, remote_order
from tests.orders.shop import Shop


@pytest.fixture
def support(shop: Shop, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("support", "support@shop.example", "x"))
    return client


@pytest.mark.req("APP-2")
def test_every_model_is_listed_searched_and_opened(shop: Shop, support: Client) -> None:
    shop.product("TENT", on_hand=5)
    shop.set_up(fulfillment_mode="pick_pack")
    shop.notice(remote_order(line("TENT", 1), line("GONE", 1), pay=True))
    mine = [model for model in admin.site._registry if model._meta.app_label == "orders"]

    for model in mine:
        name = f"admin:orders_{model._meta.model_name}"
        assert support.get(reverse(f"{name}_changelist"), {"q": "100"}).status_code == 200, name
        row = model._default_manager.first()
        assert row is not None, name
        assert support.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200, name
        assert support.get(reverse(f"{name}_add")).status_code == 403, name


@pytest.mark.req("APP-2")
def test_orders_are_read_again(shop: Shop, support: Client) -> None:
    shop.notice(remote_order())

    support.post(
        reverse("admin:orders_capturedorder_changelist"),
        {"action": "read_again", "_selected_action": [CapturedOrder.objects.get().pk]},
    )

    assert shop.marked() == ["100"]
