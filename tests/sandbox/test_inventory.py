"""Stock by location: what is accepted, what is refused and with which words."""

import pytest

from tests.sandbox.client import Json, StoreClient

ABSOLUTE = "/v3/inventory/adjustments/absolute"
RELATIVE = "/v3/inventory/adjustments/relative"


def item(quantity: int, **identity: object) -> Json:
    return {"location_id": 1, "quantity": quantity, **identity}


def test_an_absolute_adjustment_sets_the_level(store: StoreClient) -> None:
    body = {"items": [item(3, sku="rs-hw45-tan"), item(9, variant_id=store.variant("SH-MER180-M-MOSS")["id"])]}
    response = store.call("PUT", ABSOLUTE, body)

    assert len(response.json()["transaction_id"]) == 36
    assert (store.level("RS-HW45-TAN"), store.level("SH-MER180-M-MOSS")) == (3, 9)


def test_a_family_tracked_by_product_is_set_by_its_product(store: StoreClient) -> None:
    family = store.data("/v3/catalog/products", name="Regenjacke „Deichläufer“")[0]

    assert family["inventory_level"] == 60
    assert store.call("PUT", ABSOLUTE, {"items": [item(12, product_id=family["id"])]}).status_code == 200
    assert store.data(f"/v3/catalog/products/{family['id']}")["inventory_level"] == 12


@pytest.mark.parametrize(
    ("wrong", "title"),
    [
        ({"location_id": 9}, "Location not found, identities: [9]"),
        ({"sku": "NOPE"}, "[Item with sku NOPE was not found]"),
        ({"sku": "GS-50"}, "[Item with sku GS-50 is not tracked, inventory tracking is disabled]"),
        ({"quantity": -1}, "Quantity must be a whole number between 0 and 2147483647."),
        ({"variant_id": 71}, "Each item needs exactly one of sku, variant_id, product_id."),
    ],
)
def test_one_bad_item_refuses_all(store: StoreClient, wrong: Json, title: str) -> None:
    response = store.call("PUT", ABSOLUTE, {"items": [item(1, sku="RS-HW45-TAN"), {**item(1, sku="IM-R42"), **wrong}]})

    assert (response.status_code, response.json()["title"]) == (422, title)
    assert (store.level("RS-HW45-TAN"), store.level("IM-R42")) == (14, 58)


def test_a_variant_of_a_product_tracked_family_is_named(store: StoreClient) -> None:
    variant = store.data("/v3/catalog/products", name="Regenjacke „Deichläufer“", include="variants")[0]["variants"][0]
    response = store.call("PUT", ABSOLUTE, {"items": [item(1, variant_id=variant["id"])]})

    expected = f"[Item with variant_id {variant['id']} is tracked by product, please update stock by product id]"
    assert (response.status_code, response.json()["title"]) == (422, expected)


def test_at_most_2000_items(store: StoreClient) -> None:
    response = store.call("PUT", ABSOLUTE, {"items": [item(1, sku="IM-R42")] * 2001})

    assert response.status_code == 413
    assert store.level("IM-R42") == 58


def test_relative_needs_an_absolute_first(store: StoreClient) -> None:
    new = {"name": "Tarp", "type": "physical", "weight": 1, "price": 1, "sku": "T-1", "inventory_tracking": "product"}
    store.call("POST", "/v3/catalog/products", new)
    refused = store.call("POST", RELATIVE, {"items": [item(2, sku="T-1")]})
    store.call("PUT", ABSOLUTE, {"items": [item(5, sku="T-1")]})
    accepted = store.call("POST", RELATIVE, {"items": [item(-2, sku="T-1")]})
    below = store.call("POST", RELATIVE, {"items": [item(-4, sku="T-1")]})

    assert refused.json()["title"] == "Items with identity: [sku T-1] requires absolute adjustment before relative"
    assert (accepted.status_code, below.status_code, store.level("T-1")) == (200, 422, 3)


def test_the_catalog_sees_the_default_location_only(store: StoreClient) -> None:
    store.call("PUT", ABSOLUTE, {"items": [{**item(40, sku="IM-R42"), "location_id": 2}]})
    variant_id = store.variant("IM-R42")["id"]
    places = store.data("/v3/inventory/items", variant_id__in=str(variant_id))[0]["locations"]

    assert store.level("IM-R42") == 58
    assert [(place["location_id"], place["available_to_sell"]) for place in places] == [(1, 58), (2, 40)]
