"""Finding customers that are the same, and merging them (INV-11)."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import ForeignKey
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import CustomerLink
from channels.models import ChannelSettings
from inventory.enums import AddressType, RecordStatus
from inventory.models import Address, AuditEntry, Contact, Customer, User
from inventory.queries.duplicates import WAYS, duplicate_groups, duplicates_of, with_members
from inventory.services import customer_merge
from inventory.services.customers import AddressDraft, ContactDraft, save_customer
from inventory.services.stale import EditedMeanwhile
from inventory.signals import customers_merged
from tests.factories.channels import ChannelFactory
from tests.factories.inventory import NOW, CustomerFactory, PaymentTermFactory, UserFactory, organization

pytestmark = [pytest.mark.django_db, pytest.mark.req("INV-11")]


def client_of(role: str) -> Client:
    organization()
    user = UserFactory(role=role)
    user.user_permissions.add(*Permission.objects.filter(codename="use_bigcommerce"))
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def person(name: str, *, city: str = "Kiel", contact: str = "Ann", **columns: object) -> Customer:
    return save_customer(
        None,
        columns={"name": name, **columns},
        contacts=[ContactDraft(name=contact, email="c@shop.example", is_default=True)],
        addresses=[
            AddressDraft(type=AddressType.BILLING, line_1="Ring 1", city=city),
            AddressDraft(type=AddressType.SHIPPING, line_1="Ring 1", city="Kiel"),
        ],
        user=None,
        now=NOW,
    )


def merge(kept: Customer, *others: Customer, **more: object) -> Customer:
    return customer_merge.merge_customers(kept, others, user=None, now=NOW, **more)


# --- finding


def groups(by: str) -> list[list[str]]:
    found = with_members(by, duplicate_groups(by))
    return [[customer.name for customer in group.customers] for group in found]


def test_they_are_found_by_email_name_and_phone_name_and_company() -> None:
    a = CustomerFactory(name="Ann Lee", email="ann@shop.example", phone="+49 (431) 12-3")
    b = CustomerFactory(name="A. Lee", email="ANN@shop.example", company="Lee Ltd")
    c = CustomerFactory(name="ann  lee", email="", phone="0049 431/123")
    d = CustomerFactory(name="A. Lee", email="", company="lee ltd", phone="9")
    CustomerFactory(name="Ann Lee", email="other@shop.example", phone="77", company="Elsewhere")
    CustomerFactory(email="ann@shop.example", status=RecordStatus.DEPRECATED)

    assert {by: groups(by) for by in WAYS} == {
        "email": [["Ann Lee", "A. Lee"]],
        "phone": [["Ann Lee", "ann  lee"]],
        "company": [["A. Lee", "A. Lee"]],
    }
    assert duplicates_of(a) == [b, c]
    assert duplicates_of(d) == [b]


# --- merging


def test_everything_moves_and_what_is_alike_is_kept_once() -> None:
    kept, gone = person("Ann Lee"), person("Ann L.", city="Husum", contact="Bob")
    Contact.objects.create(customer=gone, name="ann", email="C@shop.example")
    channel = ChannelFactory(settings={"customer": gone})
    CustomerLink.objects.create(channel=channel, remote_id="7", customer=gone)
    older = CustomerFactory(status=RecordStatus.DEPRECATED, merged_into=gone)
    told: list[dict[str, object]] = []
    customers_merged.connect(lambda **news: told.append(news), weak=False, dispatch_uid="test")

    merge(kept, gone)

    customers_merged.disconnect(dispatch_uid="test")
    assert sorted(kept.contacts.values_list("name", "is_default")) == [("Ann", True), ("Bob", False)]
    assert sorted(kept.addresses.values_list("type", "city", "is_default")) == [
        ("billing", "Husum", False),
        ("billing", "Kiel", True),
        ("shipping", "Kiel", True),
    ]
    assert CustomerLink.objects.get().customer == kept
    assert ChannelSettings.objects.get().customer == kept
    gone.refresh_from_db()
    older.refresh_from_db()
    assert (gone.status, gone.merged_into, older.merged_into) == (RecordStatus.DEPRECATED, kept, kept)
    assert not Contact.objects.filter(customer=gone).exists()
    assert not Address.objects.filter(customer=gone).exists()
    assert [(news["kept_id"], news["gone_ids"]) for news in told] == [(kept.pk, frozenset({gone.pk}))]
    entry = AuditEntry.objects.get(action="Merged customers")
    assert entry.changes["merged"] == [None, [f"Ann L. (#{gone.pk})"]]
    assert AuditEntry.objects.filter(object_key=f"customer:{gone.pk}", action="Merged into another customer").exists()


def test_no_foreign_key_to_customers_is_forgotten() -> None:
    """Every column of every floor that names a customer, hidden relations too."""
    from django.apps import apps

    columns = {
        (model, column.name)
        for model in apps.get_models(include_auto_created=True)
        for column in model._meta.get_fields()
        if isinstance(column, ForeignKey) and column.related_model is Customer
    }
    found = {(relation.related_model, relation.field.name) for relation in customer_merge._relations()}

    assert found == columns
    assert (ChannelSettings, "customer") in found


def test_fields_are_chosen_and_empty_ones_filled() -> None:
    terms = PaymentTermFactory(name="Net 30")
    kept = CustomerFactory(name="Ann Lee", email="ann@shop.example", phone="")
    gone = CustomerFactory(name="Ann L.", email="", phone="0431", terms=terms)

    preview = customer_merge.preview_merge(kept, [gone])
    assert {choice.name: (len(choice.values), choice.chosen) for choice in preview.fields} == {
        "name": (2, kept.pk),
        "phone": (1, gone.pk),
        "terms": (1, gone.pk),
    }
    merge(kept, gone, take={"name": gone.pk})

    kept.refresh_from_db()
    assert (kept.name, kept.name_key, kept.email, kept.phone) == ("Ann L.", "ann l.", "ann@shop.example", "0431")
    assert kept.terms == terms


def test_merging_again_changes_nothing() -> None:
    kept, gone = CustomerFactory(), CustomerFactory()
    merge(kept, gone)
    before = list(Customer.objects.order_by("pk").values()), AuditEntry.objects.count()

    merge(kept, gone, versions={kept.pk: 0, gone.pk: 0})

    assert (list(Customer.objects.order_by("pk").values()), AuditEntry.objects.count()) == before


def test_what_cannot_be_merged_is_refused() -> None:
    kept, gone, other = CustomerFactory(), CustomerFactory(), CustomerFactory()
    merge(kept, gone)
    before = list(Customer.objects.order_by("pk").values())

    for first, more in ((other, [gone]), (gone, [other]), (kept, [kept]), (kept, [])):
        with pytest.raises(customer_merge.MergeRefused):
            merge(first, *more)
    with pytest.raises(EditedMeanwhile):
        merge(kept, other, versions={other.pk: 7})

    assert list(Customer.objects.order_by("pk").values()) == before


# --- pages


def test_pages_compare_and_merge() -> None:
    kept, gone = person("Ann Lee", email="ann@shop.example"), person("Ann L.", email="ann@shop.example")
    client = client_of("Operator")
    found = client.get(reverse("inventory:duplicates")).content.decode()
    assert f'name="customer" value="{gone.pk}"' in found
    assert (
        "1 other customer may be the same" in client.get(reverse("inventory:customer", args=[kept.pk])).content.decode()
    )
    address = reverse("inventory:merge_customers")

    page = client.get(f"{address}?customer={kept.pk}&customer={gone.pk}&kept={gone.pk}")
    assert page.context["preview"].kept == gone
    assert "This cannot be undone." in page.content.decode()
    data = {"customer": [kept.pk, gone.pk], "kept": kept.pk, "take-name": gone.pk}
    data |= {f"version-{row.pk}": row.version for row in (kept, gone)}
    assert client.post(address, data).headers["Location"] == reverse("inventory:customer", args=[kept.pk])

    kept.refresh_from_db()
    assert kept.name == "Ann L."
    merged = client.get(reverse("inventory:customer", args=[gone.pk])).content.decode()
    assert "Merged into Ann L." in merged
    assert client.get(f"{address}?customer={kept.pk}&customer={gone.pk}").status_code == 302


def test_somebody_elses_change_is_not_lost() -> None:
    kept, gone = CustomerFactory(), CustomerFactory()
    save_customer(gone, columns={"phone": "5"}, user=None, now=NOW + timedelta(hours=1))
    data = {"customer": [kept.pk, gone.pk], "kept": kept.pk, f"version-{gone.pk}": 0, f"version-{kept.pk}": 0}

    response = client_of("Operator").post(reverse("inventory:merge_customers"), data)

    assert response.status_code == 409
    gone.refresh_from_db()
    assert gone.merged_into is None


def test_a_viewer_may_look_only() -> None:
    CustomerFactory(email="a@shop.example")
    CustomerFactory(email="a@shop.example")
    viewer = client_of("Viewer")

    assert "Compare" not in viewer.get(reverse("inventory:duplicates")).content.decode()
    assert viewer.post(reverse("inventory:merge_customers")).status_code == 403


def test_the_list_takes_the_same_statements_for_one_and_three() -> None:
    client = client_of("Operator")

    def statements(by: str) -> int:
        address = f"{reverse('inventory:duplicates')}?by={by}"
        client.get(address)
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).status_code == 200
        return len(found)

    def twins(number: int) -> None:
        for _ in range(2):
            CustomerFactory(name=f"N{number}", company="C", phone="1", email=f"{number}@shop.example")

    twins(1)
    one = {by: statements(by) for by in WAYS}
    twins(2)
    twins(3)

    assert {by: statements(by) for by in WAYS} == one
