"""Products, variants and their rules."""

import pytest

from tests.sandbox.client import Json, StoreClient


def tarp(**more: object) -> Json:
    return {"name": "Tarp", "type": "physical", "weight": 0.4, "price": 49.5, "sku": "TARP-1", **more}


def test_the_demo_store_holds_the_odd_cases(store: StoreClient) -> None:
    products = store.data("/v3/catalog/products", limit=250, include="variants,images,custom_fields")
    families = [product for product in products if product["base_variant_id"] is None]

    assert len(products) == 20
    assert sorted(len(product["variants"]) for product in families) == [6, 6, 8, 16]
    assert sorted(len(product["variants"][0]["option_values"]) for product in families) == [2, 2, 3, 4]
    assert [product["name"] for product in products if "<script>" in product["name"]] == [
        'Towel <b>"Kühl & trocken"</b> <script>alert("x")</script>'
    ]
    assert sum(product["inventory_tracking"] == "none" for product in products) == 2
    assert sum(variant["sku"] == "" for product in products for variant in product["variants"]) == 2
    assert all(product["images"] for product in products)


def test_a_simple_product_has_a_base_variant_without_option_values(store: StoreClient) -> None:
    variant = store.variant("RS-HW45-TAN")

    assert variant["option_values"] == []
    assert variant["sku_id"] is None
    assert variant["inventory_level"] == 14
    assert variant["calculated_price"] == 189.9


def test_both_stores_sell_some_of_the_same_skus(store: StoreClient, outlet: StoreClient) -> None:
    skus = {variant["sku"] for variant in outlet.data("/v3/catalog/variants", limit=250)}

    assert len(skus) == 12
    assert skus <= {variant["sku"] for variant in store.data("/v3/catalog/variants", limit=250)}


@pytest.mark.parametrize("sku", ["rs-hw45-tan", " RS-HW45-TAN ", "sh-mer180-m-moss"])
def test_skus_are_unique_in_whatever_case(store: StoreClient, sku: str) -> None:
    response = store.call("POST", "/v3/catalog/products", tarp(sku=sku))

    assert response.status_code == 409
    assert store.get("/v3/catalog/products", name="Tarp").json()["data"] == []


def test_names_are_unique(store: StoreClient) -> None:
    assert store.call("POST", "/v3/catalog/products", tarp(name="storm lantern,  WARM light")).status_code == 409


def test_options_and_variants_are_made_in_one_call(store: StoreClient) -> None:
    values = [{"option_display_name": "Color", "label": label} for label in ("Sand", "Olive")]
    variants = [{"sku": f"TARP-{value['label']}", "option_values": [value], "inventory_level": 3} for value in values]
    body = tarp(sku="", variants=variants, inventory_tracking="variant")
    made = store.call("POST", "/v3/catalog/products", body).json()["data"]

    assert made["base_variant_id"] is None
    assert made["inventory_level"] == 6
    assert [option["display_name"] for option in made["options"]] == ["Color"]
    assert [value["label"] for value in made["options"][0]["option_values"]] == ["Sand", "Olive"]
    assert made["variants"][1]["option_values"][0]["option_id"] == made["options"][0]["id"]


def test_option_values_of_a_variant_are_ignored_on_put(store: StoreClient) -> None:
    variant = store.variant("SH-MER180-M-MOSS")
    changed = {"id": variant["id"], "price": 70, "option_values": [{"label": "Pink", "option_id": 1}]}
    answer = store.call("PUT", "/v3/catalog/variants", [changed])

    assert answer.status_code == 200
    assert store.variant("SH-MER180-M-MOSS")["option_values"] == variant["option_values"]
    assert store.variant("SH-MER180-M-MOSS")["price"] == 70


@pytest.mark.parametrize(("path", "most"), [("/v3/catalog/products", 10), ("/v3/catalog/variants", 50)])
def test_batches_are_limited(store: StoreClient, path: str, most: int) -> None:
    response = store.call("PUT", path, [{"id": 111, "price": 1}] * (most + 1))

    assert response.status_code == 413
    expected = f"The request payload is too large. The maximum items allowed in the array is {most}."
    assert response.json()["title"] == expected
    assert store.data("/v3/catalog/products/111")["price"] == 189.9


def test_pages_are_short_with_options(store: StoreClient) -> None:
    short = store.get("/v3/catalog/products", include="options", limit=250).json()["meta"]["pagination"]
    long = store.get("/v3/catalog/products", include="variants", limit=250).json()["meta"]["pagination"]

    assert (short["per_page"], short["total_pages"], short["links"]["next"]) == (10, 2, "?page=2&limit=10")
    assert (long["per_page"], long["count"]) == (250, 20)
    assert "next" not in long["links"]


def test_filters(store: StoreClient) -> None:
    assert [one["id"] for one in store.data("/v3/catalog/products", id__in="111,113")] == [111, 113]
    assert [one["sku"] for one in store.data("/v3/catalog/products", sku="im-r42")] == ["IM-R42"]
    assert store.data("/v3/catalog/products", sku="SH-MER180-M-MOSS") == []
    assert store.data("/v3/catalog/products", date_modified__min="2099-01-01T00:00:00+00:00") == []
    newest = store.data("/v3/catalog/products", sort="id", direction="desc", limit=1)
    assert [one["name"] for one in newest] == ["Wool socks „Watt“"]


def test_a_changed_product_is_found_by_its_date(store: StoreClient) -> None:
    now = store.control("PUT", "/clock", {"advance_seconds": 3600})["now"]
    store.call("PUT", "/v3/catalog/products/111", {"price": 150})

    changed = store.data("/v3/catalog/products", date_modified__min=_iso(now - 60))
    assert [one["id"] for one in changed] == [111]


def _iso(stamp: int) -> str:
    from sandbox.bigcommerce.wire import iso_date

    return iso_date(stamp)


def test_bulk_products_are_made_quickly_and_paged(store: StoreClient) -> None:
    made = store.control("POST", "/stores/demo/products/bulk", {"count": 2100, "prefix": "X", "stock": 7})
    last = made["first_id"] + 2099

    assert store.level(f"X-{last:06d}") == 7
    assert store.get("/v3/catalog/products", limit=250).json()["meta"]["pagination"]["total"] == 2120


def test_pictures_are_served(store: StoreClient) -> None:
    import requests

    image = store.data("/v3/catalog/products/111/images")[0]
    picture = requests.get(image["url_standard"], timeout=60)

    assert picture.headers["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG\r\n")
