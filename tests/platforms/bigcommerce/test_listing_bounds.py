"""Pictures that are files, and families that are large, at BigCommerce."""

from dataclasses import replace
from decimal import Decimal
from itertools import product as product_of

import pytest
import requests

from channels.errors import TemporarilyUnavailable
from channels.platforms.bigcommerce.store import Store
from channels.remote import DesiredVariant, RemoteImage, RemoteOptionValue
from tests.platforms.bigcommerce.test_listing import READ, family, make, read, simple
from tests.platforms.conftest import Shopkeeper

# -- pictures that are files

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\xff\xfe" * 400


def test_files_go_out_one_by_one_in_their_order(store: Store, keeper: Shopkeeper) -> None:
    store.products.find(["ZH-Y10"])
    keeper.forget()
    pictures = (
        RemoteImage(url=f"{keeper.url}/_static/product-1.png", caption="Front"),
        RemoteImage(data=PNG, name="side.png", caption="Side"),
        RemoteImage(url=f"{keeper.url}/_static/product-2.png", caption="Back"),
    )
    (product,) = make(store, simple(images=pictures))
    path = f"/v3/catalog/products/{product.product_id}/images"
    assert keeper.requests() == [READ, ("POST", "/v3/catalog/products"), ("POST", path), ("POST", path)]
    found = read(store, product).images
    assert [image.caption for image in found] == ["Front", "Side", "Back"]
    answer = requests.get(found[1].url, timeout=10)
    assert (answer.content, answer.headers["Content-Type"]) == (PNG, "image/png")


def test_pictures_whose_answer_was_lost_are_not_sent_twice(store: Store, keeper: Shopkeeper) -> None:
    wanted = simple(images=tuple(RemoteImage(data=PNG, name=f"{number}.png") for number in range(3)))
    keeper.fault("drop_after", method="POST", path="*/images", times=1)
    with pytest.raises(TemporarilyUnavailable):
        store.products.create([wanted])
    (product,) = make(store, wanted)
    assert len(read(store, product).images) == 3


def test_a_refused_file_does_not_keep_the_product(store: Store, keeper: Shopkeeper) -> None:
    keeper.settings(unreachable_images=["*bad*"])
    pictures = (
        RemoteImage(data=PNG + bytes(8 * 1024 * 1024), name="huge.png"),
        RemoteImage(data=b"<html>", name="page.png"),
        RemoteImage(url="https://files.example/bad.png"),
        RemoteImage(url=f"https://files.example/{'x' * 255}.png"),
        RemoteImage(data=PNG, name="good.png"),
    )
    (result,) = store.products.create([simple(images=pictures)])
    assert result.product_id
    assert "huge.png was left out: the store takes files up to 8 MB" in result.error
    assert "The image file is of no known type." in result.error
    assert "The image https://files.example/bad.png could not be downloaded." in result.error
    assert "up to 255 characters" in result.error
    assert len(store.products.get_many([result.product_id])[0].images) == 1


# -- how large a family may be


def test_a_family_of_600_variations_is_one_call(store: Store, keeper: Shopkeeper) -> None:
    store.products.find(["ZH-Y10"])
    names = ("Size", "Color", "Sleeve", "Fabric")
    sizes = {"Size": 5, "Color": 10, "Sleeve": 3, "Fabric": 4}
    combinations = product_of(*([f"{name} {number}" for number in range(sizes[name])] for name in names))
    variants = tuple(
        DesiredVariant(
            key=str(index),
            sku=f"BIG-{index}",
            options=tuple(RemoteOptionValue(name=name, value=value) for name, value in zip(names, values, strict=True)),
            price=Decimal(10),
        )
        for index, values in enumerate(combinations)
    )
    wanted = replace(family(), option_names=names, variants=variants)
    keeper.forget()
    (made,) = make(store, wanted)
    assert keeper.requests().count(("POST", "/v3/catalog/products")) == 1
    found = read(store, made)
    assert (len(found.variants), found.option_names) == (600, names)
    assert {variant.id for variant in found.variants} == {variant.variant_id for variant in made.variants}


def test_a_family_that_is_too_large_is_not_sent(store: Store, keeper: Shopkeeper) -> None:
    def pair(index: int) -> DesiredVariant:
        options = (
            RemoteOptionValue(name="Number", value=str(index % 300)),
            RemoteOptionValue(name="Half", value=str(index // 300)),
        )
        return DesiredVariant(key=str(index), sku=f"BIG-{index}", options=options)

    many = replace(family(), option_names=("Number", "Half"), variants=tuple(pair(index) for index in range(601)))
    wide = replace(many, key="w", name="Wide", variants=tuple(pair(index) for index in range(251)))
    keeper.forget()
    results = {result.key: result.error for result in store.products.create([many, wide])}
    assert "at most 600 variations" in results["f"]
    assert "601" in results["f"]
    assert "at most 250 values of an option, and Number has more" in results["w"]
    assert {method for method, _path in keeper.requests()} == {"GET"}
