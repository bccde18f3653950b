"""Numbers and keys that no form of ours sends: pages answer, and nothing moves under a key of something else."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from inventory.models import Purchase, StockLevel, StockPosting, Supplier, Transfer
from inventory.services import transfers
from inventory.services.transfers import TransferDraft
from tests.factories.assembly import assembled
from tests.factories.inventory import NOW, LocationFactory, default_location, stocked_product

pytestmark = [pytest.mark.django_db, pytest.mark.req("APP-13")]
LONG = "9" * 5000


def test_a_version_that_no_page_shows_is_harmless(staff) -> None:
    mug = stocked_product(10)
    draft = TransferDraft(source=default_location(), target=LocationFactory(), note="", lines={mug.pk: Decimal(2)})
    moving = transfers.save_transfer(None, draft=draft, user=None, now=NOW)
    for version in (LONG, "²", "-1"):
        answer = staff.post(reverse("inventory:complete_transfer", args=[moving.pk]), {"version": version})
        assert answer.status_code == 302
        Transfer.objects.filter(pk=moving.pk).update(state="voided")


@pytest.mark.parametrize("name", ["new_transfer", "new_purchase", "adjust"])
def test_more_rows_than_can_be_counted_are_not_shown(staff, name) -> None:
    default_location()
    for count in (LONG, "²", ""):
        answer = staff.post(reverse(f"inventory:{name}"), {"more": "1", "form-TOTAL_FORMS": count})
        assert answer.status_code == 200


def test_more_components_than_can_be_counted_are_not_shown(staff) -> None:
    kit = assembled({stocked_product(1): 1})
    answer = staff.post(reverse("inventory:components", args=[kit.pk]), {"more": "1", "form-TOTAL_FORMS": LONG})
    assert answer.status_code == 200


def test_an_adjustment_takes_no_key_of_another_document(staff) -> None:
    mug = stocked_product(10, sku="MUG")
    other = LocationFactory()
    form = {
        "mode": "set_to", "reason": "Counted", "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-sku": "MUG",
        "form-0-location": str(default_location().pk), "form-0-quantity": "9",
    }  # fmt: skip
    url = reverse("inventory:adjust")
    shown = staff.post(url, {**form, "key": "transfer:TR-1/r0"})
    assert shown.context["key"].startswith("adjustment:")
    fingerprint = shown.context["plan"].fingerprint
    staff.post(url, {**form, "apply": "1", "key": "transfer:TR-1/r0", "fingerprint": fingerprint})
    assert StockPosting.objects.latest("pk").key.startswith("adjustment:")

    draft = TransferDraft(source=default_location(), target=other, note="", lines={mug.pk: Decimal(2)})
    transfers.move_at_once(draft, user=None, now=NOW)
    levels = dict(StockLevel.objects.filter(product=mug).values_list("location_id", "on_hand"))
    assert levels == {default_location().pk: 7, other.pk: 2}


def test_a_key_with_a_nul_orders_nothing_twice(staff) -> None:
    Supplier.objects.create(name="Alpine")
    answer = staff.post(reverse("inventory:order_low_stock"), {"row": [LONG, "1"], "key": f"\x00{uuid4()}"})
    assert (answer.status_code, Purchase.objects.count()) == (302, 0)
