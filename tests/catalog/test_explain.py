"""Why a quantity is what it is, and when it is sent next (NEW-3)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import ListingItem
from catalog.queries.explain import Part, explain
from catalog.queries.levels import sync_quantities
from catalog.queries.next_push import NextPush, next_push
from catalog.services import buffers
from catalog.services.holds import set_holds
from channels.models import ChangeMark, Channel, ChannelSettings, SyncJob
from inventory.models import Product
from inventory.services import stock
from tests.catalog.drains import drain, fresh
from tests.factories.assembly import assembled
from tests.factories.catalog import FakeShop, listed, listed_family, sending_channel
from tests.factories.channels import NOW, member
from tests.factories.inventory import (
    LocationFactory,
    ProductFactory,
    ServiceFactory,
    default_location,
    demand,
    put_on_hand,
    stocked_product,
)

pytestmark = [pytest.mark.django_db, pytest.mark.req("NEW-3")]


def owe(product: Product, units: int) -> None:
    key = f"order:{product.pk}/1"
    stock.allocate_stock([demand(key, product, units)], key=key, document_key=f"order:{product.pk}", at=NOW)


def pairs(parts: list[Part]) -> list[tuple[str, Decimal]]:
    return [(part.label, part.quantity) for part in parts]


def test_every_part_adds_up_to_the_number() -> None:
    second = LocationFactory(name="Shop floor")
    channel = sending_channel(use_buffer=True, buffer=2)
    poles = stocked_product(20, sku="POLES")
    tent = assembled({poles: 2}, sku="TENT")
    put_on_hand({poles: 4}, location=second)
    owe(poles, 3)
    owe(tent, 5)
    set_holds(channel, owner_key="order:9", quantities={poles.pk: Decimal(1)})
    channel = fresh(channel)
    sync = sync_quantities(channel, [poles.pk])[poles.pk]

    why = explain(channel, sync)

    assert pairs(why.on_hand) == [(default_location().name, 20), ("Shop floor", 4)]
    assert [part.quantity for part in why.allocated] == [3]
    assert [(part.label, part.units, part.quantity) for part in why.needed] == [("TENT", 5, 10)]
    assert [part.quantity for part in why.held] == [1]
    minus = [*why.allocated, *why.needed, *why.held]
    assert sum(p.quantity for p in why.on_hand) - sum(p.quantity for p in minus) - sync.buffer == sync.quantity == 8


def test_a_kit_names_the_component_that_limits_it() -> None:
    channel = sending_channel()
    cloth, poles = stocked_product(10, sku="CLOTH"), stocked_product(7, sku="POLES")
    tent = assembled({cloth: 1, poles: 2})

    sync = sync_quantities(fresh(channel), [tent.pk])[tent.pk]
    why = explain(fresh(channel), sync)

    assert (sync.buildable, sync.quantity) == (3, 3)
    assert [(part.label, part.units, part.quantity, part.product_id) for part in why.limiting] == [
        ("POLES", 2, 7, poles.pk)
    ]


def test_more_than_twenty_documents_are_summed_up() -> None:
    channel, product = sending_channel(), stocked_product(100)
    for number in range(25):
        claim = demand(f"order:{number}/1", product, 1)
        stock.allocate_stock([claim], key=f"k{number}", document_key=f"order:{number}", at=NOW)
        set_holds(channel, owner_key=f"order:{number + 50}", quantities={product.pk: Decimal(2)})

    why = explain(fresh(channel), sync_quantities(fresh(channel), [product.pk])[product.pk])

    assert (len(why.allocated), why.more_allocated) == (20, 5)
    assert (len(why.held), why.more_held) == (20, 10)


# --- when it is sent next


def following(channel: Channel, product: Product) -> NextPush:
    item = ListingItem.objects.filter(channel=channel, product=product).first()
    return next_push(fresh(channel), product=product, item=item, now=NOW)


def test_it_says_why_nothing_is_sent(channel: Channel) -> None:
    unlisted, service, off = stocked_product(1), ServiceFactory(), stocked_product(1)
    listed(channel, service)
    listed(channel, off, sync_stock=False)

    assert {following(channel, each).words for each in (unlisted, service, off)} == {
        "Nothing is sent: It is not listed in this store.",
        "Nothing is sent: It is a service or holds no stock.",
        "Nothing is sent: Sending its stock is switched off.",
    }
    shown = stocked_product(1)
    listed(channel, shown)
    Channel.objects.update(read_only=True)
    assert following(channel, shown).words == "Nothing is sent: The channel is read-only."


def test_it_says_when_it_is_sent_next(channel: Channel, shop: FakeShop) -> None:
    product = ProductFactory(sku="TENT")
    listed(channel, product)
    assert following(channel, product).kind == "automatic"

    put_on_hand({product: 7})
    assert following(channel, product).words == "It is being sent now."
    shop.refused = {"TENT": "variant 12 is locked"}
    drain(channel, shop)
    failed = following(channel, product)
    assert (failed.kind, failed.quote) == ("failed", "variant 12 is locked")

    later = NOW + timedelta(minutes=5)
    job = SyncJob.objects.create(
        channel=channel, kind="stock", key=str(product.pk), not_before=later, message="Service Unavailable"
    )
    waits = following(channel, product)
    assert (waits.kind, waits.quote) == ("waits", "Service Unavailable")
    SyncJob.objects.filter(pk=job.pk).update(not_before=NOW)
    assert following(channel, product).kind == "now"
    SyncJob.objects.filter(pk=job.pk).update(state="failed")
    assert (following(channel, product).kind, following(channel, product).quote) == ("failed", "Service Unavailable")


def test_marks_of_others_say_nothing_and_marks_of_all_do(channel: Channel) -> None:
    product = stocked_product(3)
    listed(channel, product)
    ChangeMark.objects.create(channel=channel, kind="stock", key=f"{product.pk}7")
    ChangeMark.objects.create(channel=channel, kind="order", key=str(product.pk))
    assert following(channel, product).kind == "automatic"

    ChangeMark.objects.create(channel=channel, kind="stock", key="all/x")

    assert following(channel, product).kind == "now"


def test_a_paused_or_resting_channel_and_one_without_automatic_updates(channel: Channel) -> None:
    product = stocked_product(3)
    listed(channel, product)
    ChannelSettings.objects.update(update_stock=False, stock_preview_confirmed_at=None)
    assert following(channel, product).kind == "by_hand"

    Channel.objects.update(closed_until=NOW + timedelta(minutes=1), state_reason="Bad Gateway")
    assert (following(channel, product).kind, following(channel, product).quote) == ("paused", "Bad Gateway")
    Channel.objects.update(closed_until=None, state="needs_sign_in", state_reason="401")
    assert following(channel, product).words == "Needs sign-in: it is sent when the channel works again."


# --- the page


def page(client: Client, channel: Channel, product: Product, **headers: str) -> str:
    client.force_login(member())
    answer = client.get(reverse("catalog:why", args=[channel.pk, product.pk]), headers=headers)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_click_tells_it_in_a_popover_or_on_a_page(client: Client, channel: Channel, shop: FakeShop) -> None:
    ChannelSettings.objects.update(use_buffer=True, buffer=2)
    poles = stocked_product(20, sku="POLES")
    tent = assembled({poles: 2}, sku="TENT")
    listed(channel, poles, seen_safety_stock=Decimal(3))
    listed(channel, tent)
    buffers.set_buffers(channel, product_ids=[poles.pk], quantity=5, user=None, now=NOW)
    owe(tent, 5)
    drain(channel, shop)
    assert shop.sent[-1] == {"POLES": 5, "TENT": 3}
    buffers.set_buffers(channel, product_ids=[poles.pk], quantity=1, user=None, now=NOW)

    text = page(client, channel, poles, **{"HX-Request": "true"})

    assert "<html" not in text
    for words in (
        "Why 9?",
        "To build 5 ×",
        "Buffer, from this product",
        "The store keeps 3 back itself as safety stock",
        "The store still has 5, with the old buffer of 5.",
        "Next automatic update when availability changes.",
    ):
        assert words in text
    whole = page(client, channel, tent)
    assert "<html" in whole
    for words in ("Why 3?", "Can be built from components", "Limited by", ": 20 available, 2 in each."):
        assert words in whole


def test_it_tells_of_a_number_that_is_shared(client: Client, channel: Channel) -> None:
    red, blue = stocked_product(3), stocked_product(4)
    listed_family(channel, [red, blue], tracking="product")

    assert "counts it together with 1 other variation" in page(client, channel, red)


def test_what_has_no_quantity_says_so(client: Client, channel: Channel) -> None:
    service = ServiceFactory()
    listed(channel, service)

    text = page(client, channel, service)

    assert "No sync quantity" in text
    assert "It is a service or holds no stock." in text


def test_strangers_see_nothing(client: Client, channel: Channel) -> None:
    product = stocked_product(3)
    address = reverse("catalog:why", args=[channel.pk, product.pk])
    client.force_login(member(platforms=()))
    assert client.get(address).status_code == 404
    client.force_login(member())
    assert client.get(reverse("catalog:why", args=[channel.pk, 999_999])).status_code == 404
    assert client.post(address).status_code == 405
