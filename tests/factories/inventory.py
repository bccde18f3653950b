"""Builders of the inventory of record; stock goes through the service, as everywhere."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from inventory.enums import AccountClass, PostingKind, ProductType
from inventory.models import (
    Account,
    Brand,
    Category,
    Customer,
    Family,
    Location,
    Organization,
    PaymentTerm,
    PriceTier,
    Product,
    StockPosting,
    TaxRule,
    User,
)
from inventory.services import stock

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
_keys = count(1)


class LocationFactory(DjangoModelFactory[Location]):
    class Meta:
        model = Location

    name = factory.Sequence(lambda n: f"Warehouse {n}")


class CategoryFactory(DjangoModelFactory[Category]):
    class Meta:
        model = Category

    name = factory.Sequence(lambda n: f"Category {n}")


class BrandFactory(DjangoModelFactory[Brand]):
    class Meta:
        model = Brand

    name = factory.Sequence(lambda n: f"Brand {n}")


class FamilyFactory(DjangoModelFactory[Family]):
    class Meta:
        model = Family

    name = factory.Sequence(lambda n: f"Family {n}")
    option1_name = "Color"


class ProductFactory(DjangoModelFactory[Product]):
    class Meta:
        model = Product

    sku = factory.Sequence(lambda n: f"SKU-{n:04d}")
    name = factory.Sequence(lambda n: f"Product {n}")


class ServiceFactory(ProductFactory):
    type = ProductType.SERVICE


class CustomerFactory(DjangoModelFactory[Customer]):
    class Meta:
        model = Customer

    name = factory.Sequence(lambda n: f"Customer {n}")
    email = factory.Sequence(lambda n: f"customer{n}@shop.example")


class AccountFactory(DjangoModelFactory[Account]):
    class Meta:
        model = Account

    code = factory.Sequence(lambda n: f"{n + 1000}")
    name = factory.Sequence(lambda n: f"Account {n}")
    account_class = AccountClass.REVENUE


class BankAccountFactory(AccountFactory):
    account_class = AccountClass.ASSET
    accepts_payments = True


class TaxRuleFactory(DjangoModelFactory[TaxRule]):
    class Meta:
        model = TaxRule

    name = factory.Sequence(lambda n: f"Tax {n}")
    rate = Decimal(19)


class PaymentTermFactory(DjangoModelFactory[PaymentTerm]):
    class Meta:
        model = PaymentTerm

    name = factory.Sequence(lambda n: f"Net {n}")
    days = 30


class PriceTierFactory(DjangoModelFactory[PriceTier]):
    class Meta:
        model = PriceTier
        django_get_or_create = ("number",)

    number = 1
    name = factory.LazyAttribute(lambda tier: f"Tier {tier.number}")


class UserFactory(DjangoModelFactory[User]):
    """`UserFactory(role="Operator")` gives the role's group; without a role the user may nothing."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@shop.example")

    @factory.post_generation
    def role(self, create: bool, extracted: str | None, **kwargs: Any) -> None:
        if create and extracted:
            self.groups.add(Group.objects.get(name=extracted))


def default_location() -> Location:
    """The one default location, made if missing."""
    found = Location.objects.filter(is_default=True).first()
    return found or LocationFactory(name="Main warehouse", is_default=True, priority=1)


def organization(**columns: Any) -> Organization:
    """The organization with default location, sales account and terms, as the first-run page leaves it."""
    found = Organization.objects.filter(pk=1).first()
    if found is not None:
        return found
    return Organization.objects.create(
        **{
            "name": "Organization",
            "default_location": default_location(),
            "default_sales_account": AccountFactory(code="200", name="Sales"),
            "default_terms": PaymentTermFactory(name="Net 30", is_default=True),
            **columns,
        }
    )


def put_on_hand(
    quantities: Mapping[Product, Decimal | int], *, location: Location | None = None, at: datetime = NOW
) -> StockPosting:
    """Raise on hand by opening stock, at the default location unless told."""
    place = location or default_location()
    number = next(_keys)
    return stock.change_stock(
        [
            stock.StockChange(product_id=product.pk, location_id=place.pk, quantity=Decimal(quantity))
            for product, quantity in quantities.items()
        ],
        key=f"opening:{number}",
        kind=PostingKind.OPENING,
        document_key=f"opening:{number}",
        at=at,
    )


def stocked_product(quantity: Decimal | int = 10, *, location: Location | None = None, **columns: Any) -> Product:
    """A stock product with units on hand."""
    product = ProductFactory(**columns)
    put_on_hand({product: quantity}, location=location)
    return product


def demand(owner_key: str, product: Product, quantity: Decimal | int, location: Location | None = None) -> stock.Demand:
    return stock.Demand(
        owner_key=owner_key,
        product_id=product.pk,
        location_id=(location or default_location()).pk,
        quantity=Decimal(quantity),
    )
