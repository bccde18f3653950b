"""The admin for support: every list opens and searches; the ledger cannot be touched (SPEC APP-2)."""

import pytest
from django.contrib import admin
from django.urls import reverse

from inventory import models
from tests.factories.inventory import UserFactory, organization, stocked_product

pytestmark = [pytest.mark.django_db, pytest.mark.req("APP-2")]
OURS = [model for model in admin.site._registry if model._meta.app_label == "inventory"]


@pytest.fixture
def support(client):
    organization()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_list_opens_and_searches(support, model) -> None:
    stocked_product(1)
    url = reverse(f"admin:inventory_{model._meta.model_name}_changelist")

    assert support.get(url).status_code == 200
    assert support.get(url, {"q": "sku x"}).status_code == 200


def test_the_ledger_cannot_be_added_to_changed_or_deleted(support) -> None:
    stocked_product(1)
    row = models.Movement.objects.get()

    for name in ("movement", "stockposting", "stocklevel", "allocation", "auditentry"):
        assert support.get(reverse(f"admin:inventory_{name}_add")).status_code == 403
    assert support.post(reverse("admin:inventory_movement_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert support.post(reverse("admin:inventory_movement_change", args=[row.pk]), {"quantity": 9}).status_code == 403
    row.refresh_from_db()
    assert row.quantity == 1
