"""A canary as every secret of a store: after connecting, working and failing it is found nowhere."""

import io
import logging
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.core.signing import b64_decode
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.views.debug import ExceptionReporter
from django_q.models import OrmQ, Task
from django_q.signing import SignedPackage
from pytest_django import Settings

from channels.enums import JobKind
from channels.models import AppGrant, Channel, ConnectAttempt
from channels.outbox import mark
from channels.services.drain import drain_channel
from channels.services.grants import install_app
from channels.services.platforms import open_platform
from inventory.models import Customer, Product, Run
from inventory_sync.shell.demo import fill_demo
from orders.models import CapturedOrder, Sale
from tests.flows import setting, steps
from tests.sandbox.client import StoreClient

pytestmark = [pytest.mark.django_db, pytest.mark.req("APP-6")]

TOKEN, CLIENT = "canary-token-3f9c2a71", "canary-client-8d01be44"
CANARY = re.compile(r"canary-(token|client)", re.IGNORECASE)
KEYS = {"consumer_key": f"ck_{'c4' * 20}", "consumer_secret": f"cs_{'c5' * 20}"}
TYPED = {"store": "demo", "client_id": "some-client", "client_secret": CLIENT, "access_token": TOKEN, "orders": "now"}


@pytest.fixture
def browser(client: Client, store: StoreClient, caplog: pytest.LogCaptureFixture, settings: Settings) -> Client:
    """A manager who is also administrator; everything is logged, nothing is pre-filled."""
    caplog.set_level(logging.DEBUG)
    settings.SANDBOX_URL = ""
    store.control(
        "POST", "/stores/demo/accounts", {"token": TOKEN, "client_id": "some-client", "client_secret": CLIENT}
    )
    fill_demo(password="not important", now=datetime.now(UTC))
    manager = steps.manager()
    manager.is_superuser = manager.is_staff = True
    manager.save()
    client.force_login(manager)
    return client


@pytest.fixture
def worked(browser: Client, store: StoreClient) -> Channel:
    """Connected with the canary through the form; orders, stock, failures of every kind, forged and true notices."""
    connected = browser.post(reverse("channels:connect", args=["bigcommerce"]), TYPED)
    assert connected.status_code == 302
    channel = Channel.objects.get()
    refused = browser.post(reverse("channels:credentials", args=[channel.pk]), {**TYPED, "access_token": f"{TOKEN}x"})
    assert refused.status_code == 200
    assert browser.post(reverse("channels:credentials", args=[channel.pk]), TYPED).status_code == 302
    setting.set_up(channel)
    setting.settle()
    steps.download(channel)
    steps.switch_stock_on(channel)
    placed = store.order(lines=[{"sku": "RS-HW45-TAN", "quantity": 1}])
    setting.hint(channel, str(placed["id"]))
    setting.settle()
    _fail(channel, store)
    _notices(channel)
    _half_connected(browser, store)
    return Channel.objects.get()


def _half_connected(browser: Client, store: StoreClient) -> None:
    """An app that is installed, and an approval whose keys have arrived."""
    install_app("bigcommerce", identity="other", secrets={"access_token": f"{TOKEN}-app"}, now=datetime.now(UTC))
    typed = {"address": f"{store.server.url}/woo/kontor", "orders": "now"}
    begun = browser.post(f"{reverse('channels:connect', args=['woocommerce'])}?way=sign-in", typed)
    assert begun.status_code == 302, begun.context["form"].errors
    attempt = ConnectAttempt.objects.get()
    address = reverse("channels:attempt_step", args=["woocommerce", "keys", attempt.token])
    keys = {**KEYS, "user_id": attempt.token, "key_permissions": "read_write"}
    assert Client().post(address, {**keys, "user_id": "guess"}, "application/json").status_code == 400
    assert Client().post(address, keys, "application/json").status_code == 200


