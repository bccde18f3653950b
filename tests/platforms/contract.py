"""What every platform's adapter keeps, whatever the store: subclass it beside the adapter's own tests.

A subclass gives the fixtures `platform` (a connected adapter), `spec`, `keeper` (tests.platforms.conftest.Shopkeeper),
and the class attributes below. The store behind it is the sandbox's demo store.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from channels.errors import AuthenticationFailed, LeaseLost, MalformedResponse, TemporarilyUnavailable
from channels.ports import Capability, Platform, PlatformSpec
from channels.remote import TAX_FREE, RemoteOrder, StockItem, StockUpdate
from orders.services.totals import prove_remote
from tests.platforms.conftest import Shopkeeper
from tests.platforms.contract_orders import OrderContract
from tests.platforms.contract_updates import UpdateContract
from tests.platforms.contract_writes import WriteContract

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def item_of(update: StockUpdate) -> StockItem:
    return StockItem(
        product_id=update.product_id, variant_id=update.variant_id, sku=update.sku, tracking=update.tracking
    )


class PlatformContract(WriteContract, UpdateContract, OrderContract):
    shop_name = "Nordhafen Outdoor"
    catalog_size = 20

    def forget_us(self, keeper: Shopkeeper) -> None:
        """The store takes our credentials away."""
        keeper.call("DELETE", f"/stores/{keeper.store}/accounts/sandbox-token")

    def order(self, platform: Platform, number: str) -> RemoteOrder:
        return platform.orders.get_many([number])[0]

    # -- identity

    @pytest.mark.req("CON-17")
    def test_it_says_who_the_store_is(self, platform: Platform) -> None:
        found = platform.check()
        assert found.identity
        assert found.name == self.shop_name
        assert len(found.currency) == 3
        assert found.url.startswith("http")
        assert found.time_zone == "Europe/Berlin"

    def test_the_spec_is_complete(self, spec: PlatformSpec) -> None:
        assert len(spec.mark) == 1
        assert spec.checklist
        for way in spec.ways:
            assert len({field.name for field in way.fields}) == len(way.fields)
        assert min(spec.limits.stock_batch, spec.limits.product_page, spec.limits.orders_by_id) > 0

    # -- catalog

    @pytest.mark.req("CAT-4")
    def test_every_product_comes_exactly_once_whole_and_in_order(self, platform: Platform) -> None:
        found, cursor = [], ""
        while True:
            page = platform.products.page(cursor=cursor)
            found += page.products
            if not (cursor := page.next_cursor):
                break
        ids = [product.id for product in found]
        assert len(ids) == len(set(ids)) == page.total
        assert all(product.variants for product in found)
        assert all(len(product.variants) == 1 for product in found if not product.is_family)
        families = [product for product in found if product.is_family]
        assert families
        for product in families:
            values = [tuple(option.value for option in variant.options) for variant in product.variants]
            assert len(set(values)) == len(values)
            assert {len(value) for value in values} == {len(product.option_names)}

    def test_products_by_id_leave_out_what_is_gone(self, platform: Platform) -> None:
        known = platform.products.page().products[0]
        assert [product.id for product in platform.products.get_many([known.id, self.missing_id])] == [known.id]
        assert platform.products.get_many([known.id]) == (known,)
        assert platform.products.get_many([]) == ()
        assert platform.products.get_many(["no id"]) == ()

    # -- stock

    def update(self, platform: Platform, key: str, quantity: str, sku: str) -> StockUpdate:
        product, variant = next(
            (product, variant)
            for product in platform.products.page().products
            for variant in product.variants
            if variant.sku == sku
        )
        return StockUpdate(
            key=key,
            product_id=product.id,
            variant_id=variant.id,
            sku=variant.sku,
            tracking=variant.tracking,
            location_id=next((place.key for place in platform.lists.locations()), ""),
            quantity=Decimal(quantity),
        )

    def test_a_pushed_quantity_is_what_the_store_has(self, platform: Platform) -> None:
        update = self.update(platform, "a", "7", self.sku)
        result = platform.stock.push([update])
        assert [(entry.key, entry.error, entry.gone) for entry in result] == [("a", "", False)]
        levels = platform.stock.levels([item_of(update)], location_id=update.location_id)
        assert [level.quantity for level in levels] == [Decimal(7)]
        assert platform.stock.push([update])[0].error == ""

    def test_every_update_gets_its_result(self, platform: Platform) -> None:
        update = self.update(platform, "a", "7", self.sku)
        assert platform.stock.push([]) == ()
        assert [entry.key for entry in platform.stock.push([update])] == ["a"]

    # -- orders

    @pytest.mark.req("CAP-4")
    def test_an_order_comes_whole_and_adds_up(self, platform: Platform, keeper: Shopkeeper) -> None:
        number = keeper.place({"sku": self.sku, "quantity": 3}, shipping_method="Standard delivery", customer_id=1)
        order = self.order(platform, number)
        assert prove_remote(order).residual == 0
        assert prove_remote(order).residual_tax == 0
        assert [(line.sku, line.quantity) for line in order.lines] == [(self.sku, Decimal(3))]
        assert order.customer.email == "anke.brandt@example.com"
        assert order.billing.city == "Kiel"
        assert order.shipping is not None
        assert [charge.kind for charge in order.charges] == ["shipping"]
        assert sum(payment.amount for payment in order.payments) == order.total
        assert order.created_at.tzinfo is not None
        assert order.currency == "EUR"

    def test_orders_that_are_gone_are_left_out(self, platform: Platform, keeper: Shopkeeper) -> None:
        number = keeper.place({"sku": self.sku})
        assert [order.id for order in platform.orders.get_many([self.missing_id, number])] == [number]
        assert platform.orders.get_many([self.missing_id]) == ()
        assert platform.orders.get_many([]) == ()
        assert platform.orders.get_many(["no id"]) == ()

    def test_a_poll_names_what_changed_since(self, platform: Platform, keeper: Shopkeeper) -> None:
        before = datetime.now(UTC) - timedelta(minutes=1)
        number = keeper.place({"sku": self.sku})
        page = platform.orders.changed_since(before)
        assert [ref.id for ref in page.refs] == [number]
        assert page.next_cursor == ""
        assert page.refs[0].version == self.order(platform, number).version
        assert platform.orders.changed_since(datetime.now(UTC) + timedelta(days=1)).refs == ()

    def test_a_change_changes_the_version(self, platform: Platform, keeper: Shopkeeper) -> None:
        number = keeper.place({"sku": self.sku})
        first = self.order(platform, number)
        keeper.act(number, "cancel")
        second = self.order(platform, number)
        assert first.version != second.version
        assert second.milestones.cancelled
        assert not second.milestones.created

    # -- lists

    @pytest.mark.req("TAX-1")
    def test_tax_classes_have_tax_free_and_unique_keys(self, platform: Platform) -> None:
        keys = [entry.key for entry in platform.lists.tax_classes()]
        assert TAX_FREE in keys
        assert len(keys) == len(set(keys))

    @pytest.mark.req("PAY-1")
    def test_the_payment_method_of_an_order_is_in_the_list(
        self, platform: Platform, spec: PlatformSpec, keeper: Shopkeeper
    ) -> None:
        if not spec.can(Capability.PAYMENT_METHODS):
            pytest.skip("the platform has no list of payment methods")
        order = self.order(platform, keeper.place({"sku": self.sku}))
        assert order.payments[0].method_key in [entry.key for entry in platform.lists.payment_methods()]

    # -- notices

    @pytest.mark.req("CON-20")
    def test_registering_twice_leaves_one_hook_a_topic(self, platform: Platform, keeper: Shopkeeper) -> None:
        url = "http://127.0.0.1:9/notices/x"
        first = platform.webhooks.register(url)
        assert first
        assert all(hook.active for hook in first)
        assert platform.webhooks.register(url) == first == platform.webhooks.check(url)
        platform.webhooks.unregister(url)
        assert not any(hook.active for hook in platform.webhooks.check(url))
        platform.webhooks.unregister(url)

    # -- what goes wrong

    @pytest.mark.parametrize("kind", ["html", "malformed"])
    def test_an_unreadable_answer_is_named(self, platform: Platform, keeper: Shopkeeper, kind: str) -> None:
        keeper.fault(kind, times=None)
        with pytest.raises(MalformedResponse):
            platform.orders.changed_since(LONG_AGO)

    @pytest.mark.parametrize("kind", ["error", "drop_before"])
    def test_a_store_that_stays_down_is_tried_later(self, platform: Platform, keeper: Shopkeeper, kind: str) -> None:
        keeper.fault(kind, times=None)
        with pytest.raises(TemporarilyUnavailable):
            platform.orders.changed_since(LONG_AGO)

    @pytest.mark.parametrize("kind", ["error", "drop_before", "drop_after", "too_many", "overload"])
    def test_a_passing_fault_is_not_noticed(self, platform: Platform, keeper: Shopkeeper, kind: str) -> None:
        keeper.fault(kind, times=1, seconds=0.1)
        assert self.number_of_products(platform) == self.catalog_size

    def test_a_removed_token_is_a_failed_sign_in(self, platform: Platform, keeper: Shopkeeper) -> None:
        self.forget_us(keeper)
        with pytest.raises(AuthenticationFailed) as caught:
            platform.check()
        assert "sandbox-token" not in f"{caught.value.message} {caught.value.detail}"

    def test_a_lost_lease_stops_before_the_call(self, leaseless: Platform, keeper: Shopkeeper) -> None:
        with pytest.raises(LeaseLost):
            leaseless.stock.push([self.an_update()])
        assert keeper.requests() == []

    @staticmethod
    def an_update() -> StockUpdate:
        return StockUpdate(
            key="a", product_id="111", variant_id="71", sku="", tracking="variant", location_id="1", quantity=Decimal(1)
        )
