"""Users and roles (SPEC APP-4, APP-14)."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from channels.registry import platform_specs
from inventory.models import AuditEntry, User
from inventory_sync.shell import members
from inventory_sync.shell.members import MemberRefused, Profile, Rights
from inventory_sync.shell.roles import MANAGER, OPERATOR, VIEWER
from tests.shell.conftest import PASSWORD

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
AsUser = Callable[[User], Client]


def new_user(**changes: object) -> dict[str, object]:
    return {
        "username": "mert",
        "first_name": "Mert",
        "last_name": "Ozturk",
        "email": "mert@shop.example",
        "password": PASSWORD,
        "role": OPERATOR,
        "platforms": [spec.slug for spec in platform_specs()],
        **changes,
    }


@pytest.mark.req("APP-4")
@pytest.mark.parametrize("address", ["/users/", "/users/new/", "/users/{pk}/"])
def test_only_managers_see_users(address: str, manager: User, operator: User, viewer: User, as_user: AsUser) -> None:
    address = address.format(pk=viewer.pk)

    assert as_user(operator).get(address).status_code == 403
    assert as_user(viewer).get(address).status_code == 403
    assert as_user(manager).get(address).status_code == 200


@pytest.mark.req("APP-4")
def test_only_managers_change_users(operator: User, viewer: User, as_user: AsUser) -> None:
    client = as_user(operator)

    assert client.post("/users/new/", new_user()).status_code == 403
    assert client.post(f"/users/{operator.pk}/", new_user(role=MANAGER)).status_code == 403
    assert client.post(f"/users/{viewer.pk}/active/", {"active": "0"}).status_code == 403
    assert client.post(f"/users/{viewer.pk}/password/", {"password": "another good one"}).status_code == 403
    assert not User.objects.filter(username="mert").exists()
    assert User.objects.get(pk=viewer.pk).is_active


@pytest.mark.req("APP-14")
def test_a_manager_adds_a_user_who_can_log_in_with_the_role(manager: User, as_user: AsUser) -> None:
    response = as_user(manager).post("/users/new/", new_user())

    assert response.headers["Location"] == "/users/"
    user = User.objects.get(username="mert")
    assert members.rights_of(user) == Rights(role=OPERATOR, platforms=tuple(spec.slug for spec in platform_specs()))
    assert str(user) == "Mert Ozturk"
    assert not user.is_staff
    assert Client().post("/log-in/", {"username": "mert", "password": PASSWORD}).status_code == 302
    entry = AuditEntry.objects.get(action="Added user")
    assert entry.user == manager
    assert entry.changes["role"] == ["", OPERATOR]
    assert PASSWORD not in str(entry.changes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"username": "MANAGER"}, "“MANAGER” is taken."),
        ({"username": "a b"}, "Enter a valid username"),
        ({"password": "short"}, "This password is too short"),
        ({"role": "Owner"}, "Select a valid choice"),
        ({"platforms": ["unknown"]}, "Select a valid choice"),
    ],
)
def test_a_bad_entry_is_refused_at_its_field(
    change: dict[str, object], message: str, manager: User, as_user: AsUser
) -> None:
    response = as_user(manager).post("/users/new/", new_user(**change))

    assert response.status_code == 200
    assert message in response.text
    assert 'value="Mert"' in response.text
    assert User.objects.count() == 1


@pytest.mark.req("APP-4")
def test_platforms_are_permissions_of_the_person(manager: User, operator: User) -> None:
    slug = platform_specs()[0].slug
    before = Rights(role=OPERATOR, platforms=(slug,))
    members.change_member(operator, profile=Profile(), rights=before, by=manager, now=NOW)
    assert User.objects.get(pk=operator.pk).has_perm(f"channels.use_{slug}")

    members.change_member(operator, profile=Profile(), rights=Rights(role=OPERATOR), by=manager, now=NOW)

    assert not User.objects.get(pk=operator.pk).has_perm(f"channels.use_{slug}")
    assert AuditEntry.objects.latest("pk").changes == {"platforms": [slug, ""]}


@pytest.mark.req("APP-4")
def test_roles_give_what_they_say(manager: User, operator: User, viewer: User) -> None:
    assert viewer.has_perm("inventory.view_product")
    assert not viewer.has_perm("inventory.change_product")
    assert not operator.has_perm("inventory.manage_users")
    assert not operator.has_perm("channels.disconnect_channel")
    assert manager.has_perm("inventory.manage_users")
    assert manager.has_perm("channels.disconnect_channel")


@pytest.mark.req("APP-4")
def test_no_role_gives_a_platform_by_itself(manager: User) -> None:
    platform = Permission.objects.filter(codename__startswith="use_", content_type__app_label="channels")

    assert platform.count() == len(platform_specs())
    assert not any(manager.has_perm(f"channels.{permission.codename}") for permission in platform)


def test_nobody_deactivates_themselves_or_the_last_manager(manager: User, operator: User) -> None:
    with pytest.raises(MemberRefused, match="yourself"):
        members.set_active(manager, active=False, by=manager, now=NOW)
    with pytest.raises(MemberRefused, match="last manager"):
        members.set_active(manager, active=False, by=operator, now=NOW)
    with pytest.raises(MemberRefused, match="last manager"):
        members.change_member(manager, profile=Profile(), rights=Rights(role=VIEWER), by=manager, now=NOW)

    fresh = User.objects.get(pk=manager.pk)
    assert fresh.is_active
    assert members.rights_of(fresh).role == MANAGER
    assert not AuditEntry.objects.exists()


def test_a_deactivated_manager_does_not_count_as_one(manager: User, make_user: Callable[..., User]) -> None:
    make_user("gone", MANAGER, is_active=False)

    with pytest.raises(MemberRefused):
        members.change_member(manager, profile=Profile(), rights=Rights(role=OPERATOR), by=manager, now=NOW)


def test_deactivating_twice_is_recorded_once(manager: User, operator: User) -> None:
    members.set_active(operator, active=False, by=manager, now=NOW)
    members.set_active(operator, active=False, by=manager, now=NOW)

    assert not User.objects.get(pk=operator.pk).is_active
    assert AuditEntry.objects.filter(action="Deactivated user").count() == 1


@pytest.mark.req("APP-14")
def test_a_new_password_logs_the_user_out(manager: User, operator: User, as_user: AsUser) -> None:
    theirs = Client()
    theirs.force_login(operator)
    response = as_user(manager).post(f"/users/{operator.pk}/password/", {"password": "another good one"})

    assert response.status_code == 302
    assert theirs.get("/account/").status_code == 302
    assert Client().post("/log-in/", {"username": "operator", "password": "another good one"}).status_code == 302


def test_a_weak_new_password_is_refused_at_the_field(manager: User, operator: User, as_user: AsUser) -> None:
    response = as_user(manager).post(f"/users/{operator.pk}/password/", {"password": "1234567890"})

    assert "entirely numeric" in response.text
    assert User.objects.get(pk=operator.pk).check_password(PASSWORD)


def test_the_list_costs_the_same_for_one_and_three_users(
    manager: User,
    make_user: Callable[..., User],
    as_user: AsUser,
    django_assert_num_queries,
    django_assert_max_num_queries,
) -> None:
    client = as_user(manager)
    with django_assert_max_num_queries(16) as one:
        client.get("/users/")
    make_user("second", OPERATOR)
    make_user("third", VIEWER)

    with django_assert_num_queries(len(one)):
        assert "third" in client.get("/users/").text
