"""How a BigCommerce store is connected: the platform's spec (CON-1, CON-7, CON-8, CON-9)."""

import re
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.errors import RemoteRejected
from channels.platforms.bigcommerce import app
from channels.platforms.bigcommerce.client import IDS, STOCK_BATCH, V3_PAGE
from channels.platforms.bigcommerce.environment import setting
from channels.platforms.bigcommerce.store import PER_SECONDS, REQUESTS, Store
from channels.ports import (
    Capability,
    Connection,
    ConnectWay,
    ContentRules,
    CredentialField,
    Limits,
    Platform,
    PlatformSpec,
)

_HASH = re.compile(r"[a-z0-9]{2,32}")
_IN_PATH = re.compile(r"/stores/([a-z0-9]{2,32})(?:/|$)")
_IN_HOST = re.compile(r"store-([a-z0-9]{2,32})\.mybigcommerce\.com")
REQUIRED = ("store", "client_id", "client_secret", "access_token")


def connect(connection: Connection) -> Platform:
    """The store behind an opened connection. No call is made."""
    return Store(connection)


def store_hash(pasted: str) -> str:
    """Hash in what was pasted (bare hash, API path, address of the control panel); "" when there is none."""
    plain = pasted.strip().casefold()
    if _HASH.fullmatch(plain):
        return plain
    try:
        parts = urlsplit(plain if "//" in plain else f"//{plain}")
    except ValueError:  # an unfinished IPv6 address, say
        return ""
    found = _IN_PATH.search(parts.path) or _IN_HOST.fullmatch(parts.hostname or "")
    return found[1] if found else ""


def connection_from_form(fields: Mapping[str, str]) -> Connection:
    """Makes a new secret for notices with every connection."""
    values = {name: fields.get(name, "").strip() for name in REQUIRED}
    wrong = {name: _("This field is required.") for name, value in values.items() if not value}
    for name in REQUIRED[1:]:
        if re.search(r"\s|[^\x21-\x7e]", values[name]):
            wrong[name] = _("This value has characters that no key has. Copy it again.")
    return _connection(values["store"], {name: values[name] for name in REQUIRED[1:]}, wrong)


def app_connection_from_form(fields: Mapping[str, str]) -> Connection:
    """Only names the store: its token came when the app was installed (CON-8)."""
    pasted = fields.get("store", "").strip()
    return _connection(pasted, {}, {} if pasted else {"store": _("This field is required.")})


def _connection(pasted: str, given: Mapping[str, str], wrong: dict[str, str]) -> Connection:
    identity = store_hash(pasted)
    if pasted and not identity:
        wrong["store"] = _(
            "This is no store hash and no API path such as https://api.bigcommerce.com/stores/abc123/v3/."
        )
    if wrong:
        raise RemoteRejected(_("Please correct the marked fields."), fields=wrong)
    return Connection(
        identity=identity,
        api_url=f"{setting('BIGCOMMERCE_API_URL')}/stores/{identity}",
        secrets={**given, "webhook_secret": secrets.token_urlsafe(32)},
        private_addresses=tuple(settings.PRIVATE_ADDRESSES_ALLOWED),
        bucket_key=f"bigcommerce:{identity}",
    )


def sandbox_values() -> tuple[Mapping[str, str], ...]:
    """The sandbox's stores, where there is a sandbox."""
    if not settings.SANDBOX_URL:
        return ()
    keys = {
        "client_id": "sandbox-client-id",
        "client_secret": "sandbox-client-secret",
        "access_token": "sandbox-token",
    }
    return tuple({"store": store, **keys} for store in ("demo", "outlet"))


def app_sandbox_values() -> tuple[Mapping[str, str], ...]:
    return tuple({"store": store} for store in ("demo", "outlet")) if settings.SANDBOX_URL else ()


APP_FIELDS = (
    CredentialField(
        name="store",
        label=gettext_lazy("Store hash or address of the control panel"),
        help_text=gettext_lazy("Such as https://store-abc123.mybigcommerce.com."),
        secret=False,
    ),
)
FIELDS = (
    CredentialField(
        name="store",
        label=gettext_lazy("Store hash or API path"),
        help_text=gettext_lazy("As shown with the API account, such as https://api.bigcommerce.com/stores/abc123/v3/."),
        secret=False,
    ),
    CredentialField(name="client_id", label=gettext_lazy("Client ID"), secret=False),
    CredentialField(
        name="client_secret",
        label=gettext_lazy("Client secret"),
        help_text=gettext_lazy("Proves that notices come from BigCommerce."),
    ),
    CredentialField(
        name="access_token",
        label=gettext_lazy("Access token"),
        help_text=gettext_lazy("Shown only once, when the API account is made."),
    ),
)

spec = PlatformSpec(
    slug="bigcommerce",
    label="BigCommerce",
    mark="B",
    capabilities=frozenset(
        {
            Capability.WEBHOOKS,
            Capability.STORE_LOCATIONS,
            Capability.PAYMENT_METHODS,
            Capability.SKIPS_UNMAPPED_TAX,
            Capability.IMAGE_DATA,
        }
    ),
    limits=Limits(
        stock_batch=STOCK_BATCH,
        product_page=V3_PAGE,
        products_by_id=IDS,
        orders_by_id=50,
        product_writes=50,
        requests=REQUESTS,
        per_seconds=PER_SECONDS,
        variations=600,
    ),
    content=ContentRules(of_master=frozenset({"category", "brand"}), store_is_master=True),
    notice_ports=frozenset({443}),
    ways=(
        ConnectWay(
            slug="keys",
            label=gettext_lazy("Store API"),
            help_text=gettext_lazy("Credentials of an API account that is made in the store."),
            connection_from_form=connection_from_form,
            sandbox_values=sandbox_values,
            fields=FIELDS,
            checklist=(
                gettext_lazy(
                    "A store-level API account is made under Settings → Store-level API accounts (at most 50 a "
                    "store). It may modify Products, Store inventory and Orders and read Store locations, Order "
                    "transactions, Customers, Information & settings, Payment methods and Channel settings; the "
                    "highest access everywhere works too. Its client ID, client secret, access token and API path are "
                    "shown only once."
                ),
            ),
            if_it_fails=gettext_lazy(
                "Make a new API account with the highest access everywhere and paste its four values again; they are "
                "shown only once. A missing permission is named when you connect."
            ),
        ),
        ConnectWay(
            slug="app",
            label=gettext_lazy("App"),
            help_text=gettext_lazy(
                "Install our app from the App Marketplace, press Launch and grant access; then name the store here. "
                "No keys are copied."
            ),
            connection_from_form=app_connection_from_form,
            sandbox_values=app_sandbox_values,
            fields=APP_FIELDS,
            is_app=True,
            is_ready=app.is_ready,
            if_it_fails=gettext_lazy(
                "Open the app once more from the control panel under Apps → My apps, or connect by Store API with an "
                "API account."
            ),
        ),
    ),
    checklist=(
        gettext_lazy("Products have SKUs in the store; a product without one is skipped."),
        gettext_lazy("Shipping zones and methods are set up in the store."),
        gettext_lazy("Currencies, online and offline payment methods and tax classes are set up in the store."),
        gettext_lazy("Stock tracking is on for the products whose stock should be kept in step."),
        gettext_lazy("The store's business profile (name, address, time zone, units) is complete."),
    ),
    connect=connect,
    steps=app.STEPS,
    frame_ancestors=(*app.FRAME_ANCESTORS, *([settings.SANDBOX_URL] if settings.SANDBOX_URL else ())),
)
