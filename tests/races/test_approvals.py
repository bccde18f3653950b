"""Keys delivered twice at once, two tabs coming back at once, a denial in between: one channel, one pair of keys."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.test import Client

from channels.enums import AttemptState
from channels.models import AppGrant, Channel, ConnectAttempt
from channels.services.grants import install_app, remove_app
from inventory.models import AuditEntry, User
from tests.channels.approving import (
    KEYS,
    OTHER_KEYS,
    ApprovingStore,
    approving,  # noqa: F401 (a fixture)
    begin,
    come_back,
    deliver,
)
from tests.factories.channels import NOW, member

Race = Callable[[Sequence[Callable[[], Any]]], list[Any]]


@pytest.fixture
def user(race: Race, approving: ApprovingStore) -> User:  # noqa: F811
    return member(platforms=("woocommerce",))


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.req("CON-12")
def test_of_two_deliveries_at_once_one_is_taken(race: Race, user: User) -> None:
    attempt = begin(browser_of(user))

    answers = race([lambda: deliver(attempt).status_code, lambda: deliver(attempt, OTHER_KEYS).status_code])

    assert sorted(answers) == [200, 404]
    attempt.refresh_from_db()
    taken = KEYS if answers[0] == 200 else OTHER_KEYS
    assert {name: attempt.secrets[name] for name in KEYS} == taken


@pytest.mark.req("CON-12")
@pytest.mark.req("CON-5", platform="woocommerce")
def test_two_tabs_that_come_back_at_once_make_one_channel(race: Race, user: User) -> None:
    attempt = begin(browser_of(user))
    deliver(attempt)
    tabs = [browser_of(user) for _tab in range(3)]

    answers = race([lambda tab=tab: come_back(tab, attempt).headers.get("Location") for tab in tabs])

    channel = Channel.objects.get()
    assert set(answers) == {f"/channels/{channel.pk}/setup/"}
    assert AuditEntry.objects.filter(action="connected store").count() == 1
    assert ConnectAttempt.objects.get().state == AttemptState.USED


@pytest.mark.req("CON-14")
def test_a_denial_against_a_delivery(race: Race, user: User) -> None:
    browser = browser_of(user)
    attempt = begin(browser)

    race([lambda: deliver(attempt), lambda: come_back(browser, attempt, success="0")])

    attempt.refresh_from_db()
    assert (attempt.state, dict(attempt.secrets)) == (AttemptState.DENIED, {})


@pytest.mark.req("CON-8")
def test_two_installations_and_a_removal_at_once(race: Race, transactional_db: None) -> None:
    def install(token: str) -> None:
        install_app("bigcommerce", identity="abc123", secrets={"access_token": token}, now=NOW)

    outcomes = race([lambda: install("one"), lambda: install("two")])

    assert outcomes == [None, None]
    assert AppGrant.objects.get().secrets["access_token"] in {"one", "two"}

    race([lambda: remove_app("bigcommerce", identity="abc123", now=NOW)] * 2)
    assert not AppGrant.objects.exists()
