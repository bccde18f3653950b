"""Buffers of the channel and of single products: who wins, what is kept, what is sent and when (BUF, A32, A58)."""

from decimal import Decimal

import pytest

from catalog.models import ListingItem, ProductBuffer
from catalog.queries.buffers import affected_by_buffer, old_buffer
from catalog.queries.levels import sync_quantities
from catalog.services import buffers
from catalog.services.buffers import BufferChoice
from catalog.services.updates import NothingChosen, ReadOnly
from channels.models import ChangeMark, Channel, ChannelSettings
from channels.services.setup import SetupChoices, save_setup
from inventory.enums import Outcome, RunState
from inventory.models import AuditEntry, Product
from inventory.services.runs import AlreadyRunning, retry_failed
from tests.catalog.conftest import work_off
from tests.catalog.drains import drain, fresh
from tests.factories.catalog import FakeShop, listed, sending_channel
from tests.factories.channels import NOW
from tests.factories.inventory import ProductFactory, UserFactory, put_on_hand, stocked_product

pytestmark = pytest.mark.django_db


def own(channel: Channel, *products: Product, quantity: int | None) -> int:
    ids = [product.pk for product in products]
    return buffers.set_buffers(channel, product_ids=ids, quantity=quantity, user=None, now=NOW)


def channel_buffer(channel: Channel, *, use_buffer: bool = True, buffer: int = 0) -> None:
    """As staff save it in Setup."""
    values = {"use_buffer": use_buffer, "buffer": buffer}
    version = ChannelSettings.objects.get(channel=channel).version
    save_setup(fresh(channel), choices=SetupChoices(values=values), version=version, user=None, now=NOW)


@pytest.mark.req("BUF-2")
@pytest.mark.req("BUF-3")
@pytest.mark.req("BUF-4")
@pytest.mark.parametrize(
    ("switch", "general", "of_product", "kept_back", "source"),
    [
        (False, 3, None, 0, ""),
        (False, 3, 5, 0, ""),  # the product's counts only while the channel's switch is on
        (True, 3, None, 3, "channel"),
        (True, 3, 5, 5, "product"),
        (True, 5, 3, 3, "product"),
        (True, 3, 0, 0, "product"),  # exempts this one
        (True, 0, 5, 5, "product"),  # applies to this one only
        (True, 0, None, 0, "channel"),
        (True, 0, 0, 0, "product"),
    ],
)
def test_the_product_always_wins_while_the_channels_switch_is_on(
    switch: bool, general: int, of_product: int | None, kept_back: int, source: str
) -> None:
    channel = sending_channel(use_buffer=switch, buffer=general)
    product, other = stocked_product(10), stocked_product(10)
    if of_product is not None:
        ProductBuffer.objects.create(channel=channel, product=product, quantity=of_product)

    found = sync_quantities(fresh(channel), [product.pk, other.pk])

    assert (found[product.pk].buffer, found[product.pk].buffer_source) == (kept_back, source)
    assert found[product.pk].quantity == 10 - kept_back
    assert found[other.pk].quantity == 10 - (general if switch else 0)


@pytest.mark.req("BUF-3")
def test_changing_the_channels_buffer_leaves_products_with_their_own_alone() -> None:
    channel = sending_channel(use_buffer=True, buffer=3)
    mine, other = stocked_product(10), stocked_product(10)
    own(channel, mine, quantity=5)

    channel_buffer(channel, buffer=8)

    found = sync_quantities(fresh(channel), [mine.pk, other.pk])
    assert (found[mine.pk].quantity, found[other.pk].quantity) == (5, 2)


@pytest.mark.req("BUF-2")
def test_a_products_buffer_is_of_one_channel_and_needs_no_listing() -> None:
    channel, elsewhere = (sending_channel(use_buffer=True) for _ in range(2))
    product = stocked_product(10)

    assert own(channel, product, quantity=4) == 1

    assert sync_quantities(fresh(channel), [product.pk])[product.pk].quantity == 6
    assert sync_quantities(fresh(elsewhere), [product.pk])[product.pk].quantity == 10


