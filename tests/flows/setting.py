"""The demo shop with the sandbox store connected, and channels worked off to rest: flows and crash scenarios use it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from django.conf import settings

from channels.enums import FulfillmentMode, InvoiceMode, JobKind, JobState
from channels.models import Channel, ChannelSettings, PaymentMapping, SyncJob, TaxMapping
from channels.outbox import mark
from channels.services.connect import GoLive, connect_store
from channels.services.drain import drain_channel, has_due_work
from channels.services.mappings import MappingChoices
from channels.services.setup import SetupChoices, save_setup
from inventory.models import Account, Customer, Location, Organization, TaxRule, User
from inventory_sync.shell.demo import fill_demo
from sandbox.woocommerce.sites import CONSUMER_KEY, CONSUMER_SECRET

DEMO, OUTLET, KONTOR = "demo", "outlet", "kontor"
PLATFORMS = {DEMO: "bigcommerce", OUTLET: "bigcommerce", KONTOR: "woocommerce"}


def credentials(store: str) -> dict[str, str]:
    """What is typed to connect a store of the sandbox with its keys."""
    if PLATFORMS[store] == "woocommerce":
        address = f"{settings.SANDBOX_URL}/woo/{store}/"
        return {"address": address, "consumer_key": CONSUMER_KEY, "consumer_secret": CONSUMER_SECRET}
    return {
        "store": store,
        "client_id": "sandbox-client-id",
        "client_secret": "sandbox-client-secret",
        "access_token": "sandbox-token",
    }


def fill() -> None:
    """The demo shop, once."""
    if not Organization.objects.exists():
        fill_demo(password="not important", now=datetime.now(UTC))


def connect(store: str = DEMO, **values: Any) -> Channel:
    """Connect a store of the sandbox to the demo shop, everything mapped; `values` are settings of the channel."""
    now = datetime.now(UTC)
    fill()
    manager = User.objects.get(username="manager")
    channel = connect_store(
        PLATFORMS[store], way="keys", fields=credentials(store), go_live=GoLive(), user=manager, now=now
    )
    set_up(channel, **values)
    return channel


def set_up(channel: Channel, **values: Any) -> None:
    """Map everything and choose what orders need; `values` are settings of the channel."""
    bank = Account.objects.get(code="090")
    full = TaxRule.objects.get(name="VAT 19 %")
    mappings = MappingChoices(
        tax={row.pk: full.pk for row in TaxMapping.objects.filter(channel=channel)},
        payments={row.pk: bank.pk for row in PaymentMapping.objects.filter(channel=channel)},
    )
    chosen = {
        "customer": Customer.objects.get(name="Online customers"),
        "default_location": Location.objects.get(is_default=True),
        "fulfillment_mode": FulfillmentMode.PICK_PACK_SHIP,
        "invoice_mode": InvoiceMode.AUTHORIZED,
        **values,
    }
    version = ChannelSettings.objects.get(channel=channel).version
    choices = SetupChoices(values=chosen, mappings=mappings)
    manager = User.objects.get(username="manager")
    save_setup(channel, choices=choices, version=version, user=manager, now=datetime.now(UTC))


def hint(channel: Channel, *remote_ids: str) -> None:
    """As notices and a poll do, several times."""
    for _ in range(3):
        mark([channel.pk], kind=JobKind.ORDER, keys=list(remote_ids))


def settle() -> None:
    """Drain every channel until nothing is left, setting the clock forward to what waits for later."""
    moment = datetime.now(UTC)
    for _ in range(40):
        with time_machine.travel(moment, tick=True):
            for channel in Channel.objects.order_by("pk"):
                drain_channel(channel.pk)
            if any(has_due_work(channel.pk, now=datetime.now(UTC)) for channel in Channel.objects.all()):
                continue
        waiting = SyncJob.objects.filter(state=JobState.QUEUED).order_by("not_before").first()
        if waiting is None:
            return
        rests = list(Channel.objects.exclude(closed_until=None).values_list("closed_until", flat=True))
        moment = max(moment, waiting.not_before, *rests) + timedelta(seconds=1)
    left = list(SyncJob.objects.values_list("kind", "key", "state", "message"))
    raise AssertionError(f"does not come to rest: {left}")


def poll(channel: Channel) -> None:
    """Ask the store for changed orders, as the schedule does."""
    mark([channel.pk], kind=JobKind.POLL, keys=["orders"])
