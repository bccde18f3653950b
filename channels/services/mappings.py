"""The store's tax classes, payment methods and locations, mapped to our reference books (TAX-1, PAY-1, SET-32)."""

from collections.abc import Iterable, Mapping, Sequence
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
    tax = (RemoteName(key=TAX_FREE, label=_("Tax free")), *names.tax)
    with transaction.atomic():
        loaded = Loaded(
            tax=_renew(TaxMapping, channel, _tax_rows(channel, tax), told=("label", "kind")),
            payments=_renew(PaymentMapping, channel, _rows(PaymentMapping, channel, names.payments)),
            locations=_renew(LocationMapping, channel, _rows(LocationMapping, channel, names.locations)),
        )
        if default_location and names.locations:
            _map_first_location(channel, names.locations[0].key, default_location)
    return loaded


def _map_first_location(channel: Channel, remote_key: str, location: Location) -> None:
    rows = LocationMapping.objects.filter(channel=channel)
    rows.filter(remote_key=mapping_key(remote_key), location__isnull=True).update(location=location)
    if not rows.filter(receives_stock=True).exists():
        rows.filter(remote_key=mapping_key(remote_key)).update(receives_stock=True)


def note_tax_names(channel: Channel, names: Sequence[RemoteName]) -> dict[str, str]:
    """Adds tax names met on orders that Setup does not show, unmapped. Answers how Setup calls each. Idempotent."""
    return _note(TaxMapping, channel, _tax_rows(channel, names))


def note_payment_methods(channel: Channel, names: Sequence[RemoteName]) -> dict[str, str]:
    """The same for payment methods."""
    return _note(PaymentMapping, channel, _rows(PaymentMapping, channel, names))


def note_locations(channel: Channel, names: Sequence[RemoteName]) -> dict[str, str]:
    """The same for locations of the store."""
    return _note(LocationMapping, channel, _rows(LocationMapping, channel, names))


Mapped = TypeVar("Mapped", TaxMapping, PaymentMapping, LocationMapping)


def _note(model: type[Mapped], channel: Channel, rows: list[Mapped]) -> dict[str, str]:
    """What is known keeps its name: the store's lists say it better than an order does."""
    labels = {row.remote_key: row.label for row in rows}
    known = dict(model.objects.filter(channel=channel, remote_key__in=labels).values_list("remote_key", "label"))
    new = [row for row in rows if row.remote_key not in known]
    labels |= known
    if new:
        model.objects.bulk_create(new, ignore_conflicts=True)
    return labels


def mapping_key(key: str) -> str:
    """A store's key as mappings keep it."""
    return clip(key, _KEY_LENGTH)


def _rows(model: type[Mapped], channel: Channel, names: Iterable[RemoteName]) -> list[Mapped]:
    """One row a key; a name that comes twice keeps its last label."""
    labels = {mapping_key(name.key): clip(name.label or name.key, _LABEL_LENGTH) for name in names}
    return [model(channel=channel, remote_key=key, label=label) for key, label in labels.items()]


def _tax_rows(channel: Channel, names: Iterable[RemoteName]) -> list[TaxMapping]:
    names = list(names)
    kinds = {mapping_key(name.key): TaxKind(name.kind) for name in names}
    rows = _rows(TaxMapping, channel, names)
    for row in rows:
        row.kind = TaxKind.FREE if row.remote_key == TAX_FREE else kinds[row.remote_key]
    return rows


def _renew(model: type[Mapped], channel: Channel, rows: list[Mapped], *, told: Sequence[str] = ("label",)) -> int:
    """Adds rows and renews what the store calls them in one statement; answers how many are new."""
    before = set(model.objects.filter(channel=channel).values_list("remote_key", flat=True))
    model.objects.bulk_create(rows, update_conflicts=True, unique_fields=["channel", "remote_key"], update_fields=told)
    return len({row.remote_key for row in rows} - before)


@dataclass(frozen=True, kw_only=True)
class MappingChoices:
    """What staff chose: primary key of a mapping row → primary key of ours, or None for unmapped."""

    tax: Mapping[int, int | None] = field(default_factory=dict)
    payments: Mapping[int, int | None] = field(default_factory=dict)
    locations: Mapping[int, int | None] = field(default_factory=dict)
    receives_stock: int | None = None
    """Mapping row of the store's location that quantities are sent to; None leaves it as it is."""
