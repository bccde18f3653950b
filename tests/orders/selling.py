"""A small world for tests of sales: one channel, two locations, products on hand, a pending order."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from channels.models import Channel, ChannelSettings
from inventory.enums import AccountClass, PostingKind
from inventory.models import (
    Account,
    Customer,
    Location,
    Organization,
    PaymentTerm,
    PriceTier,
    Product,
    StockLevel,
    TaxRule,
    User,
)
from inventory.services import stock
from orders.models import CapturedCharge, CapturedLine, CapturedOrder, CapturedPayment, Sale
from orders.services.sale import create_sale

NOW = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
ADDRESS = {
    "contact": "Ada Berg",
    "company": "Berg AG",
    "line_1": "Ring 1",
    "city": "Kiel",
    "postcode": "24103",
    "country": "DE",
}


@dataclass
class World:
    """Everything a test of sales asks for."""

    main: Location
    second: Location
    rule: TaxRule
    bank: Account
    sales_account: Account
    channel: Channel
    settings: ChannelSettings
    customer: Customer
    user: User
    made: int = 0
    products: list[Product] = field(default_factory=list)

    def product(self, sku: str, *, on_hand: int | str = 0, at: Location | None = None, **fields: Any) -> Product:
        product = Product.objects.create(sku=sku, name=f"Product {sku}", **fields)
        if Decimal(on_hand):
            self.receive(product, on_hand, at=at)
        return product

    def receive(self, product: Product, quantity: int | str, *, at: Location | None = None) -> None:
        self.made += 1
        place = at or self.main
        stock.change_stock(
            [stock.StockChange(product_id=product.pk, location_id=place.pk, quantity=Decimal(quantity))],
            key=f"receipt:{self.made}",
            kind=PostingKind.ADJUSTMENT,
            document_key=f"adjustment:{self.made}",
            at=NOW,
        )

    def order(
        self,
        *lines: tuple[Product, int | str, str],
        paid: str = "",
        shipping: dict[str, str] | None = None,
        **fields: Any,
    ) -> CapturedOrder:
        """A pending order of (product, quantity, unit price) lines with 19 % tax, 5.00 shipping, allocated at main."""
        self.made += 1
        net = sum((Decimal(quantity) * Decimal(price) for _product, quantity, price in lines), Decimal(0))
        tax = (net * Decimal("0.19")).quantize(Decimal("0.01"))
        values: dict[str, Any] = {
            "channel": self.channel,
            "remote_id": str(1000 + self.made),
            "number": str(1000 + self.made),
            "state": "pending",
            "placed_at": NOW,
            "captured_at": NOW,
            "first_seen_at": NOW,
            "currency": "EUR",
            "total": net + tax + Decimal("5.95"),
            "total_tax": tax + Decimal("0.95"),
            "customer": self.customer,
            "customer_name": "Ada Berg",
            "billing": ADDRESS,
            "shipping": ADDRESS if shipping is None else shipping,
            "location": self.main,
        }
        order = CapturedOrder.objects.create(**values | fields)
        left = tax
        for position, (product, quantity, price) in enumerate(lines, start=1):
            line_tax = (
                left
                if position == len(lines)
                else (Decimal(quantity) * Decimal(price) * Decimal("0.19")).quantize(Decimal("0.01"))
            )
            left -= line_tax
            line = CapturedLine.objects.create(
                order=order,
                position=position,
                remote_id=str(position),
                kind="product",
                product=product,
                sku=product.sku,
                name=product.name,
                quantity=Decimal(quantity),
                unit_price=Decimal(price),
                total=Decimal(quantity) * Decimal(price),
                tax=line_tax,
                tax_key="1",
                tax_rule=self.rule,
            )
            if product.is_stocked:
                demand = stock.Demand(
                    owner_key=line.owner_key,
                    product_id=product.pk,
                    location_id=self.main.pk,
                    quantity=Decimal(quantity),
                )
                stock.allocate_stock(
                    [demand], key=f"{order.document_key}/{position}", document_key=order.document_key, at=NOW
                )
        CapturedCharge.objects.create(
            order=order,
            position=1,
            kind="shipping",
            label="Parcel",
            amount=Decimal(5),
            tax=Decimal("0.95"),
            tax_key="1",
            tax_rule=self.rule,
        )
        if paid:
            CapturedPayment.objects.create(
                order=order,
                remote_id="p1",
                method_key="card",
                method_label="Card",
                amount=Decimal(paid),
                paid_at=NOW,
                account=self.bank,
            )
        return order

    def sell(self, order: CapturedOrder) -> Sale:
        return create_sale(order, user=None, now=NOW)

    def level(self, product: Product, place: Location | None = None) -> tuple[Decimal, Decimal, Decimal]:
        """On hand, allocated, picked."""
        row = StockLevel.objects.get(product=product, location=place or self.main)
        return row.on_hand, row.allocated, row.picked

    def set_up(self, **settings: Any) -> None:
        ChannelSettings.objects.filter(channel=self.channel).update(**settings)


def new_world() -> World:
    for number in (1, 2):
        PriceTier.objects.get_or_create(number=number, defaults={"name": f"Tier {number}"})
    main = Location.objects.create(name="Main", is_default=True, priority=1)
    second = Location.objects.create(name="Second", priority=2)
    bank = Account.objects.create(code="090", name="Bank", account_class=AccountClass.ASSET, accepts_payments=True)
    sales_account = Account.objects.create(code="200", name="Sales", account_class=AccountClass.REVENUE)
    terms = PaymentTerm.objects.create(name="Net 14", days=14, is_default=True)
    Organization.objects.create(
        name="Nordhafen",
        time_zone="Europe/Berlin",
        default_location=main,
        default_sales_account=sales_account,
        default_terms=terms,
    )
    channel = Channel.objects.create(
        platform="bigcommerce", name="Outdoor", store_identity="demo", store_currency="EUR",
        api_url="http://127.0.0.1:9010", connected_at=NOW, poll_cursor=NOW, next_poll_at=NOW,
    )  # fmt: skip
    return World(
        main=main,
        second=second,
        rule=TaxRule.objects.create(name="Standard 19 %", rate=Decimal(19)),
        bank=bank,
        sales_account=sales_account,
        channel=channel,
        settings=ChannelSettings.objects.create(channel=channel, default_location=main),
        customer=Customer.objects.create(name="Ada Berg"),
        user=User.objects.create_user("staff", password="not-a-real-password"),
    )
