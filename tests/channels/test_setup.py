"""Setup: every option is kept, explained and audited; mappings; two people at once; who may."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from channels.enums import CaptureWhen, ChannelState, FulfillmentMode, InvoiceMode
from channels.forms.choosing import customer_label
from channels.forms.setup import SetupForm
from channels.models import Channel, ChannelSettings
from channels.registry import registry
from channels.services.setup import (
    PreviewFirst,
    SetupChangedMeanwhile,
    SetupChoices,
    confirm_stock_preview,
    pause_channel,
    resume_channel,
    save_setup,
)
from channels.signals import settings_changed
from inventory.enums import RecordStatus
from inventory.models import AuditEntry, User
from tests.channels.fake_store import FakeStore
from tests.channels.setup_page import post, typed
from tests.factories import inventory
from tests.factories.channels import (
    NOW,
    ChannelFactory,
    LocationMappingFactory,
    PaymentMappingFactory,
    TaxMappingFactory,
    member,
)
from tests.statements import statements

pytestmark = pytest.mark.django_db


def rules() -> dict[str, Any]:
    """Option → (what is typed, what is kept)."""
    customer = inventory.CustomerFactory(name="Walk-in")
    place = inventory.LocationFactory(name="Shop")
    account = inventory.AccountFactory(code="400")
    tier = inventory.PriceTierFactory(number=3)
    return {
        "capture_when": ("completed", CaptureWhen.COMPLETED),
        "capture_date_basis": ("processed", "processed"),
        "customer": (customer_label(customer), customer),
        "regular_price_tier": (3, tier),
        "sale_price_tier": (3, tier),
        "fulfillment_mode": ("pick_pack_ship", FulfillmentMode.PICK_PACK_SHIP),
        "location": (place.pk, place),
        "default_location": (place.pk, place),
        "company_in_address": ("on", True),
        "list_as_draft": ("on", True),
        "store_is_master": (None, False),
        "assembly_mode": ("ordered", "ordered"),
        "invoice_mode": ("authorized", InvoiceMode.AUTHORIZED),
        "revenue_account": (account.pk, account),
    }


@pytest.mark.req("APP-5")
@pytest.mark.parametrize(
    "option",
    [
        pytest.param("capture_when", marks=pytest.mark.req("SET-1")),
        pytest.param("capture_date_basis", marks=pytest.mark.req("A40")),
        pytest.param("customer", marks=pytest.mark.req("SET-5")),
        pytest.param("regular_price_tier", marks=pytest.mark.req("SET-7")),
        pytest.param("sale_price_tier", marks=pytest.mark.req("SET-8")),
        pytest.param("fulfillment_mode", marks=pytest.mark.req("SET-9")),
        pytest.param("location", marks=pytest.mark.req("SET-13")),
        pytest.param("default_location", marks=pytest.mark.req("SET-33")),
        pytest.param("company_in_address", marks=pytest.mark.req("SET-25")),
        "list_as_draft",
        "store_is_master",
        "assembly_mode",
        pytest.param("invoice_mode", marks=pytest.mark.req("SET-15")),
        pytest.param("revenue_account", marks=pytest.mark.req("SET-16")),
    ],
)
def test_an_option_is_kept_audited_and_told(client: Client, manager: User, store: FakeStore, option: str) -> None:
    channel = ChannelFactory()
    wanted, kept = rules()[option]
    told: list[frozenset[str]] = []

    def hear(changed: frozenset[str], **_: Any) -> None:
        told.append(changed)

    settings_changed.connect(hear)
    try:
        answer = post(client, channel, **{option: wanted})
    finally:
        settings_changed.disconnect(hear)

    assert answer.status_code == 302
    assert getattr(ChannelSettings.objects.get(channel=channel), option) == kept
    assert told == [frozenset({option})]
    entry = AuditEntry.objects.get(action="changed setup")
    assert (entry.user, list(entry.changes)) == (manager, [option])
    assert entry.changes[option][1] == (kept if isinstance(kept, bool) else str(kept))


def test_every_option_has_help_with_its_default(client: Client, manager: User, channel: Channel) -> None:
    form = SetupForm(channel)
    silent = [
        name
        for name, field in form.fields.items()
        if name not in {"version", "name"} and "efault" not in field.help_text
    ]

    assert silent == []


@pytest.mark.req("SET-17")
@pytest.mark.parametrize(
    ("platform", "leads", "words"), [("bigcommerce", True, "brands"), ("woocommerce", False, "descriptions")]
)
def test_which_store_leads_by_default(platform: str, leads: bool, words: str, manager: User, client: Client) -> None:
    """SET-22, A14: until staff say so, as the platform has it; a save that leaves it alone keeps it so."""
    channel = ChannelFactory(platform=platform)
    field = SetupForm(channel)["store_is_master"]

    post(client, channel, name="Renamed")

    assert field.value() is leads
    assert words in str(field.help_text)
    assert ChannelSettings.objects.get(channel=channel).store_is_master is None


@pytest.mark.req("SET-17")
def test_the_sales_representative_is_optional(client: Client, manager: User, channel: Channel) -> None:
    from inventory.models import SalesRepresentative

    somebody = SalesRepresentative.objects.create(name="Jonna")
    post(client, channel, sales_representative=somebody.pk)
    assert ChannelSettings.objects.get().sales_representative == somebody
    post(client, channel, sales_representative="")
    assert ChannelSettings.objects.get().sales_representative is None


def test_saving_what_is_there_writes_nothing(client: Client, manager: User, channel: Channel) -> None:
    answer = post(client, channel)

    assert answer.status_code == 302
    assert ChannelSettings.objects.get().version == 0
    assert not AuditEntry.objects.exists()


@pytest.mark.req("SET-33")
def test_a_default_location_is_needed_while_all_locations_sell(client: Client, manager: User, channel: Channel) -> None:
    answer = post(client, channel, default_location="", name="Typed name")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Choose one: the store is not linked to a single location." in page
    assert "Not saved, 1 entry needs a correction" in page
    assert 'value="Typed name"' in page
    assert ChannelSettings.objects.get().default_location is not None
    place = inventory.LocationFactory()
    assert post(client, channel, default_location="", location=place.pk).status_code == 302


@pytest.mark.req("SET-16")
def test_a_deprecated_account_is_refused_at_its_field(client: Client, manager: User, channel: Channel) -> None:
    account = inventory.AccountFactory(code="4120", name="Old sales")
    ChannelSettings.objects.update(revenue_account=account)
    type(account).objects.filter(pk=account.pk).update(status=RecordStatus.DEPRECATED)

    page = post(client, channel).content.decode()

    assert "4120 Old sales is deprecated. Choose another one or leave it empty." in page


@pytest.mark.req("SET-5")
@pytest.mark.parametrize(
    ("text", "found"), [("walk-in", True), ("desk@shop.example", True), ("Nobody", False), ("Twin", False)]
)
def test_a_customer_is_found_by_name_or_email(
    client: Client, manager: User, channel: Channel, text: str, found: bool
) -> None:
    customer = inventory.CustomerFactory(name="Walk-in", email="desk@shop.example")
    inventory.CustomerFactory.create_batch(2, name="Twin")

    answer = post(client, channel, customer=text)

    assert answer.status_code == (302 if found else 200)
    assert ChannelSettings.objects.get().customer == (customer if found else None)


def test_customers_are_suggested_while_typing(client: Client, manager: User) -> None:
    inventory.organization()
    inventory.CustomerFactory(name="Höhe & Söhne")
    inventory.CustomerFactory(name="Other")

    page = client.get(reverse("channels:customers"), {"customer": "hohe"}).content.decode()

    assert page.count("<option") == 1
    assert "Höhe &amp; Söhne (#" in page


# --- the push and its buffer


@pytest.mark.req("SET-19")
@pytest.mark.req("A13")
def test_the_push_is_switched_on_by_its_preview_only(client: Client, manager: User, channel: Channel) -> None:
    post(client, channel, update_stock="on")
    assert ChannelSettings.objects.get().update_stock is False
    with pytest.raises(PreviewFirst):
        save_setup(channel, choices=SetupChoices(values={"update_stock": True}), version=0, user=None, now=NOW)

    assert confirm_stock_preview(channel, user=manager, now=NOW) is True
    assert confirm_stock_preview(channel, user=manager, now=NOW) is False

    setup = ChannelSettings.objects.get()
    assert (setup.update_stock, setup.stock_preview_confirmed_at) == (True, NOW)
    assert AuditEntry.objects.get().changes == {"update_stock": [False, True]}


@pytest.mark.req("SET-19")
def test_the_page_leads_to_the_preview(
    client: Client, manager: User, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "stock_preview_url", lambda shown: f"/preview-of/{shown.pk}/")

    page = client.get(reverse("channels:setup", args=[channel.pk])).content.decode()

    assert f'href="/preview-of/{channel.pk}/"' in page


@pytest.mark.req("SET-20")
@pytest.mark.req("SET-21")
def test_the_buffer_counts_while_the_push_is_on(client: Client, manager: User, channel: Channel) -> None:
    confirm_stock_preview(channel, user=None, now=NOW)
    post(client, channel, use_buffer="on", buffer=3)
    setup = ChannelSettings.objects.get()
    assert (setup.use_buffer, setup.buffer) == (True, 3)

    post(client, channel, update_stock=None)

    setup.refresh_from_db()
    assert (setup.update_stock, setup.use_buffer, setup.stock_preview_confirmed_at) == (False, True, None)
    assert setup.buffer == 3, "it counts for updates by hand, and is there when the push is switched on again"


@pytest.mark.req("SET-21")
@pytest.mark.parametrize("wrong", ["-1", "2.5", "", "many"])
def test_a_buffer_is_a_whole_number(client: Client, manager: User, channel: Channel, wrong: str) -> None:
    confirm_stock_preview(channel, user=None, now=NOW)

    assert post(client, channel, use_buffer="on", buffer=wrong).status_code == 200
    assert ChannelSettings.objects.get().use_buffer is False


# --- two people, and who may


@pytest.mark.req("APP-13")
def test_the_second_save_is_refused_with_what_changed(client: Client, manager: User, channel: Channel) -> None:
    opened_before = typed(channel, name="My name")
    other = member()
    save_setup(channel, choices=SetupChoices(values={"buffer": 7}), version=0, user=other, now=NOW)

    answer = client.post(reverse("channels:setup", args=[channel.pk]), opened_before)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert f"{other}: Buffer inventory, 0 → 7" in page
    assert 'value="My name"' in page
    channel.refresh_from_db()
    assert channel.name != "My name"
    with pytest.raises(SetupChangedMeanwhile):
        save_setup(channel, choices=SetupChoices(values={"buffer": 8}), version=0, user=None, now=NOW)

    again = {**opened_before, "version": "1"}
    assert client.post(reverse("channels:setup", args=[channel.pk]), again).status_code == 302


@pytest.mark.req("JOB-1")
@pytest.mark.parametrize(("minutes", "status"), [(4, 200), (5, 302), (1440, 302), (1441, 200)])
def test_the_poll_interval_is_never_under_five_minutes(
    client: Client, manager: User, channel: Channel, minutes: int, status: int
) -> None:
    assert post(client, channel, poll_minutes=minutes).status_code == status
    channel.refresh_from_db()
    assert channel.poll_minutes == (minutes if status == 302 else 60)


@pytest.mark.req("SET-35")
def test_a_read_only_channel_goes_live_here(client: Client, manager: User, store: FakeStore) -> None:
    channel = ChannelFactory(read_only=True)

    post(client, channel, read_only=None)

    channel.refresh_from_db()
    assert channel.read_only is False


@pytest.mark.req("CON-17")
def test_setup_shows_the_connected_store(client: Client, manager: User, channel: Channel) -> None:
    page = client.get(reverse("channels:setup", args=[channel.pk])).content.decode()

    assert channel.store_url in page
    assert channel.store_identity in page


@pytest.mark.req("APP-4")
@pytest.mark.parametrize(
    ("role", "sees", "saves"), [("Viewer", 200, 403), ("Operator", 200, 403), ("Manager", 200, 302)]
)
def test_who_may_see_and_save(client: Client, channel: Channel, role: str, sees: int, saves: int) -> None:
    client.force_login(member(role))

    assert client.get(reverse("channels:setup", args=[channel.pk])).status_code == sees
    assert post(client, channel, name="New").status_code == saves


def test_pausing_and_resuming(channel: Channel) -> None:
    assert pause_channel(channel, user=None, now=NOW) is True
    assert pause_channel(channel, user=None, now=NOW) is False
    assert channel.state == ChannelState.PAUSED
    assert resume_channel(channel, user=None, now=NOW) is True
    assert channel.state == ChannelState.CONNECTED
    assert AuditEntry.objects.count() == 2


def test_the_page_asks_the_same_number_of_questions_for_many_rows(
    client: Client, manager: User, channel: Channel
) -> None:
    url = reverse("channels:setup", args=[channel.pk])
    inventory.TaxRuleFactory()

    def asked() -> int:
        with statements() as sql:
            client.get(url)
        return len(sql)

    for factory in (TaxMappingFactory, PaymentMappingFactory, LocationMappingFactory):
        factory(channel=channel)
    client.get(url)
    few = asked()
    for factory in (TaxMappingFactory, PaymentMappingFactory, LocationMappingFactory):
        factory.create_batch(2, channel=channel)
    assert asked() == few
