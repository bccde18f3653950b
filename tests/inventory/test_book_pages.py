"""Customers, reference books, organization and activities through their pages."""

import pytest
from django.urls import reverse

from inventory.models import (
    Customer,
    DocumentNumber,
    Location,
    Run,
)
from inventory.services import runs
from inventory.views.books import BOOKS
from tests.factories.inventory import (
    NOW,
    LocationFactory,
    PriceTierFactory,
)
from tests.factories.inventory import organization as an_organization
from tests.inventory.doors import fill, page

pytestmark = pytest.mark.django_db


@pytest.mark.req("INV-11")
def test_staff_add_and_edit_a_customer(staff) -> None:
    sets = {"contacts-TOTAL_FORMS": "1", "contacts-INITIAL_FORMS": "0", "addresses-TOTAL_FORMS": "2",
            "addresses-INITIAL_FORMS": "0"}  # fmt: skip
    typed = {
        **sets,
        "name": "Ann Lee", "email": "ann@shop.example", "status": "active", "discount": "5", "currency": "eur",
        "contacts-0-name": "Bob",
        "addresses-0-type": "shipping", "addresses-0-line_1": "1 Road", "addresses-0-country": "de",
    }  # fmt: skip
    staff.post(reverse("inventory:new_customer"), typed)

    customer = Customer.objects.get()
    assert (customer.currency, customer.discount, customer.contacts.get().name) == ("EUR", 5, "Bob")
    assert (customer.addresses.get().country, customer.addresses.get().is_default) == ("DE", True)
    text = page(staff, "customer", customer.pk)
    assert "1 Road" in text
    edit = reverse("inventory:edit_customer", args=[customer.pk])
    assert "1 Road" in staff.get(edit).content.decode()
    refused = staff.post(edit, {**typed, "discount": "101", "currency": "EURO"})
    assert refused.status_code == 200
    assert "less than or equal to 100" in refused.content.decode()
    page(staff, "edit_customer", customer.pk)


@pytest.mark.req("INV-10")
def test_every_book_is_listed_and_edited_by_a_manager(manager) -> None:
    PriceTierFactory(number=1)
    for slug, book in BOOKS.items():
        text = page(manager, "book", slug)
        assert str(book.title) in text
        if not book.can_add:
            assert manager.get(reverse("inventory:new_entry", args=[slug])).status_code == 404
            continue
        page(manager, "new_entry", slug)
        typed = {
            "name": f"New {slug}", "status": "active", "code": slug[:8], "account_class": "asset", "rate": "7",
            "method": "days", "days": "3", "priority": "5",
            "components-TOTAL_FORMS": "1", "components-INITIAL_FORMS": "0",
            "components-0-name": "State", "components-0-rate": "7",
        }  # fmt: skip
        answer = manager.post(reverse("inventory:new_entry", args=[slug]), typed)
        assert answer.status_code == 302, answer.content.decode()[:3000]
        entry = book.model._default_manager.get(name=f"New {slug}")
        page(manager, "entry", slug, entry.pk)
        if slug != "accounts":
            again = manager.post(reverse("inventory:new_entry", args=[slug]), typed).content.decode()
            assert "is there already" in again


@pytest.mark.req("INV-3")
def test_a_manager_switches_the_default_location(manager) -> None:
    new = LocationFactory(name="New")

    manager.post(reverse("inventory:make_default", args=["locations", new.pk]))

    assert [place.name for place in Location.objects.filter(is_default=True)] == ["New"]


@pytest.mark.req("INV-17")
def test_a_manager_changes_organization_and_numbering(manager) -> None:
    current = an_organization()
    typed = {"name": "Acme", "time_zone": "Europe/Berlin", "base_currency": "usd", "version": current.version}

    manager.post(reverse("inventory:organization"), typed)

    current.refresh_from_db()
    assert (current.name, current.base_currency, current.time_zone) == ("Acme", "USD", "Europe/Berlin")
    stale = manager.post(reverse("inventory:organization"), {**typed, "name": "Other", "version": 0})
    assert "Somebody changed" in stale.content.decode()
    DocumentNumber.objects.create(kind="sale", prefix="SO-", next_number=3)
    assert "SO-" in page(manager, "organization")
    url = reverse("inventory:numbering", args=["sale"])
    manager.post(url, {"sale-prefix": "X-", "sale-next_number": "2"})
    assert DocumentNumber.objects.get(kind="sale").prefix == "SO-"
    manager.post(url, {"sale-prefix": "X-", "sale-next_number": "50"})
    assert str(DocumentNumber.objects.get(kind="sale")) == "X-50"


@pytest.mark.req("JOB-2")
def test_an_activity_shows_progress_refreshes_itself_and_is_cancelled(staff) -> None:
    fill(1)
    run = Run.objects.get()

    text = page(staff, "run", run.pk)
    assert 'hx-trigger="every 2s"' in text
    assert "Row" in text
    part = staff.get(reverse("inventory:run", args=[run.pk]), headers={"HX-Request": "true", "HX-Target": "activity"})
    assert part.content.decode().startswith('<div id="activity"')
    running = staff.get(reverse("inventory:activity"), headers={"HX-Request": "true", "HX-Target": "running"})
    assert running.content.decode().startswith('<div id="running"')

    staff.post(reverse("inventory:cancel_run", args=[run.pk]))
    run.refresh_from_db()
    assert run.cancel_requested
    runs.record_step(run, outcomes=[], cursor={}, finished=False, now=NOW)
    assert run.state == "cancelled"
    assert "every 2s" not in page(staff, "run", run.pk)
    assert "Row" in page(staff, "run", run.pk, outcome="failed")
    assert "Row" not in page(staff, "run", run.pk, outcome="done").split("<main")[1]
