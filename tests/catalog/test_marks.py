"""Marks of stock: who is marked, what a change of Setup sends, what the store moved itself (A52, BUF-7)."""

from decimal import Decimal

import pytest

from catalog.handlers import push_stock
from catalog.services.holds import clear_holds, set_holds
from catalog.services.marks import mark_all
from channels.models import ChangeMark, Channel, ChannelSettings, SyncJob
from channels.registry import JobOutcome
from channels.signals import mapping_changed, settings_changed
from inventory.enums import DropShip, RecordStatus
from inventory.models import Product
from inventory.services import stock
from inventory.services.bills import set_components
from inventory.services.books import save_entry
from inventory.services.products import ProductDraft, save_product, upsert_products
from tests.catalog.drains import drain, fresh, sent
from tests.factories.assembly import assembled
from tests.factories.catalog import FakeShop, listed, sending_channel
from tests.factories.channels import NOW
from tests.factories.inventory import (
    LocationFactory,
    ProductFactory,
    demand,
    put_on_hand,
    stocked_product,
)

pytestmark = pytest.mark.django_db


@pytest.mark.req("SET-13")
def test_only_channels_that_count_the_location_are_marked() -> None:
    here, there = LocationFactory(), LocationFactory()
    everywhere, only_there = sending_channel(), sending_channel(location=there)
    product = ProductFactory()
    for channel in (everywhere, only_there):
        listed(channel, product)

    put_on_hand({product: 1}, location=here)

    assert list(ChangeMark.objects.values_list("channel", "kind", "key")) == [(everywhere.pk, "stock", str(product.pk))]


@pytest.mark.req("CAP-10")
def test_all_stores_that_list_it_learn_of_a_sale_in_one() -> None:
    product = stocked_product(5)
    channels = [sending_channel(), sending_channel()]
    for channel in channels:
        listed(channel, product)

    stock.allocate_stock([demand("order:1/1", product, 2)], key="k", document_key="order:1", at=NOW)

    for channel in channels:
        shop = FakeShop()
        drain(channel, shop)
        assert sent(shop) == {product.sku: 3}


@pytest.mark.req("JOB-3")
def test_marks_cost_the_same_statements_for_few_and_many(channel: Channel, django_assert_num_queries) -> None:
    products = [ProductFactory() for _ in range(40)]
    for product in products:
        listed(channel, product)

    for part in (products[:1], products):
        with django_assert_num_queries(4):  # assemblies, which are listed, the marks, the poke
            from catalog.services.marks import mark_stock_changed

            mark_stock_changed([product.pk for product in part], location_ids=[1])


