"""The demo's stores: one sandbox store of each platform, connected, mapped, downloaded, selling from one stock."""

import time
from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from catalog.services.download import decide_opening_stock, start_download
from catalog.services.preview import confirm_preview, start_preview
from channels.enums import FulfillmentMode, InvoiceMode
from channels.models import Channel, ChannelSettings, PaymentMapping, TaxMapping
from channels.ports import PlatformSpec
from channels.registry import platform_specs
from channels.services.connect import GoLive, connect_store
from channels.services.drain import drain_channel
from channels.services.mappings import MappingChoices
from channels.services.setup import SetupChoices, save_setup
from inventory.enums import RUN_OPEN, RunState
from inventory.models import Account, Customer, Location, Run, TaxRule, User
from inventory_sync.lib.errors import ProductError

_BANK = "090"
_PATIENCE = 120.0


class DemoNotReady(ProductError):
    """The demo shop is not filled, or a store did not finish in time."""


def connect_demo_stores(*, now: datetime) -> list[Channel]:
    """Connects the first sandbox store of every platform; none where a channel exists already. Harmless to repeat.

    Raises ConnectRefused while the sandbox does not answer.
    """
    manager = User.objects.filter(username="manager").first()
    if manager is None:
        raise DemoNotReady("The demo shop is not filled.")
    if Channel.objects.exists():
        return []
    made = [_connect(spec, manager, now) for spec in platform_specs() if _values(spec)]
    for channel in made:
        _fill(channel, manager)
    return made


def _values(spec: PlatformSpec) -> tuple[str, dict[str, str]] | None:
    """Way and form values of the platform's first sandbox store, where credentials alone are enough."""
    for way in spec.ready_ways:
        stores = way.sandbox_values() if way.approve is None and not way.is_app else ()
        if stores:
            return way.slug, dict(stores[0])
    return None


def _connect(spec: PlatformSpec, manager: User, now: datetime) -> Channel:
    found = _values(spec)
    if found is None:
        raise DemoNotReady("There is no sandbox store.", detail=spec.slug)
    way, fields = found
    channel = connect_store(spec.slug, way=way, fields=fields, go_live=GoLive(), user=manager, now=now)
    bank = Account.objects.get(code=_BANK)
    mappings = MappingChoices(
        tax=dict(_tax_choices(channel)),
        payments={row.pk: bank.pk for row in PaymentMapping.objects.filter(channel=channel)},
    )
    chosen = {
        "customer": Customer.objects.get(name="Online customers"),
        "default_location": Location.objects.get(is_default=True),
        "fulfillment_mode": FulfillmentMode.PICK,
        "invoice_mode": InvoiceMode.AUTHORIZED,
    }
    version = ChannelSettings.objects.get(channel=channel).version
    save_setup(channel, choices=SetupChoices(values=chosen, mappings=mappings), version=version, user=manager, now=now)
    return channel


def _tax_choices(channel: Channel) -> Iterator[tuple[int, int]]:
    """Classes by a word of their name, the rest is taxed in full; “tax free” is mapped already."""
    rules = dict(TaxRule.objects.values_list("name", "pk"))
    by_word = {"reduced": rules["VAT 7 %"], "zero": rules["Tax free"]}
    for row in TaxMapping.objects.filter(channel=channel, kind="class", rule__isnull=True):
        name = row.label.casefold()
        yield row.pk, next((rule for word, rule in by_word.items() if word in name), rules["VAT 19 %"])


def _fill(channel: Channel, manager: User) -> None:
    """Download with opening stock of what is new here, first push seen and confirmed: stock goes out by itself."""
    channel.settings.refresh_from_db()
    decide_opening_stock(channel, take=True, user=manager, now=timezone.now())
    _finish(channel, start_download(channel, user=manager, now=timezone.now()))
    plan = start_preview(channel, user=manager, now=timezone.now())
    _finish(channel, Run.objects.get(pk__gt=plan.pk, options__plan=plan.pk))
    _finish(channel, confirm_preview(channel, plan=plan, user=manager, now=timezone.now()))


def _finish(channel: Channel, run: Run) -> None:
    """Works beside a worker or without one: the channel's lease lets one at a time."""
    deadline = time.monotonic() + _PATIENCE
    while run.state in RUN_OPEN:
        if time.monotonic() > deadline:
            raise DemoNotReady("The store does not finish.", detail=run.title)
        drain_channel(channel.pk)
        time.sleep(0.1)
        run.refresh_from_db()
    if run.state != RunState.DONE:
        raise DemoNotReady("The store did not finish.", detail=f"{run.title}: {run.state}")
