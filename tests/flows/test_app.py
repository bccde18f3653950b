"""Connecting by our app: the sandbox's control panel installs, launches and removes it."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from channels.enums import ChannelState, JobKind, Notices
from channels.models import AppGrant, Channel
from channels.outbox import mark
from channels.services.drain import drain_channel
from inventory_sync.shell.demo import fill_demo
from sandbox.bigcommerce.apps import CLIENT_ID, CLIENT_SECRET
from tests.flows import steps
from tests.sandbox.client import StoreClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client: Client, store: StoreClient, settings: Settings) -> Client:
    settings.BIGCOMMERCE_APP_CLIENT_ID, settings.BIGCOMMERCE_APP_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
    settings.BIGCOMMERCE_LOGIN_URL = store.server.url
    fill_demo(password="not important", now=datetime.now(UTC))
    client.force_login(steps.manager())
    return client


def panel(store: StoreClient, step: str) -> HttpResponse:
    """What the control panel opens in its frame, without our cookies."""
    parts = urlsplit(store.control("POST", f"/stores/{store.store}/app/{step}")["url"])
    answer: HttpResponse = Client().get(f"{parts.path}?{parts.query}")  # type: ignore[assignment]
    return answer


@pytest.mark.req("CON-8")
@pytest.mark.req("CON-10")
@pytest.mark.req("CON-20", platform="bigcommerce")
def test_granted_connected_launched_removed_and_granted_again(browser: Client, store: StoreClient) -> None:
    assert panel(store, "install").status_code == 200
    grant = AppGrant.objects.get()
    assert grant.identity == "demo"

    form = f"{reverse('channels:connect', args=['bigcommerce'])}?way=app"
    answer = browser.post(form, {"store": "demo", "orders": "now"})
    assert answer.status_code == 302, answer.context["form"].errors
    channel = Channel.objects.get()
    assert channel.notices == Notices.ARRIVING
    assert reverse("channels:setup", args=[channel.pk]) in panel(store, "load").content.decode()

    assert panel(store, "uninstall").status_code == 200
    channel.refresh_from_db()
    assert channel.state == ChannelState.NEEDS_SIGN_IN
    assert not AppGrant.objects.exists()

    assert panel(store, "install").status_code == 200
    again = browser.post(f"{reverse('channels:credentials', args=[channel.pk])}?way=app", {"store": "demo"})
    assert again.status_code == 302, again.context["form"].errors
    channel.refresh_from_db()
    assert channel.state == ChannelState.CONNECTED
    assert channel.credentials["access_token"] != grant.secrets["access_token"]
    mark([channel.pk], kind=JobKind.POLL, keys=["orders"])
    drain_channel(channel.pk)
    channel.refresh_from_db()
    assert channel.sign_in_failures == 0


@pytest.mark.req("CON-8")
def test_a_code_works_once(browser: Client, store: StoreClient) -> None:
    parts = urlsplit(store.control("POST", f"/stores/{store.store}/app/install")["url"])
    first = Client().get(f"{parts.path}?{parts.query}")
    kept = AppGrant.objects.get().secrets["access_token"]

    second = Client().get(f"{parts.path}?{parts.query}")

    assert (first.status_code, second.status_code) == (200, 403)
    assert "That did not work" in second.content.decode()
    assert AppGrant.objects.get().secrets["access_token"] == kept
