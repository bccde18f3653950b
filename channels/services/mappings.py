"""The store's tax classes, payment methods and locations, mapped to our reference books (TAX-1, PAY-1, SET-32)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from channels.enums import TaxKind
from channels.models import Channel, LocationMapping, PaymentMapping, TaxMapping
from channels.ports import Capability, Platform
from channels.registry import platform_spec
from channels.remote import TAX_FREE, RemoteName
from inventory.models import Location
from inventory_sync.lib.text import clip

_KEY_LENGTH, _LABEL_LENGTH = 200, 300


@dataclass(frozen=True, kw_only=True)
class StoreNames:
    """What a store calls things."""

    tax: tuple[RemoteName, ...] = ()
    payments: tuple[RemoteName, ...] = ()
    locations: tuple[RemoteName, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """How many names were new to us."""

    tax: int = 0
    payments: int = 0
    locations: int = 0

    @property
    def total(self) -> int:
        return self.tax + self.payments + self.locations


def read_names(platform: Platform, *, slug: str) -> StoreNames:
    """Asks the store; no database. Raises what the store's errors are."""
    spec = platform_spec(slug)
    return StoreNames(
        tax=platform.lists.tax_classes(),
        payments=platform.lists.payment_methods() if spec.can(Capability.PAYMENT_METHODS) else (),
        locations=platform.lists.locations() if spec.can(Capability.STORE_LOCATIONS) else (),
    )


def save_names(channel: Channel, *, names: StoreNames, default_location: Location | None = None) -> Loaded:
    """Adds names that are new, renews labels, keeps every mapping. Unmapped ones are for staff to map.

    With a `default_location` the store's first location is mapped to it and receives stock (SET-32), unless one does.
    Idempotent.
    """
    tax = {TAX_FREE: _("Tax free"), **_labels(names.tax)}
    with transaction.atomic():
        loaded = Loaded(
            tax=_renew(TaxMapping, channel, _tax_rows(channel, tax)),
            payments=_renew(PaymentMapping, channel, _rows(PaymentMapping, channel, _labels(names.payments))),
            locations=_renew(LocationMapping, channel, _rows(LocationMapping, channel, _labels(names.locations))),
        )
        if default_location and names.locations:
            _map_first_location(channel, names.locations[0].key, default_location)
    return loaded


def _labels(names: Iterable[RemoteName]) -> dict[str, str]:
    return {name.key: name.label for name in names}


def _map_first_location(channel: Channel, remote_key: str, location: Location) -> None:
    rows = LocationMapping.objects.filter(channel=channel)
    rows.filter(remote_key=clip(remote_key, _KEY_LENGTH), location__isnull=True).update(location=location)
    if not rows.filter(receives_stock=True).exists():
        rows.filter(remote_key=clip(remote_key, _KEY_LENGTH)).update(receives_stock=True)


def note_unknown(
    channel: Channel,
    *,
    tax: Mapping[str, str] | None = None,
    payments: Mapping[str, str] | None = None,
    locations: Mapping[str, str] | None = None,
) -> None:
    """Adds keys (with labels) met on orders that no mapping knows, unmapped, so that Setup shows them. Idempotent."""
    if tax:
        TaxMapping.objects.bulk_create(_tax_rows(channel, tax), ignore_conflicts=True)
    if payments:
        PaymentMapping.objects.bulk_create(_rows(PaymentMapping, channel, payments), ignore_conflicts=True)
    if locations:
        LocationMapping.objects.bulk_create(_rows(LocationMapping, channel, locations), ignore_conflicts=True)


Mapped = TypeVar("Mapped", TaxMapping, PaymentMapping, LocationMapping)


def _rows(model: type[Mapped], channel: Channel, labels: Mapping[str, str]) -> list[Mapped]:
    return [
        model(channel=channel, remote_key=clip(key, _KEY_LENGTH), label=clip(label or key, _LABEL_LENGTH))
        for key, label in labels.items()
    ]


def _tax_rows(channel: Channel, labels: Mapping[str, str]) -> list[TaxMapping]:
    rows = _rows(TaxMapping, channel, labels)
    for row in rows:
        row.kind = TaxKind.FREE if row.remote_key == TAX_FREE else TaxKind.CLASS
    return rows


def _renew(model: type[Mapped], channel: Channel, rows: list[Mapped]) -> int:
    """Adds rows and renews labels in one statement; answers how many are new."""
    before = set(model.objects.filter(channel=channel).values_list("remote_key", flat=True))
    model.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["channel", "remote_key"], update_fields=["label"]
    )
    return len({row.remote_key for row in rows} - before)


@dataclass(frozen=True, kw_only=True)
class MappingChoices:
    """What staff chose: primary key of a mapping row → primary key of ours, or None for unmapped."""

    tax: Mapping[int, int | None] = field(default_factory=dict)
    payments: Mapping[int, int | None] = field(default_factory=dict)
    locations: Mapping[int, int | None] = field(default_factory=dict)
    receives_stock: int | None = None
    """Mapping row of the store's location that quantities are sent to; None leaves it as it is."""