def _fail(channel: Channel, store: StoreClient) -> None:
    """Every kind of trouble once."""
    for kind, more in (("error", {"status": 500}), ("error", {"status": 401}), ("html", {}), ("drop_before", {})):
        steps.fault(store, kind, path="/v2/orders*", times=1, **more)
        mark([channel.pk], kind=JobKind.POLL, keys=["orders"])
        drain_channel(channel.pk)
        Channel.objects.filter(pk=channel.pk).update(closed_until=None)
    steps.heal(store)
    Channel.objects.filter(pk=channel.pk).update(api_url=f"{store.server.url}/nowhere")
    mark([channel.pk], kind=JobKind.POLL, keys=["orders"])
    drain_channel(channel.pk)
    Channel.objects.filter(pk=channel.pk).update(api_url=f"{store.server.url}/stores/demo", closed_until=None)
    setting.settle()


def _notices(channel: Channel) -> None:
    address = reverse("channels:notices", args=["bigcommerce", channel.notice_token])
    secret = Channel.objects.get().credentials["webhook_secret"]
    for value in (secret, f"{CLIENT}-guess"):
        headers = {"x-inventory-secret": value, "x-other": f"see {TOKEN}", "authorization": f"Bearer {TOKEN}"}
        Client().post(
            address, '{"scope": "store/order/updated", "data": {"id": 1}}', "application/json", headers=headers
        )


def secrets_of(channel: Channel) -> list[str]:
    """The canaries, and the secrets that were made here for notices."""
    waiting = ConnectAttempt.objects.get().secrets
    return [TOKEN, CLIENT, channel.credentials["webhook_secret"], *KEYS.values(), waiting["webhook_secret"]]


def assert_clean(channel: Channel, texts: Iterable[tuple[str, str]]) -> int:
    """No secret in any of (where, text); answers how many texts were looked at."""
    count = 0
    for where, text in texts:
        count += 1
        for secret in secrets_of(channel):
            assert secret not in text, where
        assert not CANARY.search(text), where
    return count


def database() -> Iterable[tuple[str, str]]:
    """Every value of every column of every table, as the database keeps it."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    text = bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else value
                    yield f"{table}.{name}", str(text)


def test_the_canary_works_and_stands_in_no_column(worked: Channel) -> None:
    assert {name: worked.credentials[name] for name in ("access_token", "client_secret")} == {
        "access_token": TOKEN,
        "client_secret": CLIENT,
    }
    assert CapturedOrder.objects.count() == 1, "it opened the store"
    assert AppGrant.objects.get().secrets["access_token"].startswith(TOKEN)
    assert ConnectAttempt.objects.get().secrets["consumer_secret"] == KEYS["consumer_secret"]

    assert assert_clean(worked, database()) > 1000


def test_the_canary_is_in_no_dump_no_log_no_queue_and_no_repr(
    worked: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    out = io.StringIO()
    call_command("dumpdata", stdout=out)
    records = [*caplog.get_records("setup"), *caplog.records]
    logs = [(record.name, f"{record.getMessage()} {record.__dict__}") for record in records]
    assert any(name == "channels.platforms.http" for name, _text in logs), "debug lines are looked at"
    platform = open_platform(worked)
    things = [worked, worked.credentials, platform, vars(platform).get("stock"), platform.webhooks]

    assert OrmQ.objects.count() > 0
    assert_clean(worked, [("dumpdata", out.getvalue()), *logs])
    assert_clean(worked, queued())
    assert_clean(worked, [(type(thing).__name__, f"{thing!r} {thing!s}") for thing in things])


def queued() -> Iterable[tuple[str, str]]:
    """What waits for the worker: as kept, unpacked, and as bytes inside the envelope."""
    for row in OrmQ.objects.all():
        yield "OrmQ.payload", row.payload
        yield "OrmQ task", repr(SignedPackage.loads(row.payload))
        body = row.payload.split(":")[0].lstrip(".")
        yield "OrmQ bytes", b64_decode(body.encode()).decode("utf-8", "replace")
    for task in Task.objects.all():
        yield "Task", repr((task.args, task.kwargs, task.result))


def addresses(resolver: URLResolver, names: dict[str, Any], space: str = "") -> Iterable[str]:
    """Every address of the URL map that can be written with these values."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            if entry.app_name != "admin":
                yield from addresses(entry, names, inner)
        elif isinstance(entry, URLPattern) and entry.name:
            wanted = set(entry.pattern.regex.groupindex)
            try:
                yield reverse(f"{space}{entry.name}", kwargs={name: names[name] for name in wanted})
            except (KeyError, NoReverseMatch):
                continue


