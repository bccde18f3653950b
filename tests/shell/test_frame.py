"""First run, time zone, rail, theme, account, search, health, error pages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from inventory.enums import RunState
from inventory.models import Account, Location, Organization, PriceTier, Run, User
from inventory.registry import RailEntry, SearchHit, registry
from tests.shell.conftest import PASSWORD

AsUser = Callable[[User], Client]

FIRST_RUN = {
    "name": "Nordhafen",
    "address": "Am Kai 1\n24103 Kiel",
    "country": "de",
    "time_zone": "Europe/Berlin",
    "base_currency": "EUR",
    "full_name": "Jonna Petersen",
    "username": "jonna",
    "email": "jonna@nordhafen.example",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


@pytest.mark.req("INV-17")
@pytest.mark.parametrize("address", ["/", "/log-in/", "/users/", "/search/?q=x", "/password/forgotten/", "/admin/"])
def test_every_page_leads_to_the_first_run(address: str, client: Client, db: None) -> None:
    response = client.get(address)

    assert (response.status_code, response.headers.get("Location")) == (302, "/first-run/")


@pytest.mark.req("INV-17")
def test_health_answers_before_the_first_run(client: Client, db: None) -> None:
    assert client.get("/healthz").status_code == 200


@pytest.mark.req("INV-17")
def test_first_run_makes_organization_books_and_administrator(client: Client, db: None) -> None:
    response = client.post("/first-run/", FIRST_RUN)

    assert response.headers["Location"] == "/"
    organization = Organization.objects.get()
    assert (organization.name, organization.time_zone, organization.base_currency) == (
        "Nordhafen",
        "Europe/Berlin",
        "EUR",
    )
    assert Location.objects.filter(is_default=True).count() == 1
    assert organization.default_location == Location.objects.get(is_default=True)
    assert PriceTier.objects.count() == 10
    assert Account.objects.filter(accepts_payments=True).exists()
    administrator = User.objects.get()
    assert str(administrator) == "Jonna Petersen"
    assert administrator.has_perm("inventory.manage_users")
    assert client.get("/account/").status_code == 200


@pytest.mark.req("INV-17")
def test_first_run_works_once(client: Client, manager: User) -> None:
    assert client.get("/first-run/").headers["Location"] == "/log-in/"
    assert client.post("/first-run/", FIRST_RUN).headers["Location"] == "/log-in/"
    assert User.objects.count() == 1
    assert Organization.objects.get().name == "Nordhafen"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"password_again": "something else"}, "The two passwords differ."),
        ({"password": "1234567890", "password_again": "1234567890"}, "This password is entirely numeric."),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"base_currency": "XXX"}, "Select a valid choice"),
        ({"country": "1"}, "Enter the country’s two letters"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_a_bad_first_run_loses_nothing_typed(change: dict[str, str], message: str, client: Client, db: None) -> None:
    response = client.post("/first-run/", FIRST_RUN | change)

    assert message in response.text
    assert "24103 Kiel" in response.text
    assert not Organization.objects.exists()
    assert not User.objects.exists()


@pytest.mark.parametrize(("own_zone", "clock"), [("", "13:00"), ("Asia/Tokyo", "21:00"), ("Nowhere/Lost", "13:00")])
def test_times_follow_the_user_then_the_organization(own_zone: str, clock: str, manager: User, as_user: AsUser) -> None:
    User.objects.filter(pk=manager.pk).update(time_zone=own_zone)
    client = as_user(manager)
    User.objects.filter(pk=manager.pk).update(last_login=datetime(2026, 1, 5, 12, 0, tzinfo=UTC))

    assert f"{clock}</time>" in client.get("/users/").text
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.fixture
def no_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("rail", "search_providers", "dashboard_work", "dashboard_figures"):
        monkeypatch.setattr(registry, name, [])


def test_rail_shows_places_of_every_app_and_marks_the_current(
    no_providers: None, manager: User, as_user: AsUser
) -> None:
    def entries(_user: object) -> list[RailEntry]:
        return [
            RailEntry(section="orders", label="Pending", url="/pending/", count=15, hot=True),
            RailEntry(
                section="channels",
                label="Outdoor",
                url="/channels/3/setup/",
                mark="B",
                tone="is-ok",
                state_word="healthy",
            ),
            RailEntry(section="system", label="Activity", url="/activity/", icon="activity"),
        ]

    registry.rail.append(entries)
    html = as_user(manager).get("/users/").text

    assert html.index(">Orders</a>".replace(">", "", 1)) < html.index("/pending/", html.index("Orders</a>"))
    assert '<span class="count hot">15</span>' in html
    assert '<span class="dot is-ok count"><span class="vh">healthy' in html
    assert '<a href="/users/" aria-current="page">' in html
    assert html.count("aria-current") == 1


def test_rail_hides_users_from_those_who_may_not_see_them(viewer: User, as_user: AsUser) -> None:
    assert 'href="/users/"' not in as_user(viewer).get("/account/").text


def start_run(title: str, **fields: object) -> Run:
    return Run.objects.create(kind="test", title=title, created_at=timezone.now(), **fields)


@pytest.mark.req("JOB-2")
def test_running_work_is_in_the_top_bar_and_refreshes_itself(manager: User, as_user: AsUser) -> None:
    client = as_user(manager)
    assert "hx-get" not in client.get("/jobs/").text
    start_run("Product download", state=RunState.RUNNING, total=200, done=100, skipped=24)
    start_run("Finished long ago", state=RunState.DONE, total=1, done=1)

    html = client.get("/account/").text

    assert 'value="62"' in html
    assert "1 running: Product download, 62 %" in html
    assert 'hx-get="/jobs/"' in html
    assert "Finished long ago" not in html


def test_the_frame_costs_at_most_four_queries_of_its_own(
    no_providers: None, manager: User, as_user: AsUser, django_assert_num_queries
) -> None:
    for number in range(3):
        start_run(f"Work {number}", state=RunState.RUNNING)
    client = as_user(manager)
    # session, user, two for permissions, the organization, running work
    with django_assert_num_queries(6):
        client.get("/search/")


def test_theme_is_kept_for_the_user(manager: User, as_user: AsUser) -> None:
    client = as_user(manager)
    assert "data-theme=" not in client.get("/account/").text.partition("<body")[0]

    response = client.post("/theme/", {"theme": "dark", "next": "/account/"})

    assert response.headers["Location"] == "/account/"
    assert '<html lang="en" data-theme="dark">' in client.get("/account/").text
    assert client.get("/theme/").status_code == 405


def test_theme_refuses_nonsense_and_other_sites(manager: User, as_user: AsUser) -> None:
    response = as_user(manager).post("/theme/", {"theme": "<script>", "next": "https://evil.example/"})

    assert response.headers["Location"] == "/"
    assert User.objects.get().theme == "system"


@pytest.mark.req("APP-14")
def test_account_is_ones_own(manager: User, as_user: AsUser) -> None:
    data = {
        "first_name": "Jonna",
        "last_name": "P",
        "email": "j@shop.example",
        "time_zone": "Asia/Tokyo",
        "theme": "light",
    }
    response = as_user(manager).post("/account/", {**data, "is_superuser": "1", "username": "root"})

    assert response.headers["Location"] == "/account/"
    user = User.objects.get()
    assert (user.first_name, user.time_zone, user.theme) == ("Jonna", "Asia/Tokyo", "light")
    assert (user.is_superuser, user.username) == (False, "manager")


@pytest.mark.req("APP-14")
def test_changing_the_password_needs_the_old_one(manager: User, as_user: AsUser) -> None:
    client = as_user(manager)
    fresh = {"new_password1": "fresh battery staple", "new_password2": "fresh battery staple"}

    assert client.post("/account/password/", {"old_password": "wrong", **fresh}).status_code == 200
    assert client.post("/account/password/", {"old_password": PASSWORD, **fresh}).headers["Location"] == "/account/"
    assert client.get("/account/").status_code == 200


@pytest.mark.req("APP-10")
def test_search_asks_every_app_and_groups_by_kind(no_providers: None, manager: User, as_user: AsUser) -> None:
    def hits(kind: str, *labels: str) -> Callable[[object, str], list[SearchHit]]:
        return lambda _user, text: [
            SearchHit(kind=kind, label=label, sub_label="", url=f"/x/{label}/") for label in labels if text in label
        ]

    registry.search_providers += [hits("Products", "A-1", "A-2"), hits("Orders", "A-1"), hits("Products", "A-3")]
    html = as_user(manager).get("/search/?q=A-").text

    assert "4 hits for “A-”" in html
    assert html.index(">A-3<") < html.index("Orders</h2>")
    assert html.count("Products</h2>") == 1


@pytest.mark.req("APP-10")
def test_search_for_exactly_one_number_opens_it(no_providers: None, manager: User, as_user: AsUser) -> None:
    registry.search_providers.append(
        lambda _user, _text: [SearchHit(kind="Products", label="Backpack", sub_label="RS-HW45", url="/products/7/")]
    )
    client = as_user(manager)

    assert client.get("/search/?q=rs-hw45").headers["Location"] == "/products/7/"
    assert client.get("/search/?q=back").status_code == 200


@pytest.mark.parametrize("text", ["", "   ", "%00", "x" * 5000, "<script>alert(1)</script>", "%F0%9F%92%A9"])
def test_search_survives_anything_typed(text: str, manager: User, as_user: AsUser) -> None:
    response = as_user(manager).get(f"/search/?q={text}")

    assert response.status_code == 200
    assert "<script>alert" not in response.text


@pytest.mark.req("APP-6")
def test_health_says_how_long_work_waits(client: Client, organization: Organization) -> None:
    answer = client.get("/healthz")

    assert answer.json() == {
        "status": "ok",
        "database": "ok",
        "worker": "unknown",
        "worker_last_seen_seconds": None,
        "oldest_due_job_seconds": 0,
    }
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.req("APP-6")
def test_health_names_a_silent_worker(client: Client, organization: Organization) -> None:
    from django_q.models import Task

    stopped = timezone.now() - timedelta(minutes=6)
    Task.objects.create(id="0" * 32, name="beat", func="beat", started=stopped, stopped=stopped, success=True)

    answer = client.get("/healthz").json()

    assert (answer["status"], answer["worker"]) == ("degraded", "silent")


@pytest.mark.parametrize("address", ["/", "/search/", "/jobs/", "/account/", "/account/password/"])
@pytest.mark.req("APP-4")
def test_own_pages_are_for_every_user_and_for_nobody_else(
    address: str, client: Client, viewer: User, as_user: AsUser
) -> None:
    assert client.get(address).headers["Location"] == f"/log-in/?next={address}"
    assert as_user(viewer).get(address).status_code == 200


def test_error_pages_say_the_way_out(manager: User, viewer: User, as_user: AsUser) -> None:
    missing = as_user(manager).get("/no/such/page/")
    assert missing.status_code == 404
    assert "There is nothing at this address" in missing.text
    refused = as_user(viewer).get("/users/")
    assert refused.status_code == 403
    assert "You may not do this" in refused.text
    forged = Client(enforce_csrf_checks=True).post("/log-in/", {"username": "x", "password": "y"})
    assert forged.status_code == 403
    assert "This page was open too long" in forged.text


def test_the_500_page_needs_no_database_and_no_request() -> None:
    from django.template.loader import get_template

    assert "Something went wrong on our side" in get_template("500.html").render()


def test_every_page_has_the_strict_policy_and_no_script_inside(manager: User, as_user: AsUser) -> None:
    response = as_user(manager).get("/account/")

    assert response.headers["Content-Security-Policy"].startswith(
        "default-src 'none'; script-src 'self'; style-src 'self'"
    )
    assert "<style" not in response.text
    assert " style=" not in response.text
    assert "<script>" not in response.text
