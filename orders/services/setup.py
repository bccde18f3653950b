"""What a channel's setup says about its orders, read once for a batch."""

from collections.abc import Mapping
from dataclasses import dataclass

from channels.enums import CaptureWhen
from channels.models import Channel, ChannelSettings, TaxMapping
from channels.ports import Capability
from channels.queries import locations, payment_accounts, tax_mappings
from channels.registry import platform_spec
from channels.remote import RemoteCharge, RemoteOrder, RemoteOrderLine
from channels.services.mappings import mapping_key
from inventory.models import Account, Location, TaxRule


@dataclass(frozen=True, kw_only=True)
class CaptureSetup:
    """Settings, mappings and locations; `places` are ids of active locations, first choice first."""

    channel: Channel
    settings: ChannelSettings
    tax_mappings: Mapping[str, TaxMapping]
    """All that Setup shows, mapped or not."""
    accounts: Mapping[str, Account]
    mapped_locations: Mapping[str, Location]
    places: tuple[int, ...]
    fallback: Location | None
    skips_unmapped_tax: bool

    def header_location(self, remote_location_id: str) -> Location | None:
        """Where an order is booked: the linked location, else the store's mapped one, else the default (A10)."""
        if self.settings.location is not None:
            return self.settings.location
        return self.mapped_locations.get(remote_location_id) or self.settings.default_location

    def allowed_places(self, header: int) -> tuple[int, ...]:
        """Locations an order may take stock from, the header's first."""
        if self.settings.location_id is not None:
            return (header,)
        return (header, *(place for place in self.places if place != header))

    def has_reached(self, order: RemoteOrder) -> bool:
        """SET-1, a threshold (A4)."""
        reached = order.milestones
        return {
            CaptureWhen.CREATED: reached.created,
            CaptureWhen.PAID: reached.paid,
            CaptureWhen.COMPLETED: reached.completed,
        }[CaptureWhen(self.settings.capture_when)]

    def tax_key_of(self, part: RemoteOrderLine | RemoteCharge) -> str:
        """The nearest key that has a rule (SPEC TAX-9); while none has, the last one, which has to be mapped."""
        keys = tax_keys(part)
        return next((key for key in keys if self.rule_of(key) is not None), keys[-1])

    def tax_rule_of(self, part: RemoteOrderLine | RemoteCharge) -> TaxRule | None:
        return self.rule_of(self.tax_key_of(part))

    def rule_of(self, key: str) -> TaxRule | None:
        mapping = self.tax_mappings.get(key)
        return mapping.rule if mapping else None

    def unmapped_tax(self, order: RemoteOrder) -> dict[str, tuple[str, ...]]:
        """Keys that have to be mapped before the order is captured, in its own order, each with all keys that would do
        instead.
        """
        found: dict[str, dict[str, None]] = {}
        for part in taxed_parts(order):
            if self.tax_rule_of(part) is None:
                *nearer, last = tax_keys(part)
                found.setdefault(last, {}).update(dict.fromkeys(nearer))
        return {key: tuple(nearer) for key, nearer in found.items()}


def taxed_parts(order: RemoteOrder) -> list[RemoteOrderLine | RemoteCharge]:
    return [*order.lines, *order.charges]


def tax_keys(part: RemoteOrderLine | RemoteCharge) -> list[str]:
    """Keys whose rule may apply to a part of an order, nearest first."""
    return [mapping_key(key) for key in (part.tax_key, *part.tax_fallbacks)]


def load_setup(channel: Channel) -> CaptureSetup:
    """Five queries, whatever the number of orders."""
    places = list(Location.objects.filter(status="active"))
    return CaptureSetup(
        channel=channel,
        settings=ChannelSettings.objects.select_related("location", "default_location").get(channel=channel),
        tax_mappings=tax_mappings(channel),
        accounts=payment_accounts(channel),
        mapped_locations=locations(channel),
        places=tuple(place.pk for place in places),
        fallback=next((place for place in places if place.is_default), None),
        skips_unmapped_tax=platform_spec(channel.platform).can(Capability.SKIPS_UNMAPPED_TAX),
    )