@pytest.mark.req("BUF-2")
@pytest.mark.parametrize("quantity", [4, None])
def test_without_the_channels_switch_nothing_is_set_or_taken_away(quantity: int | None) -> None:
    channel, product = sending_channel(use_buffer=False, buffer=3), stocked_product(10)
    ProductBuffer.objects.create(channel=channel, product=product, quantity=7)

    with pytest.raises(buffers.BufferOff):
        own(channel, product, quantity=quantity)

    assert list(ProductBuffer.objects.values_list("quantity", flat=True)) == [7]
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("quantity", [-1, buffers.MOST + 1])
def test_nonsense_is_refused(quantity: int) -> None:
    channel, product = sending_channel(use_buffer=True), stocked_product(10)

    with pytest.raises(buffers.BadBuffer):
        own(channel, product, quantity=quantity)
    choice = BufferChoice(mode="set")
    with pytest.raises(buffers.BadBuffer):
        buffers.apply_choice(channel, choice=choice, product_ids=[product.pk], user=None, now=NOW)

    assert not ProductBuffer.objects.exists()


@pytest.mark.req("BUF-6")
def test_the_menu_keeps_sets_and_removes(channel: Channel) -> None:
    ChannelSettings.objects.update(use_buffer=True, buffer=1)
    first, second = stocked_product(10), stocked_product(10)
    own(channel, first, quantity=7)

    def choose(mode: str, quantity: int | None = None) -> int:
        choice = BufferChoice(mode=mode, quantity=quantity)  # type: ignore[arg-type]
        ids = [first.pk, second.pk, 99_999]
        return buffers.apply_choice(channel, choice=choice, product_ids=ids, user=None, now=NOW)

    assert (choose("keep"), dict(ProductBuffer.objects.values_list("product", "quantity"))) == (0, {first.pk: 7})
    assert (choose("set", 7), choose("set", 7)) == (1, 0)
    assert dict(ProductBuffer.objects.values_list("product", "quantity")) == {first.pk: 7, second.pk: 7}
    assert (choose("remove"), choose("remove")) == (2, 0)
    assert not ProductBuffer.objects.exists()


@pytest.mark.req("APP-5")
def test_who_changed_a_buffer_is_kept(channel: Channel) -> None:
    ChannelSettings.objects.update(use_buffer=True)
    product, user = stocked_product(10), UserFactory()

    for quantity in (4, 4, 6, None):
        buffers.set_buffers(channel, product_ids=[product.pk], quantity=quantity, user=user, now=NOW)

    rows = AuditEntry.objects.filter(object_key=f"product:{product.pk}", user=user, scope_key=channel.scope_key)
    assert list(rows.order_by("pk").values_list("changes", flat=True)) == [
        {channel.name: [None, 4]},
        {channel.name: [4, 6]},
        {channel.name: [6, None]},
    ]


def test_the_same_statements_for_few_and_many(channel: Channel, django_assert_num_queries) -> None:
    ChannelSettings.objects.update(use_buffer=True)
    products = [ProductFactory() for _ in range(20)]

    for part, quantity in ((products[:1], 3), (products, 5)):
        with django_assert_num_queries(7):  # the switch, buffers, products, write, audit; in a savepoint
            assert own(channel, *part, quantity=quantity) == len(part)


# --- what the store gets of it


@pytest.fixture
def sold(channel: Channel, shop: FakeShop) -> dict[str, Product]:
    """Three products that the store has with the channel's buffer of 2."""
    ChannelSettings.objects.update(use_buffer=True, buffer=2)
    products = {sku: ProductFactory(sku=sku) for sku in ("FEW", "MANY", "OWN")}
    for product in products.values():
        listed(channel, product)
    own(channel, products["OWN"], quantity=4)
    put_on_hand({products["FEW"]: 1, products["MANY"]: 10, products["OWN"]: 10})
    drain(channel, shop)
    assert shop.sent == [{"FEW": 0, "MANY": 8, "OWN": 6}]
    shop.sent.clear()
    return products


@pytest.mark.req("BUF-7")
@pytest.mark.req("A32")
def test_saving_buffers_sends_nothing_and_the_next_push_uses_them(
    channel: Channel, shop: FakeShop, sold: dict[str, Product]
) -> None:
    channel_buffer(channel, buffer=5)
    own(channel, sold["OWN"], quantity=1)
    assert not ChangeMark.objects.exists()

    put_on_hand({sold["MANY"]: 1, sold["OWN"]: 1})
    drain(channel, shop)

    assert shop.sent == [{"MANY": 6, "OWN": 10}]
    assert not affected_by_buffer(fresh(channel)).filter(product__in=[sold["MANY"], sold["OWN"]]).exists()


