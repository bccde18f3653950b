"""Log-in, log-out, throttle, forgotten password (SPEC APP-14)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client

from inventory.models import LoginAttempt, User
from inventory_sync.shell import throttle
from tests.shell.conftest import PASSWORD

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def log_in(client: Client, username: str, password: str, **extra: str) -> int:
    response = client.post("/log-in/", {"username": username, "password": password}, **extra)
    return response.status_code


@pytest.mark.req("APP-14")
def test_logging_in_leads_to_the_page_that_was_asked_for(client: Client, manager: User) -> None:
    asked = client.get("/users/?rows=100")
    assert asked.status_code == 302
    assert asked.headers["Location"] == "/log-in/?next=/users/%3Frows%3D100"

    response = client.post(
        asked.headers["Location"], {"username": "manager", "password": PASSWORD, "next": "/users/?rows=100"}
    )

    assert response.headers["Location"] == "/users/?rows=100"
    assert client.get("/users/").status_code == 200


def test_next_never_leads_to_another_site(client: Client, manager: User) -> None:
    response = client.post("/log-in/", {"username": "manager", "password": PASSWORD, "next": "https://evil.example/"})

    assert response.headers["Location"] == "/"


@pytest.mark.req("APP-14")
def test_logging_out_needs_a_post_and_ends_the_session(manager: User, as_user: Callable[[User], Client]) -> None:
    client = as_user(manager)
    assert client.get("/log-out/").status_code == 405
    assert client.get("/account/").status_code == 200

    assert client.post("/log-out/").headers["Location"] == "/log-in/"

    assert client.get("/account/").status_code == 302


@pytest.mark.req("APP-14")
def test_after_five_failures_even_the_right_password_waits(client: Client, manager: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        for _attempt in range(throttle.PER_USER_AND_ADDRESS):
            page = client.post("/log-in/", {"username": "manager", "password": "wrong"})
            assert "User name or password is wrong" in page.text
        refused = client.post("/log-in/", {"username": "MANAGER", "password": PASSWORD})

        assert "Too many attempts. Wait 15 minutes, then try again." in refused.text
        assert "_auth_user_id" not in client.session
        clock.shift(timedelta(minutes=14))
        assert log_in(client, "manager", PASSWORD) == 200
        clock.shift(timedelta(minutes=1))
        assert log_in(client, "manager", PASSWORD) == 302


@pytest.mark.req("APP-14")
def test_failures_of_one_address_do_not_lock_out_another(client: Client, manager: User) -> None:
    for _attempt in range(throttle.PER_USER_AND_ADDRESS + 1):
        log_in(client, "manager", "wrong", REMOTE_ADDR="203.0.113.9")

    assert log_in(client, "manager", PASSWORD, REMOTE_ADDR="203.0.113.9") == 200
    assert log_in(client, "manager", PASSWORD, REMOTE_ADDR="198.51.100.4") == 302


@pytest.mark.req("APP-14")
def test_one_address_may_not_try_many_names(client: Client, manager: User) -> None:
    for number in range(throttle.PER_ADDRESS):
        log_in(client, f"guess-{number}", "wrong")

    assert log_in(client, "manager", PASSWORD) == 200


def test_the_right_password_clears_the_failures_and_old_rows(client: Client, manager: User) -> None:
    with time_machine.travel(NOW - timedelta(days=2), tick=False):
        log_in(client, "somebody", "wrong")
    with time_machine.travel(NOW, tick=False):
        log_in(client, "manager", "wrong")
        assert log_in(client, "manager", PASSWORD) == 302

    left = list(LoginAttempt.objects.values_list("key", flat=True))
    assert left == ["login|127.0.0.1"]


def test_behind_a_proxy_the_address_is_the_one_the_proxy_saw(rf, settings) -> None:
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="1.2.3.4, 203.0.113.7")
    assert throttle.client_address(request) == "10.0.0.1"

    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert throttle.client_address(request) == "203.0.113.7"


@pytest.mark.req("APP-14")
def test_a_deactivated_user_is_out_at_the_next_click(manager: User, as_user: Callable[[User], Client]) -> None:
    client = as_user(manager)
    User.objects.filter(pk=manager.pk).update(is_active=False)

    assert client.get("/account/").headers["Location"] == "/log-in/?next=/account/"
    assert log_in(client, "manager", PASSWORD) == 200


@pytest.mark.req("APP-14")
def test_a_forgotten_password_is_replaced_by_the_link_in_the_mail(client: Client, manager: User) -> None:
    client.post("/password/forgotten/", {"email": "manager@shop.example"})
    letter = mail.outbox[0]
    assert letter.to == ["manager@shop.example"]
    link = re.search(r"http://localhost:8000(/password/new/\S+)", letter.body)
    assert link

    form = client.get(link[1], follow=True)
    target = form.redirect_chain[-1][0]
    done = client.post(target, {"new_password1": "fresh battery staple", "new_password2": "fresh battery staple"})

    assert done.headers["Location"] == "/password/new/done/"
    assert log_in(client, "manager", "fresh battery staple") == 302
    assert "This link does not work any more" in Client().get(link[1], follow=True).text


@pytest.mark.req("APP-14")
def test_asking_for_a_link_tells_nobody_who_works_here_and_floods_no_mailbox(client: Client, manager: User) -> None:
    unknown = client.post("/password/forgotten/", {"email": "nobody@shop.example"})
    assert unknown.headers["Location"] == "/password/forgotten/sent/"
    assert mail.outbox == []

    answers = [client.post("/password/forgotten/", {"email": "manager@shop.example"}).status_code for _ in range(7)]

    assert answers == [302] * 5 + [200] * 2
    assert len(mail.outbox) == 5


def test_the_admins_own_log_in_leads_to_ours(client: Client, operator: User, as_user: Callable[[User], Client]) -> None:
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/log-in/?next=")
    assert as_user(operator).get("/admin/", follow=True).status_code == 403
