"""Every endpoint of the sandbox, asked once or more, against the published descriptions."""

import pytest

from tests.platforms.specs.recorder import SpecRecorder
from tests.sandbox.client import StoreClient


@pytest.mark.req("APP-8")
@pytest.mark.parametrize(
    "path",
    [
        "/v2/time",
        "/v2/store",
        "/v2/tax_classes",
        "/v2/tax_classes/1",
        "/v2/payments/methods",
        "/v2/customer_groups",
        "/v2/order_statuses",
        "/v2/orders",
        "/v2/orders?include=consignments.line_items,fees&consignment_structure=object&limit=250&sort=id:asc",
        "/v2/orders?min_date_modified=2026-01-01T00:00:00%2B00:00&status_id=10",
        "/v2/orders?min_id=9999",
        "/v2/orders/count",
        "/v2/orders/101",
        "/v2/orders/101/products",
        "/v2/orders/101/shipping_addresses",
        "/v2/orders/101/taxes?details=true",
        "/v2/orders/101/coupons",
        "/v2/orders/101/messages",
        "/v2/orders/101/fees",
        "/v2/orders/101/shipments",
        "/v2/orders/101/consignments?include=consignments.line_items",
        "/v2/orders/9999",
        "/v3/orders/101/transactions",
        "/v3/orders/payment_actions/refunds",
        "/v3/orders/101/payment_actions/refunds",
        "/v3/catalog/products?include=variants,images,custom_fields&limit=250",
        "/v3/catalog/products?include=options,primary_image&limit=250",
        "/v3/catalog/products/111?include=variants,images",
        "/v3/catalog/products/9999",
        "/v3/catalog/products/127/variants",
        "/v3/catalog/products/127/options",
        "/v3/catalog/products/127/images",
        "/v3/catalog/products/111/custom-fields",
        "/v3/catalog/variants?limit=250",
        "/v3/catalog/brands",
        "/v3/catalog/brands/1",
        "/v3/catalog/trees",
        "/v3/catalog/trees/categories?limit=250",
        "/v3/catalog/trees/1/categories",
        "/v3/catalog/summary",
        "/v3/customers?include=addresses,storecredit,attributes,formfields",
        "/v3/customers/addresses",
        "/v3/inventory/locations",
        "/v3/inventory/items?limit=1000",
        "/v3/inventory/locations/1/items",
        "/v3/settings/inventory",
        "/v3/channels",
        "/v3/channels/1",
        "/v3/hooks",
        "/v3/hooks/admin",
    ],
)
def test_reads_are_as_described(store: StoreClient, spec_recorder: SpecRecorder, path: str) -> None:
    store.get(path)

    assert spec_recorder.count == 1


@pytest.mark.req("APP-8")
def test_product_writes_are_as_described(store: StoreClient, spec_recorder: SpecRecorder) -> None:
    product = {"name": "Tarp", "type": "physical", "weight": 0.4, "price": 49.5, "sku": "TARP-1", "categories": [1]}
    made = store.call("POST", "/v3/catalog/products", product).json()["data"]
    path = f"/v3/catalog/products/{made['id']}"
    store.call("PUT", path, {"price": 45, "custom_fields": [{"name": "Size", "value": "3 x 3 m"}]})
    store.call("PUT", "/v3/catalog/products", [{"id": made["id"], "is_visible": False}])
    store.call("PUT", "/v3/catalog/variants", [{"id": made["base_variant_id"], "upc": "4006381333932"}])
    option = {"display_name": "Color", "type": "swatch", "option_values": []}
    store.call("POST", f"{path}/options", {**option, "option_values": [{"label": "Sand", "sort_order": 0}]})
    store.call("POST", f"{path}/custom-fields", {"name": "Weight", "value": "400 g"})
    store.call("POST", f"{path}/images", {"image_url": "https://example.com/tarp.png"})
    store.call("POST", "/v3/catalog/brands", {"name": "Leinen los"})
    store.call("POST", "/v3/catalog/trees/categories", [{"name": "Tarps", "parent_id": 1, "tree_id": 1}])
    store.call("DELETE", path)

    assert spec_recorder.count == 10


@pytest.mark.req("APP-8")
def test_stock_writes_are_as_described(store: StoreClient, spec_recorder: SpecRecorder) -> None:
    items = [{"location_id": 1, "sku": "ZH-Y10", "quantity": 5}, {"location_id": 2, "variant_id": 71, "quantity": 1}]
    store.call("PUT", "/v3/inventory/adjustments/absolute", {"reason": "count", "items": items})
    store.call("POST", "/v3/inventory/adjustments/relative", {"items": [{**items[0], "quantity": -2}]})
    store.call("PUT", "/v3/inventory/adjustments/absolute", {"items": [{**items[0], "location_id": 9}]})

    assert spec_recorder.count == 3


@pytest.mark.req("APP-8")
def test_order_writes_are_as_described(store: StoreClient, spec_recorder: SpecRecorder) -> None:
    order = store.order(
        lines=[{"sku": "SH-MER180-M-MOSS", "quantity": 2, "wrap": True}, {"sku": "GS-50"}, {"name": "x", "price": "3"}],
        coupon="SAVE10",
        discount="1.00",
        fees=[{"name": "Insurance", "cost": "2.00"}],
        shipping_method="Standard delivery",
    )
    path = f"/v2/orders/{order['id']}"
    lines = store.data(f"{path}/products")
    address = store.data(f"{path}/shipping_addresses")[0]["id"]
    for part in ("taxes", "taxes?details=true", "coupons", "fees", "consignments"):
        store.get(f"{path}/{part}")
    store.get("/v2/orders", include="consignments.line_items,fees", consignment_structure="object", min_id=order["id"])
    items = [{"order_product_id": lines[0]["id"], "quantity": 1}]
    shipment = {"order_address_id": address, "tracking_number": "T-1", "shipping_provider": "", "items": items}
    store.call("POST", f"{path}/shipments", shipment)
    store.get(f"{path}/shipments")
    refund = {"items": [{"item_type": "PRODUCT", "item_id": lines[0]["id"], "quantity": 1}]}
    quote = store.call("POST", f"/v3/orders/{order['id']}/payment_actions/refund_quotes", refund).json()["data"]
    payment = {"provider_id": "squarev2", "amount": quote["total_refund_amount"], "offline": False}
    store.call("POST", f"/v3/orders/{order['id']}/payment_actions/refunds", {**refund, "payments": [payment]})
    store.get(f"/v3/orders/{order['id']}/transactions")
    store.get("/v3/orders/payment_actions/refunds")
    store.call("PUT", path, {"status_id": 5})
    store.call("DELETE", path)

    assert spec_recorder.count == 16


@pytest.mark.req("APP-8")
def test_hooks_are_as_described(store: StoreClient, spec_recorder: SpecRecorder) -> None:
    hook = {"scope": "store/order/*", "destination": "https://example.com/in", "headers": {"X-Secret": "s"}}
    made = store.call("POST", "/v3/hooks", {**hook, "is_active": True}).json()["data"]
    store.call("PUT", f"/v3/hooks/{made['id']}", {**hook, "is_active": False})
    store.get("/v3/hooks")
    store.get("/v3/hooks/admin")
    store.call("PUT", "/v3/hooks/admin", {"emails": ["owner@example.com"]})
    store.call("DELETE", f"/v3/hooks/{made['id']}")

    assert spec_recorder.count == 6
