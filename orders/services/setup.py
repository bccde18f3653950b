"""What a channel's setup says about its orders, read once for a batch."""

from collections.abc import Mapping
from dataclasses import dataclass

from channels.enums import CaptureWhen
from channels.models import Channel, ChannelSettings
from channels.ports import Capability
from channels.queries import locations, payment_accounts, tax_rules
from channels.registry import platform_spec
from channels.remote import RemoteOrder
from inventory.models import Account, Location, TaxRule


@dataclass(frozen=True, kw_only=True)
class CaptureSetup:
    """Settings, mappings and locations; `places` are ids of active locations, first choice first."""

    channel: Channel
    settings: ChannelSettings
    tax_rules: Mapping[str, TaxRule]
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

    def unmapped_tax(self, order: RemoteOrder) -> tuple[str, ...]:
        """Tax keys on the order that have no rule yet, in the order's own order."""
        keys = dict.fromkeys([line.tax_key for line in order.lines] + [charge.tax_key for charge in order.charges])
        return tuple(key for key in keys if key not in self.tax_rules)


def load_setup(channel: Channel) -> CaptureSetup:
    """Five queries, whatever the number of orders."""
    places = list(Location.objects.filter(status="active"))
    return CaptureSetup(
        channel=channel,
        settings=ChannelSettings.objects.select_related("location", "default_location").get(channel=channel),
        tax_rules=tax_rules(channel),
        accounts=payment_accounts(channel),
        mapped_locations=locations(channel),
        places=tuple(place.pk for place in places),
        fallback=next((place for place in places if place.is_default), None),
        skips_unmapped_tax=platform_spec(channel.platform).can(Capability.SKIPS_UNMAPPED_TAX),
    )
