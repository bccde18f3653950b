"""How a WooCommerce store is connected: the platform's spec (CON-1, CON-11 to CON-14)."""

import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.errors import MalformedResponse, RemoteRejected
from channels.platforms.woocommerce.client import BATCH, PAGE
from channels.platforms.woocommerce.find import ADDRESS, SCHEME_GUESSED, find
from channels.platforms.woocommerce.finding import SKUS
from channels.platforms.woocommerce.keys import KEY, SECRET
from channels.platforms.woocommerce.sites import identity_of, site_of
from channels.platforms.woocommerce.store import PER_SECONDS, REQUESTS, Store
from channels.ports import (
    Capability,
    Connection,
    ConnectStep,
    ConnectWay,
    ContentRules,
    CredentialField,
    HandOver,
    KeysDelivered,
    Limits,
    Platform,
    PlatformSpec,
    Returned,
    StepCall,
)

SANDBOX_STORES = ("kontor", "werft")
SANDBOX_KEYS = {
    KEY: "ck_5a6ebd0c0ffee000000000000000000000000001",
    SECRET: "cs_5a6ebd0c0ffee000000000000000000000000001",
}
"""Of every sandbox store."""
DELIVERED_TO = frozenset({None, 80, 443, 8080})
"""Ports that WordPress delivers to (wp_safe_remote_post)."""
_KEYS = {KEY: re.compile(r"ck_[0-9A-Za-z]{32,64}"), SECRET: re.compile(r"cs_[0-9A-Za-z]{32,64}")}


def connect(connection: Connection) -> Platform:
    """The store behind an opened connection. No call is made."""
    return Store(connection)


# -- forms


def approval_from_form(fields: Mapping[str, str]) -> Connection:
    """Without keys: the store delivers them. Makes a new secret for notices with every connection."""
    typed = fields.get(ADDRESS, "")
    site, has_scheme = site_of(typed)
    if not site:
        text = _("This is no web address. Enter the address of the shop, such as https://shop.example.")
        raise RemoteRejected(text, fields={ADDRESS: text if typed.strip() else _("This field is required.")})
    return Connection(
        identity=identity_of(site),
        api_url=site,
        secrets={"webhook_secret": secrets.token_urlsafe(32)},
        options={} if has_scheme else {SCHEME_GUESSED: "yes"},
    )


def keys_from_form(fields: Mapping[str, str]) -> Connection:
    """CON-13. Raises RemoteRejected with every wrong field."""
    values = {name: fields.get(name, "").strip() for name in (KEY, SECRET)}
    wrong = {name: _not_a_key(name, value) for name, value in values.items() if not _KEYS[name].fullmatch(value)}
    try:
        connection = approval_from_form(fields)
    except RemoteRejected as error:
        raise RemoteRejected(_("Please correct the marked fields."), fields={**error.fields, **wrong}) from error
    if wrong:
        raise RemoteRejected(_("Please correct the marked fields."), fields=wrong)
    return replace(connection, secrets={**connection.secrets, **values})


def _not_a_key(name: str, value: str) -> str:
    if not value:
        return _("This field is required.")
    other = SECRET if name == KEY else KEY
    if _KEYS[other].fullmatch(value):
        return _("Consumer key and consumer secret are exchanged.")
    start = "ck_" if name == KEY else "cs_"
    return _("This has to begin with %(start)s, followed by 40 letters and digits. Copy it again.") % {"start": start}


def approval_sandbox_values() -> tuple[Mapping[str, str], ...]:
    """The sandbox's stores, where there is a sandbox."""
    if not settings.SANDBOX_URL:
        return ()
    return tuple({ADDRESS: f"{settings.SANDBOX_URL}/woo/{store}"} for store in SANDBOX_STORES)


def keys_sandbox_values() -> tuple[Mapping[str, str], ...]:
    return tuple({**values, **SANDBOX_KEYS} for values in approval_sandbox_values())


# -- approval in the store


def approve(connection: Connection, hand_over: HandOver) -> str:
    """The store's own page for approving. It demands a callback by https, and its server calls a few ports only."""
    keys_url = urlsplit(hand_over.keys_url)
    if keys_url.scheme == "https" and keys_url.port not in DELIVERED_TO:
        text = _("WordPress delivers keys to the ports 443, 80 and 8080 only, and our address has another one.")
        raise RemoteRejected(text, detail=keys_url.netloc, fields={ADDRESS: text})
    site = connection.api_url.rpartition("/")[0]
    query = {
        "app_name": hand_over.app_name,
        "scope": "read_write",
        "user_id": hand_over.token,
        "return_url": hand_over.return_url,
        "callback_url": hand_over.keys_url,
    }
    return f"{site}/wc-auth/v1/authorize?{urlencode(query, quote_via=quote)}"


