"""A connected store whose orders a test writes by hand, and the doors through which they come in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from channels.enums import JobKind
from channels.models import Channel, ChannelSettings, PaymentMapping, SyncJob, TaxMapping
from channels.outbox import mark
from channels.registry import JobOutcome
from channels.remote import TAX_FREE, OrderPage, OrderRef, RemoteOrder, RemoteProduct
from channels.signals import mapping_changed
from inventory.models import Account, Allocation, Customer, Location, Product, StockLevel, TaxRule
from orders.enums import CapturedBy
from orders.handlers import handle_orders
from orders.models import CapturedOrder
from orders.services.capture import capture_orders
from tests.factories.channels import ChannelFactory, PaymentMappingFactory, TaxMappingFactory
from tests.factories.inventory import (
    BankAccountFactory,
    CustomerFactory,
    LocationFactory,
    ProductFactory,
    TaxRuleFactory,
    default_location,
    put_on_hand,
)

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@dataclass
class StoreDouble:
    """What the store would answer: orders and products by id. `calls` counts what was asked."""

    orders_there: dict[str, RemoteOrder] = field(default_factory=dict)
    products_there: dict[str, RemoteProduct] = field(default_factory=dict)
    calls: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    product_failure: Exception | None = None
    list_failure: Exception | None = None
    """Raised once, by the second page of a list."""

    @property
    def orders(self) -> "OrdersDouble":
        return OrdersDouble(self)

    @property
    def products(self) -> "ProductsDouble":
        return ProductsDouble(self)


@dataclass
class OrdersDouble:
    store: StoreDouble

    def get_many(self, ids: Sequence[str]) -> tuple[RemoteOrder, ...]:
        self.store.calls.append(("orders", tuple(ids)))
        return tuple(self.store.orders_there[each] for each in ids if each in self.store.orders_there)

    def created_since(self, since: datetime, *, cursor: str = "") -> OrderPage:
        """Pages of two, deleted orders missing."""
        self.store.calls.append(("recent", (f"{since:%Y-%m-%d}", cursor)))
        if cursor and self.store.list_failure:
            failure, self.store.list_failure = self.store.list_failure, None
            raise failure
        found = [order for order in self.store.orders_there.values() if order.created_at >= since]
        start = int(cursor or 0)
        page = found[start : start + 2]
        refs = tuple(OrderRef(id=each.id, version=each.version, modified_at=each.modified_at) for each in page)
        return OrderPage(refs=refs, next_cursor=str(start + 2) if start + 2 < len(found) else "")


@dataclass
class ProductsDouble:
    store: StoreDouble

    def get_many(self, ids: Sequence[str]) -> tuple[RemoteProduct, ...]:
        self.store.calls.append(("products", tuple(ids)))
        if self.store.product_failure:
            raise self.store.product_failure
        return tuple(self.store.products_there[each] for each in ids if each in self.store.products_there)


@dataclass
class Shop:
    channel: Channel
    main: Location
    second: Location
    rule: TaxRule
    bank: Account
    default_customer: Customer
    store: StoreDouble = field(default_factory=StoreDouble)

    def product(self, sku: str, *, on_hand: int = 0, at: Location | None = None, **columns: Any) -> Product:
        product = ProductFactory(sku=sku, name=f"Product {sku}", **columns)
        if on_hand:
            put_on_hand({product: on_hand}, location=at)
        return product

    def set_up(self, **columns: Any) -> None:
        ChannelSettings.objects.filter(channel=self.channel).update(**columns)

    def capture(self, *orders: RemoteOrder, by: CapturedBy = CapturedBy.NOTICE, now: datetime = NOW) -> CapturedOrder:
        """Only the capture, no processing; answers the row of the first order."""
        capture_orders(self.channel, orders, by=by, now=now)
        return self.row(orders[0].id)

    def notice(self, *orders: RemoteOrder, version: str = "") -> list[JobOutcome]:
        """Put the orders into the store and handle the jobs that a notice (or with a version: a poll) leaves."""
        self.store.orders_there |= {order.id: order for order in orders}
        return self.handle(*(order.id for order in orders), version=version)

    def handle(self, *ids: str, version: str = "", attempts: int = 0) -> list[JobOutcome]:
        jobs = [
            SyncJob(
                channel=self.channel,
                kind=JobKind.ORDER,
                key=each,
                remote_version=version,
                attempts=attempts,
                not_before=NOW,
            )
            for each in ids
        ]
        return handle_orders(self.channel, self.store, jobs)  # type: ignore[arg-type]

    def row(self, remote_id: str = "100") -> CapturedOrder:
        return CapturedOrder.objects.select_related("sale", "channel").get(channel=self.channel, remote_id=remote_id)

    def level(self, product: Product, place: Location | None = None) -> tuple[Decimal, Decimal]:
        """On hand, allocated."""
        row = StockLevel.objects.filter(product=product, location=place or self.main).first()
        return (row.on_hand, row.allocated) if row else (Decimal(0), Decimal(0))

    def held(self) -> list[tuple[str, str, Decimal]]:
        """(SKU, location, units) of every allocation that holds something."""
        rows = Allocation.objects.filter(quantity__gt=0).select_related("product", "location")
        return sorted((row.product.sku, row.location.name, row.quantity) for row in rows)

    def marked(self) -> list[str]:
        """Order keys that wait to be read."""
        return sorted(self.channel.marks.filter(kind=JobKind.ORDER).values_list("key", flat=True))

    def poke(self, *ids: str) -> None:
        mark([self.channel.pk], kind=JobKind.ORDER, keys=list(ids))


def new_shop(*, platform: str = "bigcommerce", **settings: Any) -> Shop:
    """Everything mapped; the condition is *paid*, the mode draft order."""
    customer = CustomerFactory(name="Online customers", email="online@shop.example")
    channel = ChannelFactory(platform=platform, name="Nordhafen Outdoor", settings={"customer": customer, **settings})
    rule, free = TaxRuleFactory(name="VAT 19 %"), TaxRuleFactory(name="Tax free", rate=0)
    TaxMappingFactory(channel=channel, remote_key="0", label="Default Tax Class", rule=rule)
    TaxMappingFactory(channel=channel, kind="free", remote_key=TAX_FREE, label="Tax free", rule=free)
    bank = BankAccountFactory(code="090", name="Bank")
    PaymentMappingFactory(channel=channel, remote_key="card", label="Card", account=bank)
    return Shop(
        channel=channel,
        main=default_location(),
        second=LocationFactory(name="Second", priority=2),
        rule=rule,
        bank=bank,
        default_customer=customer,
    )


def map_tax(shop: Shop, key: str) -> None:
    TaxMapping.objects.filter(channel=shop.channel, remote_key=key).update(rule=shop.rule)


def map_tax_and_tell(shop: Shop, key: str, rule: TaxRule) -> None:
    """As saving Setup does it."""
    TaxMapping.objects.filter(channel=shop.channel, remote_key=key).update(rule=rule)
    mapping_changed.send(sender=None, channel=shop.channel, kind="tax", remote_keys=frozenset({key}))


def map_payment(shop: Shop, key: str) -> None:
    PaymentMapping.objects.filter(channel=shop.channel, remote_key=key).update(account=shop.bank)
