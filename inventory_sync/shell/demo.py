"""The demo shop: Nordhafen sells outdoor gear from a warehouse and a shop, and online in the sandbox stores."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from inventory.enums import AddressType, PostingKind
from inventory.models import Brand, Category, Family, Location, Organization, PriceTier, Product, TaxRule, User
from inventory.services.books import save_entry
from inventory.services.customers import AddressDraft, save_customer
from inventory.services.organization import set_up_organization
from inventory.services.products import ProductDetails, save_family, save_product
from inventory.services.stock import StockChange, change_stock
from inventory_sync.shell import demo_catalog, members
from inventory_sync.shell.demo_catalog import DemoCustomer, DemoProduct
from inventory_sync.shell.demo_stock import fill_stock
from inventory_sync.shell.roles import OPERATOR

LOGINS = ("manager", "operator")
_RETAIL, _SALE, _WHOLESALE = 1, 2, 3


@dataclass(frozen=True, kw_only=True)
class _Books:
    """The entries that the demo's products point at."""

    full_tax: TaxRule
    reduced_tax: TaxRule
    warehouse: Location
    shop: Location
    categories: dict[str, Category]
    brands: dict[str, Brand]


def fill_demo(*, password: str, now: datetime) -> bool:
    """Fill an empty installation; False where there is an organization already. All or nothing."""
    with transaction.atomic():
        if Organization.objects.exists():
            return False
        manager = _organization(password, now)
        _people(manager, password, now)
        books = _books(manager, now)
        _customers(manager, now)
        products = _products(books, manager, now)
        _opening_stock(products, books, manager, now)
        by_sku = {draft.sku: product for draft, product in products}
        fill_stock(by_sku, tax=books.full_tax, place=books.warehouse, user=manager, now=now)
    return True


def _organization(password: str, now: datetime) -> User:
    set_up_organization(
        name="Nordhafen",
        address="Speicherstraße 12\n20457 Hamburg",
        country="DE",
        time_zone="Europe/Berlin",
        base_currency="EUR",
        admin_username="manager",
        admin_email="manager@nordhafen.example",
        admin_password=password,
        admin_full_name="Mara Petersen",
        now=now,
    )
    return User.objects.get(username="manager")


def _people(manager: User, password: str, now: datetime) -> None:
    platforms = tuple(slug for slug, _label in members.choices().platforms)
    profile = members.Profile(first_name="Ole", last_name="Brandt", email="operator@nordhafen.example")
    members.create_member(
        username="operator",
        password=password,
        profile=profile,
        rights=members.Rights(role=OPERATOR, platforms=platforms),
        by=manager,
        now=now,
    )


def _books(manager: User, now: datetime) -> _Books:
    full = save_entry(
        TaxRule(), columns={"name": "VAT 19 %", "rate": Decimal(19), "inclusive": True}, user=manager, now=now
    )
    reduced = save_entry(
        TaxRule(), columns={"name": "VAT 7 %", "rate": Decimal(7), "inclusive": True}, user=manager, now=now
    )
    for tier in PriceTier.objects.filter(number__in=[_RETAIL, _SALE]):
        save_entry(tier, columns={"includes_tax": True}, user=manager, now=now)
    everything = [*demo_catalog.SIMPLE, *demo_catalog.VARIATIONS]
    return _Books(
        full_tax=full,
        reduced_tax=reduced,
        warehouse=Location.objects.get(is_default=True),
        shop=save_entry(Location(), columns={"name": "Shop Speicherstadt", "priority": 2}, user=manager, now=now),
        categories={
            name: save_entry(Category(), columns={"name": name}, user=manager, now=now)
            for name in _each(product.category for product in everything)
        },
        brands={
            name: save_entry(Brand(), columns={"name": name}, user=manager, now=now)
            for name in _each(product.brand for product in everything)
        },
    )


def _each(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _customers(manager: User, now: datetime) -> None:
    for customer in demo_catalog.CUSTOMERS:
        save_customer(
            None,
            columns={"name": customer.name, "email": customer.email, "company": customer.company},
            addresses=[_address(customer, kind) for kind in (AddressType.BILLING, AddressType.SHIPPING)],
            user=manager,
            now=now,
        )


def _address(customer: DemoCustomer, kind: AddressType) -> AddressDraft:
    return AddressDraft(
        type=kind,
        line_1=customer.line_1,
        postcode=customer.postcode,
        city=customer.city,
        country=customer.country,
    )


def _products(books: _Books, manager: User, now: datetime) -> list[tuple[DemoProduct, Product]]:
    names = {f"option{number}_name": name for number, name in enumerate(demo_catalog.FAMILY_OPTIONS, 1)}
    family = save_family(None, columns={"name": demo_catalog.FAMILY_NAME, **names}, user=manager, now=now)
    return [
        *((draft, _product(draft, None, books, manager, now)) for draft in demo_catalog.SIMPLE),
        *((draft, _product(draft, family, books, manager, now)) for draft in demo_catalog.VARIATIONS),
    ]


def _product(draft: DemoProduct, family: Family | None, books: _Books, manager: User, now: datetime) -> Product:
    options = {f"option{number}": value for number, value in enumerate(draft.options, 1)}
    columns = {
        "sku": draft.sku,
        "name": draft.name,
        "category": books.categories[draft.category],
        "brand": books.brands[draft.brand],
        "barcode": draft.barcode,
        "sale_tax_rule": books.reduced_tax if draft.reduced_tax else books.full_tax,
        "family": family,
        **options,
    }
    prices = {_RETAIL: draft.amount, _WHOLESALE: draft.wholesale}
    return save_product(None, columns=columns, details=ProductDetails(prices=prices), user=manager, now=now)


def _opening_stock(products: list[tuple[DemoProduct, Product]], books: _Books, manager: User, now: datetime) -> None:
    changes = [
        StockChange(
            product_id=product.pk, location_id=location.pk, quantity=Decimal(quantity), unit_cost=draft.unit_cost
        )
        for draft, product in products
        for location, quantity in ((books.warehouse, draft.warehouse), (books.shop, draft.shop))
        if quantity
    ]
    key = "opening:demo"
    change_stock(changes, key=f"{key}/r1", kind=PostingKind.OPENING, document_key=key, at=now, user=manager)
