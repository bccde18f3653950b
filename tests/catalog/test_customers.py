"""Customers of a store: downloaded, matched, and asked about where it is unclear (CUS-1 to CUS-3, A56)."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import CustomerConflict, CustomerLink
from catalog.services import customer_conflicts, customer_download
from catalog.services.customers import link_customer
from channels.models import Channel
from channels.remote import CustomerPage, RemoteAddress, RemoteCustomer
from inventory.enums import Outcome, RecordStatus, RunState
from inventory.models import AuditEntry, Customer, Run
from inventory.services.customer_merge import merge_customers
from tests.catalog.conftest import reason, work_off
from tests.catalog.test_pages import at, client_of
from tests.factories.channels import NOW, ChannelFactory
from tests.factories.inventory import CustomerFactory

pytestmark = pytest.mark.django_db
HOME = RemoteAddress(line_1="Ring 1", city="Kiel", postcode="24103", country="DE")
SHOP = RemoteAddress(line_1="Markt 2", city="Husum", postcode="25813", country="DE")
ANN = RemoteCustomer(
    id="7", first_name="Ann", last_name="Lee", email="ann@shop.example", phone="0431 1", billing=HOME, shipping=SHOP
)


@dataclass
class People:
    """A store with customers only; counts what it is asked."""

    remotes: list[RemoteCustomer] = field(default_factory=list)
    page_size: int = 100
    calls: list[str] = field(default_factory=list)

    @property
    def customers(self) -> "People":
        return self

    def page(self, *, cursor: str = "") -> CustomerPage:
        self.calls.append(cursor)
        start = int(cursor or 0)
        end = start + self.page_size
        return CustomerPage(
            customers=tuple(self.remotes[start:end]),
            next_cursor=str(end) if end < len(self.remotes) else "",
            total=len(self.remotes),
        )


@pytest.fixture
def channel() -> Channel:
    return ChannelFactory()


@pytest.fixture
def people() -> People:
    return People([ANN])


def fetch(channel: Channel, people: People) -> Run:
    run = customer_download.start_customer_download(channel, user=None, now=NOW)
    return work_off(channel, people, run)  # type: ignore[arg-type]


def addresses(customer: Customer) -> list[tuple[Any, ...]]:
    return sorted(customer.addresses.values_list("type", "city", "is_default"))


@pytest.mark.req("CUS-1")
@pytest.mark.req("CUS-2")
def test_new_ones_come_with_contact_and_addresses(channel: Channel, people: People) -> None:
    people.remotes.append(RemoteCustomer(id="8", email="guest@shop.example"))
    people.page_size = 1

    run = fetch(channel, people)

    assert (run.state, run.done, run.total, people.calls) == (RunState.DONE, 2, 2, ["", "1"])
    ann = CustomerLink.objects.get(remote_id="7").customer
    assert (ann.name, ann.email, ann.phone) == ("Ann Lee", "ann@shop.example", "0431 1")
    contacts = list(ann.contacts.values_list("name", "email", "phone", "is_default"))
    assert contacts == [("Ann Lee", "ann@shop.example", "0431 1", True)]
    assert addresses(ann) == [("billing", "Kiel", True), ("business", "Kiel", True), ("shipping", "Husum", True)]
    assert CustomerLink.objects.get(remote_id="8").customer.name == "guest@shop.example"
    assert reason(run, "7") == (Outcome.DONE, "Added.")


@pytest.mark.req("CUS-1")
def test_the_same_download_again_writes_nothing(channel: Channel, people: People) -> None:
    fetch(channel, people)
    Customer.objects.update(name="Ann Lee (VIP)", name_key="ann lee (vip)")
    before = list(Customer.objects.values()), AuditEntry.objects.count()

    run = fetch(channel, people)

    assert (run.done, run.unchanged, run.items.count()) == (0, 1, 0)
    assert (list(Customer.objects.values()), AuditEntry.objects.count()) == before


@pytest.mark.req("CUS-1")
def test_existing_ones_take_over_what_changed_and_nothing_is_blanked(channel: Channel, people: People) -> None:
    fetch(channel, people)
    ann = Customer.objects.get()
    Customer.objects.update(tax_number="DE1", comments="pays late")
    moved = RemoteAddress(line_1="Neu 9", city="Plön", postcode="24306", country="DE")
    people.remotes = [
        replace(ANN, last_name="Smith", phone="", email="", company="Lee Ltd", billing=moved, shipping=None)
    ]

    run = fetch(channel, people)

    ann.refresh_from_db()
    assert (ann.name, ann.company, ann.email, ann.phone) == ("Ann Smith", "Lee Ltd", "ann@shop.example", "0431 1")
    assert (ann.tax_number, ann.comments) == ("DE1", "pays late")
    assert addresses(ann) == [("billing", "Plön", True), ("business", "Plön", True), ("shipping", "Husum", True)]
    assert sorted(ann.contacts.values_list("name", flat=True)) == ["Ann Lee", "Ann Smith"]
    assert reason(run, "7")[1].startswith("Updated: name, company, contacts, ")
    entry = AuditEntry.objects.get(action="Updated the customer from a store")
    assert entry.changes["name"] == ["Ann Lee", "Ann Smith"]
    assert fetch(channel, people).unchanged == 1


# --- who it is (A56)


@pytest.mark.req("A56")
def test_a_link_wins_then_email_then_company_and_exact_name(channel: Channel, people: People) -> None:
    linked = CustomerFactory(name="Ann Somewhere", email="other@shop.example")
    CustomerLink.objects.create(channel=channel, remote_id="7", customer=linked)
    by_email = CustomerFactory(name="Ann L.", email="ann@shop.example")
    by_name = CustomerFactory(name="Bob Ray", company="Ray Ltd", email="")
    people.remotes += [
        RemoteCustomer(id="8", first_name="bob", last_name="RAY", company="ray ltd"),
        RemoteCustomer(id="9", first_name="Bob", last_name="Ray", company="Other Ltd"),
    ]

    fetch(channel, people)

    found = dict(CustomerLink.objects.values_list("remote_id", "customer"))
    assert (found["7"], found["8"]) == (linked.pk, by_name.pk)
    assert found["9"] not in {linked.pk, by_name.pk, by_email.pk}
    by_email.refresh_from_db()
    assert by_email.name == "Ann L."


@pytest.mark.req("A56")
def test_several_that_fit_are_listed_and_nobody_changes(channel: Channel, people: People) -> None:
    first, second = CustomerFactory(email="ann@shop.example"), CustomerFactory(email="ANN@shop.example")
    before = list(Customer.objects.order_by("pk").values())

    run = fetch(channel, people)

    row = CustomerConflict.objects.get()
    assert (row.remote_id, row.name, row.email, row.candidates) == (
        "7", "Ann Lee", "ann@shop.example", [first.pk, second.pk],
    )  # fmt: skip
    assert reason(run, "7") == (Outcome.SKIPPED, row.words)
    assert row.words == f"Several customers here fit: {first.name} (#{first.pk}), {second.name} (#{second.pk})."
    assert list(Customer.objects.order_by("pk").values()) == before
    assert not CustomerLink.objects.exists()


@pytest.mark.req("A56")
def test_matches_that_contradict_are_listed(channel: Channel, people: People) -> None:
    taken = CustomerFactory(name="Ann Lee", email="ann@shop.example")
    CustomerLink.objects.create(channel=channel, remote_id="1", customer=taken)
    other = CustomerFactory(name="Max Berg", company="Berg GmbH", email="info@shop.example")
    people.remotes.append(RemoteCustomer(id="8", first_name="Eva", last_name="Moor", email="info@shop.example"))

    run = fetch(channel, people)

    assert run.skipped == 2
    assert dict(CustomerConflict.objects.values_list("remote_id", "words")) == {
        "7": f"Ann Lee (#{taken.pk}) fits, but is linked to another customer of this store.",
        "8": f"The email is that of Max Berg (#{other.pk}), but name and company are others.",
    }
    assert CustomerLink.objects.count() == 1


@pytest.mark.req("A56")
def test_two_of_the_store_with_one_email_are_not_merged(channel: Channel, people: People) -> None:
    people.remotes.append(replace(ANN, id="8", first_name="Ann", last_name="Other"))

    run = fetch(channel, people)

    assert (run.done, run.skipped, Customer.objects.count()) == (1, 1, 1)
    assert CustomerConflict.objects.get().remote_id == "8"


@pytest.mark.req("A56")
@pytest.mark.req("CUS-3")
def test_an_order_takes_the_oldest_of_several_and_asks(channel: Channel) -> None:
    first = CustomerFactory(email="ann@shop.example")
    CustomerFactory(email="ann@shop.example")

    assert [link_customer(channel, ANN, now=NOW) for _ in range(2)] == [first, first]

    assert CustomerConflict.objects.get().remote_id == "7"
    assert not CustomerLink.objects.exists()


@pytest.mark.req("A56")
@pytest.mark.req("INV-11")
def test_a_merged_customer_is_found_by_old_link_and_old_email(channel: Channel, people: People) -> None:
    kept, gone = CustomerFactory(name="Ann Lee", email="new@shop.example"), CustomerFactory(email="ann@shop.example")
    CustomerLink.objects.create(channel=channel, remote_id="55", customer=gone)
    merge_customers(kept, [gone], user=None, now=NOW)

    assert link_customer(channel, replace(ANN, id="55"), now=NOW) == kept
    assert link_customer(ChannelFactory(), ANN, now=NOW) == kept
    assert Customer.objects.count() == 2


# --- deciding


def unclear(channel: Channel, people: People) -> tuple[CustomerConflict, Customer]:
    first = CustomerFactory(name="Ann L.", email="ann@shop.example", phone="1")
    CustomerFactory(email="ann@shop.example")
    fetch(channel, people)
    return CustomerConflict.objects.get(), first


def decide(channel: Channel, row: CustomerConflict, decision: str, customer: Customer | None = None) -> Customer | None:
    return customer_conflicts.decide_customer(
        channel, conflict_id=row.pk, decision=decision, customer=customer, user=None, now=NOW
    )


@pytest.mark.req("A56")
def test_linking_takes_the_details_over_and_holds(channel: Channel, people: People) -> None:
    row, first = unclear(channel, people)

    assert decide(channel, row, "link", first) == first

    first.refresh_from_db()
    assert (first.name, first.phone, addresses(first)[0]) == ("Ann Lee", "0431 1", ("billing", "Kiel", True))
    assert CustomerLink.objects.get().customer == first
    assert not CustomerConflict.objects.exists()
    assert fetch(channel, people).unchanged == 1


@pytest.mark.req("A56")
def test_creating_makes_another_one(channel: Channel, people: People) -> None:
    row, _first = unclear(channel, people)

    made = decide(channel, row, "create")

    assert made is not None
    assert (made.name, made.email, len(addresses(made))) == ("Ann Lee", "ann@shop.example", 3)
    assert Customer.objects.count() == 3
    assert fetch(channel, people).unchanged == 1


@pytest.mark.req("A56")
def test_ignored_stays_ignored_until_taken_back(channel: Channel, people: People) -> None:
    row, _first = unclear(channel, people)
    decide(channel, row, "ignore")

    run = fetch(channel, people)

    assert reason(run, "7") == (Outcome.SKIPPED, "Ignored, as decided.")
    decide(channel, row, "")
    assert CustomerConflict.objects.get().decision == ""


@pytest.mark.req("A56")
def test_wrong_decisions_are_refused(channel: Channel, people: People) -> None:
    row, first = unclear(channel, people)
    taken, old = CustomerFactory(), CustomerFactory(status=RecordStatus.DEPRECATED)
    CustomerLink.objects.create(channel=channel, remote_id="1", customer=taken)
    before = list(Customer.objects.order_by("pk").values())

    for wrong in (None, old, taken):
        with pytest.raises(customer_conflicts.CustomerRefused):
            decide(channel, row, "link", wrong)
    CustomerLink.objects.create(channel=channel, remote_id="7", customer=taken)
    with pytest.raises(customer_conflicts.CustomerRefused):
        decide(channel, row, "link", first)

    assert list(Customer.objects.order_by("pk").values()) == before
    assert CustomerConflict.objects.get().decision == ""


# --- pages


@pytest.mark.req("GEN-3")
@pytest.mark.req("CUS-1")
def test_the_page_starts_shows_and_decides(channel: Channel, people: People) -> None:
    operator = client_of("Operator")
    assert operator.post(at("download_customers", channel)).status_code == 302
    run = Run.objects.get(kind="catalog.customers")
    assert "Customer download" in operator.get(at("customers", channel)).content.decode()
    first, _second = CustomerFactory(email="ann@shop.example"), CustomerFactory(email="ann@shop.example")
    work_off(channel, people, run)  # type: ignore[arg-type]
    row = CustomerConflict.objects.get()
    assert "Several customers here fit" in operator.get(at("customers", channel)).content.decode()

    wrong = operator.post(at("decide_customer", channel, row.pk), {"decision": "link", "customer": "x"}, follow=True)
    assert "Choose an active customer." in wrong.content.decode()
    operator.post(at("decide_customer", channel, row.pk), {"decision": "link", "customer": first.pk})

    assert CustomerLink.objects.get().customer == first
    again = operator.post(at("decide_customer", channel, row.pk), {"decision": "ignore"}, follow=True)
    assert "found meanwhile" in again.content.decode()
    assert operator.post(at("decide_customer", channel, row.pk), {"decision": "merge"}).status_code == 404


@pytest.mark.req("APP-4")
def test_viewers_only_look(channel: Channel, people: People) -> None:
    row, first = unclear(channel, people)
    viewer = client_of("Viewer")

    assert viewer.get(at("customers", channel)).status_code == 200
    assert viewer.post(at("download_customers", channel)).status_code == 403
    assert viewer.post(at("decide_customer", channel, row.pk), {"decision": "create"}).status_code == 403
    assert Customer.objects.count() == 2
    assert Client().get(at("customers", channel)).status_code == 302
    assert first.links.count() == 0


def test_the_page_takes_the_same_statements_for_one_and_three(channel: Channel, people: People) -> None:
    operator = client_of("Operator")

    def statements() -> int:
        operator.get(at("customers", channel))
        with CaptureQueriesContext(connection) as found:
            assert operator.get(at("customers", channel)).status_code == 200
        return len(found)

    unclear(channel, people)
    one = statements()
    for number in range(2):
        CustomerFactory(email=f"x{number}@shop.example")
        CustomerFactory(email=f"x{number}@shop.example")
        people.remotes.append(RemoteCustomer(id=f"1{number}", first_name="X", email=f"x{number}@shop.example"))
    fetch(channel, people)

    assert CustomerConflict.objects.count() == 3
    assert statements() == one


@pytest.mark.req("CUS-1")
def test_matching_a_page_takes_constant_statements(channel: Channel) -> None:
    people = People([replace(ANN, id=str(n), email=f"p{n}@shop.example") for n in range(40)])
    fetch(channel, people)

    with CaptureQueriesContext(connection) as found:
        assert fetch(channel, people).unchanged == 40

    assert len(found) < 30 + 2 * 40  # a savepoint each