def read_keys(call: StepCall) -> KeysDelivered:
    """What the store's server delivers: unsigned, so only the token says for which approval."""
    try:
        body = json.loads(call.body.decode())
    except (ValueError, RecursionError) as error:
        raise MalformedResponse("These are no keys.") from error
    if not isinstance(body, dict):
        raise MalformedResponse("These are no keys.")
    values = {name: str(body.get(name) or "") for name in (KEY, SECRET)}
    is_ours = hmac.compare_digest(str(body.get("user_id") or "").encode(), call.token.encode())
    if not is_ours or not all(_KEYS[name].fullmatch(value) for name, value in values.items()):
        raise MalformedResponse("These are no keys.")
    if body.get("key_permissions") != "read_write":
        raise MalformedResponse("These keys may not read and write.")
    return KeysDelivered(secrets=values)


def read_return(call: StepCall) -> Returned:
    """Only a clear no is one; whether there was a yes, the delivered keys say."""
    return Returned(is_approved=call.query.get("success") != "0")


# -- the spec

ADDRESS_FIELD = CredentialField(
    name=ADDRESS,
    label=gettext_lazy("Website address"),
    help_text=gettext_lazy("Of the shop's home page, such as https://shop.example or https://example.com/shop."),
    secret=False,
)
KEY_FIELDS = (
    ADDRESS_FIELD,
    CredentialField(name=KEY, label=gettext_lazy("Consumer key"), help_text=gettext_lazy("Begins with ck_.")),
    CredentialField(
        name=SECRET,
        label=gettext_lazy("Consumer secret"),
        help_text=gettext_lazy("Begins with cs_. Shown only once, when the keys are made."),
    ),
)

spec = PlatformSpec(
    slug="woocommerce",
    label="WooCommerce",
    mark="W",
    capabilities=frozenset(
        {
            Capability.WEBHOOKS,
            Capability.PAYMENT_METHODS,
            Capability.SKIPS_UNMAPPED_TAX,
            Capability.UNDATED_CHANGES,
            Capability.COMPANY_FIRST,
            Capability.ADDS_VARIATIONS,
        }
    ),
    limits=Limits(
        stock_batch=BATCH,
        product_page=PAGE,
        products_by_id=PAGE,
        orders_by_id=PAGE,
        product_writes=PAGE,
        requests=REQUESTS,
        per_seconds=PER_SECONDS,
        skus_found=SKUS,
    ),
    content=ContentRules(never=frozenset({"brand"}), of_master=frozenset({"category", "description"}), tax_free=True),
    notice_ports=frozenset(port for port in DELIVERED_TO if port),
    ways=(
        ConnectWay(
            slug="sign-in",
            label=gettext_lazy("Sign in at the store"),
            help_text=gettext_lazy("You approve the connection in the store, which then hands its keys to us."),
            fields=(ADDRESS_FIELD,),
            connection_from_form=approval_from_form,
            approve=approve,
            if_it_fails=gettext_lazy(
                "If the store's page shows an error, such as “Access denied” or “callback_url”, or you never come back "
                "here, the store's server could not hand over its keys: it calls only public addresses that begin with "
                "https://, with a certificate that it trusts. Make keys in WooCommerce under Settings → Advanced → "
                "REST API and connect by those."
            ),
            sandbox_values=approval_sandbox_values,
        ),
        ConnectWay(
            slug="keys",
            label=gettext_lazy("API keys"),
            help_text=gettext_lazy(
                "Make them in WooCommerce under Settings → Advanced → REST API → Add key: for a user with the role "
                "Administrator or Shop manager, with the permission Read/Write."
            ),
            fields=KEY_FIELDS,
            connection_from_form=keys_from_form,
            sandbox_values=keys_sandbox_values,
        ),
    ),
    steps={
        "keys": ConnectStep(method="POST", audience="store", read=read_keys),
        "return": ConnectStep(method="GET", audience="staff", read=read_return),
    },
    checklist=(
        gettext_lazy("WordPress 4.4 and WooCommerce 3.5 or newer run in the store."),
        gettext_lazy("Permalinks are not “Plain” (WordPress: Settings → Permalinks)."),
        gettext_lazy("Products and variations have SKUs of their own; one without is skipped."),
        gettext_lazy("Stock management is on, in WooCommerce and for the products whose stock should be kept in step."),
        gettext_lazy("Shipping zones and methods are set up in the store."),
        gettext_lazy("Currency, payment methods, tax classes and tax rates are set up in the store."),
        gettext_lazy("The store's address, time zone and units are complete."),
    ),
    connect=connect,
    find=find,
)
