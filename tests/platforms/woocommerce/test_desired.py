"""Bodies of products as WooCommerce takes them (LST-17)."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from channels.platforms.woocommerce.mapping.desired import Store as StoreFacts
from channels.platforms.woocommerce.mapping.desired import (
    changed_attributes,
    changed_images,
    image_name,
    new_product,
    price_text,
    product_changes,
)
from channels.remote import TAX_FREE, DesiredProduct, DesiredVariant, RemoteImage
from tests.platforms.woocommerce.test_writing import MUG, SHIRT, size


@pytest.mark.parametrize(
    ("value", "text"),
    [("12.5", "12.50"), ("12.5000", "12.50"), ("13.1299", "13.1299"), ("1500.0000", "1500"), ("1E+3", "1000"),
     ("0.1", "0.10"), ("0", "0")],
)  # fmt: skip
def test_prices_have_a_dot_and_no_exponent(value: str, text: str) -> None:
    """A comma would make 13,50 into 1350."""
    assert price_text(Decimal(value)) == text


@pytest.mark.req("TAX-10")
@pytest.mark.parametrize(
    ("key", "fields"),
    [
        ("class:standard", {"tax_status": "taxable", "tax_class": ""}),
        ("class:reduced-rate", {"tax_status": "taxable", "tax_class": "reduced-rate"}),
        (TAX_FREE, {"tax_status": "none"}),
        ("rate:5", {}),
        (None, {}),
    ],
)
def test_the_tax_key_becomes_status_and_class(key: str | None, fields: dict[str, str]) -> None:
    body = product_changes(DesiredProduct(key="1", tax_key=key), StoreFacts())
    assert body == fields


def test_only_what_is_given_is_sent_and_never_the_brand() -> None:
    assert product_changes(DesiredProduct(key="1", product_id="5", brand="Acme"), StoreFacts()) == {}
    assert product_changes(DesiredProduct(key="1", name="A", is_visible=False), StoreFacts()) == {
        "name": "A",
        "status": "draft",
    }


def test_measures_are_text_in_the_stores_units() -> None:
    variant = DesiredVariant(key="v", weight=Decimal("1.5"), length=Decimal(10), height=Decimal("2.54"))
    desired = DesiredProduct(key="1", variants=(variant,), weight_unit="kg", length_unit="cm")
    body = product_changes(desired, StoreFacts(weight_unit="lb", length_unit="in"))
    assert body == {"weight": "3.3069", "dimensions": {"length": "3.937", "height": "1"}}
    yards = product_changes(replace(desired, length_unit="ft"), StoreFacts(length_unit="yd"))
    assert yards["dimensions"]["length"] == "3.3333"


def test_what_is_made_is_counted_and_marked() -> None:
    body = new_product(MUG, StoreFacts())
    assert (body["manage_stock"], body["stock_quantity"]) == (True, 4)
    assert body["meta_data"] == [{"key": "_inventory_sync_key", "value": "7"}]
    assert "manage_stock" not in new_product(replace(MUG, variants=(DesiredVariant(key="v", sku="A"),)), StoreFacts())
    assert json.loads(json.dumps(body)) == body


def test_the_stores_own_attributes_are_used_where_it_has_them() -> None:
    body = new_product(replace(SHIRT, custom_fields=(("Care", "30°, dry"),)), StoreFacts(attribute_ids={"size": 2}))
    assert body["attributes"] == [
        {"id": 2, "position": 0, "visible": True, "variation": True, "options": ["S", "M"]},
        {"name": "Care", "position": 1, "visible": True, "variation": False, "options": ["30°", "dry"]},
    ]


def test_attributes_go_out_whole_because_they_replace_all() -> None:
    now = {
        "attributes": [
            {"id": 2, "name": "Size", "position": 0, "visible": True, "variation": True, "options": ["S", "A &amp; B"]},
            {"id": 0, "name": "Care", "position": 1, "visible": True, "variation": False, "options": ["40°"]},
        ]
    }
    kept = {"id": 2, "position": 0, "visible": True, "variation": True, "options": ["S", "A & B", "M"]}
    care = {"name": "Care", "position": 1, "visible": True, "variation": False, "options": ["40°"]}
    assert changed_attributes(replace(SHIRT, variants=(size("m", "M"),)), now, StoreFacts()) == [kept, care]
    new = replace(SHIRT, variants=(), custom_fields=(("Origin", "PT"), ("Size", "all"), ("Empty", " ")))
    size_now = {**kept, "options": ["S", "A & B"]}
    origin = {"name": "Origin", "position": 2, "visible": True, "variation": False, "options": ["PT"]}
    assert changed_attributes(new, now, StoreFacts()) == [size_now, care, origin]
    cooler = replace(SHIRT, variants=(), custom_fields=(("care", "30°, dry"),))
    assert changed_attributes(cooler, now, StoreFacts()) == [size_now, {**care, "options": ["30°", "dry"]}]
    same = replace(SHIRT, variants=(), custom_fields=(("Care", "40°"),))
    assert changed_attributes(same, now, StoreFacts()) is None
    assert changed_attributes(replace(SHIRT, variants=(size("m", "M", variant_id="9"),)), now, StoreFacts()) is None


def test_an_image_that_the_store_has_is_not_loaded_again() -> None:
    first, second = (RemoteImage(url=f"https://files.example/{name}.png?v=2") for name in ("a b", "c"))
    now = {"images": [{"id": 20, "name": image_name(first.url), "src": "https://shop.example/x.png"}]}
    assert changed_images([first], now) is None
    assert changed_images([first, second], now) == [
        {"id": 20},
        {"src": second.url, "name": image_name(second.url), "alt": ""},
    ]
    assert changed_images([second], now) == [
        {"id": 20},
        {"src": second.url, "name": image_name(second.url), "alt": ""},
    ]
    assert changed_images([], now) is None
    now["images"][0]["name"] = f"a × b {image_name(first.url)[-8:]}"
    assert changed_images([first], now) is None
    assert changed_images([RemoteImage(url="https://shop.example/x.png")], now) is None
    assert image_name(first.url) != image_name(first.url.replace("v=2", "v=3"))
