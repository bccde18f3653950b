"""The organization: set up once with its reference books and first administrator (SPEC INV-17), and changed later."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inventory.enums import AccountClass, DocumentKind, TermMethod, TierNumber
from inventory.models import (
    Account,
    Carrier,
    DocumentNumber,
    Location,
    Organization,
    PaymentTerm,
    PriceTier,
    TaxRule,
    User,
)
from inventory.services import audit
from inventory.services.numbers import PREFIXES
from inventory.services.stale import EditedMeanwhile
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.text import fold

MANAGER = "Manager"

_ASSET, _LIABILITY = AccountClass.ASSET, AccountClass.LIABILITY
_REVENUE, _EXPENSE, _EQUITY = AccountClass.REVENUE, AccountClass.EXPENSE, AccountClass.EQUITY
SALES_REVENUE = "200"


class OrganizationExists(ProductError):
    """The first-run page was used already."""


def set_up_organization(
    *,
    name: str,
    address: str,
    country: str,
    time_zone: str,
    base_currency: str,
    admin_username: str,
    admin_email: str,
    admin_password: str,
    admin_full_name: str = "",
    now: datetime,
) -> Organization:
    """Make the one organization, its default books and the first administrator, all or nothing.

    Raises OrganizationExists, also for the second of two that try at once.
    """
    with transaction.atomic():
        organization = _claim(name=name, address=address, country=country, time_zone=time_zone, base=base_currency)
        _make_books()
        organization.default_location = Location.objects.get(is_default=True)
        organization.default_sales_account = Account.objects.get(code=SALES_REVENUE)
        organization.default_terms = PaymentTerm.objects.get(is_default=True)
        organization.save()
        first_name, _space, last_name = admin_full_name.strip().partition(" ")
        administrator = User.objects.create_superuser(
            username=admin_username,
            email=admin_email,
            password=admin_password,
            first_name=first_name,
            last_name=last_name,
        )
        administrator.groups.set(Group.objects.filter(name=MANAGER))
        audit.record(user=administrator, action=_("Set up the organization"), obj=organization, now=now)
    return organization


def save_organization(
    organization: Organization, *, columns: Mapping[str, Any], version: int, user: User, now: datetime
) -> Organization:
    """Change columns of the organization; refused with EditedMeanwhile where somebody saved after `version`."""
    with transaction.atomic():
        before = Organization.objects.get(pk=organization.pk)
        old = {name: getattr(before, name) for name in columns}
        changed = Organization.objects.filter(pk=organization.pk, version=version).update(
            version=F("version") + 1, **columns
        )
        if not changed:
            raise EditedMeanwhile.of(before)
        after = Organization.objects.get(pk=organization.pk)
        changes = audit.difference(old, {name: getattr(after, name) for name in columns})
        if changes:
            audit.record(user=user, action=_("Changed the organization"), obj=after, changes=changes, now=now)
    return after


def save_numbering(counter: DocumentNumber, *, prefix: str, next_number: int, user: User, now: datetime) -> None:
    """Change how one kind of document is numbered. Going back would give a number twice, so it is refused."""
    with transaction.atomic():
        old = DocumentNumber.objects.get(kind=counter.kind)
        kept = DocumentNumber.objects.filter(kind=counter.kind, next_number__lte=next_number).update(
            prefix=prefix, next_number=next_number
        )
        if not kept:
            raise ProductError(
                _("The next number cannot go back below %(number)s: numbers would be given twice.")
                % {"number": old.next_number}
            )
        changes = audit.difference(
            {"prefix": old.prefix, "next number": old.next_number}, {"prefix": prefix, "next number": next_number}
        )
        if changes:
            audit.record(user=user, action=_("Changed document numbering"), obj=old, changes=changes, now=now)


def _claim(*, name: str, address: str, country: str, time_zone: str, base: str) -> Organization:
    try:
        with transaction.atomic():
            organization = Organization(
                pk=1, name=name, address=address, country=country, time_zone=time_zone, base_currency=base
            )
            organization.save(force_insert=True)
            return organization
    except IntegrityError as error:
        raise OrganizationExists(_("This is set up already. Log in instead.")) from error


def _make_books() -> None:
    """Books that are there already (an earlier import) are kept."""
    PriceTier.objects.bulk_create(
        [PriceTier(number=number, name=_tier_name(number)) for number in TierNumber.values], ignore_conflicts=True
    )
    Account.objects.bulk_create(
        [
            Account(code=code, name=label, account_class=kind, accepts_payments=pays)
            for code, label, kind, pays in _accounts()
        ],
        ignore_conflicts=True,
    )
    PaymentTerm.objects.bulk_create(_terms(), ignore_conflicts=True)
    TaxRule.objects.bulk_create(
        [TaxRule(name=label, name_key=fold(label), rate=0) for label in (_("Tax free"), _("Sales tax"))],
        ignore_conflicts=True,
    )
    Carrier.objects.bulk_create(
        [Carrier(name=label, name_key=fold(label)) for label in (_("Local pickup"), _("Other carrier"))],
        ignore_conflicts=True,
    )
    if not Location.objects.filter(is_default=True).exists():
        label = _("Main warehouse")
        Location.objects.bulk_create(
            [Location(name=label, name_key=fold(label), is_default=True, priority=1)], ignore_conflicts=True
        )
    DocumentNumber.objects.bulk_create(
        [DocumentNumber(kind=kind, prefix=PREFIXES[kind], next_number=1) for kind in DocumentKind],
        ignore_conflicts=True,
    )


def _tier_name(number: int) -> str:
    names = {1: _("Retail"), 2: _("Sale"), 3: _("Wholesale")}
    return names.get(number) or _("Tier %(number)s") % {"number": number}


def _accounts() -> list[tuple[str, str, AccountClass, bool]]:
    return [
        ("090", _("Bank"), _ASSET, True),
        ("610", _("Accounts receivable"), _ASSET, False),
        ("630", _("Inventory"), _ASSET, False),
        ("800", _("Payment clearing"), _ASSET, True),
        ("820", _("Sales tax"), _LIABILITY, False),
        ("825", _("Gift cards and store credit"), _LIABILITY, True),
        ("960", _("Retained earnings"), _EQUITY, False),
        (SALES_REVENUE, _("Sales"), _REVENUE, False),
        ("260", _("Other revenue"), _REVENUE, False),
        ("310", _("Cost of goods sold"), _EXPENSE, False),
        ("320", _("Stock adjustments"), _EXPENSE, False),
    ]


def _terms() -> list[PaymentTerm]:
    rows = [
        (_("Immediate"), TermMethod.NUMBER_OF_DAYS, 0, False),
        (_("Net 14"), TermMethod.NUMBER_OF_DAYS, 14, False),
        (_("Net 30"), TermMethod.NUMBER_OF_DAYS, 30, True),
        (_("20th of next month"), TermMethod.DAY_OF_NEXT_MONTH, 20, False),
        (_("End of next month"), TermMethod.LAST_DAY_OF_NEXT_MONTH, 0, False),
    ]
    return [
        PaymentTerm(name=label, name_key=fold(label), method=method, days=days, is_default=default)
        for label, method, days, default in rows
    ]