@pytest.mark.req("A32")
def test_what_the_store_has_with_an_old_buffer_is_known(
    channel: Channel, shop: FakeShop, sold: dict[str, Product]
) -> None:
    assert not affected_by_buffer(fresh(channel)).exists()

    channel_buffer(channel, buffer=5)

    def affected() -> set[str]:
        return set(affected_by_buffer(fresh(channel)).values_list("remote_sku", flat=True))

    assert affected() == {"FEW", "MANY"}
    channel_buffer(channel, use_buffer=False, buffer=5)
    assert affected() == {"FEW", "MANY", "OWN"}
    channel_buffer(channel, buffer=2)
    assert affected() == set()
    own(channel, sold["MANY"], quantity=2)
    assert affected() == set()
    own(channel, sold["MANY"], quantity=0)
    assert affected() == {"MANY"}

    items = {item.remote_sku: item for item in ListingItem.objects.all()}
    now = sync_quantities(fresh(channel), [product.pk for product in sold.values()])
    shown = {sku: old_buffer(items[sku], now[product.pk]) for sku, product in sold.items()}
    assert shown == {"FEW": None, "MANY": 2, "OWN": None}


@pytest.mark.req("A32")
def test_one_click_sends_exactly_what_an_old_buffer_changed(
    channel: Channel, shop: FakeShop, sold: dict[str, Product]
) -> None:
    channel_buffer(channel, buffer=5)
    ChannelSettings.objects.update(update_stock=False, stock_preview_confirmed_at=None)

    run = work_off(channel, shop, buffers.start_push_affected(fresh(channel), user=None, now=NOW))

    assert shop.sent == [{"MANY": 5}]  # FEW has none with either
    outcomes = {item.label.split()[0]: (item.outcome, item.before, item.after) for item in run.items.all()}
    assert outcomes == {"MANY": (Outcome.DONE, "8", "5"), "FEW": (Outcome.NOTHING, "0", "0")}
    assert (run.state, run.total) == (RunState.DONE, 2)
    assert not affected_by_buffer(fresh(channel)).exists()
    with pytest.raises(NothingChosen):
        buffers.start_push_affected(fresh(channel), user=None, now=NOW)


@pytest.mark.req("A32")
def test_what_the_store_refuses_is_tried_again_alone(
    channel: Channel, shop: FakeShop, sold: dict[str, Product]
) -> None:
    channel_buffer(channel, use_buffer=False, buffer=2)
    shop.refused = {"OWN": "locked"}
    run = work_off(channel, shop, buffers.start_push_affected(fresh(channel), user=None, now=NOW))
    assert (run.done, run.failed) == (2, 1)
    shop.refused, shop.sent = {}, []

    again = work_off(channel, shop, retry_failed(run, user=None, now=NOW))

    assert (again.done, again.failed) == (1, 0)
    assert shop.sent == [{"OWN": 10}]


@pytest.mark.req("SET-35")
def test_a_read_only_channel_or_a_second_click_is_refused(
    channel: Channel, shop: FakeShop, sold: dict[str, Product]
) -> None:
    channel_buffer(channel, buffer=5)
    Channel.objects.update(read_only=True)
    with pytest.raises(ReadOnly):
        buffers.start_push_affected(fresh(channel), user=None, now=NOW)
    Channel.objects.update(read_only=False)
    buffers.start_push_affected(fresh(channel), user=None, now=NOW)

    with pytest.raises(AlreadyRunning):
        buffers.start_push_affected(fresh(channel), user=None, now=NOW)

    assert shop.sent == []


@pytest.mark.req("A58")
def test_an_update_by_hand_keeps_buffers_back_though_nothing_is_sent_by_itself(shop: FakeShop) -> None:
    from catalog.services.push import push_chosen

    channel = sending_channel(use_buffer=True, buffer=2)
    plain, mine = stocked_product(10, sku="PLAIN"), stocked_product(10, sku="OWN")
    for product in (plain, mine):
        listed(channel, product)
    own(channel, mine, quantity=6)
    ChannelSettings.objects.update(update_stock=False, stock_preview_confirmed_at=None)

    push_chosen(fresh(channel), shop, product_ids=[plain.pk, mine.pk], now=NOW)

    assert shop.sent == [{"PLAIN": Decimal(8), "OWN": Decimal(4)}]
    assert dict(ListingItem.objects.values_list("remote_sku", "pushed_buffer")) == {"PLAIN": 2, "OWN": 6}