def values(channel: Channel) -> dict[str, Any]:
    sale = Sale.objects.latest("pk")
    product = Product.objects.get(sku="RS-HW45-TAN")
    return {
        "channel_id": channel.pk,
        "sale_id": sale.pk,
        "order_id": CapturedOrder.objects.get().pk,
        "product_id": product.pk,
        "pk": product.pk,
        "attempt_id": ConnectAttempt.objects.get().pk,
        "slug": "bigcommerce",
        "run_id": 1,
        "stage": "order",
        "kind": "sale",
    }


def test_the_canary_is_on_no_page_a_manager_may_open(browser: Client, worked: Channel) -> None:
    found = list(addresses(get_resolver(), values(worked)))
    runs = [reverse("inventory:run", args=[pk]) for pk in worked_runs()]
    people = [reverse("inventory:customer", args=[row.pk]) for row in Customer.objects.all()[:3]]
    answers = {url: browser.get(url) for url in [*found, *runs, *people]}
    shown = [(url, answer.content.decode()) for url, answer in answers.items() if not answer.streaming]

    opened = {url for url, answer in answers.items() if answer.status_code == 200}
    for name in ("channels:setup", "channels:credentials", "channels:failed", "catalog:catalog", "orders:log"):
        assert reverse(name, args=[worked.pk]) in opened
    assert reverse("channels:approval", args=[ConnectAttempt.objects.get().pk]) in opened
    assert len(opened) >= 40
    assert_clean(worked, shown)
    assert_clean(worked, [(url, str(answer.headers)) for url, answer in answers.items()])
    assert worked.notice_token not in "".join(text for _url, text in shown), "nor the address of notices"


def worked_runs() -> list[int]:
    return list(Run.objects.values_list("pk", flat=True))


def test_the_canary_is_nowhere_in_the_admin(browser: Client, worked: Channel) -> None:
    shown = []
    for model in admin.site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        urls = [reverse(f"{base}_changelist")]
        urls += [reverse(f"{base}_change", args=[pk]) for pk in model._default_manager.values_list("pk", flat=True)[:2]]
        if model is Channel:
            urls.append(reverse(f"{base}_history", args=[worked.pk]))
        for url in urls:
            answer = browser.get(url)
            assert answer.status_code in {200, 302}, url
            shown.append((url, answer.content.decode()))

    assert len(shown) > 40
    assert_clean(worked, shown)


def test_the_canary_is_in_no_error_report(
    browser: Client, worked: Channel, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page for users, the report that administrators get, and the page of DEBUG."""

    def broken(*_args: object, **_kwargs: object) -> None:
        credentials, access_token, typed = dict(worked.credentials), TOKEN, TYPED
        raise RuntimeError(f"broken with {len(credentials)} {len(access_token)} {len(typed)}")

    monkeypatch.setattr("channels.views.connect.service.connect_store", broken)
    browser.raise_request_exception = False
    address = reverse("channels:connect", args=["bigcommerce"])

    plain = browser.post(address, TYPED)
    assert plain.status_code == 500
    assert_clean(worked, [("500", plain.content.decode())])

    request = RequestFactory().post(address, TYPED, headers={"x-auth-token": TOKEN})
    request.user = steps.manager()
    settings.DEBUG = True
    settings.BIGCOMMERCE_ACCESS_TOKEN = TOKEN
    reporter = ExceptionReporter(request, None, None, None)
    assert_clean(worked, [("settings", str(reporter.filter.get_safe_settings()["BIGCOMMERCE_ACCESS_TOKEN"]))])
    settings.DEBUG = False
    posted = reporter.filter.get_post_parameters(plain.wsgi_request)
    assert_clean(worked, [("posted", str(dict(posted)))])
