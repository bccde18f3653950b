"""What the sandbox answers has every field of the published samples, with values of the same kind."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.platforms.specs.descriptions import specs_folder
from tests.sandbox.client import Json, StoreClient

# Fields of the samples that belong to other cases than the one compared.
OTHER = {
    "hook_create_response.json": {"headers/custom-key"},
    "product_with_variants_v3.json": {
        "option_set_id",
        "option_set_display",
        "options/option_values/value_data/colors",
    },
    "store_v2.json": {"logo", "logo/url"},
    "order_v2.json": {"fees/cost_exc_tax", "billing_address/form_fields/name", "billing_address/form_fields/value"},
}
# Null stands in for any value.
EMPTY = {"NoneType"}


def samples() -> Path:
    folder = specs_folder().parent / "samples"
    if not folder.is_dir():
        pytest.skip(f"the published samples are missing: {folder}")
    return folder


def kinds(value: Any, place: str = "") -> dict[str, set[str]]:
    """Pointer → kinds of value seen there; positions in lists don't count."""
    found: dict[str, set[str]] = {}
    if isinstance(value, list):
        if place:
            found[place] = {"list"}
        for entry in value:
            for pointer, seen in kinds(entry, place).items():
                found.setdefault(pointer, set()).update(seen)
        return found
    if isinstance(value, dict):
        for name, entry in value.items():
            for pointer, seen in kinds(entry, f"{place}/{name}".lstrip("/")).items():
                found.setdefault(pointer, set()).update(seen)
    if place:
        kind = {int: "number", float: "number"}.get(type(value), type(value).__name__)
        found.setdefault(place, set()).add(kind)
    return found


def order(store: StoreClient) -> Json:
    lines = [{"sku": "SH-MER180-M-MOSS", "quantity": 2, "wrap": True}, {"sku": "IM-R42"}]
    return store.order(
        lines=lines, coupon="FIVEOFF", discount="1.59", fees=[{"name": "Fee", "cost": "2"}], customer_id=2
    )


def one_order(store: StoreClient) -> Any:
    number = order(store)["id"]
    found = store.data(f"/v2/orders/{number}", include="fees")
    return {**found, "external_order_id": "x"}


def shipment(store: StoreClient) -> Any:
    number = order(store)["id"]
    store.act(number, "ship", tracking_number="EJ958083578US", shipping_provider="usps")
    return store.data(f"/v2/orders/{number}/shipments")[0]


def refund(store: StoreClient) -> Any:
    number = order(store)["id"]
    store.act(number, "refund")
    return store.get("/v3/orders/payment_actions/refunds").json()["data"][0]


def hook(store: StoreClient) -> Any:
    body = {"scope": "store/order/created", "destination": "https://example.com/webhooks", "headers": {"a": "b"}}
    return store.call("POST", "/v3/hooks", body).json()["data"]


def part(name: str) -> Callable[[StoreClient], Any]:
    return lambda store: store.data(f"/v2/orders/{order(store)['id']}/{name}")


CASES: dict[str, Callable[[StoreClient], Any]] = {
    "order_v2.json": one_order,
    "order_products_v2.json": part("products"),
    "order_shipping_addresses_v2.json": part("shipping_addresses"),
    "order_taxes_v2.json": part("taxes"),
    "order_coupons_v2.json": part("coupons"),
    "order_statuses_v2.json": lambda store: store.data("/v2/order_statuses"),
    "order_count_v2.json": lambda store: store.data("/v2/orders/count"),
    "shipment_v2_response.json": shipment,
    "refund_v3_get.json": refund,
    "transactions_v3.json": lambda store: store.data(f"/v3/orders/{order(store)['id']}/transactions"),
    "product_with_variants_v3.json": lambda store: store.data(
        "/v3/catalog/products/127", include="variants,images,custom_fields,options"
    ),
    "inventory_items_v3.json": lambda store: store.data("/v3/inventory/items", limit=1000),
    "customers_v3.json": lambda store: store.data("/v3/customers", include="addresses,storecredit,attributes"),
    "store_v2.json": lambda store: store.data("/v2/store"),
    "tax_classes_v2.json": lambda store: store.data("/v2/tax_classes"),
    "payment_methods_v2.json": lambda store: store.data("/v2/payments/methods"),
    "hook_create_response.json": hook,
}


@pytest.mark.req("APP-8")
@pytest.mark.parametrize("name", sorted(CASES))
def test_every_field_of_the_sample_is_there(store: StoreClient, name: str) -> None:
    sample = json.loads((samples() / name).read_text())
    if name.endswith("_v3.json") or name in ("hook_create_response.json", "refund_v3_get.json"):
        sample = sample["data"]
    wanted, found = kinds(sample), kinds(CASES[name](store))
    missing = {pointer for pointer in wanted if pointer not in found} - OTHER.get(name, set())
    different = {
        pointer: (wanted[pointer], found[pointer])
        for pointer in wanted
        if pointer in found and pointer not in OTHER.get(name, set()) and not (wanted[pointer] | EMPTY) & found[pointer]
    }

    assert missing == set()
    assert different == {}
