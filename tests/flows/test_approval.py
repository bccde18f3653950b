"""Connecting by approval with the sandbox's own pages: its server delivers the keys to ours."""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from django.db import connections
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from channels.enums import Notices
from channels.models import Channel, ConnectAttempt
from inventory_sync.shell.demo import fill_demo
from sandbox.server import SandboxServer
from sandbox.woocommerce.auth.pages import PASSWORD, USER
from tests.flows import setting, steps
from tests.sandbox.client import StoreClient

FORM = "/channels/connect/woocommerce/?way=sign-in"


@pytest.fixture
def platform() -> str:
    return "woocommerce"


class OurServer(BaseHTTPRequestHandler):
    """Hands what the store delivers to the product, in a thread with a connection of its own."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            answer = Client(enforce_csrf_checks=True).post(self.path, body, self.headers["Content-Type"])
        finally:
            connections.close_all()
        self.send_response(answer.status_code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def public_url(transactional_db: None) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), OurServer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browser(client: Client, public_url: str, store: StoreClient, settings: Settings) -> Client:
    settings.PUBLIC_URL = public_url
    fill_demo(password="not important", now=datetime.now(UTC))
    client.force_login(steps.manager())
    return client


def address(server: SandboxServer, store: str = setting.KONTOR) -> str:
    return f"{server.url}/woo/{store}"


def leave(browser: Client, typed: str) -> str:
    """The link to the store after the form."""
    answer = browser.post(FORM, {"address": typed, "orders": "now"})
    assert answer.status_code == 302, answer.context["form"].errors
    return str(browser.get(answer.headers["Location"]).context["store_address"])


def consent(link: str) -> tuple[requests.Session, str]:
    """Logs in at the store, up to the page that asks."""
    merchant = requests.Session()
    page = merchant.get(link)
    assert "/wc-auth/v1/login" in page.url
    page = merchant.post(page.url, {"username": USER, "password": PASSWORD})
    assert page.status_code == 200
    return merchant, page.text


def click(merchant: requests.Session, page: str, word: str, base: str) -> requests.Response:
    """Follows a link of the consent page as far as the store's own answer."""
    links = re.findall(r'<a\b[^>]*href="([^"]+)"[^>]*>(.*?)</a>', page, re.DOTALL)
    target = next(unescape(href) for href, text in links if word in text)
    if urlsplit(target).path.startswith("/connect/"):
        answer = requests.Response()
        answer.status_code, answer.headers["Location"] = 302, target
        return answer
    return merchant.get(urljoin(base, target), allow_redirects=False)


def come_back(browser: Client, answer: requests.Response) -> str:
    """Where our own page for the return leads to."""
    assert answer.status_code == 302, answer.text
    parts = urlsplit(answer.headers["Location"])
    back = browser.get(f"{parts.path}?{parts.query}")
    return str(back.headers.get("Location", "")) or back.content.decode()


@pytest.mark.req("CON-12")
@pytest.mark.req("CON-20", platform="woocommerce")
def test_approving_in_the_store_connects_it(browser: Client, store: StoreClient) -> None:
    link = leave(browser, address(store.server))
    merchant, page = consent(link)

    channel_page = come_back(browser, click(merchant, page, "Approve", link))

    channel = Channel.objects.get()
    assert channel_page == reverse("channels:setup", args=[channel.pk])
    assert channel.store_identity == f"{urlsplit(store.server.url).netloc}/woo/kontor"
    assert channel.connection_options["auth"] == "oauth"
    assert channel.notices == Notices.ARRIVING
    assert ConnectAttempt.objects.get().made_channel == channel


@pytest.mark.req("CON-14")
def test_denying_in_the_store_connects_nothing(browser: Client, store: StoreClient) -> None:
    link = leave(browser, address(store.server))
    merchant, page = consent(link)

    denied = come_back(browser, click(merchant, page, "Deny", link))

    assert "denied in the store" in browser.get(denied).content.decode()
    assert not Channel.objects.exists()


@pytest.mark.req("CON-14")
def test_a_late_approval_is_refused_by_both_sides(browser: Client, store: StoreClient) -> None:
    link = leave(browser, address(store.server))
    merchant, page = consent(link)
    ConnectAttempt.objects.update(expires_at=datetime(2020, 1, 1, tzinfo=UTC))

    answer = click(merchant, page, "Approve", link)

    assert answer.status_code == 401
    assert "unable to send the consumer data" in answer.text
    assert not Channel.objects.exists()