@pytest.mark.req("BUF-7")
@pytest.mark.req("A32")
def test_saving_a_buffer_sends_nothing_and_the_next_push_uses_it(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory(sku="TENT")
    listed(channel, product)
    put_on_hand({product: 7})
    drain(channel, shop)
    ChannelSettings.objects.update(use_buffer=True, buffer=2)

    settings_changed.send(Channel, channel=fresh(channel), changed=frozenset({"use_buffer", "buffer"}))
    assert not ChangeMark.objects.exists()

    put_on_hand({product: 1})
    drain(channel, shop)
    assert shop.sent[-1] == {"TENT": 6}


@pytest.mark.req("SET-13")
def test_another_location_sends_everything_that_differs(channel: Channel, shop: FakeShop) -> None:
    other = LocationFactory()
    products = [ProductFactory(sku=f"S{n}") for n in range(5)]
    for product in products:
        listed(channel, product)
    put_on_hand(dict.fromkeys(products, 7))
    put_on_hand({products[0]: 7, products[1]: 2}, location=other)
    drain(channel, shop)
    shop.sent.clear()
    ChannelSettings.objects.update(location=other)

    settings_changed.send(Channel, channel=fresh(channel), changed=frozenset({"location"}))
    drain(channel, shop)

    assert sent(shop) == {"S0": 7, "S1": 2, "S2": 0, "S3": 0, "S4": 0}


@pytest.mark.req("SET-32")
def test_another_location_of_the_store_gets_everything(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory(sku="TENT")
    listed(channel, product)
    put_on_hand({product: 7})
    drain(channel, shop)

    mapping_changed.send(Channel, channel=fresh(channel), kind="location", remote_keys=frozenset())
    drain(channel, shop)

    assert shop.sent == [{"TENT": 7}, {"TENT": 7}]


def test_looking_through_everything_goes_page_by_page(
    channel: Channel, shop: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from channels import registry

    spec = registry.platform_spec("bigcommerce")
    small = replace(spec, limits=replace(spec.limits, stock_batch=2))
    monkeypatch.setitem(registry._specs, "bigcommerce", small)
    products = [stocked_product(3) for _ in range(5)]
    for product in products:
        listed(channel, product)

    mark_all(channel)
    drain(channel, shop)

    assert [len(call) for call in shop.sent] == [2, 2, 1]


@pytest.mark.req("A52")
def test_what_the_store_moved_itself_is_sent_even_if_our_number_is_the_same(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory(sku="TENT")
    listed(channel, product)
    put_on_hand({product: 7})
    drain(channel, shop)
    set_holds(channel, owner_key="order:1", quantities={product.pk: Decimal(1)})
    clear_holds(channel, owner_key="order:1")  # placed and cancelled before anything was sent

    drain(channel, shop)

    assert shop.sent == [{"TENT": 7}, {"TENT": 7}]


@pytest.mark.req("A52")
def test_no_push_raises_the_store_above_what_is_free(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory(sku="TENT")
    listed(channel, product)
    put_on_hand({product: 10})
    drain(channel, shop)
    set_holds(channel, owner_key="order:1", quantities={product.pk: Decimal(2)})  # unpaid: the store has taken 2
    put_on_hand({product: 1})
    drain(channel, shop)
    assert shop.sent[-1] == {"TENT": 9}

    with_capture = stock.Demand(
        owner_key="order:1/1", product_id=product.pk, location_id=product.levels.get().location_id, quantity=Decimal(2)
    )
    clear_holds(channel, owner_key="order:1")
    stock.allocate_stock([with_capture], key="capture", document_key="order:1", at=NOW)
    drain(channel, shop)

    assert shop.sent[-1] == {"TENT": 9}
    assert max(call["TENT"] for call in shop.sent[1:]) == 9


def test_keys_of_other_versions_are_let_go(channel: Channel, shop: FakeShop) -> None:
    job = SyncJob(channel=channel, kind="stock", key="what?", not_before=NOW)

    assert push_stock(fresh(channel), shop, [job]) == [JobOutcome(key="what?", verdict="nothing")]
    assert shop.calls == []


# --- products built from others


def marked(channel: Channel) -> set[str]:
    """SKUs that a channel's marks name; takes the marks away."""
    rows = ChangeMark.objects.filter(channel=channel, kind="stock")
    keys = {int(key) for key in rows.values_list("key", flat=True)}
    rows.delete()
    return set(Product.objects.filter(pk__in=keys).values_list("sku", flat=True))


@pytest.fixture
def tents(channel: Channel) -> dict[str, Product]:
    """Tent and tarp are built from the same poles, the tent from cloth too; a bag has nothing to do with them."""
    parts = {sku: stocked_product(20, sku=sku) for sku in ("POLES", "CLOTH", "BAG")}
    poles, cloth = parts["POLES"], parts["CLOTH"]
    products = {
        **parts,
        "TENT": assembled({poles: 2, cloth: 1}, sku="TENT"),
        "TARP": assembled({poles: 1}, sku="TARP"),
    }
    for product in products.values():
        listed(channel, product)
    return products


def owe(product: Product, units: int) -> None:
    key = f"order:{product.pk}/1"
    stock.allocate_stock([demand(key, product, units)], key=key, document_key=f"order:{product.pk}", at=NOW)


@pytest.mark.req("INV-7")
def test_a_component_marks_what_is_built_from_it(channel: Channel, tents: dict[str, Product]) -> None:
    put_on_hand({tents["CLOTH"]: 1})
    assert marked(channel) == {"CLOTH", "TENT"}

    put_on_hand({tents["POLES"]: 1})
    assert marked(channel) == {"POLES", "TENT", "TARP"}

    put_on_hand({tents["BAG"]: 1})
    assert marked(channel) == {"BAG"}


@pytest.mark.req("INV-7")
def test_a_kit_that_is_owed_marks_its_components_and_what_else_is_built_from_them(
    channel: Channel, tents: dict[str, Product]
) -> None:
    owe(tents["TARP"], 3)

    assert marked(channel) == {"TARP", "POLES", "TENT"}


@pytest.mark.req("INV-7")
@pytest.mark.req("CAP-10")
def test_a_component_sold_in_one_store_lowers_the_kit_in_every_other(tents: dict[str, Product]) -> None:
    here, there, shop = sending_channel(), sending_channel(), FakeShop()
    listed(here, tents["POLES"])
    listed(there, tents["TENT"])

    owe(tents["POLES"], 15)
    drain(there, shop)

    assert shop.sent == [{"TENT": 2}]


@pytest.mark.req("INV-7")
def test_other_components_change_what_stores_get(channel: Channel, shop: FakeShop, tents: dict[str, Product]) -> None:
    mark_all(channel)
    drain(channel, shop)
    assert sent(shop) == {"POLES": 20, "CLOTH": 20, "BAG": 20, "TENT": 10, "TARP": 20}
    owe(tents["TENT"], 1)
    drain(channel, shop)
    shop.sent.clear()

    set_components(tents["TENT"].pk, [(tents["BAG"].pk, Decimal(4))], auto_assembly=True, user=None, now=NOW)
    drain(channel, shop)

    assert sent(shop) == {"POLES": 20, "CLOTH": 20, "BAG": 16, "TENT": 4, "TARP": 20}
    shop.sent.clear()
    set_components(tents["TENT"].pk, [], auto_assembly=False, user=None, now=NOW)
    drain(channel, shop)
    assert sent(shop) == {"BAG": 20, "TENT": 0}


# --- whether something counts at all


@pytest.mark.req("SET-13")
def test_a_location_that_no_longer_counts_changes_what_stores_get(channel: Channel, shop: FakeShop) -> None:
    closing = LocationFactory()
    elsewhere, other_shop = sending_channel(location=closing), FakeShop()
    product = stocked_product(5, sku="TENT")
    put_on_hand({product: 3}, location=closing)
    for each in (channel, elsewhere):
        listed(each, product)
    mark_all(channel)
    drain(channel, shop)

    save_entry(closing, columns={"status": RecordStatus.DEPRECATED}, user=None, now=NOW)

    drain(channel, shop)
    drain(elsewhere, other_shop)
    assert [shop.sent, other_shop.sent] == [[{"TENT": 8}, {"TENT": 5}], []]
    save_entry(closing, columns={"name": "Barn"}, user=None, now=NOW)
    assert not ChangeMark.objects.exists()


def test_a_product_that_is_no_longer_drop_shipped_is_sent(channel: Channel, shop: FakeShop) -> None:
    product = stocked_product(5, sku="TENT", drop_ship=DropShip.ALWAYS)
    listed(channel, product)
    assert not ChangeMark.objects.exists()

    save_product(product, columns={"drop_ship": DropShip.NEVER}, user=None, now=NOW)
    drain(channel, shop)

    assert shop.sent == [{"TENT": 5}]


def test_a_file_may_say_so_too(channel: Channel, shop: FakeShop) -> None:
    product = stocked_product(5, sku="TENT", drop_ship=DropShip.ALWAYS)
    listed(channel, product)
    draft = ProductDraft(key="2", sku="TENT", name=product.name, columns={"drop_ship": DropShip.NEVER})

    upsert_products([draft], user=None, now=NOW)
    drain(channel, shop)

    assert shop.sent == [{"TENT": 5}]
